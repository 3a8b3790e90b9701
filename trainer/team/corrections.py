"""A coach's verdict put beside the machine's: checked, kept with its reason, and followed by the score."""

import json
from dataclasses import dataclass
from typing import get_args

from sqlite_utils import Database

from trainer.errors import NotFound
from trainer.grading.evidence import Unverified, quote
from trainer.grading.feedback import advise
from trainer.grading.grader import score
from trainer.report import CriterionResult, Evidence, Outcome, Report, View
from trainer.rubric import Rubric, Verdict
from trainer.store import Json, Person, Store
from trainer.tables.reviews import refresh
from trainer.team import log
from trainer.team.reviews import CALLED, Correction, Unfit, notes, own_or_seen, words
from trainer.team.rights import check_coach
from trainer.transcript import Transcript

OUTCOME = "goal.outcome"
COACH = "coach"
"""Whose verdict it is, as a report's ``judge``; the name stands beside the correction, not in the report."""
WITHOUT_WORDS = {
    "respect.equal_quality", "care.no_convenience_question", "care.no_referral_request", "closing.no_rush",
    "closing.client_hung_up_first", "attention.kept", "plan.call_kind", "plan.goals",
}  # fmt: skip
"""Criteria that are met by something not said, or by a deed: no quote can prove them."""
OF_OUTCOME: dict[str, Verdict] = {
    "maximum": "met", "minimum_with_call": "partly", "minimum": "partly", "none": "missed",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A correction as it was sent: ``known`` is the number of the newest one its author had seen, 0 for none.

    ``turn`` is ``None`` where the quote stands in one place only. ``outcome`` is for ``goal.outcome`` alone, whose
    verdict follows from it.
    """

    criterion: str
    verdict: str
    reason: str
    quote: str = ""
    turn: int | None = None
    outcome: str = ""
    known: int = 0


@dataclass(frozen=True)
class Material:
    """What a corrected report's advice is made of: the rubric that graded the call, the client's winning talk."""

    rubric: Rubric | None = None
    example: str = ""


class Conflict(Unfit):
    """Another coach corrected the same verdict meanwhile: ``other`` is what he wrote."""

    def __init__(self, other: Correction) -> None:
        super().__init__("conflict", name=other.name or "—", reason=other.reason)
        self.other = other


def correct(store: Store, who: Person, call: str, change: Change, material: Material, now: float) -> None:
    """Sets a coach's verdict. Raises Forbidden, NotFound, Unfit; Conflict when it is based on an older state."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        write(db, who, call, change, material, now)
        log.note(db, who, "corrected", f"{call} {change.criterion}", now)


def write(db: Database, who: Person, call: str, change: Change, material: Material, now: float) -> None:
    """As ``correct``, inside a unit of work whose rights were checked."""
    transcript, machines, _ = _loaded(db, call)
    result = machines.result(change.criterion)
    if result is None:
        raise Unfit("no_criterion", criterion=change.criterion[:60])
    _check_newest(db, call, change)
    outcome, verdict = _verdict(change, transcript)
    found = _evidence(transcript, change)
    if found is None and verdict in ("met", "partly") and verdict != result.verdict and result.id not in WITHOUT_WORDS:
        raise Unfit("no_quote")
    db.execute(
        "insert into corrections (call, criterion, verdict, outcome, turn, quote, reason, machine, machine_outcome,"
        " person, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            call, change.criterion, verdict, outcome, found.turn if found else None, found.quote if found else None,
            words(change.reason), result.verdict, result.outcome, who.id, now,
        ),
    )  # fmt: skip
    settle(db, call, material, now)


def settle(db: Database, call: str, material: Material, now: float) -> None:
    """Makes the report anew from the machine's and all corrections, and what is derived from it."""
    transcript, machines, number = _loaded(db, call)
    kept: dict[str, Json] = {}
    sql = "select criterion, verdict, outcome, turn, quote from corrections where call = ? order by id"
    for row in db.query(sql, (call,)):
        kept[row["criterion"]] = row
    report = corrected(machines, kept, transcript, material)
    db.execute(
        "insert into reports (call, rubric, judge, created, report, score, outcome, corrects, rubric_version)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, (select rubric_version from reports where id = ?))",
        (
            call, report.rubric, report.judge, now, json.dumps(report.model_dump(mode="json"), ensure_ascii=False),
            report.score, report.outcome, number, number,
        ),
    )  # fmt: skip
    db.execute("update calls set outcome = ? where id = ?", (report.outcome, call))
    refresh(db, call)


