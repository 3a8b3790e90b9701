"""When an assignment is fulfilled: its target held against the calls made since, and the repeats weeks later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from trainer.practice.mind import Difficulty
from trainer.report import Outcome
from trainer.team.days import date_of, end_of, start_of

Goal = Literal["outcome", "score"]
Status = Literal["open", "done", "late", "missed", "ahead"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
"""From the easiest to the hardest."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""From the best to the worst."""
REPEATS = (7, 21)
"""Days after fulfilment at which a spaced assignment comes up again: a week and three.

Practice spread over weeks is kept longer than practice at one sitting (Cepeda et al. 2006, Psychological Bulletin 132).
"""
REPEAT_DAYS = 7
"""Days a repeat may be made in, counted from the day it comes up."""


@dataclass(frozen=True)
class Target:
    """What is to be reached: an outcome (or a better one) or a score, ``times`` times, in a row or in all."""

    goal: Goal
    outcome: Outcome | None = None
    score: float | None = None
    times: int = 1
    in_a_row: bool = False


@dataclass(frozen=True)
class Try:
    """A graded call that counts towards an assignment; times are seconds since 1970."""

    call: str
    started: float
    ended: float
    score: float | None
    outcome: str | None


@dataclass(frozen=True)
class Step:
    """One dated part of an assignment: the first, or a repeat.

    ``count`` is how far it is towards the target's ``times``; ``calls`` are the tries of this step, oldest first.
    """

    number: int
    opens: float
    due: float
    status: Status
    count: int
    done: float | None
    calls: tuple[Try, ...]


def reaches(target: Target, one: Try) -> bool:
    """Whether a single call is as good as the target wants."""
    if target.goal == "score":
        return one.score is not None and target.score is not None and round(one.score) >= target.score
    known = one.outcome in OUTCOMES and target.outcome in OUTCOMES
    return known and OUTCOMES.index(one.outcome) <= OUTCOMES.index(target.outcome)


def count_of(target: Target, tries: Sequence[Try]) -> tuple[int, float | None]:
    """How many calls count towards the target by now, and when it was reached (``None``: not yet)."""
    count = 0
    for one in tries:
        if reaches(target, one):
            count += 1
        elif target.in_a_row:
            count = 0
        if count >= target.times:
            return target.times, one.ended
    return count, None


def steps(
    target: Target, tries: Sequence[Try], since: float, due: float, now: float, *, spaced: bool
) -> tuple[Step, ...]:
    """The steps of one person's assignment; repeats are known only once the first is done.

    ``tries`` are the calls made since he was given it, oldest first. A call made before a repeat comes up counts for
    the step before it: what is learnt today says nothing of next week.
    """
    mine = [one for one in tries if one.started >= since]
    first = _step(0, target, mine, since, due, now)
    if not spaced or first.done is None:
        return (first,)
    done = date_of(first.done)
    opened = [start_of(done + timedelta(days=days)) for days in REPEATS]
    made = [first]
    for number, opens in enumerate(opened, 1):
        until = opened[number] if number < len(opened) else float("inf")
        own = [one for one in tries if opens <= one.started < until]
        due = end_of(date_of(opens) + timedelta(days=REPEAT_DAYS))
        made.append(_step(number, target, own, opens, due, now))
    return tuple(made)


def _step(number: int, target: Target, tries: Sequence[Try], opens: float, due: float, now: float) -> Step:
    count, done = count_of(target, tries)
    status: Status
    if done is not None:
        status = "done" if done <= due else "late"
        tries = [one for one in tries if one.ended <= done]
    elif now < opens:
        status = "ahead"
    else:
        status = "open" if now <= due else "missed"
    return Step(number, opens, due, status, count, done, tuple(tries))
