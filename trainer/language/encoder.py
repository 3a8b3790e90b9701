"""Turn vectors from a small embedded transformer, tuned on the corpus (``training/train.py``), cached by text."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

Array = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights"
WIDTH = 384
LONGEST = 600
"""Characters of a text that are encoded; a turn's act shows well before that."""
TOKENS = 94
START, END = 0, 2
KEPT = 20_000

_vectors: OrderedDict[str, Array] = OrderedDict()
_lock = Lock()


@cache
def _model(folder: Path) -> tuple[Tokenizer, InferenceSession]:
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = InferenceSession(folder / "turns.onnx", options, providers=["CPUExecutionProvider"])
    return Tokenizer.from_file(str(folder / "tokens.json")), session


def encode(texts: Sequence[str]) -> Array:
    """Vectors (n, 384) of texts in their ``spoken`` form.

    Each text is read alone: the network reckons in whole numbers scaled to what it reads, so that beside other texts
    a vector would come out a little different. It costs nothing: whole numbers are as quick one text at a time.
    """
    found = np.zeros((len(texts), WIDTH), np.float32)
    keys = [text[:LONGEST] for text in texts]
    with _lock:
        missing = list(dict.fromkeys(key for key in keys if key not in _vectors))
        if missing:
            _vectors.update(zip(missing, read(missing), strict=True))
        for row, key in enumerate(keys):
            _vectors.move_to_end(key)
            found[row] = _vectors[key]
        while len(_vectors) > KEPT:
            _vectors.popitem(last=False)
    return found


def forget() -> None:
    """Drops every vector that is kept."""
    with _lock:
        _vectors.clear()


def read(texts: Sequence[str], folder: Path = WEIGHTS) -> list[Array]:
    """As ``encode``, of texts up to ``LONGEST``, by the encoder in a folder; nothing is kept."""
    tokenizer, session = _model(folder)
    encoded = tokenizer.encode_batch(list(texts))
    every = (np.array([[START, *one.ids[:TOKENS], END]], np.int64) for one in encoded)
    return [session.run(None, {"ids": ids})[0][0] for ids in every]
