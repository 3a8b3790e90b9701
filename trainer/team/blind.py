"""Blind samples: coaches label the same calls without seeing the machine's verdicts or each other's."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random

from sqlite_utils import Database

from trainer.errors import NotFound
from trainer.grading.agreement import OUTCOME, Table
from trainer.report import Outcome
from trainer.rubric import Verdict
from trainer.store import Person, Store
from trainer.team import log
from trainer.team.corrections import OF_OUTCOME
from trainer.team.reviews import Unfit
from trainer.team.rights import SEEN, check_coach, scope

GOAL = "goal.outcome"
MOST = 50
MACHINE = ""
"""Whose labels the machine's are, where a coach's are under his name."""
VERDICTS: tuple[Verdict, ...] = ("met", "partly", "missed", "not_applicable")


@dataclass(frozen=True)
class Sample:
    """A blind sample: who drew it, how many calls, how many the asking coach has labelled, who has labelled all."""

    id: int
    name: str | None
    at: float
    closed: float | None
    calls: int
    mine: int
    done: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """Whether the asking coach may see what the others said: he has said it all himself, or it is closed."""
        return self.closed is not None or self.mine == self.calls


@dataclass(frozen=True)
class Paired:
    """Two who labelled the same calls, one of whom may be the machine, and their tables by criterion."""

    first: str
    second: str
    tables: tuple[Table, ...]
    all: Table


@dataclass(frozen=True)
class Task:
    """A call to be labelled: which one, how many come before it, the criteria to judge."""

    call: str
    place: int
    criteria: tuple[str, ...]


def draw(store: Store, who: Person, size: int, random: Random, now: float) -> int:
    """Draws a sample of calls that no coach has judged yet; gives its number. Raises Forbidden, Unfit."""
    check_coach(who)
    if not 1 <= size <= MOST:
        raise Unfit("sample_size", most=MOST)
    with store.tx(write=True) as db:
        sql = f"""
            select standing.call from standing where owner in (select people.id from people where {SEEN})
            and checked is null and not exists (select 1 from corrections where call = standing.call)
            and not exists (select 1 from sampled where call = standing.call) order by number"""
        fitting = [row["call"] for row in db.query(sql, scope(who))]
        if len(fitting) < size:
            raise Unfit("sample_too_few", found=len(fitting))
        db.execute("insert into samples (person, at) values (?, ?)", (who.id, now))
        number = int(next(iter(db.query("select last_insert_rowid() as id")))["id"])
        for place, call in enumerate(random.sample(fitting, size)):
            db.execute("insert into sampled (sample, call, place) values (?, ?, ?)", (number, call, place))
        log.note(db, who, "sample_drawn", str(number), now)
    return number


WHOLE = f"""not exists (
  select 1 from sampled join calls on calls.id = sampled.call join people on people.id = calls.owner
  where sampled.sample = samples.id and not {SEEN})"""
"""Samples of which the asking person may see every call."""


def samples(store: Store, who: Person) -> tuple[Sample, ...]:
    """The samples a coach may take part in, the newest first. Raises Forbidden."""
    check_coach(who)
    with store.tx() as db:
        return _samples(db, who, f"{WHOLE} order by samples.id desc limit 50", {})


def sample(store: Store, who: Person, id: int) -> Sample:
    """One sample. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx() as db:
        return _sample(db, who, id)


def _sample(db: Database, who: Person, id: int) -> Sample:
    found = _samples(db, who, f"samples.id = :id and {WHOLE}", {"id": id})
    if not found:
        raise NotFound("call", str(id), ())
    return found[0]


def _samples(db: Database, who: Person, condition: str, values: dict[str, object]) -> tuple[Sample, ...]:
    sql = f"""
        select samples.id, people.name, samples.at, closed,
               (select count(*) from sampled where sample = samples.id) as calls,
               (select count(distinct call) from labels where sample = samples.id and person = :me) as mine
        from samples left join people on people.id = person where {condition}"""
    made = []
    for row in list(db.query(sql, {**scope(who), **values})):
        whole = db.query(
            "select people.name from labels join people on people.id = person where sample = ?"
            " group by person having count(distinct call) = ? order by people.name",
            (row["id"], row["calls"]),
        )
        made.append(Sample(**row, done=tuple(one["name"] for one in whole)))
    return tuple(one for one in made if one.calls)


def hidden(store: Store, who: Person, call: str) -> int | None:
    """The open sample for which somebody has still to label a call; ``None`` where he may see its verdicts."""
    sql = """
        select sample from sampled join samples on samples.id = sample
        where call = :call and closed is null and not exists (
          select 1 from labels where labels.sample = samples.id and labels.call = :call and person = :me)"""
    with store.tx() as db:
        row = next(iter(db.query(sql, {"call": call, "me": who.id})), None)
    return int(row["sample"]) if row else None


