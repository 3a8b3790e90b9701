"""The seven steps of a care call and the two things it does not do (C1–C9)."""

from collections.abc import Sequence

from trainer.grading.detectors import Reader, Reading
from trainer.grading.judges import Finding
from trainer.grading.outcomes import Settled
from trainer.language.names import introduced
from trainer.report import Evidence

ASKED = {
    "care.asked_how_it_went": ("how_went", 0.5),
    "care.asked_own_impression": ("own_view", 0.5),
    "care.asked_others_impression": ("others_view", 0.5),
    "care.offered_support": ("support", 0.5),
}
AVOIDED = {"care.no_convenience_question": ("convenient", 0.5), "care.no_referral_request": ("referral", 0.5)}
INTRODUCTION = 3
"""How many of the seller's first turns may still introduce him."""


OWN_NAME = 0.9
"""How sure a name given in so many words is, whatever the reader heard."""


def judge_care(reader: Reader, settled: Settled) -> dict[str, Finding]:
    """The findings for every ``care.*`` criterion; none where the seller said nothing or the call is another kind."""
    if reader.transcript.call.purpose != "care":
        return {}
    sellers = reader.by("seller")
    if not sellers:
        return {name: Finding("not_applicable", note="no_seller") for name in (*ASKED, *AVOIDED)}
    found = {name: _asked(reader, act, at) for name, (act, at) in ASKED.items()}
    found |= {name: _avoided(reader, act, at) for name, (act, at) in AVOIDED.items()}
    found["care.reminded_of_self"] = _reminded(reader, sellers[:INTRODUCTION])
    found["care.next_call_agreed"] = _next_call(reader, settled)
    return found


def _asked(reader: Reader, act: str, at: float) -> Finding:
    best = reader.best("seller", act)
    chance = best.chance(act) if best else 0.0
    if best and chance >= at:
        return Finding("met", (reader.evidence(best, act),), f"{act}_done", chance)
    return Finding("missed", (), f"{act}_missing", 1 - chance)


def _avoided(reader: Reader, act: str, at: float) -> Finding:
    best = reader.best("seller", act)
    assert best is not None
    chance = best.chance(act)
    if chance >= at:
        return Finding("missed", (reader.evidence(best, act),), f"{act}_asked", chance)
    return Finding("met", (reader.evidence(best, act),), f"{act}_not_asked", 1 - chance)


def _reminded(reader: Reader, first: Sequence[Reading]) -> Finding:
    proof: list[Evidence] = []
    sure = 1.0
    for act in ("name", "role"):
        best = max(first, key=lambda r: (r.chance(act), -r.turn))
        chance = best.chance(act)
        spoken = next((r for r in first if act == "name" and introduced(r.text, r.language)), None)
        if spoken and chance < OWN_NAME:
            best, chance = spoken, OWN_NAME
        sure = min(sure, max(chance, 1 - chance))
        if chance >= 0.5:
            proof.append(reader.evidence(best, act))
    distinct = tuple(dict.fromkeys(proof))
    if len(proof) == 2:
        return Finding("met", distinct, "reminded", sure)
    return Finding("partly" if proof else "missed", distinct, "reminded_half" if proof else "not_reminded", sure)


def _next_call(reader: Reader, settled: Settled) -> Finding:
    if settled.outcome == "maximum":
        return Finding("met", settled.evidence, "next_call_agreed", settled.sure)
    best = reader.best("seller", "next_call")
    chance = best.chance("next_call") if best else 0.0
    if best and chance >= 0.5:
        return Finding(
            "partly", (reader.evidence(best, "next_call"),), "next_call_no_consent", min(chance, settled.sure)
        )
    return Finding("missed", (), "next_call_missing", 1 - chance)
