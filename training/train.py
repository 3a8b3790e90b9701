"""Trains the act reader's heads on the corpus and writes them into the package.

    python -m training.train                     trains on the whole corpus, writes trainer/language/weights/acts.npz
    python -m training.train --cross-validate 5  measures on held-out fifths of the calls, writes nothing

Needs torch (``pip install -e ".[train]"``). The seed is fixed.
"""

import argparse
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from trainer.language.acts import BUCKETS, SCALE, WEIGHTS, Spoken, vectors, word_features
from trainer.language.encoder import WIDTH
from trainer.language.text import fold
from trainer.transcript import Speaker
from training.corpus import Call, known_acts, read_corpus

EPOCHS = 25
ROWS = 128
HIDDEN = 256
SEED = 20261121
UNPUNCTUATED = 0.3
"""Share of calls trained once more without punctuation, as a speech recogniser writes."""
WORDLESS = 0.15
"""Share of rows whose vectors are hidden in an epoch, so that words alone can carry a reading where no model is."""


class Row:
    """A turn ready for training: hashed words, vectors, labels."""

    def __init__(self, side: Speaker, buckets: list[int], dense: Any, acts: frozenset[str], call: int) -> None:
        self.side, self.buckets, self.dense, self.acts, self.call = side, buckets, dense, acts, call


def read_rows(calls: list[Call]) -> list[Row]:
    """Every turn of the corpus, and again without punctuation for some calls."""
    rng = random.Random(SEED)
    rows: list[Row] = []
    for number, call in enumerate(calls):
        versions = [list(call.turns)]
        if rng.random() < UNPUNCTUATED:
            versions.append([Spoken(t.role, re.sub(r"[^\w\s']", " ", t.text)) for t in call.turns])
        for turns in versions:
            folded = [fold(turn.text) for turn in turns]
            dense = vectors(folded)
            for n, turn in enumerate(turns):
                rows.append(Row(turn.role, word_features(turns, folded, n), dense[n], call.acts[n], number))
    return rows


class Net(nn.Module):
    def __init__(self, acts: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, acts, mode="sum")
        nn.init.zeros_(self.bag.weight)
        self.direct = nn.Linear(4 * WIDTH, acts)
        nn.init.zeros_(self.direct.weight)
        self.inner = nn.Linear(4 * WIDTH, HIDDEN)
        self.outer = nn.Linear(HIDDEN, acts)

    def forward(self, rows: list[Row], dense: torch.Tensor) -> torch.Tensor:
        flat = torch.tensor([bucket for row in rows for bucket in row.buckets])
        sizes = torch.tensor([len(row.buckets) for row in rows])
        words = self.bag(flat, torch.cumsum(sizes, 0) - sizes) / sizes.float().sqrt()[:, None]
        x = functional.dropout(dense, 0.2, self.training)
        inner = functional.dropout(functional.gelu(self.inner(x), approximate="tanh"), 0.3, self.training)
        return words + self.direct(x) + self.outer(inner)


def dense_of(rows: list[Row], mean: np.ndarray[Any, Any]) -> torch.Tensor:
    stacked = np.stack([row.dense for row in rows])
    return torch.tensor(np.where(stacked != 0, stacked - mean, 0) * SCALE, dtype=torch.float32)


def train(rows: list[Row], side: Speaker, acts: list[str], mean: np.ndarray[Any, Any]) -> Net:
    torch.manual_seed(SEED)
    mine = [row for row in rows if row.side == side]
    wanted = torch.tensor([[float(act in row.acts) for act in acts] for row in mine])
    dense = dense_of(mine, mean)
    net = Net(len(acts))
    slow = [p for name, p in net.named_parameters() if not name.startswith("bag")]
    groups = [{"params": net.bag.parameters(), "lr": 0.03, "weight_decay": 0.0}, {"params": slow, "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.05)
    steps = EPOCHS * ((len(mine) + ROWS - 1) // ROWS)
    pace = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 1 - n / steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(mine))
        for start in range(0, len(mine), ROWS):
            part = order[start : start + ROWS]
            seen = dense[part] * (torch.rand(len(part), 1) > WORDLESS)
            logits = net([mine[n] for n in part.tolist()], seen)
            loss = functional.binary_cross_entropy_with_logits(logits, wanted[part], reduction="none").sum(1).mean()
            optimizer.zero_grad()
            (loss + 2e-5 * (net.bag.weight**2).sum()).backward()
            optimizer.step()
            pace.step()
    return net.eval()


def mean_of(rows: list[Row]) -> np.ndarray[Any, Any]:
    return np.tile(np.mean([row.dense[:WIDTH] for row in rows], axis=0), 4)


def save(nets: dict[Speaker, Net], mean: np.ndarray[Any, Any], path: Path) -> None:
    """Bags as 8-bit columns with a scale each, the rest as half floats."""
    acts = known_acts()
    stored: dict[str, Any] = {"mean": mean[:WIDTH].astype(np.float32)}
    for side, net in nets.items():
        bag = net.bag.weight.detach().numpy()
        scale = np.maximum(np.abs(bag).max(0) / 127, 1e-8)
        stored[f"{side}_acts"] = np.str_(" ".join(acts[side]))
        stored[f"{side}_bag"] = np.round(bag / scale).astype(np.int8)
        stored[f"{side}_bag_scale"] = scale.astype(np.float32)
        for name, layer in (("direct", net.direct), ("in", net.inner), ("out", net.outer)):
            stored[f"{side}_{name}"] = layer.weight.detach().numpy().astype(np.float32)
            stored[f"{side}_{name}_b"] = layer.bias.detach().numpy().astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **stored)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def cross_validate(rows: list[Row], parts: int) -> None:
    """Prints, for every act, how many turns carry it, the average precision and the best F1 on calls not trained on."""
    acts = known_acts()
    for side in acts:
        gold, chances = [], []
        for part in range(parts):
            inside = [row for row in rows if row.call % parts != part]
            outside = [row for row in rows if row.call % parts == part and row.side == side]
            mean = mean_of(inside)
            net = train(inside, side, acts[side], mean)
            with torch.no_grad():
                chances.append(torch.sigmoid(net(outside, dense_of(outside, mean))))
            gold.append(torch.tensor([[act in row.acts for act in acts[side]] for row in outside]))
        table(side, acts[side], torch.cat(gold), torch.cat(chances))


def table(side: Speaker, acts: list[str], gold: torch.Tensor, chances: torch.Tensor) -> None:
    precisions = []
    for n, act in enumerate(acts):
        order = torch.argsort(chances[:, n], descending=True)
        hits = gold[order, n].float()
        ranks = torch.arange(1, len(hits) + 1)
        precision = hits.cumsum(0) / ranks
        average = float((precision * hits).sum() / hits.sum().clamp(min=1))
        f1 = float((2 * hits.cumsum(0) / (ranks + hits.sum())).max())
        precisions.append(average)
        print(f"{side:7} {act:15} n {int(hits.sum()):5}  AP {average:.3f}  F1 {f1:.3f}")
    print(f"{side:7} mean AP {sum(precisions) / len(precisions):.3f}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cross-validate", type=int, default=0, metavar="PARTS")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    rows = read_rows(read_corpus())
    if asked.cross_validate:
        cross_validate(rows, asked.cross_validate)
        return
    mean = mean_of(rows)
    save({side: train(rows, side, acts, mean) for side, acts in known_acts().items()}, mean, asked.output)


if __name__ == "__main__":
    main()
