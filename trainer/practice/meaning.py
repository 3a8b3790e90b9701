"""What a question asks about, by its meaning: the nearest of the questions that a client's answers are known by."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import yaml

from trainer.language.encoder import Array, read
from trainer.language.names import analyzer
from trainer.language.text import spoken
from trainer.persona import Persona
from trainer.practice.patterns import bank
from trainer.texts import Language

FOLDER = Path(__file__).parent / "asked"
"""The question encoder, the vectors of the questions that ship, and what makes a match sure (``training/``)."""
NEAREST = 2
"""So many of a thing's own questions have to be like the one that is asked."""
BY_WORDS = 0.5
"""What sharing all its words counts for beside being alike in meaning, when the likeliest thing is chosen."""
NEAR = 6
"""So many things come into question where words are shared and no meaning is sure."""
LONGEST = 240
"""Characters of a question: what is longer holds more than one."""
FEATURES = ("alike", "ahead", "covered", "shared", "words")
_ENDING = re.compile(r"(?<=\w{3})(?:'s|ing|ed|es|s|ly)$")

Kind = Literal["fact", "concern", "small", "topic"]


@dataclass(frozen=True)
class Known:
    """A thing that the client can be asked about: its questions, and what he says to them."""

    kind: Kind
    id: str
    questions: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meant:
    """What a question asks about, and the chance (0 to 1) that it does."""

    kind: Kind
    id: str
    chance: float


def meant(question: str, persona: Persona, language: Language, least: float | None = None) -> Meant | None:
    """What the question asks the client about, or ``None`` where nothing of his is surely meant.

    ``least`` is the chance from which it counts; without it, that which makes the fewest mistakes.
    """
    things = tuple(known(persona, language))
    found = likeliest(question, things, language)
    if found is None:
        return None
    word_for_word = _whole(things, language).asked.get(spoken(question).strip(" ?"))
    if word_for_word is not None:
        return Meant(word_for_word.kind, word_for_word.id, 1.0)
    sure = _sure()
    thing, features = found
    chance = 1 / (1 + math.exp(-sure["bias"] - sum(sure[name] * features[name] for name in FEATURES)))
    return Meant(thing.kind, thing.id, chance) if chance >= (sure["least"] if least is None else least) else None


def near(question: str, persona: Persona, language: Language, most: int = NEAR) -> frozenset[str]:
    """The ids of the ``most`` likeliest things: what only shares a word with the question is none of these."""
    things = tuple(known(persona, language))
    scores = _scores(question, things, language)
    return frozenset() if scores is None else frozenset(things[n].id for n in np.argsort(-scores.score)[:most])


def likeliest(question: str, things: tuple[Known, ...], language: Language) -> tuple[Known, dict[str, float]] | None:
    """The thing that a question is likeliest to ask about, and ``FEATURES`` that tell how surely.

    ``alike``: the cosine to its nearest questions; ``ahead``: by how much it is likelier than the next; ``covered``:
    the share of the question's words (by their rarity) that belong to the thing; ``shared``: the same, with its best
    single question; ``words``: how many words there are.
    """
    scores = _scores(question, things, language)
    if scores is None:
        return None
    asked, whole, score = _roots(question[:LONGEST], language), _whole(things, language), scores.score
    order = np.argsort(-score, kind="stable")
    best = int(order[0])
    start, end = whole.rows[best]
    shared = max(
        sum(map(whole.rarity, asked & one)) / max(1e-6, sum(map(whole.rarity, asked | one)))
        for one in whole.roots[start:end]
    )
    features = {
        "alike": float(scores.alike[best]),
        "ahead": float(score[best]) - (float(score[order[1]]) if len(order) > 1 else 0.0),
        "covered": float(scores.covered[best]),
        "shared": float(shared),
        "words": math.log(len(asked)),
    }
    return things[best], features


@dataclass(frozen=True)
class _Scores:
    """How like a question each thing is, the share of its words that belong to the thing, and both together."""

    alike: Array
    covered: Array
    score: Array


