"""Calls, turns, reports and people in SQLite: one transaction a unit of work."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from trainer.errors import NotFound, TrainerError
from trainer.tables import migrations, reviews
from trainer.tables.connections import Connections
from trainer.texts import Language, phrase

Source = Literal["practice", "import"]
Json = dict[str, Any]

WAIT = 15.0
"""Seconds to wait for another writer before saying that the database is held."""
MIGRATING = 128_000
"""Kilobytes of pages held while tables are brought up to date: a large one is then not read from the disk again."""


class StoreError(TrainerError):
    """The database could not do its part; nothing of the unit of work was written."""

    def text(self, language: Language) -> str:
        return phrase(language, f"store.{self.message}", **self.values)


Role = Literal["solo", "trainee", "coach", "admin"]


@dataclass(frozen=True)
class Person:
    """Somebody who uses the trainer; ``login`` is ``None`` for the one person of solo mode, who may do everything."""

    id: int
    name: str
    role: Role
    language: Language
    login: str | None = None
    team: int | None = None


@dataclass(frozen=True)
class NewCall:
    """A call about to be stored. ``state`` is what the practised call's ``save`` wrote, ``None`` for an import."""

    owner: int
    language: Language
    source: Source
    title: str
    transcript: Json
    persona: str | None = None
    difficulty: str | None = None
    seed: int | None = None
    state: Json | None = None
    aids: Json | None = None
    parent: str | None = None
    forked: int | None = None
    persona_version: int | None = None
    company_version: int | None = None


@dataclass(frozen=True)
class StoredCall:
    """A call as it stands; times are seconds since 1970, ``elapsed`` is seconds of talk up to ``touched``.

    ``aids`` is what it is practised with; ``parent`` the call it was rewound from, ``forked`` the turn it left it at;
    the versions are the team's own persona and company it is played with, ``None`` where they are shipped ones.
    """

    id: str
    owner: int
    persona: str | None
    language: Language
    difficulty: str | None
    seed: int | None
    purpose: str | None
    kind: str | None
    title: str
    source: Source
    started: float
    touched: float
    elapsed: float
    ended: float | None
    outcome: str | None
    state: Json | None
    transcript: Json
    aids: Json
    parent: str | None
    forked: int | None
    persona_version: int | None = None
    company_version: int | None = None


@dataclass(frozen=True)
class ListedCall:
    """A line of somebody's list of calls, with the figures of the newest report."""

    id: str
    persona: str | None
    language: Language
    difficulty: str | None
    title: str
    source: Source
    started: float
    ended: float | None
    outcome: str | None
    score: float | None
    turns: int


@dataclass(frozen=True)
class Best:
    """The best graded result of a person with one persona."""

    score: float
    outcome: str | None
    calls: int


NEWEST = "(select max(id) from reports where call = calls.id)"


