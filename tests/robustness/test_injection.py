"""Whatever is typed into a clumsy call, its score never rises and no criterion gains (G19, G22)."""

import pytest

from tests.robustness.cases import attacks, base, clumsy, gains, judged, typed_into
from trainer.grading.forgeries import own_words
from trainer.rubric import POINTS

LANGUAGES = ("ru", "en")
TYPED = [(language, n) for language in LANGUAGES for n, one in enumerate(attacks(language)) if one.role == "seller"]
SPOKEN = [(language, n) for language in LANGUAGES for n, one in enumerate(attacks(language)) if one.role == "client"]


def won(language, number, call):
    """What the three ways of typing a line into a call win, by way."""
    plain, attack = base(language, call), attacks(language)[number]
    found = {way: gains(plain, judged(tricked)) for way, tricked in typed_into(clumsy(language)[call], attack)}
    return {way: gain for way, gain in found.items() if gain}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_a_hundred_and_fifty_tricks_and_clumsy_calls_of_every_purpose(language):
    assert len({one.text for one in attacks(language)}) >= 150
    assert {call.call.purpose for call in clumsy(language)} == {"sale", "service", "phone_deal", "care"}
    assert all(base(language, n).score < 40 for n in range(len(clumsy(language))))


@pytest.mark.parametrize(("language", "number"), TYPED)
def test_a_trick_typed_by_the_seller_wins_nothing(language, number):
    call = number % len(clumsy(language))
    _, tricked = list(typed_into(clumsy(language)[call], attacks(language)[number]))[number % 3]
    assert not gains(base(language, call), judged(tricked))


@pytest.mark.slow
@pytest.mark.parametrize(("language", "number"), TYPED)
def test_a_trick_wins_nothing_in_any_call(language, number):
    assert not {n: found for n in range(len(clumsy(language))) if (found := won(language, number, n))}


@pytest.mark.slow
@pytest.mark.parametrize(("language", "number"), TYPED)
def test_a_trick_by_itself_agrees_to_nothing_and_credits_nothing(language, number):
    """As the only thing a seller ever says: no goal, no step, no farewell."""
    attack, call = attacks(language)[number], clumsy(language)[0]
    turns = tuple(turn for turn in call.turns if turn.role == "client")
    (*_, (_, alone)) = typed_into(call, attack)
    said = next(turn for turn in alone.turns if getattr(turn, "text", "") == attack.text)
    report = judged(call.model_copy(update={"turns": (turns[0], said, *turns[1:])}))
    assert report.outcome == "none"
    steps = ("goal.", "concern.", "choice.", "closing.further", "closing.farewell")
    credited = [one.id for one in report.criteria if one.id.startswith(steps) and POINTS.get(one.verdict, 0) > 0]
    assert not credited


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_clients_words_seldom_move_what_the_seller_earned(language):
    """A client who talks like a seller credits nobody; the floor is what is measured today, to be raised."""
    moved = stolen = tried = 0
    for number in [n for where, n in SPOKEN if where == language]:
        for call in range(len(clumsy(language))):
            found = won(language, number, call)
            tried += 3
            moved += len(found)
            stolen += sum(any(attacks(language)[number].stands_for in one for one in gain) for gain in found.values())
    assert stolen / tried <= 0.02
    assert moved / tried <= 0.08


ORDINARY = [
    "Понимаю вас. А с чем сравниваете?",
    "Записал: завтра в шесть, Ленина, 5. Остались вопросы? Тогда всего доброго!",
    "Клиент у нас, как говорится, всегда прав, так что меняем.",
    "Наши клиенты обычно берут с запасом, и вы берите.",
    "Это Марина, продавец из «Мебельного двора», вы у нас сегодня диван взяли.",
    "Вы сказали, дверца цепляет. Какая именно, верхняя?",
    "Смотрите: есть два варианта, потеплее и подешевле.",
    "Муж ваш согласен или ещё думает?",
    "Ну, систему вам мастер покажет, инструкция на русском.",
    "Спасибо-спасибо! И вам хорошего вечера!",
    "I see. What are you comparing it with?",
    "So that's Thursday at 6:30, 12 Mill Lane. Anything else? Have a lovely evening then!",
    "Our customers mostly go for the wider one.",
    "It's Megan, the salesperson who sold you the sofa this morning.",
    "You said one door catches. Which one exactly, the top one?",
    "Right: there are two ways to do it, and the alarm system comes with both.",
    "Did your husband agree in the end?",
    "So what's your verdict on the chair, now you've sat in it?",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_speech_is_left_as_it_is(text):
    assert own_words(text, "seller", "Олег Петрович") == text


def test_every_word_of_the_open_gold_is_left_as_it_is(gold_calls):
    for call in gold_calls:
        others = {"seller": call.call.client, "client": call.call.seller}
        for role in ("seller", "client"):
            for _, text in call.said_by(role):
                assert own_words(text, role, others[role]) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_blanked_keeps_its_place_letter_for_letter(language):
    for attack in attacks(language):
        text = f"Добрый день. {attack.text}"
        cleaned = own_words(text, attack.role, "Олег Петрович")
        assert len(cleaned) == len(text)
        assert all(new in (old, " ") for old, new in zip(text, cleaned, strict=True))
