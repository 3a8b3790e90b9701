"""Speed of judging by a model: 1,000 calls of 12 turns, one question each, 64 in flight, against a mock server.

    python tests/bench/bench_judge.py [--n 1000] [--latencies 50,500] [--rounds 2]

"of ideal" is ceil(n / 64) x latency over the server's own clock. Three ways in the same run: our judge whole (prompt,
answer checked, quotes verified, report written; no rules, they are measured in bench_grading.py), a bare AsyncOpenAI
loop, LangChain's abatch. Memory is measured at n and 10 n. Prints figures, asserts nothing.
"""

import argparse
import asyncio
import json
import math
import os
import resource
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
WIDTH = 64
WAYS = ("ours", "openai", "langchain")


def talk(number: int) -> list[tuple[str, str]]:
    """A call of twelve turns."""
    lines = [
        ("client", f"Hello, I am calling about the windows, it is order {number}."),
        ("seller", "Good afternoon, this is Kate from ClearView. What kind of rooms are they for, may I ask?"),
        ("client", "A bedroom and a kitchen, second floor, the draught in winter is terrible, we tape them up."),
        ("seller", "I see, that is no way to live. Shall we say Tuesday at three? Our surveyor measures it all."),
        ("client", "That is a bit soon. What would it cost, roughly, for the two of them with the fitting?"),
        ("seller", "From eight hundred to twelve hundred, it depends on the glass and on how the frames open."),
    ]
    return lines + [(role, f"{text} And so on, for the second half.") for role, text in lines]


def ours(url: str, n: int) -> None:
    from trainer.grading.batch import grade_all
    from trainer.grading.judges import Assessment
    from trainer.grading.model_judge import ModelJudge
    from trainer.models.opened import open_model
    from trainer.models.settings import Settings
    from trainer.render import report_jsonl
    from trainer.rubric import Bilingual, Criterion, Rubric
    from trainer.transcript import Transcript

    class NoRules:
        name = "none"

        def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
            return Assessment(None, {})

    both = Bilingual(ru="—", en="Did the seller name a day and an hour?")
    one = Criterion(id="bench.time", rules=("G1",), name=both, question=both, tip=both)
    rubric = Rubric(id="bench", name=both, criteria=(one,))

    def calls() -> Iterator[tuple[Transcript, Rubric]]:
        for number in range(n):
            turns = [{"role": role, "text": text} for role, text in talk(number)]
            yield Transcript.model_validate({"id": str(number), "language": "en", "turns": turns}), rubric

    judge = ModelJudge([open_model("compatible:mock", Settings(base_url=url))], NoRules(), in_flight=WIDTH)
    met = 0
    with Path(os.devnull).open("w", encoding="utf-8") as file:
        for report, _ in grade_all(calls(), judge, ahead=2 * WIDTH):
            met += report.criteria[0].verdict == "met"
            file.write(report_jsonl(report) + "\n")
    assert met == n, f"{met} of {n}"


def prompt(number: int) -> list[dict[str, str]]:
    """A prompt about as long as ours, made with no work at all."""
    system = "You check recorded sales calls. " * 30
    text = "\n".join(f"[{n}] {role}: {words}" for n, (role, words) in enumerate(talk(number)))
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": text + "\nQuestion: did he?" + "x" * 400},
    ]


def openai(url: str, n: int) -> None:
    from openai import AsyncOpenAI

    async def main() -> None:
        client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
        left = iter(range(n))

        async def worker() -> None:
            for number in left:
                reply = await client.chat.completions.create(model="mock", messages=prompt(number), temperature=0)  # type: ignore[arg-type]
                json.loads(reply.choices[0].message.content or "")

        await asyncio.gather(*(worker() for _ in range(WIDTH)))

    asyncio.run(main())


def langchain(url: str, n: int) -> None:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    model = ChatOpenAI(model="mock", base_url=url, api_key=SecretStr("none"), max_retries=0, use_responses_api=False)
    asked = [[(one["role"], one["content"]) for one in prompt(number)] for number in range(n)]
    replies = asyncio.run(model.abatch(asked, config={"max_concurrency": WIDTH}))
    assert all(json.loads(reply.text) for reply in replies)


def measure(way: str, port: int, latency: int, n: int) -> str:
    """Runs one way in a process of its own and gives its line of the table."""
    stats(port)
    command = [sys.executable, __file__, "--way", way, "--port", str(port), "--n", str(n)]
    child = subprocess.run(command, capture_output=True, text=True, check=True)
    cpu, memory = child.stdout.split()
    seen = stats(port)
    assert seen["asked"] == n, f"{way}: {seen['asked']} questions for {n} calls"
    ideal = math.ceil(n / WIDTH) * latency / 1000 / seen["busy"]
    rate = n / seen["busy"]
    return (
        f"{latency:>4} ms  {way:<10} {rate:7.0f}/s  {ideal:5.2f} of ideal  {float(cpu) / n * 1000:5.2f} ms CPU a call"
        f"  {float(memory):4.0f} MB  {seen['connections']} connections"
    )


def stats(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as reply:
        found: dict[str, float] = json.load(reply)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--latencies", default="50,500")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        {"ours": ours, "openai": openai, "langchain": langchain}[given.way](
            f"http://127.0.0.1:{given.port}/v1", given.n
        )
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        return
    for latency in map(int, given.latencies.split(",")):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, HERE / "mock_server.py", str(port), str(latency)], stdout=subprocess.PIPE
        )
        assert server.stdout and server.stdout.readline()
        try:
            for _ in range(given.rounds):
                for way in WAYS:
                    print(measure(way, port, latency, given.n), flush=True)
            if latency <= 100:
                print(measure("ours", port, latency, 10 * given.n), "(ten times the calls)", flush=True)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