def _scores(question: str, things: tuple[Known, ...], language: Language) -> _Scores | None:
    asked = _roots(question[:LONGEST], language)
    if not things or not asked:
        return None
    whole = _whole(things, language)
    cosines = whole.vectors @ unit(vector(spoken(question[:LONGEST])) - whole.mean)
    alike = np.array([np.sort(cosines[start:end])[-NEAREST:].mean() for start, end in whole.rows], np.float32)
    total = sum(map(whole.rarity, asked))
    covered = np.array([sum(map(whole.rarity, asked & own)) / total for own in whole.words], np.float32)
    return _Scores(alike, covered, alike + BY_WORDS * covered)


def known(persona: Persona, language: Language) -> Iterator[Known]:
    """Everything about him that has questions; a small thing may go by those of the everyday topic of its name."""
    for fact in persona.facts:
        if fact.asked[language]:
            yield Known("fact", fact.id, fact.asked[language], fact.lines[language])
    for concern in persona.concerns:
        if concern.asked[language]:
            yield Known("concern", concern.id, concern.asked[language], concern.surface[language])
    topics = bank(language)["topics"]
    for small in persona.small:
        questions = small.asked[language] or tuple(topics.get(small.id, {}).get("questions", ()))
        if questions:
            yield Known("small", small.id, questions, small.lines[language])
    own = {one.id for one in persona.small}
    for id, topic in topics.items():
        fits = topic.get("only") in (None, persona.call.direction)
        if id not in own and fits and topic.get("questions"):
            yield Known("topic", id, tuple(topic["questions"]))


class _Whole:
    """The things of one client side by side: vectors of their questions about their mean, and their words."""

    def __init__(self, things: Sequence[Known], language: Language) -> None:
        questions = [one for thing in things for one in thing.questions]
        self.asked = {spoken(one).strip(" ?"): thing for thing in things for one in thing.questions}
        vectors = np.stack(_vectors([spoken(one) for one in questions]))
        self.mean = vectors.mean(0)
        self.vectors = unit(vectors - self.mean)
        ends = np.cumsum([len(thing.questions) for thing in things]).tolist()
        self.rows = list(zip([0, *ends[:-1]], ends, strict=True))
        self.roots = [_roots(one, language) for one in questions]
        asked = [frozenset().union(*self.roots[start:end]) for start, end in self.rows]
        told = [frozenset().union(*(_roots(one, language) for one in thing.lines)) for thing in things]
        self.words = [one | other for one, other in zip(asked, told, strict=True)]
        self._seen = Counter(root for one in asked for root in one)
        self._things = len(things)

    def rarity(self, root: str) -> float:
        """More for a word that few of his things are asked about with."""
        return math.log((self._things + 1) / (self._seen[root] + 0.5))


@lru_cache(maxsize=64)
def _whole(things: tuple[Known, ...], language: Language) -> _Whole:
    return _Whole(things, language)


@lru_cache(maxsize=16_384)
def _root(word: str, language: Language) -> str:
    if language == "en":
        return _ENDING.sub("", word)
    return str(analyzer().parse(word)[0].normal_form).replace("ё", "е")


def _roots(text: str, language: Language) -> frozenset[str]:
    return frozenset(_root(word, language) for word in re.findall(r"[\w']+", spoken(text)))


def _vectors(texts: Sequence[str]) -> list[Array]:
    """Vectors of length one: those that ship from their file, the others made now."""
    shipped = _shipped()
    fresh = [text for text in dict.fromkeys(texts) if key(text) not in shipped]
    made = dict(zip(fresh, map(unit, read(fresh, FOLDER)), strict=True)) if fresh else {}
    return [made[text] if text in made else shipped[key(text)] for text in texts]


@lru_cache(maxsize=4096)
def vector(text: str) -> Array:
    """The vector, of length one, of a text in its ``spoken`` form."""
    return _vectors([text])[0]


def unit(vectors: Array) -> Array:
    """A vector, or each row of many, of length one."""
    return np.asarray(vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=-1, keepdims=True)), np.float32)


@cache
def _shipped() -> dict[int, Array]:
    """The vectors of the questions in the package's own files, so that no call waits for them."""
    with np.load(FOLDER / "known.npz") as stored:
        return dict(zip(stored["keys"].tolist(), unit(stored["vectors"].astype(np.float32)), strict=True))


@cache
def _sure() -> dict[str, float]:
    loaded: dict[str, float] = yaml.safe_load((FOLDER / "sure.yaml").read_text(encoding="utf-8"))
    return loaded


def key(text: str) -> int:
    """The name under which a question's vector is stored."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
