"""Sets, for every act, the chance at which it is more likely than not, and fits the grader's decisions, on open gold.

    python -m training.calibrate [GOLD.jsonl …]     writes language/weights/thresholds.yaml and grading/decisions.yaml

Prints for every decision how often it is right on calls left out of its own fitting. Needs scikit-learn.

Corpus and calls differ in how often an act occurs, so a head's raw 0.5 is not the point where it is right half the
time. The sealed part of the gold is never read here.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trainer.grading import decisions
from trainer.grading.closing import read_ending, rush_features
from trainer.grading.concerns import concern_features, reply_features
from trainer.grading.detectors import Reader
from trainer.grading.rules import respect_features
from trainer.language import acts
from trainer.readers import Record, read_file

OPEN = Path(__file__).parent.parent / "tests" / "gold" / "open.jsonl"
USUAL = 0.35
RIDGE = 0.03
GRID = [n / 100 for n in range(8, 61, 2)]

CRITERIA: dict[str, tuple[str, bool]] = {
    "how_went": ("care.asked_how_it_went", True),
    "own_view": ("care.asked_own_impression", True),
    "others_view": ("care.asked_others_impression", True),
    "support": ("care.offered_support", True),
    "convenient": ("care.no_convenience_question", False),
    "referral": ("care.no_referral_request", False),
    "help_more": ("closing.further_help", True),
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
        return right - 0.4 * abs(at - USUAL)

    return max(GRID, key=worth)


def decided(calls: list[tuple[Record, Reader]]) -> Iterator[tuple[str, int, bool, dict[str, float]]]:
    """(decision, call number, label, features) of everything the gold tells about decisions."""
    for number, (record, reader) in enumerate(calls):
        labels = (record.gold or {})["criteria"]
        concerns = {one["turn"]: one for one in (record.gold or {}).get("concerns", [])}
        for reading in reader.by("client"):
            yield "voiced", number, reading.turn in concerns, concern_features(reader, reading)
        places = sorted(concerns)
        for turn, after in zip(places, [*places[1:], None], strict=False):
            replies = tuple(reader.by("seller", turn, after))
            if replies:
                features = reply_features(replies, reader.by("client", turn, after))
                for name in ("accepted", "clarified", "resolved"):
                    yield name, number, concerns[turn][name], features
        if labels["closing.no_rush"] in ("met", "missed"):
            rushed = labels["closing.no_rush"] == "missed"
            yield "rushed", number, rushed, rush_features(reader, read_ending(reader))
        yield "rude", number, labels["respect.equal_quality"] == "missed", respect_features(reader)


def fit(rows: list[tuple[int, bool, dict[str, float]]], rare: bool) -> tuple[dict[str, float], float]:
    """Weights of a ridge logistic regression, and its accuracy over calls left out in turn.

    ``rare``: both answers count alike, however seldom one of them is.
    """
    names = sorted(rows[0][2])
    x = np.array([[features[name] for name in names] for _, _, features in rows])
    y = np.array([label for _, label, _ in rows])
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=RIDGE, max_iter=5000, class_weight="balanced" if rare else None)
    )
    folds = GroupKFold(8)
    accuracy = float((cross_val_predict(model, x, y, groups=[call for call, _, _ in rows], cv=folds) == y).mean())
    model.fit(x, y)
    scale, centre = model[0].scale_, model[0].mean_
    weights = model[1].coef_[0] / scale
    bias = float(model[1].intercept_[0] - (weights * centre).sum())
    return {"bias": round(bias, 4)} | {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}, accuracy


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
    acts.thresholds.cache_clear()
    calls = [(record, Reader(record.transcript)) for record, _ in calls if record.transcript]
    rows: dict[str, list[tuple[int, bool, dict[str, float]]]] = {}
    for name, call, label, features in decided(calls):
        rows.setdefault(name, []).append((call, label, features))
    fitted = {name: fit(part, rare=name != "voiced") for name, part in rows.items()}
    weights = {name: table for name, (table, _) in fitted.items()}
    decisions.WEIGHTS.write_text(yaml.safe_dump(weights, sort_keys=True), encoding="utf-8")
    for name, (_, accuracy) in fitted.items():
        print(f"{name:10} n {len(rows[name]):5}  right on calls left out {accuracy:.3f}")


if __name__ == "__main__":
    main()
