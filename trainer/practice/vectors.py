"""Vectors of questions and answers: those of the package's own files ship, the others are made now."""

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from trainer.language.encoder import Array, read

FOLDER = Path(__file__).parent / "asked"
"""The question encoder and all that was trained beside it (``training/``)."""


def vectors(texts: Sequence[str]) -> list[Array]:
    """Vectors of length one: those that ship from their file, the others made now."""
    shipped = _shipped()
    fresh = [text for text in dict.fromkeys(texts) if key(text) not in shipped]
    made = dict(zip(fresh, map(unit, read(fresh, FOLDER)), strict=True)) if fresh else {}
    return [made[text] if text in made else shipped[key(text)] for text in texts]


@lru_cache(maxsize=4096)
def vector(text: str) -> Array:
    """The vector, of length one, of a text in its ``spoken`` form."""
    return vectors([text])[0]


def unit(vectors: Array) -> Array:
    """A vector, or each row of many, of length one."""
    return np.asarray(vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=-1, keepdims=True)), np.float32)


@cache
def _shipped() -> dict[int, Array]:
    """The vectors of the questions in the package's own files, so that no call waits for them."""
    with np.load(FOLDER / "known.npz") as stored:
        return dict(zip(stored["keys"].tolist(), unit(stored["vectors"].astype(np.float32)), strict=True))


def key(text: str) -> int:
    """The name under which a question's vector is stored."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
