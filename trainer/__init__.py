"""Zvonok: practise sales calls with a believable client, get graded with verified quotes."""

__version__ = "0.1.0"
