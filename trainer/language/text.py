"""Text made comparable: language, normal form, sentences, questions with or without a mark."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from trainer.texts import Language

LETTERS = 4096
"""So many different letters are remembered in their plain form."""
TURN, TURNS = 2000, 2000
"""Texts up to so many letters, so many of them, are remembered in their folded form: a turn is looked at many times."""
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks that show nothing, though Unicode counts them as letters or marks."""


class _Hidden(dict[int, int | None]):
    """A table for ``str.translate`` that drops what cannot be seen; filled as letters are met."""

    def __missing__(self, code: int) -> int | None:
        letter = chr(code)
        kind = unicodedata.category(letter)
        unseen = kind in ("Cf", "Co", "Cs", "Cn") or (kind == "Cc" and not letter.isspace())
        unseen = unseen or letter in _FILLERS or unicodedata.name(letter, "").startswith("VARIATION SELECTOR")
        self[code] = None if unseen else code
        return self[code]


_HIDDEN = _Hidden()
_SPACES = re.compile(r"\s+")
_UNSPOKEN = re.compile(r"[^a-zа-я0-9'?]+")
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+|\n|$)")


@cache
def lexicon(language: Language) -> dict[str, Any]:
    """The word lists of one language (``lexicon/ru.yaml``, ``lexicon/en.yaml``)."""
    path = Path(__file__).parent / "lexicon" / f"{language}.yaml"
    loaded: dict[str, Any] = yaml.load(
        path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return loaded


def detect(text: str) -> Language:
    """Russian when at least a third of the letters are Cyrillic, else English; Russian for no letters at all."""
    cyrillic = sum("а" <= c <= "я" or c == "ё" for c in text.lower())
    latin = sum("a" <= c <= "z" for c in text.lower())
    return "ru" if cyrillic * 2 >= latin else "en"


_ALIKE = str.maketrans(
    {"ё": "е", **dict.fromkeys("’‘‚‛`´′", "'"), **dict.fromkeys("–—‐‒―−", "-"), **dict.fromkeys("«»“”„‟‹›″", '"')}
)
_COLONS = str.maketrans(dict.fromkeys("∶꞉։׃ː˸", ":"))
_LATIN, _CYRILLIC = "aceopxyiskmtbhn", "асеорхуіѕкмтвнп"
"""Letters of the two scripts that look alike, or nearly so, small or capital, in the same order."""
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TWO_SCRIPTS = re.compile(r"\b(?:[a-z]+[а-яіѕ]|[а-яіѕ]+[a-z])[a-zа-яіѕ]*\b")


def one_script(folded: str) -> str:
    """Words of a folded text that mix Latin and Cyrillic letters, in the script of those that have no look-alike."""
    return _TWO_SCRIPTS.sub(_in_one_script, folded)


def _in_one_script(word: re.Match[str]) -> str:
    letters = word.group()
    latin = sum("a" <= c <= "z" and c not in _LATIN for c in letters)
    cyrillic = sum("а" <= c <= "я" and c not in _CYRILLIC for c in letters)
    return letters.translate(_TO_LATIN if latin > cyrillic else _TO_CYRILLIC)


def plain_letters(text: str) -> tuple[str, tuple[int, ...]]:
    """The text as an eye reads it, lower case, line ends kept, and the place each letter came from.

    As ``fold``, but letter for letter: hidden letters and accents are gone, look-alikes and all kinds of colons plain.
    """
    letters = text.translate(_PLAIN_LETTERS)
    places: Iterable[int] = range(len(text))
    if len(letters) < len(text):
        places = (place for place in places if _PLAIN_LETTERS[ord(text[place])])
    return one_script(letters), tuple(places)


def _plain_letter(letter: str) -> str:
    if hidden(letter) or unicodedata.combining(letter):
        return ""
    if letter.isspace():
        return "\n" if letter in "\n\r\v\f\x85\u2028\u2029" else " "
    plain = unicodedata.normalize("NFKC", letter).lower().translate(_ALIKE).translate(_COLONS)
    return plain if len(plain) == 1 else letter


class _Letters(dict[int, str]):
    """A table for ``str.translate``, filled by a function as letters are met."""

    def __init__(self, plain: Callable[[str], str]) -> None:
        self._plain = plain

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, self._plain(chr(code)))


