"""Assignments: who may give them, when they are fulfilled or missed, repeats, newcomers, the rubric they ask for."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from trainer.errors import NotFound
from trainer.store import NewCall, Person, Store
from trainer.team import assignments
from trainer.team.assignments import AssignmentError, Order, Wanted
from trainer.team.days import end_of, start_of
from trainer.team.rights import Forbidden
from trainer.team.steps import Target, Try, count_of, steps

SCRIPTED = date(2026, 3, 2)
NOW = start_of(SCRIPTED) + 12 * 3600
ANNA, BORIS, VERA, COACH, STRANGER, ADMIN = 11, 12, 13, 21, 22, 31
NORTH, SOUTH = 1, 2
SCORE = Target("score", score=80)


def day(number: int, hour: float = 12) -> float:
    """A moment so many days after the first."""
    return start_of(SCRIPTED + timedelta(days=number)) + hour * 3600


def until(number: int) -> float:
    return end_of(SCRIPTED + timedelta(days=number))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    people = [
        (ANNA, "Анна", "trainee", NORTH), (BORIS, "Борис", "trainee", NORTH), (VERA, "Вера", "trainee", SOUTH),
        (COACH, "Ольга", "coach", NORTH), (STRANGER, "Пётр", "coach", SOUTH), (ADMIN, "Админ", "admin", None),
    ]  # fmt: skip
    with made.tx(write=True) as db:
        db.execute("insert into teams values (1, 'Север'), (2, 'Юг')")
        for id, name, role, team in people:
            db.execute(
                "insert into people (id, name, role, language, login, team) values (?, ?, ?, 'ru', ?, ?)",
                (id, name, role, name, team),
            )
    return made


def who(store: Store, id: int) -> Person:
    return store.person(id)


def call(
    store: Store, owner: int, at: float, score: float | None = 90.0, outcome: str = "maximum", **fields: Any
) -> str:
    given = {"persona": "price", "difficulty": "real", "source": "practice", "rubric": "inbound_sale", **fields}
    rubric = given.pop("rubric")
    transcript = {"format": "call-transcript/1", "call": {"purpose": "sale"}, "turns": []}
    id = store.create_call(NewCall(owner=owner, language="ru", title="x", transcript=transcript, **given), at)
    report = {"rubric": rubric, "judge": "rules", "score": score, "outcome": outcome, "criteria": []}
    store.save_report(id, owner, report, at + 300)
    return id


def order(target: Target = SCORE, due: float = until(5), spaced: bool = False, **whom: Any) -> Order:
    return Order("price", whom.pop("difficulty", "real"), Wanted(target, due, spaced), **(whom or {"person": ANNA}))


def statuses(store: Store, person: int, now: float) -> list[str]:
    return [s.status for one in assignments.of_person(store, person, now) for h in one.holders for s in h.steps]


def made(day_number: float, score: float = 90.0, outcome: str = "maximum") -> Try:
    started = NOW + day_number * 86_400
    return Try("id", started, started + 300, score, outcome)


# --- targets


@pytest.mark.parametrize(
    ("target", "results", "count", "reached"),
    [
        (Target("score", score=80), [(79.4, "none")], 0, False),
        (Target("score", score=80), [(79.6, "none")], 1, True),  # the page shows 80
        (Target("score", score=80, times=2), [(85, "none"), (10, "none"), (85, "none")], 2, True),
        (Target("score", score=80, times=2, in_a_row=True), [(85, "none"), (10, "none"), (85, "none")], 1, False),
        (Target("score", score=80, times=2, in_a_row=True), [(10, "none"), (85, "none"), (85, "none")], 2, True),
        (Target("outcome", outcome="maximum"), [(99, "minimum_with_call")], 0, False),
        (Target("outcome", outcome="minimum"), [(5, "minimum_with_call")], 1, True),
        (Target("outcome", outcome="minimum"), [(5, None)], 0, False),
        (Target("score", score=80, times=3), [], 0, False),
    ],
)
def test_a_target_counts_calls(target: Target, results: list[Any], count: int, reached: bool) -> None:
    found, done = count_of(target, [made(n, score, outcome) for n, (score, outcome) in enumerate(results)])
    assert (found, done is not None) == (count, reached)


@pytest.mark.parametrize(
    ("tries", "now", "status"),
    [
        ([], day(5, 23), "open"),
        ([], day(6, 1), "missed"),
        ([made(1)], day(2), "done"),
        ([made(-1)], day(2), "open"),  # made before it was given
        ([made(7)], day(8), "late"),
        ([made(1, 70)], day(8), "missed"),
    ],
)
def test_an_assignment_is_open_done_late_or_missed(tries: list[Try], now: float, status: str) -> None:
    assert [step.status for step in steps(SCORE, tries, NOW, until(5), now, spaced=False)] == [status]


def test_a_spaced_assignment_comes_up_after_a_week_and_after_three() -> None:
    first, second, third = steps(SCORE, [made(1), made(2)], NOW, until(5), day(3), spaced=True)
    assert (first.status, second.status, third.status) == ("done", "ahead", "ahead")
    assert (second.opens, second.due) == (day(8, 0), until(15))
    assert (third.opens, third.due) == (day(22, 0), until(29))
    assert second.count == 0, "a call made the day after says nothing of a week later"


@pytest.mark.parametrize(
    ("later", "now", "expected"),
    [
        ([8.5], 9, ["done", "done", "ahead"]),
        ([], 16, ["done", "missed", "ahead"]),
        ([16.0], 17, ["done", "late", "ahead"]),
        ([22.5], 23, ["done", "missed", "done"]),
        ([9.0], 30, ["done", "done", "missed"]),
    ],
)
def test_each_repeat_has_its_own_calls(later: list[float], now: int, expected: list[str]) -> None:
    tries = [made(1), *(made(one) for one in later)]
    found = steps(SCORE, tries, NOW, until(5), day(now), spaced=True)
    assert [step.status for step in found] == expected


# --- given, held, seen


def test_an_assignment_is_fulfilled_by_the_persons_own_call(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(team=NORTH), NOW)
    call(store, ANNA, day(1))
    assert statuses(store, ANNA, day(2)) == ["done"]
    assert statuses(store, BORIS, day(2)) == ["open"] and statuses(store, BORIS, day(7)) == ["missed"]
    assert assignments.of_person(store, VERA, day(2)) == ()
    [seen] = assignments.listed(store, who(store, COACH), day(7))
    assert [(one.name, one.steps[0].status) for one in seen.holders] == [("Анна", "done"), ("Борис", "missed")]
    assert (seen.whom, seen.by) == ("Север", "Ольга")


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"difficulty": "hard"}, True),
        ({"difficulty": "gentle"}, False),
        ({"persona": "critic"}, False),
        ({"source": "import"}, False),
        ({"aids": {"guide": True}}, False),
        ({"aids": {"hints": True}}, True),
        ({"rubric": "general"}, False),
    ],
)
def test_which_calls_count(store: Store, fields: dict[str, Any], counts: bool) -> None:
    wanted = order(person=ANNA, rubric="inbound_sale")
    assignments.give(store, who(store, COACH), wanted, NOW)
    call(store, ANNA, day(1), **fields)
    assert statuses(store, ANNA, day(2)) == ["done" if counts else "open"]


def test_a_call_gone_on_from_the_middle_of_another_does_not_count(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(), NOW)
    whole = call(store, ANNA, day(1), score=10)
    call(store, ANNA, day(2), parent=whole, forked=1)
    assert statuses(store, ANNA, day(3)) == ["open"]


def test_the_newest_report_decides(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(), NOW)
    id = call(store, ANNA, day(1), score=95)
    report = {"rubric": "inbound_sale", "judge": "coach", "score": 60.0, "outcome": "none", "criteria": []}
    store.save_report(id, ANNA, report, day(2))
    assert statuses(store, ANNA, day(3)) == ["open"]


def test_who_joins_the_team_later_gets_as_many_days(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(team=NORTH), NOW)
    with store.tx(write=True) as db:
        db.execute("update people set team = ? where id = ?", (NORTH, VERA))
    call(store, VERA, day(8))
    assert statuses(store, VERA, day(10)) == ["open"], "calls before he had it do not count"
    [mine] = assignments.of_person(store, VERA, day(10))
    assert mine.holders[0].steps[0].due == until(15)
    assert statuses(store, VERA, day(16)) == ["missed"]
    with store.tx(write=True) as db:
        db.execute("update people set team = ? where id = ?", (SOUTH, VERA))
    assert statuses(store, VERA, day(16)) == [], "whoever leaves the team is free of it"


def test_a_changed_assignment_is_reckoned_anew(store: Store) -> None:
    coach = who(store, COACH)
    id = assignments.give(store, coach, order(), NOW)
    call(store, ANNA, day(1), score=70)
    assert statuses(store, ANNA, day(7)) == ["missed"]
    assignments.change(store, coach, id, Wanted(Target("score", score=65), until(5), True, "полегче"), day(7))
    assert statuses(store, ANNA, day(7)) == ["done", "ahead", "ahead"]
    assert assignments.one(store, coach, id, day(7)).wanted.note == "полегче"


def test_a_withdrawn_assignment_is_due_no_more(store: Store) -> None:
    coach = who(store, COACH)
    id = assignments.give(store, coach, order(), NOW)
    assignments.withdraw(store, coach, id, day(1))
    assert statuses(store, ANNA, day(2)) == []
    assert assignments.one(store, coach, id, day(2)).withdrawn == day(1)


@pytest.mark.parametrize(
    ("whom", "by", "error"),
    [
        ({"person": VERA}, COACH, NotFound),
        ({"team": SOUTH}, COACH, NotFound),
        ({"person": 999}, ADMIN, NotFound),
        ({"person": BORIS}, ANNA, Forbidden),
        ({"person": STRANGER}, ADMIN, NotFound),
        ({"person": ANNA, "team": NORTH}, COACH, AssignmentError),
        ({"person": None}, COACH, AssignmentError),
    ],
)
def test_a_coach_assigns_to_his_own_people_only(store: Store, whom: Any, by: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        assignments.give(store, who(store, by), order(**whom), NOW)
    assert assignments.listed(store, who(store, ADMIN), NOW) == ()


def test_another_teams_assignments_are_not_there(store: Store) -> None:
    mine = assignments.give(store, who(store, COACH), order(), NOW)
    theirs = assignments.give(store, who(store, STRANGER), order(team=SOUTH), NOW)
    assert [one.id for one in assignments.listed(store, who(store, COACH), NOW)] == [mine]
    assert {one.id for one in assignments.listed(store, who(store, ADMIN), NOW)} == {mine, theirs}
    wanted = Wanted(SCORE, until(9))
    for act in (
        lambda: assignments.change(store, who(store, COACH), theirs, wanted, NOW),
        lambda: assignments.withdraw(store, who(store, COACH), theirs, NOW),
        lambda: assignments.one(store, who(store, COACH), theirs, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    for act in (
        lambda: assignments.listed(store, who(store, ANNA), NOW),
        lambda: assignments.withdraw(store, who(store, ANNA), mine, NOW),
        lambda: assignments.candidates(store, who(store, ANNA)),
    ):
        with pytest.raises(Forbidden):
            act()
    assert assignments.one(store, who(store, STRANGER), theirs, NOW).withdrawn is None


def test_a_coach_chooses_among_his_trainees(store: Store) -> None:
    found = assignments.candidates(store, who(store, COACH))
    assert found.people == ((ANNA, "Анна"), (BORIS, "Борис")) and found.teams == ((NORTH, "Север"),)
    assert len(assignments.candidates(store, who(store, ADMIN)).teams) == 2


def test_in_solo_mode_one_assigns_to_oneself(tmp_path: Path) -> None:
    alone = Store(tmp_path / "solo.db")
    alone.migrate()
    assignments.give(alone, alone.person(1), order(person=1), NOW)
    call(alone, 1, day(1))
    assert statuses(alone, 1, day(2)) == ["done"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(SCORE, NOW - 1), "due_is_past"),
        (Wanted(Target("score", score=0), until(5)), "score"),
        (Wanted(Target("score", score=101), until(5)), "score"),
        (Wanted(Target("score"), until(5)), "score"),
        (Wanted(Target("outcome", outcome="none"), until(5)), "outcome"),
        (Wanted(Target("score", score=50, times=0), until(5)), "times"),
        (Wanted(Target("score", score=50, times=21), until(5)), "times"),
        (Wanted(SCORE, until(5), note="я" * 501), "note"),
    ],
)
def test_what_cannot_be_assigned_is_said(store: Store, wanted: Wanted, message: str) -> None:
    with pytest.raises(AssignmentError) as error:
        assignments.give(store, who(store, COACH), Order("price", "real", wanted, person=ANNA), NOW)
    assert error.value.message == message and error.value.text("ru") != error.value.text("en")


def test_an_assigned_rubric_is_asked_for_until_it_is_done(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(person=ANNA, rubric="general"), NOW)
    asked = [assignments.rubric_for(store, ANNA, "price", hard, day(1)) for hard in ("gentle", "real", "hard")]
    assert asked == [None, "general", "general"]
    assert assignments.rubric_for(store, ANNA, "critic", "real", day(1)) is None
    call(store, ANNA, day(1), rubric="general")
    assert assignments.rubric_for(store, ANNA, "price", "real", day(2)) is None


def test_a_person_removed_takes_his_assignments_along(store: Store) -> None:
    assignments.give(store, who(store, COACH), order(), NOW)
    with store.tx(write=True) as db:
        db.execute("delete from people where id = ?", (ANNA,))
    assert assignments.listed(store, who(store, ADMIN), NOW) == ()


def test_one_assignment_reaches_several_people_or_none(store: Store) -> None:
    by = who(store, COACH)
    orders = [order(person=ANNA), order(person=BORIS)]
    ids = assignments.give_all(store, by, orders, NOW)
    assert [assignments.one(store, by, id, NOW).whom for id in ids] == ["Анна", "Борис"]
    with pytest.raises(NotFound):
        assignments.give_all(store, by, [order(person=ANNA), order(person=10**6)], NOW)
    with pytest.raises(AssignmentError):
        assignments.give_all(store, by, [], NOW)
    assert len(assignments.listed(store, by, NOW)) == 2


def test_who_is_ticked_with_his_team_has_the_assignment_once(store: Store) -> None:
    by = who(store, COACH)
    assignments.give_all(store, by, [order(team=NORTH), order(person=ANNA)], NOW)
    assert [len(one.holders) > 1 for one in assignments.listed(store, by, NOW)] == [True]


def test_a_coach_is_nobody_s_trainee(store: Store) -> None:
    by = who(store, COACH)
    assert by.id not in [id for id, _ in assignments.candidates(store, by).people]
    with pytest.raises(NotFound):
        assignments.give(store, by, order(person=by.id), NOW)
