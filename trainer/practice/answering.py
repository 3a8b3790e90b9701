"""Whether what is told takes a concern away: by its likeness to answers that do, and to some that miss it (C10)."""

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import numpy as np
import yaml

from trainer.language.encoder import Array
from trainer.language.text import sentences, spoken
from trainer.persona import Concern
from trainer.practice.clauses import clauses
from trainer.practice.fitting import turn
from trainer.practice.forms import is_idea
from trainer.practice.patterns import find, level, lexicon, stems
from trainer.practice.scene import Line, Scene
from trainer.practice.vectors import FOLDER
from trainer.texts import Language

NEAREST = 3
"""So many answers have to be like the one that is given."""
SHORTEST, LONGEST = 3, 40
"""Words of something that may answer; more of them say no more about it."""
FEW = 6
"""Words that answer by themselves where the concern's own are among them: there is too little to be like anything."""
LETTERS = 300
SURELY = 0.7
"""The chance from which an answer to what he has not said yet is one."""
FEATURES = ("like", "nearest", "beside", "beside_nearest", "words", "named")


def answer(line: Line, concern: Concern) -> tuple[int, str] | None:
    """Where in a line the concern is answered and in what words, or ``None`` where it surely is not.

    A concern without examples (``answered``, ``missed``) is never answered so.
    """
    parts = list(told(line))
    if not parts or takes_leave(line):
        return None
    language = line.scene.language
    for place, words in parts:
        if len(words.split()) <= FEW and stems(level(words), concern.answers[language], language):
            return place, words
    whole = " ".join(words for _, words in parts)
    chances = [chance(words, concern, language) for _, words in parts]
    surest = max(*chances, chance(whole, concern, language))
    return parts[int(np.argmax(chances))] if surest >= _sure()["least"] else None


def surely(text: str, concern: Concern, scene: Scene) -> bool:
    """Whether a line answers a concern that is not on the table yet: only what is surely an answer counts there."""
    line = Line(text, level(text), clauses(text, scene.language), scene)
    return any(chance(words, concern, scene.language) >= SURELY for _, words in told(line))


def chance(words: str, concern: Concern, language: Language) -> float:
    """How likely the words are an answer to the point, 0 to 1."""
    found = features(words, concern, language)
    if found is None:
        return 0.0
    sure = _sure()
    return 1 / (1 + math.exp(-sure["bias"] - sum(sure[name] * value for name, value in found.items())))


def features(words: str, concern: Concern, language: Language, without: str = "") -> dict[str, float] | None:
    """``FEATURES`` of words that tell something; ``None`` without examples to hold them against.

    ``like``: the mean cosine to the ``NEAREST`` answers, ``nearest`` the greatest; ``beside`` and ``beside_nearest``:
    the same to those that miss the concern; ``words``: the logarithm of their number; ``named``: whether one of the
    concern's own ``answers`` stands among them. ``without``: an example that is left out, so that one can be held
    against the others.
    """
    good = tuple(one for one in concern.answered[language] if one != without)
    missed = tuple(one for one in concern.missed[language] if one != without)
    if not good or not missed:
        return None
    vector = turn(heard(words))
    like, beside = (np.sort(_rows(one) @ vector)[::-1] for one in (good, missed))
    return {
        "like": float(like[:NEAREST].mean()),
        "nearest": float(like[0]),
        "beside": float(beside[:NEAREST].mean()),
        "beside_nearest": float(beside[0]),
        "words": math.log(min(LONGEST, len(words.split()))),
        "named": float(bool(stems(level(words), concern.answers[language], language))),
    }


def takes_leave(line: Line) -> bool:
    """Whether a line says goodbye: nothing is settled in that breath."""
    language = line.scene.language
    return bool(find(line.levelled, lexicon(language)["farewell"], language))


def heard(words: str) -> str:
    """Words as their vector is made."""
    return spoken(words)[:LETTERS]


def told(line: Line) -> Iterator[tuple[int, str]]:
    """What each sentence of a line tells: its clauses that ask nothing, from the first to the last; an idea whole."""
    for start, end in sentences(line.text):
        idea = is_idea(line.levelled[start:end].strip(), line.scene.language)
        inside = [one for one in line.clauses if start <= one.start < end and (idea or not (one.asks or one.checks))]
        if inside:
            words = line.text[inside[0].start : inside[-1].end].strip(" ,;—-")
            if len(words.split()) >= SHORTEST:
                yield inside[0].start, words


@lru_cache(maxsize=512)
def _rows(examples: Sequence[str]) -> Array:
    return np.stack([turn(heard(one)) for one in examples])


@cache
def _sure() -> dict[str, float]:
    loaded: dict[str, float] = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))
    return loaded
