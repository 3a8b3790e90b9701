"""The team's picture: what a cell counts, weeks, outcomes, quotes, who needs help, before and after a training."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.errors import NotFound
from trainer.store import NewCall, Person, Store
from trainer.tables.assignments import SUMMED
from trainer.team import assignments, needs, picture, training
from trainer.team.assignments import Order, Wanted
from trainer.team.days import end_of
from trainer.team.picture import Counts, Member, Span
from trainer.team.rights import Forbidden
from trainer.team.steps import Target

MONDAY = date(2026, 3, 2)
ANNA, BORIS, VERA, COACH, STRANGER, ADMIN = 11, 12, 13, 21, 22, 31
CRITERIA = ("goal.outcome", "goal.asked_appointment", "concern.clarified", "choice.supported", "closing.farewell")
WORDS = ("Здравствуйте, дорого у вас.", "Да это разве дорого?", "Ну не знаю.", "Берите, не пожалеете.")


def day(number: float, hour: float = 12) -> float:
    """A moment so many days after the first, by the clock of UTC as weeks are."""
    return datetime(2026, 3, 2, tzinfo=UTC).timestamp() + number * 86_400 + hour * 3600


NOW = day(20)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    people = [
        (ANNA, "Анна", "trainee", 1), (BORIS, "Борис", "trainee", 1), (VERA, "Вера", "trainee", 2),
        (COACH, "Ольга", "coach", 1), (STRANGER, "Пётр", "coach", 2), (ADMIN, "Админ", "admin", None),
    ]  # fmt: skip
    with made.tx(write=True) as db:
        db.execute("insert into teams values (1, 'Север'), (2, 'Юг')")
        for id, name, role, team in people:
            db.execute(
                "insert into people (id, name, role, language, login, team, created) values (?, ?, ?, 'ru', ?, ?, ?)",
                (id, name, role, name, team, day(0)),
            )
    return made


def call(store: Store, owner: int, at: float, score: float | None = 50.0, **verdicts: Any) -> str:
    """A graded call; ``verdicts`` by criterion with ``__`` for the dot, a pair gives the quote of the seller's turn."""
    outcome, kind = verdicts.pop("outcome", "none"), verdicts.pop("kind", "cold")
    turns = [{"role": "seller" if n % 2 else "client", "text": text} for n, text in enumerate(WORDS)]
    transcript = {"format": "call-transcript/1", "call": {"purpose": "sale", "kind": kind}, "turns": turns}
    new = NewCall(owner, "ru", "practice", "x", transcript, "price", "real")
    id = store.create_call(new, at)
    criteria = []
    for name, verdict in verdicts.items():
        quote = ""
        if isinstance(verdict, tuple):
            verdict, quote = verdict
        turn = next((n for n, words in enumerate(WORDS) if quote in words), 1)
        evidence = [{"turn": turn, "quote": quote}] if quote else []
        criteria.append({"id": name.replace("__", "."), "rule": ["C10"], "verdict": verdict, "weight": 1.0,
                         "evidence": evidence, "comment": "", "tip": "", "needs_review": False})  # fmt: skip
    report = {"rubric": "outbound_sale", "judge": "rules", "score": score, "outcome": outcome, "criteria": criteria}
    store.save_report(id, owner, report, at + 300)
    return id


def coach(store: Store) -> Person:
    return store.person(COACH)


def north(store: Store) -> tuple[Member, ...]:
    return picture.members(store, coach(store))


# --- whose


@pytest.mark.parametrize(
    ("who", "names"), [(COACH, ["Анна", "Борис"]), (STRANGER, ["Вера"]), (ADMIN, ["Анна", "Борис", "Вера"])]
)
def test_the_picture_is_of_the_coachs_own_people_by_name(store: Store, who: int, names: list[str]) -> None:
    assert [one.name for one in picture.members(store, store.person(who))] == names


