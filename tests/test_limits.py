"""Broken, hostile and huge files: a clear error in both languages, or a report, and never a long wait."""

import json
import random
import time

import numpy as np
import pytest

from trainer.cli import app
from trainer.definitions import load_rubric
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.language import acts
from trainer.language.encoder import WIDTH
from trainer.readers import limits, read_bytes, read_file, read_text
from trainer.transcript import CallInfo, Transcript, Turn

ONE = '{"role": "seller", "text": "да"}'
NOVEL = "Окно стоит двадцать тысяч, и это долгая история. " * 40_000
NESTED = "[" * 100_000


def only_error(text, suffix=None, name="calls"):
    (record,) = read_text(text, name, suffix)
    assert record.transcript is None
    return record.error


HOSTILE = [
    ("a list in a list in a list", ".json", NESTED, "nested too deep"),
    ("objects without end", ".json", '{"turns":' * 100_000, "nested too deep"),
    ("nesting that names no format", None, NESTED, "nested too deep"),
    ("NaN for a time", ".json", '{"turns": [{"role": "seller", "text": "да", "at": NaN}]}', "NaN is no number"),
    ("an endless time", ".json", '{"turns": [{"role": "seller", "text": "да", "at": 1e999}]}', "expected a number"),
    ("a number of ten thousand digits", ".json", f'{{"turns": [{ONE}], "x": {"9" * 10_000}}}', "no number in JSON"),
    ("a time too large to be one", ".json", f'{{"turns": [{ONE[:-1]}, "at": {"9" * 400}}}]}}', "expected a number"),
    ("a key twice", ".json", f'{{"turns": [{ONE}], "turns": []}}', 'key "turns" stands twice'),
    ("half a letter", ".json", '{"turns": [{"role": "seller", "text": "\\ud800"}]}', "half of a character"),
    ("half a letter for a role", ".json", '{"turns": [{"role": "\\ud800", "text": "x"}]}', "half of a character"),
    ("text that is a number", ".json", '{"turns": [{"role": "seller", "text": 5}]}', "expected text in quotes"),
    ("turns that are no list", ".json", '{"turns": 5}', "expected a list of turns"),
    ("a call that is a word", ".json", f'{{"call": "x", "turns": [{ONE}]}}', "expected an object"),
    ("a date that is none", ".json", f'{{"call": {{"at": "вчера"}}, "turns": [{ONE}]}}', "date and time"),
    ("an empty list", ".json", "[]", "nothing in it"),
    ("a value as long as a book", ".json", json.dumps({"call": {"kind": NOVEL}, "turns": []}), "unknown kind"),
    ("a million turns", ".json", f'{{"turns": [{", ".join([ONE] * 1_000_000)}]}}', "more than 500 turns"),
    ("a million lines", ".txt", "Менеджер: да\nКлиент: нет\n" * 500_000, "more than 500 turns"),
    ("a million lines of one turn", ".txt", "Менеджер: да\n" + "и ещё\n" * 1_000_000, "more than 6000 characters"),
    ("a million rows", ".csv", "роль;текст\n" + "менеджер;да\n" * 1_000_000, "more than 500 turns"),
    ("a million cues", ".vtt", "WEBVTT\n\n" + "00:01.000 --> 00:02.000\n<v Seller>да\n\n" * 300_000, "more than 500"),
    ("a million cues of one turn", ".srt", "00:00:01,000 --> 00:00:02,000\nSeller: да\n\n"
     + "00:00:01,000 --> 00:00:02,000\nи ещё\n\n" * 300_000, "more than 6000 characters"),
    ("a novel for a turn", ".txt", "Менеджер: " + NOVEL, "more than 6000 characters"),
    ("a novel for a turn", ".json", json.dumps({"turns": [{"role": "seller", "text": NOVEL}]}), "turns.0: a turn of"),
    ("a novel for a cell", ".csv", f'роль;текст\nменеджер;"{NOVEL}"', "broken CSV: field larger"),
    ("a quote that never ends", ".csv", 'роль;текст\nменеджер;"' + "да\n" * 100_000, "broken CSV"),
    ("a table of nothing", ".csv", "\n\n;;;\n", "cannot tell who"),
    ("a cue that is cut off", ".vtt", "WEBVTT\n\n00:01.000 -->", "no speaker lines"),
    ("a cue of somebody", ".srt", "1\n00:00:01,000 --> 00:00:02,000\nда", 'cannot tell who "да" is'),
    ("a voice that never ends", ".vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 50_000, "more than 6000"),
    ("a line of blanks", ".txt", "М" + " " * 2_000_000 + "x", "more than 6000"),
    ("a line of stars", ".txt", "*" * 20_000 + "x", "no speaker lines"),
    ("a fact of blanks", ".txt", "# цель:" + " " * 2_000_000 + "x\nМенеджер: да", "unknown purpose"),
    ("a name of brackets", ".txt", "Ann " + "(" * 20_000, "no speaker lines"),
    ("control letters", ".txt", "\x00\x01\x02", "no speaker lines"),
    ("a long call", ".txt", ("Менеджер: " + "да " * 1500 + "\n") * 20, "characters in one call"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "suffix", "text", "said"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_file_is_one_clear_error_and_a_short_wait(what, suffix, text, said):
    began = time.process_time()
    error = only_error(text, suffix)
    assert time.process_time() - began < 10
    assert str(error).startswith("calls:")
    assert said in str(error)
    assert error.text("ru") != error.text("en")
    for language in ("ru", "en"):
        message = error.text(language)
        assert len(message) < 400
        assert message.isprintable()
        message.encode()


def test_the_file_limit_is_checked_before_the_text_is_read(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "FILE_BYTES", 1_000_000)
    path = tmp_path / "big.txt"
    path.write_bytes(b"Seller: yes\n" * 100_000)
    (record,) = read_file(path)
    assert "the file is over 1 MB" in str(record.error)


def test_after_a_hundred_mistakes_the_rest_is_left_unread():
    records = list(read_text("x\n" * 500_000, "calls", ".jsonl"))
    assert len(records) == limits.MISTAKES + 1
    assert "100 mistakes so far" in str(records[-1].error)


@pytest.mark.parametrize(
    ("raw", "turns"),
    [
        ("\ufeffМенеджер: да\r\nКлиент: нет\r\n".encode(), 2),
        ("Менеджер: да\rКлиент: нет\r".encode(), 2),
        ("Менеджер: да\nКлиент: нет".encode("utf-16"), 2),
        ('\ufeff{"turns": [{"role": "client", "text": "да"}]}'.encode(), 1),
        ('{"turns": [{"role": "client", "text": "да\u2028нет"}]}\n'.encode() * 2, 1),
        (b'{"turns": [{"role": "client", "text": "\\u0000"}, {"role": "seller", "text": "x"}]}', 2),
    ],
)
def test_marks_line_ends_and_encodings_that_programs_leave(raw, turns):
    records = list(read_bytes(raw))
    assert all(record.error is None for record in records)
    assert len(records[0].transcript.turns) == turns


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "utf-16-le", "utf-32"])
def test_another_encoding_is_an_error_and_never_a_call(encoding):
    records = list(read_bytes("Менеджер: Добрый день!\nКлиент: Сколько стоит окно?".encode(encoding), "call", ".txt"))
    assert all(record.transcript is None for record in records)
    assert records[0].error.text("ru")


RUNS = [
    "а", " ", ".", "?", "(", "[x] ", "{", '{"a": ', "<", "<a", "</", "*", "-", "- ", "|", "`", '"', "'", ":", "#", "> ",
    "1", "12:30 ", "в ", "в 5 ", "завтра ", "завтра в шесть или ", "через ", "двадцать ", "восемь девятьсот ", "@",
    "a@b.", "клиент ", "client: ", "К.", "вы сказали ", "понимаю ", "goal.", "да, ", "\n", "\n- ", "Аб Вг", "\u200b",
    "\u0301", "a/B2",
]  # fmt: skip


@pytest.mark.parametrize("unit", RUNS)
def test_no_pattern_of_the_grader_runs_wild_on_a_turn_of_the_longest_size(unit, monkeypatch):
    # only the patterns are timed
    monkeypatch.setattr(acts, "encode", lambda texts: np.zeros((len(texts), WIDTH), np.float32))
    text = (unit * limits.TURN_LETTERS)[: limits.TURN_LETTERS]
    for language in ("ru", "en"):
        turns = (
            Turn(role="client", text="Сколько стоит?"),
            Turn(role="seller", text=text),
            Turn(role="client", text=text),
        )
        transcript = Transcript(id="t", language=language, call=CallInfo(purpose="sale"), turns=turns)
        began = time.process_time()
        grade(transcript, load_rubric("inbound_sale"), RulesJudge())
        assert time.process_time() - began < 6


@pytest.mark.slow
def test_the_longest_call_that_is_read_is_graded_within_a_minute():
    rng = random.Random(5)
    words = [
        "окно",
        "цена",
        "завтра",
        "приезжайте",
        "установка",
        "дорого",
        "понимаю",
        "сколько",
        "размер",
        "кухня",
        "доставка",
        "мастер",
        "телефон",
    ]
    lines = []
    for number in range(limits.TURNS):
        said = " ".join(rng.choices(words.split(), k=14))[: limits.CALL_LETTERS // limits.TURNS - 1]
        lines.append(f"{'Менеджер' if number % 2 else 'Клиент'}: {said}")
    (record,) = read_text("# цель: продажа\n" + "\n".join(lines))
    assert record.error is None
    began = time.process_time()
    grade(record.transcript, load_rubric("inbound_sale"), RulesJudge())
    assert time.process_time() - began < 60


def test_the_command_answers_a_name_no_stream_can_print(tmp_path):
    from typer.testing import CliRunner

    path = tmp_path / "\udcff.txt"
    path.write_text("x", encoding="utf-8")
    result = CliRunner().invoke(app, ["grade", str(path)])
    assert result.exit_code == 2
    assert not isinstance(result.exception, UnicodeError)
