"""How far the grader can be trusted: its verdicts against the coaches', by criterion and by month."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlite_utils import Database

from trainer.grading.agreement import OUTCOME, Table
from trainer.grading.grader import score
from trainer.report import Report
from trainer.rubric import POINTS, Rubric
from trainer.store import Json, Person, Store
from trainer.tables.reviews import refresh
from trainer.team import log
from trainer.team.corrections import Material, settle
from trainer.team.reviews import Unfit
from trainer.team.rights import ADMINS, SEEN, check_admin, check_coach, scope

LEAST = 20
"""Judged by coaches at least so often before a criterion's kappa says anything."""
USUAL = 0.4
"""Kappa under which a criterion is told as information only, unless another bar was set."""
NOT_JUDGED = "not_judged"
GOAL = "goal.outcome"
EPOCH = date(1970, 1, 1)
AT_ONCE = 2000
"""Reports weighed anew in one go."""


@dataclass(frozen=True)
class Measured:
    """One criterion: the table of (coach, machine), how often the machine was stricter and how often kinder."""

    table: Table
    informative: bool = False

    @property
    def strict(self) -> int:
        """How often the machine gave less than the coach."""
        return self._beside(1)

    @property
    def kind(self) -> int:
        """How often the machine gave more than the coach."""
        return self._beside(-1)

    def _beside(self, sign: int) -> int:
        known = [
            (POINTS[gold] - POINTS[one], n) for (gold, one), n in self.table.pairs.items() if {gold, one} <= JUDGED
        ]
        return sum(n for difference, n in known if difference * sign > 0)


JUDGED = set(POINTS)


@dataclass(frozen=True)
class Month:
    """What coaches judged in one month, ``YYYY-MM``, all criteria (or the one asked for) together."""

    month: str
    table: Table


@dataclass(frozen=True)
class Calibration:
    """The figures of a scope: how many calls were judged, one row a criterion, the outcome, and month by month.

    ``told`` are the criteria that are information only, over all teams.
    """

    calls: int
    criteria: tuple[Measured, ...]
    outcome: Table | None
    months: tuple[Month, ...] = field(default=())
    told: frozenset[str] = frozenset()


LABELLED = "verdicts indexed by verdicts_judged"
"""What coaches judged is a small part of all verdicts, and has an index of its own, in the order of the tables."""


def _visible(who: Person, table: str = "verdicts") -> str:
    """A condition on verdicts: those that somebody sees; none at all for whom everything is open."""
    return "true" if who.role in ADMINS else f"{table}.owner in (select people.id from people where {SEEN})"


def calibration(store: Store, who: Person, criterion: str = "") -> Calibration:
    """The grader against the coaches; months count the one ``criterion`` asked for. Raises Forbidden."""
    check_coach(who)
    seen, values, least = _visible(who), scope(who), bar(store)
    with store.tx() as db:
        everything = _tables(db, "true", {})
        tables = everything if seen == "true" else _tables(db, seen, values)
        outcome = _outcomes(db, seen, values)
        months = _months(db, seen, {**values, "criterion": criterion})
        calls = next(iter(db.query(JUDGED_CALLS.format(seen=_visible(who, "standing")), values)))["n"]
    told = _told(everything, least)
    rows = tuple(Measured(table, table.name in told) for table in tables)
    return Calibration(calls, rows, outcome, months, told)


JUDGED_CALLS = """
select count(*) as n from (select call from checks union select call from corrections) as judged
join standing on standing.call = judged.call where {seen}"""


def _tables(db: Database, seen: str, values: Json) -> list[Table]:
    sql = f"""
        select criterion, verdict, final, count(*) as n from {LABELLED}
        where labelled is not null and final is not null and {seen} group by criterion, verdict, final"""
    tables: dict[str, Table] = {}
    for row in db.query(sql, values):
        table = tables.setdefault(row["criterion"], Table(row["criterion"]))
        table.pairs[row["final"], row["verdict"] or NOT_JUDGED] += row["n"]
    return [tables[name] for name in sorted(tables)]


