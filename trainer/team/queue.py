"""Which call a coach looks at first: disputed, then doubtful, then the lowest score, then the newest."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from sqlite_utils import Database

from trainer.store import Json, Person, Store
from trainer.team.rights import CALLS, SEEN, check_coach, scope
from trainer.trail import fold

State = Literal["waiting", "checked", "all"]
PAGE = 25
COUNTED = 1000
"""Calls that are counted; of more it is only said that there are more."""
COUNTING = "standing indexed by standing_counted"
"""Calls by all that can be asked of them, without a look at the calls themselves."""
COUNT = f"select count(*) as n from (select 1 from {COUNTING} where {{where}} limit {COUNTED + 1})"
MOST_WORDS = 8
MIXED = re.compile(r"[^\w]+")
KEYS = ("key_disputed", "key_flagged", "key_shown", "key_started", "number")
LONGEST_PLACE = 160


@dataclass(frozen=True)
class Filters:
    """What a coach asks to see; empty or ``None`` asks nothing. ``since`` and ``until`` are seconds since 1970.

    ``criterion`` asks for calls that lost points on it, ``words`` for calls in which all of them were said.
    """

    state: State = "waiting"
    person: int | None = None
    persona: str = ""
    kind: str = ""
    criterion: str = ""
    outcome: str = ""
    source: str = ""
    since: float | None = None
    until: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Queued:
    """A call of the queue; ``key`` is its place in the order, ``place`` the line in which a searched word was said.

    ``corrections`` counts the criteria on which a coach is of another mind than the machine.
    """

    call: str
    owner: int
    name: str
    persona: str | None
    kind: str | None
    source: str
    title: str
    language: str
    purpose: str | None
    started: float
    score: float | None
    machine_score: float | None
    outcome: str | None
    flagged: int
    disputed: int
    checked: float | None
    corrections: int
    key: str
    place: str = ""


@dataclass(frozen=True)
class Page:
    """A part of the queue, and how many calls there are in all; COUNTED + 1 stands for any number above COUNTED."""

    calls: tuple[Queued, ...]
    more: bool
    total: int


def queue(store: Store, who: Person, filters: Filters, after: str = "", limit: int = PAGE) -> Page:
    """The calls that wait, the most urgent first; ``after`` is the key of the last one shown. Raises Forbidden."""
    check_coach(who)
    where, values = _condition(who, filters)
    key = _key(after)
    follows = f"and ({', '.join(KEYS)}) > (:k0, :k1, :k2, :k3, :k4)" if key else ""
    values |= {**(key or {}), "limit": limit + 1}
    with store.tx() as db:
        total = int(next(iter(db.query(COUNT.format(where=where), values)))["n"])
        few = total <= COUNTED
        rows = list(db.query(_rows(f"{where} {follows}", ", ".join(KEYS), few=few), values))
        found = [Queued(**row) for row in rows[:limit]]
        places = {one.call: _place(db, one.call, filters.words) for one in found} if filters.words else {}
    return Page(tuple(_with_place(one, places.get(one.call, "")) for one in found), len(rows) > limit, total)


def neighbours(store: Store, who: Person, filters: Filters, key: str, call: str) -> tuple[Queued | None, Queued | None]:
    """The calls before and after a place in the queue, from which this call may have moved. Raises Forbidden."""
    check_coach(who)
    here = _key(key)
    if here is None:
        return None, None
    where, values = _condition(who, filters)
    columns = ", ".join(KEYS)
    backwards = ", ".join(f"{one} desc" for one in KEYS)
    found: list[Queued | None] = []
    with store.tx() as db:
        for sign, order in (("<", backwards), (">", columns)):
            others = f"{where} and standing.call != :this"
            sql = _rows(f"{others} and ({columns}) {sign} (:k0, :k1, :k2, :k3, :k4)", order)
            row = next(iter(db.query(sql, {**values, **here, "this": call, "limit": 1})), None)
            found.append(Queued(**row) if row else None)
    return found[0], found[1]


def number_of(store: Store, who: Person, filters: Filters, key: str, call: str) -> tuple[int, int] | None:
    """Which call of the queue it is, from 1, and of how many; COUNTED + 1 stands for any number above COUNTED.

    ``None`` for a call that is not in it. Raises Forbidden.
    """
    check_coach(who)
    here = _key(key)
    if here is None:
        return None
    where, values = _condition(who, filters)
    values |= {**here, "this": call}
    earlier = f"{where} and standing.call != :this and ({', '.join(KEYS)}) < (:k0, :k1, :k2, :k3, :k4)"
    with store.tx() as db:
        if not list(db.query(f"select 1 from standing where {where} and standing.call = :this", values)):
            return None
        before, total = (
            int(next(iter(db.query(count.format(where=condition), values)))["n"])
            for count, condition in ((COUNT.replace(COUNTING, "standing"), earlier), (COUNT, where))
        )
    return before + 1, total


def place_of(store: Store, call: str) -> str:
    """The key of a call in the order of the queue; empty for one that is not graded."""
    with store.tx() as db:
        row = next(iter(db.query(f"select {KEY} as key from standing where call = ?", (call,))), None)
    return str(row["key"]) if row else ""


def choices(store: Store, who: Person) -> tuple[tuple[int, str], ...]:
    """The people whose calls may be asked for, by name: trainees, and whoever has calls of his own."""
    check_coach(who)
    with store.tx() as db:
        rows = db.query(f"select id, name from people where {SEEN} and {CALLS} order by name", scope(who))
        return tuple((row["id"], row["name"]) for row in rows)


CORRECTIONS = """(
  select count(*) from corrections as mine
  where mine.call = standing.call and (mine.verdict is not mine.machine or mine.outcome is not mine.machine_outcome)
    and not exists (select 1 from corrections as later
      where later.call = mine.call and later.criterion = mine.criterion and later.id > mine.id))"""
KEY = " || '~' || ".join(KEYS)
ROW = f"""
select standing.call, standing.owner, people.name, standing.persona, standing.kind, standing.source, calls.title,
       calls.language, calls.purpose, standing.started, standing.score, standing.machine_score, standing.outcome,
       flagged, disputed, checked, {CORRECTIONS} as corrections, {KEY} as key
