"""Whom a seller says he will ring: a call to somebody else asks the client for none."""

import re

from trainer.language.names import analyzer
from trainer.texts import Language

_RINGS = re.compile(r"\b(?:пере)?(?:позвон(?:ю|ить|им)|набер(?:у|ем)|набрать|звякну)\b")
_CLAUSE = re.compile(r"[^,.!?;:…—]+")
_HIM = frozenset({"вам", "вас", "тебе", "тебя", "вами", "тобой", "мне"})
_OTHERS = frozenset({"ему", "ей", "им", "его", "ее", "их", "ней", "ними"})
_CASES = ("datv", "accs", "gent")
_RINGS_OTHER = re.compile(
    r"\b(?:[Rr]ing|[Cc]all|[Pp]hone|[Tt]ext)(?:ing)? (?:him|her|them|(?:my|our|the) \w+"
    r"|(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|I\b|You\b)[A-Z][a-z]+)\b"
)


def without_calls_to_others(text: str, levelled: str, language: Language) -> str:
    """The levelled text, every other letter in its place, without words that promise somebody else a call."""
    if language == "en":
        spans = [match.span() for match in _RINGS_OTHER.finditer(text)]
    else:
        spans = [
            (part.start() + verb.start(), part.start() + verb.end())
            for part in _CLAUSE.finditer(levelled)
            for verb in _RINGS.finditer(part[0])
            if _another(part[0])
        ]
    for start, end in spans:
        levelled = levelled[:start] + " " * (end - start) + levelled[end:]
    return levelled


def _another(clause: str) -> bool:
    """Whether a person other than the client stands in the clause in a case in which one is rung."""
    words = re.findall(r"[а-я-]+", clause)
    if _HIM & set(words):
        return False
    return bool(_OTHERS & set(words)) or any(_is_person(one) for one in words)


def _is_person(word: str) -> bool:
    tag = analyzer().parse(word)[0].tag
    return "NOUN" in tag and "anim" in tag and "sing" in tag and str(tag.case) in _CASES
