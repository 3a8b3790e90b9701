"""What a line does to the concern on the table: accepted, clarified, answered, argued with, waved away (C10–C12)."""

import re

from trainer.persona import Concern
from trainer.practice import answering
from trainer.practice.echo import said_back
from trainer.practice.meaning import meant
from trainer.practice.patterns import bank, find, level, lexicon, stems
from trainer.practice.scene import Clause, Line, Move, MoveKind

OF_A_CRITIC: frozenset[str] = frozenset({"support_choice", "respect_critic", "agree_with_critic", "mock"})
LEADING: tuple[MoveKind, ...] = ("ask_time", "ask_contact", "ask_next_call", "help_more", "own_name_ask")
ON_THE_TABLE = 0.35
"""The chance from which a question is taken for one about the concern that is being talked of anyway."""
SHORT_QUESTION = 9
_ORDER = re.compile(r"\b(?:(?:know|hear|see) first|узнать (?:сначала|сперва))\b")
"""What the seller offers to tell is no question about the doubt."""
_INVITES = re.compile(r"why (?:don't|not)\b|почему бы\b")
_USUAL = re.compile(r"\b(?:нормально|бывает|normal|happens)\b")
"""Soothing that makes light of nothing where a question about it follows: «это нормально. А когда именно?»."""
SHORTEST_ANSWER = 4
SOOTHES, PRAISE = "worry", ("quality",)
"""Words waved at a doubt that are kind beside sympathy, and those that a pitch is read from."""
FEW = 3


def of_the_concern(line: Line) -> list[Move]:
    """Accepting, clarifying, answering: only where a concern lies on the table (C10–C12)."""
    concern, language = line.scene.concern, line.scene.language
    if concern is None:
        return []
    found = []
    orders = bool(_ORDER.search(line.levelled))
    kinds: list[MoveKind] = ["accept", "control", "argue"] if orders else ["accept", "clarify", "control", "argue"]
    if concern.critic is not None:
        kinds += ["support_choice", "respect_critic", "agree_with_critic", "mock"]
    for kind in kinds:
        for hit, pattern in find(line.levelled, lexicon(language)[kind], language):
            if kind == "control" and _supposed(line, hit.start):
                continue
            if line.suits(kind, hit.start, hit.end, asks=pattern.asks) or kind in OF_A_CRITIC:
                found.append(Move(kind, line.text[hit.start : hit.end], hit.start, concern.id))
                break
    if not any(one.kind in ("accept", "argue") for one in found):
        found.extend(Move("accept", quote, start, concern.id) for start, quote in said_back(line)[:1])
    if not any(one.kind == "clarify" for one in found):
        hits = [] if orders else find(line.levelled, lexicon(language)["asks_him"], language)
        asked = [hit for hit, pattern in hits if not pattern.asks or line.asked_in_its_sentence(hit.start)]
        found.extend(Move("clarify", line.text[hit.start : hit.end], hit.start, concern.id) for hit in asked[:1])
    offers = tuple(bank(language)["asked"]["offer"])
    for clause in line.clauses:
        part = line.levelled[clause.start : clause.end]
        leads = any(find(part, lexicon(language)[kind], language) for kind in ("ask_time", "ask_contact"))
        named = not (leads or stems(part, offers, language)) and bool(stems(part, concern.about[language], language))
        if (clause.asks and (named or _means(line, clause, concern))) or (named and _leads_in(line, clause)):
            found.append(Move("clarify", line.words_of(clause), clause.start, concern.id))
    found.extend(_answers(line, concern))
    if not any(one.kind == "answer" for one in found):
        found.extend(_meant_as_answer(line, concern))
    if not any(one.kind == "clarify" for one in found):
        found.extend(_asks_back(line, concern))
    if any(one.kind == "clarify" for one in found):
        found = [one for one in found if one.kind != "answer" or len(one.quote.split()) >= SHORTEST_ANSWER]
    found.extend(_waved_away(line, found))
    return _honest(found, line)


def _supposed(line: Line, place: int) -> bool:
    """«А что смущает, если мастер придёт?»: what is only supposed in a question is no next step."""
    clause = line.at(place)
    said = line.levelled[clause.start : clause.end] if clause else ""
    return bool(re.match(r"\W*(?:если|когда|if|when)\b", said)) and line.asked_in_its_sentence(place)


