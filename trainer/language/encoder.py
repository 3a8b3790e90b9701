"""What a turn does, read by a small embedded transformer: acts with probabilities, in the context of two turns before.

The weights ship with the package and come out of ``training/train.py``; the acts are described in ``training/acts.md``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.language.text import fold
from trainer.transcript import Speaker

Array = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights" / "acts.npz"
OWN, BEFORE, EARLIER = 64, 28, 14
"""Most tokens taken of the turn itself (a longer one is read in windows), of the one before it and of the one before that."""
WINDOWS = 8
BATCH = 48

START, PAD, END, UNKNOWN = 0, 1, 2, 3
SEGMENT_OWN, SEGMENT_OTHER, SEGMENT_SAME, SEGMENT_EARLIER, SEGMENT_MARK = range(5)


@dataclass(frozen=True)
class Spoken:
    """One side's words, ready to be read."""

    role: Speaker
    text: str


@dataclass(frozen=True)
class Input:
    """Token ids of a turn with its context, and the segment each belongs to."""

    ids: tuple[int, ...]
    segments: tuple[int, ...]


class Tokenizer:
    """Unigram tokens (Kudo 2018) of folded text: the split with the best total score, found by Viterbi."""

    def __init__(self, pieces: Sequence[str], scores: Iterable[float]) -> None:
        self._pieces = {
            piece: (number, float(score)) for number, (piece, score) in enumerate(zip(pieces, scores, strict=True))
        }
        self._longest = max(map(len, pieces))
        self._unknown = min(score for _, score in self._pieces.values()) - 10

    def __call__(self, folded: str) -> tuple[int, ...]:
        """Token ids of a folded text; characters without a piece become UNKNOWN."""
        return tuple(number for word in folded.split() for number in self._word(word))

    @lru_cache(maxsize=50_000)  # noqa: B019 - one tokenizer lives as long as the process
    def _word(self, word: str) -> tuple[int, ...]:
        text = "▁" + word
        best = [0.0] + [-1e30] * len(text)
        back: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                piece = self._pieces.get(text[start:end])
                if piece and best[start] + piece[1] > best[end]:
                    best[end], back[end] = best[start] + piece[1], (start, piece[0])
            if best[start] + self._unknown > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown, (start, UNKNOWN)
        numbers = []
        place = len(text)
        while place > 0:
            place, number = back[place]
            numbers.append(number)
        return tuple(reversed(numbers))


def inputs(turns: Sequence[Spoken], number: int, tokenize: Tokenizer) -> list[Input]:
    """The windows a turn is read through, each with the same context; one for all but the longest turns."""
    own = tokenize(fold(turns[number].text))
    context: list[int] = [END]
    segments = [SEGMENT_MARK]
    if number > 0:
        before = tokenize(fold(turns[number - 1].text))[-BEFORE:]
        context += before
        segments += [SEGMENT_SAME if turns[number - 1].role == turns[number].role else SEGMENT_OTHER] * len(before)
    context.append(END)
    segments.append(SEGMENT_MARK)
    if number > 1:
        earlier = tokenize(fold(turns[number - 2].text))[-EARLIER:]
        context += earlier
        segments += [SEGMENT_EARLIER] * len(earlier)
    pieces = [own[start : start + OWN] for start in range(0, max(len(own), 1), OWN)][:WINDOWS]
    return [
        Input((START, *piece, *context), (SEGMENT_MARK, *[SEGMENT_OWN] * len(piece), *segments)) for piece in pieces
    ]


