"""The role play: a client whose mind is decided by code and voiced by lines or a model."""
