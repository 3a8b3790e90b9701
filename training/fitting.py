"""Trains which reply fits what was said: two small layers over vectors of the question encoder, in clients' own calls.

    python -m training.fitting

What the client of the corpus says next has to be told from all that clients say in some two dozen calls, his own other
lines among them (contrastive loss, van den Oord et al. 2018); besides, answers of the shipped clients from each other,
by their example questions. The encoder stays as ``training/questions.py`` left it. Writes ``practice/asked/fits.npz``
and prints how often the right reply of a call comes first in calls kept apart. Ten minutes on two quiet cores, nearly
all of it for the vectors. Needs torch. Reads no gold call.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from trainer.definitions import personas
from trainer.language.encoder import read
from trainer.language.text import spoken
from trainer.persona import Persona
from trainer.practice.fitting import LONGEST, bare
from trainer.practice.meaning import known
from trainer.practice.patterns import bank, lines
from trainer.practice.vectors import FOLDER, key, unit
from trainer.texts import LANGUAGES, Language
from training.corpus import Call, read_corpus

SEED = 20261122
EPOCHS, RATE = 8, 1.5e-3
TOGETHER = 24
"""Calls whose replies have to be told apart at once."""
OFTEN = 3
"""How many times an epoch the answers of a client are told apart."""
KEPT = 12
"""One call of so many is kept apart."""
INNER, WIDE = 320, 128
STEPS = 127
OF_A_CONCERN = ("surface", "goes_on", "reason", "more", "insists", "wary", "settled")
Pair = tuple[str, str]


class Side(nn.Module):
    """Vectors of turns to vectors of length one in which what answers what lies close."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.straight = nn.Linear(width, WIDE, bias=False)
        self.inner, self.outer = nn.Linear(width, INNER), nn.Linear(INNER, WIDE)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = self.outer(self.drop(functional.relu(self.inner(self.drop(x)))))
        return functional.normalize(self.straight(x) + deep, dim=1)


@dataclass(frozen=True)
class Asked:
    """What one client can be asked in one language: for each thing its questions and its answers."""

    things: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def replies(call: Call) -> list[Pair]:
    """(the seller's turn, the client's next), as they are heard."""
    turns = [(turn.role, spoken(turn.text)[:LONGEST]) for _, turn in call.spoken]
    return [(said, answer) for (side, said), (then, answer) in pairwise(turns) if side == "seller" and then == "client"]


def asked() -> Iterator[Asked]:
    """The shipped clients with the questions that they are known by."""
    for persona in personas():
        for language in LANGUAGES:
            found = []
            for one in known(persona, language):
                told = one.lines
                if one.kind == "concern":
                    concern = persona.concern(one.id)
                    told = (*concern.reason[language], *concern.more[language], *concern.goes_on[language])
                elif one.kind == "topic":
                    told = tuple(line for life in bank(language)["topics"][one.id]["lives"] for line in life)
                found.append((tuple(spoken(each)[:LONGEST] for each in one.questions), tuple(map(bare, told))))
            yield Asked(tuple(found))


def shipped() -> set[str]:
    """Every line that a shipped client may say, bare."""
    found: set[str] = set()
    for language in LANGUAGES:
        for pool in (*lines(language).values(), *bank(language)["forms"].values()):
            found.update(map(bare, pool))
        for topic in bank(language)["topics"].values():
            found.update(bare(line) for life in topic["lives"] for line in life)
        for persona in personas():
            found.update(map(bare, _own(persona, language)))
    return found


def _own(persona: Persona, language: Language) -> Iterator[str]:
    for told in (*persona.facts, *persona.small):
        yield from told.lines[language]
    for concern in persona.concerns:
        for kind in OF_A_CONCERN:
            yield from getattr(concern, kind)[language]
        for way in concern.ways:
            yield from way.settled[language]
    for pool in persona.voice.values():
        yield from pool[language]