class Network:
    """The forward pass in numpy, of weights kept as 8-bit rows with a scale each."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.acts: dict[Speaker, list[str]] = {
            "seller": str(stored["seller_acts"]).split(),
            "client": str(stored["client_acts"]).split(),
        }
        self.tokenize = Tokenizer(bytes(stored["pieces"]).decode("utf-8").split("\n"), stored["scores"])
        self._heads = int(stored["heads"])
        self._words, self._word_scales = stored["word"], stored["word_scale"].astype(np.float32)
        self._layers = int(stored["layers"])
        self._w: dict[str, Array] = {}
        for name in stored:
            if name.endswith("_scale") and name != "word_scale":
                whole = name.removesuffix("_scale")
                self._w[whole] = np.ascontiguousarray(
                    (stored[whole].astype(np.float32) * stored[name].astype(np.float32)[:, None]).T
                )
            elif stored[name].dtype == np.float32:
                self._w[name] = stored[name]

    def __call__(self, batch: Sequence[Input]) -> tuple[Array, Array]:
        """Logits (n, seller acts) and (n, client acts)."""
        longest = max(len(one.ids) for one in batch)
        ids = np.full((len(batch), longest), PAD)
        segments = np.full((len(batch), longest), SEGMENT_MARK + 1)
        for row, one in enumerate(batch):
            ids[row, : len(one.ids)] = one.ids
            segments[row, : len(one.ids)] = one.segments
        w = self._w
        x: Array = self._words[ids].astype(np.float32) * self._word_scales[ids][:, :, None]
        x = self._norm(x + w["pos"][:longest] + w["segment"][segments], "norm")
        hidden = np.where(segments == SEGMENT_MARK + 1, np.float32(-1e9), np.float32(0))[:, None, None, :]
        for layer in range(self._layers):
            x = self._layer(x, hidden, f"l{layer}.")
        own = (segments == SEGMENT_OWN).astype(np.float32)[:, :, None]
        mean = (x * own).sum(1) / np.maximum(own.sum(1), 1)
        pooled = np.concatenate([mean, x[:, 0]], axis=1)
        return pooled @ w["seller"].T + w["seller.b"], pooled @ w["client"].T + w["client.b"]

    def _layer(self, x: Array, hidden: Array, name: str) -> Array:
        w = self._w
        rows, length, width = x.shape
        flat = x.reshape(rows * length, width)

        def split(matrix: Array) -> Array:
            heads = matrix.reshape(rows, length, self._heads, width // self._heads)
            return np.ascontiguousarray(heads.transpose(0, 2, 1, 3))

        q, k, v = (split(flat @ w[f"{name}{part}"] + w[f"{name}{part}.b"]) for part in "qkv")
        weights = q @ k.transpose(0, 1, 3, 2)
        weights *= np.float32((width // self._heads) ** -0.5)
        weights += hidden
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(-1, keepdims=True)
        seen = (weights @ v).transpose(0, 2, 1, 3).reshape(rows * length, width)
        flat = self._norm(flat + seen @ w[f"{name}o"] + w[f"{name}o.b"], f"{name}n1")
        inner = _gelu(flat @ w[f"{name}in"] + w[f"{name}in.b"])
        return self._norm(flat + inner @ w[f"{name}out"] + w[f"{name}out.b"], f"{name}n2").reshape(x.shape)

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-12))
        normed: Array = centred / spread * self._w[name] + self._w[f"{name}.b"]
        return normed


def _gelu(x: Array) -> Array:
    """Gaussian error units by their tanh form (Hendrycks and Gimpel 2016), in place; powers are spelled out for speed."""
    curve = x * x
    curve *= np.float32(0.0356774081)
    curve += np.float32(0.7978845608)
    curve *= x
    np.tanh(curve, out=curve)
    curve += 1
    x *= curve
    x *= np.float32(0.5)
    return x


@cache
def network() -> Network:
    """The shipped network, loaded once."""
    with np.load(WEIGHTS) as stored:
        return Network({name: stored[name] for name in stored.files})


def read_acts(turns: Sequence[Spoken]) -> list[dict[str, float]]:
    """For each turn its acts with probabilities (0–1); a long turn does what its most telling window does."""
    net = network()
    work = [(number, one) for number in range(len(turns)) for one in inputs(turns, number, net.tokenize)]
    work.sort(key=lambda item: (len(item[1].ids), item[0]))
    found: list[dict[str, float]] = [{} for _ in turns]
    for start in range(0, len(work), BATCH):
        part = work[start : start + BATCH]
        seller, client = net([one for _, one in part])
        for row, (number, _) in enumerate(part):
            role = turns[number].role
            logits = seller[row] if role == "seller" else client[row]
            for act, chance in zip(net.acts[role], 1 / (1 + np.exp(-logits.astype(np.float64))), strict=True):
                found[number][act] = max(found[number].get(act, 0.0), round(float(chance), 4))
    return found
