"""What he says to an hour, a call or his number asked for too early, and to what costs nothing."""

from dataclasses import replace
from datetime import datetime

from trainer.practice.mind import Act, Heard, Reply, State
from trainer.practice.patterns import level, lexicon, stems
from trainer.practice.proposals import joined
from trainer.practice.spoken import say_day

HELD = ("hold_day", "hold_call", "hold_contact")
OFTEN, REST = 3, 2
"""How often a call he puts off one and the same thing, and the turns that lie between."""
URGENT = ("service", "care")
"""Purposes of calls in which he wants somebody to come, or has said so: there his number is not what he puts off."""


def held(heard: Heard, reply: Reply) -> Reply:
    """The same decision with its put-off said now and then, and only where there is one to make.

    A day that was named is taken up in a word, and then comes what stands before it; a call or a number is put off in
    words of its own, in place of what follows.
    """
    place = next((number for number, act in enumerate(reply.acts) if act.kind in HELD), None)
    if place is None:
        return reply
    before, first, rest = reply.acts[:place], reply.acts[place], reply.acts[place + 1 :]
    when = day_named(heard) if first.kind == "hold_day" else None
    empty = first.kind == "hold_day" and (when is None or not rest)
    if when is not None and rest and _asked_on(heard, "day_first"):
        return replace(reply, state=reply.state.mark("day_first"), acts=(*before, Act("day_first"), *rest))
    if empty or _lately(heard.state, first.kind) or not _in_place(heard, first.kind):
        return replace(reply, acts=(*before, *rest)) if before or rest else reply
    state = reply.state.mark(f"{first.kind}:{heard.state.turn}")
    if first.kind == "hold_day":
        return replace(reply, state=state, acts=(*before, Act("hold_day", slots={"when": str(when)}), *rest))
    if first.kind == "hold_call" and heard.persona.call.purpose == "care":
        first = Act("hold_care")
    return replace(reply, state=state, acts=(*before, first))


def _lately(state: State, kind: str) -> bool:
    """Whether he has said so in one of his last turns, or so often that he need not again."""
    said = [int(one.rpartition(":")[2]) for one in state.marks if one.startswith(f"{kind}:")]
    return bool(said) and (len(said) >= OFTEN or state.turn - said[-1] <= REST)


def _asked_on(heard: Heard, act: str) -> bool:
    """Whether he is asked for a day right after he put one off: he says so in plain words, once a call."""
    return act not in heard.state.marks and _lately(heard.state, "hold_day") and _in_place(heard, "hold_day")


def _in_place(heard: Heard, kind: str) -> bool:
    """Whether the seller really asked for it, and he has not agreed to it before."""
    state, purpose = heard.state, heard.persona.call.purpose
    if kind == "hold_day":
        return heard.has("propose_time") and not (state.appointment or state.visit)
    if kind == "hold_call":
        return not state.next_call and not stems(
            level(heard.text), tuple(lexicon(heard.language)["if_words"]), heard.language
        )
    return not state.contact and purpose not in URGENT


def day_named(heard: Heard) -> str | None:
    """The day of the first whole moment that was named, in words."""
    move = heard.move("propose_time")
    for one in move.times if move else ():
        moment = one.moment or joined(one.day or heard.state.day, one.clock, heard.language, heard.at)
        if moment and moment > heard.at.isoformat(timespec="minutes"):
            return say_day(datetime.fromisoformat(moment), heard.language, heard.at)
    return None


def for_nothing(heard: Heard, reply: Reply) -> Reply:
    """Something free is offered and his answer would be that it is dear: he has heard that it is free, once a call."""
    acts = reply.acts
    first = acts[0] if acts else None
    if first is None or first.kind not in ("concern", "insists") or first.topic is None:
        return reply
    concern = heard.persona.concern(first.topic)
    of_price = "price" in concern.raised_by and heard.persona.call.purpose in ("sale", "service")
    if not of_price or heard.has("price") or "free" in heard.state.marks:
        return reply
    if not stems(level(heard.text), tuple(lexicon(heard.language)["for_free"]), heard.language):
        return reply
    rest = acts if first.kind == "concern" else acts[1:]
    return replace(reply, state=reply.state.mark("free"), acts=(Act("small", "free"), *rest), rule=f"{reply.rule}+free")
