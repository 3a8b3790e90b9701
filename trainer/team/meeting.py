"""The sheet for a one-to-one: how somebody's latest calls ended, two strong sides, two to work on, with quotes."""

import json
from collections import Counter
from dataclasses import dataclass, field

from trainer.errors import NotFound
from trainer.report import Outcome
from trainer.rubric import POINTS
from trainer.store import Json, Person, Store
from trainer.team.picture import FEW
from trainer.team.rights import SEEN, check_coach, scope

LATEST = 20
SHOWN = 2
STRONG = 0.75
LEFT_UNDONE = frozenset(
    {"closing.no_rush", "closing.client_hung_up_first", "care.no_convenience_question", "care.no_referral_request"}
)
"""Criteria that are met by not doing something: praised only where there is nothing else to praise."""


@dataclass(frozen=True)
class Quoted:
    """Words of a call that show it, whose they are, and when the call was."""

    quote: str
    role: str
    started: float


@dataclass(frozen=True)
class Side:
    """A criterion over the latest calls: the share met, 0–100, of how many; quotes that show it, and a tip.

    The share is ``None`` under the five calls that the team's picture asks for. Which criteria are spoken of is decided
    with half met ones counted as a half.
    """

    id: str
    share: int | None
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
        select started, score, reports.outcome as outcome, report, transcript
        from calls join people on people.id = calls.owner
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


@dataclass
class Judged:
    """A criterion over several calls: its points, 0 to 1, its weight, what was said where it was met and where not."""

    id: str
    weight: float = 0.0
    points: list[float] = field(default_factory=list)
    met: list[Quoted] = field(default_factory=list)
    missed: list[Quoted] = field(default_factory=list)
    tip: str = ""

    @property
    def enough(self) -> bool:
        """Whether there are calls enough for a share."""
        return len(self.points) >= FEW

    @property
    def mean(self) -> float:
        return sum(self.points) / len(self.points)

    @property
    def lost(self) -> float:
        """Points of the score lost on it in all calls together."""
        return self.weight * (len(self.points) - sum(self.points))

    def side(self, quotes: list[Quoted], tip: str = "") -> Side:
        share = round(100 * sum(one == 1 for one in self.points) / len(self.points)) if self.enough else None
        return Side(self.id, share, len(self.points), tuple(quotes[:SHOWN]), tip)


def _sides(rows: list[Json]) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    """The strong sides and those to work on.

    The weakest has the lowest share of those judged often enough; after these come the others by the points lost.
    """
    found = _judged(rows)
    worst = sorted(
        (one for one in found if one.mean < 1),
        key=lambda one: (not one.enough, one.mean if one.enough else 0.0, -one.lost, one.id),
    )
    work = worst[:SHOWN]
    best = sorted(
        (one for one in found if one.mean >= STRONG and one not in work),
        key=lambda one: (one.id in LEFT_UNDONE, not one.enough, -one.mean, -one.weight, one.id),
    )
    return tuple(one.side(one.met) for one in best[:SHOWN]), tuple(one.side(one.missed, one.tip) for one in work)


def _judged(rows: list[Json]) -> list[Judged]:
    found: dict[str, Judged] = {}
    for row in rows:
        turns = json.loads(row["transcript"])["turns"]
        for one in json.loads(row["report"])["criteria"]:
            if one["verdict"] not in POINTS:
                continue
            kept = found.setdefault(one["id"], Judged(one["id"]))
            kept.weight = max(kept.weight, one["weight"])
            kept.points.append(POINTS[one["verdict"]])
            said = [Quoted(e["quote"], turns[e["turn"]]["role"], row["started"]) for e in one["evidence"][:1]]
            (kept.met if one["verdict"] == "met" else kept.missed).extend(said)
            if one["verdict"] != "met":
                kept.tip = kept.tip or one["tip"]
    return list(found.values())