def test_nobody_elses_page_is_there_and_a_trainee_has_none(store: Store) -> None:
    assert picture.member(store, coach(store), ANNA).name == "Анна"
    for id in (VERA, COACH, 999):
        with pytest.raises(NotFound):
            picture.member(store, coach(store), id)
    with pytest.raises(Forbidden):
        picture.members(store, store.person(ANNA))


def test_in_solo_mode_the_picture_is_of_oneself(tmp_path: Path) -> None:
    alone = Store(tmp_path / "solo.db")
    alone.migrate()
    assert [one.id for one in picture.members(alone, alone.person(1))] == [1]


# --- the heat map


def test_a_cell_counts_what_was_met_where_it_applied(store: Store) -> None:
    for n, verdict in enumerate(["met", "met", "partly", "missed", "met", "not_applicable", None]):
        call(store, ANNA, day(n), concern__clarified=verdict)
    found = picture.heat_map(store, north(store), CRITERIA, Span(), NOW)
    assert found.cells == {(ANNA, "concern.clarified"): Counts(3, 1, 1)}
    assert found.cells[ANNA, "concern.clarified"].share == 60
    assert found.criteria == ("concern.clarified",) and found.totals["concern.clarified"].n == 5


def test_a_cell_under_five_calls_has_no_share(store: Store) -> None:
    for n in range(4):
        call(store, ANNA, day(n), concern__clarified="met")
    cell = picture.heat_map(store, north(store), CRITERIA, Span(), NOW).cells[ANNA, "concern.clarified"]
    assert (cell.n, cell.share) == (4, None)


@pytest.mark.parametrize(
    ("span", "counts"),
    [
        (Span(calls=3), Counts(0, 0, 3)),
        (Span(calls=100), Counts(5, 0, 3)),
        (Span(calls=None, weeks=1), None),
        (Span(calls=None, weeks=2), Counts(0, 0, 1)),
        (Span(calls=None, weeks=3), Counts(5, 0, 3)),
        (Span(calls=None), Counts(5, 0, 3)),
    ],
)
def test_the_span_is_the_last_calls_or_a_period(store: Store, span: Span, counts: Counts | None) -> None:
    for n in range(8):
        call(store, ANNA, day(n), concern__clarified="met" if n < 5 else "missed")
    assert picture.heat_map(store, north(store), CRITERIA, span, NOW).cells.get((ANNA, "concern.clarified")) == counts


def test_days_are_counted_alike_whole_weeks_or_not(store: Store) -> None:
    at = [day(n) + hour * 3600 for n in range(0, 30, 2) for hour in (0, 11)]
    for n, moment in enumerate(at):
        call(store, ANNA, moment, concern__clarified=("met", "missed", "partly")[n % 3])
    monday = picture.monday(picture.week_number(NOW) - 2)
    edges = [None, monday - 1, monday, monday + 1, monday + 2.5 * 86_400, monday + 7 * 86_400, NOW - 86_400, NOW + 1]
    for since in edges:
        for until in edges:
            span = Span(calls=None, since=since, until=until)
            if since is None and until is None:
                continue
            found = picture.heat_map(store, north(store), CRITERIA, span, NOW).cells.get((ANNA, "concern.clarified"))
            inside = [n for n, one in enumerate(at) if (since or 0) <= one < (until or NOW * 2)]
            counts = Counts(*(sum(n % 3 == kind for n in inside) for kind in (0, 2, 1)))
            assert (found or Counts()) == counts, (since, until)


def test_another_teams_calls_are_not_in_it(store: Store) -> None:
    for n in range(6):
        call(store, VERA, day(n), concern__clarified="missed", kind="hot")
    people = north(store)
    assert picture.heat_map(store, people, CRITERIA, Span(), NOW).cells == {}
    assert picture.outcomes(store, people) == [] and all(w.calls == 0 for w in picture.weeks(store, people, NOW))


