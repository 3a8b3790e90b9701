"""Speed of a client's turn on one core: median and 95th percentile.

    python tests/bench/bench_practice.py [--seeds 2]

Prints figures, asserts nothing: a loaded machine must not fail a build.
"""

import argparse
import time
from statistics import median

from trainer.definitions import load_know_how, load_panel, personas
from trainer.practice.call import Call
from trainer.practice.mind import Act
from trainer.rehearsal.sellers import seller
from trainer.texts import LANGUAGES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    seeds = parser.parse_args().seeds
    panel = load_panel()
    spent: list[float] = []
    first: list[float] = []
    for persona in personas():
        known = load_know_how(persona.id)
        for language in LANGUAGES:
            for seed in range(seeds):
                call = Call.start(persona, language, seed=seed)
                voice = seller("average", persona, known[language] if known else None, panel[language], language, seed)
                heard: tuple[Act, ...] = ()
                while not call.over and (line := voice.line(heard)) is not None:
                    began = time.perf_counter()
                    call.say(line)
                    (spent if first else first).append(time.perf_counter() - began)
                    heard = tuple(Act(one["kind"], one["topic"]) for one in call.trace[-1]["acts"])
    spent.sort()
    print(f"first turn of the process: {first[0] * 1000:.0f} ms")
    print(
        f"turns: {len(spent)}; median {median(spent) * 1000:.1f} ms, p95 {spent[int(0.95 * len(spent))] * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
