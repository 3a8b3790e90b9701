"""A report handed out as a file says what its owner's page says: corrections, answers, remarks, hints taken."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.reviewed import ANNA, DAY, LINES, PETYA, graded, team
from trainer import trail
from trainer.grading.rules import RulesJudge
from trainer.report import Report
from trainer.store import NewCall, Store
from trainer.team import archive, disputes, reviews
from trainer.team.corrections import Change, Material, correct
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.trail import Hint
from trainer.web.downloads import dated, download
from trainer.web.handlers import Desk

NASTY = '<img src=x onerror="alert(1)"> | **x** [y](z)'
FILES = ("report.html", "report.md")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(team(tmp_path / "zvonok.db"), RulesJudge, now=lambda: 50 * DAY, pace=0.0)


def spoken(store: Store, language: Language) -> str:
    """A graded call whose report is in a language."""
    id = graded(store)
    with store.tx(write=True) as db:
        [row] = db.query("select id, report from reports where call = ?", (id,))
        made = json.dumps({**json.loads(row["report"]), "language": language})
        db.execute("update reports set report = ? where id = ?", (made, row["id"]))
    return id


def read(desk: Desk, id: str, form: str) -> str:
    """The file as it is read: without markup and escapes."""
    text = download(desk, PETYA.id, id, form)[2]
    if form == "report.md":
        return re.sub(r"\\(.)", r"\1", html.unescape(text.replace("<br>", " ")))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FILES)
def test_a_file_tells_the_coachs_verdict_beside_the_machines_why_who_and_when(
    desk: Desk, form: str, language: Any
) -> None:
    id = spoken(desk.store, language)
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", "Имя назвал", "Добрый день"), Material(), 3 * DAY)
    reviews.check(desk.store, ANNA, id, 4 * DAY)
    verdicts = room(language, "reviews")["review"]["verdicts"]
    words = phrase(
        language, "reviews.trainee.changed", name=ANNA.name, before=verdicts["missed"], after=verdicts["met"]
    )
    found = read(desk, id, form)
    assert f"{words} Имя назвал ({dated(3 * DAY, language)})" in found and "1970" in found
    checked = phrase(language, "reviews.trainee.checked", name=ANNA.name, when=dated(4 * DAY, language))
    assert checked in found


@pytest.mark.parametrize("form", FILES)
def test_a_file_has_the_newest_correction_the_dispute_its_answer_and_the_remarks(desk: Desk, form: str) -> None:
    id = spoken(desk.store, "ru")
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", "Первое", "Добрый день"), Material(), DAY)
    known = reviews.notes(desk.store, id).corrections[0].id
    newer = Change("closing.farewell", "partly", "Второе", "Добрый день", known=known)
    correct(desk.store, ANNA, id, newer, Material(), DAY)
    disputes.dispute(desk.store, PETYA, id, "concern.accepted", "Я принял", DAY)
    reviews.remark(desk.store, ANNA, id, 1, "Хорошее начало", DAY)
    found = read(desk, id, form)
    assert "Второе" in found and "Первое" not in found and "Я принял" in found
    assert room("ru", "reviews")["trainee"]["states"]["open"] in found
    assert f"#1 «{LINES[1]}» — Анна: Хорошее начало" in found
    disputes.reject(desk.store, ANNA, id, "concern.accepted", "Было «но»", DAY)
    assert "Ответ, Анна: Было «но»" in read(desk, id, form)


@pytest.mark.parametrize("form", FILES)
def test_a_file_of_a_call_that_nobody_touched_says_nothing_of_coaches_and_hints(desk: Desk, form: str) -> None:
    found = read(desk, spoken(desk.store, "ru"), form)
    texts = room("ru", "reviews")
    for words in (*texts["downloaded"].values(), texts["trainee"]["disputed"], texts["trainee"]["coach"], "было «"):
        assert words not in found


@pytest.mark.parametrize("form", FILES)
def test_a_removed_coach_is_named_in_no_file(desk: Desk, form: str) -> None:
    id = spoken(desk.store, "ru")
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", "Имя назвал", "Добрый день"), Material(), DAY)
    reviews.check(desk.store, ANNA, id, DAY)
    archive.forget(desk.store, "anna", 2 * DAY)
    found = read(desk, id, form)
    assert ANNA.name not in found and "Имя назвал" not in found
    assert phrase("ru", "reviews.review.reason_gone") in found and "Тренер: было «нет»" in found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FILES)
def test_the_hints_taken_stand_in_the_file(desk: Desk, form: str, language: Any) -> None:
    id = spoken(desk.store, language)
    trail.take_hint(desk.store, id, PETYA.id, Hint(2, "accept"), DAY)
    found, texts = read(desk, id, form), room(language, "trainee")["steps"]
    assert room(language, "reviews")["downloaded"]["hints"] in found
    assert f"#2 {texts['accept']['tell']}" in found and texts["clarify"]["tell"] not in found


def test_the_json_stays_a_report_as_other_programs_know_it(desk: Desk) -> None:
    id = spoken(desk.store, "ru")
    before = json.loads(download(desk, PETYA.id, id, "report.json")[2])
    trail.take_hint(desk.store, id, PETYA.id, Hint(2, "accept"), DAY)
    reviews.remark(desk.store, ANNA, id, 1, "Хорошее начало", DAY)
    after = json.loads(download(desk, PETYA.id, id, "report.json")[2])
    assert after == before and Report.model_validate(after).format == "call-report/1"


@pytest.mark.parametrize("form", FILES)
def test_what_people_wrote_is_text_in_a_file(desk: Desk, form: str) -> None:
    store = desk.store
    turns = [{"role": "client", "text": NASTY}, {"role": "seller", "text": f"Добрый день {NASTY}"}]
    transcript = {"format": "call-transcript/1", "language": "ru", "call": {}, "turns": turns}
    id = store.create_call(NewCall(PETYA.id, "ru", "import", NASTY, transcript), DAY)
    store.save_report(id, PETYA.id, store.load_report(graded(store), PETYA.id) or {}, DAY)
    with store.tx(write=True) as db:
        db.execute("update people set name = ? where id = ?", (NASTY, ANNA.id))
    correct(store, ANNA, id, Change("closing.farewell", "met", NASTY, "Добрый день"), Material(), DAY)
    disputes.dispute(store, PETYA, id, "concern.accepted", NASTY, DAY)
    reviews.remark(store, ANNA, id, 0, NASTY, DAY)
    text = download(desk, PETYA.id, id, form)[2]
    assert "<img" not in text and NASTY in read(desk, id, form)
    if form == "report.md":
        assert "**x**" not in text and "[y](" not in text
