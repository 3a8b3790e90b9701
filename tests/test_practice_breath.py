"""All that a line holds is taken up: two questions, an answer and a day, a call to another, an hour said again."""

from datetime import datetime

import pytest

from tests.calls import ALL
from trainer.practice.call import Call
from trainer.practice.callers import without_calls_to_others
from trainer.practice.moves import read
from trainer.practice.patterns import bank, compiled, level, lexicon
from trainer.practice.scene import Scene
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Turn

WON_OVER = (
    "Здравствуйте, Марина. Какая комната, что с окном не так?",
    "Понимаю. Окно выйдет от двадцати шести тысяч.",
    "Понимаю вас. А что смущает, с чем сравниваете?",
    "Понимаю. Цену записываем в договор, доплат не будет.",
    "Когда вам удобно, чтобы замерщик приехал?",
    "Хорошо. А что смущает в замере?",
    "После такого и я бы не пустил. Он только померит, ничего не продаёт и уйдёт.",
)
"""What brings the tourist to where a day can be agreed."""


def _said(call: Call, line: str) -> str:
    return " ".join(one.text for one in call.say(line) if isinstance(one, Turn))


def _patterns(language: Language) -> list[str]:
    found = [one for patterns in lexicon(language).values() for one in patterns]
    found.extend(one for patterns in bank(language)["asked"].values() for one in patterns)
    found.extend(one for topic in bank(language)["topics"].values() for one in topic.get("about", ()))
    for persona in ALL.values():
        told = (*persona.facts, *persona.small, *persona.concerns)
        found.extend(one for each in told for one in each.about[language])
        found.extend(one for concern in persona.concerns for one in concern.answers[language])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_pattern_is_cut_in_the_middle_of_a_group(language: Language) -> None:
    assert not [one for one in _patterns(language) if r"\(" in compiled(one).regex.pattern]
    assert not [one for one in _patterns(language) if r"\)" in compiled(one).regex.pattern]


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("i asked|meant (if|what)", ("i asked", "meant what", "meant if"), ("if", "what")),
        ("a|b c", ("a c", "b c"), ("a", "b")),
        ("ring|call you (back|up)|soon", ("ring", "call you back", "soon"), ("back", "you up")),
    ],
)
def test_alternatives_beside_a_group_keep_it_whole(
    pattern: str, hits: tuple[str, ...], misses: tuple[str, ...]
) -> None:
    regex = compiled(pattern).regex
    assert all(regex.fullmatch(one) for one in hits)
    assert not any(regex.fullmatch(one) for one in misses)


@pytest.mark.parametrize(
    ("language", "text", "calls_him"),
    [
        ("ru", "Я сейчас Михалыча наберу, и в четверг утром он приедет.", False),
        ("ru", "Позвоню мастеру, и он подъедет завтра в пять.", False),
        ("ru", "Я вам завтра позвоню в десять.", True),
        ("en", "I'll ring Mick now, and he comes on Thursday at ten.", False),
        ("en", "I'll ring you on Thursday at ten.", True),
        ("en", "Shall I ring Thursday at ten?", True),
    ],
)
def test_a_call_to_somebody_else_is_no_call_to_him(language: Language, text: str, calls_him: bool) -> None:
    persona = ALL["repeat"]
    scene = Scene(persona, language, datetime.fromisoformat(persona.call.at), said=("…",) * 3)
    kinds = {one.kind for one in read(text, scene)}
    assert bool(kinds & {"ask_next_call", "propose_call_time"}) is calls_him
    assert len(without_calls_to_others(text, level(text), language)) == len(text)


def test_an_agreed_hour_said_in_short_is_the_same_hour() -> None:
    call = Call.start(ALL["tourist"], "ru", seed=5)
    for line in (
        *WON_OVER,
        "В четверг в семь вечера подойдёт?",
    ):
        call.say(line)
    agreed = call.state.appointment
    assert agreed is not None and agreed.endswith("19:00")
    said = _said(call, "Записала, четверг, семь. Какой номер оставить?")
    assert call.state.appointment == agreed
    assert ALL["tourist"].contact["ru"] in said.lower()


def test_an_hour_of_his_own_said_back_with_a_goodbye_is_agreed() -> None:
    call = Call.start(ALL["tourist"], "ru", seed=5)
    for line in (
        *WON_OVER,
        "Завтра в полдень подойдёт?",
    ):
        call.say(line)
    offered = call.state.offered
    assert offered is not None and call.state.appointment is None
    hour = datetime.fromisoformat(offered)
    days = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
    call.say(f"Хорошо, в {days[hour.weekday()]} в {hour:%H:%M} мастер у вас. Спасибо, до свидания!")
    assert call.over and call.state.appointment == offered


def test_two_plain_questions_in_a_breath_are_both_answered() -> None:
    call = Call.start(ALL["returning"], "en", seed=3)
    call.say("Hearthside Heating, Joanne speaking. Is that Mrs Norton? What's the heating doing now?")
    assert call.trace[-1]["rule"].count("fact:") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_is_never_taken_up_alone(language: Language) -> None:
    lines = {
        "ru": ("Вы чудо! Таких клиентов один на тысячу.", "Вы просто чудо. Может быть, в субботу в двенадцать?"),
        "en": ("You're a marvel! Clients like you are one in a thousand.", "You're a marvel. Saturday at noon?"),
    }
    call = Call.start(ALL["tourist"], language, seed=2)
    for line in (*lines[language], *lines[language]):
        if not call.over:
            call.say(line)
    kinds = [[act["kind"] for act in entry["acts"]] for entry in call.trace]
    assert not [one for one in kinds if one and one[-1] == "hold_day"]
    assert call.state.appointment is None
