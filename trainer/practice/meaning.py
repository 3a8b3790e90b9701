"""What a question asks about, by its meaning: the nearest of the questions that a client's answers are known by."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

import numpy as np
import yaml

from trainer.language.encoder import Array
from trainer.language.names import analyzer
from trainer.language.text import spoken
from trainer.persona import Persona
from trainer.practice.fitting import fits
from trainer.practice.forms import form_of
from trainer.practice.patterns import bank, level
from trainer.practice.vectors import FOLDER, unit, vector, vectors
from trainer.texts import Language

NEAREST = 2
"""So many of a thing's own questions have to be like the one that is asked."""
BY_WORDS = 0.5
"""What sharing all its words counts for beside being alike in meaning, when the likeliest thing is chosen."""
BY_TALK = 0.2
"""What sharing the words that he said before the question counts for."""
NEAR = 6
"""So many things come into question."""
LONGEST = 240
"""Characters of a question: what is longer holds more than one."""
FEATURES = ("alike", "nearest", "ahead", "covered", "shared", "words", "form", "forms", "fit", "follows", "topic")
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


def meant(
    question: str, persona: Persona, language: Language, least: float | None = None, after: str = ""
) -> Meant | None:
    """What the question asks the client about, or ``None`` where nothing of his is surely meant.

    ``least`` is the chance from which it counts; without it, that which makes the fewest mistakes. ``after``: what the
    client said before it.
    """
    things = tuple(known(persona, language))
    word_for_word = _whole(things, language).asked.get(spoken(question).strip(" ?")) if things else None
    if word_for_word is not None:
        return Meant(word_for_word.kind, word_for_word.id, 1.0)
    found = max(likely(question, things, language, after), key=lambda one: one.chance, default=None)
    return found if found is not None and found.chance >= (_sure()["least"] if least is None else least) else None


def likely(question: str, things: tuple[Known, ...], language: Language, after: str = "") -> list[Meant]:
    """The things that a question may well ask about, and the chance that it does."""
    return [Meant(thing.kind, thing.id, _chance(one)) for thing, one in candidates(question, things, language, after)]


def _chance(features: dict[str, float]) -> float:
    sure = _sure()
    return 1 / (1 + math.exp(-sure["bias"] - sum(sure[name] * value for name, value in features.items())))


def candidates(
    question: str, things: tuple[Known, ...], language: Language, after: str = ""
) -> Iterator[tuple[Known, dict[str, float]]]:
    """The ``NEAR`` likeliest things a question may ask about, and ``FEATURES`` that tell how surely each is meant.

    ``alike``: the cosine to its nearest questions; ``nearest``: to the nearest alone; ``ahead``: by how much it is
    likelier than any other; ``covered``: the share of the question's words (by their rarity) that belong to the thing;
    ``shared``: the same, with its best single question; ``words``: how many words there are; ``form``: whether one of
    the nearest questions wants the same kind of answer (a person, a number, a yes …); ``forms``: the share of all its
    questions that do; ``fit``: how well an answer of his goes with the question; ``follows``: the share of the words he
    said before it that belong to the thing; ``topic``: whether it is of the bank.
    """
    scores = _scores(question, things, language, after)
    if scores is None:
        return
    asked, whole, score = _roots(question[:LONGEST], language), _whole(things, language), scores.score
    form = form_of(level(question), language)
    for place in scores.order:
        start, end = whole.rows[place]
        thing, cosines, forms = things[place], scores.cosines[start:end], whole.forms[start:end]
        other = scores.order[0] if place != scores.order[0] else scores.order[1] if len(things) > 1 else place
        shared = max(
            sum(map(whole.rarity, asked & one)) / max(1e-6, sum(map(whole.rarity, asked | one)))
            for one in whole.roots[start:end]
        )
        yield (
            thing,
            {
                "alike": float(scores.alike[place]),
                "nearest": float(cosines.max()),
                "ahead": float(score[place] - score[other]),
                "covered": float(scores.covered[place]),
                "shared": float(shared),
                "words": math.log(len(asked)),
                "form": float(form in [forms[n] for n in np.argsort(-cosines)[:NEAREST]]),
                "forms": forms.count(form) / len(forms),
                "fit": float(fits(question, thing.lines).max()),
                "follows": float(scores.follows[place]),
                "topic": float(thing.kind == "topic"),
            },
        )


