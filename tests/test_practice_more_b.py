"""Six more clients: skill reaches what can be reached, pressure nothing; every line is fit to be spoken."""

import re
from collections import Counter
from random import Random
from statistics import median

import pytest

from tests.calls import ALL, SEEDS, TRICKS, client_lines, play, played
from trainer.language.text import detect
from trainer.persona import Persona
from trainer.practice import director, guard
from trainer.practice.actor import OF_A_CONCERN, Card, fill
from trainer.practice.call import Call
from trainer.practice.mind import Act, State
from trainer.practice.patterns import level, stems
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Turn

REACHED = {
    "washer": "maximum",
    "price": "maximum",
    "waited": "maximum",
    "talker": "maximum",
    "terse": "maximum",
    "polite": "minimum",
}
CASES = [(id, language) for id in REACHED for language in LANGUAGES]


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_skilled_seller_reaches_what_can_be_reached(id: str, language: Language) -> None:
    outcomes = [played(id, "expert", language, seed).director_outcome for seed in SEEDS]
    assert outcomes.count(REACHED[id]) >= 9  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_one_who_never_buys_is_never_brought_to_a_time(language: Language) -> None:
    persona = ALL["polite"]
    assert persona.non_buyer and persona.gates.agree_time.never and persona.gates.next_call.never
    for seed in SEEDS:
        assert not played("polite", "expert", language, seed).state.agreed


@pytest.mark.parametrize("kind", ["clumsy", "pushy"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_clumsy_or_pushy_seller_gets_nothing(id: str, language: Language, kind: str) -> None:
    assert all(played(id, kind, language, seed).director_outcome == "none" for seed in SEEDS)


@pytest.mark.parametrize("trick", ["injection", "flattery", "begging", "stuffing", "demanding"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_tricks_win_nothing(id: str, language: Language, trick: str) -> None:
    for seed in SEEDS:
        call = play(id, language, TRICKS[language][trick] * 3, seed)
        assert call.director_outcome == "none" and not call.state.agreed and not call.state.contact


@pytest.mark.parametrize("kind", ["expert", "clumsy", "pushy"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_no_exact_repeats_no_other_language_no_early_secrets(id: str, language: Language, kind: str) -> None:
    persona = ALL[id]
    for seed in SEEDS:
        call = played(id, kind, language, seed)
        lines = client_lines(call)
        assert [line for line, count in Counter(lines).items() if count > 1] == []
        assert all(detect(line) == language for line in lines if any(char.isalpha() for char in line))
        for entry in call.trace:
            turn = call.turns[entry["turn"]]
            told = turn if isinstance(turn, Turn) else call.turns[entry["turn"] - 1]
            assert isinstance(told, Turn)
            for concern in entry["after"]["concerns"]:
                if concern["status"] in ("hidden", "voiced"):
                    secret = persona.concern(concern["id"]).secret[language]
                    assert not stems(level(told.text), secret, language), told.text


@pytest.mark.parametrize(("id", "language"), CASES)
def test_lines_are_short_and_calls_begin_in_many_ways(id: str, language: Language) -> None:
    words = [len(line.split()) for seed in SEEDS for line in client_lines(played(id, "expert", language, seed))]
    assert median(words) <= 18
    firsts = {client_lines(Call.start(ALL[id], language, seed=seed))[0] for seed in range(50)}
    assert len(firsts) >= 7


def own_acts(persona: Persona) -> list[Act]:
    """Every act the persona's own file has words for."""
    plain = [Act(kind) for kind in persona.voice if "." not in kind]
    facts = [Act("fact", one.id) for one in persona.facts]
    concerns = [Act(kind, one.id) for one in persona.concerns for kind in ("concern", *OF_A_CONCERN)]
    return [*plain, *facts, *concerns]


def own_lines(persona: Persona, act: Act, language: Language) -> tuple[str, ...]:
    if act.topic is None:
        return persona.voice[act.kind][language]
    if act.kind == "fact":
        return persona.fact(act.topic).lines[language]
    return getattr(persona.concern(act.topic), "surface" if act.kind == "concern" else act.kind)[language]  # type: ignore[no-any-return]


def mind_for(act: Act, state: State) -> State:
    if act.kind in ("reason", "more", "settled") and act.topic:
        return state.set(act.topic, status="clarified")
    if act.kind in ("goes_on", "insists") and act.topic:
        return state.set(act.topic, status="voiced")
    return state


@pytest.mark.parametrize(("id", "language"), CASES)
def test_every_line_of_the_bank_passes_the_guard(id: str, language: Language) -> None:
    persona = ALL[id]
    first = director.first_state(persona, 0, "real")
    slots = {"when": "потом" if language == "ru" else "later", "contact": "…", "name": persona.name[language]}
    bad = []
    for act in own_acts(persona):
        card = Card(Act(act.kind, act.topic, slots), persona, language, mind_for(act, first), (), "", Random(0))
        for line in own_lines(persona, act, language):
            spoken = fill(line, card)
            if guard.check(spoken, card) or re.search(r"[{}\[\]]", spoken):
                bad.append((act.kind, act.topic, spoken, guard.check(spoken, card)))
    assert not bad
