"""Plain questions get plain answers: one of two things by its name, a name, an address; a put-off is said once."""

import pytest

from trainer.definitions import personas
from trainer.practice import choices, director, everyday
from trainer.practice.call import Call
from trainer.texts import Language
from trainer.transcript import Turn

ALL = {one.id: one for one in personas()}


def _answer(call: Call, line: str) -> str:
    return " ".join(one.text for one in call.say(line) if isinstance(one, Turn))


def _rules(call: Call) -> list[str]:
    return [str(one["rule"]) for one in call.trace]


def _acts(call: Call) -> list[list[str]]:
    return [[str(act["kind"]) for act in one["acts"]] for one in call.trace]


CHOICES = [
    ("referral", "ru", "Вам тишины хочется или чтобы волны шумели?", {"тишины", "чтобы волны шумели"}),
    ("price", "ru", "А врач говорил, как плавать, на спине или как угодно?", {"на спине"}),
    ("talker", "ru", "А диван вам для себя или кто в гости приезжает?", {"для себя"}),
    ("hot", "ru", "А топишь сам или кого нанял?", {"сам", "кого нанял"}),
    ("terse", "en", "The wind did it, or a person?", {"the wind did it", "a person"}),
    ("cold", "en", "Who opens up on Mondays, you or one of the girls?", {"me", "one of the girls"}),
    ("advert", "en", "Amir, is it the money, or that you can't see where it goes?", {"the money"}),
]


@pytest.mark.parametrize(("id", "language", "question", "things"), CHOICES)
def test_of_two_things_one_is_named(id: str, language: Language, question: str, things: set[str]) -> None:
    state = director.first_state(ALL[id], 3, "real")
    assert choices.picked(question, everyday.bank(language)["pick"], ALL[id], language, state) in things


PROMISES = [
    ("ru", "Вы согласны на мастера или на замер?"),
    ("ru", "Записать вас на четверг в три или в пятницу в пять?"),
    ("ru", "Мне позвонить или приехать?"),
    ("en", "Shall I book you in or sign you up?"),
    ("en", "Thursday at three or Friday at five?"),
]


@pytest.mark.parametrize(("language", "question"), PROMISES)
def test_nothing_that_would_be_a_promise_is_said_back(language: Language, question: str) -> None:
    state = director.first_state(ALL["tourist"], 3, "real")
    assert choices.picked(question, everyday.bank(language)["pick"], ALL["tourist"], language, state) is None


@pytest.mark.parametrize("seed", range(6))
def test_the_thing_that_his_own_fact_speaks_of_is_the_one_he_names(seed: int) -> None:
    state = director.first_state(ALL["tourist"], seed, "real")
    question = "Рамы там деревянные или алюминиевые?"
    assert choices.picked(question, everyday.bank("ru")["pick"], ALL["tourist"], "ru", state) == "деревянные"


@pytest.mark.parametrize("question", ["Удобно вам или нет?", "Дует там или как?"])
def test_or_not_is_a_question_for_yes_or_no(question: str) -> None:
    assert not choices.is_choice(question, "ru")


def test_a_day_named_too_early_is_put_off_once_and_no_other_sentence_follows() -> None:
    call = Call.start(ALL["tourist"], "ru", seed=311)
    call.say("Здравствуйте, Марина, «Окна-Плюс». Окно выйдет от двадцати шести тысяч.")
    for line in ("В субботу в одиннадцать мастера прислать?", "Тогда в воскресенье в двенадцать прислать мастера?"):
        if not call.over:
            call.say(line)
    held = [one for one in _acts(call) if "hold_day" in one]
    assert held == [["hold_day", "insists"]]
    assert "суббот" in str(call.turns[4].text).lower() if isinstance(call.turns[4], Turn) else False
    assert call.state.appointment is None


def test_he_says_his_name_though_his_doubt_comes_up_with_it() -> None:
    call = Call.start(ALL["referral"], "ru", seed=333)
    said = _answer(call, "Здравствуйте. Наталья в отпуске, меня Игорь зовут. Может, я помогу? Как вас зовут?")
    assert ALL["referral"].name["ru"] in said


def test_somebody_elses_name_is_not_his_own() -> None:
    call = Call.start(ALL["polite"], "ru", seed=322, difficulty="gentle")
    call.say("Здравствуйте, Маргарита Львовна, это Алина, «Меридиан». Удобно говорить?")
    assert "Маргарита" not in _answer(call, "С подругой-то веселее! А как её зовут?")


@pytest.mark.parametrize(
    ("line", "word"), [("Скажите только адрес дачи.", "Сосновка"), ("А какой посёлок, участок какой?", "Сосновка")]
)
def test_the_address_is_told_to_whoever_asks_for_it(line: str, word: str) -> None:
    call = Call.start(ALL["repeat"], "ru", seed=344, difficulty="hard")
    call.say("Геннадий Фёдорович, здравствуйте, это Светлана. Что там с забором приключилось?")
    assert word in _answer(call, line)


def test_a_free_first_visit_is_heard_as_free() -> None:
    call = Call.start(ALL["price"], "ru", seed=366)
    call.say("Здравствуйте! А спина вас беспокоит?")
    call.say("А у нас инструктор как раз по спинам, и первое занятие бесплатное. Приходите?")
    assert any(rule.endswith("+free") for rule in _rules(call))
    assert (
        "бесплатн"
        in " ".join(one.text for one in call.turns[3:] if isinstance(one, Turn) and one.role == "client").lower()
    )


MISREAD = [
    ("warm", "ru", "Почти всегда? А когда не вовремя было?", "ask_contact"),
    ("tourist", "ru", "Пришлём мастера, и тогда вы уже сами решите.", "brush_off"),
    ("washer", "en", "Talk to him tonight then. Shall I ring at eight?", "farewell"),
    ("terse", "en", "Then you tell me what it is, I'll shut up.", "rude"),
    ("terse", "en", "Are you keeping something in or somebody out?", "pressure"),
    ("critic", "en", "When you walk in there in the morning with a cup, what do you think of it?", "propose_time"),
]


@pytest.mark.parametrize(("id", "language", "line", "kind"), MISREAD)
def test_a_word_in_passing_is_not_read_as_a_demand(id: str, language: Language, line: str, kind: str) -> None:
    call = Call.start(ALL[id], language, seed=2, difficulty="gentle")
    call.say(line)
    assert kind not in {move["kind"] for move in call.trace[-1]["moves"]}
