"""People's names: whether a word is one, and the name by which somebody introduces himself."""

import re
from functools import cache
from typing import Any

from trainer.language.text import fold, lexicon
from trainer.texts import Language


@cache
def analyzer() -> Any:
    """The Russian dictionary (pymorphy3), loaded once; it takes a third of a second."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@cache
def is_name(word: str, language: Language) -> bool:
    """Whether a word may be a first name; English has no dictionary here, so any word may."""
    return language == "en" or any("Name" in parse.tag for parse in analyzer().parse(word))


def introduced(text: str, language: Language) -> re.Match[str] | None:
    """Where somebody gives his own name («это Марина», "my name is Tom"); the group ``name`` holds it."""
    for match in re.finditer(lexicon(language)["own_name"], fold(text)):
        if is_name(match["name"], language):
            return match
    return None
