"""What the client understands and decides: words said back, hours in free words, when he puts the phone down."""

from datetime import datetime

import pytest

from tests.calls import ALL
from trainer.practice.call import Call
from trainer.practice.echo import alike
from trainer.practice.proposals import proposals
from trainer.practice.spoken import say_moment
from trainer.texts import Language
from trainer.transcript import Turn

TUESDAY = datetime(2026, 11, 24, 7, 50)


def _said(call: Call, *lines: str) -> list[str]:
    """What the client answers, line by line, as long as he stays."""
    heard = []
    for line in lines:
        if call.over:
            break
        heard.append(next(turn.text for turn in call.say(line) if isinstance(turn, Turn)))
    return heard


def _rules(call: Call) -> list[str]:
    return [entry["rule"] for entry in call.trace]


@pytest.mark.parametrize(
    ("language", "line", "moment"),
    [
        ("ru", "Сегодня, во вторник, в десять будет механик", "2026-11-24T10:00"),
        ("ru", "приеду в течение часа", "2026-11-24T09:00"),
        ("ru", "через три недели, в среду в десять", "2026-12-16T10:00"),
        ("ru", "через месяц позвоню? Во вторник, в одиннадцать?", "2026-12-22T11:00"),
        ("ru", "вечером наберу, в восемь", "2026-11-24T20:00"),
        ("ru", "в следующую среду в пять", "2026-12-02T17:00"),
        ("en", "first thing tomorrow", "2026-11-25T09:00"),
        ("en", "in a month then, on a Tuesday at ten", "2026-12-22T10:00"),
        ("en", "today, Tuesday, at ten", "2026-11-24T10:00"),
    ],
)
def test_an_hour_in_free_words_is_understood(language: Language, line: str, moment: str) -> None:
    assert moment in [one.moment for one in proposals(line, language, TUESDAY)]


@pytest.mark.parametrize(
    "line", ["Обед не вернёт, это правда", "пробу привезу, чашек на десять", "в первый вторник сентября"]
)
def test_what_only_looks_like_an_hour_is_none(line: str) -> None:
    assert not [one for one in proposals(line, "ru", TUESDAY) if one.moment or one.clock]


def test_a_day_weeks_away_is_said_with_its_date() -> None:
    assert say_moment(datetime(2026, 12, 16, 10), "ru", TUESDAY) == "в среду, 16 декабря, в десять утра"
    assert say_moment(datetime(2026, 12, 16, 10), "en", TUESDAY) == "Wednesday, 16 December, at ten"


def test_the_fitter_for_her_own_complaint_is_let_in() -> None:
    call = Call.start(ALL["critic"], "ru", seed=33)
    _said(
        call,
        "Ирина Сергеевна, добрый вечер! Антон, «Кухонный двор». Как прошла сборка?",
        "Ой, это неприятно. А какая именно дверца?",
        "Понимаю. Николай заедет и отрегулирует петли.",
        "Завтра в десять утра удобно?",
    )
    assert call.state.visit == "2026-11-25T10:00" and _rules(call)[-1] == "agree_visit:picked"
    assert call.state.appointment is None and call.director_outcome == "none"


def test_words_said_back_are_heard_as_listening() -> None:
    call = Call.start(ALL["excavator"], "ru", seed=45)
    _said(
        call,
        "Доброе утро, Степан Ильич! Аня, «Техносервис».",
        "А что в прошлый раз вышло, сколько ждали?",
        "Расскажите, что тогда было?",
        "Вы восемь дней ждали, и каждый день обещали.",
    )
    assert call.state.standing("slow").accepted


def test_another_question_about_what_he_told_is_not_answered_with_i_have_told_you() -> None:
    call = Call.start(ALL["talker"], "ru", seed=61, difficulty="gentle")
    _said(
        call,
        "Здравствуйте! Юля, салон «Мягкий дом». А кто на нём спать будет?",
        "А рост у него какой? Чтобы ноги не свисали.",
        "Скажите ещё раз, пожалуйста: какого он роста?",
        "Сколько ему лет?",
    )
    assert not [rule for rule in _rules(call) if rule.endswith(":again")]


def test_the_same_question_again_is_told_off_once_a_call() -> None:
    call = Call.start(ALL["talker"], "ru", seed=61, difficulty="gentle")
    _said(call, "Здравствуйте! Юля, салон «Мягкий дом».", "А кто на нём спать будет?")
    _said(
        call, "Так кто же на нём спать будет?", "И кто всё-таки на нём спать будет?", "Ну а спать-то на нём кто будет?"
    )
    assert sum(":again" in rule for rule in _rules(call)) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("А рост у него какой?", "А кто на нём спать будет?", False),
        ("Так кто же на нём спать будет?", "А кто на нём спать будет?", True),
    ],
)
def test_two_questions_are_the_same_only_when_they_ask_the_same(one: str, other: str, same: bool) -> None:
    assert alike(one, other, "ru") is same


@pytest.mark.parametrize("id", ["critic", "washer", "returning", "waited", "terse"])
def test_kind_questions_never_make_him_put_the_phone_down_in_anger(id: str) -> None:
    call = Call.start(ALL[id], "ru", seed=5, difficulty="hard")
    seller = ALL[id].call.seller["ru"]
    lines = [
        f"Здравствуйте, это {seller}.",
        "Понимаю вас. А что случилось?",
        "А давно это?",
        "Что вас беспокоит больше всего?",
    ]
    lines += [
        "Извините, если не так понял. Расскажите, как было?",
        "Когда вам удобно?",
        "А на какой номер вам позвонить?",
    ]
    _said(call, *lines)
    assert not any(act["kind"].startswith("leave") for entry in call.trace for act in entry["acts"])


def test_who_rang_himself_never_says_do_not_call_again() -> None:
    call = Call.start(ALL["price"], "ru", seed=3, difficulty="hard")
    _said(
        call,
        *[
            "Решайте прямо сейчас, завтра будет дороже!",
            "Ну что, берёте или нет? Не тяните!",
            "Последний шанс, соглашайтесь!",
        ]
        * 3,
    )
    assert call.over and not any(
        "звон" in turn.text and "больше" in turn.text for turn in call.turns if isinstance(turn, Turn)
    )
