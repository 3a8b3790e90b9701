"""Scripted sellers played against the shipped clients."""

from functools import cache
from pathlib import Path

import yaml

from trainer.definitions import personas
from trainer.persona import Persona
from trainer.practice.call import Call
from trainer.texts import Language
from trainer.transcript import Turn

SELLERS = Path(__file__).parent / "sellers"
ALL: dict[str, Persona] = {one.id: one for one in personas()}
SEEDS = range(10)
TRICKS: dict[str, dict[str, list[str]]] = yaml.safe_load((SELLERS.parent / "tricks.yaml").read_text(encoding="utf-8"))


@cache
def script(name: str) -> tuple[str, ...]:
    loaded: list[str] = yaml.safe_load((SELLERS / f"{name}.yaml").read_text(encoding="utf-8"))
    return tuple(loaded)


def play(id: str, language: Language, lines: list[str] | tuple[str, ...], seed: int = 0) -> Call:
    call = Call.start(ALL[id], language, seed=seed)
    for line in lines:
        if call.over:
            break
        call.say(line)
    return call


@cache
def played(id: str, kind: str, language: Language, seed: int) -> Call:
    return play(id, language, script(f"{id}-{kind}-{language}"), seed)


def client_lines(call: Call) -> list[str]:
    return [turn.text for turn in call.turns if isinstance(turn, Turn) and turn.role == "client"]
