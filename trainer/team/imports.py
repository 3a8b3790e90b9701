"""The talks that were lined up, graded one by one and stored as calls; the same talk is not taken twice."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from trainer.grading.coach import coach
from trainer.grading.grader import grade
from trainer.grading.judges import Judge
from trainer.language.text import fold
from trainer.rubric import choose
from trainer.store import Json, NewCall, Store, add_call, add_report
from trainer.team import calibration, materials
from trainer.team.intake import IntakeError, doubt, settle
from trainer.team.rights import SEEN, scope
from trainer.transcript import Transcript, Turn

log = logging.getLogger(__name__)


def step(store: Store, judge: Callable[[], Judge], now: Callable[[], float], only: str | None = None) -> bool:
    """Grades and imports the next talk of the intakes that run (or of one ``only``); ``False`` when none waits.

    A talk is imported with its report, or not at all: after a crash it is simply taken up again.
    """
    sql = """
        select talks.id, talks.intake, talks.name, talks.owner, talks.transcript, people.team, intakes.person
        from intake_talks talks join intakes on intakes.id = talks.intake join people on people.id = talks.owner
        where intakes.state = 'running' and talks.state = 'waiting' and (:only is null or intakes.id = :only)
        order by intakes.made, talks.id limit 1"""
    with store.tx() as db:
        row = next(iter(db.query(sql, {"only": only})), None)
    if row is None:
        return False
    transcript = Transcript.model_validate_json(row["transcript"])
    mark = fingerprint(transcript)
    twin = _twin(store, row, mark)
    report, version = (None, None) if twin else _graded(store, row["team"], transcript, judge)
    with store.tx(write=True) as db:
        waits = "select 1 from intake_talks t join intakes on intakes.id = t.intake where t.id = ?"
        if not list(db.query(f"{waits} and t.state = 'waiting' and intakes.state = 'running'", (row["id"],))):
            return True
        if twin:
            db.execute("delete from intake_talks where id = ?", (row["id"],))
            doubt(db, row["intake"], row["name"], IntakeError("duplicate", name=twin))
        else:
            _import(db, row, transcript, mark, report, version, now())
        settle(db, row["intake"])
    return True


def _import(
    db: Database, row: Json, transcript: Transcript, mark: str, report: Json | None, version: int | None, now: float
) -> None:
    call = transcript.call
    new = NewCall(
        owner=row["owner"], language=transcript.language or "ru", source="import",
        title=(call.client or call.subject or Path(row["name"]).stem)[:80],
        transcript=transcript.model_dump(mode="json"),
    )  # fmt: skip
    id = add_call(db, new, _when(call.at, now))
    if report is not None:
        add_report(db, id, report, now, version)
    db.execute("insert into fingerprints (call, hash) values (?, ?)", (id, mark))
    sql = "update intake_talks set state = 'imported', transcript = null, call = ? where id = ?"
    db.execute(sql, (id, row["id"]))


def _when(at: str | None, now: float) -> float:
    """When a talk took place, where it says so and has not yet to come; else now."""
    try:
        then = datetime.fromisoformat(at).timestamp() if at else now
    except (ValueError, OverflowError, OSError):
        return now
    return min(then, now)


def _graded(
    store: Store, team: int | None, transcript: Transcript, judge: Callable[[], Judge]
) -> tuple[Json | None, int | None]:
    shelf = materials.shelf(store, team)
    try:
        judging = judge()
        rubric = calibration.weighed(choose(shelf.rubrics, transcript.call), calibration.informative(store))
        report = coach(grade(transcript, rubric, judging), transcript, judging)
    except Exception:
        log.exception("an imported talk could not be graded; opening it tries again")
        return None, None
    return report.model_dump(mode="json"), shelf.rubric_versions.get(rubric.id)


def fingerprint(transcript: Transcript) -> str:
    """The same for the same words of the same sides, whatever the file, its name and its format."""
    said = "\n".join(f"{turn.role}:{fold(turn.text)}" for turn in transcript.turns if isinstance(turn, Turn))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _twin(store: Store, row: Json, mark: str) -> str | None:
    """The title of a call with the same words that whoever imports may see."""
    who = store.person(row["person"])
    sql = f"""
        select title from fingerprints join calls on calls.id = fingerprints.call join people on people.id = calls.owner
        where hash = :hash and ({SEEN} or people.id = :owner) limit 1"""
    with store.tx() as db:
        found = next(iter(db.query(sql, {**scope(who), "hash": mark, "owner": row["owner"]})), None)
    return (found["title"] or "—") if found else None
