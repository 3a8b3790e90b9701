"""How far a verdict of the rules can be trusted: how sure they are, set against how often they were right.

The lines stand in ``trust.yaml``, one a criterion, made by ``training/calibrate.py`` on calls the reader had not seen.
"""

import math
from functools import cache
from pathlib import Path

import yaml

WEIGHTS = Path(__file__).parent / "trust.yaml"


@cache
def lines() -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = yaml.safe_load(WEIGHTS.read_text(encoding="utf-8"))
    return loaded


def odds(chance: float) -> float:
    """Log-odds, kept finite."""
    return math.log((chance + 0.005) / (1.005 - chance))


def trusted(criterion: str, sure: float) -> float:
    """The chance (0–1) that the rules' verdict on a criterion is right; ``sure`` itself for one never measured."""
    line = lines().get(criterion)
    if line is None:
        return sure
    return 1 / (1 + math.exp(-(line["bias"] + line["slope"] * odds(sure))))
