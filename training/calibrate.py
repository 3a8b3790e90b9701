"""Fits what stands between the act reader and the verdicts: thresholds of acts, decisions, trust in verdicts.

    python -m training.calibrate

Fitted on half of the corpus' whole calls, with the chances of a reader that was kept from them (``kept.npz``), and on
the open part of the gold calls, each of which counts as several of the corpus': they are labelled by other hands. The
sealed part is never read. Writes language/weights/thresholds.yaml, grading/decisions.yaml and grading/trust.yaml,
prints how often each decision is right on calls left out of its fitting. Needs scikit-learn.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trainer.definitions import rubrics
from trainer.grading import decisions, trust
from trainer.grading.care import INTRODUCTION
from trainer.grading.closing import read_ending, rush_features
from trainer.grading.concerns import reply_features
from trainer.grading.detectors import Reader
from trainer.grading.rules import RulesJudge, respect_features
from trainer.language import acts
from trainer.language.text import spoken
from trainer.readers import read_file
from trainer.rubric import choose
from trainer.transcript import Speaker
from training.corpus import Call, read_corpus, split
from training.kept import KEPT, load_chances

GRID = [n / 100 for n in range(6, 81, 2)]
USUAL = 0.4
RIDGE = 0.05
GOLD = 1_000_000
"""From this number on calls are gold."""
Row = tuple[int, bool, dict[str, float]]


OPEN = Path(__file__).parent.parent / "tests" / "gold" / "open.jsonl"
OPEN_WEIGHT = 2
ASKED = {
    "how_went": "care.asked_how_it_went",
    "own_view": "care.asked_own_impression",
    "others_view": "care.asked_others_impression",
    "support": "care.offered_support",
    "convenient": "care.no_convenience_question",
    "referral": "care.no_referral_request",
    "help_more": "closing.further_help",
}
"""Acts that decide a criterion on their own."""
OF: dict[str, str] = ASKED | {
    **dict.fromkeys(("name", "role"), "care.reminded_of_self"),
    **dict.fromkeys(("ask_contact", "own_contact", "invite", "ask_time", "deal"), "goal.asked_appointment"),
    **dict.fromkeys(("respect_critic", "support_choice", "agree_critic", "mock_critic"), "choice.supported"),
}
"""The criterion that an act which is asked for once in a call matters to.

The calls it does not apply to would only make the act look easy to tell.
"""
Raw = list[tuple[Call, list[list[float]]]]


def read_gold(path: Path) -> list[Call]:
    """The gold calls in the corpus' form, their turns without acts."""
    calls = []
    for record in read_file(path):
        gold = record.gold or {}
        marks = {one["turn"]: tuple(one[name] for name in acts.SIGNS) for one in gold.get("concerns", ())}
        assert record.transcript is not None
        calls.append(Call(path.name, record.transcript, {}, marks, gold.get("outcome"), gold["criteria"]))
    return calls


def read(calls: list[Call]) -> Raw:
    """The calls with the reader's raw chances at each of their turns."""
    found = []
    for call in calls:
        turns = [turn for _, turn in call.spoken]
        rows = acts.heads()(turns, [spoken(turn.text) for turn in turns])
        found.append((call, [row.tolist() for row in rows]))
    return found


def thresholds(corpus: Raw, gold: Raw) -> dict[str, float]:
    """For each act the chance at which reading it makes the fewest mistakes.

    Acts that a criterion asks for once in a call are weighed by calls, both answers alike, the others by turns (F1).
    """
    found = dict.fromkeys(acts.SIGNS, 0.5)
    for side, names in acts.heads().acts.items():
        for place, act in enumerate(names):
            if act in ASKED:
                pairs = [*_asked(corpus, side, act, place), *OPEN_WEIGHT * list(_asked(gold, side, act, place))]
            elif act in OF:
                fit = [_spotted(call, rows, side, act, place) for call, rows in corpus if _applies(call, act)]
                pairs = [(max(c for c, _ in one), any(there for _, there in one)) for one in fit if one]
                pairs += OPEN_WEIGHT * list(_asked(gold, side, act, place))
            else:
                pairs = [pair for call, rows in corpus for pair in _spotted(call, rows, side, act, place)]
            chances, wanted = (np.array(column) for column in zip(*pairs, strict=True))
            measure = _balanced if act in OF else _f1
            worth = {at: measure(chances >= at, wanted) - 0.02 * abs(at - USUAL) for at in GRID}
            found[act] = max(GRID, key=worth.__getitem__)
    return found


def _applies(call: Call, act: str) -> bool:
    return call.verdicts.get(OF[act], "not_applicable") != "not_applicable"


def _asked(gold: Raw, side: Speaker, act: str, place: int) -> Iterator[tuple[float, bool]]:
    """(the highest chance in the call, whether the act is there) where a call's verdicts tell."""
    for call, rows in gold:
        said = _spotted(call, rows, side, act, place)
        verdict = call.verdicts.get("care.reminded_of_self" if act in ("name", "role") else ASKED.get(act, ""))
        if said and verdict in ("met", "missed"):
            yield max(chance for chance, _ in said), (verdict == "met") != (act in ("convenient", "referral"))


