"""The team's library: calls that a coach holds up as examples, open to the colleagues of who made them."""

from dataclasses import dataclass

from trainer.errors import NotFound
from trainer.store import Person, Store
from trainer.team import log
from trainer.team.reviews import LONGEST, graded, own_or_seen
from trainer.team.rights import SEEN, check_coach, scope

OPEN = f"({SEEN} or (:mine is not null and people.team = :mine))"
"""Whose examples somebody may open: those of whom he may see anyway, and of his own team."""
SHELF = 200


@dataclass(frozen=True)
class Example:
    """A call of the library: whose it is, what it came to, and why it was put there."""

    call: str
    owner: int
    seller: str | None
    persona: str | None
    kind: str | None
    title: str
    started: float
    score: float | None
    outcome: str | None
    note: str
    by: str | None


def mark(store: Store, who: Person, call: str, note: str, now: float) -> None:
    """Puts a call into the library. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        graded(db, call)
        row = (call, note.strip()[:LONGEST], who.id, now)
        db.execute("insert or replace into examples (call, note, person, at) values (?, ?, ?, ?)", row)
        log.note(db, who, "example_marked", call, now)


def unmark(store: Store, who: Person, call: str, now: float) -> None:
    """Takes a call out of the library. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        db.execute("delete from examples where call = ?", (call,))
        log.note(db, who, "example_unmarked", call, now)


SHELVES = f"""
select standing.call, standing.owner, case people.role when 'solo' then null else people.name end as seller,
       standing.persona, standing.kind, calls.title, standing.started, standing.score, standing.outcome, examples.note,
       case coaches.role when 'solo' then null else coaches.name end as by
from examples join standing on standing.call = examples.call join calls on calls.id = examples.call
join people on people.id = standing.owner left join people as coaches on coaches.id = examples.person
where {OPEN}"""


def library(store: Store, who: Person) -> tuple[Example, ...]:
    """The examples that somebody may open, the newest first."""
    with store.tx() as db:
        rows = db.query(f"{SHELVES} order by examples.at desc limit {SHELF}", _open_to(who))
        return tuple(Example(**row) for row in rows)


def example(store: Store, who: Person, call: str) -> Example:
    """One example. Raises NotFound for a call that is none, or another team's."""
    with store.tx() as db:
        row = next(iter(db.query(f"{SHELVES} and examples.call = :call", {**_open_to(who), "call": call})), None)
    if row is None:
        raise NotFound("call", call, ())
    return Example(**row)


def _open_to(who: Person) -> dict[str, object]:
    return {**scope(who), "mine": who.team}