class Training:
    """Both sides in the making, over vectors that stay as they are."""

    def __init__(self, texts: Sequence[str]) -> None:
        torch.manual_seed(SEED)
        self._rng = random.Random(SEED)
        vectors = unit(np.stack(read(texts, FOLDER)))
        self.mean = vectors.mean(0)
        self._vectors = torch.from_numpy(unit(vectors - self.mean))
        self._place = {text: n for n, text in enumerate(texts)}
        self.said, self.answer = Side(vectors.shape[1]), Side(vectors.shape[1])
        self._sharp = nn.Parameter(torch.tensor(2.5))

    def learn(self, calls: Sequence[tuple[str, list[Pair]]], clients: Sequence[Asked]) -> None:
        """``calls`` are (language, replies)."""
        tuned = [*self.said.parameters(), *self.answer.parameters(), self._sharp]
        optimizer = torch.optim.AdamW(tuned, lr=RATE, weight_decay=0.02)
        self.said.train(), self.answer.train()
        for epoch in range(EPOCHS):
            optimizer.param_groups[0]["lr"] = RATE * (1 - epoch / EPOCHS)
            total, batches = 0.0, self._batches(calls, clients)
            for batch in batches:
                loss = self._loss(batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += float(loss.detach())
            print(f"{epoch + 1}/{EPOCHS}: loss {total / len(batches):.3f}", flush=True)

    def _batches(self, calls: Sequence[tuple[str, list[Pair]]], clients: Sequence[Asked]) -> list[list[Pair]]:
        found = []
        for language in LANGUAGES:
            mine = [pairs for spoken_in, pairs in calls if spoken_in == language]
            self._rng.shuffle(mine)
            parts = (mine[at : at + TOGETHER] for at in range(0, len(mine), TOGETHER))
            found.extend([pair for pairs in part for pair in pairs] for part in parts)
        for client in clients:
            for _ in range(OFTEN):
                found.append([(self._rng.choice(q), self._rng.choice(told)) for q, told in client.things])
        self._rng.shuffle(found)
        return found

    def _loss(self, batch: list[Pair]) -> torch.Tensor:
        said, answers = self._rows(batch)
        alike = self.said(self._vectors[said]) @ self.answer(self._vectors[answers]).T * self._sharp.exp()
        same = (answers[:, None] == answers[None, :]) & ~torch.eye(len(batch), dtype=torch.bool)
        return functional.cross_entropy(alike.masked_fill(same, -1e4), torch.arange(len(batch)))

    def _rows(self, pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
        place = self._place
        return torch.tensor([place[said] for said, _ in pairs]), torch.tensor([place[answer] for _, answer in pairs])

    def first(self, calls: Sequence[tuple[str, list[Pair]]]) -> tuple[float, float]:
        """How often a reply is the likeliest of its call, and how often it would be by chance."""
        self.said.eval(), self.answer.eval()
        hits = total = chance = 0.0
        for _, pairs in calls:
            said, answers = self._rows(pairs)
            with torch.no_grad():
                alike = self.said(self._vectors[said]) @ self.answer(self._vectors[answers]).T
            hits += float((alike.argmax(1) == torch.arange(len(pairs))).sum())
            total, chance = total + len(pairs), chance + 1
        return hits / total, chance / total

    def ship(self, told: Sequence[str]) -> None:
        """Writes both sides, and the vectors of these lines in whole numbers."""
        self.answer.eval()
        with torch.no_grad():
            vectors = self.answer(self._vectors[[self._place[one] for one in told]]).numpy()
        vectors *= STEPS / np.abs(vectors).max(1, keepdims=True)
        arrays = {"mean": self.mean.astype(np.float16)}
        for name, side in (("said", self.said), ("answer", self.answer)):
            for part in ("straight", "inner", "outer"):
                layer = getattr(side, part)
                arrays[f"{name}.{part}"] = layer.weight.detach().numpy().T.astype(np.float16)
                if layer.bias is not None:
                    arrays[f"{name}.{part}_bias"] = layer.bias.detach().numpy().astype(np.float16)
        keys = np.array([key(one) for one in told], np.uint64)
        np.savez_compressed(FOLDER / "fits.npz", keys=keys, vectors=np.round(vectors).astype(np.int8), **arrays)


def main() -> None:
    torch.set_num_threads(2)
    calls = [(one.transcript.language or "ru", pairs) for one in read_corpus() if len(pairs := replies(one)) > 1]
    random.Random(SEED).shuffle(calls)
    clients, told = list(asked()), sorted(shipped())
    heard = {text for _, pairs in calls for pair in pairs for text in pair}
    things = {text for one in clients for q, answers in one.things for text in (*q, *answers)}
    training = Training(sorted(heard | things | set(told)))
    training.learn(calls[len(calls) // KEPT :], clients)
    right, chance = training.first([one for one in calls[: len(calls) // KEPT] if len(one[1]) > 3])
    print(f"of all replies of a call kept apart the right one comes first in {right:.2f} (by chance {chance:.2f})")
    training.ship(told)


if __name__ == "__main__":
    main()
