"""What a trainee leaves around his calls: hints taken, words cut off, exercises done; past calls searched."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from trainer.errors import NotFound
from trainer.store import Json, ListedCall, Store, StoredCall

MOST_ATTEMPTS = 300


@dataclass(frozen=True)
class Aids:
    """What a call is practised with. ``guide`` explains the method line by line, as in the first call."""

    hints: bool = True
    interruptions: bool = False
    mood: bool = False
    guide: bool = False

    def to_json(self) -> Json:
        """Plain values for storage."""
        return asdict(self)

    @classmethod
    def of(cls, call: StoredCall) -> "Aids":
        """What a stored call is practised with; an older one has the defaults."""
        return cls(**{name: bool(call.aids[name]) for name in cls.__dataclass_fields__ if name in call.aids})


@dataclass(frozen=True)
class Hint:
    """A hint that was shown: before the turn of this number, and which step of the method it named."""

    turn: int
    hint: str


@dataclass(frozen=True)
class Attempt:
    """A graded call as progress counts it; ``report`` is its newest ``call-report/1``."""

    id: str
    persona: str | None
    kind: str | None
    purpose: str | None
    source: str
    started: float
    score: float | None
    outcome: str | None
    report: Json


@dataclass(frozen=True)
class Found:
    """A call of the list, its kind, and the first place where a searched word was said."""

    call: ListedCall
    kind: str | None
    place: str


def fold(text: str) -> str:
    """Words as the search compares them: small letters, ё as е."""
    return text.casefold().replace("ё", "е")


@contextmanager
def _own(store: Store, id: str, owner: int) -> Iterator[Database]:
    """A writing unit of work on somebody's own call. Raises NotFound for any other."""
    with store.tx(write=True) as db:
        if not list(db.query("select 1 from calls where id = ? and owner = ?", (id, owner))):
            raise NotFound("call", id, ())
        yield db


def take_hint(store: Store, id: str, owner: int, hint: Hint, now: float) -> None:
    """Remembers that a hint was shown; the same one at the same place counts once."""
    with _own(store, id, owner) as db:
        known = db.query("select 1 from hints where call = ? and turn = ? and hint = ?", (id, hint.turn, hint.hint))
        if not list(known):
            db.execute("insert into hints values (?, ?, ?, ?)", (id, hint.turn, hint.hint, now))


def hints_taken(store: Store, id: str, owner: int) -> tuple[Hint, ...]:
    """The hints shown in a call, in order."""
    sql = "select turn, hint from hints join calls on calls.id = call where call = ? and owner = ? order by hints.rowid"
    with store.tx() as db:
        return tuple(Hint(**row) for row in db.query(sql, (id, owner)))


def cut_turn(store: Store, call: StoredCall, turn: int, heard: str, rest: str) -> None:
    """The client was cut off: his turn keeps the words that were heard, the others stand in the call's aids."""
    turns = [{**one, "text": heard} if n == turn else one for n, one in enumerate(call.transcript["turns"])]
    state = None
    if call.state:
        spoken = [{**one, "text": heard} if n == turn else one for n, one in enumerate(call.state["turns"])]
        state = {**call.state, "turns": spoken}
    cuts = {**call.aids.get("cuts", {}), str(turn): rest}
    with _own(store, call.id, call.owner) as db:
        db.execute(
            "update calls set transcript = ?, state = ?, aids = ? where id = ?",
            (_text({**call.transcript, "turns": turns}), _text(state), _text({**call.aids, "cuts": cuts}), call.id),
        )
        db.execute("update turns set text = ? where call = ? and number = ?", (heard, call.id, turn))


def add_exercise(store: Store, id: str, owner: int, criterion: str, verdict: str | None, now: float) -> None:
    """Remembers an exercise and how it was graded."""
    with _own(store, id, owner) as db:
        row = (id, criterion, verdict, now)
        db.execute("insert into exercises (call, criterion, verdict, done) values (?, ?, ?, ?)", row)


def exercises_met(store: Store, owner: int) -> int:
    """How many exercises somebody has done well."""
    sql = "select count(*) as n from exercises join calls on calls.id = call where owner = ? and verdict = 'met'"
    with store.tx() as db:
        return int(next(iter(db.query(sql, (owner,))))["n"])


def branches(store: Store, id: str, owner: int) -> tuple[str, ...]:
    """The calls that were rewound from this one and have ended, the oldest first."""
    sql = "select id from calls where parent = ? and owner = ? and ended is not null order by started"
    with store.tx() as db:
        return tuple(row["id"] for row in db.query(sql, (id, owner)))


def attempts(store: Store, owner: int) -> tuple[Attempt, ...]:
    """Somebody's graded calls, the oldest first, the newest report of each."""
    sql = """
        select calls.id, persona, kind, purpose, source, started, score, reports.outcome, report
        from calls join reports on reports.id = (select max(id) from reports where call = calls.id)
        where owner = ? and score is not null order by started desc limit ?"""
    with store.tx() as db:
        rows = list(db.query(sql, (owner, MOST_ATTEMPTS)))
    return tuple(Attempt(**{**row, "report": json.loads(row["report"])}) for row in reversed(rows))


def search(store: Store, owner: int, words: str = "", limit: int = 200) -> tuple[Found, ...]:
    """Somebody's calls, the newest first, in which every one of the words was said (parts of words too)."""
    wanted = [fold(word) for word in words.split()][:8]
    listed = store.list_calls(owner, limit=limit)
    with store.tx() as db:
        kinds = {r["id"]: r["kind"] for r in db.query("select id, kind from calls where owner = ?", (owner,))}
        if not wanted:
            return tuple(Found(one, kinds.get(one.id), "") for one in listed)
        sql = """
            select call, text from turns join calls on calls.id = call
            where owner = ? and turns.role != 'event' order by call, number"""
        said: dict[str, list[str]] = {}
        for row in db.query(sql, (owner,)):
            said.setdefault(row["call"], []).append(row["text"])
    found = []
    for one in listed:
        texts = said.get(one.id, [])
        folded = [fold(text) for text in (*texts, one.title)]
        if all(any(word in text for text in folded) for word in wanted):
            place = next((text for text in texts if wanted[0] in fold(text)), "")
            found.append(Found(one, kinds.get(one.id), place))
    return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
