"""Verdicts that take several readings together: small logistic models, fitted on whole calls.

The weights stand in ``decisions.yaml``, one table a decision, made by ``training/calibrate.py`` from the corpus' whole
calls and the open gold; their features are chances of acts around a place in the call, as log-odds.
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

from trainer.grading.detectors import Reading

WEIGHTS = Path(__file__).parent / "decisions.yaml"
Features = Mapping[str, float]


@cache
def weights() -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = yaml.load(
        WEIGHTS.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return loaded


def decide(decision: str, features: Features) -> float:
    """The chance (0–1) that the decision is yes; KeyError for a decision that was never fitted."""
    table = weights()[decision]
    odds = table["bias"] + sum(table.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def odds_of(reading: Reading | None, prefix: str, acts: Iterable[str]) -> dict[str, float]:
    """The log-odds of a turn's acts, named ``prefix.act``; of acts all but absent where there is no such turn."""
    found = {}
    for act in acts:
        chance = reading.chance(act) if reading else 0.0
        found[f"{prefix}.{act}"] = math.log((chance + 0.01) / (1.01 - chance))
    return found


def sureness(chance: float) -> float:
    """How likely the decision is right, given its chance: the chance of the side it fell on."""
    return max(chance, 1 - chance)
