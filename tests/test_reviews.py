"""Coaches' work on a call: who may, what changes, what stays, and what two of them at once do to each other."""

from pathlib import Path
from typing import Any

import pytest

from tests.reviewed import ADMIN, ANNA, BORIS, DAY, LINES, MASHA, OTHER, PETYA, SOLO, STRANGER, graded, team
from trainer.errors import NotFound
from trainer.report import Report
from trainer.store import Store
from trainer.team import corrections, disputes, examples, queue, reviews
from trainer.team.corrections import Change, Conflict, Material, correct
from trainer.team.queue import Filters
from trainer.team.reviews import Unfit
from trainer.team.rights import Forbidden
from trainer.texts import LANGUAGES, room

LATER = 2000.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return team(tmp_path / "zvonok.db")


def now_report(store: Store, id: str, owner: int = PETYA.id) -> Report:
    return Report.model_validate(store.load_report(id, owner))


def change(criterion: str = "closing.farewell", verdict: str = "met", **more: Any) -> Change:
    return Change(
        **{"criterion": criterion, "verdict": verdict, "reason": "Попрощался тепло", "quote": "Добрый день", **more}
    )


# --- corrections


def test_a_correction_moves_the_score_and_keeps_the_machines_verdict_beside(store: Store) -> None:
    id = graded(store, goal__outcome="met")  # 3 of 7 points
    assert now_report(store, id).score == 42.9
    correct(store, ANNA, id, change(), Material(), LATER)
    told = now_report(store, id)
    assert told.score == 57.1  # 4 of 7
    result = told.result("closing.farewell")
    assert result is not None and (result.verdict, result.judge, result.tip) == ("met", "coach", "")
    assert [(view.judge, view.verdict) for view in result.views] == [("rules", "missed"), ("coach", "met")]
    written = reviews.notes(store, id).correction("closing.farewell")
    assert written is not None and (written.name, written.machine, written.reason) == (
        "Анна",
        "missed",
        "Попрощался тепло",
    )
    listed = store.list_calls(PETYA.id)[0]
    assert listed.score == 57.1 and store.best_results(PETYA.id)["tourist"].score == 57.1


def test_an_outcome_is_corrected_with_its_verdict_and_the_call_follows(store: Store) -> None:
    id = graded(store)
    correct(
        store, ANNA, id, change("goal.outcome", "missed", outcome="maximum", quote="завтра в три"), Material(), LATER
    )
    told = now_report(store, id)
    assert (told.outcome, told.score) == ("maximum", 42.9)
    assert store.load_call(id, PETYA.id).outcome == "maximum"
    standing = queue.queue(store, ANNA, Filters()).calls[0]
    assert (standing.outcome, standing.score, standing.machine_score) == ("maximum", 42.9, 0.0)


def test_a_second_correction_stands_on_the_machines_report_and_history_has_both(store: Store) -> None:
    id = graded(store)
    correct(store, ANNA, id, change(), Material(), LATER)
    first = reviews.notes(store, id).corrections[0].id
    correct(store, BORIS, id, change(verdict="partly", known=first, reason="Без имени"), Material(), LATER + 1)
    correct(store, BORIS, id, change("concern.accepted", "met", quote="посчитаем"), Material(), LATER + 2)
    told = now_report(store, id)
    assert told.score == round(100 * 2.5 / 7, 1)
    result = told.result("closing.farewell")
    assert result is not None and [view.verdict for view in result.views] == ["missed", "partly"]
    history = [(one.criterion, one.verdict, one.name) for one in reviews.notes(store, id).corrections]
    assert history == [
        ("concern.accepted", "met", "Борис"), ("closing.farewell", "partly", "Борис"),
        ("closing.farewell", "met", "Анна"),
    ]  # fmt: skip


def test_a_correction_on_an_old_state_is_refused_with_what_the_other_wrote(store: Store) -> None:
    id = graded(store)
    correct(store, ANNA, id, change(reason="Было «всего доброго»"), Material(), LATER)
    before = now_report(store, id)
    with pytest.raises(Conflict) as error:
        correct(store, BORIS, id, change(verdict="partly", known=0), Material(), LATER + 1)
    assert error.value.other.verdict == "met" and "Было «всего доброго»" in error.value.text("ru")
    assert now_report(store, id) == before and len(reviews.notes(store, id).corrections) == 1


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"quote": "этого не говорили"}, "quote_not_found"),
        ({"quote": "Добрый день", "turn": 0}, "quote_not_found"),
        ({"quote": "добрый день"}, "quote_not_found"),
        ({"quote": ""}, "no_quote"),
        ({"reason": "   "}, "nothing_written"),
        ({"reason": "х" * 2001}, "too_much"),
        ({"verdict": "excellent"}, "no_verdict"),
        ({"criterion": "goal.outcome", "outcome": "everything"}, "no_outcome"),
        ({"criterion": "care.farewell"}, "no_criterion"),
    ],
)
def test_what_does_not_hold_is_refused_in_words_and_writes_nothing(store: Store, sent: Any, message: str) -> None:
    id = graded(store)
    with pytest.raises(Unfit) as error:
        correct(store, ANNA, id, change(**sent), Material(), LATER)
    assert error.value.message == message and all(len(error.value.text(one)) > 15 for one in LANGUAGES)
    assert reviews.notes(store, id).corrections == () and now_report(store, id).score == 0


