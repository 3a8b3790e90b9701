"""Word patterns: ``двер*`` a beginning, ``a|b`` either, ``..`` up to four words between, ``^`` a sentence's start, `` ?`` a question."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from trainer.texts import Language

_GAP = r"(?:[^\w.!?…]+[\w'-]+){0,4}?"
_BETWEEN = r"[^\w.!?…]+"
_WORD = r"[\w'-]+"
_START = r"(?:(?<=[.!?…,;—] )|(?<=^))"
_NUMBER = r"\d[\d .,]*"
_NEGATED = {"ru": re.compile(r"(?:\bне|\bни)\s+$"), "en": re.compile(r"(?:\bnot|\bno|\bnever|n't)\s+$")}


@dataclass(frozen=True)
class Pattern:
    """One compiled line of a lexicon."""

    regex: re.Pattern[str]
    asks: bool
    keeps_no: bool


@dataclass(frozen=True)
class Hit:
    """Where a pattern was met, in the levelled text."""

    start: int
    end: int


@cache
def lexicon(language: Language) -> dict[str, list[str]]:
    """The word lists of one language by move."""
    return _read(f"lexicon/{language}.yaml")


@cache
def lines(language: Language) -> dict[str, list[str]]:
    """The client lines that any persona may say, by act."""
    return _read(f"lines/{language}.yaml")


def _read(name: str) -> dict[str, list[str]]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {str(kind): [str(one) for one in found] for kind, found in loaded.items()}


def level(text: str) -> str:
    """The text in lower case with ё as е and plain quotes, every character still in its place."""
    lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(str.maketrans({"ё": "е", "’": "'", "`": "'"}))


@lru_cache(maxsize=8192)
def compiled(pattern: str, names: tuple[str, ...] = ()) -> Pattern:
    """The pattern as a regular expression; ``[[seller]]`` and ``[[company]]`` stand for ``names``."""
    asks = pattern.endswith(" ?") or pattern.endswith("|?")
    text = pattern.removesuffix(" ?").removesuffix("|?")
    start = text.startswith("^ ")
    parts: list[str] = []
    glue = ""
    for token in text.removeprefix("^ ").split():
        if token == "..":
            glue = _GAP + _BETWEEN
            continue
        parts.append((glue if parts else "") + _token(token, names))
        glue = _BETWEEN
    body = "".join(parts)
    edge_left = r"(?<![\w])"
    edge_right = r"(?![\w])" if text[-1].isalnum() or text[-1] in "*]" else ""
    regex = re.compile((_START if start else "") + edge_left + body + edge_right, re.MULTILINE)
    return Pattern(regex, asks, text.startswith(("не ", "нет", "n't", "not ", "no ", "don't", "никто", "ничего")))


def _token(token: str, names: tuple[str, ...]) -> str:
    ways = []
    for way in token.split("|"):
        if way == "[[word]]":
            ways.append(_WORD)
        elif way == "[[number]]":
            ways.append(_NUMBER)
        elif way in ("[[seller]]", "[[company]]"):
            ways.extend(re.escape(level(name)) for name in names if name)
        elif way.endswith("*"):
            ways.append(re.escape(way[:-1]) + r"\w*")
        else:
            ways.append(re.escape(way))
    return "(?:" + "|".join(way for way in ways if way) + ")" if any(ways) else r"(?!)"


def find(
    levelled: str, patterns: tuple[str, ...] | list[str], language: Language, names: tuple[str, ...] = ()
) -> list[tuple[Hit, Pattern]]:
    """Every place where one of the patterns stands, negated ones left out."""
    found = []
    for line in patterns:
        pattern = compiled(level(line), names)
        for match in pattern.regex.finditer(levelled):
            if pattern.keeps_no or not _NEGATED[language].search(levelled, max(0, match.start() - 8), match.start()):
                found.append((Hit(match.start(), match.end()), pattern))
    return found


def stems(levelled: str, patterns: tuple[str, ...], language: Language) -> list[Hit]:
    """Every place where a topic's words stand, negated or not."""
    return [
        Hit(match.start(), match.end())
        for line in patterns
        for match in compiled(level(line)).regex.finditer(levelled)
    ]
