"""Interruptions: they come when switched on, the client notices what is done, an answered call costs all trust."""

import json

import pytest

from tests.calls import ALL
from trainer.definitions import load_company
from trainer.persona import Persona
from trainer.practice.call import Call
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Action, Event

LINES = {
    "ru": ["Компания «Окна-Плюс», Марина, добрый день!", "Для какой комнаты окно?", "А со старым что не так?", "Ясно."],
    "en": ["ClearView Windows, Kate speaking!", "Which room is it for?", "What's wrong with the old one?", "I see."],
}
LEAVE = {"ru": "Простите, можно я отвечу, буквально минута?", "en": "Sorry, may I take this for a moment?"}


def until_interrupted(language: Language, seed: int = 1) -> Call:
    call = Call.start(ALL["tourist"], language, seed=seed, interrupts=True)
    for line in LINES[language] * 2:
        if call.pending is not None:
            break
        call.say(line)
    return call


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_breaks_in_when_it_is_switched_on_and_only_then(language: Language) -> None:
    assert until_interrupted(language).pending is not None
    quiet = Call.start(ALL["tourist"], language, seed=1)
    for line in LINES[language]:
        quiet.say(line)
    assert not any(isinstance(turn, Event) for turn in quiet.turns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_answering_costs_all_trust_and_he_says_so(language: Language) -> None:
    call = until_interrupted(language)
    fresh = call.act("answered")
    assert call.state.trust == 0 and call.state.irritation >= 1
    assert [turn.role for turn in fresh[:2]] == ["event", "client"]


@pytest.mark.parametrize("action", ["declined", "promised_callback", "ignored"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_staying_with_him_costs_nothing(language: Language, action: Action) -> None:
    call = until_interrupted(language)
    trust = call.state.trust
    call.act(action)
    assert call.state.trust >= trust and call.pending is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_leave_asked_for_softens_it_but_trust_is_gone(language: Language) -> None:
    rough, polite = until_interrupted(language), until_interrupted(language)
    rough.act("answered")
    polite.say(LEAVE[language])
    assert polite.pending is not None
    polite.act("answered")
    assert polite.state.trust == 0 and polite.state.irritation < rough.state.irritation


@pytest.mark.parametrize("language", LANGUAGES)
def test_going_on_with_the_talk_ignores_it(language: Language) -> None:
    call = until_interrupted(language)
    call.say(LINES[language][-1])
    assert Event(event="seller_action", action="ignored") in call.turns


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_saved_call_still_has_its_interruption_to_come(language: Language) -> None:
    call = until_interrupted(language)
    again = Call.load(json.loads(json.dumps(call.save())), ALL["tourist"])
    assert again.pending == call.pending and again.interrupts


def ordered(*priorities: str) -> Persona:
    """The first client, called on behalf of a company with its own order of attention."""
    company = load_company("okna").model_copy(update={"priorities": priorities})
    return ALL["tourist"].model_copy(update={"company": company})


def comes_back(persona: Persona, event: Event, action: Action) -> bool:
    """Whether the same one breaks in again when the seller has acted and said three lines more."""
    call = Call.start(persona, "ru", seed=3, interrupts=True)
    call.say(LINES["ru"][0])
    call.turns = (*call.turns, event)
    call.act(action)
    for line in LINES["ru"][1:]:
        if call.pending is not None:
            break
        call.say(line)
    return call.turns[-1] == event


VISITOR, BOSS = Event(event="visitor_arrives", who="walk_in"), Event(event="phone_rings", who="boss")


def test_a_visitor_who_was_ignored_comes_back_where_those_present_come_first() -> None:
    assert comes_back(ordered("present_client", "calling_client", "internal"), VISITOR, "ignored")
    assert not comes_back(ordered("calling_client", "present_client", "internal"), VISITOR, "ignored")


def test_a_visitor_who_got_a_word_or_a_promise_waits() -> None:
    for action in ("declined", "promised_callback"):
        assert not comes_back(ordered("present_client", "calling_client", "internal"), VISITOR, action)  # type: ignore[arg-type]


def test_the_boss_rings_again_only_where_the_company_puts_its_own_people_first() -> None:
    assert comes_back(ordered("internal", "present_client", "calling_client"), BOSS, "ignored")
    assert not comes_back(ordered("present_client", "calling_client", "internal"), BOSS, "ignored")
