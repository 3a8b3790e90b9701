"""The act reader's network in torch: a transformer over each turn, recurrent layers along the call, a head a side."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from trainer.language.acts import SIGNS
from trainer.language.encoder import WIDTH
from trainer.transcript import Speaker
from training.start import Start

LAYERS = 6
ALONG = 128
HIDDEN = 256
ROLE = 16
LOOK = 64
FAR = 24
"""From this many turns on, a reply to a concern is as far as any other."""
SPREAD = 0.4
"""The standard deviation of a turn vector's numbers, as the recurrent layers and the heads like them."""
SIDES: tuple[Speaker, Speaker] = ("seller", "client")


class Layer(nn.Module):
    """One transformer layer of e5."""

    def __init__(self, start: Start, number: int) -> None:
        super().__init__()
        self.heads = start.heads
        self.parts = nn.ModuleDict()
        for ours, theirs in (("q", "q"), ("k", "k"), ("v", "v"), ("o", "ao"), ("in", "fi"), ("out", "fo")):
            weight = start.matrix(f"l{number}.{theirs}.w", start.inner if ours == "out" else start.width)
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight, start.floats(f"l{number}.{theirs}.b")
            self.parts[ours] = linear
        self.after_attention, self.after_inner = (_norm(start, f"l{number}.{name}") for name in ("aln", "oln"))

    def forward(self, x: torch.Tensor, there: torch.Tensor, drop: nn.Module) -> torch.Tensor:
        rows, length, width = x.shape
        q, k, v = (
            self.parts[part](x).view(rows, length, self.heads, width // self.heads).transpose(1, 2) for part in "qkv"
        )
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
        x = self.after_attention(x + drop(self.parts["o"](seen.transpose(1, 2).reshape(rows, length, width))))
        return self.after_inner(x + drop(self.parts["out"](functional.gelu(self.parts["in"](x)))))


def _norm(start: Start, name: str) -> nn.LayerNorm:
    layer = nn.LayerNorm(start.width, 1e-12)
    layer.weight.data, layer.bias.data = start.floats(f"{name}.w"), start.floats(f"{name}.b")
    return layer


class Encoder(nn.Module):
    """Token ids of turns to turn vectors: the mean over the tokens, of length one, then centred and spread."""

    def __init__(self, start: Start, pieces: Sequence[int], layers: int = LAYERS) -> None:
        super().__init__()
        self.word = nn.Embedding.from_pretrained(start.matrix("emb.word", start.width, pieces), freeze=True)
        kind = start.floats("emb.type")[: start.width]
        self.place = nn.Parameter(start.floats("emb.pos").view(-1, start.width)[:128] + kind)
        self.norm = _norm(start, "emb.ln")
        self.layers = nn.ModuleList(Layer(start, number) for number in range(layers))
        self.drop = nn.Dropout(0.1)
        self.register_buffer("mean", torch.zeros(start.width))
        self.register_buffer("spread", torch.ones(1))
        self.mean: torch.Tensor
        self.spread: torch.Tensor

    def forward(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        order = sorted(range(len(ids)), key=lambda n: (len(ids[n]), n))
        parts = [self._pooled([ids[n] for n in order[at : at + 64]]) for at in range(0, len(order), 64)]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return (torch.cat(parts)[back] - self.mean) / self.spread * SPREAD

    def _pooled(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        padded = torch.ones(len(ids), max(map(len, ids)), dtype=torch.long)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = torch.tensor(one)
        there = padded != 1
        x = self.drop(self.norm(self.word(padded) + self.place[: padded.shape[1]]))
        for layer in self.layers:
            x = layer(x, there, self.drop)
        counted = there.float()[:, :, None]
        return functional.normalize((x * counted).sum(1) / counted.sum(1), dim=1)


class Side(nn.Module):
    """One side's head: a bag of hashed words, a straight line and a small hidden layer, added up."""

    def __init__(self, words: int, wide: int, outputs: int) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(words, outputs, mode="sum")
        self.straight, self.inner, self.outer = (
            nn.Linear(wide, outputs),
            nn.Linear(wide, HIDDEN),
            nn.Linear(HIDDEN, outputs),
        )
        nn.init.zeros_(self.words.weight)
        nn.init.zeros_(self.straight.weight)

    def forward(self, x: torch.Tensor, words: Sequence[Sequence[int]]) -> torch.Tensor:
        flat = torch.tensor([word for row in words for word in row])
        sizes = torch.tensor([len(row) for row in words])
        said = self.words(flat, torch.cumsum(sizes, 0) - sizes) / sizes.float().sqrt()[:, None]
        x = functional.dropout(x, 0.2, self.training)
        inner = functional.gelu(self.inner(x), approximate="tanh")
        hidden: torch.Tensor = said + self.straight(x) + self.outer(functional.dropout(inner, 0.3, self.training))
        return hidden


class Fate(nn.Module):
    """What becomes of a concern voiced in a turn: each of the ``SIGNS`` looks for it in the turns that follow."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.asked, self.here = nn.Linear(wide, len(SIGNS) * LOOK), nn.Linear(wide, LOOK)
        self.offered, self.told = nn.Linear(wide, LOOK), nn.Linear(wide, LOOK)
        self.far = nn.Parameter(torch.zeros(len(SIGNS), FAR))
        self.told_of = nn.Parameter(torch.randn(len(SIGNS), 2 * LOOK) * 0.05)
        self.bias = nn.Parameter(torch.zeros(len(SIGNS)))

    def forward(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """``(calls, turns, wide)`` to logits ``(calls, turns, signs)``; the turns of a call are its ``lengths``."""
        calls, longest, _ = states.shape
        states = functional.dropout(states, 0.2, self.training)
        asked = self.asked(states).view(calls, longest, len(SIGNS), LOOK)
        scores = torch.einsum("cisd,cjd->csij", asked, self.offered(states)) / LOOK**0.5
        turns = torch.arange(longest)
        apart = turns[None, :] - turns[:, None]
        there = (apart >= 0) & (turns < lengths[:, None])[:, None, None, :]
        scores = (scores + self.far[:, apart.clamp(0, FAR - 1)]).masked_fill(~there, -1e9)
        told = functional.gelu(self.told(states), approximate="tanh")
        found = torch.einsum("csij,cjd->cisd", scores.softmax(-1), told)
        here = functional.gelu(self.here(states), approximate="tanh")[:, :, None].expand_as(found)
        both = functional.dropout(torch.cat([found, here], 3), 0.2, self.training)
        logits: torch.Tensor = (both * self.told_of).sum(3) + self.bias
        return logits


class Reader(nn.Module):
    """Turn vectors of calls to logits of acts; the client's turns carry the ``SIGNS`` of their concern as well."""

    def __init__(self, words: int, acts: dict[Speaker, list[str]]) -> None:
        super().__init__()
        self.role = nn.Parameter(torch.randn(2, ROLE))
        self.enter = nn.Linear(WIDTH + ROLE, HIDDEN)
        self.along = nn.GRU(HIDDEN, ALONG, bidirectional=True, batch_first=True)
        self.again = nn.GRU(2 * ALONG, ALONG, bidirectional=True, batch_first=True)
        wide = 4 * WIDTH + 4 * ALONG + ROLE
        outputs = {"seller": len(acts["seller"]), "client": len(acts["client"]) + len(SIGNS)}
        self.sides = nn.ModuleDict({side: Side(words, wide, outputs[side]) for side in SIDES})
        self.fate = Fate(WIDTH + 4 * ALONG + ROLE)

    def forward(
        self, vectors: list[torch.Tensor], roles: list[list[int]], words: list[list[list[int]]]
    ) -> dict[Speaker, tuple[torch.Tensor, torch.Tensor]]:
        """For each side the places of its turns in the flat batch, and their logits."""
        lengths = torch.tensor([len(one) for one in roles])
        calls, longest = len(roles), int(lengths.max())
        x = torch.zeros(calls, longest + 3, WIDTH)
        for n, one in enumerate(vectors):
            x[n, 2 : 2 + len(one)] = one
        flat = torch.tensor([n * longest + turn for n, one in enumerate(roles) for turn in range(len(one))])
        role = torch.tensor([side for one in roles for side in one])
        who = torch.zeros(calls * longest, ROLE).index_put((flat,), self.role[role]).view(calls, longest, ROLE)
        own = x[:, 2:-1]
        entering = functional.dropout(torch.cat([own, who], 2), 0.2, self.training)
        first = self._run(self.along, functional.gelu(self.enter(entering), approximate="tanh"), lengths, longest)
        first = functional.dropout(first, 0.3, self.training)
        second = functional.dropout(self._run(self.again, first, lengths, longest), 0.3, self.training)
        fate = self.fate(torch.cat([own, first, second, who], 2), lengths).reshape(calls * longest, -1)[flat]
        every = torch.cat([own, x[:, 1:-2], x[:, :-3], x[:, 3:], first, second, who], 2)
        every = every.reshape(calls * longest, -1)[flat]
        said = [row for one in words for row in one]
        found: dict[Speaker, tuple[torch.Tensor, torch.Tensor]] = {}
        for number, side in enumerate(SIDES):
            mine = (role == number).nonzero()[:, 0]
            if len(mine):
                logits = self.sides[side](every[mine], [said[n] for n in mine.tolist()])
                if side == "client":
                    logits = logits + functional.pad(fate[mine], (logits.shape[1] - len(SIGNS), 0))
                found[side] = (mine, logits)
        return found

    @staticmethod
    def _run(layer: nn.GRU, x: torch.Tensor, lengths: torch.Tensor, longest: int) -> torch.Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, _ = layer(packed)
        padded: torch.Tensor = pad_packed_sequence(output, batch_first=True, total_length=longest)[0]
        return padded