def _months(db: Database, seen: str, values: Json) -> tuple[Month, ...]:
    sql = f"""
        select cast(labelled / 86400 as integer) as day, verdict, final, count(*) as n from {LABELLED}
        where labelled is not null and final is not null and (:criterion = '' or criterion = :criterion) and {seen}
        group by 1, 2, 3 order by 1"""
    months: dict[str, Table] = {}
    for row in db.query(sql, values):
        month = f"{EPOCH + timedelta(days=row['day']):%Y-%m}"
        table = months.setdefault(month, Table(month))
        table.pairs[row["final"], row["verdict"] or NOT_JUDGED] += row["n"]
    return tuple(Month(name, table) for name, table in months.items())


def _outcomes(db: Database, seen: str, values: Json) -> Table | None:
    sql = f"""
        select machine_outcome, outcome, count(*) as n from {LABELLED} join standing on standing.call = verdicts.call
        where labelled is not null and criterion = '{GOAL}' and outcome is not null and {seen}
        group by machine_outcome, outcome"""
    table = Table(OUTCOME)
    for row in db.query(sql, values):
        table.pairs[row["outcome"], row["machine_outcome"] or NOT_JUDGED] += row["n"]
    return table if table.n else None


# --- criteria that are information only


def bar(store: Store) -> float:
    """The kappa under which a criterion is information only."""
    with store.tx() as db:
        row = next(iter(db.query("select value from thresholds where name = 'kappa'")), None)
    return float(row["value"]) if row else USUAL


