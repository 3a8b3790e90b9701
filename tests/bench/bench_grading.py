"""Speed of the offline judge: transcripts a second on one core, one file from process start, memory.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tests/bench/bench_grading.py [--rounds 3]

Prints figures, asserts nothing: a loaded machine must not fail a build.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

GOLD = Path(__file__).parents[1] / "gold" / "open.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds

    line = GOLD.read_text(encoding="utf-8").splitlines()[0]
    command = [sys.executable, "-m", "trainer", "grade", "-", "--format", "json"]
    starts = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(command, input=line, text=True, capture_output=True, check=True)
        starts.append(time.perf_counter() - began)
    print(f"one file from process start: {min(starts):.2f} s")

    from trainer.definitions import rubrics
    from trainer.grading.grader import grade
    from trainer.grading.rules import RulesJudge
    from trainer.language import encoder
    from trainer.readers import read_file
    from trainer.rubric import choose

    calls = [record.transcript for record in read_file(GOLD) if record.transcript]
    judge = RulesJudge()
    grade(calls[0], choose(rubrics(), calls[0].call), judge)
    rates = []
    for _ in range(rounds):
        encoder.forget()  # every round reads every turn anew
        began = time.perf_counter()
        for call in calls:
            grade(call, choose(rubrics(), call.call), judge)
        rates.append(len(calls) / (time.perf_counter() - began))
    turns = sum(len(call.turns) for call in calls) / len(calls)
    print(f"in a batch: {max(rates):.1f} transcripts/s ({turns:.1f} turns each)")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
