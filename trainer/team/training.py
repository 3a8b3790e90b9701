"""Before and after a training: the same people's scores and criteria on both sides of a day, with intervals.

Scores: every person's mean after less his mean before, averaged over the people; the interval by a bootstrap of calls
within person and side (percentiles). Criteria: the difference of two shares, its interval by Newcombe's hybrid of
Wilson scores (1998, Statistics in Medicine 17, method 10).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from trainer.store import Store
from trainer.team.days import end_of, start_of
from trainer.team.picture import FEW, Counts, Member

Scores = NDArray[np.float64]
DAY = 86_400.0
WINDOW = 60
"""Days looked at on each side."""
NEAREST = 60
"""Calls of one person on one side at most, those nearest to the training."""
EACH = 3
"""Calls a person must have on both sides to be counted."""
ENOUGH = 10
"""Calls on both sides, of all people together, under which no interval is shown."""
ROUNDS = 2000
MANY = 30
"""From so many calls on, the mean of a resample is drawn from the normal law, which it follows by then."""
Z = 1.96


@dataclass(frozen=True)
class Difference:
    """Figures on both sides; ``low`` and ``high`` bound the difference with 95 %, ``None`` where n is too small."""

    n_before: int
    n_after: int
    before: float | None
    after: float | None
    low: float | None = None
    high: float | None = None

    @property
    def change(self) -> float | None:
        """After less before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def moved(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Effect:
    """What changed around a training: ``people`` were counted, ``left_out`` had too few calls on a side."""

    day: date
    people: tuple[Member, ...]
    left_out: tuple[Member, ...]
    score: Difference
    criteria: dict[str, Difference]


def around(store: Store, people: Sequence[Member], day: date, window: int = WINDOW) -> Effect:
    """The calls of ``window`` days before and after, of each person at most the ``NEAREST`` ones.

    The day of the training itself is left out.
    """
    begin, end = start_of(day), end_of(day)
    with store.tx() as db:
        before = _side(db, people, begin - window * DAY, begin, newest=True)
        after = _side(db, people, end, end + window * DAY, newest=False)
        kept = [one for one in people if min(len(before[one.id]), len(after[one.id])) >= EACH]
        score = compare([(_scores(before[one.id]), _scores(after[one.id])) for one in kept])
        met_before = _verdicts(db, [call for one in kept for call in before[one.id]])
        met_after = _verdicts(db, [call for one in kept for call in after[one.id]])
    both = {one: shares(counts, met_after[one]) for one, counts in met_before.items() if one in met_after}
    left_out = tuple(one for one in people if one not in kept and (before[one.id] or after[one.id]))
    return Effect(day, tuple(kept), left_out, score, both)


def compare(people: Sequence[tuple[Scores, Scores]], seed: int = 0) -> Difference:
    """The mean change of these people's scores; each counts the same, however many calls he made."""
    n_before, n_after = sum(len(b) for b, _ in people), sum(len(a) for _, a in people)
    if not people:
        return Difference(n_before, n_after, None, None)
    before = float(np.mean([b.mean() for b, _ in people]))
    after = float(np.mean([a.mean() for _, a in people]))
    if min(n_before, n_after) < ENOUGH:
        return Difference(n_before, n_after, before, after)
    rng = np.random.default_rng(seed)
    drawn = np.mean([_means(a, rng) - _means(b, rng) for b, a in people], axis=0)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Difference(n_before, n_after, before, after, float(low), float(high))


def _means(values: Scores, rng: np.random.Generator) -> Scores:
    """Means of ``ROUNDS`` resamples."""
    if len(values) >= MANY:
        return rng.normal(values.mean(), values.std() / sqrt(len(values)), ROUNDS)
    drawn: Scores = values[rng.integers(0, len(values), (ROUNDS, len(values)))].mean(axis=1)
    return drawn


def shares(before: Counts, after: Counts) -> Difference:
    """The change of the share met, in points of a hundred."""
    if not before.n or not after.n:
        return Difference(before.n, after.n, None, None)
    p, q = before.met / before.n, after.met / after.n
    if min(before.n, after.n) < FEW:
        return Difference(before.n, after.n, 100 * p, 100 * q)
    (p_low, p_high), (q_low, q_high) = wilson(before.met, before.n), wilson(after.met, after.n)
    low = q - p - sqrt((q - q_low) ** 2 + (p_high - p) ** 2)
    high = q - p + sqrt((q_high - q) ** 2 + (p - p_low) ** 2)
    return Difference(before.n, after.n, 100 * p, 100 * q, 100 * low, 100 * high)


def wilson(met: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (1927, JASA 22)."""
    p = met / n
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _side(
    db: Database, people: Sequence[Member], since: float, until: float, *, newest: bool
) -> dict[int, dict[str, float]]:
    """Each person's calls with their scores, those nearest to the training."""
    sql = f"""
        select call, score from standing where owner = :owner and started >= :since and started < :until
          and score is not null order by started {"desc" if newest else ""} limit {NEAREST}"""
    found = {}
    for one in people:
        rows = db.query(sql, {"owner": one.id, "since": since, "until": until})
        found[one.id] = {row["call"]: row["score"] for row in rows}
    return found


def _scores(calls: dict[str, float]) -> Scores:
    return np.array(list(calls.values()))


def _verdicts(db: Database, calls: Sequence[str]) -> dict[str, Counts]:
    sql = """
        select criterion, sum(final = 'met') as met, sum(final = 'partly') as partly, sum(final = 'missed') as missed
        from json_each(:calls) as calls cross join verdicts on verdicts.call = calls.value
        where final in ('met', 'partly', 'missed') group by 1"""
    rows = db.query(sql, {"calls": json.dumps(list(calls))})
    return {row["criterion"]: Counts(row["met"], row["partly"], row["missed"]) for row in rows}