def set_bar(store: Store, who: Person, value: str, now: float) -> float:
    """Sets the bar, a number from -1 to 1 (a comma will do). Raises Forbidden, Unfit."""
    check_admin(who)
    try:
        number = float(value.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        raise Unfit("no_number", found=value.strip()[:20] or "—") from None
    if not -1 <= number <= 1:
        raise Unfit("no_number", found=value.strip()[:20])
    with store.tx(write=True) as db:
        db.execute("insert or replace into thresholds (name, value) values ('kappa', ?)", (number,))
        log.note(db, who, "bar_set", f"{number:g}", now)
    return number


def informative(store: Store) -> frozenset[str]:
    """The criteria on which coaches and grader agree too little, over all teams: n ≥ LEAST and kappa under the bar."""
    least = bar(store)
    with store.tx() as db:
        return _told(_tables(db, "true", {}), least)


def _told(tables: Iterable[Table], least: float) -> frozenset[str]:
    return frozenset(t.name for t in tables if t.n >= LEAST and t.kappa is not None and t.kappa < least)


def weighed(rubric: Rubric, told: frozenset[str]) -> Rubric:
    """The rubric with the criteria that are information only weighing nothing."""
    criteria = (one.model_copy(update={"weight": 0.0}) if one.id in told else one for one in rubric.criteria)
    return rubric.model_copy(update={"criteria": tuple(criteria)})


def _outdated(who: Person) -> str:
    """The calls scored when other criteria counted, with the rubric that graded each; two indices tell them all."""
    seen, told = _visible(who), "(select value from json_each(:told))"
    rubric = "(select rubric from reports where call = found.call and corrects is null order by id desc limit 1)"
    return f"""
        select call, {rubric} as rubric from (
          select * from (select distinct call from verdicts indexed by verdicts_weightless
                         where weight = 0 and criterion not in {told} and {seen} limit :limit)
          union
          select * from (select distinct call from verdicts
                         where criterion in {told} and weight > 0 and {seen} limit :limit) limit :limit
        ) as found order by call"""


def outdated(store: Store, who: Person, told: frozenset[str]) -> int:
    """How many calls were scored when others than the criteria ``told`` were information only; AT_ONCE at most.

    Raises Forbidden.
    """
    check_coach(who)
    with store.tx() as db:
        return len(list(db.query(_outdated(who), _asked(who, told))))


def weigh_anew(store: Store, who: Person, rubrics: Iterable[Rubric], examples: dict[str, str], now: float) -> int:
    """Scores past calls by the criteria that count now; gives how many. ``examples`` are winning talks by persona.

    The verdicts stay as they are. Raises Forbidden.
    """
    check_admin(who)
    told = informative(store)
    known = {one.id: one for one in rubrics}
    with store.tx() as db:
        calls = [(row["call"], row["rubric"]) for row in db.query(_outdated(who), _asked(who, told))]
    for call, rubric in calls:
        with store.tx(write=True) as db:
            _weigh(db, call, told, known.get(rubric), examples, now)
    with store.tx(write=True) as db:
        log.note(db, who, "weighed_anew", str(len(calls)), now)
    return len(calls)


def _asked(who: Person, told: frozenset[str]) -> Json:
    return {**scope(who), "told": json.dumps(sorted(told)), "limit": AT_ONCE}


def _weigh(
    db: Database, call: str, told: frozenset[str], rubric: Rubric | None, examples: dict[str, str], now: float
) -> None:
    sql = """
        select report, rubric, judge, persona, outcome from reports
        join (select id, persona from calls) as its on its.id = call
        where call = ? and corrects is null order by reports.id desc limit 1"""
    row = next(iter(db.query(sql, (call,))), None)
    if row is None:
        return
    report = Report.model_validate_json(row["report"])
    weights = {one.id: one.weight for one in rubric.criteria} if rubric else {}
    results = tuple(
        one.model_copy(update={"weight": 0.0 if one.id in told else one.weight or weights.get(one.id, 1.0)})
        for one in report.criteria
    )
    report = report.model_copy(update={"criteria": results, "score": score(results)})
    text = json.dumps(report.model_dump(mode="json"), ensure_ascii=False)
    db.execute(
        "insert into reports (call, rubric, judge, created, report, score, outcome, rubric_version) values"
        " (?, ?, ?, ?, ?, ?, ?, (select rubric_version from reports where call = ? order by id desc limit 1))",
        (call, row["rubric"], row["judge"], now, text, report.score, row["outcome"], call),
    )
    refresh(db, call)
    if list(db.query("select 1 from corrections where call = ? limit 1", (call,))):
        settle(db, call, Material(rubric, examples.get(row["persona"] or "", "")), now)


# --- corrections as gold


def gold(store: Store, who: Person) -> Iterator[str]:
    """The judged calls as JSON lines, ``call-transcript/1`` with ``gold``, for ``agreement`` and for training.

    A checked call carries a verdict on every criterion, another one only those that a coach corrected. Raises
    Forbidden.
    """
    check_coach(who)
    sql = f"select distinct call from {LABELLED} where labelled is not null and {_visible(who)} order by call"
    with store.tx() as db:
        calls = [str(row["call"]) for row in db.query(sql, scope(who))]
    return _lines(store, calls)


def _lines(store: Store, calls: list[str]) -> Iterator[str]:
    with store.tx() as db:
        for call in calls:
            yield json.dumps(_gold(db, call), ensure_ascii=False)


def _gold(db: Database, call: str) -> Json:
    sql = "select criterion, verdict, final from verdicts where call = ? and labelled is not null order by criterion"
    rows = list(db.query(sql, (call,)))
    labels = {row["criterion"]: row["final"] for row in rows if row["final"]}
    row = next(iter(db.query(STORED, (call,))))
    told = Report.model_validate_json(row["report"])
    sure = all(one["verdict"] == one["final"] for one in rows if one["criterion"].startswith("concern."))
    marks = [
        {"turn": one.turn, "accepted": one.accepted, "clarified": one.clarified, "resolved": one.resolved}
        for one in told.concerns
    ]
    made: Json = json.loads(row["transcript"])
    outcome = row["outcome"] if GOAL in labels else None
    concerns = marks if sure and row["checked"] is not None else []
    return {**made, "gold": {"outcome": outcome, "criteria": labels, "concerns": concerns}}


STORED = """
select transcript, report, standing.outcome, checked from standing join calls on calls.id = standing.call
join reports on reports.id = (select max(id) from reports where call = standing.call) where standing.call = ?"""
