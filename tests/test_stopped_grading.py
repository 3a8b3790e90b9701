"""Ctrl-C in the middle of a grading by a model: what is done is kept, and the same command goes on from there."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event
from time import monotonic, sleep

from tests.misbehaving_server import Body, Misbehaving

CALLS = Path(__file__).parent / "gold" / "open.jsonl"
ANSWER = '{"quotes": [], "reason": "-", "answer": "no"}'
PACE = 0.05
ENOUGH, TOGETHER = 4, 2


def _hears_ctrl_c() -> None:
    """A shell starts what runs in the background deaf to Ctrl-C, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(tmp_path):
    go_on = Event()
    go_on.set()

    def slowly(body: Body) -> str:
        sleep(PACE)
        if len(server.asked) >= ENOUGH:  # held back until the signal is sent, however slow the machine
            go_on.wait(60)
        return ANSWER

    calls = tmp_path / "calls.jsonl"
    calls.write_text("".join(CALLS.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    command = [sys.executable, "-m", "trainer", "grade", str(calls), "--judge", "compatible:slow", "--format", "jsonl"]

    def environment(cache: str) -> dict[str, str]:
        return os.environ | {
            "OPENAI_BASE_URL": server.url,
            "TRAINER_CACHE": str(tmp_path / cache),
            "TRAINER_IN_FLIGHT": str(TOGETHER),
        }

    with Misbehaving(slowly) as server:
        whole = subprocess.run(command, env=environment("other.db"), capture_output=True, text=True, check=True)
        needed = len(server.asked)

        server.asked.clear()
        go_on.clear()
        running = subprocess.Popen(
            command,
            env=environment("answers.db"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_ctrl_c,
        )
        began = monotonic()
        while len(server.asked) < ENOUGH:
            assert running.poll() is None and monotonic() - began < 120
            sleep(0.01)
        running.send_signal(signal.SIGINT)
        go_on.set()
        _, said = running.communicate(timeout=60)
        assert running.returncode == 130 and "Traceback" not in said
        before = len(server.asked)
        assert before < needed

        again = subprocess.run(command, env=environment("answers.db"), capture_output=True, text=True, check=True)
        assert again.stdout == whole.stdout
        # only what was on its way when the signal came is asked twice
        assert needed <= len(server.asked) <= needed + TOGETHER
