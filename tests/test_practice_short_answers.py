"""What is asked now is answered now, in a word of the question's own; empty fillers are few."""

import re
from random import Random

import pytest

from trainer.definitions import personas
from trainer.practice import everyday
from trainer.practice.call import Call
from trainer.practice.patterns import level
from trainer.practice.shortly import short
from trainer.texts import Language
from trainer.transcript import Turn

ALL = {one.id: one for one in personas()}


def _answer(call: Call, line: str) -> str:
    return " ".join(one.text for one in call.say(line) if isinstance(one, Turn))


@pytest.mark.parametrize(
    ("id", "language", "question", "words"),
    [
        ("critic", "ru", "вы плавали раньше?", {"Плавала", "Нет, не плавала"}),
        ("car", "ru", "узнали?", {"Узнал", "Нет, не узнал"}),
        ("hot", "ru", "ты печку топишь?", {"Топлю", "Нет, не топлю"}),
        ("warm", "ru", "вас хоть предупредили?", {"Предупредили", "Нет, не предупредили"}),
        ("talker", "ru", "он учится где-то?", {"Учится", "Нет, не учится"}),
        ("washer", "en", "does he come often?", {"He does", "No, he doesn't"}),
        ("washer", "en", "is there much water on the floor?", {"There is", "No, there isn't"}),
        ("car", "en", "was the radio on?", {"It was", "No, it wasn't"}),
        ("car", "en", "is your wife pleased?", {"She is", "No, she isn't"}),
        ("talker", "ru", "а телевизор у вас большой?", {"Большой", "Нет, не большой"}),
        ("critic", "en", "were you cold?", {"I was", "No, I wasn't"}),
    ],
)
def test_a_yes_or_no_takes_the_verb_of_the_question(
    id: str, language: Language, question: str, words: set[str]
) -> None:
    assert {short(level(question), ALL[id], language, Random(seed)) for seed in range(30)} == words


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ru", "вы приедете?"),
        ("ru", "вы согласны?"),
        ("ru", "записываем вас?"),
        ("ru", "вы дома в субботу?"),
        ("ru", "вы хотите прийти?"),
        ("en", "are you free on friday?"),
        ("en", "do you want to come?"),
        ("en", "is it a deal?"),
        ("en", "do you agree?"),
        ("en", "are you happy with that?"),
    ],
)
def test_what_would_promise_something_is_never_said_back(language: Language, question: str) -> None:
    assert {short(question, ALL["critic"], language, Random(seed)) for seed in range(30)} == {None}


@pytest.mark.parametrize(
    ("id", "language", "line", "want"),
    [
        ("repeat", "ru", "Сколько внучке?", "годик|год пош"),
        ("referral", "ru", "А кто вы по профессии?", "врач|стоматолог"),
        ("hot", "ru", "А баню топишь сам или кого нанял?", "сам"),
        ("talker", "ru", "А внук надолго приезжает?", "каникул"),
        ("waited", "en", "How many coats have you got?", "shoes"),
        ("washer", "ru", "Что стряслось?", "потекла|вода"),
        ("terse", "en", "What needs fencing?", "side"),
        ("cold", "en", "How long have you had the café?", "five"),
    ],
)
def test_a_question_about_his_life_gets_a_fact_of_it(id: str, language: Language, line: str, want: str) -> None:
    for seed in range(4):
        call = Call.start(ALL[id], language, seed=seed, difficulty="gentle")
        seller = ALL[id].call.seller[language]
        hello = {"ru": f"Здравствуйте, меня зовут {seller}!", "en": f"Hello, my name is {seller}!"}[language]
        assert re.search(want, level(_answer(call, f"{hello} {line}")))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_an_empty_filler_is_said_at_most_once_a_call(language: Language) -> None:
    lines = {
        "ru": ["Что у вас на обоях нарисовано?", "Кто красил вам забор?", "Что лежит на подоконнике?", "Где ваш зонт?"],
        "en": [
            "What's on your wallpaper?",
            "Who painted the ceiling?",
            "What's in the drawer?",
            "Where's the umbrella?",
        ],
    }[language]
    forms = everyday.bank(language)["forms"]
    fillers = [level(one) for form in ("what", "who", "where") for one in forms[form] if "[" not in one]
    for seed in range(5):
        call = Call.start(ALL["price"], language, seed=seed, difficulty="gentle")
        said = [level(_answer(call, line)) for line in lines]
        assert sum(one in fillers for one in said) <= 1