def task(store: Store, who: Person, id: int) -> Task | None:
    """The next call of a sample that the asking coach has to label; ``None`` when he is through.

    Raises Forbidden, NotFound.
    """
    check_coach(who)
    with store.tx() as db:
        _sample(db, who, id)
        sql = """
            select call, place from sampled where sample = :id and not exists (
              select 1 from labels where sample = :id and labels.call = sampled.call and person = :me)
            order by place limit 1"""
        row = next(iter(db.query(sql, {"id": id, "me": who.id})), None)
        return Task(row["call"], row["place"], _criteria(db, row["call"])) if row else None


def _criteria(db: Database, call: str) -> tuple[str, ...]:
    """What is to be judged in a call, in the order of its rubric: all but the plan, which no talk shows."""
    sql = """
        select json_extract(value, '$.id') as id from reports, json_each(report, '$.criteria')
        where reports.id = (select max(id) from reports where call = ? and corrects is null)"""
    return tuple(row["id"] for row in db.query(sql, (call,)) if not row["id"].startswith("plan."))


def label(store: Store, who: Person, id: int, call: str, said: Mapping[str, str], outcome: str, now: float) -> None:
    """A coach's labels of one call of a sample, all of them. Raises Forbidden, NotFound, Unfit."""
    check_coach(who)
    with store.tx(write=True) as db:
        found = _sample(db, who, id)
        if found.closed is not None:
            raise Unfit("sample_closed")
        if not list(db.query("select 1 from sampled where sample = ? and call = ?", (id, call))):
            raise NotFound("call", call, ())
        wanted = _criteria(db, call)
        reached: Outcome | None = next((one for one in OUTCOMES if one == outcome), None)
        if GOAL in wanted and reached is None:
            raise Unfit("labels_missing", count=1)
        verdicts = {one: OF_OUTCOME[str(reached)] if one == GOAL else said.get(one) for one in wanted}
        missing = [one for one, verdict in verdicts.items() if verdict not in VERDICTS]
        if missing:
            raise Unfit("labels_missing", count=len(missing))
        for criterion, verdict in verdicts.items():
            db.execute(
                "insert or replace into labels (sample, call, person, criterion, verdict, outcome, at)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (id, call, who.id, criterion, verdict, reached if criterion == GOAL else None, now),
            )
        log.note(db, who, "labelled", f"{id} {call}", now)


OUTCOMES: tuple[Outcome, ...] = ("maximum", "minimum_with_call", "minimum", "none")


def close(store: Store, who: Person, id: int, now: float) -> None:
    """Ends a sample; its calls go back into the queue. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        _sample(db, who, id)
        db.execute("update samples set closed = coalesce(closed, ?) where id = ?", (now, id))
        log.note(db, who, "sample_closed", str(id), now)


def results(store: Store, who: Person, id: int) -> tuple[Paired, ...]:
    """How coaches agree with each other and each with the machine, on the calls that both have labelled.

    Empty until the asking coach has labelled every call himself. Raises Forbidden, NotFound.
    """
    check_coach(who)
    with store.tx() as db:
        if not _sample(db, who, id).shown:
            return ()
        told = _told(db, id)
    people = sorted(name for name in told if name != MACHINE)
    pairs = [*combinations(people, 2), *((name, MACHINE) for name in people)]
    return tuple(_paired(first, second, told[first], told[second]) for first, second in pairs)


Told = dict[tuple[str, str], str]
"""Verdict by call and criterion; the outcome stands under OUTCOME."""


def _told(db: Database, id: int) -> dict[str, Told]:
    told: dict[str, Told] = {}
    sql = """
        select people.name || ' (' || people.id || ')' as name, people.name as short, call, criterion, verdict, outcome
        from labels join people on people.id = person where sample = ?"""
    rows = list(db.query(sql, (id,)))
    twice = {row["short"] for row in rows if len({one["name"] for one in rows if one["short"] == row["short"]}) > 1}
    for row in rows:
        whose = told.setdefault(row["name"] if row["short"] in twice else row["short"], {})
        whose[row["call"], row["criterion"]] = row["verdict"]
        if row["outcome"]:
            whose[row["call"], OUTCOME] = row["outcome"]
    machine = told.setdefault(MACHINE, {})
    sql = "select verdicts.call, criterion, verdict from verdicts join sampled using (call) where sample = ?"
    for row in db.query(sql, (id,)):
        machine[row["call"], row["criterion"]] = row["verdict"] or "not_judged"
    sql = "select standing.call, machine_outcome from standing join sampled using (call) where sample = ?"
    for row in db.query(sql, (id,)):
        machine[row["call"], OUTCOME] = row["machine_outcome"] or "not_judged"
    return told


def _paired(first: str, second: str, one: Told, other: Told) -> Paired:
    tables: dict[str, Table] = {}
    whole = Table("")
    for key in sorted(one.keys() & other.keys()):
        _, criterion = key
        tables.setdefault(criterion, Table(criterion)).pairs[one[key], other[key]] += 1
        if criterion != OUTCOME:
            whole.pairs[one[key], other[key]] += 1
    ordered = sorted(tables.values(), key=lambda table: (table.name != OUTCOME, table.name))
    return Paired(first, second, tuple(ordered), whole)
