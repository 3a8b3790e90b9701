"""Phones, e-mails and messengers, written or spoken: «девятьсот шестнадцать двести…», "oh seven double three"."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from trainer.language.text import fold, lexicon
from trainer.texts import Language

ContactKind = Literal["phone", "email", "messenger"]

PHONE_DIGITS = range(7, 16)


@dataclass(frozen=True)
class Contact:
    """A contact named in a folded text; ``value`` is digits for a phone, the address for the others."""

    kind: ContactKind
    value: str
    start: int
    end: int


def find(text: str, language: Language) -> list[Contact]:
    """Every contact named in the text, in order; spans are positions in ``fold(text)``."""
    folded = fold(text)
    found = [*_written(folded, language), *_phones(folded, language)]
    return sorted(found, key=lambda contact: contact.start)


@cache
def _pattern(language: Language, kind: str) -> re.Pattern[str]:
    return re.compile(lexicon(language)["contacts"][kind])


def _written(folded: str, language: Language) -> list[Contact]:
    found = []
    for match in _pattern(language, "email").finditer(folded):
        address = re.sub(r"\s*\b(?:собака|собачка|эт|at)\b\s*", "@", match.group())
        address = re.sub(r"\s*\b(?:точка|дот|dot)\b\s*", ".", address).replace(" ", "")
        found.append(Contact("email", address, match.start(), match.end()))
    for match in _pattern(language, "messenger").finditer(folded):
        if not any(one.start < match.end() and match.start() < one.end for one in found):
            found.append(Contact("messenger", match.group("nick") or match.group(), match.start(), match.end()))
    return found


def _phones(folded: str, language: Language) -> list[Contact]:
    """Runs of digits and number words that add up to a phone number; a sum of money or a size breaks the run."""
    found = []
    run: list[tuple[str, int, int]] = []
    for match in [*re.finditer(r"\d+|[a-zа-я']+|[^\s\w]", folded), None]:
        digits = _digits_of(match.group(), run, language) if match else None
        if match and digits is not None:
            run.append((digits, match.start(), match.end()))
            continue
        if match and run and (match.group() in "-()+., " or match.group() in lexicon(language)["contacts"]["between"]):
            continue
        found.extend(_closed(run, language))
        run = []
    return found


def _digits_of(word: str, run: list[tuple[str, int, int]], language: Language) -> str | None:
    """The piece a word adds to a run: digits; ``e``, ``t``, ``h`` mark teens, tens, hundreds; ``x2`` repeats."""
    words: dict[str, Any] = lexicon(language)["contacts"]
    if word.isdigit():
        return word
    if word in words["repeats"] and language == "en":
        return f"x{words['repeats'][word]}"
    if word in words["digits"]:
        return str(words["digits"][word])
    if word in words["teens"]:
        return f"e{words['teens'][word]}"
    if word in words["tens"]:
        return f"t{words['tens'][word]}"
    if word in words["hundreds"]:
        return f"h{words['hundreds'][word]}"
    return None


def _closed(run: list[tuple[str, int, int]], language: Language) -> list[Contact]:
    number = ""
    repeat = 1
    value: int | None = None
    taken = 0

    def flush() -> str:
        return "" if value is None else str(value)

    for piece, _, _ in run:
        mark, rest = (piece[0], piece[1:]) if piece[0] in "xeth" else ("", piece)
        if mark == "x":
            number, value, repeat = number + flush(), None, int(rest)
        elif mark == "h":
            number, value, taken = number + flush(), int(rest), 100
        elif mark in ("e", "t") and value is not None and taken == 100:
            value, taken = value + int(rest), 10 if mark == "t" else 1
        elif mark in ("e", "t"):
            number, value, taken = number + flush(), int(rest), 10 if mark == "t" else 1
        elif len(rest) == 1 and rest != "0" and value is not None and taken >= 10 and not piece.isspace():
            number, value = number + str(value + int(rest)), None
        else:
            number, value = number + flush() + rest * repeat, None
            repeat = 1
    number += flush()
    if len(number) in PHONE_DIGITS and _sounds_like_a_phone(number, run):
        return [Contact("phone", number, run[0][1], run[-1][2])]
    return []


def _sounds_like_a_phone(number: str, run: list[tuple[str, int, int]]) -> bool:
    """Whether digits were said one group after another; "1 200 000" and "189 500" are amounts, not numbers to call."""
    groups = [piece for piece, _, _ in run]
    if all(piece.isdigit() for piece in groups) and len(groups) > 1:
        return not all(len(piece) == 3 for piece in groups[1:]) or len(number) >= 10
    return True
