"""Text made comparable: language, normal form, sentences, questions with or without a mark."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from trainer.texts import Language

_HIDDEN = {
    ord(c): None
    for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}
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


_ALIKE = str.maketrans({"ё": "е", "’": "'", "`": "'", "–": "-", "—": "-", "«": '"', "»": '"', "“": '"', "”": '"'})


def hidden(letter: str) -> bool:
    """Whether a character shows nothing: zero-width, soft hyphen, direction marks."""
    return ord(letter) in _HIDDEN


def fold(text: str) -> str:
    """The comparable form: NFKC, lower case, ё as е, no hidden characters, single spaces, plain quotes and dashes."""
    plain = unicodedata.normalize("NFKC", text.translate(_HIDDEN)).lower().translate(_ALIKE)
    return _SPACES.sub(" ", plain).strip()


def spoken(text: str) -> str:
    """What a recogniser would have heard: the folded words and question marks, no other signs."""
    return _UNSPOKEN.sub(" ", fold(text)).strip()


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
    letters: list[str] = []
    places: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        piece = unicodedata.normalize("NFKC", text[position:end].translate(_HIDDEN)).lower().translate(_ALIKE)
        for letter in piece:
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
    return Folded("".join(letters), tuple(places), text)


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
