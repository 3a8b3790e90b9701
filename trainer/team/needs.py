"""Who needs help now, each reason with its figures: a fall, missed assignments, a long silence, open disputes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trainer.store import Json, Person, Store
from trainer.team import assignments
from trainer.team.days import date_of
from trainer.team.picture import Member

Reason = Literal["fallen", "missed", "silent", "never", "disputes"]
LATEST = 5
"""Calls whose mean is held against the mean of those before."""
BEFORE = 10
FALL = 10.0
"""Points by which the mean must have fallen."""
SILENCE = 14
"""Days without a call that are worth asking about."""
NEWCOMER = 7
"""Days in which somebody new need not have called yet."""


@dataclass(frozen=True)
class Need:
    """One reason: a key of the texts and the figures its sentence has slots for."""

    reason: Reason
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Needy:
    """Somebody and why he is on the list."""

    member: Member
    needs: tuple[Need, ...]


def who_needs_help(store: Store, who: Person, people: Sequence[Member], now: float) -> tuple[Needy, ...]:
    """Those of these people with at least one reason, in the order they came (by name, never by score)."""
    latest, missed = _latest(store, people), _missed(store, who, now)
    made = []
    for one in people:
        row = latest[one.id]
        needs = [*_fallen(row["scores"]), *_silent(row, now)]
        if missed.get(one.id):
            needs.append(Need("missed", (("n", missed[one.id]),)))
        if row["disputes"]:
            needs.append(Need("disputes", (("n", row["disputes"]),)))
        if needs:
            made.append(Needy(one, tuple(needs)))
    return tuple(made)


def _latest(store: Store, people: Sequence[Member]) -> dict[int, Json]:
    sql = """
        select people.id, people.created, (select max(started) from calls where owner = people.id) as last,
          coalesce(waiting.disputes, 0) as disputes,
          (select json_group_array(score) from (select score from standing where owner = people.id
             and score is not null order by started desc limit :most)) as scores
        from people left join (
          select owner, count(*) as disputes from disputes cross join calls on calls.id = disputes.call
          where disputes.state = 'open' group by 1) as waiting on waiting.owner = people.id
        where people.id in (select value from json_each(:people))"""
    values = {"people": json.dumps([one.id for one in people]), "most": LATEST + BEFORE}
    with store.tx() as db:
        return {row["id"]: {**row, "scores": json.loads(row["scores"])} for row in db.query(sql, values)}


def _fallen(scores: Sequence[float]) -> list[Need]:
    """The newest scores come first."""
    now, before = scores[:LATEST], scores[LATEST:]
    if len(now) < LATEST or len(before) < LATEST:
        return []
    latest, earlier = sum(now) / len(now), sum(before) / len(before)
    if earlier - latest < FALL:
        return []
    return [Need("fallen", (("before", round(earlier)), ("now", round(latest)), ("n", LATEST)))]


def _silent(row: Json, now: float) -> list[Need]:
    if row["last"] is None:
        new = row["created"] is None or _days(row["created"], now) < NEWCOMER
        return [] if new else [Need("never", (("n", _days(row["created"], now)),))]
    quiet = _days(row["last"], now)
    return [Need("silent", (("n", quiet),))] if quiet >= SILENCE else []


def _days(then: float, now: float) -> int:
    return (date_of(now) - date_of(then)).days


def _missed(store: Store, who: Person, now: float) -> dict[int, int]:
    """How many assignments each person has let pass and not made up for."""
    found: dict[int, int] = {}
    for made in assignments.listed(store, who, now):
        for holder in made.holders:
            late = any(step.status == "missed" for step in holder.steps)
            if late and made.withdrawn is None:
                found[holder.person] = found.get(holder.person, 0) + 1
    return found
