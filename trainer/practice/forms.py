"""What kind of an answer a question wants: a thing, a person, a time, a number, a yes, one of two."""

import re
from typing import Literal

from trainer.language.text import sentences
from trainer.practice import choices
from trainer.practice.patterns import bank, level, lexicon, stems
from trainer.texts import Language

Form = Literal[
    "request",
    "to_tell",
    "would",
    "offer",
    "either",
    "how_long",
    "how_many",
    "how_often",
    "how_much",
    "when_will",
    "when_does",
    "when",
    "from_whom",
    "who",
    "where",
    "why",
    "anything",
    "which",
    "how",
    "what",
    "yes_no",
]


_JOIN = {"ru": r"^(?:(?:а|и|ну|но|так|тогда),? )+", "en": r"^(?:(?:and|but|so|well|then),? )+"}
_IDEAS = re.compile(r"(?:how|what) about\b|what if\b|why (?:don't|not)\b|(?:что )?если\b|почему бы\b|как насчет\b")
CLOSED = frozenset({"request", "to_tell", "would", "offer", "either", "anything", "yes_no"})
"""Forms that a yes or a no may answer."""


_MEANWHILE = {
    "ru": re.compile(
        r"\bкогда [^,?]*,(?= .*\b(?:что|чем|как|где|куда|кто|кому|сколько|почему|зачем|как(?:ой|ая|ое|ие|их|им))\b)"
    ),
    "en": re.compile(
        r"(?<!since )(?<!by )\bwhen (?!(?:did|do|does|is|are|was|were|will|would|can|could|should|have|has|had|might|"
        r"exactly|roughly|about|abouts)\b)(?:[^,?]*, ?)?"
    ),
}
"""A time at which something is so, which asks for none: "when you run short, what then?"."""


def form_of(sentence: str, language: Language) -> Form:
    """What kind of an answer a question wants, by its own words: of several question words by the first."""
    sentence = _MEANWHILE[language].sub("", sentence)
    words = lexicon(language)
    found: dict[Form, int] = {}
    asked: dict[Form, list[str]] = bank(language)["asked"]
    for form, patterns in asked.items():
        if form == "either" and not choices.is_choice(sentence, language):
            continue
        hits = stems(sentence, tuple(patterns), language)
        if form == "offer" and _asks_what(sentence, language):
            continue
        if hits and form in CLOSED:
            return form
        if hits:
            found[form] = min(hit.start for hit in hits)
    if found:
        return min(found, key=lambda form: found[form])
    begun = {one for part in re.split(r"[—:;]| [–-] ", sentence) for one in re.findall(r"[\w']+", part)[:3]}
    return "what" if begun & set(words["wh_words"]) else "yes_no"


def is_idea(sentence: str, language: Language) -> bool:
    """Whether a question proposes something: "what if he comes when you're both in?", «а если при муже?»."""
    return bool(_IDEAS.match(re.sub(_JOIN[language], "", sentence)))


def _asks_what(sentence: str, language: Language) -> bool:
    """«А какой хотите?», "what would you like?": a question word first offers nothing, but for "what if"."""
    said = re.sub(_JOIN[language], "", sentence)
    first = next(iter(re.findall(r"[\w']+", said)), "")
    return first in lexicon(language)["wh_words"] and not _IDEAS.match(said)


def is_open(text: str, language: Language) -> bool:
    """Whether the last question of a seller's line wants more than a yes: what, who, when, how much …"""
    levelled = level(text)
    asked = [one for start, end in sentences(text) if (one := levelled[start:end].strip()).endswith("?")]
    if not asked:
        return False
    first = next(iter(re.findall(r"[\w']+", re.sub(_JOIN[language], "", asked[-1]))), "")
    if is_idea(asked[-1], language):
        return False
    return first in lexicon(language)["wh_words"] or form_of(asked[-1], language) not in CLOSED
