"""The team's picture in figures: people by criteria, weeks, outcomes by kind of call, and what is missed most."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlite_utils import Database

from trainer.errors import NotFound
from trainer.report import Outcome
from trainer.rubric import Rubric
from trainer.store import Json, Person, Store
from trainer.team.rights import SEEN, check_coach, scope
from trainer.team.steps import OUTCOMES
from trainer.texts import Language

FEW = 5
"""Fewer calls than this say nothing yet: a cell is grey and tells how many there are."""
WEEK = 7 * 86_400.0
MOST_QUOTES = 3
TOP_MISSED = 5
LOOKED_AT = 24
"""How many of the newest calls with a missed criterion are searched for quotes."""
CHAPTERS = ("goal", "concern", "care", "respect", "closing", "attention", "plan")
_SAME = {"choice": "concern"}


@dataclass(frozen=True)
class Member:
    """Somebody whose calls make up the picture."""

    id: int
    name: str
    team: int | None = None
    login: str | None = None


@dataclass(frozen=True)
class Span:
    """Which calls are looked at: everybody's last ``calls``, or those of the last ``weeks`` with this one, or all.

    ``since`` and ``until`` (seconds since 1970, the second not counted in) stand in place of weeks.
    """

    calls: int | None = 20
    weeks: int | None = None
    since: float | None = None
    until: float | None = None

    @property
    def between(self) -> dict[str, float]:
        """The two moments, the open ones as far as there is time."""
        return {
            "since": -math.inf if self.since is None else self.since,
            "until": math.inf if self.until is None else self.until,
        }


@dataclass(frozen=True)
class Counts:
    """Verdicts of one criterion that applied; what was not judged is not in it."""

    met: int = 0
    partly: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.met + other.met, self.partly + other.partly, self.missed + other.missed)

    @property
    def n(self) -> int:
        return self.met + self.partly + self.missed

    @property
    def share(self) -> int | None:
        """Per cent met; ``None`` under five calls."""
        return round(100 * self.met / self.n) if self.n >= FEW else None


@dataclass(frozen=True)
class HeatMap:
    """Counts of people by criteria; only criteria that applied to somebody's calls, only as many columns."""

    members: tuple[Member, ...]
    criteria: tuple[str, ...]
    cells: dict[tuple[int, str], Counts]
    totals: dict[str, Counts]


@dataclass(frozen=True)
class Tally:
    """How many graded calls somebody has, and the mean of their scores, ``None`` where none has one."""

    calls: int = 0
    score: float | None = None


@dataclass(frozen=True)
class Week:
    """A week from Monday (UTC): the mean score of its calls (``None`` without one), and what was met by chapter."""

    monday: date
    calls: int
    score: float | None
    chapters: dict[str, Counts]


@dataclass(frozen=True)
class Outcomes:
    """How the calls of one kind ended; ``counts`` in the order of ``OUTCOMES``."""

    kind: str
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Quote:
    """Verbatim words of a turn from a call in which a criterion was missed.

    ``last`` marks the words the seller ended on, where nothing nearer shows it.
    """

    call: str
    person: str
    turn: int
    role: str
    text: str
    last: bool = False


@dataclass(frozen=True)
class Missed:
    """A criterion that is missed most, with words from the newest calls, of different people where there are any."""

    criterion: str
    counts: Counts
    quotes: tuple[Quote, ...]


def criterion_names(rubrics: Iterable[Rubric], language: Language) -> dict[str, str]:
    """Every criterion of the rubrics by id, chapter by chapter, with its name."""
    found: dict[str, str] = {}
    for rubric in rubrics:
        for one in rubric.criteria:
            found.setdefault(one.id, one.name[language])
    order = {name: place for place, name in enumerate(CHAPTERS)}
    return dict(sorted(found.items(), key=lambda pair: order.get(chapter_of(pair[0]), len(order))))


def chapter_of(criterion: str) -> str:
    """The chapter a criterion is counted in; a company's own chapters are their own."""
    name = criterion.partition(".")[0]
    return _SAME.get(name, name)


def members(store: Store, who: Person, team: int | None = None) -> tuple[Member, ...]:
    """The trainees this coach sees, by name, of one team where asked; in solo mode oneself. Raises Forbidden."""
    check_coach(who)
    sql = f"""
        select people.id, people.name, people.team, people.login from people
        where {SEEN} and (role = 'trainee' or (role = 'solo' and people.id = :me))
          and (:wanted is null or people.team = :wanted)
        order by people.name, people.id"""
    with store.tx() as db:
        rows = list(db.query(sql, {**scope(who), "wanted": team}))
    return tuple(Member(**row) for row in rows)


def member(store: Store, who: Person, id: int) -> Member:
    """One of them. Raises NotFound for anybody else."""
    found = next((one for one in members(store, who) if one.id == id), None)
    if found is None:
        raise NotFound("person", str(id), ())
    return found


