"""What a turn of a call does, in the context of the two turns before it and the one after: acts with chances.

Trained heads over sentence vectors and words. The acts are described in ``training/acts.md``, the heads come out of
``training/train.py`` and ship with the package.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from trainer.language.encoder import WIDTH, Array, encode
from trainer.language.text import fold
from trainer.transcript import Speaker

WEIGHTS = Path(__file__).parent / "weights" / "acts.npz"
THRESHOLDS = Path(__file__).parent / "weights" / "thresholds.yaml"
BUCKETS = 1 << 16
SCALE = np.float32(8)
_WORD = re.compile(r"[a-zа-я0-9']+|[?!]")


@dataclass(frozen=True)
class Spoken:
    """One side's words, ready to be read."""

    role: Speaker
    text: str


def word_features(turns: Sequence[Spoken], folded: Sequence[str], number: int) -> list[int]:
    """Hashed words, word beginnings and pairs of a turn, and the words of its neighbours; sorted, each once."""
    own = folded[number]
    found = [f"c{one}" for one in _grams(own)]
    if number:
        found += [f"p{one}" for one in _grams(folded[number - 1]) if one[0] in "wp"]
    if number + 1 < len(folded):
        found += [f"n{one}" for one in _grams(folded[number + 1]) if one[0] in "wp"]
    same = number > 0 and turns[number - 1].role == turns[number].role
    found += [
        f"pos{min(number, 6)}",
        f"same{int(same)}",
        f"asks{int('?' in own)}",
        f"len{min(6, len(own.split()) // 4)}",
    ]
    return sorted({zlib.crc32(one.encode()) % BUCKETS for one in found})


def _grams(folded: str) -> list[str]:
    words = _WORD.findall(folded)
    found = []
    for word in words:
        found.append(f"w{word}")
        if len(word) > 4:
            found.append(f"p{word[:5]}")
        if len(word) > 6:
            found.append(f"s{word[:4]}")
    found += [f"b{one[:6]}_{other[:6]}" for one, other in pairwise(words)]
    found += [f"k{one[:5]}__{other[:5]}" for one, other in zip(words, words[2:], strict=False)]
    return found


def vectors(folded: Sequence[str]) -> Array:
    """Vectors (n, 4 × 384) of each turn, the two before it and the one after; zeros where there is none."""
    own = encode(folded)
    blank = np.zeros((1, WIDTH), np.float32)
    before = np.concatenate([blank, own[:-1]])
    earlier = np.concatenate([blank, before[:-1]])
    after = np.concatenate([own[1:], blank])
    return np.concatenate([own, before, earlier, after], axis=1)


class Heads:
    """One linear bag of words and one small network over vectors for each side, added up to logits."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.mean: Array = np.tile(stored["mean"], 4)
        self.acts: dict[Speaker, list[str]] = {
            "seller": str(stored["seller_acts"]).split(),
            "client": str(stored["client_acts"]).split(),
        }
        self._of = {name: stored[name] for name in stored}
        for side in self.acts:
            scale = self._of[f"{side}_bag_scale"].astype(np.float32)
            self._of[f"{side}_bag"] = self._of[f"{side}_bag"].astype(np.float32) * scale

    def __call__(self, side: Speaker, buckets: Sequence[Sequence[int]], dense: Array) -> Array:
        """Chances (n, acts of the side)."""
        of = self._of
        x = np.where(dense != 0, dense - self.mean, np.float32(0)) * SCALE
        bag = of[f"{side}_bag"]
        words = np.stack([bag[list(row)].sum(0) / np.sqrt(np.float32(len(row))) for row in buckets])
        inner = _gelu(x @ of[f"{side}_in"].T + of[f"{side}_in_b"])
        direct = x @ of[f"{side}_direct"].T + of[f"{side}_direct_b"]
        logits = words + direct + inner @ of[f"{side}_out"].T + of[f"{side}_out_b"]
        chances: Array = 1 / (1 + np.exp(-logits.astype(np.float64)))
        return chances


def _gelu(x: Array) -> Array:
    """Gaussian error units in their tanh form (Hendrycks and Gimpel 2016)."""
    curve = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
    bent: Array = x * np.float32(0.5) * (1 + np.tanh(curve))
    return bent


@cache
def heads() -> Heads:
    """The shipped heads, loaded once."""
    with np.load(WEIGHTS) as stored:
        return Heads({name: stored[name] for name in stored.files})


@cache
def thresholds() -> dict[str, float]:
    """For each act the raw chance at which it is as likely as not (``training/calibrate.py``)."""
    loaded: dict[str, float] = yaml.safe_load(THRESHOLDS.read_text(encoding="utf-8"))
    return loaded


def _calibrated(chance: float, act: str) -> float:
    """The chance with the act's threshold moved to one half."""
    at = thresholds().get(act, 0.5)
    return round(chance * (1 - at) / (chance * (1 - at) + at * (1 - chance)), 4)


def read_acts(turns: Sequence[Spoken]) -> list[dict[str, float]]:
    """For each turn its side's acts with chances, 0–1, so set that 0.5 parts yes from no."""
    if not turns:
        return []
    folded = [fold(turn.text) for turn in turns]
    dense = vectors(folded)
    found: list[dict[str, float]] = [{} for _ in turns]
    for side, names in heads().acts.items():
        mine = [number for number, turn in enumerate(turns) if turn.role == side]
        if mine:
            chances = heads()(side, [word_features(turns, folded, number) for number in mine], dense[mine])
            for number, row in zip(mine, chances, strict=True):
                found[number] = {
                    name: _calibrated(float(chance), name) for name, chance in zip(names, row, strict=True)
                }
    return found
