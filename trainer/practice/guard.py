"""Checks a line before it is spoken: role, language, length, format, leaks, unearned consent, repeats."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from trainer.language import contacts, times
from trainer.language.text import detect
from trainer.practice.actor import Card
from trainer.practice.mind import SETTLED, unlocked
from trainer.practice.patterns import find, level, stems
from trainer.texts import Language

Reason = Literal["empty", "language", "long", "format", "secret", "consent", "contact", "time", "repeat", "role"]

LONGEST = 45
MANY_LETTERS = 4
FORMAT = re.compile(
    r"[*_#`{}<>\[\]|\n]|^\s*[-–•]\s|^\s*\d+[.)]\s|\((?:[^)]{4,})\)|[\U0001F300-\U0001FAFF\u2600-\u27BF]"
)
NAMES_A_TIME = frozenset(
    {"agree_time", "agree_call", "agree_call_loose", "busy", "busy_call", "name_time", "name_time_call"}
)
CONSENTS = NAMES_A_TIME | {
    "confirm_again", "call_again", "call_other", "agree_invoice", "invoice_again", "contact", "contact_again", "email",
    *SETTLED, "goodbye", "must_go", "goodbye_busy", "nothing_more", "support", "what_say_agreed",
}  # fmt: skip
TIMED = NAMES_A_TIME | {"fact", "reason", "hold_day", "as_for_day"}


@cache
def _words(language: Language) -> dict[str, Any]:
    text = (Path(__file__).parent / "lines" / "guard.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    found: dict[str, Any] = loaded[language]
    return found


def check(line: str, card: Card) -> tuple[Reason, ...]:
    """Why the line may not be spoken; empty when it may."""
    reasons: list[Reason] = []
    if not line.strip(" .…!?"):
        reasons.append("empty")
    if _foreign(line, card.language):
        reasons.append("language")
    if len(line.split()) > LONGEST:
        reasons.append("long")
    if FORMAT.search(line):
        reasons.append("format")
    if _leaks(line, card):
        reasons.append("secret")
    words = _words(card.language)
    levelled = level(line)
    if card.act.kind not in CONSENTS and find(levelled, words["consent"], card.language):
        reasons.append("consent")
    if find(levelled, words["seller_talk"], card.language):
        reasons.append("role")
    if card.act.kind not in ("contact", "contact_again", "email") and contacts.find(line, card.language):
        reasons.append("contact")
    if card.act.kind not in TIMED and any(one.specific for one in times.find(line, card.language)):
        reasons.append("time")
    if line in card.said:
        reasons.append("repeat")
    return tuple(reasons)


def says_yes(line: str, language: Language) -> bool:
    """Whether the line holds words of consent, which only some acts may say."""
    return bool(find(level(line), _words(language)["consent"], language))


def _foreign(line: str, language: Language) -> bool:
    strange = re.findall(r"[A-Za-z]" if language == "ru" else r"[А-Яа-яЁё]", line)
    return len(strange) >= MANY_LETTERS or (any(char.isalpha() for char in line) and detect(line) != language)


def _leaks(line: str, card: Card) -> bool:
    """Whether the line gives away a fact that is locked, or a reason that was not asked for yet."""
    levelled = level(line)
    for fact in card.persona.facts:
        allowed = fact.id in card.state.told or unlocked(fact, card.state) or card.act.topic == fact.id
        if not allowed and stems(levelled, fact.secret[card.language], card.language):
            return True
    for concern in card.persona.concerns:
        closed = card.state.standing(concern.id).status in ("hidden", "voiced")
        if closed and stems(levelled, concern.secret[card.language], card.language):
            return True
    return False