def _answers(line: Line, concern: Concern) -> list[Move]:
    """What is told and takes the concern away: by its meaning where there are examples, else by the concern's words."""
    language = line.scene.language
    if concern.answered[language] and concern.missed[language]:
        found = answering.answer(line, concern)
        return [Move("answer", found[1], found[0], concern.id)] if found else []
    told = [(one, line.levelled[one.start : one.end]) for one in line.clauses if not one.asks]
    return [
        Move("answer", line.words_of(clause), clause.start, concern.id)
        for clause, part in told
        if len(part.split()) >= 2 and stems(part, concern.answers[language], language)
    ]


def _leads_in(line: Line, clause: Clause) -> bool:
    """Whether a few words name what the question after them is about: «А пищит, пока едете, или стоя тоже?»."""
    words = line.levelled[clause.start : clause.end].split()
    return len(words) <= FEW and words[0] in ("а", "and") and line.asked_in_its_sentence(clause.start)


def _means(line: Line, clause: Clause, concern: Concern) -> bool:
    """Whether a question means the concern, in whatever words."""
    scene = line.scene
    one = meant(line.words_of(clause), scene.persona, scene.language, ON_THE_TABLE, scene.before)
    return one is not None and one.kind == "concern" and one.id == concern.id


def _waved_away(line: Line, found: list[Move]) -> list[Move]:
    """Soothing or playing down in place of a question: «не переживайте», «это недорого», "you can trust us" (C10)."""
    concern, language = line.scene.concern, line.scene.language
    kinds = {one.kind for one in found}
    if concern is None or kinds & {"argue", "answer", "control", "clarify", *OF_A_CRITIC}:
        return []
    for name, patterns in bank(language)["waved"].items():
        if name in PRAISE or (name == SOOTHES and "accept" in kinds):
            continue
        for hit, _ in find(line.levelled, patterns, language):
            if not line.asked_in_its_sentence(hit.start):
                return [Move("argue", line.text[hit.start : hit.end], hit.start, concern.id)]
    return []


def _meant_as_answer(line: Line, concern: Concern) -> list[Move]:
    """What is told about the concern's own subject and closed with "would that do?"."""
    language = line.scene.language
    hits = find(line.levelled, lexicon(language)["checks_answer"], language)
    asked = [hit.start for hit, pattern in hits if line.asked_in_its_sentence(hit.start)]
    for clause in line.clauses:
        part = line.levelled[clause.start : clause.end]
        tells = not clause.asks and not clause.checks and len(part.split()) >= SHORTEST_ANSWER
        if asked and clause.start < asked[0] and tells and stems(part, concern.about[language], language):
            return [Move("answer", line.words_of(clause), clause.start, concern.id)]
    return []


def _asks_back(line: Line, concern: Concern) -> list[Move]:
    """A short question that points back at his words: «и чего ей не понравилось-то?», "which one is it?"."""
    words = lexicon(line.scene.language)
    for clause in line.clauses:
        said = set(re.findall(r"[\w']+", line.levelled[clause.start : clause.end]))
        short = clause.asks and len(said) <= SHORT_QUESTION
        part = line.levelled[clause.start : clause.end]
        if any(find(part, words[kind], line.scene.language) for kind in LEADING):
            continue
        if short and said & set(words["wh_words"]) and said & set(words["back_words"]):
            return [Move("clarify", line.words_of(clause), clause.start, concern.id)]
    return []


def _honest(found: list[Move], line: Line) -> list[Move]:
    """ "I understand, but…" accepts nothing; a clarifying question inside a push is none."""
    kept = []
    argued = any(one.kind == "argue" for one in found)
    for one in found:
        after = line.levelled[one.start + len(one.quote) : one.start + len(one.quote) + 12]
        if one.kind == "accept" and re.match(r"[\s,]*(?:но|однако|but|however)\b", after):
            continue
        clause = line.at(one.start)
        asked_after = any(other.kind == "clarify" and other.start > one.start for other in found)
        if one.kind == "argue" and asked_after and _USUAL.search(level(one.quote)):
            continue
        if one.kind == "clarify" and clause and _INVITES.search(line.levelled[clause.start : clause.end]):
            continue
        if one.kind == "clarify" and argued and not _real_question(one.quote):
            continue
        kept.append(one)
    return kept


def _real_question(quote: str) -> bool:
    return not re.match(r"(?:разве|неужели|зачем же|isn't|don't you|surely)\b", level(quote))
