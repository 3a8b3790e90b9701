"""Whether the seller says the client's own words back to him: then he was listened to."""

import re

from trainer.practice.patterns import level, lexicon
from trainer.practice.scene import Clause, Line
from trainer.texts import Language

STEM = 5
SHORTEST = 4
SHARED = 2
FEW = 4
_NO = re.compile(r"\b(?:не|нет|ни|not|no|never|but|но)\b|n't\b")


def said_back(line: Line) -> list[tuple[int, str]]:
    """The clauses, each with its place, in which the seller tells the client what the client has just told him.

    Two words of sense in common are enough, or one where the clause opens the line and says nothing else.
    """
    language = line.scene.language
    his = set().union(*(roots(one, language) for one in line.scene.said)) if line.scene.said else set()
    found = []
    for number, clause in enumerate(line.clauses):
        part = line.levelled[clause.start : clause.end]
        if clause.asks or clause.checks:
            continue
        shared = roots(part, language) & his
        if len(shared) >= SHARED or (not number and shared and _bare(part, shared, line, clause)):
            found.append((clause.start, line.words_of(clause)))
    return found


def _bare(part: str, shared: set[str], line: Line, clause: Clause) -> bool:
    alone = roots(part, line.scene.language) == shared and len(part.split()) <= FEW
    return alone and not _NO.search(line.levelled[clause.start : clause.end + FEW])


def roots(text: str, language: Language) -> set[str]:
    """The beginnings of a text's words of sense, and its numbers."""
    small = set(lexicon(language)["small_words"])
    words = re.findall(r"[\w']+", level(text))
    return {_root(word, language) for word in words if (len(word) >= SHORTEST or word.isdigit()) and word not in small}


def _root(word: str, language: Language) -> str:
    if language == "en":
        return re.sub(r"(?:ing|ed|es|s|'s)$", "", word)[:STEM]
    return word[: max(SHORTEST - 1, min(STEM, len(word) - 1))]


def alike(one: str, other: str, language: Language) -> bool:
    """Whether two questions ask the very same thing: two words of sense in three are common to both."""
    first, second = roots(one, language), roots(other, language)
    return bool(first and second) and 3 * len(first & second) >= 2 * max(len(first), len(second))
