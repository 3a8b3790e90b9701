"""Who may judge a call: one protocol for the rules, a model, a recording of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from trainer.report import Concern, Evidence, Outcome, View
from trainer.rubric import Rubric, Verdict
from trainer.transcript import Transcript


@dataclass(frozen=True)
class Finding:
    """A judge's answer to one criterion.

    ``verdict`` is ``None``, with a ``reason``, where the judge failed. ``note`` is the key of the comment to show.
    ``sure`` is how likely the verdict is right, 0–1, by the judge's own calibration. ``views`` are all that were heard
    where more than one judge was asked, ``judge`` whose verdict it is.
    """

    verdict: Verdict | None
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    sure: float = 1.0
    reason: str | None = None
    judge: str | None = None
    views: tuple[View, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """All findings of one judge about one call, by criterion id; a criterion without one was not judged."""

    outcome: Outcome | None
    findings: Mapping[str, Finding]
    concerns: tuple[Concern, ...] = field(default=())


class Judge(Protocol):
    """Reads a call and says what it found; weighing and the score are the grader's."""

    name: str

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        """The findings for every criterion of the rubric that this judge can tell."""
        ...