@dataclass(frozen=True)
class _Scores:
    """How like a question all questions and each thing are, the shares of its words, and of those said before it, that
    belong to the thing, all together, and the places of the likeliest things."""

    cosines: Array
    alike: Array
    covered: Array
    follows: Array
    score: Array
    order: list[int]


def _scores(question: str, things: tuple[Known, ...], language: Language, after: str) -> _Scores | None:
    asked = _roots(question[:LONGEST], language)
    if not things or not asked:
        return None
    whole = _whole(things, language)
    cosines = whole.vectors @ unit(vector(spoken(question[:LONGEST])) - whole.mean)
    alike = np.array([np.sort(cosines[start:end])[-NEAREST:].mean() for start, end in whole.rows], np.float32)
    covered, follows = whole.covered(asked), whole.covered(_roots(after[-LONGEST:], language))
    score = alike + BY_WORDS * covered + BY_TALK * follows
    return _Scores(cosines, alike, covered, follows, score, np.argsort(-score, kind="stable")[:NEAR].tolist())


def known(persona: Persona, language: Language) -> Iterator[Known]:
    """Everything about him that has questions; a small thing may go by those of the everyday topic of its name."""
    for fact in persona.facts:
        if fact.asked[language]:
            yield Known("fact", fact.id, fact.asked[language], fact.lines[language])
    for concern in persona.concerns:
        if concern.asked[language]:
            told = (*concern.surface[language], *concern.reason[language], *concern.more[language])
            yield Known("concern", concern.id, concern.asked[language], told)
    topics = bank(language)["topics"]
    for small in persona.small:
        questions = small.asked[language] or tuple(topics.get(small.id, {}).get("questions", ()))
        if questions:
            yield Known("small", small.id, questions, small.lines[language])
    own = {one.id for one in persona.small}
    for id, topic in topics.items():
        fits = topic.get("only") in (None, persona.call.direction)
        if id not in own and fits and topic.get("questions"):
            yield Known("topic", id, tuple(topic["questions"]), tuple(line for life in topic["lives"] for line in life))


class _Whole:
    """The things of one client side by side: vectors of their questions about their mean, and their words."""

    def __init__(self, things: Sequence[Known], language: Language) -> None:
        questions = [one for thing in things for one in thing.questions]
        self.asked = {spoken(one).strip(" ?"): thing for thing in things for one in thing.questions}
        made = np.stack(vectors([spoken(one) for one in questions]))
        self.mean = made.mean(0)
        self.vectors = unit(made - self.mean)
        ends = np.cumsum([len(thing.questions) for thing in things]).tolist()
        self.rows = list(zip([0, *ends[:-1]], ends, strict=True))
        self.roots = [_roots(one, language) for one in questions]
        self.forms = [form_of(level(one), language) for one in questions]
        asked = [frozenset().union(*self.roots[start:end]) for start, end in self.rows]
        told = [frozenset().union(*(_roots(one, language) for one in thing.lines)) for thing in things]
        self.words = [one | other for one, other in zip(asked, told, strict=True)]
        self._seen = Counter(root for one in asked for root in one)
        self._things = len(things)

    def covered(self, roots: frozenset[str]) -> Array:
        """For each thing the share of these words, by their rarity, that belong to it."""
        total = max(1e-6, sum(map(self.rarity, roots)))
        return np.array([sum(map(self.rarity, roots & own)) / total for own in self.words], np.float32)

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


@cache
def _sure() -> dict[str, float]:
    loaded: dict[str, float] = yaml.safe_load((FOLDER / "sure.yaml").read_text(encoding="utf-8"))
    return loaded