def heat_map(store: Store, people: Sequence[Member], criteria: Sequence[str], span: Span, now: float) -> HeatMap:
    """What share of the criteria each of these people met in the calls of the span; ``criteria`` give the order."""
    with store.tx() as db:
        if span.calls is not None:
            cells = _of_last_calls(db, people, span.calls)
        elif span.since is not None or span.until is not None:
            cells = _of_days(db, people, span)
        else:
            cells = _of_weeks(db, people, week_number(now) - span.weeks + 1 if span.weeks else 0)
    totals: dict[str, Counts] = {}
    for (_, criterion), counts in cells.items():
        totals[criterion] = totals.get(criterion, Counts()) + counts
    order = {criterion: place for place, criterion in enumerate(criteria)}
    shown = sorted(totals, key=lambda one: (order.get(one, len(order)), one))
    return HeatMap(tuple(people), tuple(shown), cells, totals)


def _of_last_calls(db: Database, people: Sequence[Member], calls: int) -> dict[tuple[int, str], Counts]:
    sql = """
        select people.value as owner, criterion, final, count(*) as n
        from json_each(:people) as people
        cross join verdicts on verdicts.call in (
          select call from standing where standing.owner = people.value order by started desc limit :calls)
        where final in ('met', 'partly', 'missed') group by 1, 2, 3"""
    return _cells(db.query(sql, {"people": _ids(people), "calls": calls}))


def _of_days(db: Database, people: Sequence[Member], span: Span) -> dict[tuple[int, str], Counts]:
    """Whole weeks by their sums, the days before and after them call by call."""
    since, until = span.between["since"], span.between["until"]
    first = max(0, math.ceil((since / 86_400 + 3) / 7)) if math.isfinite(since) else 0
    last = week_number(until) if math.isfinite(until) else None
    if last is not None and last <= first:
        return _of_moments(db, people, since, until)
    cells = _of_weeks(db, people, first, last)
    edges = [(since, monday(first))] if math.isfinite(since) else []
    if last is not None:
        edges.append((monday(last), until))
    for start, end in edges:
        for key, counts in _of_moments(db, people, start, end).items():
            cells[key] = cells.get(key, Counts()) + counts
    return cells


def _of_moments(db: Database, people: Sequence[Member], since: float, until: float) -> dict[tuple[int, str], Counts]:
    sql = """
        select standing.owner as owner, criterion, final, count(*) as n from json_each(:people) as people
        cross join standing on standing.owner = people.value
        and standing.started >= :since and standing.started < :until
        cross join verdicts on verdicts.call = standing.call
        where final in ('met', 'partly', 'missed') group by 1, 2, 3"""
    return _cells(db.query(sql, {"people": _ids(people), "since": since, "until": until}))


def _of_weeks(
    db: Database, people: Sequence[Member], first: int, last: int | None = None
) -> dict[tuple[int, str], Counts]:
    """The sums of the weeks from ``first`` up to, but without, ``last``."""
    sql = """
        select weekly.owner, criterion, sum(met) as met, sum(partly) as partly, sum(missed) as missed
        from json_each(:owners) as owners cross join weekly on weekly.owner = owners.value
        and week >= :first and (:last is null or week < :last) group by 1, 2"""
    rows = db.query(sql, {"owners": _ids(people), "first": first, "last": last})
    cells = {(row["owner"], row["criterion"]): Counts(row["met"], row["partly"], row["missed"]) for row in rows}
    return {key: counts for key, counts in cells.items() if counts.n}


def tallies(store: Store, people: Sequence[Member], span: Span, now: float) -> dict[int, Tally]:
    """By person, the calls that a heat map of the same span is made of; who has none is not in it."""
    if span.weeks:
        span = Span(None, since=first_moment(span.weeks, now))
    last = """number in (
        select number from standing as newest where newest.owner = people.value order by started desc limit :calls)"""
    counted = "started >= :since and started < :until" if span.calls is None else last
    sql = f"""
        select owner, count(*) as calls, avg(score) as score from json_each(:people) as people
        cross join standing on owner = people.value and {counted} group by 1"""
    values = {"people": _ids(people), "calls": span.calls, **span.between}
    with store.tx() as db:
        return {row["owner"]: Tally(row["calls"], row["score"]) for row in db.query(sql, values)}


def first_moment(weeks: int, now: float) -> float:
    """When the first of so many weeks, this one being the last, began: a Monday (UTC), seconds since 1970."""
    return monday(week_number(now) - weeks + 1)


def monday(week: int) -> float:
    """When such a week begins, seconds since 1970."""
    return week * WEEK - 3 * 86_400.0


