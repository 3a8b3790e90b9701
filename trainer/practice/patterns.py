"""Word patterns of the lexica: ``двер*`` a beginning, ``a|b`` either, ``..`` up to four words between."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from trainer.texts import LANGUAGES, Language

_GAP = r"(?:[^\w.!?…]+[\w'-]+){0,4}?"
_BETWEEN = r"[^\w.!?…]+"
_WORD = r"[\w'-]+"
_START = r"(?:(?<=[.!?…,;—] )|(?<=^))"
_PLAIN = str.maketrans("ё’`", "е''")
_TOKENS = re.compile(r"\([^()]*\)|\S+")
_NUMBER = r"\d[\d.,]*(?: \d{3})*"
_CLASSES = {"[[sum]]": "sums", "[[person]]": "kin"}
_NO_WORDS = ("не ", "нет", "n't", "not ", "no ", "don't", "никто", "ничего")
_RU_FUNCTION_WORDS = frozenset({"не", "нет", "ни", "в", "на", "к", "с", "о", "про", "по", "для", "со", "из", "или"})
_EN_FUNCTION_WORDS = frozenset({"has", "have", "don't", "not", "no", "the", "a", "an", "is", "are", "to"})
_FUNCTION_WORDS = _RU_FUNCTION_WORDS | _EN_FUNCTION_WORDS
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


@cache
def bank(language: Language) -> dict[str, Any]:
    """The everyday topics (``about``, ``questions`` and ``lives``, of which one holds for a call), answers by form."""
    return _load(f"lines/everyday.{language}.yaml")


def _read(name: str) -> dict[str, list[str]]:
    return {str(kind): [str(one) for one in found] for kind, found in _load(name).items()}


def _load(name: str) -> dict[str, Any]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def level(text: str) -> str:
    """The text in lower case with ё as е and plain quotes, every character still in its place."""
    lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_PLAIN)


@lru_cache(maxsize=32768)
def compiled(pattern: str, names: tuple[str, ...] = ()) -> Pattern:
    """The pattern as a regular expression; ``[[seller]]`` and ``[[company]]`` stand for ``names``.

    Two Russian pieces joined by one ``..`` may stand in either order, as the words of a Russian sentence do.
    """
    asks = pattern.endswith(" ?") or pattern.endswith("|?")
    text = level(pattern).removesuffix(" ?").removesuffix("|?")
    start = text.startswith("^ ")
    pieces = [_piece(_TOKENS.findall(piece), names) for piece in text.removeprefix("^ ").split(" .. ")]
    body = (_GAP + _BETWEEN).join(pieces)
    if len(pieces) == 2 and not start and re.search("[а-я]", text):
        body = f"(?:{body}|{pieces[1]}{_GAP}{_BETWEEN}{pieces[0]})"
    regex = re.compile((_START if start else "") + rf"(?<!\w){body}(?!\w)", re.MULTILINE)
    return Pattern(regex, asks, text.startswith(_NO_WORDS))


def _piece(tokens: list[str], names: tuple[str, ...]) -> str:
    """Neighbouring words: ``a|b c`` is (a or b) c, ``a b|c`` is a (b or c), ``a|b c|d`` is a, or b c, or d."""
    places = [number for number, token in enumerate(tokens) if "|" in token and token[0] != "("]
    lead = places == [0] and tokens[0].rsplit("|", 1)[1] not in _FUNCTION_WORDS
    tail = places == [len(tokens) - 1]
    if not places or lead or tail:
        return _BETWEEN.join(_token(token, names) for token in tokens)
    ways: list[list[str]] = [[]]
    for token in tokens:
        first, *others = [token] if token[0] == "(" else token.split("|")
        ways[-1].append(first)
        ways.extend([one] for one in others)
    return "(?:" + "|".join(_BETWEEN.join(_token(one, names) for one in way if one) for way in ways) + ")"


def _token(token: str, names: tuple[str, ...]) -> str:
    if token[0] == "(":
        return "(?:" + "|".join(_piece(way.split(), names) for way in token.strip("()").split("|")) + ")"
    ways = []
    for way in token.split("|"):
        if way == "[[word]]":
            ways.append(_WORD)
        elif way == "[[money]]":
            ways.append(r"[£$€]\s?\d[\d.,]*")
        elif way == "[[number]]":
            ways.append(_NUMBER)
        elif way in _CLASSES:
            ways.append(_of_class(_CLASSES[way]))
        elif way in ("[[seller]]", "[[company]]"):
            ways.extend(re.escape(level(name)) for name in names if name)
        elif way.endswith("*"):
            ways.append(re.escape(way[:-1]) + r"\w*")
        else:
            ways.append(re.escape(way))
    return "(?:" + "|".join(way for way in ways if way) + ")" if any(ways) else r"(?!)"


@cache
def _of_class(name: str) -> str:
    """Any word of a class, in both languages; a sum may be digits too."""
    words = [word for language in LANGUAGES for word in lexicon(language)[name]]
    ways = [re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", " ") for word in sorted(words, key=len, reverse=True)]
    return "(?:" + "|".join([*([_NUMBER] if name == "sums" else []), *ways]) + ")"


def find(
    levelled: str, patterns: tuple[str, ...] | list[str], language: Language, names: tuple[str, ...] = ()
) -> list[tuple[Hit, Pattern]]:
    """Every place where one of the patterns stands, negated ones left out."""
    found = []
    for line in patterns:
        pattern = compiled(line, names if "[[" in line else ())
        for match in pattern.regex.finditer(levelled):
            if pattern.keeps_no or not _NEGATED[language].search(levelled, max(0, match.start() - 8), match.start()):
                found.append((Hit(match.start(), match.end()), pattern))
    return found


def stems(levelled: str, patterns: tuple[str, ...], language: Language) -> list[Hit]:
    """Every place where a topic's words stand, negated or not."""
    return [Hit(match.start(), match.end()) for line in patterns for match in compiled(line).regex.finditer(levelled)]
