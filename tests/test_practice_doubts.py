"""A doubt on the table: what he says when he is asked to speak, let have his way, answered too early, told the same."""

import pytest

from tests.calls import ALL
from trainer.practice.call import Call
from trainer.practice.choices import picked
from trainer.practice.mind import State
from trainer.practice.patterns import bank
from trainer.texts import LANGUAGES, Language


def rules(call: Call) -> list[str]:
    return [one["rule"] for one in call.trace]


def said(call: Call, *lines: str) -> str:
    """The client's last words after these lines."""
    for line in lines:
        call.say(line)
    return [one.text for one in call.turns if getattr(one, "role", "") == "client"][-1]


DEAR = {
    "ru": ("Добрый день, «Окна-Плюс», Марина. Для какой комнаты окно?", "Обычное окно — от двадцати двух тысяч."),
    "en": ("Hello, Windows Plus, Marina. Which room is it for?", "A usual window is from six hundred pounds."),
}


def doubting(language: Language) -> Call:
    call = Call.start(ALL["tourist"], language, seed=3)
    said(call, *DEAR[language])
    assert call.state.active is not None and call.state.active.status == "voiced"
    return call


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Какой у вас вопрос? Спрашивайте."), ("ru", "Говорите, слушаю до конца."),
        ("ru", "Что для вас тут важно?"), ("en", "What's the question? Ask away."),
        ("en", "Go ahead, what would you like to know?"), ("en", "What matters most to you here?"),
    ],
)  # fmt: skip
def test_asked_to_speak_he_speaks_of_his_doubt(language: Language, line: str) -> None:
    call = doubting(language)
    said(call, line)
    assert rules(call)[-1].startswith(("concern:clarified", "concern:asked_unheard"))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Понимаю, сумма немалая. Цену мастер фиксирует в договоре. А с чем вы сравниваете?"),
        ("en", "I see, it's a lot of money. The price is fixed in the contract. What are you comparing it with?"),
    ],
)
def test_an_answer_that_ends_in_a_question_gets_the_question_answered_and_costs_trust(
    language: Language, line: str
) -> None:
    call, asked_at_once = doubting(language), doubting(language)
    said(call, line)
    said(asked_at_once, line.split(". ")[0] + ". " + line.split(". ")[-1])
    assert rules(call)[-1].startswith("concern:clarified") and rules(asked_at_once)[-1].startswith("concern:clarified")
    assert call.state.most == asked_at_once.state.most - 1


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ru", ("Цену мастер фиксирует в договоре, она не меняется.", "В договоре цена окончательная, без доплат.")),
        ("en", ("The price is fixed in the contract, it won't change.", "The contract price is final, no extras.")),
    ],
)
def test_answered_again_and_again_he_says_himself_what_it_is_but_trusts_no_more(
    language: Language, lines: tuple[str, str]
) -> None:
    call = doubting(language)
    said(call, *lines)
    assert rules(call)[-2:] == ["concern:argued", "concern:opens_up"]
    assert call.state.active is not None and call.state.active.status == "clarified"
    assert call.state.most < ALL["tourist"].gates.agree_time.trust


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Понимаю, торопить не буду, решать вам."), ("en", "I understand. No rush at all, it's up to you."),
    ],
)  # fmt: skip
def test_let_have_his_way_he_is_eased_and_has_conceded_nothing(language: Language, line: str) -> None:
    call = doubting(language)
    said(call, line)
    assert rules(call)[-1] == "concern:given_way" and call.trace[-1]["acts"][0]["kind"] == "eased"
    assert call.state.active is not None and call.director_outcome == "none"


def agreed_call(language: Language) -> Call:
    """A cold client with a doubt open who waits for a call that he agreed to before."""
    call = Call.start(ALL["cold"], language, seed=1)
    opening = {
        "ru": ("Это Павел, «Зерно и Ко».", "Мы обжариваем кофе для кофеен, хочу предложить вам попробовать."),
        "en": ("It's Paul from Grain and Co.", "We roast coffee for cafés and I'd like to offer you a taste."),
    }
    said(call, *opening[language])
    call.state = State.from_json({**call.state.to_json(), "next_call": "2026-03-03T10:00"})
    assert call.state.active is not None
    return call


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_agreed_is_confirmed_while_a_doubt_is_open(language: Language) -> None:
    call = agreed_call(language)
    said(call, {"ru": "Так я вам позвоню, хорошо?", "en": "So I'll call you, all right?"}[language])
    assert rules(call)[-1] == "call:same"
    said(call, {"ru": "Позвоню вам завтра в восемь вечера?", "en": "I'll call you tomorrow at eight pm?"}[language])
    assert rules(call)[-1] == "call:other"


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Хорошо, в пятницу в одиннадцать. А вам самой-то кухня как, нравится?"),
        ("en", "Good, on Friday at eleven then. And do you like the kitchen yourself?"),
    ],
)
def test_a_time_and_a_question_in_one_breath_both_get_an_answer(language: Language, line: str) -> None:
    call = Call.start(ALL["critic"], language, seed=12)
    opening = {
        "ru": (
            "Добрый вечер, это Антон, «Кухонный двор». Как прошла сборка?",
            "Понимаю, неприятно. А что именно с дверцей?",
            "Мастер приедет и отрегулирует петли. Пятница в одиннадцать подойдёт?",
        ),
        "en": (
            "Good evening, Daniel here from Kitchen Yard. How did the fitting go?",
            "I'm sorry to hear it. What exactly is it with the door?",
            "Our fitter will come and adjust the hinges. Would Friday at eleven do?",
        ),
    }[language]
    said(call, *opening, line)
    assert any("own_view" in rule and rule.startswith(("agree_", "time:same")) for rule in rules(call)), rules(call)


