"""Every file format becomes the same transcript; a broken one is an error with file, place and remedy."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.readers import READERS, read_file, read_folder, read_text
from trainer.transcript import Event, Transcript, Turn

TALK = [("seller", "Добрый день!"), ("client", "Сколько стоит окно?")]

SAME_TALK = {
    ".txt": "Менеджер: Добрый день!\nКлиент: Сколько стоит окно?",
    ".md": "**Менеджер:** Добрый день!\n\n**Клиент:** Сколько стоит окно?",
    ".csv": "роль;текст\nменеджер;Добрый день!\nклиент;Сколько стоит окно?",
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Менеджер>Добрый день!</v>\n\n"
    "00:03.000 --> 00:04.000\n<v Клиент>Сколько стоит окно?</v>",
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\nМенеджер: Добрый день!\n\n"
    "2\n00:00:03,000 --> 00:00:04,000\nКлиент: Сколько стоит окно?",
    ".json": json.dumps({"turns": [{"role": role, "text": text} for role, text in TALK]}),
    ".jsonl": json.dumps({"turns": [{"role": role, "text": text} for role, text in TALK]}) + "\n",
}


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_every_format_gives_the_same_talk(suffix):
    (record,) = read_text(SAME_TALK[suffix], "talk" + suffix, suffix)
    assert record.error is None
    assert [(turn.role, turn.text) for turn in record.transcript.turns] == TALK
    assert record.transcript.language == "ru"


def test_a_format_is_told_by_how_the_text_begins():
    for suffix, text in SAME_TALK.items():
        if suffix not in (".md", ".csv"):
            (record,) = read_text(text)
            assert [turn.text for turn in record.transcript.turns] == [text for _, text in TALK], suffix


@pytest.mark.parametrize(
    "text",
    [
        "Seller: Good afternoon!\nClient: How much is it?",
        "— Good afternoon!\nClient: How much is it?",
        "[00:01] Agent (Ann): Good afternoon!\n[00:05] Customer: How much is it?",
        "# seller: Ann\n# client: Mr Brown\nAnn: Good afternoon!\nMr Brown: How much is it?",
    ],
)
def test_speaker_names_in_plain_text(text):
    (record,) = read_text(text)
    assert [turn.role for turn in record.transcript.turns] == ["seller", "client"]
    assert record.transcript.turns[1].text == "How much is it?"


def test_facts_of_the_call_stand_in_comment_lines():
    (record,) = read_text("# цель: продажа\n# вид: по рекомендации\nМенеджер: да\nКлиент: нет")
    assert record.transcript.call.purpose == "sale"
    assert record.transcript.call.known_direction == "inbound"


def test_a_line_without_a_label_goes_on_with_the_turn_before():
    (record,) = read_text("Менеджер: Добрый день!\nМеня зовут Анна.\nКлиент: Да?\n[клиент положил трубку]")
    assert record.transcript.turns[0].text == "Добрый день! Меня зовут Анна."
    assert record.transcript.turns[-1] == Event(event="hang_up", by="client")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"turns": [{"role": "seler", "text": "x"}]}', 'turns.0.role: unknown role "seler"; did you mean "seller"?'),
        ('{"turns": [{"text": "x"}]}', 'turns.0.role: missing; add "role"'),
        ('{"call": {"kind": "colt"}, "turns": [{"role": "seller", "text": "x"}]}', 'did you mean "cold"?'),
        ('{"turns": [{"role": "event", "event": "hang_upp"}]}', 'turns.0.event: unknown event "hang_upp"'),
        ('{"turns": ', "broken JSON"),
        ('{"turns": []}', "nothing to grade"),
        ('{"format": "x", "turns": []}', 'format "x" is not "call-transcript/1"'),
        ("", "nothing in it"),
        ("просто текст без имён", "no speaker lines"),
        ("Вася: привет\nПетя: и тебе", 'cannot tell who "Вася" is'),
        ("Менеджер:\nКлиент:", "nothing to grade"),
    ],
)
def test_a_mistake_names_place_fact_and_remedy(text, said):
    (record,) = read_text(text, "calls.json")
    assert record.transcript is None
    assert str(record.error).startswith("calls.json:1: ")
    assert said in str(record.error)


def test_one_broken_line_of_a_jsonl_costs_only_itself(tmp_path):
    good = json.dumps({"turns": [{"role": "seller", "text": "да"}]})
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join([good, "{oops", good]), encoding="utf-8")
    records = list(read_file(path))
    assert [record.error is None for record in records] == [True, False, True]
    assert str(records[1].error).startswith(f"{path}:2: broken JSON")


def test_bytes_that_are_no_text_are_an_error(tmp_path):
    path = tmp_path / "call.txt"
    path.write_bytes("Менеджер: да".encode("cp1251"))
    (record,) = read_file(path)
    assert "not UTF-8" in str(record.error)
    (record,) = read_file(tmp_path / "call.docx")
    assert "known: .json" in str(record.error)


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text("Менеджер: да", encoding="utf-8")
    assert [record.transcript.id for record in read_folder(tmp_path)] == ["a", "b"]


def test_a_transcript_survives_its_own_json():
    transcript = Transcript(
        id="x", turns=(Turn(role="seller", text="Да", at=1.5), Event(event="phone_rings", who="boss"))
    )
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
    assert transcript.model_dump()["call"]["kind"] is None
    assert "who" not in transcript.model_dump()["turns"][0]


@given(st.text(max_size=400), st.sampled_from([None, *READERS]))
def test_no_text_is_a_traceback(text, suffix):
    for record in read_text(text, "fuzz", suffix):
        assert (record.transcript is None) != (record.error is None)
        if record.error:
            assert record.error.text("ru")
            assert record.error.text("en")
