"""Sets, for every act, the chance at which it is more likely than not, from the open gold calls.

    python -m training.calibrate [GOLD.jsonl …]     writes trainer/language/weights/thresholds.yaml

Corpus and calls differ in how often an act occurs, so a head's raw 0.5 is not the point where it is right half the
time. The sealed part of the gold is never read here.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from trainer.grading.detectors import Reader
from trainer.language import acts
from trainer.readers import Record, read_file

OPEN = Path(__file__).parent.parent / "tests" / "gold" / "open.jsonl"
USUAL = 0.35
GRID = [n / 100 for n in range(4, 91, 2)]

CRITERIA: dict[str, tuple[str, bool]] = {
    "how_went": ("care.asked_how_it_went", True),
    "own_view": ("care.asked_own_impression", True),
    "others_view": ("care.asked_others_impression", True),
    "support": ("care.offered_support", True),
    "convenient": ("care.no_convenience_question", False),
    "referral": ("care.no_referral_request", False),
    "help_more": ("closing.further_help", True),
    "hurry": ("closing.no_rush", False),
    "rude": ("respect.equal_quality", False),
}
"""Acts that decide a criterion on their own, and whether doing the act is ``met``."""

Pairs = list[tuple[bool, float]]


def examples(calls: list[tuple[Record, Reader]]) -> Iterator[tuple[str, bool, float]]:
    """(act, whether it was there, its raw chance) of everything the gold tells about acts."""
    for record, reader in calls:
        labels = (record.gold or {})["criteria"]
        for act, (criterion, good) in CRITERIA.items():
            if labels.get(criterion) in ("met", "missed"):
                best = max((r.chance(act) for r in reader.by("seller")), default=0.0)
                yield act, (labels[criterion] == "met") == good, best
        concerns = {one["turn"]: one for one in (record.gold or {}).get("concerns", [])}
        for reading in reader.by("client"):
            yield "concern", reading.turn in concerns, reading.chance("concern")
        places = sorted(concerns)
        for turn, after in zip(places, [*places[1:], None], strict=False):
            replies = reader.by("seller", turn, after)
            if replies:
                yield "accept", concerns[turn]["accepted"], replies[0].chance("accept")
                yield "clarify", concerns[turn]["clarified"], max(r.chance("clarify") for r in replies[:2])
                solved = max(r.chance("answer", "control") for r in replies)
                yield "answer", concerns[turn]["resolved"], solved
                yield "control", concerns[turn]["resolved"], solved
        if labels.get("care.reminded_of_self") in ("met", "missed"):
            for act in ("name", "role"):
                best = max((r.chance(act) for r in reader.by("seller")[:3]), default=0.0)
                yield act, labels["care.reminded_of_self"] == "met", best


def threshold(pairs: Pairs) -> float:
    """The chance that parts the examples best, kept near the usual one where few or several part them alike."""

    def worth(at: float) -> float:
        there = [chance >= at for yes, chance in pairs if yes]
        gone = [chance < at for yes, chance in pairs if not yes]
        share = len(there) / len(pairs)
        right = sum(there) / max(1, len(there)) * share**0.5 + sum(gone) / max(1, len(gone)) * (1 - share) ** 0.5
        return right - 0.15 * abs(at - USUAL)

    return max(GRID, key=worth)


def main(read: Callable[[Path], Iterator[Record]] = read_file) -> None:
    files = [Path(name) for name in sys.argv[1:]] or [OPEN]
    acts.thresholds.cache_clear()
    acts.THRESHOLDS.write_text("{}\n", encoding="utf-8")
    calls = [(record, Reader(record.transcript)) for path in files for record in read(path) if record.transcript]
    found: dict[str, Pairs] = {}
    for act, there, chance in examples(calls):
        found.setdefault(act, []).append((there, chance))
    chosen = {name: USUAL for names in acts.heads().acts.values() for name in names}
    chosen |= {act: threshold(pairs) for act, pairs in found.items()}
    acts.THRESHOLDS.write_text(yaml.safe_dump(chosen, sort_keys=True), encoding="utf-8")
    print(yaml.safe_dump(chosen, sort_keys=True))


if __name__ == "__main__":
    main()
