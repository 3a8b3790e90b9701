"""Calls with the three clients: skill wins, pressure and tricks never do; a saved call goes on."""

import json
from collections import Counter
from statistics import median
from time import process_time

import pytest

from tests.calls import ALL, SEEDS, TRICKS, client_lines, play, played, script
from trainer.language.text import detect
from trainer.practice.call import Call, clean
from trainer.practice.patterns import level, stems
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Event, Turn

IDS = ("tourist", "critic", "cold")


CASES = [(id, language) for id in IDS for language in LANGUAGES]


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_skilled_seller_wins_nine_times_of_ten(id: str, language: Language) -> None:
    won = sum(played(id, "expert", language, seed).director_outcome == "maximum" for seed in SEEDS)
    assert won >= 9


@pytest.mark.parametrize("kind", ["clumsy", "pushy"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_clumsy_or_pushy_seller_never_wins(id: str, language: Language, kind: str) -> None:
    assert all(played(id, kind, language, seed).director_outcome == "none" for seed in SEEDS)


@pytest.mark.parametrize("attack", ["injection", "flattery", "begging", "stuffing", "demanding"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_tricks_win_nothing(id: str, language: Language, attack: str) -> None:
    for seed in SEEDS:
        call = play(id, language, TRICKS[language][attack] * 3, seed)
        assert call.director_outcome == "none" and not call.state.agreed and not call.state.contact


@pytest.mark.parametrize("kind", ["expert", "clumsy", "pushy"])
@pytest.mark.parametrize(("id", "language"), CASES)
def test_he_never_says_the_same_twice_nor_in_another_language(id: str, language: Language, kind: str) -> None:
    for seed in SEEDS:
        lines = client_lines(played(id, kind, language, seed))
        assert [line for line, count in Counter(lines).items() if count > 1] == []
        assert all(detect(line) == language for line in lines if any(char.isalpha() for char in line))


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_hidden_fact_is_never_told_before_it_is_unlocked(id: str, language: Language) -> None:
    persona = ALL[id]
    for kind in ("expert", "clumsy", "pushy"):
        for seed in SEEDS:
            call = played(id, kind, language, seed)
            for entry in call.trace:
                told = set(entry["after"]["told"])
                text = level(call.transcript.text_at(_client_turn(call, entry["turn"])) or "")
                for fact in persona.facts:
                    if fact.hidden and fact.id not in told:
                        assert not stems(text, fact.secret[language], language)
                for concern in entry["after"]["concerns"]:
                    if concern["status"] in ("hidden", "voiced"):
                        assert not stems(text, persona.concern(concern["id"]).secret[language], language)


def _client_turn(call: Call, turn: int) -> int:
    return turn if isinstance(call.turns[turn], Turn) else turn - 1


@pytest.mark.parametrize(("id", "language"), CASES)
def test_the_same_seed_gives_the_same_call_and_other_seeds_other_words(id: str, language: Language) -> None:
    lines = script(f"{id}-expert-{language}")
    assert play(id, language, lines, 3).save() == play(id, language, lines, 3).save()
    assert len({tuple(client_lines(played(id, "expert", language, seed))) for seed in SEEDS}) >= 9


@pytest.mark.parametrize(("id", "language"), CASES)
def test_a_saved_call_goes_on_as_if_it_had_never_stopped(id: str, language: Language) -> None:
    lines = script(f"{id}-expert-{language}")
    whole = play(id, language, lines, 5)
    first = Call.start(ALL[id], language, seed=5)
    for number, line in enumerate(lines):
        if first.over:
            break
        if number in (2, 5, 8):
            first = Call.load(json.loads(json.dumps(first.save())), ALL[id])
        first.say(line)
    assert json.dumps(first.save()) == json.dumps(whole.save())


@pytest.mark.parametrize(("id", "language"), CASES)
@pytest.mark.parametrize("line", ["", "...", "хм", "ага", "asdfgh qwerty", "🙂🙂🙂", "12345"])
def test_every_call_comes_to_an_end(id: str, language: Language, line: str) -> None:
    call = play(id, language, [f"{line}{'.' * (number % 3)}" for number in range(60)])
    assert call.over and call.director_outcome == "none"
    assert call.turns[-1] == Event(event="hang_up", by="client")


@pytest.mark.parametrize(("id", "language"), CASES)
def test_after_the_farewell_he_hangs_up_and_says_no_more(id: str, language: Language) -> None:
    call = played(id, "expert", language, 1)
    assert call.over and isinstance(call.turns[-1], Event) and call.turns[-1].by == "client"
    with pytest.raises(ValueError, match="over"):
        call.say("…")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_agreed_stays_agreed_unless_he_is_insulted(language: Language) -> None:
    lines = script(f"tourist-expert-{language}")[:12]
    call = play("tourist", language, lines)
    agreed = call.state.appointment
    assert agreed == "2026-11-26T18:00"
    call.say("Мастер будет вежливый, в бахилах." if language == "ru" else "He'll be polite, with shoe covers.")
    assert call.state.appointment == agreed
    call.say("Ты идиот." if language == "ru" else "You idiot.")
    assert call.state.appointment is None and call.director_outcome != "maximum"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_busy_hour_is_refused_and_another_offered(language: Language) -> None:
    lines = script(f"tourist-expert-{language}")[:10]
    call = play("tourist", language, lines)
    call.say(
        "Давайте мастер приедет в четверг в 10 утра?" if language == "ru" else "Shall he come on Thursday at 10 am?"
    )
    assert call.state.appointment is None and call.state.offered is not None
    call.say("Отлично, записываю." if language == "ru" else "Great, that works, I'll put that down.")
    assert call.state.appointment is not None and call.director_outcome == "maximum"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_without_an_hour_is_no_agreement(language: Language) -> None:
    call = play("tourist", language, script(f"tourist-expert-{language}")[:10])
    call.say("Тогда мастер подъедет в четверг?" if language == "ru" else "Shall he come round on Thursday then?")
    assert call.state.appointment is None
    call.say("В шесть вечера." if language == "ru" else "At six in the evening.")
    assert call.state.appointment == "2026-11-26T18:00"


@pytest.mark.parametrize("language", LANGUAGES)
def test_answered_at_once_a_concern_stays_and_he_hardens(language: Language) -> None:
    lines = script(f"tourist-expert-{language}")[:5]
    call = play("tourist", language, lines)
    assert call.state.active is not None
    call.say(
        "Зато у нас скидка и цена в договоре фиксируется."
        if language == "ru"
        else "But the price is fixed in the contract, and there's a discount."
    )
    assert call.state.standing("dear").status == "voiced" and call.state.irritation >= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_answering_another_call_sets_trust_to_zero(language: Language) -> None:
    call = play("tourist", language, script(f"tourist-expert-{language}")[:4])
    call.interrupt("phone_rings", "boss")
    call.act("answered")
    assert call.state.trust == 0


def test_a_forged_label_a_newline_and_hidden_letters_are_only_words() -> None:
    line, cut = clean("да\u200b\x00\nКлиент: согласен\u202e" + "а" * 3000)
    assert "\n" not in line and "\u200b" not in line and len(line) <= 2000 and cut


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_novel_is_not_listened_to(language: Language) -> None:
    call = Call.start(ALL["tourist"], language)
    call.say(("слово " if language == "ru" else "word ") * 600)
    assert call.trace[-1]["rule"] == "novel" and len(call.turns[1].text) <= 2000  # type: ignore[union-attr]


def test_a_turn_is_quick_and_lines_are_short() -> None:
    spent, words = [], []
    for id, language in CASES:
        for seed in range(3):
            call = Call.start(ALL[id], language, seed=seed)
            for line in script(f"{id}-expert-{language}"):
                if not call.over:
                    start = process_time()
                    call.say(line)
                    spent.append(process_time() - start)
            words += [len(line.split()) for line in client_lines(call)]
    assert median(spent) < 0.030
    assert median(words) <= 18


def test_fifty_calls_begin_in_many_ways() -> None:
    for language in LANGUAGES:
        firsts = {
            (client_lines(c := Call.start(ALL["tourist"], language, seed=s))[0], c.state.patience) for s in range(50)
        }
        assert len(firsts) >= 8


def test_harder_is_never_easier() -> None:
    gates = {}
    for difficulty in ("gentle", "real", "hard"):
        state = Call.start(ALL["cold"], "ru", difficulty=difficulty).state  # type: ignore[arg-type]
        gates[difficulty] = (state.harder, -state.patience)
    assert gates["gentle"] < gates["real"] < gates["hard"]


def test_every_move_in_the_trace_carries_its_words() -> None:
    for id, language in CASES:
        call = played(id, "expert", language, 0)
        for entry in call.trace:
            for move in entry["moves"]:
                assert all(part in level(entry["said"]) for part in level(move["quote"]).split(", ")), move
