"""Before the call: which client, what it is practised with, and the plan of its kind and goals (chapters T and G)."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import get_args

from trainer.grading.plans import judge_plan, right_goals
from trainer.persona import Persona
from trainer.rubric import Verdict
from trainer.store import Best
from trainer.trail import Aids
from trainer.transcript import INBOUND_KINDS, CallInfo, Kind, Plan, Transcript
from trainer.web.places import Place

KINDS: tuple[Kind, ...] = get_args(Kind)
MAXIMA = ("appointment", "visit", "invoice_and_next_contact", "care")
MINIMA = ("contact_and_call", "further_contact_or_call", "own_number", "care")
GOAL_RULES = {"appointment": "G1", "visit": "G2", "invoice_and_next_contact": "G3", "care": "G7"}
SKILLS: dict[str, tuple[str, ...]] = {
    "goal": ("G1", "G2", "G3", "G4", "G5", "G6"),
    "concern": ("C10", "C11", "C12"),
    "care": ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"),
    "respect": ("T6",),
    "closing": ("W1", "W2", "W3", "W4"),
    "attention": ("A1", "A2", "A3"),
}
"""The skills a client trains, by the rules his file names."""


@dataclass(frozen=True)
class Told:
    """What a trainee hears about one part of his plan: his answer, the right one, and the rules that say so."""

    part: str
    named: str
    right: str
    verdict: Verdict
    rules: tuple[str, ...]


def aids_of(place: Place) -> Aids:
    """What the address wants the call to be practised with."""
    usual = Aids()
    return Aids(
        hints=place.get("hints") != "off" and usual.hints,
        interruptions=place.get("interruptions") == "on",
        mood=place.get("mood") == "on",
    )


def turned(place: Place, aid: str) -> Place:
    """The same place with one of the switches turned over."""
    on = getattr(aids_of(place), aid)
    usual = getattr(Aids(), aid)
    return place.having(**{aid: "" if on != usual else "off" if on else "on"})


def plan_of(place: Place) -> Plan | None:
    """The plan the address carries; ``None`` where nothing was answered."""
    kind = next((one for one in KINDS if one == place.get("kind")), None)
    maximum = next((one for one in MAXIMA if one == place.get("maximum")), None)
    minimum = next((one for one in MINIMA if one == place.get("minimum")), None)
    if kind is None and maximum is None and minimum is None:
        return None
    return Plan(direction=CallInfo(kind=kind).known_direction, kind=kind, maximum=maximum, minimum=minimum)


def tell(persona: Persona, plan: Plan) -> tuple[Told, ...]:
    """The plan held against the call, with the rules (T1–T4, G1–G7)."""
    info = persona.call_info("ru")
    findings = judge_plan(Transcript(call=info, plan=plan, turns=()))
    maximum, minimum = right_goals(info)
    inbound = info.kind in INBOUND_KINDS
    of_kind = ("T1", "T2") if inbound else ("T1", "T3", *(("T4",) if "T4" in persona.rules else ()))
    of_minimum = "G7" if minimum == "care" else "G4" if inbound else "G6"
    met: Verdict = "met"
    missed: Verdict = "missed"
    return (
        Told("kind", plan.kind or "", info.kind or "", findings["plan.call_kind"].verdict or missed, of_kind),
        Told("maximum", plan.maximum or "", maximum or "", met if plan.maximum == maximum else missed,
             (GOAL_RULES.get(maximum or "", "G1"),)),
        Told("minimum", plan.minimum or "", minimum or "", met if plan.minimum == minimum else missed, (of_minimum,)),
    )  # fmt: skip


def skills_of(persona: Persona) -> tuple[str, ...]:
    """The skills a client trains."""
    return tuple(name for name, rules in SKILLS.items() if set(rules) & set(persona.rules))


def fitting(personas: Sequence[Persona], kind: str, skill: str) -> tuple[Persona, ...]:
    """The clients of one kind of call (``care`` counts as one) that train one skill; an empty wish takes all."""
    return tuple(
        one
        for one in personas
        if (not kind or kind in (one.call.kind, one.call.purpose, one.call.direction))
        and (not skill or skill in skills_of(one))
    )


def surprise(personas: Sequence[Persona], best: dict[str, Best], rng: Random | None = None) -> Persona | None:
    """One of the clients that were called least."""
    if not personas:
        return None
    calls = {one.id: best[one.id].calls if one.id in best else 0 for one in personas}
    least = min(calls.values())
    return (rng or SystemRandom()).choice([one for one in personas if calls[one.id] == least])
