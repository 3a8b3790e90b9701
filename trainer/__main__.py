"""``python -m trainer`` does what ``trainer`` does."""

from trainer.cli import main

main()
