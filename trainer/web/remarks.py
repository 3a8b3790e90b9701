"""What people wrote on a call, put where it belongs: remarks under their lines, verdicts beside the machine's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from trainer.report import CriterionResult, Outcome, View
from trainer.rubric import POINTS, Verdict
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
    """A criterion with all that was said on it: the machine's verdict, other views, corrections, a dispute.

    ``flagged`` where the machine was not sure, ``main`` where the machine took the most points, ``theirs`` where the
    newest correction is somebody else's than the reader's.
    """

    result: CriterionResult
    machine: Verdict | None
    machine_outcome: Outcome | None
    views: tuple[View, ...]
    changes: tuple[Changed, ...]
    dispute: Dispute | None
    flagged: bool = False
    main: bool = False
    theirs: bool = False

    @property
    def known(self) -> int:
        """The number of the newest correction, 0 for none."""
        return self.changes[0].correction.id if self.changes else 0

    @property
    def lost(self) -> float:
        """The points the machine took."""
        return self.result.weight * (1 - POINTS.get(self.machine or "met", 1.0))

    @property
    def urgent(self) -> tuple[bool, bool, bool, int, float]:
        """Where it stands on the page; the reader's own correction does not move it from where he found it."""
        look = self.flagged or self.theirs
        order = 4 if self.machine == "not_applicable" else views.ORDER.get(self.machine, 3)
        return (self.dispute is None, not self.main, not look, min(order, 2) if order < 3 else order, -self.lost)

    @property
    def folded(self) -> bool:
        """Whether one line is enough: fully met or not for this call, and nobody has a doubt or a word on it."""
        settled = self.result.verdict in ("met", "not_applicable")
        return settled and not (self.flagged or self.dispute or self.changes)


def judged(
    results: Sequence[CriterionResult], notes: Notes, now: float, language: Language, reader: int
) -> list[Judged]:
    """Every criterion with what people said on it, for a reader: disputed, the main loss, doubtful, the other losses.

    Those that are met come then, those not for this call last.
    """
    made: list[Judged] = []
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
                result.id in notes.flagged,
                theirs=newest is not None and newest.person != reader,
            )
        )
    most = max(made, key=lambda one: one.lost, default=None)
    return sorted((replace(one, main=one is most and one.lost > 0) for one in made), key=lambda one: one.urgent)


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
