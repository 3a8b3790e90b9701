"""Personas and rubrics: what is shipped is whole and bilingual; a mistake names file, line, key and the right word."""

import json
import re
from pathlib import Path

import pytest

from trainer import definitions
from trainer.errors import InputError, NotFound
from trainer.rubric import choose
from trainer.transcript import CallInfo

CONTRACT = [
    "goal.outcome",
    "goal.asked_appointment",
    "goal.fallback_contacts",
    "concern.accepted",
    "concern.clarified",
    "concern.resolved",
    "choice.supported",
    "respect.equal_quality",
    "care.reminded_of_self",
    "care.asked_how_it_went",
    "care.asked_own_impression",
    "care.asked_others_impression",
    "care.offered_support",
    "care.next_call_agreed",
    "care.farewell",
    "care.no_convenience_question",
    "care.no_referral_request",
    "closing.no_rush",
    "closing.further_help",
    "closing.farewell",
    "closing.client_hung_up_first",
    "plan.call_kind",
    "plan.goals",
    "attention.kept",
]


def test_the_catalogue_has_every_criterion_in_both_languages():
    assert sorted(definitions.criteria()) == sorted(CONTRACT)
    for one in definitions.criteria().values():
        for field in ("name", "question", "tip"):
            assert re.search("[а-яё]", one[field]["ru"]), one["id"]
            assert not re.search("[а-яё]", one[field]["en"]), one["id"]
        assert all(re.fullmatch("[TGCWA][1-9][0-2]?", rule) for rule in one["rules"])


@pytest.mark.parametrize(
    ("facts", "rubric"),
    [
        ({"purpose": "sale", "direction": "inbound"}, "inbound_sale"),
        ({"purpose": "sale", "kind": "cold"}, "outbound_sale"),
        ({"purpose": "service", "direction": "outbound"}, "service"),
        ({"purpose": "phone_deal"}, "phone_deal"),
        ({"purpose": "care", "kind": "hot"}, "care"),
        ({}, "general"),
        ({"purpose": "sale"}, "general"),
    ],
)
def test_the_rubric_that_fits_is_chosen_from_the_facts(facts, rubric):
    assert choose(definitions.rubrics(), CallInfo(**facts)).id == rubric


def test_every_shipped_file_is_good():
    for folder in ("personas", "rubrics"):
        for path in definitions.shipped(folder).glob("*.yaml"):
            assert definitions.check(path) == []


def test_the_schemas_beside_the_files_are_the_models_own():
    root = definitions.shipped("personas").parent
    for name, schema in definitions.schemas().items():
        assert (root / name).read_text(encoding="utf-8") == schema, f"{name} is stale: make schemas"
        json.loads(schema)


RUBRIC = (
    "id: mine\nname: {ru: моя, en: mine}\nfits: {purpose: sale}\ncriteria:\n  - {id: concern.clarified, weight: 3}\n"
)


def test_a_rubric_of_ones_own_takes_texts_from_the_catalogue(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    rubric = definitions.load_rubric(str(path))
    assert rubric.criteria[0].weight == 3
    assert rubric.criteria[0].rules == ("C10",)


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("clarified", "clarifed", ':5: criteria.0.id: unknown criterion "concern.clarifed"; did you mean'),
        ("purpose: sale", "purpose: sail", ':3: fits.purpose: unknown purpose "sail"; did you mean "sale"?'),
        ("weight: 3", "wieght: 3", ':5: criteria.0.wieght: unknown key "wieght"; did you mean "weight"?'),
        ("weight: 3", "weight: 0", ":5: criteria.0.weight: Input should be greater than 0"),
        ("id: mine\n", "", ":1: id: missing; add id: ..."),
        ("fits: {", "fits: {{", ":4: broken YAML"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_and_key(tmp_path, wrong, right, message):
    path = tmp_path / "mine.yaml"
    path.write_text(RUBRIC.replace(wrong, right), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        definitions.load_rubric(str(path))
    assert str(caught.value).startswith(f"{path}{message}")
    assert str(definitions.check(path)[0]) == str(caught.value)


def test_an_unknown_name_is_answered_with_the_closest():
    with pytest.raises(NotFound) as caught:
        definitions.load_rubric("inbound_sail")
    assert "inbound_sale" in str(caught.value)
    assert "inbound_sale" in caught.value.text("ru")


def test_a_file_nested_without_end_is_refused_and_crashes_nothing(tmp_path: Path) -> None:
    for text in ("[" * 100_000, "- " * 100_000, "a: " + "{b: " * 100_000):
        file = tmp_path / "deep.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            definitions.read_yaml(file)


def test_a_file_of_both_depths_is_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    deep = "[" * (definitions.DEEPEST + 1) + "1" + "]" * (definitions.DEEPEST + 1)
    file.write_text(f"a: {{b: [1, two, 'три']}}\nc:\n  - d: yes\n    e: 2026-01-02\ndeep: {deep}\n", encoding="utf-8")
    slow, slow_lines = definitions.read_yaml(file)
    file.write_text(file.read_text(encoding="utf-8").replace(deep, "1"), encoding="utf-8")
    fast, fast_lines = definitions.read_yaml(file)
    assert {**slow, "deep": 1} == fast
    assert fast_lines == {place: line for place, line in slow_lines.items() if len(place) < 2 or place[0] != "deep"}
