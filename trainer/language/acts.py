"""What a turn of a call does, in the context of the whole call: acts with chances.

A small network read from ``weights/``: vectors of the turns (``encoder.py``), two layers of gated recurrent units along
the call in both directions (Cho et al. 2014), for each side a head over them and over hashed words, and attention from
a concern over the turns after it. The acts are described in ``training/acts.md``; ``training/train.py`` makes the
weights.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import yaml

from trainer.language.encoder import WEIGHTS, Array, encode
from trainer.language.text import spoken
from trainer.transcript import Speaker

HEADS = WEIGHTS / "acts.npz"
THRESHOLDS = WEIGHTS / "thresholds.yaml"
SIGNS = ("accepted", "clarified", "resolved")
"""What else is read at a client's turn: whether a concern voiced in it is accepted, clarified, resolved in the call."""
NEAR = 64
"""Turns whose words are remembered: a turn's features need its neighbours' as well."""
_OWN, _BEFORE, _AFTER = (zlib.crc32(mark) for mark in (b"c", b"p", b"n"))
"""Whose words are hashed: the turn's own, those of the one before, of the one after."""
_WORD = re.compile(r"[a-zа-я0-9']+|\?")


@dataclass(frozen=True)
class Spoken:
    """One side's words, ready to be read."""

    role: Speaker
    text: str


def word_features(turns: Sequence[Spoken], heard: Sequence[str], number: int) -> list[int]:
    """Hashed words, word beginnings and pairs of a turn, and the words of its neighbours; sorted, each once."""
    own = heard[number]
    found = {zlib.crc32(one, _OWN) for one in _grams(own)}
    if number:
        found.update(zlib.crc32(one, _BEFORE) for one in _grams(heard[number - 1]) if one[0] in b"wp")
    if number + 1 < len(heard):
        found.update(zlib.crc32(one, _AFTER) for one in _grams(heard[number + 1]) if one[0] in b"wp")
    same = number > 0 and turns[number - 1].role == turns[number].role
    about = (
        f"pos{min(number, 6)}",
        f"same{int(same)}",
        f"asks{int('?' in own)}",
        f"len{min(6, len(own.split()) // 4)}",
    )
    return sorted(found.union(zlib.crc32(one.encode()) for one in about))


@lru_cache(NEAR)
def _grams(heard: str) -> tuple[bytes, ...]:
    words = _WORD.findall(heard)
    found = []
    for word in words:
        found.append(f"w{word}")
        if len(word) > 4:
            found.append(f"p{word[:5]}")
        if len(word) > 6:
            found.append(f"s{word[:4]}")
    found += [f"b{one[:6]}_{other[:6]}" for one, other in pairwise(words)]
    found += [f"k{one[:5]}__{other[:5]}" for one, other in zip(words, words[2:], strict=False)]
    return tuple(one.encode() for one in found)


