"""A real small model as the client's voice and as the judge: nothing may get worse than offline. Run with make live.

Prints what the guard caught, how many lines fell back, seconds a turn, and kappa beside the rules.
"""

import os
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.calls import ALL, client_lines, script
from trainer.definitions import rubrics
from trainer.grading.agreement import agree, read_gold
from trainer.grading.grader import grade
from trainer.grading.model_judge import ModelJudge
from trainer.grading.rules import RulesJudge
from trainer.language.text import detect
from trainer.models.opened import open_model
from trainer.models.request import Model
from trainer.models.settings import Settings
from trainer.practice.call import Call
from trainer.practice.voice import ModelVoice
from trainer.readers import read_file
from trainer.rubric import choose
from trainer.texts import LANGUAGES, Language

pytestmark = pytest.mark.live
GOLD = Path(__file__).parents[1] / "gold" / "open.jsonl"
PATIENCE = float(os.environ.get("LIVE_PATIENCE", "60"))
TURNS = int(os.environ.get("LIVE_TURNS", "40"))
TEN = slice(0, None, 10)


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "tests.live.serve", str(port)])
    try:
        began = monotonic()
        while not _healthy(port):
            assert server.poll() is None and monotonic() - began < 240, "the model's server did not start"
            sleep(1)
        settings = Settings(base_url=f"http://127.0.0.1:{port}/v1", timeout=600, stall=300, in_flight=1)
        yield open_model("compatible:live", settings)
    finally:
        server.terminate()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", ["tourist", "critic", "cold"])
def test_a_whole_call_goes_as_the_director_decides(model: Model, id: str, language: Language) -> None:
    voice = ModelVoice(model, PATIENCE)
    call = Call.start(ALL[id], language, actor=voice)
    lines = script(f"{id}-expert-{language}")
    for line in lines[:TURNS]:
        if not call.over:
            call.say(line)
    caught = Counter(why for one in voice.history for _, whys in one.refused for why in whys)
    fell = sum(one.by == "offline" for one in voice.history)
    seconds = sorted(one.seconds for one in voice.history)
    print(f"\n{id} {language}: {len(voice.history)} lines, {fell} offline, caught {dict(caught)}, ", end="")
    failed = [one.failure for one in voice.history if one.failure]
    print(f"median {seconds[len(seconds) // 2]:.1f} s, failures {failed}")
    for one in voice.history:
        print(f"  [{one.by}] {one.text}   {[(text, *why) for text, why in one.refused] or ''}")
    assert all(detect(line) == language for line in client_lines(call) if any(c.isalpha() for c in line))
    if len(lines) <= TURNS:
        offline = Call.start(ALL[id], language)
        for line in lines:
            if not offline.over:
                offline.say(line)
        assert call.director_outcome == offline.director_outcome


def test_ten_gold_calls_are_judged_no_worse_than_by_the_rules(model: Model) -> None:
    judges = {"rules": RulesJudge(), "model": ModelJudge([model], RulesJudge(), in_flight=1)}
    found = {}
    for name, judge in judges.items():
        pairs = []
        for record in list(read_file(GOLD))[TEN][:10]:
            if record.transcript:
                labels = read_gold(record.gold, record.file, record.line)
                rubric = choose(rubrics(), record.transcript.call)
                pairs.append((labels, grade(record.transcript, rubric, judge)))
        found[name] = agree(pairs)
        asked = {v.judge for _, r in pairs for c in r.criteria for v in c.views if v.verdict}
        print(f"\n{name}: accuracy {found[name].accuracy:.3f}, views by {asked}")
    assert found["model"].accuracy >= found["rules"].accuracy
