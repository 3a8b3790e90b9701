"""Exports opened again and compared; what a person typed is no formula in them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.test_archive import new_call, report
from trainer.store import Person, Store
from trainer.team import exports
from trainer.team.exports import Wanted
from trainer.team.rights import Forbidden
from trainer.texts import LANGUAGES

NOW = 1_800_000_000.0
ANNA = Person(10, "Анна", "coach", "ru", "anna", 1)
GLEB = Person(11, "=cmd|' /C calc'!A0", "trainee", "ru", "gleb", 1)
VERA = Person(12, "Вера", "trainee", "ru", "vera", 2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    with made.tx(write=True) as db:
        db.execute("insert into teams (id, name) values (1, 'Север'), (2, 'Юг')")
        for one in (ANNA, GLEB, VERA):
            db.execute(
                "insert into people (id, name, role, language, login, team) values (?, ?, ?, ?, ?, ?)",
                (one.id, one.name, one.role, one.language, one.login, one.team),
            )
    for number in range(6):
        id = made.create_call(new_call(GLEB.id, "алло"), NOW + number)
        made.save_report(id, GLEB.id, {**report(50.5 + number), "transcript": id}, NOW + number)
    id = made.create_call(new_call(VERA.id, "алло"), NOW)
    made.save_report(id, VERA.id, report(10.0), NOW)
    return made


def opened(store: Store, what: Any, form: str, language: Any, tmp_path: Path) -> list[list[Any]]:
    """The export written, and read again by another program's eyes."""
    if form == "xlsx":
        path = tmp_path / "out.xlsx"
        exports.write_xlsx(exports.table(store, ANNA, what, Wanted(), language), path, "x")
        return [list(row) for row in load_workbook(path).active.iter_rows(values_only=True)]
    text = "".join(exports.chunks(store, ANNA, what, "csv", Wanted(), language))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";" if language == "ru" else ","))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_table_of_reports_opened_again_says_what_the_database_says(
    store: Store, tmp_path: Path, form: str, language: Any
) -> None:
    head, *rows = opened(store, "reports", form, language, tmp_path)
    heading = exports.heading(exports.criterion_names(store, ANNA, language).values(), language)
    assert head == heading
    assert len(rows) == 6
    score, call = heading.index(_score(language)), 13
    found = {row[call]: float(str(row[score]).replace(",", ".")) for row in rows}
    assert found == {one.id: one.score for one in store.list_calls(GLEB.id)}
    assert all(row[1] == "'=cmd|' /C calc'!A0" for row in rows)
    met = {"ru": "да", "en": "yes"}
    assert {row[14] for row in rows} <= {met[language], "выполнено", "met"}
    assert len(heading) == len(rows[0])


def _score(language: Any) -> str:
    return {"ru": "Оценка", "en": "Score"}[language]


def test_json_holds_whole_reports(store: Store) -> None:
    found = json.loads("".join(exports.chunks(store, ANNA, "reports", "json", Wanted(), "ru")))
    assert [one["report"]["score"] for one in found] == [55.5, 54.5, 53.5, 52.5, 51.5, 50.5]
    assert all(one["report"]["format"] == "call-report/1" and one["login"] == "gleb" for one in found)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_teams_figures_opened_again(store: Store, tmp_path: Path, form: str) -> None:
    head, *rows = opened(store, "team", form, "en", tmp_path)
    assert len(rows) == 1 and len(rows[0]) == len(head)
    assert [float(cell) for cell in rows[0][2:6]] == [6, 53, 100, 6]


def test_a_share_of_under_five_calls_is_no_figure(store: Store) -> None:
    with store.tx(write=True) as db:
        db.execute("delete from calls where owner = ? and started < ?", (GLEB.id, NOW + 2))
    rows = list(exports.team_table(store, ANNA, Wanted(), "ru"))
    assert rows[1][4:6] == [None, 4]


BAD = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\u00a0=1", '=HYPERLINK("http://x")', "=\x00cmd"]


@pytest.mark.parametrize("text", BAD)
def test_no_cell_is_a_formula(text: str, tmp_path: Path) -> None:
    assert str(exports.harmless(text)).startswith("'")
    path = tmp_path / "x.xlsx"
    exports.write_xlsx(iter([["h"], [text]]), path, "x")
    cell = load_workbook(path).active["A2"]
    assert cell.data_type == "s" and str(cell.value).startswith("'")
    line = "".join(exports.csv_lines(iter([[text]]), "en")).removeprefix("\ufeff")
    assert next(csv.reader(io.StringIO(line)))[0].startswith("'")


@pytest.mark.parametrize("value", ["Олег", "", 5, -5, 1.5, None, "а-б", "1=1"])
def test_what_is_no_formula_stays_as_it_is(value: Any) -> None:
    assert exports.harmless(value) == value


def test_exports_carry_only_what_the_coach_may_see(store: Store) -> None:
    text = "".join(exports.chunks(store, ANNA, "reports", "json", Wanted(), "ru"))
    assert "vera" not in text and "Вера" not in text
    assert json.loads("".join(exports.chunks(store, ANNA, "reports", "json", Wanted(person=VERA.id), "ru"))) == []
    with pytest.raises(Forbidden):
        list(exports.chunks(store, GLEB, "reports", "csv", Wanted(), "ru"))
    with pytest.raises(Forbidden):
        list(exports.table(store, GLEB, "team", Wanted(), "ru"))


def test_a_time_limits_the_export(store: Store) -> None:
    found = json.loads("".join(exports.chunks(store, ANNA, "reports", "json", Wanted(None, NOW + 2, NOW + 4), "ru")))
    assert [one["report"]["score"] for one in found] == [53.5, 52.5]
