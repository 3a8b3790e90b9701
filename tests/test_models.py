"""Models: a server that misbehaves in every known way, settings, recordings, the cache, what is imported when."""

import subprocess
import sys
from time import monotonic

import pytest
from pydantic import BaseModel

from tests.misbehaving_server import GOOD, Misbehaving
from trainer.errors import InputError, ModelFailure
from trainer.models.answers import ask_for, read_answer
from trainer.models.doctor import configured, examine
from trainer.models.loop import pieces, wait
from trainer.models.opened import open_model
from trainer.models.recording import Cached, Recorder, Replay, Scripted
from trainer.models.request import Message, Request
from trainer.models.settings import Price, Settings, load_settings
from trainer.models.thoughts import Sieve, without_thoughts
from trainer.models.usage import Counted, Usage
from trainer.texts import LANGUAGES

HELLO = Request((Message("system", "Be short."), Message("user", "Ready?")))


@pytest.fixture(scope="module")
def server():
    with Misbehaving() as running:
        yield running


def settings(server, **more) -> Settings:
    return Settings(base_url=server.url, timeout=1.0, stall=0.5, **{"retries": 1, **more})


def ask(way: str, server, request: Request = HELLO, **more) -> str:
    return wait(open_model(f"compatible:{way}", settings(server, **more)).ask(request), 20).text


def hear(way: str, server, request: Request = HELLO, **more) -> str:
    return "".join(pieces(open_model(f"compatible:{way}", settings(server, **more)).stream(request), 10))


CASES = [
    # the server's way, what a whole answer comes to, what a stream comes to (a stream is tried once)
    ("good", GOOD, GOOD),
    ("busy", GOOD, "busy"),
    ("busy_told", GOOD, "busy"),
    ("always_busy", "busy", "busy"),
    ("spent", "no_money", "no_money"),
    ("broken", GOOD, "server"),
    ("always_broken", "server", "server"),
    ("locked", "bad_key", "bad_key"),
    ("unknown", "no_model", "no_model"),
    ("stall", "slow", "stalled"),
    ("drop", "unreachable", "cut"),
    ("stops", "cut", "cut"),
    ("endless", "too_long", "too_long"),
    ("declines", "declined", "empty"),
    ("filtered", "declined", "declined"),
    ("empty", "empty", "empty"),
    ("thinks", GOOD, GOOD),
    ("no_schema", GOOD, GOOD),
    ("no_temperature", GOOD, GOOD),
    ("html", "server", "server"),
]


@pytest.mark.parametrize(("way", "whole", "streamed"), CASES)
def test_whatever_a_server_does_is_an_answer_or_a_failure_of_a_known_kind(way, whole, streamed):
    request = Request(HELLO.messages, schema='{"type": "object"}') if way == "no_schema" else HELLO
    with Misbehaving() as server:
        for how, outcome in ((ask, whole), (hear, streamed)):
            server.asked.clear()
            if outcome == GOOD:
                assert how(way, server, request).strip() == GOOD
                continue
            with pytest.raises(ModelFailure) as failure:
                how(way, server, request)
            assert failure.value.message == outcome, failure.value
            assert all(failure.value.text(language) for language in LANGUAGES)


def test_retries_do_not_multiply(server):
    server.asked.clear()
    with pytest.raises(ModelFailure):
        ask("always_broken", server, retries=2)
    assert len(server.asked) == 3


def test_a_failure_only_a_person_can_cure_is_not_asked_for_again(server):
    model = open_model("compatible:locked", settings(server))
    server.asked.clear()
    for _ in range(3):
        with pytest.raises(ModelFailure, match="key"):
            wait(model.ask(HELLO))
    assert len(server.asked) == 1


def test_a_key_that_the_server_repeats_is_not_shown(server):
    with pytest.raises(ModelFailure) as failure:
        ask("locked", server)
    assert "abcdef" not in str(failure.value)