def _spotted(call: Call, rows: list[list[float]], side: Speaker, act: str, place: int) -> list[tuple[float, bool]]:
    """(chance, whether the act is there) at every turn of a side; for an introduction, at its first turns only."""
    found = [
        (rows[n][place], act in call.acts.get(number, ()))
        for n, (number, turn) in enumerate(call.spoken)
        if turn.role == side
    ]
    return found[:INTRODUCTION] if act in ("name", "role") else found


def _balanced(said: Any, wanted: Any) -> float:
    return float(said[wanted].mean() if wanted.any() else 1.0) + float(
        (~said[~wanted]).mean() if (~wanted).any() else 1.0
    )


def _f1(said: Any, wanted: Any) -> float:
    hits = int((said & wanted).sum())
    return 2 * hits / max(1, int(said.sum()) + int(wanted.sum()))


def decided(calls: list[tuple[Call, Reader]]) -> Iterator[tuple[str, int, bool, dict[str, float]]]:
    """(decision, call number, label, features) of everything the corpus tells about decisions."""
    for number, (call, reader) in enumerate(calls):
        places = sorted(call.concerns)
        for turn, after in zip(places, [*places[1:], None], strict=False):
            replies = tuple(reader.by("seller", turn, after))
            if replies:
                concern = next(reading for reading in reader.readings if reading.turn == turn)
                features = reply_features(concern, replies, reader.by("client", turn, after))
                for name, label in zip(acts.SIGNS, call.concerns[turn], strict=True):
                    yield name, number, label, features
        if call.verdicts.get("closing.no_rush") in ("met", "missed"):
            rushed = call.verdicts["closing.no_rush"] == "missed"
            yield "rushed", number, rushed, rush_features(reader, read_ending(reader))
        if "respect.equal_quality" in call.verdicts:
            yield "rude", number, call.verdicts["respect.equal_quality"] == "missed", respect_features(reader)


def fit(rows: list[Row]) -> tuple[dict[str, float], float]:
    """Weights of a ridge logistic regression, and its accuracy over calls left out in turn."""
    names = sorted(rows[0][2])
    x = np.array([[features[name] for name in names] for _, _, features in rows])
    y = np.array([label for _, label, _ in rows])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=RIDGE, max_iter=5000))
    folds = GroupKFold(8)
    accuracy = float((cross_val_predict(model, x, y, groups=[call for call, _, _ in rows], cv=folds) == y).mean())
    weights_of = np.array([OPEN_WEIGHT if call >= GOLD else 1 for call, _, _ in rows], np.float64)
    model.fit(x, y, logisticregression__sample_weight=weights_of)
    scale, centre = model[0].scale_, model[0].mean_
    weights = model[1].coef_[0] / scale
    bias = float(model[1].intercept_[0] - (weights * centre).sum())
    return {"bias": round(bias, 4)} | {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}, accuracy


def trusted(calls: list[tuple[Call, Reader]]) -> dict[str, dict[str, float]]:
    """For each criterion the line from how sure the rules are (log-odds) to how often they are right (log-odds)."""
    rows: dict[str, list[tuple[float, bool]]] = {}
    for call, reader in calls:
        gold = (call.gold or {})["criteria"]
        rubric = choose(rubrics(), call.transcript.call)
        for name, finding in RulesJudge().read(reader, rubric).findings.items():
            if name in gold:
                rows.setdefault(name, []).append((trust.odds(finding.sure), finding.verdict == gold[name]))
    found = {}
    for name, pairs in sorted(rows.items()):
        x, y = np.array([[odds] for odds, _ in pairs]), np.array([right for _, right in pairs])
        if y.all() or not y.any():
            found[name] = {"bias": round(math.log((y.sum() + 1) / (len(y) - y.sum() + 1)), 3), "slope": 0.0}
            continue
        line = LogisticRegression(C=1.0).fit(x, y)
        found[name] = {"bias": round(float(line.intercept_[0]), 3), "slope": round(float(line.coef_[0][0]), 3)}
        print(f"{name:32} right {y.mean():.3f}")
    return found


def _by_turn(call: Call, rows: list[list[float]]) -> dict[int, dict[str, float]]:
    numbers, turns = zip(*call.spoken, strict=True)
    return dict(zip(numbers, acts.named(turns, rows), strict=True))


def _store(path: Path, values: object, forget: Any) -> None:
    path.write_text(yaml.safe_dump(values, sort_keys=True), encoding="utf-8")
    forget.cache_clear()


def main() -> None:
    corpus, gold = list(load_chances(KEPT, split(read_corpus())[1])), read(read_gold(OPEN))
    _store(acts.THRESHOLDS, thresholds(corpus, gold), acts.thresholds)
    calls = [(call, Reader(call.transcript, _by_turn(call, rows))) for call, rows in corpus]
    judged = [(call, Reader(call.transcript)) for call, _ in gold]
    rows: dict[str, list[Row]] = {}
    for start, part in ((0, calls), (GOLD, judged)):
        for name, number, label, features in decided(part):
            rows.setdefault(name, []).append((start + number, label, features))
    fitted = {name: fit(part) for name, part in rows.items()}
    _store(decisions.WEIGHTS, {name: table for name, (table, _) in fitted.items()}, decisions.weights)
    for name, (_, accuracy) in fitted.items():
        print(f"{name:10} n {len(rows[name]):5}  right on calls left out {accuracy:.3f}")
    _store(trust.WEIGHTS, trusted(calls), trust.lines)


if __name__ == "__main__":
    main()
