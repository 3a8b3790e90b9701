"""What he says to "this or that?": the words of one of the two, by his own fact where he has one."""

import re
from collections.abc import Iterator
from random import Random

from trainer.language import times
from trainer.language.names import analyzer
from trainer.persona import Persona
from trainer.practice.mind import State, unlocked
from trainer.practice.patterns import level, lexicon, stems
from trainer.texts import Language

LONGEST = 4
"""Words of a thing that one can name in answer; more is a clause of the seller's own."""
LONG = 3
STEM = 5
_OR = {"ru": re.compile(r",? или (?!же\b)", re.IGNORECASE), "en": re.compile(r",? or ", re.IGNORECASE)}
_EDGES = re.compile(r"[,;:!…«»\"]|\s[–—-]\s")
_YOUR_VERB = re.compile(r"\w+(?:ете|ёте|ите|етесь|итесь|ёшь|ешь|ишь)$")
_VERB = re.compile(r"(?:[её]т|ит|[уюая]т|л[аои]?)(?:ся)?$|сь$")
_WORD = re.compile(r"[\w'-]+")
_DO = frozenset({"do", "does", "did", "have", "has", "had", "will", "can", "could"})
"""Before "you" these make what follows something that he does: no thing to pick."""
_CLAUSE = re.compile(
    r"^\W*(?:(?:and|so|then|or) )?(?:has|have|had|did|does|do|will|can) (?:it|they|he|she|that|this|there)\b",
    re.IGNORECASE,
)
"""A whole thing that may have happened, which nobody says back as one that he names."""
_NO = frozenset({"нет", "не", "no", "not"})
_AT = frozenset({"в", "на", "с", "со", "у", "из", "от", "за", "под", "из-под", "по", "к", "для", "без"})
_TAGS = frozenset({"как", "что", "чего", "никак", "what", "nothing"})


def is_choice(sentence: str, language: Language) -> bool:
    """Whether two things are offered: "or not?", «или как?» ends a question to which one says yes or no."""
    parts = _OR[language].split(sentence)
    if len(parts) < 2:
        return False
    last = _WORD.findall(level(parts[-1]))
    return bool(last) and not (last[0] in _NO and len(last) <= 2) and " ".join(last) not in _TAGS


def picked(
    sentence: str,
    words: dict[str, list[str]],
    persona: Persona,
    language: Language,
    state: State,
    *,
    known: bool = False,
) -> str | None:
    """One of the things offered in the sentence, in its own words; ``None`` where neither can be said back.

    ``known``: only one that he himself has spoken of, or would.

    ``words``: ``lead`` and ``tail`` are not part of a thing, ``you`` makes it the seller's phrase, a thing with one of
    ``never`` in it would promise something. The same two things get the same answer all the call long.
    """
    parts = _offered(sentence, language)
    if any(stems(level(part), tuple(words["never"]), language) for part in parts):
        return None
    named = _alike([_thing(part, words, persona, language) for part in parts], language)
    things = [
        thing[:1].lower() + thing[1:] if sentence.startswith(thing) else thing
        for thing in named
        if thing and _sayable(thing, words, persona, language, state)
    ]
    if not things:
        return None
    his = level(" ".join(_told(persona, language, state)))
    by_fact = [thing for thing in things if any(word[:STEM] in his for word in _telling(thing))]
    if known and len(by_fact) != 1:
        return None
    of = by_fact if len(by_fact) == 1 else things
    return Random(f"{persona.id}:{state.rested}:{state.grudge}:{level(' '.join(things))}").choice(of)


def _offered(sentence: str, language: Language) -> tuple[str, ...]:
    parts = _OR[language].split(sentence.strip(" ?.!…"))
    if len(parts) < 2:
        return ()
    before = [one for one in _EDGES.split(parts[-2]) if one.strip()]
    after = [one for one in _EDGES.split(parts[-1]) if one.strip()]
    return (*before[-1:], *after[:1])


def _alike(named: list[str], language: Language) -> list[str]:
    """«Рамы там деревянные или алюминиевые»: of the first thing only the word that stands against the second."""
    if language == "ru" and len(named) == 2 and len(named[1].split()) == 1 and len(named[0].split()) >= LONG:
        *_, before, last = named[0].split()
        if level(before) in _AT:
            return named
        return [named[0] if _VERB.search(last) else last, named[1]]
    return named


def _thing(part: str, words: dict[str, list[str]], persona: Persona, language: Language) -> str:
    """The thing itself, without what leads up to it; "you" turns into "me"."""
    if language == "en" and _CLAUSE.match(part):
        return ""
    own = {"ru": "сам" if persona.gender == "m" else "сама", "en": "me"}[language]
    said = _WORD.findall(part)
    if level(" ".join(said)) in words["himself"]:
        return own
    you = [place for place, word in enumerate(said) if level(word) in words["you"]]
    if you:
        asks = you[-1] > 0 and level(said[you[-1] - 1]) in _DO
        said = said[you[-1] + 1 :]
        if asks and said and level(said[0]) not in words["lead"]:
            return ""
    while said and (level(said[0]) in words["lead"] or _YOUR_VERB.fullmatch(said[0])):
        said = said[1:]
    while said and (level(said[-1]) in words["tail"] or _YOUR_VERB.fullmatch(said[-1])):
        said = said[:-1]
    if you and language == "ru":
        said = [_of_one(word, persona) for word in said]
    return own if level(" ".join(said)) in words["himself"] else " ".join(said)


def _of_one(word: str, persona: Persona) -> str:
    """«Вы пристёгнуты были» is said of oneself in the singular: «пристёгнут был»."""
    form = analyzer().parse(word)[0]
    if "plur" not in form.tag or not ({"PRTS", "ADJS"} & {form.tag.POS} or "past" in form.tag):
        return word
    one = form.inflect({"sing", "masc" if persona.gender == "m" else "femn"})
    return str(one.word) if one is not None else word


def _sayable(thing: str, words: dict[str, list[str]], persona: Persona, language: Language, state: State) -> bool:
    levelled = level(thing)
    said = _WORD.findall(levelled)
    if not 1 <= len(said) <= LONGEST or said[0] in {*lexicon(language)["wh_words"], *_NO} - {"чтобы"}:
        return False
    if any(word in words["seller"] or _YOUR_VERB.fullmatch(word) for word in said):
        return False
    if times.find(thing, language):
        return False
    shut = [fact.secret for fact in persona.facts if fact.id not in state.told and not unlocked(fact, state)]
    quiet = [one.secret for one in persona.concerns if state.standing(one.id).status in ("hidden", "voiced")]
    return not any(stems(levelled, secret[language], language) for secret in (*shut, *quiet))


def _told(persona: Persona, language: Language, state: State) -> Iterator[str]:
    """What he would say of himself at any time: his open facts and his small ones."""
    for fact in persona.facts:
        if unlocked(fact, state):
            yield from fact.lines[language]
    for one in persona.small:
        if not one.after:
            yield from one.lines[language]
    for concern in persona.concerns:
        if state.standing(concern.id).status == "clarified":
            yield from (*concern.surface[language], *concern.reason[language], *concern.more[language])


def _telling(thing: str) -> list[str]:
    return [word for word in _WORD.findall(level(thing)) if len(word) >= STEM - 1]
