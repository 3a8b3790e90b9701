"""A client answers what anybody may be asked: once told, the answer stands; nothing is given away or agreed to."""

import re
from random import Random

import pytest

from trainer.definitions import personas
from trainer.persona import Small
from trainer.practice import director, everyday, guard, lives
from trainer.practice.actor import Card, fill
from trainer.practice.call import Call
from trainer.practice.mind import Act
from trainer.practice.patterns import level, stems
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Turn

ALL = {one.id: one for one in personas()}
CASES = [(id, language) for id in ALL for language in LANGUAGES]
EVADES = frozenset({"unsure", "private"})


def _answer(call: Call, line: str) -> str:
    return " ".join(one.text for one in call.say(line) if isinstance(one, Turn))


@pytest.mark.parametrize(("id", "language"), CASES)
def test_every_small_fact_passes_the_guard_and_tells_no_secret(id: str, language: Language) -> None:
    persona = ALL[id]
    state = director.first_state(persona, 0, "hard")
    secrets = [fact.secret[language] for fact in persona.facts] + [one.secret[language] for one in persona.concerns]
    bad = []
    for small in persona.small:
        card = Card(Act("small", small.id), persona, language, state, (), "", Random(0))
        for line in (fill(one, card) for one in small.lines[language]):
            waits = bool(small.after)
            told = [one for one in secrets if stems(level(line), one, language)]
            reasons = [one for one in guard.check(line, card) if not (waits and one == "secret")]
            if reasons or (told and not waits):
                bad.append((small.id, line, reasons, told))
    assert not bad


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_everyday_bank_agrees_to_nothing_and_names_no_time(language: Language) -> None:
    persona = ALL["tourist"]
    state = director.first_state(persona, 0, "hard")
    bank = everyday.bank(language)
    lines = [line for one in bank["topics"].values() for life in one["lives"] for line in life]
    lines += [line for found in bank["forms"].values() for line in found]
    card = Card(
        Act("said", "pick", slots={"pick": "ветром" if language == "ru" else "the wind"}),
        persona,
        language,
        state,
        (),
        "",
        Random(0),
    )
    bad = [
        line for line in (fill(one, card) for one in lines) if guard.check(line, card) or re.search(r"[{}\[\]<>]", line)
    ]
    assert not bad


def test_both_languages_know_the_same_forms_and_every_form_has_words() -> None:
    russian, english = everyday.bank("ru"), everyday.bank("en")
    assert set(russian["forms"]) == set(english["forms"])
    for bank in (russian, english):
        assert set(bank["asked"]) <= set(bank["forms"])
        assert all(len(set(lines)) >= 4 for lines in bank["forms"].values())


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_small_fact_is_found_by_words_of_its_own_or_by_a_topic_of_the_bank(id: str, language: Language) -> None:
    small = ALL[id].small
    assert all(one.asked[language] or lives.about(one.id, ALL[id], language) for one in small)


QUESTIONS = [
    ("repeat", "en", "Did they lean all at once or slowly?", "slow|bit by bit"),
    ("waited", "ru", "А сыну сколько лет?", "девять"),
    ("terse", "ru", "Высота какая нужна?", "дв[ае]"),
    ("excavator", "ru", "А какая у него марка?", "комацу"),
    ("talker", "ru", "А рост у него какой?", "девяносто"),
    ("tourist", "en", "Is anybody sleeping in there?", "wife|we do"),
    ("warm", "en", "Did he tell you he was leaving?", "no|not a word"),
    ("referral", "en", "Just you or with someone?", "two of us|mother"),
]


@pytest.mark.parametrize(("id", "language", "line", "wanted"), QUESTIONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_question_about_his_own_life_gets_a_persons_answer(
    id: str, language: Language, line: str, wanted: str, seed: int
) -> None:
    persona = ALL[id]
    call = Call.start(persona, language, seed=seed)
    call.state = call.state.mark("introduced", "greeted", "reason").feel(trust=2)
    for one in persona.concerns:
        call.state = call.state.set(one.id, status="resolved")
    assert re.search(wanted, _answer(call, line), re.IGNORECASE)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ru", ["Собака у вас есть?", "А кошка?", "Какая у вас погода?", "А дождь идёт?"]),
        ("en", ["Have you got a dog?", "And a cat?", "What's the weather like?", "Is it raining?"]),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_what_he_said_about_his_life_is_not_contradicted_later(language: Language, lines: list[str], seed: int) -> None:
    call = Call.start(ALL["cold"], language, seed=seed)
    call.state = call.state.mark("introduced", "reason")
    said = [_answer(call, line) for line in lines if not call.over]
    for id in ("pets", "weather"):
        lives = everyday.bank(language)["topics"][id]["lives"]
        spoken = {n for n, life in enumerate(lives) for line in life if any(line[1:] in one for one in said)}
        assert len(spoken) <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_of_no_known_topic_is_answered_by_its_form(language: Language) -> None:
    line = "А сколько окон в мэрии?" if language == "ru" else "How many windows are there in the town hall?"
    call = Call.start(ALL["advert"], language, seed=3)
    call.state = call.state.mark("introduced", "reason")
    _answer(call, line)
    assert [one["kind"] for one in call.trace[-1]["acts"]] == ["said"]
    assert call.trace[-1]["acts"][0]["topic"] == "how_many"


@pytest.mark.parametrize(("id", "language"), CASES)
def test_everyday_answers_concede_nothing(id: str, language: Language) -> None:
    call = Call.start(ALL[id], language, seed=4)
    lines = (
        ["Есть у вас дети?", "Почему?", "Хотите?", "Собака есть?", "Договорились?", "Когда?"]
        if language == "ru"
        else ["Have you got kids?", "Why?", "Would you like that?", "Got a dog?", "Deal?", "When?"]
    )
    for line in lines:
        if not call.over:
            call.say(line)
    state = call.state
    assert not (state.agreed or state.contact or state.invoice or state.next_call)


def test_a_small_fact_that_hangs_on_another_waits_for_it() -> None:
    persona = ALL["repeat"]
    dog = next(one for one in persona.small if one.id == "pets")
    assert dog.after == ("posts",)
    call = Call.start(persona, "en", seed=1)
    assert "next door brought" not in _answer(call, "Is the dog all right?").lower()


def test_a_small_fact_named_twice_is_an_authors_mistake() -> None:
    persona = ALL["cold"]
    twice = {"id": "pets", "lines": {"ru": ["Нет."], "en": ["No."]}}
    data = persona.model_dump() | {"small": [twice, twice]}
    with pytest.raises(ValueError, match="id used twice: pets"):
        type(persona).model_validate(data)
    assert Small.model_validate(twice).after == ()
