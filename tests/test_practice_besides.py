"""A line that does two things gets both answered; a time is read where it stands; a question wants a kind of answer."""

from datetime import datetime

import pytest

from tests.calls import ALL
from trainer.practice.call import Call
from trainer.practice.forms import form_of, is_open
from trainer.practice.meaning import candidates, known
from trainer.practice.mind import State
from trainer.practice.moves import read
from trainer.practice.patterns import level
from trainer.practice.proposals import proposals
from trainer.practice.scene import Scene
from trainer.texts import LANGUAGES, Language

AT = datetime(2026, 11, 24, 11, 0)


def _kinds(id: str, language: Language, line: str, said: tuple[str, ...] = ("a", "b", "c")) -> set[str]:
    return {one.kind for one in read(line, Scene(ALL[id], language, AT, said=said))}


def _ready(id: str, language: Language, **changed: object) -> Call:
    """A call in which every doubt is resolved and he trusts the seller."""
    call = Call.start(ALL[id], language, seed=0, difficulty="gentle")
    settled = [{**one, "status": "resolved", "accepted": True} for one in call.state.to_json()["concerns"]]
    state = {**call.state.to_json(), "trust": 9, "interest": 9, "concerns": settled, **changed}
    call.state = State.from_json(state)
    return call


def _last(call: Call, line: str) -> tuple[str, str]:
    call.say(line)
    words = [one.text for one in call.turns if getattr(one, "role", "") == "client"][-1]
    return str(call.trace[-1]["rule"]), words


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Замерщик свободен завтра с десяти до двенадцати, будете дома?"),
        ("en", "He's free tomorrow between ten and twelve, will you be at home?"),
    ],
)
def test_hours_from_and_to_are_a_day_on_which_he_names_an_hour(language: Language, line: str) -> None:
    (found,) = proposals(line, language, AT)
    assert found.window and found.moment is None
    rule, _ = _last(_ready("tourist", language), line)
    assert rule.startswith("time:name_time"), rule


@pytest.mark.parametrize(
    ("language", "line"),
    [("ru", "Мы работаем в субботу с девяти до шести."), ("en", "We're open on Saturday nine to six.")],
)
def test_opening_hours_are_no_time(language: Language, line: str) -> None:
    assert "propose_time" not in _kinds("tourist", language, line)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Завтра до шести пришлю вам три варианта."), ("ru", "К четвергу подготовлю расчёт."),
        ("en", "I'll email you the quote by Thursday at six."), ("en", "The spots could start on Monday."),
    ],
)  # fmt: skip
def test_a_day_by_which_something_is_sent_is_no_time_of_a_meeting(language: Language, line: str) -> None:
    assert not _kinds("tourist", language, line) & {"propose_time", "propose_call_time"}


@pytest.mark.parametrize(
    ("language", "line"),
    [("ru", "Ну, до четверга, жене привет!"), ("en", "See you Thursday then!"), ("en", "Till Friday.")],
)
def test_until_a_day_takes_leave(language: Language, line: str) -> None:
    assert "farewell" in _kinds("tourist", language, line)
    assert "propose_time" not in _kinds("tourist", language, line)
    assert "farewell" not in _kinds("tourist", language, line, said=("a",))


def test_the_bare_hour_before_a_day_belongs_to_it() -> None:
    (found,) = proposals("Is ten tomorrow morning all right?", "en", AT)
    assert found.moment == "2026-11-25T10:00"


@pytest.mark.parametrize(
    ("language", "line"),
    [("ru", "Давайте я прямо сейчас мастеру позвоню?"), ("en", "Let me just ring him right now and ask.")],
)
def test_who_does_something_right_now_himself_presses_nobody(language: Language, line: str) -> None:
    assert "pressure" not in _kinds("tourist", language, line)


def test_a_call_in_case_something_happens_makes_no_visit_a_call() -> None:
    line = "В четверг в десять утра мастер у вас на участке. Если задержится, я вам позвоню."
    assert "propose_time" in _kinds("repeat", "ru", line)
    assert "propose_call_time" not in _kinds("repeat", "ru", line)


@pytest.mark.parametrize(
    ("language", "question", "form"),
    [
        ("ru", "А как вы считали, спрашивали, откуда узнали?", "how"), ("ru", "Сколько лет вы там?", "how_long"),
        ("ru", "Что-нибудь ещё смущает?", "anything"), ("ru", "Рассказать, как это бывает?", "to_tell"),
        ("ru", "Так будет спокойнее?", "would"), ("ru", "Высокий он у вас?", "yes_no"),
        ("en", "What made you choose it?", "why"), ("en", "Is there anything you'd like in it?", "anything"),
        ("en", "Shall I tell you how it works?", "to_tell"), ("en", "Would that be worth it?", "would"),
        ("en", "Who put you on hold, where were they?", "who"),
    ],
)  # fmt: skip
def test_a_question_wants_a_kind_of_answer(language: Language, question: str, form: str) -> None:
    assert form_of(level(question), language) == form


def test_what_wants_more_than_a_yes_is_open() -> None:
    assert is_open("Понимаю. А что смущает, цена или срок?", "ru") and is_open("What would help?", "en")
    assert not is_open("Что ж. Цена смущает?", "ru") and not is_open("Understood.", "en")


@pytest.mark.parametrize(
    ("language", "line"),
    [("ru", "Забавно. А почему так? Луна виновата?"), ("en", "Five empty. Why is that? Is it the moon?")],
)
def test_a_guess_at_ones_own_question_is_confirmed(language: Language, line: str) -> None:
    call = Call.start(ALL["hot"], language, seed=2)
    call.say({"ru": "Арсений, это Костя!", "en": "Callum, it's Ben!"}[language])
    rule, _ = _last(call, line)
    assert rule.endswith("said:guess"), rule


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Тогда в четверг в шесть вечера жду. А собака у вас есть?"),
        ("en", "Thursday at six pm it is. And do you keep a dog?"),
    ],
)
def test_an_hour_said_again_lets_the_question_beside_it_be_answered(language: Language, line: str) -> None:
    call = _ready("tourist", language, appointment="2026-11-26T18:00")
    rule, _ = _last(call, line)
    assert "time:same" not in rule and "small" in rule, rule


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Спасибо. Как вас зовут и на какой номер вам позвонить?"),
        ("en", "Thank you. What's your name, and what number can I ring you on?"),
    ],
)
def test_name_and_number_asked_in_one_breath_are_both_given(language: Language, line: str) -> None:
    call = _ready("referral", language)
    _, words = _last(call, line)
    persona = ALL["referral"]
    assert persona.name[language].split()[-1] in words and call.state.contact
    assert persona.contact[language][:12].lower() in words.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_asked_for_is_told_though_it_brings_up_a_doubt(language: Language) -> None:
    line = {
        "ru": "Здравствуйте, Степан Ильич, это Аня. Какая у вас машина?",
        "en": "Morning Frank, it's Beth. Which machine is it?",
    }
    rule, _ = _last(Call.start(ALL["excavator"], language, seed=73), line[language])
    assert rule.startswith("fact:machine+") and "raise" in rule, rule


def test_what_he_said_before_draws_a_question_to_it() -> None:
    things = tuple(known(ALL["advert"], "en"))
    question = "That must have cost you a fair bit?"
    alone = {thing.id: one["follows"] for thing, one in candidates(question, things, "en")}
    after = {
        thing.id: one["follows"]
        for thing, one in candidates(question, things, "en", "Had a billboard for half a year.")
    }
    assert not any(alone.values()) and any(after.values())
