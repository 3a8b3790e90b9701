"""The log: who did or saw what, and when; everything that changes something or shows another person's work is noted."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from trainer.store import Person, Store
from trainer.team.rights import check_admin

LONGEST_ABOUT = 200
SAW_AGAIN = 3600.0
"""Seconds within which looking at the same call again is not noted again."""
PAGE = 100


@dataclass(frozen=True)
class Noted:
    """A line of the log; ``login`` stays when its account is gone, and is ``None`` at the command line."""

    id: int
    at: float
    login: str | None
    name: str | None
    deed: str
    about: str


@dataclass(frozen=True)
class Wanted:
    """What is looked for in the log: a login, a deed, words of what it was about, lines before a number.

    ``ids`` are what those words are the name of: a line about any of them is found too.
    """

    login: str = ""
    deed: str = ""
    about: str = ""
    ids: tuple[str, ...] = ()
    before: int | None = None


@contextmanager
def _open(where: Store | Database) -> Iterator[Database]:
    if isinstance(where, Store):
        with where.tx(write=True) as db:
            yield db
    else:
        yield where


def note(where: Store | Database, who: Person | None, deed: str, about: str, now: float, login: str = "") -> None:
    """Writes a line into the log: in a unit of work of its own, or in the open one whose database is given.

    ``deed`` is a key of ``texts/*/log.yaml``; ``about`` a login, a call's id, a name. ``who`` is ``None`` for the
    command line and for somebody who is not known yet; ``login`` is what he called himself.
    """
    with _open(where) as db:
        db.execute(
            "insert into log (at, person, login, deed, about) values (?, ?, ?, ?, ?)",
            (now, who.id if who else None, (who.login if who else login) or None, deed, about[:LONGEST_ABOUT]),
        )


def saw_call(store: Store, who: Person, call: str, owner: int, now: float) -> None:
    """Notes that somebody looked at another person's call; the same one within an hour is noted once."""
    if who.id != owner:
        _saw(store, who, "saw_call", call, now)


def saw_person(store: Store, who: Person, person: int, name: str, now: float) -> None:
    """Notes that somebody looked at another person's progress; the same one within an hour is noted once."""
    if who.id != person:
        _saw(store, who, "saw_person", name, now)


def _saw(store: Store, who: Person, deed: str, about: str, now: float) -> None:
    sql = "select 1 from log where person = ? and deed = ? and about = ? and at > ? limit 1"
    with store.tx(write=True) as db:
        if not list(db.query(sql, (who.id, deed, about, now - SAW_AGAIN))):
            note(db, who, deed, about, now)


def listed(store: Store, who: Person, wanted: Wanted | None = None, limit: int = PAGE) -> tuple[Noted, ...]:
    """Lines of the log, the newest first. Raises Forbidden for everybody but an admin."""
    check_admin(who)
    asked = wanted or Wanted()
    sql = """
        select log.id, at, log.login, name, deed, coalesce(about, '') as about
        from log left join people on people.id = log.person or (log.person is null and people.login = log.login)
        where (:login = '' or log.login = :login) and (:deed = '' or deed = :deed)
              and (:about = '' or instr(about, :about)
                   or exists (select 1 from json_each(:ids) where instr(about, value)))
              and (:before is null or log.id < :before)
        order by log.id desc limit :limit"""
    values = {
        "login": asked.login, "deed": asked.deed, "about": asked.about, "ids": json.dumps(asked.ids),
        "before": asked.before, "limit": limit,
    }  # fmt: skip
    with store.tx() as db:
        return tuple(Noted(**row) for row in db.query(sql, values))


@dataclass(frozen=True)
class Spoken:
    """A call that lines of the log are about: whose it is (``None`` in solo mode), with which client, and when."""

    id: str
    name: str | None
    persona: str | None
    title: str
    started: float


def spoken(store: Store, who: Person, ids: Iterable[str]) -> dict[str, Spoken]:
    """Those of these that are calls still there. Raises Forbidden for everybody but an admin."""
    check_admin(who)
    sql = """
        select calls.id, case people.role when 'solo' then null else people.name end as name, persona, title, started
        from json_each(?) as wanted join calls on calls.id = wanted.value join people on people.id = calls.owner"""
    with store.tx() as db:
        return {row["id"]: Spoken(**row) for row in db.query(sql, (json.dumps(sorted(set(ids))),))}