from standing join calls on calls.id = standing.call join people on people.id = standing.owner"""


def _rows(where: str, order: str, *, few: bool = False) -> str:
    """The query of some calls in some order; the names beside them are read for those alone that are shown.

    Many are read in their order until there are enough; ``few``, which may stand anywhere in it, are found first.
    """
    chosen = f"select number from {COUNTING if few else 'standing'} where {where} order by {order} limit :limit"
    return f"{ROW} where number in ({chosen}) order by {order}"


UNSEEN = """standing.call not in (
  select sampled.call from sampled join samples on samples.id = sampled.sample
  where samples.closed is null and not exists (
    select 1 from labels where labels.sample = samples.id and labels.call = sampled.call and labels.person = :me))"""
"""Not in an open blind sample that the asking person has still to label: he would see the machine's verdicts."""


def _condition(who: Person, asked: Filters) -> tuple[str, Json]:
    values: Json = scope(who)
    parts = [] if values["all"] else [f"standing.owner in (select people.id from people where {SEEN})"]
    if asked.state != "all":
        parts.append("waits = :waits")
        values["waits"] = int(asked.state == "waiting")
    for column, value in (
        ("owner", asked.person), ("persona", asked.persona), ("kind", asked.kind), ("outcome", asked.outcome),
        ("source", asked.source),
    ):  # fmt: skip
        if value:
            parts.append(f"standing.{column} = :{column}")
            values[column] = value
    for name, sign, moment in (("since", ">=", asked.since), ("until", "<", asked.until)):
        if moment is not None:
            parts.append(f"standing.started {sign} :{name}")
            values[name] = moment
    if asked.criterion:
        parts.append(LOST)
        values["criterion"] = asked.criterion
    wanted = _match(asked.words)
    if wanted:
        parts.append("+standing.number in (select rowid from spoken_fts where spoken_fts match :match)")
        values["match"] = wanted
    elif asked.words.strip():
        parts.append("0")
    parts.append(UNSEEN)
    return " and ".join(parts), values


LOST = """exists (
  select 1 from verdicts
  where call = standing.call and verdicts.criterion = :criterion and final in ('partly', 'missed'))"""


def _match(words: str) -> str:
    """The search in FTS5's language: every word, as the beginning of a word, in its folded form."""
    parts = [part for part in MIXED.split(fold(words)) if part][:MOST_WORDS]
    return " ".join(f'"{part}"*' for part in parts)


def _key(text: str) -> Json | None:
    parts = text.split("~")
    try:
        return {f"k{n}": float(part) for n, part in enumerate(parts)} if len(parts) == len(KEYS) else None
    except ValueError:
        return None


def _place(db: Database, call: str, words: str) -> str:
    """The first line of a call in which the first of the words was said."""
    first = next((part for part in MIXED.split(fold(words)) if part), "")
    said = (row["text"] for row in db.query("select text from turns where call = ? and role != 'event'", (call,)))
    return next((text[:LONGEST_PLACE] for text in said if first in fold(text)), "")


def _with_place(one: Queued, place: str) -> Queued:
    return replace(one, place=place) if place else one
