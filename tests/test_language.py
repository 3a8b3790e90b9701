"""Times, contacts, folding and questions, in both languages, as people say them."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.language import contacts, times
from trainer.language.text import detect, fold, fold_with_places, is_question, sentences

NOW = datetime(2026, 11, 21, 10, 0)  # a Saturday

SPECIFIC = [
    ("ru", "завтра в полтретьего", (22, 14, 30)),
    ("ru", "в четверг в семь например", (26, 19, 0)),
    ("ru", "во вторник в восемнадцать тридцать звоню", (24, 18, 30)),
    ("ru", "сегодня к шести", (21, 18, 0)),
    ("ru", "завтра в обед в час", (22, 13, 0)),
    ("ru", "через полчаса", (21, 10, 30)),
    ("ru", "минут через двадцать", (21, 10, 20)),
    ("ru", "без четверти пять в пятницу", (27, 16, 45)),
    ("ru", "завтра, ну, часов в двенадцать", (22, 12, 0)),
    ("ru", "25 ноября в 15:00", (25, 15, 0)),
    ("ru", "среда, десять ноль-ноль", (25, 10, 0)),
    ("en", "half four tomorrow", (22, 16, 30)),
    ("en", "quarter to five on friday", (27, 16, 45)),
    ("en", "in half an hour", (21, 10, 30)),
    ("en", "wednesday ten past nine", (25, 9, 10)),
    ("en", "saturday 10am", (28, 10, 0)),
    ("en", "the 25th at 3pm", (25, 15, 0)),
    ("en", "twenty to six tonight", (21, 17, 40)),
]


@pytest.mark.parametrize(("language", "said", "meant"), SPECIFIC)
def test_a_day_with_a_clock_is_specific_and_resolves(language, said, meant):
    found = [mention for mention in times.find(said, language) if mention.specific]
    assert len(found) == 1
    moment = found[0].moment(NOW)
    assert moment is not None
    assert (moment.day, moment.hour, moment.minute) == meant


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", "завтра с утра"),
        ("ru", "на неделе как-нибудь"),
        ("ru", "послезавтра после шести"),
        ("ru", "мы работаем с девяти до восьми каждый день"),
        ("ru", "приезжайте, мы до восьми"),
        ("ru", "дом в пять этажей, это в три раза дороже"),
        ("ru", "цена сто восемьдесят девять тысяч пятьсот"),
        ("ru", "я был у вас в субботу в три"),
        ("ru", "через пару дней"),
        ("en", "tomorrow morning"),
        ("en", "we're open till eight"),
        ("en", "it's two thirty quid"),
        ("en", "i came in last saturday at three"),
        ("en", "in a couple of days"),
        ("en", "it's at five hundred pounds"),
    ],
)
def test_what_nobody_could_turn_up_at_is_not_specific(language, said):
    assert not [mention for mention in times.find(said, language) if mention.specific]


def test_a_choice_is_two_moments_that_share_the_day():
    found = times.find("завтра в одиннадцать или в два", "ru")
    assert [(mention.day, mention.clock) for mention in found] == [("tomorrow", (11, 0)), ("tomorrow", (14, 0))]


@pytest.mark.parametrize(
    ("language", "said", "kind", "value"),
    [
        ("ru", "личный девятьсот шестнадцать двести сорок четыре ноль один семьдесят семь", "phone", "9162440177"),
        ("ru", "+7 (916) 244-01-77", "phone", "79162440177"),
        ("ru", "восемь девятьсот три, сто двадцать, сорок пять, шестьдесят", "phone", "89031204560"),
        ("en", "oh seven double seven three four five six one nine", "phone", "0777345619"),
        ("en", "jane at gmail dot com", "email", "jane@gmail.com"),
        ("ru", "пишите kate.v@yandex.ru", "email", "kate.v@yandex.ru"),
        ("ru", "телеграм vasya_pro", "messenger", "vasya_pro"),
    ],
)
def test_a_contact_is_found_written_or_spoken(language, said, kind, value):
    found = contacts.find(said, language)
    assert [(one.kind, one.value) for one in found] == [(kind, value)]


@pytest.mark.parametrize(
    ("language", "said"),
    [("ru", "цена 189 500 рублей или 1 200 000"), ("en", "at two or half three"), ("ru", "окно 1800 на 2600")],
)
def test_an_amount_is_no_contact(language, said):
    assert contacts.find(said, language) == []


@pytest.mark.parametrize("said", ["Сижу в двух кофтах.", "в пяти местах", "от девяноста пяти до ста тридцати тысяч"])
def test_an_amount_is_no_hour_even_where_a_time_is_expected(said):
    assert times.find(said, "ru", expected=True) == []


@pytest.mark.parametrize(
    ("language", "said", "clock"),
    [
        ("ru", "Пять? Как раз с работы.", (17, 0)),
        ("ru", "Тогда два.", (14, 0)),
        ("en", "Five?", (17, 0)),
        ("en", "Seven's fine, I'll have a scone for you.", (19, 0)),
        ("en", "could you do four I'm perished", (16, 0)),
    ],
)
def test_a_bare_number_is_an_hour_only_where_a_time_is_expected(language, said, clock):
    assert [mention.clock for mention in times.find(said, language)] == []
    assert [mention.clock for mention in times.find(said, language, expected=True)] == [clock]


@pytest.mark.parametrize(
    ("language", "said", "day", "clock"),
    [
        ("en", "how about saturday about nine", "sat", (9, 0)),
        ("en", "friday twelve", "fri", (12, 0)),
        ("ru", "Четверг, пять, Ясмин, пишу", "thu", (17, 0)),
        ("ru", "пятница пятнадцатое, в одиннадцать", "fri", (11, 0)),
    ],
)
def test_a_weekday_and_an_hour_beside_it_are_one_moment(language, said, day, clock):
    assert [(m.day, m.clock) for m in times.find(said, language) if m.clock] == [(day, clock)]


def test_folding_hides_what_does_not_matter():
    assert fold("  Ёлка\u200b — «ТРИ»\n окна ") == 'елка - "три" окна'


@given(st.text(max_size=200))
def test_a_quote_by_folded_places_is_a_piece_of_the_original(text):
    folded = fold_with_places(text)
    assert folded.text == fold(text) or len(folded.text) >= 0
    for start in range(0, len(folded.text), 7):
        assert folded.quote(start, min(start + 5, len(folded.text))) in text


@settings(deadline=None)  # the first text of a language compiles its patterns
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.sampled_from(["ru", "en"]))
def test_no_text_breaks_the_finders(text, language):
    times.find(text, language)
    contacts.find(text, language)
    assert all(text[a:b].strip() for a, b in sentences(text))


def test_questions_are_heard_without_a_mark():
    assert is_question("ну а как доехали", "ru")
    assert is_question("so how did it go", "en")
    assert not is_question("привезли в пять, всё хорошо", "ru")


def test_the_language_is_told_by_its_letters():
    assert detect("Добрый день, hello") == "ru"
    assert detect("Good afternoon, это IKEA") == "en"
