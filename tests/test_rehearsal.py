"""Rehearsals: each manner of selling gets what it deserves, the same seed gives the same call, the table adds up."""

import pytest

from tests.calls import ALL
from trainer.definitions import load_know_how, load_panel
from trainer.persona import Persona
from trainer.rehearsal.plays import Played, count, play
from trainer.rehearsal.tables import figures
from trainer.seller import MANNERS, Manner
from trainer.texts import LANGUAGES, Language

PANEL = load_panel()
NEVER_WIN: tuple[Manner, ...] = ("pushy", "flatterer", "stuffer", "injector", "silent", "rude")
WINNABLE = [id for id, persona in ALL.items() if not persona.non_buyer]


def rehearsed(persona: Persona, manner: Manner, language: Language, seed: int = 0) -> Played:
    known = load_know_how(persona.id)
    craft = known[language] if known else None
    return count(play(persona, craft, PANEL[language], language, manner, seed, "real"), manner)


def test_every_client_has_a_seller_who_knows_how() -> None:
    assert [id for id in ALL if load_know_how(id) is None] == []


def test_what_the_seller_says_to_a_concern_is_about_a_concern_of_the_client() -> None:
    for id, persona in ALL.items():
        known = load_know_how(id)
        for language in LANGUAGES:
            assert known and set(known[language].concerns) == {one.id for one in persona.concerns}, id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", WINNABLE)
def test_the_expert_reaches_the_maximum_and_nothing_slips(id: str, language: Language) -> None:
    found = [rehearsed(ALL[id], "expert", language, seed) for seed in range(3)]
    assert sum(one.outcome == "maximum" for one in found) >= 2
    assert sum(one.leaks + one.early + one.repeats + one.foreign + one.open_ends for one in found) == 0


@pytest.mark.parametrize("manner", NEVER_WIN)
@pytest.mark.parametrize("language", LANGUAGES)
def test_tricks_and_rudeness_win_nobody(manner: Manner, language: Language) -> None:
    for id in ("tourist", "critic", "advert", "excavator"):
        found = rehearsed(ALL[id], manner, language)
        assert (found.outcome, found.leaks, found.early) == ("none", 0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_non_buyer_gives_an_expert_the_minimum_at_most(language: Language) -> None:
    assert rehearsed(ALL["polite"], "expert", language).outcome in ("minimum", "none")


def test_the_same_seed_gives_the_same_call() -> None:
    for manner in ("expert", "average", "stuffer"):
        first, second = (rehearsed(ALL["tourist"], manner, "ru", 4) for _ in range(2))  # type: ignore[arg-type]
        assert first == second


def test_the_table_counts_every_call_once() -> None:
    played = [rehearsed(ALL["terse"], manner, "en") for manner in MANNERS]
    found = figures(played, {"terse": ALL["terse"]})
    assert found["calls"] == len(MANNERS) and found["non_buyers"] == {}
    assert found["winnable"]["expert"]["maximum"] == 1 and found["auc_expert_novice"] == 1
    assert found["grader_agrees"] is None
