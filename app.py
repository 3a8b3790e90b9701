"""Builds the web app and launches it on a loopback port: ``python app.py`` does what ``trainer serve`` does."""

from trainer.cli import serve

if __name__ == "__main__":
    serve()