def test_the_sums_by_week_follow_every_change(store: Store) -> None:
    ids = [call(store, ANNA, day(n), concern__clarified="missed", closing__farewell="partly") for n in range(6)]
    whole = Span(calls=None)

    def cells() -> dict[Any, Counts]:
        return picture.heat_map(store, north(store), CRITERIA, whole, NOW).cells

    assert cells() == {(ANNA, "concern.clarified"): Counts(0, 0, 6), (ANNA, "closing.farewell"): Counts(0, 6, 0)}
    report = store.load_report(ids[0], ANNA)
    assert report is not None
    report["criteria"][0]["verdict"] = "met"
    store.save_report(ids[0], ANNA, report, NOW)
    assert cells()[ANNA, "concern.clarified"] == Counts(1, 0, 5)
    with store.tx(write=True) as db:
        db.execute(
            "update verdicts set coach_verdict = 'met', final = 'met' "
            "where call = ? and criterion = 'closing.farewell'",
            (ids[1],),
        )
        db.execute("update calls set owner = ? where id = ?", (BORIS, ids[2]))
    assert cells()[ANNA, "closing.farewell"] == Counts(1, 4, 0) and cells()[BORIS, "closing.farewell"] == Counts(
        0, 1, 0
    )
    store.delete_call(ids[3], ANNA)
    assert cells()[ANNA, "concern.clarified"] == Counts(1, 0, 3)
    with store.tx(write=True) as db:
        kept = list(db.query("select * from weekly where met or partly or missed order by owner, week, criterion"))
        db.execute("delete from weekly")
        db.execute(SUMMED)
        assert list(db.query("select * from weekly order by owner, week, criterion")) == kept
        db.execute("delete from people where id = ?", (ANNA,))
    assert (ANNA, "concern.clarified") not in cells()


# --- weeks and outcomes


def test_weeks_run_from_monday_to_monday(store: Store) -> None:
    call(store, ANNA, day(6, 23.9), 40, concern__clarified="met", choice__supported="missed", goal__outcome="met")
    call(store, BORIS, day(7, 0.1), 80, concern__clarified="met")
    call(store, ANNA, day(8), None, concern__clarified="met")
    found = picture.weeks(store, north(store), NOW, 4)
    assert [(one.monday, one.calls, one.score) for one in found] == [
        (MONDAY - timedelta(days=7), 0, None), (MONDAY, 1, 40), (MONDAY + timedelta(days=7), 2, 80),
        (MONDAY + timedelta(days=14), 0, None),
    ]  # fmt: skip
    assert found[1].chapters == {"concern": Counts(1, 0, 1), "goal": Counts(1, 0, 0)}


def test_outcomes_are_counted_by_kind_of_call(store: Store) -> None:
    for outcome in ("maximum", "maximum", "none"):
        call(store, ANNA, day(1), outcome=outcome, kind="cold")
    call(store, BORIS, day(2), outcome="minimum", kind="returning")
    found = picture.outcomes(store, north(store))
    assert [(one.kind, one.counts) for one in found] == [("cold", (2, 0, 0, 1)), ("returning", (0, 0, 1, 0))]
    assert picture.outcomes(store, north(store), since=day(2, 0))[0].kind == "returning"


# --- what is missed


def test_the_most_missed_stands_first_with_words_of_different_people(store: Store) -> None:
    for n in range(6):
        words = ("Да это", "Да это разве", "разве", "дорого?")[n % 4]
        call(store, ANNA, day(n), concern__clarified=("missed", words), closing__farewell="met")
    call(store, BORIS, day(0), concern__clarified=("missed", "Берите"), closing__farewell="missed")
    found = picture.most_missed(store, picture.heat_map(store, north(store), CRITERIA, Span(), NOW))
    assert [one.criterion for one in found] == ["concern.clarified", "closing.farewell"]
    said = [(quote.person, quote.text) for quote in found[0].quotes]
    assert said == [("Анна", "Да это разве"), ("Борис", "Берите"), ("Анна", "дорого?")]
    assert all(quote.text in WORDS[quote.turn] and quote.role == "seller" for quote in found[0].quotes)
    assert [(quote.person, quote.last) for quote in found[1].quotes] == [("Борис", True)]


