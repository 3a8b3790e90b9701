"""A coach's data deleted: his words leave other people's calls and the bytes of the file; his verdicts stay unnamed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.reviewed import ADMIN, ANNA, BORIS, DAY, PETYA, graded, team
from tests.test_archive import in_bytes, new_call, report
from tests.test_coach_pages import page, sheet, shown
from trainer.cli import app
from trainer.grading.rules import RulesJudge
from trainer.store import Store
from trainer.team import archive, assignments, disputes, examples, log, reviews
from trainer.team.assignments import Order, Wanted
from trainer.team.corrections import Change, Material, correct
from trainer.team.days import end_of, last_day
from trainer.team.steps import Target
from trainer.texts import LANGUAGES, phrase
from trainer.web.handlers import Desk

WORD = "бармаглотовский"
LATIN = "jabberwockian"
NOW = 50 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Anna has written something of every kind on Petya's calls, Boris a word of his own."""
    made = team(tmp_path / "zvonok.db")
    said = f"Так {WORD} и {LATIN}"
    id = graded(made)
    correct(made, ANNA, id, Change("closing.farewell", "met", said, "Добрый день"), Material(), DAY)
    correct(made, BORIS, id, Change("concern.accepted", "partly", "Отчасти", "Добрый день"), Material(), DAY)
    disputes.dispute(made, PETYA, id, "respect.equal_quality", "Я не грубил", DAY)
    disputes.reject(made, ANNA, id, "respect.equal_quality", said, DAY)
    reviews.remark(made, ANNA, id, 1, said, DAY)
    reviews.remark(made, BORIS, id, 1, "Хорошо", DAY)
    reviews.ask_retry(made, ANNA, id, said, DAY)
    examples.mark(made, ANNA, id, said, DAY)
    due = end_of(last_day(NOW + DAY))
    order = Order("tourist", "real", Wanted(Target("score", score=50), due, note=said), PETYA.id)
    assignments.give(made, ANNA, order, DAY)
    for number in range(60):  # calls of her own, searched by their words: many segments of the index
        own = made.create_call(new_call(ANNA.id, f"алло {WORD} {number}", f"{LATIN} слушаю {number}"), NOW)
        made.save_report(own, ANNA.id, report(50.0), NOW)
    return made


def test_a_coachs_words_leave_the_calls_of_others_and_the_bytes_of_the_file(store: Store) -> None:
    assert in_bytes(store, WORD) and in_bytes(store, LATIN)
    gone = archive.forget(store, "anna", NOW)
    assert gone == archive.Forgotten(calls=60, texts=6, verdicts=1, older=())
    assert in_bytes(store, WORD) == in_bytes(store, LATIN) == []
    with store.tx() as db:
        everything = "\n".join(db.conn.iterdump())
        assert WORD not in everything and LATIN not in everything
        assert not list(db.query("select 1 from spoken_fts where spoken_fts match ?", (f'"{WORD}"*',)))
        assert list(db.query("select 1 from spoken_fts where spoken_fts match 'стоит'"))
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"


def test_a_removed_coachs_verdicts_stand_without_a_name(store: Store) -> None:
    [call] = store.list_calls(PETYA.id)
    before = store.load_report(call.id, PETYA.id)
    archive.forget(store, "anna", NOW)
    notes = reviews.notes(store, call.id)
    kept = {one.criterion: (one.verdict, one.quote, one.reason, one.name) for one in notes.corrections}
    assert kept == {
        "closing.farewell": ("met", "Добрый день", "", None),
        "concern.accepted": ("partly", "Добрый день", "Отчасти", BORIS.name),
    }
    found = notes.disputes["respect.equal_quality"]
    assert (found.state, found.reason, found.answer, found.name) == ("rejected", "Я не грубил", "", None)
    assert [one.text for one in notes.remarks] == ["Хорошо"]
    assert notes.retry and notes.retry.note == "" and notes.example and notes.example.note == ""
    assert store.load_report(call.id, PETYA.id) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_say_that_an_explanation_was_deleted_and_show_no_empty_quotes(store: Store, language: str) -> None:
    archive.forget(store, "anna", NOW)
    desk = Desk(store, RulesJudge, now=lambda: NOW, pace=0.0)
    [call] = store.list_calls(PETYA.id)
    gone = phrase(language, "reviews.review.reason_gone")  # type: ignore[arg-type]
    for text in (sheet(desk, call.id, language=language), page(desk, BORIS, f"?review={call.id}", language)):
        assert gone in shown(text) and ANNA.name not in shown(text)
        assert "«»" not in shown(text) and "“”" not in shown(text) and "None:" not in shown(text)


def test_only_lines_of_the_log_that_name_the_person_lose_what_they_were_about(store: Store) -> None:
    for about in ("anna", "anna · coach", "Анна: tourist", "anna.smith", "hannah", "anna-b · trainee", "Аннабель"):
        log.note(store, ADMIN, "user_moved", about, NOW)
    archive.forget(store, "anna", NOW)
    kept = {one.about for one in log.listed(store, ADMIN) if one.deed == "user_moved"}
    assert kept == {"", "anna.smith", "hannah", "anna-b · trainee", "Аннабель"}


def test_the_command_says_what_went_what_stays_and_which_copies_it_left_alone(store: Store, tmp_path: Path) -> None:
    archive.back_up(store.path, tmp_path / "copy.db")
    _, kept = archive.restore(tmp_path / "copy.db", store.path, NOW, force=True)
    done = CliRunner().invoke(app, ["forget", "anna", "--yes", "--database", str(store.path)])
    assert done.exit_code == 0 and kept
    lines = done.output.splitlines()
    assert "60" in lines[0] and "6" in lines[1] and "1" in lines[1]
    assert str(kept) in done.output and kept.exists()
