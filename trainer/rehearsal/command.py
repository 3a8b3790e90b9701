"""The command ``trainer rehearse``: which calls to play, a progress bar, the table."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from trainer.definitions import load_persona, personas
from trainer.errors import InputError, NotFound
from trainer.practice.mind import Difficulty
from trainer.rehearsal.panel import Job, rehearse
from trainer.rehearsal.plays import Played
from trainer.rehearsal.tables import as_json, as_text, figures
from trainer.seller import MANNERS
from trainer.texts import Language, phrase


@dataclass(frozen=True)
class Wanted:
    """Which calls to play; empty ``personas`` or ``manners`` mean all of them."""

    personas: tuple[str, ...]
    manners: tuple[str, ...]
    languages: tuple[Language, ...]
    difficulty: Difficulty
    seeds: int
    sellers: Path | None = None


def run(
    wanted: Wanted, *, graded: bool, format: str, workers: int | None, output: Path | None, speaks: Language
) -> int:
    """Plays the panel, prints its table, returns the exit code. Raises InputError, NotFound."""
    if format not in ("text", "json"):
        raise InputError("unknown_value", key="--format", what="format", value=format, known="text, json")
    for name in wanted.manners:
        if name not in MANNERS:
            raise NotFound("seller", name, list(MANNERS))
    cast = {name: load_persona(name) for name in wanted.personas or [one.id for one in personas()]}
    jobs = [
        Job(name, language, manner, wanted.difficulty, tuple(range(wanted.seeds)), graded, wanted.sellers)
        for name in cast
        for language in wanted.languages
        for manner in MANNERS
        if not wanted.manners or manner in wanted.manners
    ]
    label = phrase(speaks, "rehearsal.playing")
    with typer.progressbar(length=len(jobs) * wanted.seeds, label=label, file=sys.stderr) as bar:
        played = list(rehearse(jobs, workers or os.cpu_count() or 1, bar.update))
    played.sort(key=lambda one: (one.persona, one.language, MANNERS.index(one.manner), one.seed))
    found = figures(played, {one.id: one for one in cast.values()})
    typer.echo(as_json(found) if format == "json" else as_text(found, speaks))
    if output is not None:
        _keep(played, output)
    return 0


def _keep(played: list[Played], output: Path) -> None:
    """The calls as JSON Lines, each transcript with the director's outcome beside the grader's."""
    lines = [
        json.dumps(
            {**one.transcript, "seller": one.manner, "director": one.outcome, "graded": one.graded}, ensure_ascii=False
        )
        for one in played
    ]  # fmt: skip
    try:
        output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError("cannot_write", file=output, cause=error.strerror or error) from error
