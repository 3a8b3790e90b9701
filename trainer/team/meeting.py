"""The sheet for a one-to-one: how somebody's latest calls ended, two strong sides, two to work on, with quotes."""

import json
from collections import Counter
from dataclasses import dataclass

from trainer.errors import NotFound
from trainer.report import Outcome
from trainer.rubric import POINTS
from trainer.store import Json, Person, Store
from trainer.team.rights import SEEN, check_coach, scope

LATEST = 20
SHOWN = 2
LEAST = 2
"""Calls in which a criterion must have been judged to be spoken of."""
STRONG = 0.75


@dataclass(frozen=True)
class Quoted:
    """Words of a call that show it, and when the call was."""

    quote: str
    started: float


@dataclass(frozen=True)
class Side:
    """A criterion over the latest calls: the share met, 0–100, of how many; quotes where it was missed, and a tip.

    The figures are those of the team's picture; which criteria are spoken of, half met ones counted as a half decide.
    """

    id: str
    share: int
    calls: int
    quotes: tuple[Quoted, ...] = ()
    tip: str = ""


@dataclass(frozen=True)
class Sheet:
    """What is spoken of; ``since`` and ``until`` are the first and last call, seconds since 1970."""

    name: str
    calls: int
    since: float
    until: float
    score: float | None
    outcomes: tuple[tuple[Outcome | None, int], ...]
    strong: tuple[Side, ...]
    work: tuple[Side, ...]


def sheet(store: Store, who: Person, person: int) -> Sheet:
    """The sheet of somebody whose calls the asking person may see. Raises NotFound, Forbidden."""
    check_coach(who)
    sql = f"""
        select started, score, reports.outcome as outcome, report from calls join people on people.id = calls.owner
        join reports on reports.id = (select max(id) from reports where call = calls.id)
        where people.id = :person and {SEEN} order by started desc limit :most"""
    values = {**scope(who), "person": person, "most": LATEST}
    with store.tx() as db:
        found = next(iter(db.query(f"select name from people where id = :person and {SEEN}", values)), None)
        rows = list(db.query(sql, values))
    if found is None:
        raise NotFound("person", str(person), ())
    scores = [row["score"] for row in rows if row["score"] is not None]
    outcomes = Counter(row["outcome"] for row in rows).most_common()
    strong, work = _sides(rows)
    return Sheet(
        found["name"], len(rows), min((row["started"] for row in rows), default=0.0),
        max((row["started"] for row in rows), default=0.0), round(sum(scores) / len(scores), 1) if scores else None,
        tuple(outcomes), strong, work,
    )  # fmt: skip


def _sides(rows: list[Json]) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    points: dict[str, list[float]] = {}
    met: Counter[str] = Counter()
    weights: dict[str, float] = {}
    missed: dict[str, list[Quoted]] = {}
    tips: dict[str, str] = {}
    for row in rows:
        for one in json.loads(row["report"])["criteria"]:
            if one["verdict"] not in POINTS:
                continue
            id = one["id"]
            points.setdefault(id, []).append(POINTS[one["verdict"]])
            met[id] += one["verdict"] == "met"
            weights[id] = one["weight"]
            if one["verdict"] != "met":
                missed.setdefault(id, []).extend(Quoted(e["quote"], row["started"]) for e in one["evidence"][:1])
                tips.setdefault(id, one["tip"])
    judged = [(sum(p) / len(p), id, len(p)) for id, p in points.items() if len(p) >= LEAST]
    best = sorted((one for one in judged if one[0] >= STRONG), key=lambda one: (-one[0] * weights[one[1]], one[1]))
    worst = sorted((one for one in judged if one[0] < 1), key=lambda one: (-(1 - one[0]) * weights[one[1]], one[1]))
    work = tuple(
        Side(id, round(100 * met[id] / n), n, tuple(missed.get(id, ())[:SHOWN]), tips.get(id, ""))
        for _, id, n in worst[:SHOWN]
    )
    named = {one.id for one in work}
    strong = tuple(Side(id, round(100 * met[id] / n), n) for _, id, n in best if id not in named)[:SHOWN]
    return strong, work
