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
BATCH = 32
KEPT = 20_000

_vectors: OrderedDict[str, Array] = OrderedDict()
_lock = Lock()


@cache
def _model() -> tuple[Tokenizer, InferenceSession]:
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")  # weights are 8 bit on disk only
    session = InferenceSession(WEIGHTS / "turns.onnx", options, providers=["CPUExecutionProvider"])
    return Tokenizer.from_file(str(WEIGHTS / "tokens.json")), session


def encode(texts: Sequence[str]) -> Array:
    """Vectors (n, 384) of texts in their ``spoken`` form; texts of one length are read together, without padding."""
    found = np.zeros((len(texts), WIDTH), np.float32)
    keys = [text[:LONGEST] for text in texts]
    with _lock:
        missing = list(dict.fromkeys(key for key in keys if key not in _vectors))
        if missing:
            _vectors.update(_read(missing))
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


def _read(texts: list[str]) -> dict[str, Array]:
    tokenizer, session = _model()
    by_length: dict[int, list[tuple[str, list[int]]]] = {}
    for text, encoded in zip(texts, tokenizer.encode_batch(texts), strict=True):
        ids = [START, *encoded.ids[:TOKENS], END]
        by_length.setdefault(len(ids), []).append((text, ids))
    found: dict[str, Array] = {}
    for alike in by_length.values():
        for at in range(0, len(alike), BATCH):
            part = alike[at : at + BATCH]
            vectors = session.run(None, {"ids": np.array([ids for _, ids in part], np.int64)})[0]
            found |= {text: vector for (text, _), vector in zip(part, vectors, strict=True)}
    return found
