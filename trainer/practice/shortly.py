"""A yes or a no in the question's own words: «Учится?» — «Учится», "does he snore?" — "He does"."""

import re
from random import Random

from trainer.language.names import analyzer
from trainer.persona import Persona
from trainer.practice.patterns import lexicon, stems
from trainer.texts import Language

OTHERS = frozenset({"he", "she", "they"})
"""People of whom he may say anything: it promises nothing."""
YES, YES_TO_TROUBLE = 0.85, 0.15
"""How often the answer is a yes: a no shuts the door on what he may say later, a trouble owned to opens one."""
ABOUT_OTHERS = frozenset({"они", "дети", "люди", "ребята", "мы", "наши", "вас", "вам", "тебя", "тебе"})
"""Words beside which a verb in the plural is not said of him."""
_AUXILIARY = re.compile(
    r"(?:^|[,;:.!—-] ?|\b(?:and|but|so|or|then|there) )"
    r"(?P<aux>do|does|did|have|has|had|is|are|was|were)(?:n't)? "
    r"(?:(?P<who>you|he|she|it|they|there)\b|(?:the|your) (?P<noun>[a-z-]+))"
)
_FIRST_PERSON = {"are": ("am", "I'm not"), "were": ("was", "I wasn't")}
_SHORT = {"he": "He", "she": "She", "it": "It", "they": "They", "there": "There", "you": "I"}


def short(question: str, persona: Persona, language: Language, rng: Random) -> str | None:
    """The answer without its full stop, or ``None`` where the question asks for consent or has no word to take.

    ``question`` is levelled. What would promise something if he said it back (the lexicon's ``never_said_back``) is
    never taken up: consent is the director's alone.
    """
    amiss = stems(question, tuple(lexicon(language)["troubles"]), language)
    yes = rng.random() < (YES_TO_TROUBLE if amiss else YES)
    if language == "en":
        return _in_english(question, yes)
    return None if _promises(question, language) else _in_russian(question, persona, yes)


def _promises(question: str, language: Language) -> bool:
    return bool(stems(question, tuple(lexicon(language)["never_said_back"]), language))


def _in_english(question: str, yes: bool) -> str | None:
    found = list(_AUXILIARY.finditer(question))
    if not found:
        return None
    aux, who = found[-1]["aux"], found[-1]["who"] or _pronoun(found[-1]["noun"])
    if who not in OTHERS and _promises(question, "en"):
        return None
    plain, negative = aux, f"{who} {aux}n't"
    if who == "you":
        plain, negative = _FIRST_PERSON.get(aux, (aux, f"I {aux}n't"))
    return f"{_SHORT[who]} {plain}" if yes else f"No, {negative}"


def _pronoun(noun: str) -> str:
    """The word that stands for a noun: a person's by the lexicon, else ``it`` or ``they``."""
    words = lexicon("en")
    for who in ("she", "he"):
        if noun in words[f"is_{who}"]:
            return who
    return "they" if noun.endswith("s") and not noun.endswith("ss") else "it"


def _in_russian(question: str, persona: Persona, yes: bool) -> str | None:
    words = re.findall(r"[а-я-]+", question)
    for place, word in enumerate(words):
        said = _said_back(word, words, persona)
        if said is None:
            continue
        denied = place > 0 and words[place - 1] == "не"
        if denied:
            return f"Нет, не {said}" if not yes or "past" in str(analyzer().parse(word)[0].tag) else said.capitalize()
        return said.capitalize() if yes else f"Нет, не {said}"
    return None


def _said_back(word: str, words: list[str], persona: Persona) -> str | None:
    """The question's verb as he would say it of himself or of another; only what was or is, never what will be."""
    forms = analyzer().parse(word.removesuffix("-то"))
    form, tag = forms[0], forms[0].tag
    to_him = bool({"вы", "ты"} & set(words)) or not ABOUT_OTHERS & set(words)
    if any(one.tag.POS == "PRED" for one in forms) and tag.POS in ("PRED", "ADVB"):
        return str(form.word)
    named = [one for one in forms if one.tag.POS == "ADJF" and "nomn" in one.tag and "Apro" not in one.tag]
    if named and word == words[-1]:
        return str(named[0].word)
    if tag.POS != "VERB" or form.score < 0.5 or "futr" in tag or "impr" in tag or "1per" in tag:
        return None
    if "past" in tag:
        if "plur" in tag and to_him:
            gender = "masc" if persona.gender == "m" else "femn"
            form = form.inflect({gender, "sing"})
        return str(form.word) if form is not None else None
    if "2per" in tag:
        form = form.inflect({"1per", "sing"})
    return str(form.word) if form is not None else None