def week_number(seconds: float) -> int:
    """Weeks from Monday to Monday (UTC), as the sums by week count them."""
    return int((seconds / 86_400 + 3) // 7)


def monday_of(week: int) -> date:
    """The day such a week begins on."""
    return date(1970, 1, 1) + timedelta(days=7 * week - 3)


def _ids(people: Sequence[Member]) -> str:
    return json.dumps([one.id for one in people])


def _cells(rows: Iterable[Json]) -> dict[tuple[int, str], Counts]:
    cells: dict[tuple[int, str], Counts] = {}
    for row in rows:
        key = (row["owner"], row["criterion"])
        cells[key] = cells.get(key, Counts()) + Counts(**{row["final"]: row["n"]})
    return cells


def weeks(store: Store, people: Sequence[Member], now: float, count: int = 12) -> list[Week]:
    """The last weeks, the oldest first: the mean score, and what was met of each chapter."""
    first = week_number(now) - count + 1
    values = {"owners": _ids(people), "first": first, "origin": (7.0 * first - 3) * 86_400, "week": WEEK}
    scores = """
        select :first + cast((started - :origin) / :week as integer) as week, count(*) as calls, avg(score) as score
        from json_each(:owners) as owners cross join standing on owner = owners.value and started >= :origin
        group by 1"""
    verdicts = """
        select week, criterion, sum(met) as met, sum(partly) as partly, sum(missed) as missed
        from json_each(:owners) as owners cross join weekly on weekly.owner = owners.value and week >= :first
        group by 1, 2"""
    with store.tx() as db:
        means = {row["week"]: row for row in db.query(scores, values)}
        rows = list(db.query(verdicts, values))
    chapters: dict[int, dict[str, Counts]] = {}
    for row in rows:
        week, name = chapters.setdefault(row["week"], {}), chapter_of(row["criterion"])
        week[name] = week.get(name, Counts()) + Counts(row["met"], row["partly"], row["missed"])
    made = []
    for number in range(first, first + count):
        row = means.get(number, {"calls": 0, "score": None})
        own = {name: counts for name, counts in chapters.get(number, {}).items() if counts.n}
        made.append(Week(monday_of(number), row["calls"], row["score"], own))
    return made


def outcomes(store: Store, people: Sequence[Member], since: float = 0.0) -> list[Outcomes]:
    """How calls ended, by kind of call; those whose kind or outcome is not known are left out."""
    sql = """
        select kind, outcome, count(*) as n from json_each(:owners) as owners
        cross join standing on owner = owners.value and started >= :since
        where kind is not null and outcome is not null group by 1, 2"""
    values = {"owners": _ids(people), "since": since}
    with store.tx() as db:
        rows = list(db.query(sql, values))
    kinds: dict[str, dict[Outcome, int]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], {})[row["outcome"]] = row["n"]
    return [Outcomes(kind, tuple(found.get(one, 0) for one in OUTCOMES)) for kind, found in sorted(kinds.items())]


def most_missed(store: Store, found: HeatMap) -> list[Missed]:
    """The criteria missed in the greatest share of calls, each with words that show it."""
    enough = [(one, counts) for one, counts in found.totals.items() if counts.n >= FEW and counts.missed]
    ranked = sorted(enough, key=lambda pair: (-pair[1].missed / pair[1].n, pair[0]))[:TOP_MISSED]
    with store.tx() as db:
        return [Missed(one, counts, _quotes(db, found.members, one)) for one, counts in ranked]


def _quotes(db: Database, people: Sequence[Member], criterion: str) -> tuple[Quote, ...]:
    sql = """
        select verdicts.call, owner, started from json_each(:owners) as owners cross join verdicts
        on owner = owners.value and criterion = :criterion and final = 'missed'
        order by started desc limit :most"""
    values = {"owners": _ids(people), "criterion": criterion, "most": LOOKED_AT}
    names = {one.id: one.name for one in people}
    found: list[Quote] = []
    for row in list(db.query(sql, values)):
        quote = _quote(db, row["call"], names[row["owner"]], criterion)
        if quote and not any(quote.text in one.text or one.text in quote.text for one in found):
            found.append(quote)
    others = {one.person: one for one in reversed(found)}
    first = sorted(found, key=lambda one: others[one.person] is not one)
    return tuple(first[:MOST_QUOTES])


PROOF = """
    select json_extract(quotes.value, '$.turn') as turn, json_extract(quotes.value, '$.quote') as quote, role, text
    from reports, json_each(report, '$.criteria') as results, json_each(results.value, '$.evidence') as quotes
    join turns on turns.call = reports.call and turns.number = json_extract(quotes.value, '$.turn')
    where reports.id = (select max(id) from reports where call = :call)
      and json_extract(results.value, '$.id') = :criterion
    order by role != 'seller'"""
ADVISED = """
    select json_extract(value, '$.turn') as turn, json_extract(value, '$.quote') as quote, role, text
    from reports, json_each(report, '$.feedback.actions')
    join turns on turns.call = reports.call and turns.number = json_extract(value, '$.turn')
    where reports.id = (select max(id) from reports where call = :call)
      and json_extract(value, '$.criterion') = :criterion"""
ENDED = """
    select number as turn, text as quote, role, text from turns where call = :call and role = 'seller'
    order by number desc limit 1"""
"""Where nothing was said there is no proof: the place that the advice speaks of, else the seller's last words."""


def _quote(db: Database, call: str, person: str, criterion: str) -> Quote | None:
    """Words of a call that show what was missed, held against their turn once more; ``None`` where nobody spoke."""
    for sql in (PROOF, ADVISED, ENDED):
        for row in db.query(sql, {"call": call, "criterion": criterion}):
            if row["quote"].strip() and row["quote"] in row["text"]:
                return Quote(call, person, row["turn"], row["role"], row["quote"], last=sql is ENDED)
    return None
