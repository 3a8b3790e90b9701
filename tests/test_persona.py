"""Personas: the three shipped ones are whole, bilingual, and speak lines that pass the guard."""

import re
from random import Random

import pytest
from pydantic import ValidationError

from trainer.definitions import personas
from trainer.persona import Persona
from trainer.practice import director, guard
from trainer.practice.actor import Card, fill, pools
from trainer.practice.mind import Act
from trainer.practice.patterns import lines
from trainer.texts import LANGUAGES, Language

ALL = {one.id: one for one in personas()}


def acts(persona: Persona, language: Language) -> list[Act]:
    shared = [kind for kind in lines(language) if kind not in ("starts", "spare")]
    facts = [("fact", one.id) for one in persona.facts]
    kinds = ("concern", "goes_on", "reason", "more", "insists", "wary", "settled")
    concerns = [(kind, one.id) for one in persona.concerns for kind in kinds]
    named = [kind.partition(".") for kind in dict.fromkeys([*shared, *persona.voice])]
    plain: list[tuple[str, str | None]] = [(kind, topic or None) for kind, _, topic in named]
    return [Act(kind, topic) for kind, topic in [*plain, *facts, *concerns]]


def test_the_three_clients_are_there() -> None:
    assert {"tourist", "critic", "cold"} <= set(ALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", ["tourist", "critic", "cold"])
def test_every_line_of_the_bank_passes_the_guard(id: str, language: Language) -> None:
    persona = ALL[id]
    state = director.first_state(persona, 0, "real")
    bad = []
    for act in acts(persona, language):
        told = state
        if act.kind in ("reason", "more", "insists", "wary", "settled", "goes_on") and act.topic:
            told = state.set(act.topic, status="voiced" if act.kind in ("insists", "wary") else "clarified")
        if act.kind in ("agree_time", "agree_call"):
            for concern in persona.concerns:
                told = told.set(concern.id, status="resolved")
        slots = {"when": "потом" if language == "ru" else "later", "contact": "…", "name": persona.name[language]}
        card = Card(Act(act.kind, act.topic, slots), persona, language, told, (), "", Random(0))
        for pool in pools(act, persona, language, told):
            for line in pool:
                spoken = fill(line, card)
                if reasons := guard.check(spoken, card):
                    bad.append((act.kind, act.topic, spoken, reasons))
                if re.search(r"[{}\[\]]", spoken):
                    bad.append((act.kind, act.topic, spoken, ("slot",)))
    assert not bad


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_act_a_rule_can_choose_has_words(language: Language) -> None:
    known = set(lines(language))
    for act in ("attack", "flood", "stall", "which_hour", "busy", "agree_call", "call_when", "leave_angry", "dodge"):
        assert len(lines(language)[act]) >= 3 and act in known


def test_both_languages_have_the_same_acts() -> None:
    assert set(lines("ru")) == set(lines("en"))


def test_a_gate_on_an_unknown_concern_is_a_mistake() -> None:
    data = ALL["cold"].model_dump()
    data["gates"]["agree_time"]["settled"] = ["nobody"]
    with pytest.raises(ValidationError, match="nobody"):
        Persona.model_validate(data)


def test_an_unknown_key_is_a_mistake() -> None:
    data = {**ALL["cold"].model_dump(), "mood": "bad"}
    with pytest.raises(ValidationError):
        Persona.model_validate(data)


@pytest.mark.parametrize("field", ["brief", "trains", "about"])
def test_the_brief_does_not_give_the_secret_away(field: str) -> None:
    for persona in ALL.values():
        for language in LANGUAGES:
            text = getattr(persona, field)[language].lower()
            for fact in persona.facts:
                assert not any(stem.rstrip("*") in text for stem in fact.secret[language] if " " not in stem), fact.id
