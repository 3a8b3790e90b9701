"""The prompt of a client's line: the act, what was said, what is public; nothing that is still locked."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from string import Template

from pydantic import BaseModel

from trainer.models.answers import schema_of
from trainer.models.request import Message, Request, mark_of
from trainer.practice.actor import Card, fill, pools
from trainer.practice.lives import said_of
from trainer.practice.mind import State
from trainer.practice.watch import Fault, needed, prompt_texts, told_of
from trainer.texts import Language, phrase
from trainer.transcript import Turn

PROMPTS = Path(__file__).parent / "prompts"
LAST_TURNS = 8
"""So many turns are told at least, and twice as many at most: the talk's start moves seldom, so that a server which
keeps what it has read has only the last turns to read."""
SAMPLES = 3
MOST_WORDS = 35
TEMPERATURE = 0.7
LONGEST_ANSWER = 220


class Line(BaseModel):
    """What a model answers: the act it was given, and the words for it."""

    act: str
    line: str


@cache
def _frame(language: Language) -> tuple[Template, Template]:
    system, _, user = (PROMPTS / f"voice.{language}.md").read_text(encoding="utf-8").partition("--- user ---\n")
    return Template(system.strip()), Template(user.strip())


def request_for(card: Card) -> Request:
    """The request for one line."""
    words = prompt_texts()["words"][card.language]
    he = words["he" if card.persona.gender == "m" else "she"]
    call = card.persona.call
    values = {
        "name": card.persona.name[card.language], "seller": call.seller[card.language],
        "company": call.company[card.language], "subject": call.subject[card.language],
        "he": he, "he_low": he.lower(), "he_cap": he, "most": MOST_WORDS, "act": card.act.kind,
        "mood": mood(card.state, card.language), "known": _known(card, words), "talk": _talk(card),
        "gloss": told_of(card.act.kind, card.language) or words["nothing"],
        "samples": "\n".join(f"- {one}" for one in _samples(card)),
        "must": words["must"].format(what=", ".join(needed(card))) if needed(card) else "",
        "mark": (mark := mark_of(f"{card.persona.id} {card.turns[:1]}")),
    }  # fmt: skip
    system, user = _frame(card.language)
    messages = (Message("system", system.substitute(values)), Message("user", user.substitute(values)))
    return Request(messages, TEMPERATURE, LONGEST_ANSWER, schema_of(Line, act=card.act.kind), mark)


def again(request: Request, line: str, why: tuple[Fault, ...], language: Language) -> Request:
    """The same request with the refused line and the reason; a line with nothing in it is no example to show again."""
    names = prompt_texts()["reasons"][language]
    said = prompt_texts()["words"][language]["again"].format(why=", ".join(names[one] for one in why))
    system, asked = request.messages[:2]
    if "empty" in why:
        return replace(request, messages=(system, Message("user", f"{asked.text}\n{said}")))
    return replace(request, messages=(system, asked, Message("assistant", line[:400]), Message("user", said)))


def mood(state: State, language: Language) -> str:
    """The client's mood in a word or two."""
    names = prompt_texts()["mood"][language]
    found = []
    if state.irritation >= max(1, state.leaves_at - 2):
        found.append("angry")
    elif state.patience <= 3:
        found.append("tired")
    if state.trust <= 2:
        found.append("cold")
    elif state.trust >= 6:
        found.append("warm")
    if state.interest >= 6:
        found.append("keen")
    return ", ".join(names[one] for one in found or ["plain"])


def _known(card: Card, words: dict[str, str]) -> str:
    """What he has told, and the concern that is open as far as he has shown it."""
    persona, language = card.persona, card.language
    lines = [f"{words['told']} {fact.lines[language][0]}" for fact in persona.facts if fact.id in card.state.told]
    spoken = [mark.split(":")[1] for mark in card.state.marks if mark.startswith("small:")]
    lines += [f"{words['told']} {fill(said_of(id, persona, language, card.state)[0], card)}" for id in spoken]
    active = card.state.active
    if active:
        concern = persona.concern(active.id)
        shown = concern.reason if active.status == "clarified" else concern.surface
        lines.append(f"{words['open']} {shown[language][0]}")
    return "\n".join(lines)


def _talk(card: Card) -> str:
    lines = []
    start = max(0, len(card.turns) // LAST_TURNS - 1) * LAST_TURNS
    for turn in card.turns[start:]:
        if isinstance(turn, Turn):
            who = phrase(card.language, f"render.roles.{turn.role}")
            lines.append(f"{who}: {' '.join(turn.text.split())[:400]}")
    return "\n".join(lines)


def _samples(card: Card) -> list[str]:
    known = [line for pool in pools(card.act, card.persona, card.language, card.state)[:1] for line in pool]
    return [fill(line, card) for line in card.rng.sample(known, min(SAMPLES, len(known)))]
