"""The boss rings, a colleague asks, a visitor comes in: when, and how the client takes what the seller does (A1–A4)."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from trainer.persona import ATTENTION, Attention, Persona
from trainer.practice.mind import Act, State
from trainer.practice.patterns import find, level, lexicon
from trainer.texts import Language
from trainer.transcript import Action, AnyTurn, Event, EventName, Turn, Who

HAPPENS: tuple[tuple[EventName, Who], ...] = (
    ("phone_rings", "boss"), ("phone_rings", "colleague"), ("phone_rings", "client"), ("phone_rings", "family"),
    ("colleague_asks", "colleague"), ("visitor_arrives", "walk_in"),
)  # fmt: skip
FIRST, LATEST, APART = 2, 5, 4
AGAIN = 2
"""Seller's turns after which somebody who was ignored comes back."""
RANKS: dict[Who, Attention] = {
    "walk_in": "present_client", "client": "calling_client", "boss": "internal", "colleague": "internal",
    "family": "internal",
}  # fmt: skip


def due(persona: Persona, seed: int, turn: int, turns: Sequence[AnyTurn] = ()) -> Event | None:
    """What breaks in after the seller's turn of this number (from 1); once or twice a call, by the seed.

    Whoever the company puts before this client does not let himself be ignored: he comes back once.
    """
    back = _back(persona, turns)
    if back is not None:
        return back
    rng = Random(f"{persona.id}:{seed}:interruptions")
    first = rng.randint(FIRST, LATEST)
    whens = (first, first + APART + rng.randint(0, 2)) if rng.random() < 0.4 else (first,)
    kinds = rng.sample(HAPPENS, len(whens))
    for when, (event, who) in zip(whens, kinds, strict=True):
        if when == turn:
            return Event(event=event, who=who)
    return None


def outranks(persona: Persona, who: Who) -> bool:
    """Whether the company's own order puts this one before the client on the line (A2, A4)."""
    order = persona.company.priorities if persona.company else ATTENTION
    here: Attention = "calling_client" if persona.call.channel == "phone" else "present_client"
    return order.index(RANKS[who]) < order.index(here)


def _back(persona: Persona, turns: Sequence[AnyTurn]) -> Event | None:
    """The one who comes first and was ignored two turns ago, unless he has come back already."""
    came = [n for n, one in enumerate(turns) if isinstance(one, Event) and one.who is not None]
    if not came:
        return None
    last, since = turns[came[-1]], turns[came[-1] + 1 :]
    if not isinstance(last, Event) or last.who is None or not outranks(persona, last.who):
        return None
    acted = next((one.action for one in since if isinstance(one, Event)), None)
    said = sum(isinstance(one, Turn) and one.role == "seller" for one in since)
    new = sum(turns[n] == last for n in came) == 1
    return last if acted == "ignored" and said == AGAIN and new else None


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
