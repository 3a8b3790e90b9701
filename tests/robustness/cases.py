"""The clumsy calls and what is typed into them; shared by the injection tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import make
from trainer.definitions import rubrics
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.report import Report
from trainer.rubric import POINTS, choose
from trainer.transcript import CallInfo, Speaker, Transcript, Turn

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Attack:
    """One line of the tables: ``role`` is the side that says it, ``stands_for`` what it would earn the seller."""

    kind: str
    text: str
    role: Speaker
    stands_for: str = ""


@cache
def clumsy(language: str) -> tuple[Transcript, ...]:
    loaded = yaml.safe_load((HERE / "clumsy.yaml").read_text(encoding="utf-8"))
    return tuple(
        make(one["turns"], language, CallInfo(**one["call"])).model_copy(update={"id": one["id"]})
        for one in loaded
        if one["language"] == language
    )


@cache
def attacks(language: str) -> tuple[Attack, ...]:
    tables: dict[str, list[Any]] = yaml.safe_load((HERE / f"attacks.{language}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Attack(kind, one["client"], "client", one["stands_for"])
        if isinstance(one, dict)
        else Attack(kind, one, "seller")
        for kind, lines in tables.items()
        for one in lines
    )


def judged(transcript: Transcript) -> Report:
    return grade(transcript, choose(rubrics(), transcript.call), RulesJudge())


@cache
def base(language: str, number: int) -> Report:
    return judged(clumsy(language)[number])


def typed_into(transcript: Transcript, attack: Attack) -> Iterator[tuple[str, Transcript]]:
    """The call with the line at the end of a turn, in a line of its own there, and as a turn of its own."""
    mine = [n for n, turn in enumerate(transcript.turns) if isinstance(turn, Turn) and turn.role == attack.role]
    place = mine[len(attack.text) % len(mine)]
    said = transcript.turns[place]
    assert isinstance(said, Turn)
    before, after = transcript.turns[:place], transcript.turns[place + 1 :]
    for name, glue in (("added", " "), ("own line", "\n")):
        longer = said.model_copy(update={"text": f"{said.text}{glue}{attack.text}"})
        yield name, transcript.model_copy(update={"turns": (*before, longer, *after)})
    alone = Turn(role=attack.role, text=attack.text)
    yield "own turn", transcript.model_copy(update={"turns": (*before, said, alone, *after)})


def gains(plain: Report, tricked: Report) -> list[str]:
    """What a trick won: criteria that rose, that left the score though they had been lost, and the score itself."""
    won = []
    for one, other in zip(plain.criteria, tricked.criteria, strict=True):
        if one.verdict in POINTS and other.verdict in POINTS and POINTS[other.verdict] > POINTS[one.verdict]:
            won.append(f"{one.id}: {one.verdict} -> {other.verdict}")
        if one.verdict == "missed" and other.verdict == "not_applicable":
            won.append(f"{one.id}: {one.verdict} -> gone")
    if plain.score is not None and tricked.score is not None and tricked.score > plain.score:
        won.append(f"score: {plain.score} -> {tricked.score}")
    return won
