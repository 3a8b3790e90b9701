"""The reader's chances on the calls it was kept from, as training leaves them for calibration."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from trainer.language.acts import SIGNS
from training.corpus import Call, known_acts

KEPT = Path(__file__).parent / "kept.npz"
"""Call id -> half floats ``(spoken turns, widest side)``; a row is filled from the left, the rest of it is zero."""


def store_chances(path: Path, calls: Sequence[Call], chances: Sequence[Sequence[Sequence[float]]]) -> None:
    """Writes the chances of each call's turns."""
    wide = max(len(row) for rows in chances for row in rows)
    arrays = {}
    for call, rows in zip(calls, chances, strict=True):
        table = np.zeros((len(rows), wide), np.float16)
        for place, row in enumerate(rows):
            table[place, : len(row)] = row
        arrays[call.transcript.id or ""] = table
    np.savez_compressed(path, **arrays)


def load_chances(path: Path, calls: Sequence[Call]) -> Iterator[tuple[Call, list[list[float]]]]:
    """The calls with the chances of their turns. Raises ValueError where the corpus has changed since training."""
    known = known_acts()
    wide = {"seller": len(known["seller"]), "client": len(known["client"]) + len(SIGNS)}
    with np.load(path) as stored:
        for call in calls:
            name = call.transcript.id or ""
            if name not in stored.files or len(stored[name]) != len(call.spoken):
                raise ValueError(f"{call.file}: {name}: not as it was in training; run python -m training.train")
            table = stored[name].astype(np.float64).tolist()
            yield call, [row[: wide[turn.role]] for row, (_, turn) in zip(table, call.spoken, strict=True)]