def corrected(machines: Report, kept: dict[str, Json], transcript: Transcript, material: Material) -> Report:
    """The machine's report with the coaches' verdicts in it; the machine's stay beside them as views."""
    results = tuple(_result(one, kept.get(one.id), machines, material) for one in machines.criteria)
    outcome = kept[OUTCOME]["outcome"] if OUTCOME in kept else machines.outcome
    made = machines.model_copy(
        update={
            "criteria": results,
            "outcome": outcome,
            "score": score(results),
            "complete": all(one.verdict is not None for one in results),
        }
    )
    return made.model_copy(update={"feedback": advise(made, transcript, material.example)})


def _result(result: CriterionResult, kept: Json | None, machines: Report, material: Material) -> CriterionResult:
    if kept is None:
        return result
    agrees = kept["verdict"] == result.verdict
    evidence = result.evidence if agrees else ()
    if kept["quote"]:
        evidence = (Evidence(turn=kept["turn"], quote=kept["quote"]),)
    before = result.views or (
        View(
            judge=result.judge or machines.judge, verdict=result.verdict, evidence=result.evidence, reason=result.reason
        ),
    )
    mine = View(judge=COACH, verdict=kept["verdict"], evidence=evidence)
    wanted = kept["verdict"] in ("partly", "missed")
    criterion = (
        next((one for one in material.rubric.criteria if one.id == result.id), None) if material.rubric else None
    )
    tip = criterion.tip[machines.language] if criterion else result.tip
    return result.model_copy(
        update={
            "verdict": kept["verdict"], "evidence": evidence, "outcome": kept["outcome"], "judge": COACH,
            "views": (*before, mine), "needs_review": False, "reason": None, "tip": tip if wanted else "",
            "comment": result.comment if agrees else "",
        }
    )  # fmt: skip


def _loaded(db: Database, call: str) -> tuple[Transcript, Report, int]:
    """The transcript, the machine's newest report, its number. Raises NotFound where there is none yet."""
    sql = """
        select transcript, report, reports.id from calls join reports on reports.call = calls.id
        where calls.id = ? and corrects is null order by reports.id desc limit 1"""
    row = next(iter(db.query(sql, (call,))), None)
    if row is None:
        raise NotFound("call", call, ())
    transcript = Transcript.model_validate_json(row["transcript"])
    return transcript, Report.model_validate_json(row["report"]), int(row["id"])


def _check_newest(db: Database, call: str, change: Change) -> None:
    sql = "select max(id) as id from corrections where call = ? and criterion = ?"
    newest = next(iter(db.query(sql, (call, change.criterion))))["id"] or 0
    if newest != change.known:
        sql = f"""
            select corrections.id, criterion, verdict, outcome, turn, quote, reason, machine, machine_outcome,
                   {CALLED}, at
            from corrections left join people on people.id = person where corrections.id = ?"""
        raise Conflict(Correction(**next(iter(db.query(sql, (newest,))))))


def _verdict(change: Change, transcript: Transcript) -> tuple[Outcome | None, Verdict]:
    """The outcome, for ``goal.outcome`` only, and the verdict."""
    if change.criterion == OUTCOME and change.verdict != "not_applicable":
        known: tuple[Outcome, ...] = get_args(Outcome)
        outcome = next((one for one in known if one == change.outcome), None)
        if outcome is None:
            raise Unfit("no_outcome")
        return outcome, OF_OUTCOME[outcome]
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    verdict = next((one for one in verdicts if one == change.verdict), None)
    if verdict is None:
        raise Unfit("no_verdict")
    return None, verdict


def _evidence(transcript: Transcript, change: Change) -> Evidence | None:
    """The coach's own quote, found in its turn; ``None`` where he gave none. Raises Unfit where it stands nowhere."""
    said = change.quote.strip()
    if not said:
        return None
    places = range(len(transcript.turns)) if change.turn is None else (change.turn,)
    for turn in places:
        try:
            return quote(transcript, turn, said)
        except Unverified:
            continue
    raise Unfit("quote_not_found", quote=said[:80])


def history(store: Store, call: str) -> tuple[Correction, ...]:
    """All corrections of a call, the newest first; whoever asks has already loaded it."""
    return notes(store, call).corrections
