"""Which of his lines answers best what was just said: small layers over turn vectors, trained on the corpus' calls."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from trainer.language.encoder import Array
from trainer.language.text import spoken
from trainer.practice.vectors import FOLDER, key, unit, vector

LONGEST = 300
"""Characters of a turn; more of it tells no more about the answer."""
LEAST = 0.22
"""What an answer found by shared words alone has to fit: three in four true replies fit better, one in six others."""
_FORMS = re.compile(r"[\[<]([^|\[\]<>]*)\|[^|\[\]<>]*[\]>]")
_SLOT = re.compile(r"\{\w+\}")


def fits(said: str, lines: Sequence[str]) -> Array:
    """How well each line of a bank, its forms and slots unfilled, answers the seller's words: cosines."""
    heard = _project("said", turn(spoken(said)[:LONGEST]))
    return np.array([heard @ _answer(bare(line)) for line in lines], np.float32)


def bare(line: str) -> str:
    """A line of a bank as its vector is made: the first of its forms, no slots, as it is heard."""
    return spoken(_SLOT.sub("", _FORMS.sub(r"\1", line)))[:LONGEST]


@lru_cache(maxsize=512)
def turn(text: str) -> Array:
    """The vector, of length one, of a turn in its ``spoken`` form, about the mean of all turns."""
    return unit(vector(text) - _weights()["mean"])


@lru_cache(maxsize=16_384)
def _answer(text: str) -> Array:
    shipped = _shipped().get(key(text))
    return shipped if shipped is not None else _project("answer", turn(text))


def _project(side: str, vector: Array) -> Array:
    weights = _weights()
    straight = vector @ weights[f"{side}.straight"]
    inner = np.maximum(vector @ weights[f"{side}.inner"] + weights[f"{side}.inner_bias"], 0)
    return unit(straight + inner @ weights[f"{side}.outer"] + weights[f"{side}.outer_bias"])


@cache
def _weights() -> dict[str, Array]:
    with np.load(FOLDER / "fits.npz") as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files if name not in ("keys", "vectors")}


@cache
def _shipped() -> dict[int, Array]:
    """The vectors of the lines in the package's own files."""
    with np.load(FOLDER / "fits.npz") as stored:
        return dict(zip(stored["keys"].tolist(), unit(stored["vectors"].astype(np.float32)), strict=True))
