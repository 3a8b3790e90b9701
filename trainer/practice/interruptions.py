"""The boss rings, a colleague asks, a visitor comes in: when, and how the client takes what the seller does (A1–A3)."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from trainer.persona import Persona
from trainer.practice.mind import Act, State
from trainer.practice.patterns import find, level, lexicon
from trainer.texts import Language
from trainer.transcript import Action, AnyTurn, Event, EventName, Who

HAPPENS: tuple[tuple[EventName, Who], ...] = (
    ("phone_rings", "boss"), ("phone_rings", "colleague"), ("phone_rings", "client"), ("phone_rings", "family"),
    ("colleague_asks", "colleague"), ("visitor_arrives", "walk_in"),
)  # fmt: skip
FIRST, LATEST, APART = 2, 5, 4


def due(persona: Persona, seed: int, turn: int) -> Event | None:
    """What breaks in after the seller's turn of this number (from 1); once or twice a call, by the seed."""
    rng = Random(f"{persona.id}:{seed}:interruptions")
    first = rng.randint(FIRST, LATEST)
    turns = (first, first + APART + rng.randint(0, 2)) if rng.random() < 0.4 else (first,)
    kinds = rng.sample(HAPPENS, len(turns))
    for when, (event, who) in zip(turns, kinds, strict=True):
        if when == turn:
            return Event(event=event, who=who)
    return None


def pending(turns: Sequence[AnyTurn]) -> Event | None:
    """The last interruption, unless the seller has acted on it."""
    for turn in reversed(turns):
        if isinstance(turn, Event):
            return turn if turn.event not in ("seller_action", "hang_up") else None
    return None


def asks_leave(text: str, language: Language) -> bool:
    """Whether the seller asks the client's leave to turn away for a moment."""
    return bool(find(level(text), lexicon(language)["ask_leave"], language))


def reaction(state: State, action: Action) -> tuple[State, tuple[Act, ...]]:
    """The client's mind after it, and what he says. Leave asked for softens it; an answer ends all trust."""
    if action == "answered":
        allowed = "leave" in state.marks
        hurt = replace(state, trust=0).feel(irritation=1 if allowed else 2, patience=-1 if allowed else -2)
        if hurt.irritation >= hurt.leaves_at or hurt.patience <= 0:
            return replace(hurt, over=True), (Act("leave_angry", end=True),)
        return hurt, (Act("interrupted_leave" if allowed else "interrupted"),)
    if action == "promised_callback":
        return state, (Act("stayed"),)
    if action == "declined":
        return state.feel(trust=0 if "stayed" in state.marks else 1).mark("stayed"), (Act("stayed"),)
    return state, ()
