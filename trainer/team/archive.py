"""The whole database: a copy of it while it is used, back from a copy, and one person's data deleted from it."""

import glob
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from trainer.errors import TrainerError
from trainer.store import WAIT, Store
from trainer.tables import migrations
from trainer.texts import Language, phrase

BEFORE = ".before"
"""How the name of a database that was replaced by a copy ends."""
NEEDED = ("people", "calls", "turns", "reports")


class ArchiveError(TrainerError):
    """A copy cannot be made or taken back as asked; what was there before is untouched."""

    def text(self, language: Language) -> str:
        return phrase(language, f"archive.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class Copy:
    """What a copy holds."""

    path: Path
    people: int
    calls: int
    size: int


def back_up(database: Path, to: Path, *, force: bool = False) -> Copy:
    """A whole, consistent copy of the database, which may be in use meanwhile; complete or not there at all.

    Raises ArchiveError: a file is there already and not ``force``, no database, no room.
    """
    if to.exists() and not force:
        raise ArchiveError("exists", path=to)
    if not database.is_file():
        raise ArchiveError("no_database", path=database)
    if to.exists() and to.samefile(database):
        raise ArchiveError("same_file", path=to)
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with closing(_opened(database)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)  # at once: a copy in steps begins anew with every write of others
            target.execute("pragma journal_mode=delete")
        found = examine(part)
        _on_disk(part)
        part.replace(to)
        _on_disk(to.parent)
    except (sqlite3.Error, OSError) as error:
        raise ArchiveError("cannot_write", path=to, cause=error) from error
    finally:
        part.unlink(missing_ok=True)
    return Copy(to, found.people, found.calls, to.stat().st_size)


def examine(path: Path) -> Copy:
    """What a copy holds, once it was found whole. Raises ArchiveError: broken, no database of ours, of a newer app."""
    if not path.is_file():
        raise ArchiveError("no_copy", path=path)
    try:
        with closing(_opened(path)) as db:
            said = db.execute("pragma integrity_check(1)").fetchone()[0]
            if said != "ok" or db.execute("pragma foreign_key_check").fetchone() is not None:
                raise ArchiveError("broken", path=path, cause=said)
            tables = {row[0] for row in db.execute("select name from sqlite_master where type = 'table'")}
            if not tables.issuperset(NEEDED):
                raise ArchiveError("not_ours", path=path)
            unknown = _applied(db) - {one.name for one in migrations.pending(Database(memory=True))}
            if unknown:
                raise ArchiveError("newer", path=path, names=", ".join(sorted(unknown)))
            people = db.execute("select count(*) from people").fetchone()[0]
            calls = db.execute("select count(*) from calls").fetchone()[0]
    except sqlite3.Error as error:
        raise ArchiveError("broken", path=path, cause=error) from error
    return Copy(path, people, calls, path.stat().st_size)


def restore(copy: Path, database: Path, now: float, *, force: bool = False) -> tuple[Copy, Path | None]:
    """The database as it was in a copy; gives what it holds and where the database that was there before is now.

    Raises ArchiveError: a bad copy, or somebody writes to the database at this moment and not ``force``.
    """
    found = examine(copy)
    kept = None
    if database.is_file():
        if copy.samefile(database):
            raise ArchiveError("same_file", path=copy)
        _nobody_writes(database, WAIT if force else 0.0)
        kept = database.with_name(f"{database.name}.{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}{BEFORE}")
        back_up(database, kept, force=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(_opened(copy)) as source, closing(sqlite3.connect(database, timeout=WAIT)) as target:
            source.backup(target)
    except (sqlite3.Error, OSError) as error:
        raise ArchiveError("cannot_write", path=database, cause=error) from error
    Store(database).migrate()
    return found, kept


@dataclass(frozen=True)
class Forgotten:
    """What a deletion did: calls that went; of what he did on others' calls, texts that went and verdicts that stay.

    ``older`` are copies beside the database, from before it was restored, in which he still stands.
    """

    calls: int
    texts: int
    verdicts: int
    older: tuple[Path, ...]


def forget(store: Store, login: str, now: float, by: int | None = None) -> Forgotten:
    """Deletes a person with his calls and all that hangs on them, also from the file's bytes.

    What he did on other people's calls: a verdict, its quote (the call's own words) and its moment belong to the
    call's record, somebody was graded by them, and stay without a name; what he wrote in his own words (reasons,
    answers, remarks, notes) is about him as much as about the call, and goes. The log keeps that it was done, without
    a name. Raises ArchiveError ``no_person``, StoreError.
    """
    with store.tx(write=True) as db:
        db.execute("pragma secure_delete=on")
        row = next(iter(db.query("select id, name from people where login = ?", (login,))), None)
        if row is None:
            raise ArchiveError("no_person", login=login)
        person = (row["id"],)
        calls = _number(db, "select count(*) from calls where owner = ?", person)
        others = "join calls on calls.id = corrections.call where person = ? and owner <> person"
        verdicts = _number(db, f"select count(*) from corrections {others}", person)
        _unname(db, row["id"], login, row["name"])
        texts = _unsay(db, row["id"])
        db.execute("delete from failures where login = ?", (login,))
        db.execute("delete from people where id = ?", person)
        db.execute("insert into log (at, person, deed) values (?, ?, 'forgot_person')", (now, by))
    sweep(store)
    older = tuple(sorted(store.path.parent.glob(f"{glob.escape(store.path.name)}.*{BEFORE}")))
    return Forgotten(calls, texts, verdicts, older)


def _number(db: Database, sql: str, parameters: tuple[object, ...]) -> int:
    return int(db.execute(sql, parameters).fetchone()[0])


def person_by_login(store: Store, login: str) -> int:
    """The number of the person with this login. Raises ArchiveError ``no_person``."""
    with store.tx() as db:
        row = next(iter(db.query("select id from people where login = ?", (login,))), None)
    if row is None:
        raise ArchiveError("no_person", login=login)
    return int(row["id"])


def _unname(db: Database, person: int, login: str, name: str) -> None:
    """Takes somebody's name out of the log: as who did it, and as a whole word of what it was about."""
    db.execute("update log set about = null where person = ?", (person,))
    named = re.compile(rf"(?<![\w.@-])({re.escape(login)}|{re.escape(name)})(?![\w@-]|\.\w)")
    sql = "select id, about from log where instr(about, ?) > 0 or instr(about, ?) > 0"
    found = [(row["id"],) for row in db.query(sql, (login, name)) if named.search(row["about"])]
    db.conn.executemany("update log set about = null where id = ?", found)
    db.execute("update log set login = null where person = ? or login = ?", (person, login))


def _unsay(db: Database, person: int) -> int:
    """Takes away what somebody wrote in tables that outlive him; gives how many texts of others' calls that were."""
    texts = 0
    for table, author, words in WRITTEN:
        texts += db.execute(f"update {table} set {words} = '' where {author} = ? and {words} <> ''", (person,)).rowcount
    return texts + db.execute("delete from remarks where person = ?", (person,)).rowcount


WRITTEN = (
    ("material_versions", "person", "note"), ("corrections", "person", "reason"), ("disputes", "person", "answer"),
    ("retries", "person", "note"), ("examples", "person", "note"), ("assignments", "made_by", "note"),
)  # fmt: skip
"""Words of a person in tables that outlive him: table, the column that names him, the column of his words.

A remark is nothing but words; it goes as a whole.
"""


def sweep(store: Store) -> None:
    """Writes the file anew, so that nothing deleted is left in its bytes or in the log beside it."""
    with store.tx() as db:
        for name in [row["name"] for row in db.query(FULL_TEXT)]:
            db.execute(f'insert into "{name}"("{name}") values (?)', ("optimize",))
        db.execute("pragma secure_delete=on")
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)")


FULL_TEXT = "select name from sqlite_master where type = 'table' and sql like '%using fts5%'"


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=WAIT)
    db.execute("pragma schema_version")
    return db


def _applied(db: sqlite3.Connection) -> set[str]:
    known = {row[0] for row in db.execute("select name from sqlite_master")}
    if "_sqlite_migrations" not in known:
        return set()
    return {row[0] for row in db.execute("select name from _sqlite_migrations where migration_set = 'zvonok'")}


def _nobody_writes(database: Path, wait: float) -> None:
    try:
        with closing(sqlite3.connect(database, timeout=wait)) as db:
            db.execute("begin exclusive")
            db.rollback()
    except sqlite3.Error as error:
        raise ArchiveError("in_use", path=database) from error


def _on_disk(path: Path) -> None:
    """Waits until a file's bytes (or a folder's names) are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(handle)