def test_a_quote_that_is_not_in_its_turn_is_not_shown(store: Store) -> None:
    for n in range(5):
        call(store, ANNA, day(n), concern__clarified=("missed", "такого никто не говорил"))
    [found] = picture.most_missed(store, picture.heat_map(store, north(store), CRITERIA, Span(), NOW))
    assert [quote.last for quote in found.quotes] == [True] and "никто не говорил" not in found.quotes[0].text


# --- who needs help


def reasons(store: Store, now: float = NOW) -> dict[str, list[tuple[str, dict[str, int]]]]:
    found = needs.who_needs_help(store, coach(store), north(store), now)
    return {one.member.name: [(need.reason, dict(need.values)) for need in one.needs] for one in found}


def test_a_fall_is_told_with_both_figures(store: Store) -> None:
    for n in range(10):
        call(store, ANNA, day(n), 80 if n < 5 else 60)
        call(store, BORIS, day(n), 80 if n < 5 else 71)
    assert reasons(store, day(10)) == {"Анна": [("fallen", {"before": 80, "now": 60, "n": 5})]}


def test_four_calls_are_no_trend(store: Store) -> None:
    for n in range(9):
        call(store, ANNA, day(n), 90 if n < 4 else 10)
    assert "Анна" not in reasons(store, day(9))


@pytest.mark.parametrize(("at", "found"), [(day(13), []), (day(14), ["silent"])])
def test_a_long_silence_is_noticed(store: Store, at: float, found: list[str]) -> None:
    call(store, ANNA, day(0))
    assert [reason for reason, _ in reasons(store, at).get("Анна", [])] == found


def test_whoever_never_called_is_given_a_week(store: Store) -> None:
    assert reasons(store, day(6)) == {}
    assert reasons(store, day(7)) == {"Анна": [("never", {"n": 7})], "Борис": [("never", {"n": 7})]}


def test_missed_assignments_and_open_disputes_are_reasons(store: Store) -> None:
    order = Order("critic", "real", Wanted(Target("score", score=80), end_of(MONDAY)), team=1)
    assignments.give(store, coach(store), order, day(0))
    id = call(store, ANNA, day(1), concern__clarified="missed")
    with store.tx(write=True) as db:
        db.execute("insert into disputes (call, criterion, reason, at) values (?, 'concern.clarified', 'x', 1)", (id,))
    assert reasons(store, day(2)) == {
        "Анна": [("missed", {"n": 1}), ("disputes", {"n": 1})],
        "Борис": [("missed", {"n": 1})],
    }


# --- before and after


def test_every_person_counts_the_same_and_the_interval_is_about_the_change() -> None:
    rng = np.random.default_rng(5)
    people = [(rng.normal(50, 8, n), rng.normal(62, 8, n)) for n in (4, 12, 40)]
    found = training.compare(people)
    expected = np.mean([after.mean() - before.mean() for before, after in people])
    assert found.change == pytest.approx(expected) and (found.n_before, found.n_after) == (56, 56)
    assert found.low is not None and found.high is not None and found.low < expected < found.high and found.moved
    assert found == training.compare(people), "the same calls always give the same interval"


def test_the_interval_covers_what_it_should() -> None:
    rng, covered = np.random.default_rng(7), 0
    for _ in range(200):
        people = [(rng.normal(50, 10, 12), rng.normal(55, 10, 12)) for _ in range(4)]
        found = training.compare(people)
        assert found.low is not None and found.high is not None
        covered += found.low <= 5 <= found.high
    assert 0.88 * 200 <= covered <= 199


def test_too_few_calls_give_no_interval() -> None:
    found = training.compare([(np.array([50.0] * 9), np.array([90.0] * 30))])
    assert found.change == 40 and found.low is None and not found.moved
    assert training.compare([]).change is None


