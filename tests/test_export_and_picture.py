"""The team's table that is downloaded and the team's picture on the page say the same figures."""

import csv
import io
import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.reviewed import ADMIN, ANNA, DAY, MASHA, OTHER, PETYA, STRANGER, graded, team
from tests.test_coach_pages import page, shown
from trainer.grading.rules import RulesJudge
from trainer.store import Person, Store
from trainer.team import exports, picture
from trainer.team.corrections import Change, Material, correct
from trainer.team.exports import Wanted
from trainer.team.picture import Counts, Span
from trainer.texts import LANGUAGES
from trainer.web.coach.team import SPANS
from trainer.web.handlers import Desk

NOW = 100 * DAY
VERDICTS = ("met", "partly", "missed", "not_applicable")
CRITERIA = ("goal.outcome", "concern.accepted", "closing.farewell", "respect.equal_quality")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two teams with calls over three months; a coach has changed some of the verdicts."""
    made, chance = team(tmp_path / "zvonok.db"), Random(3)
    for one, calls in ((PETYA, 31), (MASHA, 4), (OTHER, 9), (ANNA, 6)):
        for number in range(calls):
            said = {id.replace(".", "__"): chance.choice(VERDICTS) for id in CRITERIA}
            id = graded(made, one.id, (99 - 3 * number) * DAY + 1, **said)
            if number % 3 == 0 and one is not OTHER:
                correct(made, ADMIN, id, Change("closing.farewell", "met", "Есть", "Добрый день"), Material(), NOW)
    return made


def read(store: Store, who: Person, form: str, wanted: Wanted, language: Any = "en") -> list[list[Any]]:
    """A downloaded table as another program reads it, figures as numbers."""
    text = "".join(exports.chunks(store, who, "team", form, wanted, language))  # type: ignore[arg-type]
    if form == "json":
        found: list[list[Any]] = json.loads(text)
        return found
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return [[float(cell) if re.fullmatch(r"[\d.]+", cell) else cell or None for cell in line] for line in lines]


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("who", [ANNA, STRANGER, ADMIN])
@pytest.mark.parametrize("weeks", list(SPANS))
def test_every_cell_of_the_table_is_the_cell_of_the_heat_map(store: Store, who: Person, weeks: str, form: str) -> None:
    people = picture.members(store, who)
    names = exports.criterion_names(store, who, "en")
    heat = picture.heat_map(store, people, list(names), SPANS[weeks], NOW)
    head, *rows = read(store, who, form, Wanted(shown=SPANS[weeks], now=NOW))
    assert [row[0] for row in rows] == [one.name for one in people]
    assert head[4::2] == [names[id] for id in heat.criteria]
    for one, row in zip(people, rows, strict=True):
        cells = [heat.cells.get((one.id, id), Counts()) for id in heat.criteria]
        assert row[4:] == [figure for cell in cells for figure in (cell.share, cell.n)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_figures_of_the_table_beside_it(store: Store, language: Any) -> None:
    desk = Desk(store, RulesJudge, now=lambda: NOW, pace=0.0)
    made = page(desk, ANNA, "?view=team", language)
    assert f"/coach/export/team.xlsx?lang={language}&amp;weeks=&amp;team=" in made
    table = re.search(r'<div class="heat".*?</table>', made, re.S)
    assert table
    _, *rows = read(store, ANNA, "json", Wanted(shown=SPANS[""], now=NOW), language)
    for number, line in enumerate(re.findall(r"<tr><th scope=\"row\">.*?</tr>", table[0], re.S)):
        cells = [shown(cell) for cell in re.findall(r"<td.*?</td>", line, re.S)][-len(rows) :]
        found = [next(iter(re.findall(r"\d+", cell)), None) for cell in cells]
        pairs = [row[4 + 2 * number : 6 + 2 * number] for row in rows]
        assert found == [str(share if share is not None else n) if n else None for share, n in pairs]


def test_calls_and_mean_score_are_of_the_same_calls_as_the_cells(store: Store) -> None:
    for span, first in ((Span(), 99 - 3 * 19), (Span(None, 4), 99 - 3 * 8), (Span(None), 0)):
        [row] = [r for r in read(store, ANNA, "json", Wanted(shown=span, now=NOW)) if r[0] == PETYA.name]
        own = [one for one in store.list_calls(PETYA.id) if one.started >= first * DAY]
        assert row[2] == len(own)
        assert row[3] == round(sum(one.score or 0 for one in own) / len(own), 1)


def test_days_limit_the_table_to_the_calls_between_them(store: Store) -> None:
    wanted = Wanted(since=81 * DAY, until=96 * DAY)
    [row] = [r for r in read(store, ANNA, "json", wanted) if r[0] == PETYA.name]
    assert row[2] == 5 and max(row[5::2]) <= 5


def test_a_table_is_of_one_team_or_one_person_where_asked(store: Store) -> None:
    def names(who: Person, wanted: Wanted) -> list[str]:
        return [row[0] for row in read(store, who, "json", wanted)[1:]]

    assert names(ADMIN, Wanted(team=2)) == [OTHER.name]
    assert names(ADMIN, Wanted(person=MASHA.id)) == [MASHA.name]
    assert names(ANNA, Wanted(person=OTHER.id)) == names(ANNA, Wanted(team=2)) == []
