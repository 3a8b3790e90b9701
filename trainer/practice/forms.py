"""What kind of an answer a question wants: a thing, a person, a time, a number, a yes, one of two."""

import re
from typing import Literal

from trainer.practice import choices
from trainer.practice.patterns import bank, lexicon, stems
from trainer.texts import Language

Form = Literal[
    "request",
    "offer",
    "either",
    "how_long",
    "how_many",
    "how_often",
    "how_much",
    "when_will",
    "when",
    "from_whom",
    "who",
    "where",
    "why",
    "which",
    "how",
    "what",
    "yes_no",
]


def form_of(sentence: str, language: Language) -> Form:
    """What kind of an answer a question wants, by its own words."""
    words = lexicon(language)
    for form, patterns in bank(language)["asked"].items():
        if form == "either" and not choices.is_choice(sentence, language):
            continue
        if stems(sentence, tuple(patterns), language):
            found: Form = form
            return found
    return "what" if set(re.findall(r"[\w']+", sentence)[:3]) & set(words["wh_words"]) else "yes_no"
