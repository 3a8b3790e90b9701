"""Assignments: given to a person or a team, changed, withdrawn, and seen with what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from trainer.errors import NotFound, TrainerError
from trainer.practice.mind import Difficulty
from trainer.store import Json, Person, Store
from trainer.team.days import end_of, last_day
from trainer.team.rights import SEEN, check_coach, scope
from trainer.team.steps import DIFFICULTIES, OUTCOMES, Step, Target, Try, steps
from trainer.texts import Language, phrase

MOST_TIMES = 20
LONGEST_NOTE = 500
MOST_LISTED = 200
DAY = 86_400.0

HELD = """
    from holders join assignments on assignments.id = holders.assignment join people on people.id = holders.person
    where (assignments.team is null or people.team = assignments.team)"""
"""Who holds what: the person himself, or whoever is in the team still."""


class AssignmentError(TrainerError):
    """An assignment that cannot be given as asked; the message is a key of ``texts/*/assignments.yaml``."""

    def text(self, language: Language) -> str:
        return phrase(language, f"assignments.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class Wanted:
    """What may be changed later: the target, the last moment (seconds since 1970), repeats, a note."""

    target: Target
    due: float
    spaced: bool = False
    note: str = ""


@dataclass(frozen=True)
class Order:
    """An assignment about to be given: to a person or to a team, never both; ``rubric`` ``None`` is the call's own."""

    persona: str
    difficulty: Difficulty
    wanted: Wanted
    person: int | None = None
    team: int | None = None
    rubric: str | None = None


@dataclass(frozen=True)
class Holder:
    """Somebody who has an assignment, since when, and how far he is."""

    person: int
    name: str
    since: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Assignment:
    """An assignment as it stands; ``whom`` is the name of the person or the team, ``by`` who gave it."""

    id: int
    persona: str
    difficulty: Difficulty
    rubric: str | None
    wanted: Wanted
    person: int | None
    team: int | None
    whom: str
    by: str
    given: float
    withdrawn: float | None
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True)
class Candidates:
    """To whom somebody may assign: people and teams, ``(id, name)`` by name."""

    people: tuple[tuple[int, str], ...]
    teams: tuple[tuple[int, str], ...]


def candidates(store: Store, who: Person) -> Candidates:
    """The trainees and teams that this coach may assign to."""
    check_coach(who)
    values = scope(who)
    with store.tx() as db:
        people = _all(db, f"select id, name from people where {SEEN} and {TRAINS} order by name, id", values)
        teams = _all(db, "select id, name from teams where :all or id = :team order by name", values)
    return Candidates(tuple((one["id"], one["name"]) for one in people), tuple((t["id"], t["name"]) for t in teams))


TRAINS = "(people.role = 'trainee' or (people.role = 'solo' and people.id = :me))"
"""Those who can be given an assignment: trainees, and the one person of solo mode."""


def give(store: Store, who: Person, order: Order, now: float) -> int:
    """Gives an assignment; everybody in the team has it from this moment. Gives its id.

    Raises Forbidden, NotFound for a person or team that is not this coach's, AssignmentError.
    """
    return give_all(store, who, (order,), now)[0]


def give_all(store: Store, who: Person, orders: Sequence[Order], now: float) -> tuple[int, ...]:
    """Gives the same to several people and teams, to all of them or to none; who has it by his team gets it once.

    Raises as ``give``; AssignmentError also for nobody.
    """
    check_coach(who)
    if not orders:
        raise AssignmentError("nobody")
    teams = {order.team for order in orders}
    given: list[int] = []
    with store.tx(write=True) as db:
        for order in orders:
            _check(order.wanted, now)
            team = _target(db, who, order)
            if order.person is None or team is None or team not in teams:
                given.append(_insert(db, who, order, now))
        _reach(db, now)
    return tuple(given)


def _target(db: Database, who: Person, order: Order) -> int | None:
    """The team of him, or that, to which somebody may assign. Raises NotFound, AssignmentError."""
    if (order.person is None) == (order.team is None):
        raise AssignmentError("nobody")
    sql = "select id as team from teams where id = :id and (:all or id = :team)"
    if order.person is not None:
        sql = f"select team from people where people.id = :id and {SEEN} and {TRAINS}"
    found = _all(db, sql, {**scope(who), "id": order.person or order.team})
    if not found:
        raise NotFound("person", str(order.person or order.team), ())
    return None if found[0]["team"] is None else int(found[0]["team"])


def _insert(db: Database, who: Person, order: Order, now: float) -> int:
    row = {
        "made_by": who.id, "person": order.person, "team": order.team, "persona": order.persona,
        "difficulty": order.difficulty, "rubric": order.rubric, "given": now, **_columns(order.wanted),
    }  # fmt: skip
    names = ", ".join(row)
    cursor = db.execute(f"insert into assignments ({names}) values ({', '.join(':' + n for n in row)})", row)
    return int(cursor.lastrowid or 0)


def change(store: Store, who: Person, id: int, wanted: Wanted, now: float) -> None:
    """Another target, date, note or repeats; what counts is reckoned anew. Raises NotFound, AssignmentError."""
    check_coach(who)
    with store.tx(write=True) as db:
        before = _own(db, who, id)
        due = _wanted(before).due
        _check(wanted, now, kept=due)
        columns = _columns(wanted)
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        db.execute(f"update assignments set {sets}, changed = :now where id = :id", {**columns, "now": now, "id": id})


def withdraw(store: Store, who: Person, id: int, now: float) -> None:
    """Takes an assignment back; it is due no more. Raises NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        _own(db, who, id)
        db.execute("update assignments set withdrawn = coalesce(withdrawn, ?) where id = ?", (now, id))


def one(store: Store, who: Person, id: int, now: float) -> Assignment:
    """One of the assignments this coach sees. Raises NotFound."""
    found = next((made for made in listed(store, who, now) if made.id == id), None)
    if found is None:
        raise NotFound("assignment", str(id), ())
    return found


def listed(store: Store, who: Person, now: float, person: int | None = None) -> tuple[Assignment, ...]:
    """What was assigned to the people this coach sees, the newest first, those withdrawn last.

    ``person`` leaves what one of them has.
    """
    check_coach(who)
    reach(store, now)
    sql = f"""
        select assignments.*, coalesce(people.name, teams.name) as whom, coalesce(makers.name, '') as maker
        from assignments left join people on people.id = assignments.person
        left join teams on teams.id = assignments.team
        left join people as makers on makers.id = assignments.made_by
        where (case when assignments.person is null then :all or assignments.team = :team else {SEEN} end)
          and (:person is null or assignments.id in (select assignment from holders where person = :person))
        order by withdrawn is not null, given desc, assignments.id desc limit {MOST_LISTED}"""
    with store.tx() as db:
        rows = _all(db, sql, {**scope(who), "person": person})
        held = _held(db, rows, now, person)
    return tuple(_assignment(row, held.get(row["id"], ())) for row in rows)


def of_person(store: Store, person: int, now: float) -> tuple[Assignment, ...]:
    """What somebody has to do and has done, each with himself as the only holder; what is due first stands first."""
    reach(store, now)
    sql = f"""
        select assignments.*, '' as whom,
          coalesce((select name from people as makers where makers.id = assignments.made_by), '') as maker
        {HELD} and holders.person = :person and withdrawn is null
        order by assignments.due, assignments.id limit {MOST_LISTED}"""
    with store.tx() as db:
        rows = _all(db, sql, {"person": person})
        held = _held(db, rows, now, person)
    return tuple(_assignment(row, held.get(row["id"], ())) for row in rows)


def rubric_for(store: Store, person: int, persona: str, difficulty: str, now: float) -> str | None:
    """The rubric that an open assignment wants a call with this client graded by; the one due soonest counts."""
    for made in of_person(store, person, now):
        fits = made.persona == persona and difficulty in harder(made.difficulty)
        current = any(step.status in ("open", "missed") for holder in made.holders for step in holder.steps)
        if made.rubric and fits and current:
            return made.rubric
    return None


def asked_of(store: Store, person: int, persona: str, difficulty: str, now: float) -> Json:
    """What open assignments add to the aids of a call about to start: the rubric to grade it by, if they name one."""
    rubric = rubric_for(store, person, persona, difficulty, now)
    return {"rubric": rubric} if rubric else {}


def harder(difficulty: Difficulty) -> tuple[Difficulty, ...]:
    """This difficulty and those above it."""
    return DIFFICULTIES[DIFFICULTIES.index(difficulty) :]


def due_of(wanted: Wanted, given: float, since: float) -> float:
    """When it is due for somebody; who joined the team later has as many days as the others had."""
    if since <= given:
        return wanted.due
    return max(wanted.due, end_of(last_day(since + (wanted.due - given))))


def reach(store: Store, now: float) -> None:
    """Gives the assignments of a team to those who have joined it since."""
    with store.tx() as db:
        fresh = _all(db, f"select 1 {FRESH} limit 1", {})
    if fresh:
        with store.tx(write=True) as db:
            _reach(db, now)


FRESH = """
    from assignments join people on people.id = assignments.person
        or (people.team = assignments.team and people.role = 'trainee')
    where withdrawn is null and not exists (
        select 1 from holders where holders.assignment = assignments.id and holders.person = people.id)"""


def _reach(db: Database, now: float) -> None:
    db.execute(f"insert into holders (assignment, person, since) select assignments.id, people.id, :now {FRESH}",
               {"now": now})  # fmt: skip


def _own(db: Database, who: Person, id: int) -> Json:
    sql = f"""
        select assignments.* from assignments left join people on people.id = assignments.person
        where assignments.id = :id
          and (case when assignments.person is null then :all or assignments.team = :team else {SEEN} end)"""
    found = _all(db, sql, {**scope(who), "id": id})
    if not found:
        raise NotFound("assignment", str(id), ())
    return found[0]


def _check(wanted: Wanted, now: float, kept: float | None = None) -> None:
    target = wanted.target
    if wanted.due <= now and wanted.due != kept:
        raise AssignmentError("due_is_past")
    if not 1 <= target.times <= MOST_TIMES:
        raise AssignmentError("times", most=MOST_TIMES)
    if target.goal == "score" and (target.score is None or not 1 <= target.score <= 100):
        raise AssignmentError("score")
    if target.goal == "outcome" and target.outcome not in OUTCOMES[:-1]:
        raise AssignmentError("outcome")
    if len(wanted.note) > LONGEST_NOTE:
        raise AssignmentError("note", most=LONGEST_NOTE)


def _columns(wanted: Wanted) -> Json:
    target = wanted.target
    return {
        "goal": target.goal, "outcome": target.outcome, "score": target.score, "times": target.times,
        "in_a_row": int(target.in_a_row), "spaced": int(wanted.spaced), "due": wanted.due, "note": wanted.note,
    }  # fmt: skip


def _wanted(row: Json) -> Wanted:
    target = Target(row["goal"], row["outcome"], row["score"], row["times"], bool(row["in_a_row"]))
    return Wanted(target, row["due"], bool(row["spaced"]), row["note"])


def _assignment(row: Json, holders: Iterable[Holder]) -> Assignment:
    names = ("id", "persona", "difficulty", "rubric", "person", "team", "whom", "given", "withdrawn")
    return Assignment(**{name: row[name] for name in names}, wanted=_wanted(row), by=row["maker"],
                      holders=tuple(holders))  # fmt: skip


def _held(db: Database, rows: Sequence[Json], now: float, person: int | None) -> dict[int, tuple[Holder, ...]]:
    """The holders of assignments with their steps, by name."""
    found: dict[int, tuple[Holder, ...]] = {}
    sql = f"""
        select people.id, people.name, since {HELD}
          and assignments.id = :id and (:person is null or people.id = :person)
        order by people.name, people.id"""
    for row in rows:
        wanted, made = _wanted(row), []
        for holder in _all(db, sql, {"id": row["id"], "person": person}):
            tries = _tries(db, row, holder["id"], holder["since"])
            due = due_of(wanted, row["given"], holder["since"])
            done = steps(wanted.target, tries, holder["since"], due, now, spaced=wanted.spaced)
            made.append(Holder(holder["id"], holder["name"], holder["since"], done))
        found[row["id"]] = tuple(made)
    return found


TRIES = """
    select calls.id as call, started, ended, reports.score, reports.outcome
    from calls join reports on reports.id = (select max(id) from reports where call = calls.id)
    where owner = :person and persona = :persona and started >= :since and ended is not null and source = 'practice'
      and difficulty in (select value from json_each(:difficulties)) and (:rubric is null or reports.rubric = :rubric)
      and parent is null and not coalesce(json_extract(aids, '$.guide'), 0)
    order by started"""
"""The calls that count: whole ones (not gone on from the middle of another), and without the words put in the mouth."""


def _tries(db: Database, row: Json, person: int, since: float) -> list[Try]:
    values = {
        "person": person, "persona": row["persona"], "since": since, "rubric": row["rubric"],
        "difficulties": str(list(harder(row["difficulty"]))).replace("'", '"'),
    }  # fmt: skip
    return [Try(**found) for found in _all(db, TRIES, values)]


def _all(db: Database, sql: str, values: Any) -> list[Json]:
    return list(db.query(sql, values))
