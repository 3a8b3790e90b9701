"""Words that pass a client by: soothing in place of a question, questions about nothing in particular."""

from dataclasses import replace
from random import Random

import pytest

from tests.calls import ALL
from trainer.practice import concerns, director
from trainer.practice.actor import Card, fill, pools
from trainer.practice.call import Call
from trainer.practice.mind import SETTLED, Act
from trainer.practice.patterns import lines
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Turn

DOUBTING: dict[Language, tuple[str, ...]] = {
    "ru": ("Здравствуйте, «Окна-Плюс», Марина. Куда ставим окно?", "Окно выйдет от двадцати шести тысяч."),
    "en": ("Hello, ClearView Windows, Kate speaking. Where does the window go?", "It'd be £480 to £600, fitted."),
}
"""What makes the tourist say that it is dear."""
WAVED: list[tuple[Language, str, str]] = [
    ("ru", "dear", "Да что вы, совсем не дорого."),
    ("ru", "quality", "Зато качество у нас хорошее."),
    ("ru", "imagined", "Это вам только кажется."),
    ("ru", "trust", "Мы двадцать лет на рынке, можете нам доверять."),
    ("ru", "discount", "Скину вам десять процентов."),
    ("ru", "worry", "Да не волнуйтесь, всё будет хорошо."),
    ("en", "dear", "Oh, that's not expensive."),
    ("en", "quality", "But it's top quality."),
    ("en", "imagined", "You're only imagining that."),
    ("en", "trust", "We've been in business for twenty years, you can trust us."),
    ("en", "discount", "I could knock ten percent off."),
    ("en", "worry", "Don't worry, it'll all be fine."),
]
ASKS: dict[Language, str] = {
    "ru": "Понимаю вас. А что именно смущает в цене?",
    "en": "I understand. What is it about the price that bothers you?",
}
ANSWERS: dict[Language, str] = {
    "ru": "Понимаю. Сумму после замера пишем в договор, и она не растёт ни на рубль.",
    "en": "I see. The sum goes into the contract after the survey and doesn't grow by a penny.",
}


def _call(language: Language, id: str = "tourist", seed: int = 3) -> Call:
    return Call.start(ALL[id], language, seed=seed)


def _acts(call: Call, line: str) -> list[tuple[str, str | None]]:
    call.say(line)
    return [(one["kind"], one["topic"]) for one in call.trace[-1]["acts"]]


def _doubting(language: Language) -> Call:
    call = _call(language)
    for line in DOUBTING[language]:
        call.say(line)
    assert call.state.active is not None
    return call


