"""What a graded call came to (``call-report/1``)."""

from typing import Any, Literal

from pydantic import model_serializer

from trainer.rubric import Verdict
from trainer.texts import Language
from trainer.transcript import Frozen

FORMAT: Literal["call-report/1"] = "call-report/1"

StepAct = Literal["accepted", "clarified", "answered", "uptake"]
Outcome = Literal["maximum", "minimum_with_call", "minimum", "none"]


class Evidence(Frozen):
    """A verbatim piece of a turn. Made by ``grading.evidence`` alone, which checks it against the transcript."""

    turn: int
    quote: str


class View(Frozen):
    """What one judge made of a criterion; ``verdict`` is ``None``, with a ``reason``, where he could not tell."""

    judge: str
    verdict: Verdict | None
    evidence: tuple[Evidence, ...] = ()
    reason: str | None = None

    @model_serializer(mode="wrap")
    def _drop_what_does_not_apply(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        return {key: value for key, value in data.items() if value is not None or key == "verdict"}


class CriterionResult(Frozen):
    """One criterion's verdict with the quotes that decide it.

    ``verdict`` is ``None``, with a ``reason``, where the judge failed; such a criterion is left out of the score.
    ``outcome`` is set on ``goal.outcome`` only. ``judge`` names whose verdict it is, and ``views`` all that were heard,
    where more than one judge was asked.
    """

    id: str
    rule: tuple[str, ...]
    verdict: Verdict | None
    weight: float
    evidence: tuple[Evidence, ...] = ()
    comment: str = ""
    tip: str = ""
    needs_review: bool = False
    outcome: Outcome | None = None
    reason: str | None = None
    judge: str | None = None
    views: tuple[View, ...] = ()

    @model_serializer(mode="wrap")
    def _drop_what_does_not_apply(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        for key in ("outcome", "reason", "judge"):
            if data[key] is None:
                del data[key]
        if not data["views"]:
            del data["views"]
        return data


class Step(Frozen):
    """One move around a concern, in the order of the Rule of clarification (C10, C11)."""

    act: StepAct
    turn: int
    quote: str


class Concern(Frozen):
    """A concern the client voiced and what became of it; ``steps`` is its ledger in the order of the call."""

    turn: int
    quote: str
    accepted: bool
    clarified: bool
    resolved: bool
    steps: tuple[Step, ...] = ()


class Action(Frozen):
    """One thing to do differently: the seller's own words, what to do there, and a better line for that place."""

    criterion: str
    turn: int
    quote: str
    advice: str
    better: str = ""


class Feedback(Frozen):
    """What a trainee reads first (A5): a question, then at most two actions; ``by`` is who wrote it."""

    question: str
    actions: tuple[Action, ...]
    by: str


class Report(Frozen):
    """A graded call. ``score`` is 0–100, the weighted mean of the applicable criteria, ``None`` when there are none."""

    format: Literal["call-report/1"] = FORMAT
    transcript: str | None = None
    language: Language = "ru"
    rubric: str
    judge: str
    score: float | None
    outcome: Outcome | None
    complete: bool = True
    criteria: tuple[CriterionResult, ...]
    concerns: tuple[Concern, ...] = ()
    feedback: Feedback | None = None

    @model_serializer(mode="wrap")
    def _drop_what_does_not_apply(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        if data["feedback"] is None:
            del data["feedback"]
        return data

    def result(self, criterion: str) -> CriterionResult | None:
        """The result of one criterion by id, ``None`` when the rubric has no such criterion."""
        return next((found for found in self.criteria if found.id == criterion), None)