@pytest.mark.parametrize(
    ("language", "line"), [("ru", "Что вас ещё смущает?"), ("en", "What is it that's still bothering you?")]
)
def test_asked_what_else_troubles_him_he_brings_it_up_or_has_nothing_more(language: Language, line: str) -> None:
    call = Call.start(ALL["advert"], language, seed=18)
    said(call, {"ru": "Это Лена, радио «Волна», здравствуйте.", "en": "Hello, it's Lena from Wave Radio."}[language])
    if call.state.active is not None:
        call.state = call.state.set(call.state.active.id, status="resolved")
    said(call, line)
    assert rules(call)[-1].startswith(("raise:", "doubts:none"))


def test_a_price_inside_the_question_about_a_doubt_is_part_of_it() -> None:
    call = doubting("ru")
    said(call, "Понял вас. А что именно смущает — двадцать две тысячи или что потом накинут?")
    assert rules(call)[-1].startswith("concern:clarified")
    assert not any(move["kind"] == "price" for move in call.trace[-1]["moves"])


def test_a_deed_is_no_thing_to_pick() -> None:
    words, state = bank("en")["pick"], Call.start(ALL["hot"], "en", seed=0).state
    assert picked("was it your mother's, or did you bake that?", words, ALL["hot"], "en", state) != "bake that"
    assert picked("is it a timber frame or a plastic one?", words, ALL["hot"], "en", state) is not None


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Тогда в четверг в шесть вечера, а на какой номер вам позвонить?"),
        ("en", "Thursday at six pm then, and what's the best number for you?"),
    ],
)
def test_a_contact_asked_for_beside_an_agreed_time_is_given_too(language: Language, line: str) -> None:
    call = Call.start(ALL["tourist"], language, seed=0, difficulty="gentle")
    settled = [{**one, "status": "resolved", "accepted": True} for one in call.state.to_json()["concerns"]]
    call.state = State.from_json({**call.state.to_json(), "trust": 9, "interest": 9, "concerns": settled})
    said(call, line)
    assert rules(call)[-1].startswith("agree_time") and rules(call)[-1].endswith("contact:given"), rules(call)
    assert call.state.contact and call.state.appointment


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Тогда просто запишите: год — вся сумма, всё включено."),
        ("en", "Then just note it down: the year is all in."),
    ],
)
def test_who_has_dropped_the_visit_is_not_fended_off(language: Language, line: str) -> None:
    call = Call.start(ALL["price"], language, seed=3)
    call.state = call.state.voice("visit")
    said(call, line)
    assert not rules(call)[-1].startswith("concern")
    said(call, {"ru": "Приходите в четверг в шесть вечера?", "en": "Will you come on Thursday at six pm?"}[language])
    assert rules(call)[-1].startswith("concern:argued")


@pytest.mark.parametrize(
    ("id", "language", "line", "topic"),
    [
        ("waited", "ru", "Здравствуйте, Роман, «Ровный шкаф». Светлана Юрьевна, это вы?", "is_you"),
        ("waited", "en", "Hello, Ben from Alcove Wardrobes. Is that Diane Holroyd?", "is_you"),
        ("tourist", "ru", "Запись у нас простая, всё на бумаге. Хорошо?", "tag"),
        ("tourist", "en", "We keep everything on paper. All right?", "tag"),
    ],
)
def test_questions_that_only_want_a_nod_get_one(id: str, language: Language, line: str, topic: str) -> None:
    call = Call.start(ALL[id], language, seed=1)
    said(call, line)
    assert [act["topic"] for act in call.trace[-1]["acts"]] == [topic], call.trace[-1]


@pytest.mark.parametrize(
    ("language", "line", "kind"),
    [
        ("ru", "Скажите, а у кого вы сейчас зерно берёте?", "pressure"),
        ("en", "I'll ring the foreman right now.", "pressure"),
        ("ru", "Понимаю, досталось вам тогда.", "rude"),
    ],
)
def test_harmless_words_neither_press_nor_insult(language: Language, line: str, kind: str) -> None:
    call = Call.start(ALL["repeat"], language, seed=1)
    said(call, line)
    assert kind not in [move["kind"] for move in call.trace[-1]["moves"]]