def test_shares_have_newcombes_interval() -> None:
    # Newcombe 1998, table II, row a: 56/70 against 48/80, method 10: 0.0524 to 0.3339
    found = training.shares(Counts(48, 0, 32), Counts(56, 0, 14))
    assert found.low == pytest.approx(5.24, abs=0.01) and found.high == pytest.approx(33.39, abs=0.01)
    few = training.shares(Counts(2, 0, 2), Counts(4, 0, 4))
    assert (few.before, few.after, few.low) == (50, 50, None)


def test_only_those_with_calls_on_both_sides_are_compared(store: Store) -> None:
    for n in range(1, 7):
        call(store, ANNA, day(10 - n), 40, concern__clarified="missed")
        call(store, ANNA, day(10 + n), 70, concern__clarified="met")
    call(store, ANNA, day(10), 0)
    call(store, BORIS, day(9), 90)
    found = training.around(store, north(store), MONDAY + timedelta(days=10))
    assert [one.name for one in found.people] == ["Анна"] and [one.name for one in found.left_out] == ["Борис"]
    assert (found.score.n_before, found.score.n_after, found.score.change) == (6, 6, 30)
    assert found.score.low is None, "six calls a side are too few"
    assert list(found.criteria) == ["concern.clarified"] and found.criteria["concern.clarified"].moved


# --- speed


@pytest.mark.slow
def test_the_picture_of_a_hundred_thousand_calls_is_quick(store: Store) -> None:
    now = day(0)
    with store.tx() as db:
        db.execute("pragma cache_size = -400000")
        db.execute("begin immediate")
        db.execute("delete from people where team = 1 and role = 'trainee'")
        for n in range(40):
            db.execute("insert into people (id, name, role, language, team) values (?, ?, 'trainee', 'ru', 1)",
                       (1000 + n, f"Человек {n}"))  # fmt: skip
        db.execute("drop trigger verdict_added")
        db.execute("create temp table numbers as with recursive n(i) as (select 0 union all select i + 1 from n "
                   "where i < 99999) select i from n")  # fmt: skip
        db.execute("insert into calls (id, owner, persona, language, difficulty, kind, title, source, started, touched,"
                   " elapsed, ended, transcript) select 'c' || i, 1000 + i % 40, 'price', 'ru', 'real', 'cold', 'x',"
                   " 'practice', :now - i * 315.0, 0, 0, 0, '{\"turns\": []}' from numbers", {"now": now})  # fmt: skip
        db.execute("insert into standing (call, owner, persona, kind, source, started, score, outcome, flagged,"
                   " disputed) select id, owner, persona, kind, source, started, 50 + rowid % 40, 'minimum', 0, 0"
                   " from calls")  # fmt: skip
        db.execute("insert into verdicts (call, criterion, owner, started, verdict, weight, needs_review, disputed,"
                   " judge) select calls.id, 'goal.' || name.value, owner, started,"
                   " case when (calls.rowid + name.value) % 3 then 'met' else 'missed' end, 1, 0, 0, 'rules'"
                   " from calls cross join json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14]') as name")  # fmt: skip
        db.execute(SUMMED)
        db.conn.commit()
    people, criteria = north(store), [f"goal.{n}" for n in range(15)]
    spent: dict[str, float] = {}

    def measure(name: str, act: Any) -> None:
        start = time.process_time()
        act()
        spent[name] = round(time.process_time() - start, 3)

    def heat(span: Span) -> picture.HeatMap:
        return picture.heat_map(store, people, criteria, span, now)

    measure("last 20", lambda: heat(Span()))
    measure("12 weeks", lambda: heat(Span(None, 12)))
    measure("all", lambda: heat(Span(None)))
    measure("weeks", lambda: picture.weeks(store, people, now))
    measure("outcomes", lambda: picture.outcomes(store, people))
    measure("missed", lambda: picture.most_missed(store, heat(Span())))
    measure("needs", lambda: needs.who_needs_help(store, coach(store), people, now))
    measure("training", lambda: training.around(store, people, MONDAY - timedelta(days=70)))
    print(spent)
    assert max(spent.values()) < 0.3, spent
