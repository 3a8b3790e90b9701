"""The same calls in Russian and in English: how often both get the same verdict (G21).

    python -m tests.measure.parity

Pairs ``pairs-en.jsonl`` with the calls it was translated from (``gold.translation_of``), open and sealed; of sealed
calls only verdicts are counted, and nothing is shown.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from trainer.definitions import rubrics
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.readers import read_file
from trainer.rubric import choose
from trainer.transcript import Transcript

GOLD = Path(__file__).parents[1] / "gold"


@dataclass
class Parity:
    """Equal and all verdicts by criterion, those that apply on either side; ``differ`` names them for open calls."""

    pairs: int = 0
    equal: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    differ: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.equal.total() / self.total.total() if self.total else 0.0


def _verdicts(transcript: Transcript) -> dict[str, str | None]:
    report = grade(transcript, choose(rubrics(), transcript.call), RulesJudge())
    return {one.id: one.verdict for one in report.criteria}


@cache
def parity() -> Parity:
    """Every translated pair graded on both sides."""
    shown = {one.transcript.id: one.transcript for one in read_file(GOLD / "open.jsonl") if one.transcript}
    sealed = {one.transcript.id: one.transcript for one in read_file(GOLD / "sealed.jsonl") if one.transcript}
    originals = sealed | shown
    found = Parity()
    for record in read_file(GOLD / "pairs-en.jsonl"):
        original = originals.get((record.gold or {}).get("translation_of"))
        if record.transcript is None or original is None:
            continue
        found.pairs += 1
        one, other = _verdicts(original), _verdicts(record.transcript)
        for name, verdict in one.items():
            if verdict == other[name] == "not_applicable":
                continue
            found.total[name] += 1
            found.equal[name] += verdict == other[name]
            if verdict != other[name] and original.id in shown:
                found.differ.append(f"{original.id}: {name}: {verdict} / {other[name]}")
    return found


def main() -> None:
    found = parity()
    print(f"{found.pairs} translated pairs, equal verdicts: {found.share:.3f} of {found.total.total()}")
    for name in sorted(found.total):
        print(f"  {name:30} {found.equal[name] / found.total[name]:.2f}")
    for line in found.differ:
        print("   ", line)


if __name__ == "__main__":
    main()
