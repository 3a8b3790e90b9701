"""What the method would have the seller do next, read off the client's mind; it names a step, never a hidden fact."""

from typing import Literal

from trainer.persona import Persona
from trainer.practice.call import Call
from trainer.practice.mind import State

Step = Literal[
    "introduce", "reason", "needs", "how_went", "own_view", "others_view", "accept", "clarify", "resolve", "support",
    "offer_time", "deal", "ask_contact", "ask_next_call", "offer_support", "care_call", "further_help", "farewell",
    "wait",
]  # fmt: skip
ENOUGH_NEEDS = 2
ENOUGH_REFUSALS = 2
MOODS = 5


def next_step(call: Call) -> Step:
    """The step a good seller would take now (C1–C12, G1–G6, W1–W4)."""
    state, done = call.state, _moves_so_far(call)
    if call.over or ("farewell" in done and state.active is None):
        return "wait"
    concern = _for_the_concern(state, call.persona)
    if concern is not None:
        return concern
    if "introduce" not in done and "greet" not in done:
        return "introduce"
    if call.persona.call.purpose == "care":
        return _in_a_care_call(state, done)
    return _in_a_sale(call, state, done)


def _moves_so_far(call: Call) -> set[str]:
    return {str(move["kind"]) for entry in call.trace for move in entry["moves"]}


def _for_the_concern(state: State, persona: Persona) -> Step | None:
    """Accept, clarify, only then resolve (C10–C12)."""
    active = state.active
    if active is None:
        return None
    if not active.accepted:
        return "accept"
    if active.status == "voiced":
        return "clarify"
    return "resolve" if persona.concern(active.id).critic is None else "support"


def _in_a_care_call(state: State, done: set[str]) -> Step:
    asked: tuple[Step, ...] = ("how_went", "own_view", "others_view")
    for step in asked:
        if step not in done and step not in state.marks:
            return step
    if "offer_support" not in done:
        return "offer_support"
    return "farewell" if state.next_call else "care_call"


def _in_a_sale(call: Call, state: State, done: set[str]) -> Step:
    if state.agreed:
        if state.appointment is None and not state.contact and call.persona.call.direction == "inbound":
            return "ask_contact"
        return "farewell" if "help_more" in done else "further_help"
    if call.persona.call.kind == "cold" and "state_reason" not in done:
        return "reason"
    needs = sum(1 for fact in call.persona.facts if fact.need and fact.id in state.told)
    if needs < ENOUGH_NEEDS and len(call.trace) < 2 * ENOUGH_NEEDS + 2:
        return "needs"
    if call.persona.call.purpose == "phone_deal":
        return "deal"
    if state.refusals < ENOUGH_REFUSALS:
        return "offer_time"
    if not state.contact and call.persona.call.direction == "inbound":
        return "ask_contact"
    return "ask_next_call"


def mood(state: State) -> int:
    """How the client feels about the talk, 1 (closed) to 5 (trusts): trust, less what irritates him."""
    felt = state.trust - 1.5 * state.irritation
    return max(1, min(MOODS, 1 + int(max(0.0, felt) // 2)))