def test_a_server_that_is_not_there_is_named_and_costs_little():
    model = open_model("compatible:m", Settings(base_url="http://127.0.0.1:9/v1", retries=0))
    began = monotonic()
    for _ in range(12):
        with pytest.raises(ModelFailure) as failure:
            wait(model.ask(HELLO))
        assert failure.value.message == "unreachable"
    assert monotonic() - began < 5


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("openai:gpt-x", {}, "no_key"),
        ("gpt-x", {}, "no_key"),
        ("compatible:m", {}, "no_url"),
        ("nobody:m", {}, "no_provider"),
        ("cohere:command", {}, "no_package"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_is_missing(name, given, kind):
    with pytest.raises(ModelFailure) as failure:
        open_model(name, Settings(**given))
    assert failure.value.message == kind


def test_a_bare_name_with_colons_goes_to_the_server_that_was_given(server):
    assert wait(open_model("qwen3:8b", settings(server)).ask(HELLO)).text == GOOD
    assert server.asked[-1]["model"] == "qwen3:8b"


# --- answers in a schema


class Shape(BaseModel):
    answer: str


@pytest.mark.parametrize(
    "text",
    ['{"answer": "yes"}', '```json\n{"answer": "yes"}\n```', 'Sure: {"answer": "yes"} Anything else?'],
)
def test_an_answer_is_found_in_a_fence_and_between_words(text):
    assert read_answer(Shape, text).answer == "yes"


def test_a_broken_answer_is_asked_for_once_more_and_then_is_a_failure():
    model = Scripted(["{broken", '{"answer": "no"}'])
    assert wait(ask_for(Shape, model, HELLO, "en"))[0].answer == "no"
    assert "{broken" in model.asked[1].messages[-2].text
    with pytest.raises(ModelFailure, match="JSON"):
        wait(ask_for(Shape, Scripted(["{broken", "prose"]), HELLO, "en"))


def test_thoughts_are_left_out_wherever_the_pieces_break():
    text = "a<think>b</think>c<thin d</think"
    for size in range(1, 9):
        sieve = Sieve()
        found = "".join(sieve.let(text[n : n + size]) for n in range(0, len(text), size)) + sieve.rest()
        assert found == "ac<thin d</think"
    assert without_thoughts("no start</think> the answer") == "the answer"
    assert without_thoughts("<think>never ends") == ""


# --- recording, replay, cache, usage


def test_a_recording_gives_the_same_answers_without_the_model(tmp_path):
    path = tmp_path / "answers.jsonl"
    recorder = Recorder(Scripted(["one", "two"]), path)
    other = Request((Message("user", "Other?"),))
    assert [wait(recorder.ask(one)).text for one in (HELLO, other)] == ["one", "two"]
    replay = Replay(path)
    assert [wait(replay.ask(one)).text for one in (other, HELLO, other)] == ["two", "one", "two"]
    assert "".join(pieces(replay.stream(HELLO), 5)) == "one"


def test_a_question_that_was_not_recorded_shows_the_nearest_one(tmp_path):
    path = tmp_path / "answers.jsonl"
    wait(Recorder(Scripted(["one"]), path).ask(Request((Message("user", "Did the seller say goodbye warmly?"),))))
    with pytest.raises(ModelFailure) as failure:
        wait(Replay(path).ask(Request((Message("user", "Did the seller say goodbye coldly?"),))))
    assert "goodbye warmly" in str(failure.value) and "goodbye coldly" in str(failure.value)


def test_the_random_mark_does_not_change_a_question(tmp_path):
    one, two = (Request((Message("user", f"{mark} text"),), mark=mark) for mark in ("aa11", "bb22"))
    assert one.key() == two.key() != Request((Message("user", "aa11 other"),), mark="aa11").key()


def test_a_file_that_is_no_recording_is_named_with_its_line(tmp_path):
    path = tmp_path / "answers.jsonl"
    for text, line in (("{}\n", 1), ('{"format": "model-answers/1"}\nnot json\n', 2)):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=f"answers.jsonl:{line}"):
            Replay(path)


def test_the_cache_outlives_the_process_and_only_answers_at_temperature_zero_are_kept(tmp_path):
    script = Scripted(["one", "two", "three"])
    path = tmp_path / "cache" / "answers.db"
    assert wait(Cached(script, path).ask(HELLO)).text == "one"
    again = wait(Cached(script, path).ask(HELLO))
    assert (again.text, again.stored) == ("one", True)
    warm = Request(HELLO.messages, temperature=0.7)
    assert [wait(Cached(script, path).ask(warm)).text for _ in range(2)] == ["two", "three"]


def test_the_bill_counts_questions_tokens_and_money():
    usage = Usage()
    model = Counted(Scripted(["one", ModelFailure("empty")]), usage, {"scripted": Price(input=10, output=20)})
    wait(model.ask(HELLO))
    with pytest.raises(ModelFailure):
        wait(model.ask(HELLO))
    assert (usage.asked, usage.failed) == (1, 1) and usage.money and usage.money > 0
    assert "USD" in usage.text("ru")


# --- settings and the doctor


def test_flags_beat_the_environment_and_the_environment_the_file(tmp_path):
    path = tmp_path / "zvonok.yaml"
    path.write_text("model: file\njudge: file\nbase_url: file\nprices: {m: {input: 1, output: 2}}\n", encoding="utf-8")
    given = {"TRAINER_SETTINGS": str(path), "TRAINER_MODEL": "environment", "TRAINER_JUDGE": "environment"}
    found = load_settings({"model": "flag", "base_url": None}, given)
    assert (found.model, found.judge, found.base_url) == ("flag", "environment", "file")
    assert found.prices["m"].output == 2
    path.write_text("model: x\ntimeoot: 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"zvonok.yaml:2.*timeout"):
        load_settings({}, given)


def test_the_key_is_never_shown():
    secret = Settings(api_key="sk-secret")
    assert "secret" not in repr(secret)
    assert "secret" not in " ".join(configured(secret, None, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_doctor_says_what_works_and_what_does_not(language):
    with Misbehaving(lambda body: '{"ready": true}') as server:
        well = list(examine("compatible:good", settings(server), language))
        assert all(good for good, _ in well) and len(well) == 4
        ill = list(examine("compatible:locked", settings(server), language))
        assert not ill[-1][0] and "401" in ill[-1][1]


def test_models_are_imported_by_nobody_until_one_is_opened():
    code = (
        "import sys, trainer.models.opened, trainer.models.doctor, trainer.models.answers\n"
        "print(sorted({'openai', 'langchain', 'langchain_core', 'langchain_openai'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_no_tracing_leaves_even_when_the_environment_asks_for_it(server):
    code = (
        "import os\nos.environ.update(LANGSMITH_TRACING='true', LANGCHAIN_TRACING_V2='true', LANGSMITH_API_KEY='x')\n"
        "import trainer.models.chat\n"
        "from langsmith.utils import tracing_is_enabled\nprint(tracing_is_enabled())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
