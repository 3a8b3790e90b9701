"""What people wrote on a call, put where it belongs: remarks under their lines, verdicts beside the machine's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from trainer.report import CriterionResult, Outcome, View
from trainer.rubric import Verdict
from trainer.team.corrections import COACH, OUTCOME
from trainer.team.reviews import Correction, Dispute, Notes, Remark
from trainer.texts import Language, room
from trainer.web import views

LINE = re.compile(r'(<li class="(?:seller|client)" value="(\d+)".*?)(</li>)', re.S)


@dataclass(frozen=True)
class Changed:
    """A correction in words: verdicts (of the outcome: outcomes) before and after, and why, where that still stands."""

    correction: Correction
    name: str
    before: str
    after: str
    when: str
    reason: str

    @property
    def differs(self) -> bool:
        """Whether the coach and the machine are of two minds."""
        return self.before != self.after


@dataclass(frozen=True)
class Judged:
    """A criterion with all that was said on it: the machine's verdict, other views, corrections, a dispute."""

    result: CriterionResult
    machine: Verdict | None
    machine_outcome: Outcome | None
    views: tuple[View, ...]
    changes: tuple[Changed, ...]
    dispute: Dispute | None

    @property
    def known(self) -> int:
        """The number of the newest correction, 0 for none."""
        return self.changes[0].correction.id if self.changes else 0

    @property
    def urgent(self) -> tuple[int, int, int]:
        """Where it stands on the page: disputed, then doubtful, then what was missed."""
        open_one = self.dispute is not None and self.dispute.state == "open"
        return (not open_one, not self.result.needs_review, views.ORDER.get(self.result.verdict, 3))


def judged(results: Sequence[CriterionResult], notes: Notes, now: float, language: Language) -> list[Judged]:
    """Every criterion with what people said on it, the most urgent first; those not for this call come last."""
    made = []
    for result in results:
        changes = tuple(in_words(one, now, language) for one in notes.corrections if one.criterion == result.id)
        newest = changes[0].correction if changes else None
        said = tuple(one for one in result.views if one.judge != COACH)
        heard = said if len({one.verdict for one in said}) > 1 else ()
        made.append(
            Judged(
                result,
                newest.machine if newest else result.verdict,
                newest.machine_outcome if newest else result.outcome,
                heard,
                changes,
                notes.disputes.get(result.id),
            )
        )
    return sorted(made, key=lambda one: (one.result.verdict == "not_applicable", *one.urgent))


def in_words(one: Correction, now: float, language: Language) -> Changed:
    """A correction as a person reads it; an outcome's by the names of outcomes."""
    texts, outcomes = room(language, "reviews")["review"], room(language, "web")["outcomes"]

    def said(verdict: str | None, outcome: str | None) -> str:
        if one.criterion == OUTCOME and outcome:
            return str(outcomes[outcome]["short"])
        return str(texts["verdicts"][verdict or "not_judged"])

    before, after = said(one.machine, one.machine_outcome), said(one.verdict, one.outcome)
    reason = one.reason or str(texts["reason_gone"])
    return Changed(one, one.name or str(texts["gone"]), before, after, views.moment(one.at, now, language), reason)


def with_remarks(
    marked: Markup, remarks: Sequence[Remark], language: Language, *, mine: str | None = None, writes: bool = False
) -> Markup:
    """The marked transcript with each remark under its line; ``writes`` puts a form for a new one under every line.

    ``mine`` is the name of the reader, who may take his own remarks back.
    """
    by_turn: dict[int, list[Remark]] = {}
    for one in remarks:
        by_turn.setdefault(one.turn, []).append(one)

    def under(match: re.Match[str]) -> str:
        turn = int(match[2])
        here = by_turn.get(turn, [])
        if not here and not writes:
            return match[0]
        shown = views.fill("remarks.html", language, remarks=here, turn=turn, mine=mine, writes=writes)
        return match[1] + shown + match[3]

    return Markup(LINE.sub(under, marked))


def newest(notes: Notes, now: float, language: Language) -> dict[str, Changed]:
    """The newest correction of each criterion, in words."""
    return {one.criterion: in_words(one, now, language) for one in reversed(notes.corrections)}
