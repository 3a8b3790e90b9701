"""A seller's line cut into clauses, each of which asks or tells."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from trainer.language.text import is_question, sentences
from trainer.practice.patterns import find, level, lexicon
from trainer.texts import Language

_CUT = re.compile(r"[,;:—]\s+|\s[-–]\s")
_JOINS = {"ru": "а|и|ну|но|так|тогда", "en": "and|but|so|well|then|ok|okay"}
_SUBORDINATE = {
    "ru": re.compile(r"^(?:что|чтобы|как|когда|если|где|котор\w+|чем|какой|какая)\b"),
    "en": re.compile(r"^(?:that|which|who|when|where|if|what|how)\b"),
}

_TELLS = {
    "ru": re.compile(r"^(?:(?:а|и|но|ну) )?(?:если|котор\w+)\b"),
    "en": re.compile(
        r"^(?:(?:and|but|so) )?(?:if|i've got|i have|i've|we've|we have|you(?:'ll)? see"
        r"|(?:you|we|he|they) (?:only |just |don't |won't )?(?:pay|sign|decide|order|hear|come|ring))\b"
    ),
}
"""What a clause begins with that asks nothing where no question mark says so."""
_ASKING_WHAT = {
    "ru": re.compile(r"\b(?:узнать|спросить|уточнить|интересно|любопытно|скажите|расскажите|понять)\s*$"),
    "en": re.compile(r"\b(?:ask|know|hear|find out|check|see|tell me|wonder|wondered|wondering)\s*$"),
}
"""Words that what is asked follows, without a cut: "I wanted to ask how it went"."""
_FIRST = re.compile(r"^(?:(?:just|and|but|so|well|ну|а|и|но|просто|только)\W+)+")
_RELATIVE = {"ru": re.compile(r"^котор\w+\b"), "en": re.compile(r"^(?:who|which|that)\b")}
_TRAILS = {"ru": re.compile(r"^(?:чтобы|чтоб|когда|если)\b"), "en": re.compile(r"^(?:so that|so i|when|if|before)\b")}


@dataclass(frozen=True)
class Clause:
    """A piece of a line: ``asks`` tells a question from a statement, ``checks`` a mere "all right?" after one."""

    start: int
    end: int
    asks: bool
    checks: bool = False


def clauses(text: str, language: Language) -> tuple[Clause, ...]:
    """The clauses of a line in order; a line without punctuation is cut before its question words."""
    found: list[Clause] = []
    for start, end in sentences(text):
        found.extend(_of_sentence(text, start, end, language))
    return tuple(found)


@cache
def _before_question(language: Language) -> re.Pattern[str]:
    words = "|".join(sorted((re.escape(w) for w in lexicon(language)["question_words"]), key=len, reverse=True))
    follows = (
        r"(?:\s+(?:вы|вам|вас|у|ты|именно|она|он|это|с|день|время|было|смущает|удобно))?"
        if language == "ru"
        else (r"\s+(?:you|it|i|did|does|do|is|are|was|were|the|your|they|she|exactly|time|day|about|made|kind)")
    )
    return re.compile(rf"\s(?=(?:{_JOINS[language]})\s(?:{words})\b)|\s(?=(?:{words})\b{follows}\b)")


def _of_sentence(text: str, start: int, end: int, language: Language) -> list[Clause]:
    body = text[start:end]
    marked = body.rstrip().endswith("?") or "?" in body[-3:]
    stated = body.rstrip().endswith((".", "!"))
    cuts = [match.end() for match in _CUT.finditer(body)]
    if not cuts and not marked and len(body.split()) > 6:
        levelled = level(body)
        found_at = (match.end() for match in _before_question(language).finditer(levelled))
        cuts = [at for at in found_at if not _ASKING_WHAT[language].search(levelled[:at])]
    edges = [0, *cuts, len(body)]
    pieces = [(left, right) for left, right in pairwise(edges) if body[left:right].strip(" .!?…,")]
    first_asks = bool(pieces) and is_question(_plain(body[: pieces[0][1]]), language)
    trails = marked and len(pieces) > 1 and bool(_TRAILS[language].match(level(body[pieces[-1][0] :]).strip()))
    found: list[Clause] = []
    for number, (left, right) in enumerate(pieces):
        piece = body[left:right]
        last = number == len(pieces) - 1
        checks = last and marked and len(pieces) > 1 and _only_checks(piece, language)
        asks = marked and (not last if trails else last or first_asks)
        tells = (trails and last) or _only_tells(piece, number, language)
        asks = asks or (not tells and _asks(piece, number, stated, language))
        asks = asks or (marked and not last and _inner_question(piece, language) and _tails_off(body[right:], language))
        if marked and len(pieces) == 2 and last and len(piece.split()) <= 2 and not checks:
            found = [Clause(c.start, c.end, True) for c in found]
        found.append(Clause(start + left, start + right, asks and not checks, checks))
    return found


def _only_tells(piece: str, number: int, language: Language) -> bool:
    """ "If it stops, …" and "…, who used to look after it" tell, whatever words they have in common with questions."""
    levelled = level(piece).strip()
    return bool(_TELLS[language].match(levelled) or (number and _RELATIVE[language].match(levelled)))


def _inner_question(piece: str, language: Language) -> bool:
    """Whether a question word stands inside, as in «А сами вы что скажете, когда…?»."""
    levelled = level(piece).strip()
    words = set(re.findall(r"[\w']+", levelled)) & set(lexicon(language)["question_words"][:20])
    return bool(words) and not _SUBORDINATE[language].match(levelled)


def _tails_off(rest: str, language: Language) -> bool:
    """Whether what follows is only a subordinate end or a guess at the answer, one or two."""
    levelled = level(rest).strip()
    guess = len(levelled.split()) <= 5 or bool(re.search(r"\b(?:или|or)\b", levelled))
    return guess or bool(_SUBORDINATE[language].match(levelled))


def _plain(text: str) -> str:
    return text.replace("?", " ")


def _asks(piece: str, number: int, stated: bool, language: Language) -> bool:
    """Whether a piece asks without a question mark; one in a sentence that ends as a statement has to say so itself."""
    levelled = level(piece).strip()
    if levelled.strip(" ,.!") in lexicon(language)["exclaims"]:
        return False
    if find(levelled, lexicon(language)["ask_words"], language):
        return True
    if not number and _FIRST.sub("", levelled).split(" ", 1)[0] in lexicon(language)["wh_words"]:
        return True
    if stated or (number and _SUBORDINATE[language].match(levelled)):
        return False
    return is_question(piece, language)


def _only_checks(piece: str, language: Language) -> bool:
    words = re.sub(r"[^\w' ]+", " ", level(piece)).split()
    for join in _JOINS[language].split("|"):
        if words and words[0] == join:
            words = words[1:]
    phrase = " ".join(words)
    return phrase in {level(word) for word in lexicon(language)["check_words"]} or len(words) == 0
