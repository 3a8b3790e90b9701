"""The log as a page: ids are named in the reader's language, and what people wrote stays text."""

from pathlib import Path
from typing import Any

import pytest

from tests.reviewed import ADMIN, ANNA, DAY, PETYA, graded, team
from tests.test_coach_pages import page, shown
from trainer.grading.rules import RulesJudge
from trainer.team import disputes, log
from trainer.team.corrections import Change, Material, correct
from trainer.texts import LANGUAGES, room
from trainer.web.handlers import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(team(tmp_path / "zvonok.db"), RulesJudge, now=lambda: 50 * DAY, pace=0.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_names_criteria_clients_and_calls_and_shows_no_id(desk: Desk, language: Any) -> None:
    id = graded(desk.store)
    disputes.dispute(desk.store, PETYA, id, "concern.accepted", "Я принял", DAY)
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", "Есть", "Добрый день"), Material(), DAY)
    log.note(desk.store, ANNA, "assigned", "Север: tourist", DAY)
    log.note(desk.store, ANNA, "saved_material", "rubric inbound_sale 3", DAY)
    log.note(desk.store, ANNA, "exported", "reports.xlsx", DAY)
    said = shown(page(desk, ADMIN, "?view=log", language)).split("</form>")[-1]
    criteria = {one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria}
    for name in (criteria["concern.accepted"], criteria["closing.farewell"], "XLSX", PETYA.name):
        assert name in said
    assert next(one for one in desk.rubrics() if one.id == "inbound_sale").name[language] in said
    assert desk.persona("tourist").name[language] in said
    for raw in (id, "concern.accepted", "closing.farewell", "inbound_sale", "tourist", "reports.xlsx"):
        assert raw not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_is_searched_by_the_name_of_a_criterion(desk: Desk, language: Any) -> None:
    id = graded(desk.store)
    disputes.dispute(desk.store, PETYA, id, "concern.accepted", "Я принял", DAY)
    log.note(desk.store, ANNA, "remarked", id, DAY)
    name = next(
        one.name[language] for rubric in desk.rubrics() for one in rubric.criteria if one.id == "concern.accepted"
    )
    deeds = room(language, "log")
    found = page(desk, ADMIN, f"?view=log&about={name[:12].upper()}", language).split("</form>")[-1]
    assert deeds["disputed"] in found and deeds["remarked"] not in found


def test_a_line_about_a_call_leads_to_its_review_and_one_that_is_gone_to_nothing(desk: Desk) -> None:
    kept, gone = graded(desk.store), graded(desk.store)
    for id in (kept, gone):
        log.note(desk.store, ANNA, "saw_call", id, DAY)
    desk.store.delete_call(gone, PETYA.id)
    found = page(desk, ADMIN, "?view=log")
    assert f"?review={kept}" in found and f"?review={gone}" not in found and gone in found


def test_what_is_no_id_stays_as_it_was_written_and_is_escaped(desk: Desk) -> None:
    log.note(desk.store, None, "sign_in_failed", "<b>tourist</b> · admin", DAY, login="x")
    log.note(desk.store, ANNA, "assigned", "<i>Север: tourist", DAY)
    found = page(desk, ADMIN, "?view=log")
    assert "&lt;b&gt;tourist&lt;/b&gt;" in found and "&lt;i&gt;Север" in found and "<i>Север" not in found