_PLAIN_LETTERS = _Letters(_plain_letter)


def hidden(letter: str) -> bool:
    """Whether a character shows nothing: zero-width, soft hyphen, direction marks, tags, fillers, control codes."""
    return _HIDDEN[ord(letter)] is None


def fold(text: str) -> str:
    """The comparable form: NFKC, lower case, ё as е, single spaces, plain quotes and dashes, a word in one script.

    Hidden characters and stress marks are gone.
    """
    return _folded_before(text) if len(text) <= TURN else _folded(text)


def _folded(text: str) -> str:
    return _SPACES.sub(" ", one_script(_plain(text))).strip()


_folded_before = lru_cache(TURNS)(_folded)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_HIDDEN)).lower().translate(_ALIKE)
    return folded if folded.isascii() else "".join(c for c in folded if not unicodedata.combining(c))


def spoken(text: str) -> str:
    """What a recogniser would have heard: the folded words and question marks, no other signs."""
    return _UNSPOKEN.sub(" ", fold(text)).strip()


@lru_cache(LETTERS)
def _plain_mark(letter: str) -> str:
    """``_plain`` of one letter with its combining marks: a call has few different ones."""
    return _plain(letter)


def _one_mark(letter: str) -> str:
    """What one letter folds to; two spaces, so that it is not taken for one, where other letters have a say in it."""
    plain = _plain(letter)
    return "  " if len(plain) != 1 or unicodedata.combining(letter) else " " if plain.isspace() else plain


_FOLDED_LETTERS = _Letters(_one_mark)


@dataclass(frozen=True)
class Folded:
    """A folded text that still knows where each of its characters stood in the original."""

    text: str
    places: tuple[int, ...]
    original: str

    def quote(self, start: int, end: int) -> str:
        """The verbatim piece of the original that a span of the folded text came from."""
        if start >= end:
            return ""
        return self.original[self.places[start] : self.places[end - 1] + 1]


def fold_with_places(text: str) -> Folded:
    """As ``fold``, with the place of every character; a letter and its combining marks fold as one."""
    plain = text.translate(_FOLDED_LETTERS)
    if len(plain) == len(text) and plain == plain.strip() and "  " not in plain:
        return Folded(one_script(plain), tuple(range(len(text))), text)
    letters: list[str] = []
    places: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for letter in _plain_mark(text[position:end]):
            if letter.isspace():
                letter = " "
                if not letters or letters[-1] == " ":
                    continue
            letters.append(letter)
            places.append(position)
        position = end
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    return Folded(one_script("".join(letters)), tuple(places), text)


def words(text: str) -> list[str]:
    """The words of a text in its folded form, in order, digits included."""
    return re.findall(r"[a-zа-я0-9]+(?:'[a-z]+)?", fold(text))


def sentences(text: str) -> list[tuple[int, int]]:
    """``(start, end)`` of each sentence; a text without punctuation is one sentence."""
    found = [(m.start(), m.end()) for m in _SENTENCE.finditer(text) if re.search(r"\w", m.group())]
    return found or ([(0, len(text))] if text.strip() else [])


@cache
def _question_pattern(language: Language) -> re.Pattern[str]:
    starts = "|".join(lexicon(language)["question_words"])
    return re.compile(rf"(?:^|[,.;!?…-] ?|\b(?:а|и|ну|но|так|and|so|but|well) )(?:{starts})\b")


def is_question(text: str, language: Language) -> bool:
    """Whether the text asks: by its mark, or by its words where a recogniser left no marks."""
    return "?" in text or bool(_question_pattern(language).search(fold(text)))
