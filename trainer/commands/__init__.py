"""Commands of the command line that are not about a single call; one module a subject."""