@pytest.mark.parametrize(("language", "kind", "line"), WAVED)
def test_what_is_waved_at_his_doubt_is_taken_up_once(language: Language, kind: str, line: str) -> None:
    call = _doubting(language)
    assert ("retort", kind) in _acts(call, line)
    own = ALL["tourist"].voice[f"retort.{kind}"][language]
    said = next(one.text for one in reversed(call.turns) if isinstance(one, Turn))
    assert said in own
    assert ("retort", kind) not in _acts(call, f"{line} Правда!" if language == "ru" else f"{line} Really!")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_spoke_of_money(language: Language) -> None:
    call = _call(language, "cold")
    for line in {
        "ru": ("Здравствуйте, это {seller}, {company}. Мы обжариваем кофе.",),
        "en": ("Hello, it's {seller} from {company}. We roast coffee.",),
    }[language]:
        here = ALL["cold"].call
        call.say(line.format(seller=here.seller[language], company=here.company[language]))
    assert call.state.active is not None
    assert ("retort", "offprice") in _acts(call, {"ru": "Да у нас недорого.", "en": "It's not expensive."}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_asked_after_an_argument_he_tells_once_he_is_heard(language: Language) -> None:
    argued = next(line for one, kind, line in WAVED if one == language and kind == "imagined")
    call = _doubting(language)
    _acts(call, argued)
    assert _acts(call, ASKS[language]) == [("reason", "dear")]
    unheard = _doubting(language)
    _acts(unheard, argued)
    bare = {"ru": "А что именно смущает в цене?", "en": "What is it about the price that bothers you?"}[language]
    assert _acts(unheard, bare)[0][0] in ("goes_on", "concern")
    assert ("reason", "dear") in _acts(unheard, ASKS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_doubt_settled_after_many_arguments_is_settled_coolly(language: Language) -> None:
    call = _doubting(language)
    for kind in ("quality", "trust"):
        _acts(call, next(line for one, name, line in WAVED if one == language and name == kind))
    assert _acts(call, ASKS[language]) == [("reason", "dear")]
    assert _acts(call, ANSWERS[language])[0] == ("settled_coolly", "dear")
    fresh = _doubting(language)
    _acts(fresh, ASKS[language])
    assert _acts(fresh, ANSWERS[language])[0] == ("settled", "dear")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_before_sympathy_is_settled_by_the_sympathy(language: Language) -> None:
    call = _doubting(language)
    call.state = call.state.set("dear", status="clarified", answered=True)
    kind = _acts(call, {"ru": "Понимаю вас.", "en": "I understand."}[language])[0][0]
    assert kind == "settled_heard" and kind in SETTLED


@pytest.mark.parametrize(
    ("language", "line", "act"),
    [
        ("ru", "А как вы сами это видите?", "how_see"),
        ("en", "And how do you see it yourself?", "how_see"),
        ("ru", "Расскажите чуть подробнее, как это у вас сейчас?", "how_now"),
        ("en", "Could you tell me a bit more about how it is at the moment?", "how_now"),
        ("ru", "А вы что хотели?", "wanted"),
        ("en", "So what was it you wanted?", "wanted"),
    ],
)
def test_a_question_about_nothing_in_particular_is_answered_plainly(language: Language, line: str, act: str) -> None:
    call = _call(language, "terse")
    told = tuple(one.id for one in ALL["terse"].facts)
    call.state = replace(call.state, told=told, turn=5).mark("greeted", "introduced", "price")
    assert _acts(call, line)[0][0] == act


@pytest.mark.parametrize("language", LANGUAGES)
def test_his_number_asked_for_he_says_why_he_gives_an_address(language: Language) -> None:
    persona = ALL["waited"]
    card = Card(
        Act("contact", "mail", {"contact": persona.contact[language]}),
        persona, language, director.first_state(persona, 0, "real"), (), "", Random(0),
    )  # fmt: skip
    first = pools(card.act, persona, language, card.state)[0]
    assert first == persona.voice["contact.mail"][language]
    assert all(persona.contact[language] in fill(one, card).lower() for one in first)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Запишите мой номер, если надумаете — звоните."),
        ("en", "Take my number, and if you decide, call."),
    ],
)
def test_left_to_decide_he_is_not_supported(language: Language, line: str) -> None:
    call = _call(language, "washer")
    call.say({"ru": "Здравствуйте! Откуда течёт?", "en": "Hello! Where is it leaking from?"}[language])
    assert _acts(call, line) == [("own_contact", None)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_persona_without_lines_of_its_own_has_the_shared_ones(language: Language) -> None:
    persona = ALL["tourist"].model_copy(update={"voice": {}})
    state = director.first_state(persona, 0, "real")
    for name in ("retort.dear", "retort.offprice", "contact_refused.mail", "contact.mail"):
        kind, _, topic = name.partition(".")
        assert pools(Act(kind, topic), persona, language, state)[0] == tuple(lines(language)[name])


def test_every_purpose_has_its_goal() -> None:
    assert {one.call.purpose for one in ALL.values()} <= set(concerns.GOALS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_small_things_asked_in_a_breath_are_both_answered(language: Language) -> None:
    call = _call(language, "returning")
    call.say({"ru": "Здравствуйте! Что случилось с отоплением?", "en": "Good morning! What's happened?"}[language])
    two = {
        "ru": "А горячая вода есть? И сколько лет котлу?",
        "en": "Is there hot water at least? And how old is the boiler?",
    }
    assert _acts(call, two[language]) == [("small", "water_now"), ("small", "boiler_age")]


def test_a_word_that_somebody_is_on_the_way_is_no_second_meeting() -> None:
    call = _call("en", "excavator")
    day = str(call.persona.call.at)[:10]
    call.state = replace(call.state, appointment=f"{day}T17:00").mark("greeted", "introduced", "price")
    for concern in call.persona.concerns:
        call.state = call.state.set(concern.id, status="resolved")
    call.state = replace(call.state, trust=9, interest=9)
    assert _acts(call, "I'll ring you at 4 pm today, when he's on his way.")[0][0] == "agree_call"


def test_the_day_that_a_van_comes_every_week_is_no_proposal() -> None:
    for language, line in (
        ("ru", "Возим сами, каждый понедельник к семи утра."),
        ("en", "We come every Monday at seven."),
    ):
        call = _call(language, "cold")
        call.say(line)
        assert "propose_time" not in [one["kind"] for one in call.trace[-1]["moves"]]


def test_a_doubt_that_comes_up_in_the_breath_that_answers_it_is_not_told_anew() -> None:
    call = _call("en")
    for line in (*DOUBTING["en"], ASKS["en"]):
        call.say(line)
    acts = _acts(
        call,
        "I'd worry too. With us the surveyor writes the price down, sill included, and you decide in your own time. "
        "Could he come on Saturday at ten?",
    )
    assert [kind for kind, _ in acts] == ["settled", "as_for_day", "wary"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_waits_for_a_mechanic_does_not_come_to_the_workshop(language: Language) -> None:
    call = _call(language, "excavator")
    call.state = call.state.mark("greeted", "introduced")
    assert _acts(call, {"ru": "Приезжайте к нам как-нибудь.", "en": "Come and see us some time."}[language]) == [
        ("out_here", None)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_seller_who_did_not_give_his_name_is_not_called_by_it(language: Language) -> None:
    persona = ALL["repeat"]
    name = persona.call.seller[language]
    for seed in range(12):
        call = Call.start(persona, language, seed=seed)
        call.say({"ru": "Алло, слушаю.", "en": "Hello, yes?"}[language])
        call.say({"ru": "Ну ладно, до свидания.", "en": "Well, goodbye then."}[language])
        assert not any(name in one.text for one in call.turns if isinstance(one, Turn) and one.role == "client")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ru", "Понимаю. А если мастер приедет при нём, и они вместе посмотрят?"),
        ("en", "I get that. What if he comes when your husband's there, so they can look at it together?"),
    ],
)
def test_an_answer_may_be_put_as_an_idea(language: Language, line: str) -> None:
    call = _call(language, "washer")
    call.state = call.state.mark("greeted", "introduced", "price").voice("husband")
    call.state = call.state.set("husband", status="clarified", accepted=True, asked=1)
    assert _acts(call, line) == [("settled", "husband")]
