"""Companies: a persona refers to one, its facts fill the brief, another can take its place, mistakes have a place."""

from pathlib import Path

import pytest

from trainer.definitions import check, load_company, load_persona, shipped, start_persona
from trainer.errors import InputError, NotFound
from trainer.texts import LANGUAGES, Language

OWN = """id: mine
name: {ru: "«Светлые окна»", en: "Bright Panes"}
product: {ru: "окна", en: "windows"}
address: {ru: "Зелёная, 1", en: "1 Green Street"}
hours: {ru: "Всегда открыто.", en: "Always open."}
prices: {ru: "Окно — от 20 тысяч рублей.", en: "A window is from £400."}
"""


def test_a_persona_takes_name_subject_and_brief_from_its_company() -> None:
    persona = load_persona("tourist")
    assert persona.company is not None and persona.call.subject.ru == persona.company.product.ru
    assert persona.company.prices.ru in persona.brief.ru and "{" not in persona.brief.ru + persona.brief.en


def test_another_company_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN, encoding="utf-8")
    persona = load_persona("tourist", str(path))
    assert persona.call.company.en == "Bright Panes" and "Bright Panes" in persona.brief.en
    assert check(path) == []


def test_priorities_name_each_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN + "priorities: [internal, internal, calling_client]\n", encoding="utf-8")
    assert "priorities" in str(check(path)[0])


def test_an_unknown_company_is_named_with_its_place(tmp_path: Path) -> None:
    text = (shipped("personas") / "tourist.yaml").read_text(encoding="utf-8").replace("company: okna", "company: oknaa")
    path = tmp_path / "tourist.yaml"
    path.write_text(text, encoding="utf-8")
    mistake = check(path)[0]
    assert mistake.key == "call.company" and mistake.line and "oknaa" in str(mistake)
    with pytest.raises(NotFound):
        load_company("oknaa")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_persona_is_right_from_the_start_and_overwrites_nothing(tmp_path: Path, language: Language) -> None:
    path = start_persona("mine", tmp_path / "mine.yaml", language)
    assert check(path) == []
    with pytest.raises(InputError):
        start_persona("mine", path, language)
    with pytest.raises(InputError):
        start_persona("My Client", tmp_path / "other.yaml", language)
