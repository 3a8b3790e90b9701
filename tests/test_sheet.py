"""The printed sheet for a one-to-one: the person's assignments stand on it, what is due, done and missed apart."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.reviewed import ANNA, DAY, MASHA, OTHER, PETYA, WEIGHTS, graded, team
from tests.test_coach_pages import page, shown
from trainer.errors import NotFound
from trainer.grading.rules import RulesJudge
from trainer.team import assignments, meeting, picture
from trainer.team.assignments import Order, Wanted
from trainer.team.days import end_of, last_day
from trainer.team.picture import Span
from trainer.team.steps import Target
from trainer.texts import LANGUAGES, room
from trainer.web.handlers import Desk

NOW = 20_600.5 * DAY
REACHED = Target("outcome", outcome="maximum")


def until(days: float) -> float:
    return end_of(last_day(NOW + days * DAY))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Petya has reached one target, missed another, and has a third to do; Masha and the other team have their own."""
    made = Desk(team(tmp_path / "zvonok.db"), RulesJudge, now=lambda: NOW, pace=0.0)
    given = NOW - 10 * DAY
    for persona, days, whom in (
        ("tourist", -2, {"person": PETYA.id}), ("price", -3, {"person": PETYA.id}), ("cold", 4, {"team": 1}),
        ("talker", 2, {"person": MASHA.id}),
    ):  # fmt: skip
        assignments.give(made.store, ANNA, Order(persona, "real", Wanted(REACHED, until(days)), **whom), given)
    graded(made.store, PETYA.id, NOW - 5 * DAY, "tourist", goal__outcome="met")
    return made


def groups(text: str) -> dict[str, str]:
    found = re.findall(r'<div class="side tasks of-(\w+)">(.*?)</div>', text, re.S)
    return {name: shown(part) for name, part in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_tells_what_is_missed_due_and_done(desk: Desk, language: Any) -> None:
    made = page(desk, ANNA, f"?sheet={PETYA.id}", language)
    found, words = groups(made), room(language, "exports")["sheet"]["groups"]
    assert list(found) == ["missed", "due", "done"]
    for group, client in (("missed", "price"), ("due", "cold"), ("done", "tourist")):
        assert desk.persona(client).name[language] in found[group] and words[group] in found[group]
    assert room(language, "assignments")["targets"]["maximum"] in found["done"]
    assert desk.persona("talker").name[language] not in shown(made)
    assert "{" not in shown(made)


def test_a_sheet_of_somebody_without_calls_has_his_assignments_all_the_same(desk: Desk) -> None:
    found = groups(page(desk, ANNA, f"?sheet={MASHA.id}"))
    assert desk.persona("talker").name["ru"] in found["due"] and desk.persona("cold").name["ru"] in found["due"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_without_assignments_says_so(desk: Desk, language: Any) -> None:
    text = room(language, "exports")["sheet"]["no_assignments"]
    admin = desk.store.person(8)
    assert text in page(desk, admin, f"?sheet={OTHER.id}", language)


def test_what_was_withdrawn_is_not_on_the_sheet(desk: Desk) -> None:
    for one in assignments.listed(desk.store, ANNA, NOW, PETYA.id):
        assignments.withdraw(desk.store, ANNA, one.id, NOW)
    assert groups(page(desk, ANNA, f"?sheet={PETYA.id}")) == {}


def test_a_repeat_that_was_missed_stands_beside_the_first_time_that_was_done(desk: Desk) -> None:
    wanted = Wanted(REACHED, until(-2), spaced=True)
    assignments.give(desk.store, ANNA, Order("terse", "real", wanted, PETYA.id), NOW - 30 * DAY)
    graded(desk.store, PETYA.id, NOW - 25 * DAY, "terse", goal__outcome="met")
    found = groups(page(desk, ANNA, f"?sheet={PETYA.id}"))
    terse = desk.persona("terse").name["ru"]
    assert terse in found["done"] and terse in found["missed"] and "повтор" in found["missed"]


def test_the_shares_on_the_sheet_are_those_of_the_teams_picture(desk: Desk) -> None:
    for number, verdict in enumerate(["met", "partly", "partly", "missed", "met", "missed"] * 4):
        graded(desk.store, MASHA.id, NOW - number * DAY, "cold", goal__outcome=verdict, concern__accepted="met")
    found = meeting.sheet(desk.store, ANNA, MASHA.id)
    heat = picture.heat_map(desk.store, picture.members(desk.store, ANNA), [], Span(), NOW)
    shares = {one.id: (one.share, one.calls) for one in (*found.strong, *found.work)}
    assert len(shares) >= 3
    for id, said in shares.items():
        cell = heat.cells[MASHA.id, id]
        assert said == (cell.share, cell.n)


def test_nobody_elses_assignments_are_printed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        page(desk, desk.store.person(6), f"?sheet={PETYA.id}")


def test_the_weakest_is_the_lowest_share_of_enough_calls_not_the_dearest_or_the_rarest(desk: Desk) -> None:
    for number in range(6):
        rare = {"respect__equal_quality": "missed" if number < 3 else "not_applicable"}
        graded(
            desk.store, MASHA.id, NOW - number * DAY, "cold", concern__accepted="met" if number < 4 else "missed",
            goal__outcome="met" if number % 2 else "missed", closing__farewell="missed" if number else "met",
            **rare,
        )  # fmt: skip
    found = meeting.sheet(desk.store, ANNA, MASHA.id)
    assert [(one.id, one.share, one.calls) for one in found.work] == [
        ("closing.farewell", 17, 6), ("goal.outcome", 50, 6),
    ]  # fmt: skip
    assert all(quote.role == "seller" and quote.quote == "Добрый день" for quote in found.work[0].quotes)


def test_under_five_calls_no_share_is_given_and_strengths_have_quotes_with_their_speaker(desk: Desk) -> None:
    for number in range(3):
        graded(desk.store, MASHA.id, NOW - number * DAY, "cold", goal__outcome="missed", concern__accepted="met")
    found = meeting.sheet(desk.store, ANNA, MASHA.id)
    assert {one.share for one in (*found.work, *found.strong)} == {None}
    assert found.work[0].id == "goal.outcome" and found.strong[0].quotes
    text = shown(page(desk, ANNA, f"?sheet={MASHA.id}"))
    assert "мало звонков (3)" in text and "100%" not in text and text.count("Маша,") >= 2


def test_what_is_met_by_leaving_something_undone_is_praised_last(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHTS, "closing.no_rush", 9.0)
    for day in range(5):
        verdicts = {"closing__no_rush": "met", "concern__accepted": "met"}
        graded(desk.store, MASHA.id, NOW - day * DAY, "cold", **verdicts)
    strong = meeting.sheet(desk.store, ANNA, MASHA.id).strong
    assert [one.id for one in strong] == ["concern.accepted", "closing.no_rush"]


def test_the_sheet_is_reached_from_the_persons_page(desk: Desk) -> None:
    assert f'data-go="?sheet={PETYA.id}"' in page(desk, ANNA, f"?person={PETYA.id}")
