"""A transcript, a rubric and a judge made into a report: ask, verify, weigh."""

from trainer.grading.evidence import quote
from trainer.grading.feedback import advise
from trainer.grading.judges import Assessment, Finding, Judge
from trainer.report import CriterionResult, Outcome, Report
from trainer.rubric import POINTS, Criterion, Rubric
from trainer.texts import phrase
from trainer.transcript import Transcript

THIN = 0.81
"""Below this chance of being right a verdict is shown with ``needs_review``."""


def grade(transcript: Transcript, rubric: Rubric, judge: Judge, example: str = "") -> Report:
    """The report of one call; ``example`` is the client's winning talk, from which better lines come.

    Criteria it is not for are ``not_applicable``; a judge's failure is never a verdict.
    ``transcript.language`` must be known (the readers see to that).
    """
    return weigh(transcript, rubric, judge.name, judge.assess(transcript, rubric), example)


def weigh(transcript: Transcript, rubric: Rubric, judge: str, assessment: Assessment, example: str = "") -> Report:
    """The report made of what a judge found."""
    results = tuple(
        _result(transcript, criterion, assessment.findings.get(criterion.id), assessment.outcome)
        for criterion in rubric.criteria
    )
    report = Report(
        transcript=transcript.id,
        language=transcript.language or "ru",
        rubric=rubric.id,
        judge=judge,
        score=score(results),
        outcome=assessment.outcome,
        complete=all(result.verdict is not None for result in results),
        criteria=results,
        concerns=assessment.concerns,
    )
    return report.model_copy(update={"feedback": advise(report, transcript, example)})


def score(results: tuple[CriterionResult, ...]) -> float | None:
    """0–100: the weighted mean of the criteria that were judged and apply; ``None`` where there are none."""
    counted = [(POINTS[r.verdict], r.weight) for r in results if r.verdict in POINTS]
    weight = sum(w for _, w in counted)
    return round(100 * sum(points * w for points, w in counted) / weight, 1) if weight else None


def _result(
    transcript: Transcript, criterion: Criterion, finding: Finding | None, outcome: Outcome | None
) -> CriterionResult:
    language = transcript.language or "ru"
    if not criterion.applies_to(transcript.call):
        note = "purpose_unknown" if transcript.call.purpose is None else "other_purpose"
        finding = Finding("not_applicable", note=note)
    elif finding is None:
        finding = Finding(None, reason=phrase(language, "grading.not_judged"))
    verified = tuple(quote(transcript, one.turn, one.quote) for one in finding.evidence)
    return CriterionResult(
        id=criterion.id,
        rule=criterion.rules,
        verdict=finding.verdict,
        weight=criterion.weight,
        evidence=verified,
        comment=_comment(criterion.id, finding, language),
        tip=criterion.tip[language] if finding.verdict in ("partly", "missed") else "",
        needs_review=finding.verdict is not None and finding.sure < THIN,
        outcome=outcome if criterion.id == "goal.outcome" else None,
        reason=finding.reason,
        judge=finding.judge,
        views=finding.views,
    )


def _comment(criterion: str, finding: Finding, language: str) -> str:
    if finding.verdict is None or not finding.note:
        return finding.reason or ""
    return phrase("ru" if language == "ru" else "en", f"grading.notes.{finding.note}")
