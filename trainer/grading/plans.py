"""The plan made before a practised call, held against what the call was (T1–T3, G1–G7)."""

from trainer.grading.judges import Finding
from trainer.transcript import CallInfo, Plan, Transcript

MAXIMUM = {"sale": "appointment", "service": "visit", "phone_deal": "invoice_and_next_contact", "care": "care"}
MINIMUM = {"inbound": "contact_and_call", "outbound": "further_contact_or_call"}


def right_goals(call: CallInfo) -> tuple[str | None, str | None]:
    """The maximum and the minimum goal of a call, by their ids; ``None`` where the call's facts do not tell."""
    maximum = MAXIMUM.get(call.purpose or "")
    if maximum == "care":
        return maximum, "care"
    return maximum, MINIMUM.get(call.known_direction or "")


def judge_plan(transcript: Transcript) -> dict[str, Finding]:
    """``plan.call_kind`` and ``plan.goals``; not applicable without a plan or without the facts to check it by."""
    plan, call = transcript.plan, transcript.call
    if plan is None:
        return {name: Finding("not_applicable", note="no_plan") for name in ("plan.call_kind", "plan.goals")}
    return {"plan.call_kind": _kind(plan, call), "plan.goals": _goals(plan, call)}


def _kind(plan: Plan, call: CallInfo) -> Finding:
    if call.kind is None or plan.kind is None:
        return Finding("not_applicable", note="no_plan")
    if plan.kind == call.kind:
        return Finding("met", note="kind_right")
    named = plan.direction or CallInfo(kind=plan.kind).known_direction
    return (
        Finding("partly", note="kind_half") if named == call.known_direction else Finding("missed", note="kind_wrong")
    )


def _goals(plan: Plan, call: CallInfo) -> Finding:
    maximum, minimum = right_goals(call)
    if maximum is None or minimum is None or (plan.maximum is None and plan.minimum is None):
        return Finding("not_applicable", note="no_plan")
    right = (plan.maximum == maximum) + (plan.minimum == minimum)
    return Finding(("missed", "partly", "met")[right], note=("goals_wrong", "goals_half", "goals_right")[right])
