"""Six more clients: skill wins, clumsiness and pressure never do; every line of theirs may be spoken."""

import re
from collections import Counter
from random import Random
from statistics import median

import pytest

from tests.calls import ALL, SEEDS, client_lines, played
from trainer.language.text import detect
from trainer.persona import Persona
from trainer.practice import director, guard
from trainer.practice.actor import OF_A_CONCERN, Card, fill, pools
from trainer.practice.call import Call
from trainer.practice.mind import Act
from trainer.practice.patterns import level, lines, stems
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Event, Turn

# id: (what an expert reaches, direction, kind, purpose)
CLIENTS = {
    "car": ("maximum", "outbound", "hot", "care"),
    "returning": ("maximum", "inbound", "returning", "sale"),
    "referral": ("maximum", "inbound", "referral", "sale"),
    "repeat": ("maximum", "inbound", "repeat", "sale"),
    "warm": ("maximum", "outbound", "warm", "sale"),
    "hot": ("maximum", "outbound", "hot", "sale"),
}
CASES = [(id, language) for id in CLIENTS for language in LANGUAGES]
KINDS = ("expert", "clumsy", "pushy")


@pytest.mark.parametrize("id", CLIENTS)
def test_the_call_is_of_the_kind_it_is_named_for(id: str) -> None:
    call = ALL[id].call
    assert (call.direction, call.kind, call.purpose) == CLIENTS[id][1:]


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_skilled_seller_wins_nine_times_of_ten(id: str, language: Language) -> None:
    won = sum(played(id, "expert", language, seed).director_outcome == CLIENTS[id][0] for seed in SEEDS)
    assert won >= 9


@pytest.mark.parametrize(("id", "language"), CASES)
def test_the_skilled_seller_s_call_ends_with_the_client_s_goodbye(id: str, language: Language) -> None:
    for seed in SEEDS:
        call = played(id, "expert", language, seed)
        assert call.over and call.turns[-1] == Event(event="hang_up", by="client")


@pytest.mark.parametrize("kind", ["clumsy", "pushy"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_clumsy_or_pushy_seller_never_wins(id: str, language: Language, kind: str) -> None:
    assert all(played(id, kind, language, seed).director_outcome == "none" for seed in SEEDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("id", "language"), CASES)
def test_the_client_never_says_the_same_twice_nor_in_another_language(id: str, language: Language, kind: str) -> None:
    for seed in SEEDS:
        said = client_lines(played(id, kind, language, seed))
        assert [line for line, count in Counter(said).items() if count > 1] == []
        assert all(detect(line) == language for line in said if any(char.isalpha() for char in line))


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_secret_is_never_told_before_it_is_unlocked(id: str, language: Language) -> None:
    persona = ALL[id]
    for kind in KINDS:
        for seed in SEEDS:
            call = played(id, kind, language, seed)
            for entry in call.trace:
                turn = entry["turn"] if isinstance(call.turns[entry["turn"]], Turn) else entry["turn"] - 1
                text = level(call.transcript.text_at(turn) or "")
                for fact in persona.facts:
                    if fact.hidden and fact.id not in entry["after"]["told"]:
                        assert not stems(text, fact.secret[language], language), (fact.id, text)
                for concern in entry["after"]["concerns"]:
                    if concern["status"] in ("hidden", "voiced"):
                        secret = persona.concern(concern["id"]).secret[language]
                        assert not stems(text, secret, language), (concern["id"], text)


@pytest.mark.parametrize(("id", "language"), CASES)
def test_lines_are_short_and_calls_begin_in_different_ways(id: str, language: Language) -> None:
    words = [len(one.split()) for seed in SEEDS for one in client_lines(played(id, "expert", language, seed))]
    assert median(words) <= 18
    assert len({client_lines(Call.start(ALL[id], language, seed=seed))[0] for seed in range(50)}) >= 6


def _acts(persona: Persona, language: Language) -> list[Act]:
    plain = dict.fromkeys([*lines(language), *(kind for kind in persona.voice if "." not in kind)])
    found = [Act(kind) for kind in plain if kind not in ("starts", "spare")]
    found += [Act(kind, topic) for kind, dot, topic in (one.partition(".") for one in persona.voice) if dot]
    found += [Act("fact", one.id) for one in persona.facts]
    return found + [Act(kind, one.id) for one in persona.concerns for kind in ("concern", *OF_A_CONCERN)]


@pytest.mark.parametrize(("id", "language"), CASES)
def test_every_line_of_the_bank_passes_the_guard(id: str, language: Language) -> None:
    persona = ALL[id]
    state = director.first_state(persona, 0, "real")
    slots = {"when": "потом" if language == "ru" else "later", "contact": "…", "name": persona.name[language]}
    bad = []
    for act in _acts(persona, language):
        told = state
        if act.kind in ("reason", "more", "settled") and act.topic:
            told = state.set(act.topic, status="clarified")
        if act.kind in ("agree_time", "agree_call"):
            for concern in persona.concerns:
                told = told.set(concern.id, status="resolved")
        card = Card(Act(act.kind, act.topic, slots), persona, language, told, (), "", Random(0))
        shared = {fill(line, card) for line in lines(language).get(act.kind, ())}
        for spoken in (fill(line, card) for pool in pools(act, persona, language, told) for line in pool):
            reasons = [one for one in guard.check(spoken, card) if spoken not in shared or one == "secret"]
            if reasons or re.search(r"[{}\[\]]", spoken):
                bad.append((act.kind, act.topic, spoken, reasons))
    assert not bad
