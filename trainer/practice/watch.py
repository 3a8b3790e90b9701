"""What a model's line is checked for beyond the guard: consent in other words, echoes, facts that nobody gave it."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from trainer.language.acts import Spoken, read_acts
from trainer.language.text import fold
from trainer.practice.actor import Card, fill, pools
from trainer.practice.guard import CONSENTS, Reason, check
from trainer.practice.patterns import find, level
from trainer.texts import Language
from trainer.transcript import Turn

Fault = Reason | Literal["echo", "number", "name", "missing", "act", "told"]

ASKED = ("offer_time", "ask_time", "invite", "next_call", "call_time", "ask_contact", "deal")
"""Acts of a seller that a yes would answer."""
LIKELY = 0.5
SAME = 0.6
NEARLY = 0.8
FEW = 4
STEM = 4
PARTING = ("goodbye", "leave", "must_go")
_NUMBER = re.compile(
    r"\d+|\b(?:дв[ае]|двух|три|трех|четыре|пять|шесть|семь|восемь|девять|десять|\w+надцать|двадцать|тридцать|сорок|"
    r"пятьдесят|\w+десят|девяносто|сто|двести|триста|четыреста|(?:пять|шесть|семь|восемь|девять)сот|тысяч\w*|миллион\w*|"
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundred|thousand|million)\b"
)
_NAME = re.compile(r"(?<![.!?…«\"—-] )(?<!^)(?<=[\w,;:] )[A-ZА-ЯЁ][a-zа-яё]{2,}")


@cache
def prompt_texts() -> dict[str, Any]:
    """What a prompt says of the client: words, moods, reasons of a refusal, acts."""
    text = (Path(__file__).parent / "prompts" / "acts.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def told_of(act: str, language: Language) -> str:
    """What a client does with an act, in words for a model; empty for an act that only its lines explain."""
    return str(prompt_texts()["acts"].get(act, {}).get(language, ""))


@cache
def _words(language: Language) -> dict[str, list[str]]:
    text = (Path(__file__).parent / "lines" / "watch.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    found: dict[str, list[str]] = loaded[language]
    return found


def faults(line: str, card: Card, *, whole: bool = True) -> tuple[Fault, ...]:
    """Why a model's line may not be spoken; empty when it may. ``whole``: no more of it is to come."""
    given = fold(" ".join(material(card)))
    found: list[Fault] = list(check(line, card))
    levelled = level(line)
    words = _words(card.language)
    if card.act.kind not in CONSENTS and (
        _fresh(levelled, words["consent"], card.language, given) or _says_yes(line, card)
    ):
        found.append("consent")
    if find(levelled, words["helper"], card.language):
        found.append("role")
    folded = fold(line)
    if len(folded.split()) > 1 and folded.strip(" .!…") in fold(told_of(card.act.kind, card.language)):
        found.append("told")
    if len(folded.split()) >= FEW:
        if card.heard and likeness(folded, fold(card.heard)) >= SAME:
            found.append("echo")
        if any(likeness(folded, fold(one)) >= NEARLY for one in card.said):
            found.append("repeat")
    if set(_NUMBER.findall(folded)) - set(re.findall(r"\w+", given)):
        found.append("number")
    if any(fold(name)[:STEM] not in given for name in _NAME.findall(line) if name not in ("Okay",)):
        found.append("name")
    if whole and any(fold(value) not in folded for value in needed(card)):
        found.append("missing")
    return tuple(dict.fromkeys(found))


def material(card: Card) -> list[str]:
    """All that a line may be made of: what was said, what is public, what the act may say."""
    persona, language = card.persona, card.language
    said = [turn.text for turn in card.turns if isinstance(turn, Turn)]
    told = [line for fact in persona.facts if fact.id in card.state.told for line in fact.lines[language]]
    public = [persona.name[language], persona.call.seller[language], persona.call.company[language]]
    own = [fill(line, card) for pool in pools(card.act, persona, language, card.state) for line in pool]
    return [
        *said,
        *card.said,
        card.heard,
        *told,
        *public,
        persona.call.subject[language],
        *own,
        *card.act.slots.values(),
    ]


def needed(card: Card) -> list[str]:
    """The slots of the act that the line has to say: a time agreed to, a contact, a name."""
    samples = [line for pool in pools(card.act, card.persona, card.language, card.state) for line in pool]
    return [value for name, value in card.act.slots.items() if samples and all(f"{{{name}}}" in one for one in samples)]


def likeness(one: str, other: str) -> float:
    """How much of the shorter text's triples of letters stand in the other, 0–1."""
    first, second = ({text[n : n + 3] for n in range(len(text) - 2)} for text in (one, other))
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0


def _fresh(levelled: str, patterns: list[str], language: Language, given: str) -> bool:
    """Whether one of the patterns is met in words that the act's own lines do not use."""
    return any(levelled[hit.start : hit.end] not in given for hit, _ in find(levelled, patterns, language))


def _says_yes(line: str, card: Card) -> bool:
    """Whether a line is heard as consent to what the seller has just asked for."""
    if not card.heard.strip():
        return False
    seller, client = read_acts([Spoken("seller", card.heard), Spoken("client", line)])
    asked = max(seller.get(act, 0.0) for act in ASKED) >= LIKELY
    no = max(client.get(act, 0.0) for act in ("no", "stall", "ask"))
    return asked and client.get("yes", 0.0) >= LIKELY and client["yes"] > no
