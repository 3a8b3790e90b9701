"""Fuzzed files and fuzzed calls end in an error or a report, never in a traceback; every credit is quoted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainer.definitions import rubrics
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.language import acts
from trainer.language.encoder import WIDTH
from trainer.readers import READERS, read_bytes, read_text
from trainer.render import junit, report_html, report_markdown, report_text, reports_json
from trainer.report import Report
from trainer.rubric import choose
from trainer.transcript import CallInfo, Event, Transcript, Turn

CLIENTS_WORDS = {"closing.client_hung_up_first", "goal.outcome", "care.next_call_agreed", "goal.asked_appointment"}
"""Criteria that the client's words may decide; all others are earned by the seller's own."""
NO_QUOTE = {"plan.call_kind", "plan.goals"}
ABSENT = {"care.no_convenience_question", "care.no_referral_request", "closing.no_rush", "attention.kept"}
"""Met by something not done: a quote where there is one to give."""

SCRAPS = st.sampled_from(
    ["Менеджер: ", "Клиент: ", "Seller: ", "Client: ", "- ", "\n", "\r\n", "\n\n", "#", "# цель: продажа\n",
     "WEBVTT\n\n", "00:01.000 --> 00:02.000\n", "1\n00:00:01,000 --> 00:00:02,000\n", "<v Seller>", "{", "}", "[", "]",
     '"', ":", ",", '{"turns": [', '{"role": "seller", "text": "', '{"role": "event", "event": "hang_up"}', "null",
     "роль;текст\n", "менеджер;да\n", "завтра в шесть", "дорого", "[клиент положил трубку]", "\ufeff", "\x00", "\u202e"]
)  # fmt: skip
FILES = st.lists(SCRAPS | st.text(max_size=20), max_size=30).map("".join)

SAID = st.sampled_from(
    ["Здравствуйте!", "Сколько стоит окно?", "Дорого как-то.", "Понимаю вас.", "А что именно смущает?", "Подъеду.",
     "Приезжайте завтра в шесть.", "Если получится.", "Нет, не надо.", "8 916 244-01-77", "на какой номер вас набрать",
     "до свидания", "Всего доброго!", "Маме цвет не понравился.", "Чем ещё помочь?", "в полтретьего или в пять",
     "Клиент: согласен", "*кивает*", "I'll think about it.", "Tomorrow at half four?", "Yes, fine.", "Bye!", "...", "?",
     "my number is 07700 900123", "", " ", "\u200b", "да " * 200, "1", "{}", "<b>да</b>", "\ud83d", "ё\u0301", "İ", "ﬁ",
     "ǅ", "…", "¿?", "\x00"]
)  # fmt: skip
TEXTS = st.lists(SAID | st.text(max_size=30), min_size=0, max_size=4).map(" ".join)
TURNS = st.builds(lambda role, text: Turn(role=role, text=text), st.sampled_from(["seller", "client"]), TEXTS)
EVENTS = st.builds(
    lambda event, who, action, by: Event(event=event, who=who, action=action, by=by),
    st.sampled_from(["phone_rings", "visitor_arrives", "colleague_asks", "seller_action", "hang_up"]),
    st.sampled_from([None, "boss", "walk_in"]),
    st.sampled_from([None, "declined", "answered", "promised_callback", "ignored"]),
    st.sampled_from([None, "seller", "client"]),
)
CALLS = st.builds(
    lambda language, purpose, direction, client, turns: Transcript(
        id="fuzz",
        language=language,
        call=CallInfo(purpose=purpose, direction=direction, client=client),
        turns=tuple(turns),
    ),
    st.sampled_from(["ru", "en"]),
    st.sampled_from([None, "sale", "service", "phone_deal", "care"]),
    st.sampled_from([None, "inbound", "outbound"]),
    st.sampled_from([None, "", "Олег Петрович", "(", "Mr Brown"]),
    st.lists(TURNS | EVENTS, max_size=14),
)


def judged(transcript):
    return grade(transcript, choose(rubrics(), transcript.call), RulesJudge())


def quotes_stand(transcript, report):
    """Every quote is a piece of its turn; every credit has one, from the side that earns it."""
    for result in report.criteria:
        for one in result.evidence:
            assert one.quote.strip()
            assert one.quote in transcript.text_at(one.turn), (transcript.id, result.id)
        if result.verdict in ("met", "partly") and result.id not in NO_QUOTE | ABSENT:
            assert result.evidence, (transcript.id, result.id)
        if result.verdict == "met" and result.id not in CLIENTS_WORDS:
            assert {transcript.turns[one.turn].role for one in result.evidence} <= {"seller"}, (
                transcript.id,
                result.id,
            )
    for concern in report.concerns:
        assert transcript.turns[concern.turn].role == "client"
        assert concern.quote in transcript.text_at(concern.turn)
        for step in concern.steps:
            assert step.quote in transcript.text_at(step.turn)
            assert transcript.turns[step.turn].role == ("client" if step.act == "uptake" else "seller")


def renders(transcript, report):
    """Every form of the report can be written and read back."""
    names = {one.id: one.id for one in report.criteria}
    assert Report.model_validate_json(report.model_dump_json()) == report
    json.loads(reports_json([report]))
    report_text(report, names).encode()
    report_markdown(report, names).encode()
    report_html([(report, transcript, names)], "ru").encode()
    ElementTree.fromstring(junit([report], {report.rubric: names}, None, ["\x00 <&"]))


@settings(max_examples=200, deadline=None)
@given(FILES, st.sampled_from([None, *READERS]))
def test_a_fuzzed_file_is_an_error_or_a_call(text, suffix):
    for record in read_text(text, "fuzz", suffix):
        assert (record.transcript is None) != (record.error is None)
        if record.error:
            assert record.error.text("ru") != ""
            record.error.text("en").encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, *READERS]))
def test_fuzzed_bytes_are_an_error_or_a_call(raw, suffix):
    for record in read_bytes(raw, "fuzz", suffix):
        assert (record.transcript is None) != (record.error is None)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS)
def test_a_fuzzed_call_has_a_report_with_every_credit_quoted(monkeypatch, transcript):
    """With vectors all zero at the edge, for speed; words, times, contacts and rules are real."""
    monkeypatch.setattr(acts, "encode", lambda texts: np.zeros((len(texts), WIDTH), np.float32))
    report = judged(transcript)
    quotes_stand(transcript, report)
    renders(transcript, report)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(CALLS)
def test_a_fuzzed_call_has_a_report_with_real_vectors_too(transcript):
    report = judged(transcript)
    quotes_stand(transcript, report)
    assert judged(transcript).model_dump_json() == report.model_dump_json()


@pytest.mark.slow
def test_every_credit_of_every_gold_call_is_quoted_from_the_right_side(gold_calls):
    for transcript in gold_calls:
        quotes_stand(transcript, judged(transcript))


ROOT = Path(__file__).parents[2]


def graded_elsewhere(lines, seed, threads):
    """The reports as another process writes them."""
    return subprocess.run(
        [sys.executable, "-m", "trainer", "grade", "-", "--format", "jsonl"],
        input="\n".join(lines).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
    ).stdout


def test_reports_are_the_same_byte_for_byte_in_another_process_seed_and_number_of_threads():
    lines = (ROOT / "tests" / "gold" / "open.jsonl").read_text(encoding="utf-8").splitlines()[::34]
    one = graded_elsewhere(lines, "1", "1")
    assert one.count(b"\n") >= len(lines)
    assert graded_elsewhere(lines, "2", "2") == one
    assert graded_elsewhere(lines, "random", "1") == one


def test_a_call_is_graded_the_same_alone_and_after_others():
    lines = (ROOT / "tests" / "gold" / "open.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    together = graded_elsewhere(lines, "1", "1").splitlines()
    assert graded_elsewhere(lines[2:], "1", "1").splitlines()[0] == together[2]
