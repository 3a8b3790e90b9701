"""Starts the web app on this machine: ``python app.py``, the same as ``trainer serve``."""

import sys

from trainer.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["serve"]
    main()