@dataclass(frozen=True)
class Store:
    """One database file. Every method is a unit of work of its own; all raise StoreError, NotFound."""

    path: Path
    connections: Connections = field(default_factory=Connections, compare=False, repr=False)

    def migrate(self) -> None:
        """Makes the file and its folder where they are missing, and brings the tables up to date."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("cannot_open", path=self.path, cause=error.strerror or error) from error
        with self._connection() as db:
            db.execute("pragma journal_mode=wal")
            db.execute(f"pragma cache_size=-{MIGRATING}")
            migrations.apply(db)

    @contextmanager
    def _connection(self) -> Iterator[Database]:
        try:
            used = self.connections.take(self.path, WAIT)
        except sqlite3.Error as error:
            raise self._explained(error) from error
        sound = False
        try:
            yield used.db
            sound = True
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error
        finally:
            self.connections.give_back(used, keep=sound)

    @contextmanager
    def tx(self, *, write: bool = False) -> Iterator[Database]:
        """A connection for one unit of work; with ``write`` it holds the write lock from the first statement on."""
        with self._connection() as db:
            try:
                if write:
                    db.execute("BEGIN IMMEDIATE")
                yield db
                if write:
                    db.conn.commit()
            except BaseException:
                db.conn.rollback()
                raise

    def _explained(self, error: sqlite3.Error) -> StoreError:
        cause = str(error)
        for words, message in (("locked", "locked"), ("busy", "locked"), ("full", "full"), ("readonly", "readonly")):
            if words in cause:
                return StoreError(message, path=self.path)
        opened = "unable to open" in cause or "disk I/O" in cause
        return StoreError("cannot_open" if opened else "not_a_database", path=self.path, cause=cause)

    # --- people

    def person(self, id: int) -> Person:
        """Somebody by number."""
        with self.tx() as db:
            row = _one(db, "select id, name, role, language, login, team from people where id = ?", (id,))
        if row is None:
            raise StoreError("no_person", number=id)
        return Person(**row)

    # --- calls

    def create_call(self, call: NewCall, now: float) -> str:
        """Stores a new call with the turns it has already; gives its id, which cannot be guessed."""
        with self.tx(write=True) as db:
            return add_call(db, call, now)

    def load_call(self, id: str, owner: int) -> StoredCall:
        """The call as it stands. Somebody else's call is not found, just as one that does not exist."""
        with self.tx() as db:
            row = _one(db, "select * from calls where id = ? and owner = ?", (id, owner))
        if row is None:
            raise NotFound("call", id, ())
        state = json.loads(row["state"]) if row["state"] else None
        aids = json.loads(row["aids"]) if row["aids"] else {}
        return StoredCall(**{**row, "state": state, "aids": aids, "transcript": json.loads(row["transcript"])})

    def save_turn(
        self, call: StoredCall, state: Json, transcript: Json, now: float, elapsed: float, *, over: bool = False
    ) -> None:
        """What a turn brought: the client's mind, the new turns and the end of the call, together or not at all.

        ``call`` is the call as it was loaded; StoreError ``moved_on`` when it is no longer so, ``ended`` when over.
        """
        known = len(call.transcript["turns"])
        transcript = {**transcript, "id": call.id}
        with self.tx(write=True) as db:
            self._claim(db, call, known)
            _add_turns(db, call.id, transcript["turns"], known)
            db.execute(
                "update calls set state = ?, transcript = ?, touched = ?, elapsed = ?, ended = ? where id = ?",
                (_dump(state), _dump(transcript), now, elapsed, now if over else None, call.id),
            )

    def _claim(self, db: Database, call: StoredCall, known: int) -> None:
        turns = "(select count(*) from turns where call = calls.id) as turns"
        row = _one(db, f"select ended, {turns} from calls where id = ? and owner = ?", (call.id, call.owner))
        if row is None:
            raise NotFound("call", call.id, ())
        if row["ended"] is not None:
            raise StoreError("ended")
        if row["turns"] != known:
            raise StoreError("moved_on")

    def delete_call(self, id: str, owner: int) -> None:
        """Takes a call away with its turns and reports."""
        with self.tx(write=True) as db:
            if db.execute("delete from calls where id = ? and owner = ?", (id, owner)).rowcount == 0:
                raise NotFound("call", id, ())

    def list_calls(self, owner: int, limit: int = 50, before: float | None = None) -> tuple[ListedCall, ...]:
        """Somebody's calls, the newest first; ``before`` is the ``started`` of the last one already shown."""
        sql = f"""
            select calls.id, persona, language, difficulty, title, source, started, ended,
                   coalesce(reports.outcome, calls.outcome) as outcome, score,
                   (select count(*) from turns where call = calls.id) as turns
            from calls left join reports on reports.id = {NEWEST}
            where owner = :owner and (:before is null or started < :before) order by started desc limit :limit"""
        with self.tx() as db:
            rows = _all(db, sql, {"owner": owner, "before": before, "limit": limit})
        return tuple(ListedCall(**row) for row in rows)

    def best_results(self, owner: int) -> dict[str, Best]:
        """Somebody's best score with each persona, the outcome that came with it, and how many calls were graded."""
        sql = f"""
            select persona, max(score) as score, reports.outcome as outcome, count(*) as calls
            from calls join reports on reports.id = {NEWEST}
            where owner = ? and persona is not null and score is not null group by persona"""
        with self.tx() as db:
            rows = _all(db, sql, (owner,))
        return {row["persona"]: Best(row["score"], row["outcome"], row["calls"]) for row in rows}

    # --- reports

    def save_report(self, id: str, owner: int, report: Json, now: float, rubric_version: int | None = None) -> None:
        """Adds a report to a call and ends the call if it was not; older reports are kept.

        ``rubric_version`` is the team's own rubric that graded it, ``None`` for a shipped one.
        """
        with self.tx(write=True) as db:
            if _one(db, "select 1 as one from calls where id = ? and owner = ?", (id, owner)) is None:
                raise NotFound("call", id, ())
            add_report(db, id, report, now, rubric_version)

    def load_report(self, id: str, owner: int) -> Json | None:
        """The newest report of a call, ``None`` where there is none yet."""
        sql = f"select report from calls join reports on reports.id = {NEWEST} where calls.id = ? and owner = ?"
        with self.tx() as db:
            row = _one(db, sql, (id, owner))
        return json.loads(row["report"]) if row else None