class Heads:
    """The network above the vectors. ``stored``: arrays by name, as ``training/train.py`` names them."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.acts: dict[Speaker, list[str]] = {
            "seller": str(stored["seller_acts"]).split(),
            "client": str(stored["client_acts"]).split(),
        }
        self._known: NDArrayInt = stored["words"]
        self._of = {name: stored[name] for name in stored}
        for name, array in self._of.items():
            if array.dtype == np.float16:
                self._of[name] = array.astype(np.float32)
        for side in self.acts:
            self._of[f"{side}.words"] = self._of[f"{side}.words"] * self._of[f"{side}.words_scale"]

    def __call__(self, turns: Sequence[Spoken], heard: Sequence[str]) -> list[Array]:
        """For each turn the chances of its side's acts; for the client's turns the ``SIGNS`` behind them."""
        own = encode(heard)
        role = self._of["role"][[0 if turn.role == "seller" else 1 for turn in turns]]
        first = self._along("along", _gelu(self._line("enter", np.concatenate([own, role], 1))))
        second = self._along("again", first)
        blank = np.zeros_like(own[:1])
        before = np.concatenate([blank, own[:-1]])
        earlier = np.concatenate([blank, before[:-1]])
        after = np.concatenate([own[1:], blank])
        every = np.concatenate([own, before, earlier, after, first, second, role], 1)
        found: list[Array] = [own[0]] * len(turns)
        for side in self.acts:
            mine = [number for number, turn in enumerate(turns) if turn.role == side]
            if mine:
                said = np.stack([self._words(side, word_features(turns, heard, number)) for number in mine])
                inner = _gelu(self._line(f"{side}.in", every[mine]))
                logits = said + self._line(f"{side}.direct", every[mine]) + self._line(f"{side}.out", inner)
                if side == "client":
                    logits[:, -len(SIGNS) :] += self._fate(np.concatenate([own, first, second, role], 1), mine)
                for number, row in zip(mine, 1 / (1 + np.exp(-logits)), strict=True):
                    found[number] = row
        return found

    def _line(self, name: str, x: Array) -> Array:
        line: Array = x @ self._of[f"{name}.w"] + self._of[f"{name}.b"]
        return line

    def _words(self, side: Speaker, hashed: list[int]) -> Array:
        wanted = np.array(hashed, np.uint32)
        places = np.minimum(np.searchsorted(self._known, wanted), len(self._known) - 1)
        kept = places[self._known[places] == wanted]
        rows: Array = self._of[f"{side}.words"][kept if len(kept) else [0]]
        total: Array = rows.sum(0) / np.sqrt(np.float32(len(rows)))
        return total

    def _fate(self, states: Array, mine: list[int]) -> Array:
        """For each of the client's turns the logits of the ``SIGNS``, looked for in the turns that follow."""
        offered, told = self._line("fate.offered", states), _gelu(self._line("fate.told", states))
        wide = offered.shape[1]
        asked = self._line("fate.asked", states[mine]).reshape(len(mine), len(SIGNS), wide)
        here = _gelu(self._line("fate.here", states[mine]))
        far: Array = self._of["fate.far"]
        found = np.empty((len(mine), len(SIGNS)), np.float32)
        for row, turn in enumerate(mine):
            apart = np.minimum(np.arange(len(states) - turn), far.shape[1] - 1)
            scores = asked[row] @ offered[turn:].T / np.float32(wide**0.5) + far[:, apart]
            weights = np.exp(scores - scores.max(1, keepdims=True))
            met = weights / weights.sum(1, keepdims=True) @ told[turn:]
            both = np.concatenate([met, np.broadcast_to(here[row], met.shape)], 1)
            found[row] = (both * self._of["fate.out.w"].T).sum(1) + self._of["fate.out.b"]
        return found

    def _along(self, name: str, x: Array) -> Array:
        """A recurrent layer over the turns, forwards and backwards, side by side."""
        return np.concatenate([self._one_way(f"{name}.fore", x), self._one_way(f"{name}.back", x[::-1])[::-1]], 1)

    def _one_way(self, name: str, x: Array) -> Array:
        entering = self._line(f"{name}.x", x)
        weights, bias = self._of[f"{name}.h.w"], self._of[f"{name}.h.b"]
        wide = len(weights)
        states = np.zeros((len(x) + 1, wide), np.float32)
        for number, step in enumerate(entering):
            kept = states[number] @ weights + bias
            gates = 1 / (1 + np.exp(-(step[: 2 * wide] + kept[: 2 * wide])))
            fresh = np.tanh(step[2 * wide :] + gates[:wide] * kept[2 * wide :])
            states[number + 1] = (1 - gates[wide:]) * fresh + gates[wide:] * states[number]
        return states[1:]


NDArrayInt = np.ndarray[Any, np.dtype[np.uint32]]


def _gelu(x: Array) -> Array:
    """Gaussian error units in their tanh form (Hendrycks and Gimpel 2016)."""
    bent: Array = (
        x * np.float32(0.5) * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * (x * x * x))))
    )
    return bent


@cache
def heads() -> Heads:
    """The shipped network, loaded once."""
    with np.load(HEADS) as stored:
        return Heads({name: stored[name] for name in stored.files})


@cache
def thresholds() -> dict[str, float]:
    """For each act the raw chance at which it is as likely as not (``training/calibrate.py``)."""
    loaded: dict[str, float] = yaml.safe_load(THRESHOLDS.read_text(encoding="utf-8"))
    return loaded


def named(turns: Sequence[Spoken], read: Sequence[Sequence[float] | Array]) -> list[dict[str, float]]:
    """The chances of each turn by act (and, for the client's, by ``SIGNS``), so set that 0.5 parts yes from no."""
    of, at_half = heads().acts, thresholds()
    names: dict[Speaker, list[str]] = {"seller": of["seller"], "client": [*of["client"], *SIGNS]}
    levels = {side: [(name, at_half.get(name, 0.5)) for name in names[side]] for side in names}
    rows = (row.tolist() if isinstance(row, np.ndarray) else row for row in read)
    return [
        {
            name: round(chance * (1 - at) / (chance * (1 - at) + at * (1 - chance)), 4)
            for (name, at), chance in zip(levels[turn.role], row, strict=True)
        }
        for turn, row in zip(turns, rows, strict=True)
    ]


def read_acts(turns: Sequence[Spoken]) -> list[dict[str, float]]:
    """For each turn its side's acts with chances, 0–1, see ``named``."""
    return named(turns, heads()(turns, [spoken(turn.text) for turn in turns])) if turns else []
