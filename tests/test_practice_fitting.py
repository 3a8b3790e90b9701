"""Which line fits what was said: an answer before his other lines, with a vector shipped or made now."""

from random import Random

import numpy as np
import pytest

from tests.calls import ALL
from trainer.practice import fitting
from trainer.practice.actor import VARIETY, Bank, Card
from trainer.practice.call import Call
from trainer.practice.fitting import bare, fits
from trainer.practice.mind import Act
from trainer.practice.vectors import key
from trainer.texts import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_fits_its_own_question_better_than_the_other_facts(language: Language) -> None:
    right = []
    for persona in ALL.values():
        asked = [one for one in persona.facts if one.asked[language]]
        for fact in asked:
            fit = {one.id: fits(fact.asked[language][0], one.lines[language]).max() for one in asked}
            right.append(max(fit, key=fit.__getitem__) == fact.id)
    assert np.mean(right) > 0.7


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_the_lines_of_a_bank_the_fitting_one_is_said(language: Language) -> None:
    heard = {"ru": "А что муж на это сказал?", "en": "And what did your husband say to that?"}[language]
    call = Call.start(ALL["critic"], language, seed=0)
    said = set()
    for seed in range(20):
        card = Card(Act("more", "colour"), ALL["critic"], language, call.state, (), heard, Random(seed))
        said.add(Bank().voice(card))
    lines = ALL["critic"].concern("colour").more[language]
    fit = dict(zip(lines, fits(heard, lines), strict=True))
    near = {line for line in lines if fit[line] >= max(fit.values()) - VARIETY}
    assert said and said <= near < set(lines)


def test_every_line_of_the_shipped_clients_has_its_vector() -> None:
    shipped = fitting._shipped()
    missing = [
        line
        for persona in ALL.values()
        for language in LANGUAGES
        for one in (*persona.facts, *persona.small)
        for line in one.lines[language]
        if key(bare(line)) not in shipped
    ]
    assert not missing, f"{missing[:3]}: run python -m training.fitting"


def test_the_forms_of_a_line_are_one_line() -> None:
    assert bare("Я ж говорил[|а] <вам|тебе>.") == bare("Я ж говорил вам.")
    assert bare("{when}? Рано.") == bare("? Рано.")


@pytest.mark.parametrize("said", ["", "…", "?!", "а" * 3000, "\u200b", "🙂"])
def test_whatever_was_said_has_a_number_for_every_line(said: str) -> None:
    found = fits(said, ["Да.", "Нет."])
    assert found.shape == (2,) and np.isfinite(found).all() and (abs(found) <= 1.001).all()


def test_a_clients_own_line_is_ranked_without_a_shipped_vector() -> None:
    own = "Крыша у нас из шифера, зелёная, ей сорок лет."
    assert key(bare(own)) not in fitting._shipped()
    assert fits("Какая у вас крыша?", [own])[0] > fits("Во сколько вам позвонить?", [own])[0]