@pytest.mark.parametrize(
    "sent", [{"verdict": "missed"}, {"verdict": "not_applicable"}, {"criterion": "respect.equal_quality"}]
)
def test_no_quote_is_asked_for_what_was_not_said(store: Store, sent: Any) -> None:
    id = graded(store, closing__farewell="met")
    correct(store, ANNA, id, change(**{"quote": "", **sent}), Material(), LATER)
    found = now_report(store, id).result(sent.get("criterion", "closing.farewell"))
    assert found is not None and found.verdict == sent.get("verdict", "met") and found.evidence == ()


def test_advice_follows_the_corrected_verdicts(store: Store) -> None:
    id = graded(store, goal__outcome="met", concern__accepted="met", respect__equal_quality="met")
    correct(store, ANNA, id, change(), Material(), LATER)
    assert now_report(store, id).feedback is None
    correct(store, ANNA, id, change("concern.accepted", "missed", quote=""), Material(), LATER + 1)
    told = now_report(store, id).feedback
    assert told is not None and [one.criterion for one in told.actions] == ["concern.accepted"]


# --- rights


DEEDS = {
    "correct": lambda s, w, c: correct(s, w, c, change(), Material(), LATER),
    "check": lambda s, w, c: reviews.check(s, w, c, LATER),
    "uncheck": lambda s, w, c: reviews.uncheck(s, w, c, LATER),
    "remark": lambda s, w, c: reviews.remark(s, w, c, 1, "Хорошо", LATER),
    "ask_retry": lambda s, w, c: reviews.ask_retry(s, w, c, "", LATER),
    "forgo_retry": lambda s, w, c: reviews.forgo_retry(s, w, c, LATER),
    "mark": lambda s, w, c: examples.mark(s, w, c, "", LATER),
    "unmark": lambda s, w, c: examples.unmark(s, w, c, LATER),
    "uphold": lambda s, w, c: disputes.uphold(s, w, c, change(), Material(), LATER),
    "reject": lambda s, w, c: disputes.reject(s, w, c, "closing.farewell", "Нет", LATER),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(("who", "error"), [(PETYA, Forbidden), (MASHA, Forbidden), (STRANGER, NotFound)])
def test_only_a_coach_of_the_team_works_on_a_call(store: Store, deed: str, who: Any, error: Any) -> None:
    id = graded(store)
    disputes.dispute(store, PETYA, id, "closing.farewell", "Я прощался", 1500.0)
    before = reviews.notes(store, id)
    with pytest.raises(error):
        DEEDS[deed](store, who, id)
    assert reviews.notes(store, id) == before


@pytest.mark.parametrize("who", [ANNA, ADMIN, SOLO])
def test_coach_admin_and_solo_see_the_call_others_do_not(store: Store, who: Any) -> None:
    id = graded(store)
    assert reviews.owner_of(store, who, id) == PETYA.id
    assert [one.call for one in queue.queue(store, who, Filters()).calls] == [id]
    for other in (MASHA, STRANGER):
        with pytest.raises(NotFound):
            reviews.owner_of(store, other, id)
    assert queue.queue(store, STRANGER, Filters()).calls == ()


# --- disputes


def test_a_dispute_upheld_changes_the_score_and_both_words_stay(store: Store) -> None:
    id = graded(store)
    reviews.check(store, ANNA, id, 1400.0)
    disputes.dispute(store, PETYA, id, "closing.farewell", "Я же попрощался!", 1500.0)
    waiting = queue.queue(store, ANNA, Filters()).calls
    assert [(one.call, one.disputed) for one in waiting] == [(id, 1)]
    disputes.uphold(store, ANNA, id, change(reason="Верно, прослушал"), Material(), LATER)
    found = reviews.notes(store, id).disputes["closing.farewell"]
    assert (found.state, found.answer, found.name, found.reason) == (
        "upheld",
        "Верно, прослушал",
        "Анна",
        "Я же попрощался!",
    )
    assert now_report(store, id).score == 14.3 and queue.queue(store, ANNA, Filters()).calls == ()


def test_a_dispute_rejected_leaves_the_score_and_says_why(store: Store) -> None:
    id = graded(store)
    disputes.dispute(store, PETYA, id, "closing.farewell", "Я же попрощался!", 1500.0)
    with pytest.raises(Unfit, match="answer the dispute first"):
        reviews.check(store, ANNA, id, 1600.0)
    disputes.reject(store, ANNA, id, "closing.farewell", "Прощания в записи нет", LATER)
    found = reviews.notes(store, id).disputes["closing.farewell"]
    assert (found.state, found.answer) == ("rejected", "Прощания в записи нет") and now_report(store, id).score == 0
    for again in (lambda: disputes.reject(store, ANNA, id, "closing.farewell", "Нет", LATER), lambda: disputes.dispute(
        store, PETYA, id, "closing.farewell", "Ещё раз", LATER)):  # fmt: skip
        with pytest.raises(Unfit):
            again()


def test_one_disputes_only_what_one_lost_in_a_call_of_ones_own(store: Store) -> None:
    id = graded(store, concern__accepted="met")
    for who, criterion, error in (
        (MASHA, "closing.farewell", NotFound), (OTHER, "closing.farewell", NotFound),
        (ANNA, "closing.farewell", NotFound), (PETYA, "concern.accepted", Unfit), (PETYA, "no.such", Unfit),
    ):  # fmt: skip
        with pytest.raises(error):
            disputes.dispute(store, who, id, criterion, "Не согласен", LATER)
    assert reviews.notes(store, id).disputes == {}


def test_upholding_with_the_same_verdict_is_refused_and_writes_nothing(store: Store) -> None:
    id = graded(store)
    disputes.dispute(store, PETYA, id, "closing.farewell", "Я же попрощался!", 1500.0)
    with pytest.raises(Unfit, match="same as before"):
        disputes.uphold(store, ANNA, id, change(verdict="missed", quote=""), Material(), LATER)
    assert (
        reviews.notes(store, id).corrections == ()
        and reviews.notes(store, id).disputes["closing.farewell"].state == "open"
    )


# --- remarks, retries, examples


def test_a_remark_stands_at_its_line_and_only_its_author_takes_it_back(store: Store) -> None:
    id = graded(store)
    reviews.remark(store, ANNA, id, 3, " Вот здесь хорошо ", LATER)
    found = reviews.notes(store, id).remarks[0]
    assert (found.turn, found.text, found.name) == (3, "Вот здесь хорошо", "Анна")
    with pytest.raises(NotFound):
        reviews.unremark(store, BORIS, id, found.id, LATER)
    reviews.unremark(store, ANNA, id, found.id, LATER)
    assert reviews.notes(store, id).remarks == ()
    with pytest.raises(Unfit):
        reviews.remark(store, ANNA, id, len(LINES), "Мимо", LATER)


def test_a_retry_is_due_until_the_same_client_was_called_again(store: Store) -> None:
    id = graded(store, now=1000.0)
    reviews.ask_retry(store, ANNA, id, "Сначала уточните", LATER)
    assert [(one.call, one.persona, one.note, one.name) for one in reviews.retries_due(store, PETYA.id)] == [
        (id, "tourist", "Сначала уточните", "Анна")
    ]
    graded(store, now=LATER + 1, persona="cold")
    graded(store, now=LATER + 1, owner=MASHA.id)
    assert len(reviews.retries_due(store, PETYA.id)) == 1 and reviews.notes(store, id).retried is None
    again = graded(store, now=LATER + 2)
    assert reviews.retries_due(store, PETYA.id) == () and reviews.notes(store, id).retried == again
    with pytest.raises(Unfit):
        reviews.ask_retry(store, ANNA, graded(store, persona=None), "", LATER)


def test_an_example_is_open_to_the_team_and_to_nobody_else(store: Store) -> None:
    id, other = graded(store), graded(store)
    examples.mark(store, ANNA, id, "Как уточнять", LATER)
    for who in (PETYA, MASHA, ANNA, BORIS, ADMIN, SOLO):
        assert [(one.call, one.note, one.seller) for one in examples.library(store, who)] == [
            (id, "Как уточнять", "Петя")
        ]
    for who in (STRANGER, OTHER):
        assert examples.library(store, who) == ()
        with pytest.raises(NotFound):
            examples.example(store, who, id)
    with pytest.raises(NotFound):
        examples.example(store, MASHA, other)
    examples.unmark(store, ANNA, id, LATER)
    with pytest.raises(NotFound):
        examples.example(store, MASHA, id)


# --- the queue


def test_disputed_comes_first_then_doubtful_then_low_then_new(store: Store) -> None:
    high = graded(store, now=1.0, goal__outcome="met")
    old, new = graded(store, now=2.0), graded(store, now=3.0)
    doubtful = graded(store, now=1.5, goal__outcome="met", flagged=("concern.accepted",))
    disputed = graded(store, now=1.2, goal__outcome="met")
    disputes.dispute(store, PETYA, disputed, "closing.farewell", "Я прощался", 5.0)
    order = [disputed, doubtful, new, old, high]
    assert [one.call for one in queue.queue(store, ANNA, Filters()).calls] == order
    first = queue.queue(store, ANNA, Filters(), limit=2)
    assert first.more and first.total == 5
    rest = queue.queue(store, ANNA, Filters(), first.calls[-1].key, limit=9)
    assert [one.call for one in rest.calls] == order[2:] and not rest.more


def test_the_neighbours_of_a_place_stay_where_they_were_when_the_call_moves(store: Store) -> None:
    ids = [graded(store, now=float(n)) for n in (5, 4, 3)]
    disputes.dispute(store, PETYA, ids[2], "closing.farewell", "Я прощался", 9.0)
    page = queue.queue(store, ANNA, Filters()).calls
    assert [one.call for one in page] == [ids[2], ids[0], ids[1]]
    disputes.reject(store, ANNA, ids[2], "closing.farewell", "Нет", 10.0)
    reviews.check(store, ANNA, ids[2], 11.0)
    before, after = queue.neighbours(store, ANNA, Filters(), page[0].key, page[0].call)
    assert before is None and after is not None and after.call == ids[0]
    before, after = queue.neighbours(store, ANNA, Filters(), page[1].key, page[1].call)
    assert before is None and after is not None and after.call == ids[1]
    before, after = queue.neighbours(store, ANNA, Filters(), page[2].key, page[2].call)
    assert before is not None and before.call == ids[0] and after is None


def test_the_queue_stands_in_the_order_of_the_score_it_shows(store: Store) -> None:
    raised, low, middle = (graded(store, now=float(n)) for n in (3, 2, 1))
    correct(store, ANNA, middle, change("closing.farewell", "met"), Material(), LATER)
    for criterion in ("closing.farewell", "respect.equal_quality"):
        correct(store, ANNA, raised, change(criterion, "met"), Material(), LATER)
    page = queue.queue(store, ANNA, Filters()).calls
    assert [one.call for one in page] == [low, middle, raised]
    assert [one.score for one in page] == sorted(one.score or 0.0 for one in page)
    assert [one.corrections for one in page] == [0, 1, 2]


def test_a_call_has_its_number_in_the_queue_also_after_its_score_has_moved_it(store: Store) -> None:
    ids = [graded(store, now=float(n)) for n in (5, 4, 3)]
    page = queue.queue(store, ANNA, Filters()).calls
    assert [queue.number_of(store, ANNA, Filters(), one.key, one.call) for one in page] == [(1, 3), (2, 3), (3, 3)]
    correct(store, ANNA, ids[0], change("closing.farewell", "met"), Material(), LATER)
    assert queue.place_of(store, ids[0]) != page[0].key
    assert queue.number_of(store, ANNA, Filters(), page[0].key, ids[0]) == (1, 3)
    _, after = queue.neighbours(store, ANNA, Filters(), page[2].key, ids[2])
    assert after is not None and after.call == ids[0]
    _, after = queue.neighbours(store, ANNA, Filters(), page[0].key, ids[0])
    assert after is not None and after.call == ids[1]
    reviews.check(store, ANNA, ids[0], 11.0)
    assert queue.number_of(store, ANNA, Filters(), page[0].key, ids[0]) is None
    assert queue.number_of(store, ANNA, Filters(), page[1].key, ids[1]) == (1, 2)


def test_corrections_are_counted_also_when_they_leave_the_score_as_it_was(store: Store) -> None:
    id = graded(store, closing__farewell="met")
    correct(store, ANNA, id, change("closing.farewell", "missed"), Material(), LATER)
    correct(store, ANNA, id, change("respect.equal_quality", "met"), Material(), LATER)
    (one,) = queue.queue(store, ANNA, Filters()).calls
    assert one.score == one.machine_score and one.corrections == 2
    known = reviews.notes(store, id).corrections[0].id
    correct(store, ANNA, id, change("respect.equal_quality", "missed", known=known), Material(), LATER)
    (one,) = queue.queue(store, ANNA, Filters()).calls
    assert one.corrections == 1


FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "person": ({"person": MASHA.id}, "mashas"),
    "persona": ({"persona": "cold"}, "cold"),
    "criterion": ({"criterion": "concern.accepted", "person": PETYA.id, "persona": "tourist"}, "lost"),
    "outcome": ({"outcome": "maximum"}, "won"),
    "source": ({"source": "import"}, "import"),
    "since": ({"since": 10 * DAY}, "late"),
    "until": ({"until": 500.0}, "early"),
    "words in another form": ({"words": "ЁЛК"}, "said"),
    "two words": ({"words": "зелёная ЕЛК"}, "said"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_the_queue_is_narrowed(store: Store, name: str) -> None:
    good = {"goal__outcome": "partly", "concern__accepted": "met"}
    made = {
        "mashas": graded(store, MASHA.id, **good),
        "cold": graded(store, persona="cold", **good),
        "lost": graded(store, goal__outcome="partly", concern__accepted="partly"),
        "won": graded(store, goal__outcome="met", concern__accepted="met"),
        "import": graded(store, persona=None, **good),
        "late": graded(store, now=11 * DAY, **good),
        "early": graded(store, now=100.0, **good),
        "said": graded(store, lines=("Алло?", "Ёлочка зеленая; у нас и ёлки есть"), **good),
    }
    filters, wanted = FILTERS[name]
    found = queue.queue(store, ANNA, Filters(**filters))
    assert [one.call for one in found.calls] == [made[wanted]] and found.total == 1


@pytest.mark.parametrize("words", ['"', "нет-такого", "*", "a OR b", "NEAR(", "'; drop table calls; --", "…"])
def test_nothing_that_is_typed_into_the_search_breaks_it(store: Store, words: str) -> None:
    graded(store)
    assert queue.queue(store, ANNA, Filters(words=words)).calls == ()


def test_the_place_that_was_searched_for_is_shown(store: Store) -> None:
    graded(store)
    assert queue.queue(store, ANNA, Filters(words="еще посч")).calls[0].place == LINES[1]


def test_a_deleted_call_is_not_found_by_its_words(store: Store) -> None:
    id = graded(store)
    store.delete_call(id, PETYA.id)
    assert queue.queue(store, ANNA, Filters(words="дорого", state="all")).calls == ()
    with store.tx() as db:
        assert list(db.query("select * from spoken_fts where spoken_fts match 'дорого'")) == []


def test_a_call_that_changes_hands_is_seen_by_its_new_coach_alone(store: Store) -> None:
    id = graded(store)
    with store.tx(write=True) as db:
        db.execute("update calls set owner = ? where id = ?", (OTHER.id, id))
    assert queue.queue(store, ANNA, Filters()).calls == ()
    assert [one.call for one in queue.queue(store, STRANGER, Filters(criterion="closing.farewell")).calls] == [id]


def test_a_call_graded_before_there_were_reviews_is_in_the_queue_after_the_migration(tmp_path: Path) -> None:
    from trainer.tables import migrations

    store = Store(tmp_path / "old.db")
    with store._connection() as db:
        migrations.apply(db, stop_before="corrections_disputes_samples")
    fresh = team(tmp_path / "new.db")
    id = graded(fresh, PETYA.id, flagged=("concern.accepted",))
    rows = {}
    with fresh.tx() as db:
        for table in ("people", "calls", "turns", "reports"):
            rows[table] = list(db.query(f"select * from {table}"))
    with store.tx(write=True) as db:
        db.execute("delete from people")
        db.execute("insert into teams (id, name) values (1, 'Север'), (2, 'Юг')")
        for table, ones in rows.items():
            known = {column.name for column in db.table(table).columns} - {"fold"}
            db.table(table).insert_all([{k: v for k, v in one.items() if k in known} for one in ones])
    store.migrate()
    found = queue.queue(store, ANNA, Filters(words="дорого", criterion="concern.accepted"))
    assert [(one.call, one.flagged) for one in found.calls] == [(id, 1)]


def test_both_languages_have_the_same_texts() -> None:
    def keys(texts: Any, before: str = "") -> set[str]:
        if not isinstance(texts, dict):
            return {before}
        return set().union(*(keys(value, f"{before}.{key}") for key, value in texts.items()))

    assert keys(room("ru", "reviews")) == keys(room("en", "reviews"))


def test_history_is_the_newest_first(store: Store) -> None:
    id = graded(store)
    correct(store, ANNA, id, change(), Material(), LATER)
    assert [one.at for one in corrections.history(store, id)] == [LATER]