def new_id() -> str:
    """A new id that no one guesses, 12 characters; the first is no hyphen: no command takes it for an option."""
    while (id := secrets.token_urlsafe(9)).startswith("-"):
        pass
    return id


def add_call(db: Database, call: NewCall, now: float) -> str:
    """Stores a new call inside a unit of work, as ``Store.create_call`` does."""
    id = new_id()
    info = call.transcript.get("call", {})
    transcript = {**call.transcript, "id": id}
    row = {
        "id": id, "owner": call.owner, "persona": call.persona, "language": call.language,
        "difficulty": call.difficulty, "seed": call.seed, "purpose": info.get("purpose"), "kind": info.get("kind"),
        "title": call.title, "source": call.source, "started": now, "touched": now, "elapsed": 0.0,
        "ended": now if call.source == "import" else None, "outcome": None,
        "state": _dump(call.state), "transcript": _dump(transcript), "aids": _dump(call.aids),
        "parent": call.parent, "forked": call.forked,
        "persona_version": call.persona_version, "company_version": call.company_version,
    }  # fmt: skip
    db.table("calls").insert(row)
    _add_turns(db, id, transcript["turns"], 0)
    return id


def add_report(db: Database, id: str, report: Json, now: float, rubric_version: int | None = None) -> None:
    """Adds a report to a call inside a unit of work, as ``Store.save_report`` does."""
    row = {
        "call": id, "rubric": report["rubric"], "judge": report["judge"], "created": now,
        "report": _dump(report), "score": report["score"], "outcome": report["outcome"],
        "rubric_version": rubric_version,
    }  # fmt: skip
    db.table("reports").insert(row)
    ended = "update calls set outcome = ?, ended = coalesce(ended, ?) where id = ?"
    db.execute(ended, (report["outcome"], now, id))
    reviews.refresh(db, id)
    reviews.heard(db, id)


def _dump(value: Json | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _one(db: Database, sql: str, parameters: Sequence[Any]) -> Json | None:
    return next(iter(_all(db, sql, parameters)), None)


def _all(db: Database, sql: str, parameters: Sequence[Any] | Json) -> list[Json]:
    cursor = db.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _add_turns(db: Database, call: str, turns: Sequence[Json], known: int) -> None:
    for number, turn in enumerate(turns[known:], known):
        words = turn.get("text") or turn.get("event") or ""
        db.execute(
            "insert into turns (call, number, role, text, at) values (?, ?, ?, ?, ?)",
            (call, number, turn["role"], words, turn.get("at")),
        )
