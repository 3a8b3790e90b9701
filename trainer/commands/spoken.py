"""What every command shares: the language it speaks, where the data lives, how errors become exit codes."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from trainer.errors import TrainerError
from trainer.texts import Language, phrase

BAD_INPUT = 2
UNDER = 1


def _speaks() -> Language:
    """The language of help and messages: ``TRAINER_LANG``, else that of the system, else English."""
    wanted = os.environ.get("TRAINER_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "ru" if wanted.lower().startswith("ru") else "en"


SPEAKS = _speaks()


def say(key: str, **values: object) -> str:
    """A text of the command line."""
    return phrase(SPEAKS, f"cli.{key}", **values)


def option(key: str) -> str:
    """What an option means."""
    return say(f"options.{key}")


def data_folder() -> Path:
    """Where a user's calls live: ``TRAINER_DATA``, else the system's place for a program's data."""
    given = os.environ.get("TRAINER_DATA")
    if given:
        return Path(given)
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "zvonok"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "zvonok"


def database_file(given: Path | None) -> Path:
    """The database a command works on: the one that was named, else the one in the data folder."""
    return given or data_folder() / "zvonok.db"


def complain(error: TrainerError) -> None:
    """Says on stderr what is wrong."""
    typer.echo(error.text(SPEAKS), err=True)


def guarded(work: Callable[[], int]) -> None:
    """Runs a command's work; a mistake a person can act on becomes its message and exit 2."""
    try:
        code = work()
    except TrainerError as error:
        complain(error)
        raise typer.Exit(BAD_INPUT) from error
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    raise typer.Exit(code)
