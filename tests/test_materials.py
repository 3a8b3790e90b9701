"""Own rubrics, personas and companies: versions, who may change them, what a broken one can do (nothing)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trainer import definitions, drafts
from trainer.drafts import Draft
from trainer.errors import InputError, NotFound, TrainerError
from trainer.grading.rules import RulesJudge
from trainer.store import Person, Store
from trainer.team import materials, previews
from trainer.team.materials import MaterialError
from trainer.team.rights import Forbidden
from trainer.web import downloads, handlers, views
from trainer.web.handlers import Desk

NOW = 1_000_000.0
SOLO = Person(1, "solo", "solo", "ru")
ANNA = Person(10, "Анна", "coach", "ru", "anna", 1)
BORIS = Person(11, "Борис", "coach", "ru", "boris", 2)
LOST = Person(12, "Вера", "coach", "ru", "vera", None)
TRAINEE = Person(13, "Глеб", "trainee", "ru", "gleb", 1)
ADMIN = Person(14, "Дина", "admin", "ru", "dina", None)
RUBRIC = drafts.shipped_text("rubric", "inbound_sale")
PERSONA = drafts.shipped_text("persona", "tourist")
OKNA = drafts.shipped_text("company", "okna")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    with made.tx(write=True) as db:
        db.execute("insert into teams (id, name) values (1, 'Север'), (2, 'Юг')")
        for one in (ANNA, BORIS, LOST, TRAINEE, ADMIN):
            db.execute(
                "insert into people (id, name, role, language, login, team) values (?, ?, ?, ?, ?, ?)",
                (one.id, one.name, one.role, one.language, one.login, one.team),
            )
    return made


def heavier(text: str = RUBRIC, weight: int = 9) -> Draft:
    """The rubric with another weight of its first criterion."""
    return Draft("rubric", text.replace("goal.outcome, weight: 4", f"goal.outcome, weight: {weight}"))


def weight(store: Store, team: int | None) -> float:
    rubrics = {one.id: one for one in materials.shelf(store, team).rubrics}
    return rubrics["inbound_sale"].criteria[0].weight


def test_a_saved_rubric_takes_the_place_of_the_shipped_one_for_its_team_alone(store: Store) -> None:
    assert materials.save(store, ANNA, heavier(), 1, "важнее исход", NOW, None)[1] == 1
    assert (weight(store, 1), weight(store, 2), weight(store, None)) == (9.0, 4.0, 4.0)


def test_what_an_admin_saves_is_everybodys_until_a_team_has_its_own(store: Store) -> None:
    materials.save(store, ADMIN, heavier(weight=7), None, "", NOW, None)
    materials.save(store, ANNA, heavier(weight=9), 1, "", NOW, None)
    assert (weight(store, 1), weight(store, 2), weight(store, None)) == (9.0, 7.0, 7.0)


def test_every_save_is_a_version_and_an_old_one_comes_back_as_a_new_one(store: Store) -> None:
    id, _ = materials.save(store, ANNA, heavier(weight=8), 1, "первая", NOW, None)
    materials.save(store, ANNA, heavier(weight=9), 1, "вторая", NOW + 1, 1)
    assert materials.bring_back(store, ANNA, id, 1, "как было", NOW + 2) == 3
    found = materials.material(store, ANNA, id)
    assert [(one.number, one.note, one.saved, one.by) for one in found.versions] == [
        (3, "как было", NOW + 2, "Анна"), (2, "вторая", NOW + 1, "Анна"), (1, "первая", NOW, "Анна"),
    ]  # fmt: skip
    assert weight(store, 1) == 8.0
    materials.withdraw(store, ANNA, id, NOW)
    assert weight(store, 1) == 4.0
    assert len(materials.material(store, ANNA, id).versions) == 3


def test_two_who_write_at_once_do_not_overwrite_each_other(store: Store) -> None:
    materials.save(store, ANNA, heavier(weight=8), 1, "", NOW, None)
    for base in (None, 0, 2):
        with pytest.raises(MaterialError) as caught:
            materials.save(store, ANNA, heavier(weight=9), 1, "", NOW, base)
        assert "версию 1" in caught.value.text("ru")
    assert weight(store, 1) == 8.0


BROKEN = {
    "no yaml": ("criteria: [", 1, ""),
    "a weight below zero": (RUBRIC.replace("weight: 4", "weight: -4"), 5, "criteria.0.weight"),
    "an unknown key": (RUBRIC.replace("weight: 4", "wieght: 4"), 5, "criteria.0.wieght"),
    "an unknown criterion": (RUBRIC.replace("id: goal.outcome", "id: goal.outcom"), 5, "criteria.0.id"),
    "a list": ("- a\n", 1, None),
    "a bomb of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 2, None),
    "too long": (RUBRIC + "#" * drafts.MOST_LETTERS, None, None),
    "narrow general": (
        "id: general\nname: {ru: а, en: a}\nfits: {purpose: sale}\ncriteria: [goal.outcome]\n",
        3,
        "fits",
    ),
}


@pytest.mark.parametrize("text, line, key", BROKEN.values(), ids=BROKEN)
def test_a_broken_text_never_becomes_a_version(store: Store, text: str, line: int | None, key: str | None) -> None:
    draft = Draft("rubric", text)
    found = drafts.mistakes(draft, materials.companies(store, 1))
    assert found and (found[0].line, found[0].key or "") == (line, key or "")
    with pytest.raises(InputError):
        materials.save(store, ANNA, draft, 1, "", NOW, None)
    assert materials.shelf(store, 1).rubrics == definitions.rubrics()
    assert all(one.shipped for one in materials.listing(store, ANNA))


@pytest.mark.parametrize("kind", materials.KINDS)
def test_the_mistakes_are_those_of_the_check_command(kind: Any, tmp_path: Path) -> None:
    name = {"rubric": "care", "persona": "tourist", "company": "okna"}[kind]
    text = drafts.shipped_text(kind, name).replace("name:", "nmae:", 1)
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    found = drafts.mistakes(Draft(kind, text, str(path)), definitions.load_company)
    assert [str(one) for one in found] == [str(one) for one in definitions.check(path)]
    assert found


@pytest.mark.parametrize("name", ["/etc/passwd.yaml", "../okna", "companies/okna.yaml", "okna.yaml"])
def test_a_company_named_by_a_path_opens_no_file(store: Store, name: str) -> None:
    draft = Draft("persona", PERSONA.replace("company: okna", f'company: "{name}"'))
    found = drafts.mistakes(draft, materials.companies(store, 1))
    assert [one.message for one in found] == ["no_company"]


def test_all_shipped_definitions_can_be_started_from(store: Store) -> None:
    known = materials.companies(store, None)
    for kind in materials.KINDS:
        for name in drafts.shipped_names(kind):
            assert not drafts.mistakes(Draft(kind, drafts.shipped_text(kind, name)), known), name


def test_a_changed_company_reaches_the_clients_who_call_it(store: Store) -> None:
    changed = OKNA.replace("Лесная, 8", "Новая, 77")
    materials.save(store, ANNA, Draft("company", changed), 1, "", NOW, None)
    shelf = materials.shelf(store, 1)
    tourist = next(one for one in shelf.personas if one.id == "tourist")
    assert "Новая, 77" in tourist.brief.ru
    assert shelf.persona_versions["tourist"] == (None, 1)
    other = next(one for one in materials.shelf(store, 2).personas if one.id == "tourist")
    assert "Лесная, 8" in other.brief.ru


RIGHTS = [
    (SOLO, None, None), (SOLO, 1, None), (ADMIN, None, None), (ADMIN, 2, None), (ANNA, 1, None),
    (ANNA, 2, Forbidden), (ANNA, None, Forbidden), (BORIS, 1, Forbidden), (LOST, None, MaterialError),
    (TRAINEE, 1, Forbidden),
]  # fmt: skip


@pytest.mark.parametrize("who, team, refused", RIGHTS)
def test_coaches_change_their_teams_materials_and_admins_all(
    store: Store, who: Person, team: int | None, refused: type[TrainerError] | None
) -> None:
    if refused is None:
        id, _ = materials.save(store, who, heavier(), team, "", NOW, None)
        assert materials.material(store, who, id).team == team
        return
    with pytest.raises(refused):
        materials.save(store, who, heavier(), team, "", NOW, None)
    id, _ = materials.save(store, ADMIN, heavier(), team, "", NOW, None)
    with pytest.raises((Forbidden, NotFound)):
        materials.withdraw(store, who, id, NOW)


def test_another_teams_material_is_not_found_like_one_that_does_not_exist(store: Store) -> None:
    id, _ = materials.save(store, ANNA, heavier(), 1, "", NOW, None)
    errors = []
    for wanted in (id, 999):
        with pytest.raises(NotFound) as caught:
            materials.material(store, BORIS, wanted)
        errors.append(caught.value.message)
    assert errors[0] == errors[1]
    assert not [one for one in materials.listing(store, BORIS) if one.id]
    assert [one.id for one in materials.listing(store, ANNA) if one.id] == [id]


def test_a_difference_shows_what_went_and_what_came() -> None:
    found = materials.difference(RUBRIC, heavier().text)
    assert ("-", "  - {id: goal.outcome, weight: 4}") in found
    assert ("+", "  - {id: goal.outcome, weight: 9}") in found
    assert materials.difference(RUBRIC, RUBRIC) == ()


def test_a_persona_of_ones_own_stands_beside_the_shipped_ones(store: Store) -> None:
    text = PERSONA.replace("id: tourist", "id: our_tourist").replace("Олег Петрович", "<script>alert(1)</script>")
    materials.save(store, ANNA, Draft("persona", text), 1, "", NOW, None)
    shelf = materials.shelf(store, 1)
    assert {one.id for one in shelf.personas} == {one.id for one in definitions.personas()} | {"our_tourist"}
    assert materials.persona_at(store, "our_tourist", 1, None).name.ru == "<script>alert(1)</script>"
    assert materials.persona_at(store, "tourist", None, None) == next(
        one for one in definitions.personas() if one.id == "tourist"
    )


def test_who_saved_is_forgotten_with_him_and_the_version_stays(store: Store) -> None:
    id, _ = materials.save(store, ANNA, heavier(), 1, "", NOW, None)
    with store.tx(write=True) as db:
        db.execute("delete from people where id = ?", (ANNA.id,))
    found = materials.material(store, replace(ANNA, id=99), id)
    assert found.versions[0].by is None


def test_a_call_in_progress_keeps_the_client_it_was_started_with(store: Store) -> None:
    ours = PERSONA.replace("Олег Петрович", "Олег Первый")
    desk = Desk(store, RulesJudge, now=lambda: NOW)
    before = handlers.start(desk.for_team(ANNA), ANNA.id, "tourist", "ru", "real")
    id, _ = materials.save(store, ANNA, Draft("persona", ours), 1, "", NOW, None)
    first = handlers.start(desk.for_team(ANNA), ANNA.id, "tourist", "ru", "real")
    second = PERSONA.replace("Олег Петрович", "Олег Второй")
    materials.save(store, ANNA, Draft("persona", second), 1, "", NOW, 1)
    materials.save(store, ANNA, Draft("company", OKNA.replace("Лесная, 8", "Новая, 77")), 1, "", NOW, None)
    last = handlers.start(desk.for_team(ANNA), ANNA.id, "tourist", "ru", "real")
    materials.withdraw(store, ANNA, id, NOW)
    clients = [handlers.open_line(desk.for_team(ANNA), ANNA.id, one).persona for one in (before, first, last)]
    assert [one.name.ru for one in clients] == ["Олег Петрович", "Олег Первый", "Олег Второй"]
    assert ["Новая, 77" in one.brief.ru for one in clients] == [False, False, True]
    assert handlers.say(desk.for_team(ANNA), ANNA.id, first, "Добрый день, Марина, чем помочь?").reply


def test_a_report_names_the_version_of_the_rubric_that_graded_it(store: Store) -> None:
    desk = Desk(store, RulesJudge, now=lambda: NOW)
    materials.save(store, ANNA, heavier(weight=8), 1, "", NOW, None)
    ids = []
    for base in (1, None):
        id = handlers.start(desk.for_team(ANNA), ANNA.id, "tourist", "ru", "real")
        handlers.say(desk.for_team(ANNA), ANNA.id, id, "Добрый день! Что хотели бы узнать?")
        handlers.hang_up(desk.for_team(ANNA), ANNA.id, id)
        handlers.review(desk.for_team(ANNA), ANNA.id, id)
        ids.append(id)
        if base:
            materials.save(store, ANNA, heavier(weight=9), 1, "", NOW, base)
    found = [handlers.review(desk.for_team(ANNA), ANNA.id, id) for id in ids]
    assert [one.version for one in found] == [1, 2]
    assert [one.rubric.criteria[0].weight for one in found if one.rubric] == [8.0, 9.0]
    name, _, text = downloads.download(desk.for_team(ANNA), ANNA.id, ids[0], "report.md")
    assert name.endswith(".md") and "версия 1" in text
    assert "версия 2" in downloads.download(desk.for_team(ANNA), ANNA.id, ids[1], "report.html")[2]
    assert "версия 2" in views.report_page(found[1], NOW, "ru")
    assert all(one.report and set(one.report.model_dump(mode="json")) <= REPORT for one in found)


REPORT = {
    "format", "transcript", "language", "rubric", "judge", "score", "outcome", "complete", "criteria", "concerns",
    "feedback",
}  # fmt: skip


def graded_calls(store: Store, owner: int, count: int) -> list[str]:
    """Finished calls of one person, each of two lines."""
    desk = Desk(store, RulesJudge, now=lambda: NOW)
    ids = []
    for _ in range(count):
        id = handlers.start(desk, owner, "tourist", "ru", "real")
        handlers.say(desk, owner, id, "Добрый день! Приезжайте завтра в 15:00, покажу образцы.")
        handlers.hang_up(desk, owner, id)
        handlers.review(desk, owner, id)
        ids.append(id)
    return ids


def test_the_preview_grades_ten_past_calls_of_the_team_and_says_what_changes(store: Store) -> None:
    mine = graded_calls(store, TRAINEE.id, 11)
    graded_calls(store, BORIS.id, 1)
    same = previews.regrade(store, ANNA, Draft("rubric", RUBRIC), 1, RulesJudge())
    assert len(same) == 10 and {one.id for one in same} < set(mine)
    assert not any(one.differs for one in same)
    without = "\n".join(line for line in RUBRIC.splitlines() if "asked_appointment" not in line)
    changed = previews.regrade(store, ANNA, heavier(without, 40), 1, RulesJudge())
    assert all(one.differs and one.after != one.before for one in changed)
    ids = {change.id: change for change in changed[0].changes}
    assert set(ids) == {"goal.outcome", "goal.asked_appointment"}
    assert (
        ids["goal.asked_appointment"].after is None
        and ids["goal.outcome"].verdicts[0] == ids["goal.outcome"].verdicts[1]
    )
    assert weight(store, 1) == 4.0


def test_the_score_of_the_preview_is_the_score_after_saving(store: Store) -> None:
    talk = "Менеджер: Добрый день! Приезжайте завтра в 15:00.\nКлиент: Нет, дорого.\nМенеджер: Понимаю. До свидания."
    desk = Desk(store, RulesJudge, now=lambda: NOW)
    handlers.import_text(desk, TRAINEE.id, talk, "-", None, "inbound_sale")
    found = previews.regrade(store, ANNA, heavier(weight=40), 1, RulesJudge())[0]
    materials.save(store, ANNA, heavier(weight=40), 1, "", NOW, None)
    done = handlers.import_text(desk.for_team(TRAINEE), TRAINEE.id, talk, "-", None, "inbound_sale")
    report = handlers.review(desk.for_team(TRAINEE), TRAINEE.id, done.calls[0]).report
    assert report and report.score == found.after != found.before


def test_a_draft_persona_can_be_talked_to_before_it_is_saved(store: Store) -> None:
    draft = Draft("persona", PERSONA.replace("id: tourist", "id: ours"))
    lines = ("Добрый день, салон окон, Марина.", "Что для вас важно в окнах?")
    played = previews.play(store, ANNA, draft, 1, lines, "ru")
    assert [turn.role for turn in played.turns][:4] == ["client", "seller", "client", "seller"]
    assert played == previews.play(store, ANNA, draft, 1, lines, "ru")
    with pytest.raises(InputError):
        previews.play(store, ANNA, Draft("persona", "id: 1"), 1, lines, "ru")
    with pytest.raises(Forbidden):
        previews.play(store, TRAINEE, draft, 1, lines, "ru")


def test_a_company_shows_who_calls_it(store: Store) -> None:
    made, callers = previews.company(store, ANNA, Draft("company", OKNA), 1)
    assert made.id == "okna" and "tourist" in {one.id for one in callers}
