"""What a person answers to an everyday question: about his home, his people, his week, or anything at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainer.language import times
from trainer.language.text import sentences
from trainer.persona import Fact, Persona
from trainer.practice import choices, holds, practical
from trainer.practice.clauses import clauses
from trainer.practice.fitting import LEAST, fits
from trainer.practice.forms import CLOSED, form_of
from trainer.practice.lives import about, said_of, settled_life
from trainer.practice.meaning import known, likely, meant
from trainer.practice.mind import SETTLED, Act, Heard, Reply
from trainer.practice.patterns import bank, level, lexicon, stems
from trainer.texts import Language

ESCAPES = frozenset({"unsure", "private"})
"""Answers to which any other answer is better."""
NEIGHBOURS = ESCAPES | {"more"}
"""Answers that what was likely asked about stands in for."""
GIVES_WAY = ESCAPES | {
    "throw_back", "opinion", "nothing_else", "fact_again", "asked_already", "unclear", "listens", "more",
    "off_point", "unheard", "waits", "pitch", "dodge", "goes_on", "fine",
    "half",
}  # fmt: skip
"""Acts that a small fact of his own stands in for when it is asked about."""
COMES_AFTER = frozenset(
    {
        "insists",
        "wary",
        "stall",
        "unconvinced",
        "concern",
        "reason",
        "call_when",
        "price",
        "critic_half",
        "which_hour",
        "which_day",
        "hold_day",
        "hold_call",
        "hold_contact",
    }
)
"""Acts that he goes on to once the question is answered."""
COMES_BEFORE = frozenset({*SETTLED, "agree_time", "agree_call", "agree_call_loose", "eased"})
"""Acts after which he answers what was asked besides."""
OPEN = frozenset({"nothing_else", "listens", "dodge"})
"""Acts that an everyday topic stands in for, though it is none of his own."""
LEADS_ON = (
    "argue", "pitch", "price", "answer", "control", "propose_time", "ask_time", "invite_vague", "ask_contact",
    "ask_next_call", "propose_call_time", "ask_invoice", "pressure",
)  # fmt: skip
STALE = ("off_point", "unheard", "more", "throw_back", "waits", "half")
"""Answers that leave the seller where he was, asked what it is about."""
NAMES = ("her_name", "his_name")
"""Topics that say exactly what is wanted, whoever else is spoken of in the question."""
POSSIBLE = 0.1
"""The chance from which a question that shares words with a thing may mean it."""
LIKELY, FITTING = 0.3, 0.25
"""The chance that a question means a thing, and the fit of an answer to it, from which it is better than a filler."""
EXACT = ("who", "from_whom", "where", "when", "when_will", "when_does", "how_long", "how_much", "how_often", "why")
"""Forms that a fact answers only if it is asked about in them."""
OFFERING = ("to_tell", "would", "offer", "either")
SURE_BESIDE = 0.7
"""The chance from which an offer, or a choice of two, is taken for a question about his life, and from which an answer
about his life stands before the reason of a doubt."""
SURER, SURE_AFTER = 0.2, 0.5
"""By how much surer a small thing is meant than a fact that gives way to it, and the chance to be added to an act."""
FEW = 6
"""Words of a question whether it is he who is on the line."""
BARE = 3
"""Words of an offer that means nothing without what stands before it."""
SETTLES = ("propose_time", "ask_time", "invite_vague", "ask_contact", "ask_next_call", "propose_call_time",
           "ask_invoice", "confirm_time", "instruction_attack")  # fmt: skip
"""Moves that ask him to concede: to these only the gates answer."""


_YOU = re.compile(
    r"\bэто (?:же )?(?:вы|ты)\W*$|^(?:and )?(?:is (?:that|this) you|am i (?:speaking|talking) (?:to|with))\b"
)


@dataclass(frozen=True)
class Match:
    """A small fact that a question asks about: whose it is and how much of the question it explains (letters).

    ``place`` counts the questions of a line, with -1 for words that only may ask something; ``sure``: by its meaning.
    """

    id: str
    own: bool
    weight: int
    sentence: str
    place: int = 0
    sure: bool = False
    chance: float = 0.0


def answered(heard: Heard, reply: Reply) -> Reply:
    """The same decision with an answer in it where the seller asked and the act would pass the question by.

    Only the words change, never what was conceded: gates, concerns and moods stay as the rules left them.
    """
    if reply.state.over or not reply.acts:
        return reply
    reply = holds.for_nothing(heard, holds.held(heard, _joined(heard, reply)))
    served = practical.served(heard, reply)
    if served is not None:
        return served
    asked = _asked(heard)
    first = reply.acts[0].kind
    if not asked:
        return _restated(heard, reply) if first in STALE else reply
    if first == "fact_again":  # the very same question once more
        return _retold(heard.persona.fact(str(reply.acts[0].topic)), heard, reply)
    if first in ESCAPES and _asks_whether_it_is_he(heard, asked[-1]):
        return replace(reply, acts=(Act("said", "is_you"), *reply.acts[1:]), rule=f"{reply.rule}+said:is_you")
    match = _match(heard, asked)
    if match is not None and (match.own or first in ESCAPES | OPEN):
        told = _with_small(heard, reply, match)
        if told is not None:
            return _and_another(heard, told, match, asked)
    if first in ESCAPES | set(STALE):
        other = _restated(heard, reply)
        if other is not reply or first not in ESCAPES:
            return other
    if first in NEIGHBOURS and not heard.has(*SETTLES):
        guess = _likely(heard, asked)
        told = _with_small(heard, reply, guess) if guess is not None else None
        if told is not None:
            return told
    if first in ESCAPES and not heard.has(*SETTLES):
        again = heard.move("ask_fact")
        if again is not None and again.topic in heard.state.told:
            told = _retold(heard.persona.fact(str(again.topic)), heard, reply, asked[-1])
            if told is not reply:
                return told
        plain = [one for one in asked if one.endswith("?")] or asked
        said = _said(heard, plain[-1], plain[:-1])
        return replace(reply, acts=(said, *reply.acts[1:]), rule=f"{reply.rule}+said:{said.topic}")
    return reply


def questions_in(heard: Heard) -> list[str]:
    """The levelled sentences that ask something and are marked so; where none is marked, all that ask."""
    asked = _asked(heard)
    return [one for one in asked if one.endswith("?")] or asked


def _said(heard: Heard, sentence: str, before: Sequence[str] = ()) -> Act:
    """An answer to a question of which only the form is known; to "this or that?" one of the two where he can.

    ``before``: the questions that stand before it; one to which it guesses the answer itself gets its guess confirmed.
    """
    language = heard.language
    if _is_tag(sentence, language):
        sends = stems(level(heard.text), tuple(bank(language)["sends"]), language)
        settled = "tag_agreed" if heard.state.agreed else "tag"
        return Act("said", "tag_send" if sends and heard.state.contact else settled)
    form = form_of(sentence, language)
    if (
        form in ("yes_no", *OFFERING)
        and heard.state.agreed
        and stems(sentence, tuple(bank(language)["sends"]), language)
    ):
        return Act("said", "tag_send")
    if form == "yes_no" and before and form_of(before[-1], language) not in CLOSED:
        return Act("said", "guess")
    if form != "either":
        return Act("said", form)
    start = max(0, level(heard.text).find(sentence))
    spoken = heard.text[start : start + len(sentence)]
    pick = choices.picked(spoken, bank(language)["pick"], heard.persona, language, heard.state)
    if pick is None and times.find(spoken, language):
        return Act("stall")
    return Act("said", "pick", slots={"pick": pick}) if pick else Act("said", form)


def _asks_whether_it_is_he(heard: Heard, sentence: str) -> bool:
    """«Виктор Андреевич, это вы?», "is that Tom Barrett?", in the first words of a call."""
    words = re.findall(r"[\w']+", sentence)
    if heard.state.turn > 1 or len(words) > FEW:
        return False
    named = set(words) & set(re.findall(r"\w+", level(heard.persona.name[heard.language])))
    return bool(named) or bool(_YOU.search(sentence))


def _is_tag(sentence: str, language: Language) -> bool:
    """Whether it asks no more than "all right?" after what was told."""
    words = re.findall(r"[\w']+", re.split(r"[.!…] ", sentence)[-1])
    return " ".join(words) in {level(one) for one in lexicon(language)["check_words"]}


def _joined(heard: Heard, reply: Reply) -> Reply:
    """One thing settled and the next brought up in a breath: he marks that it is another thing."""
    kinds = [act.kind for act in reply.acts]
    if len(kinds) == 2 and kinds[0] in SETTLED and kinds[1] in ("concern", "wary"):
        when = holds.day_named(heard) if heard.has("propose_time") else None
        then = Act("as_for_day", slots={"when": when}) if when else Act("one_more")
        return replace(reply, acts=(reply.acts[0], then, reply.acts[1]))
    return reply


def _restated(heard: Heard, reply: Reply) -> Reply:
    """«О чём вы?», "go on, I'm listening", "say that again": he says what he meant, in other words."""
    words, levelled = bank(heard.language), level(heard.text)
    active = heard.state.active
    if active is not None and stems(levelled, tuple(words["go_on"]), heard.language):
        if active.status == "clarified":
            return reply
        return replace(reply, acts=(Act("concern", active.id), *reply.acts[1:]), rule=f"{reply.rule}+restated")
    last = next((one.split(":")[1] for one in reversed(heard.state.marks) if one.startswith("small:")), None)
    goes_further = set(re.findall(r"[\w']+", levelled)) <= set(words["further"])
    if last is not None and (goes_further or stems(levelled, tuple(words["again"]), heard.language)):
        return replace(reply, acts=(Act("small", last), *reply.acts[1:]), rule=f"{reply.rule}+again:{last}")
    return reply


def _asked(heard: Heard) -> list[str]:
    """The levelled sentences that ask something, in order; a bare «Хотите?» with the sentence before it."""
    parts = clauses(heard.text, heard.language)
    levelled = level(heard.text)
    offers = tuple(bank(heard.language)["asked"]["offer"])
    found = []
    before = 0
    for start, end in sentences(heard.text):
        asking = [one for one in parts if one.asks and start <= one.start < end]
        if asking:
            whole = heard.text[start:end].rstrip().endswith("?")
            said = levelled[start:end] if whole else " ".join(levelled[one.start : one.end] for one in asking)
            bare = len(re.findall(r"[\w']+", said)) <= BARE and bool(stems(said, offers, heard.language))
            found.append((levelled[before:end] if bare else said).strip())
        before = start
    return found


def _match(heard: Heard, asked: list[str]) -> Match | None:
    """The small fact that is asked about: the one that is meant, else the one known by its words.

    His own come before the bank's, of several questions the last one's.
    """
    found = _matches(heard, asked)
    return max(found, key=lambda one: (one.sure, one.id in NAMES, one.own, one.place, one.weight), default=None)


def _and_another(heard: Heard, told: Reply, match: Match, asked: list[str]) -> Reply:
    """Two questions in a breath, each surely about a small thing of his own: he answers both, in their order."""
    sure = [one for one in _matches(heard, asked) if one.sure and one.own and one.chance >= SURE_AFTER]
    other = next((one for one in sure if one.id != match.id and one.sentence != match.sentence), None)
    first = told.acts[0]
    if other is None or not match.sure or len(told.acts) > 1 or (first.kind, first.topic) != ("small", match.id):
        return told
    both = sorted((match, other), key=lambda one: asked.index(one.sentence))
    state = settled_life(heard, told.state, other.id)
    return Reply(state, tuple(Act("small", one.id) for one in both), f"{told.rule}+small:{other.id}")


def _matches(heard: Heard, asked: list[str]) -> list[Match]:
    """Every small fact that one of the questions may be about."""
    persona, language = heard.persona, heard.language
    own = _own(heard)
    mine = {one.id for one in persona.small}
    shared = [id for id, one in bank(language)["topics"].items() if id not in mine and _fits(one, persona)]
    found = []
    for place, sentence in enumerate(asked):
        if _settles(heard, sentence):
            continue
        last = place if sentence.endswith("?") else -1
        form = form_of(sentence, language)
        one = meant(sentence, persona, language, SURE_BESIDE if form in OFFERING else None, heard.before)
        if form == "offer" and one is None:
            continue
        if one is not None:
            if one.id in own or one.id in shared:
                found.append(Match(one.id, one.id in own, len(sentence), sentence, last, sure=True, chance=one.chance))
            continue
        things = tuple(known(persona, language))
        near = {each.id for each in likely(sentence, things, language, heard.before) if each.chance >= POSSIBLE}
        asks = {one.id for one in persona.small if one.asked[language]}
        for id in (*own, *shared):
            hits = stems(sentence, about(id, persona, language), language)
            if hits and (id in near or id not in asks) and _goes_with(heard, sentence, id):
                found.append(Match(id, id in own, sum(hit.end - hit.start for hit in hits), sentence, last))
    return found


def _goes_with(heard: Heard, sentence: str, id: str) -> bool:
    """Whether one of the lines of a small thing could answer the question at all."""
    return bool(fits(sentence, said_of(id, heard.persona, heard.language, heard.state)).max() >= LEAST)


def _own(heard: Heard) -> list[str]:
    """The small facts of his that he may tell by now."""
    done = set(heard.state.told) | {one.id for one in heard.state.concerns if one.status in ("clarified", "resolved")}
    return [one.id for one in heard.persona.small if done.issuperset(one.after)]


def _likely(heard: Heard, asked: list[str]) -> Match | None:
    """What the last question may well mean, and goes with an answer of his: better than a word that says nothing."""
    sentence, persona, language = asked[-1], heard.persona, heard.language
    one = meant(sentence, persona, language, LIKELY, heard.before)
    if one is None or one.kind not in ("small", "topic") or _settles(heard, sentence):
        return None
    if form_of(sentence, language) in OFFERING:
        return None
    if one.kind == "small" and one.id not in _own(heard):
        return None
    if fits(sentence, said_of(one.id, persona, language, heard.state)).max() < FITTING:
        return None
    return Match(one.id, one.kind == "small", len(sentence), sentence)


def _settles(heard: Heard, sentence: str) -> bool:
    """Whether a question asks him to concede something, or for his name: no small answer stands in for that."""
    start = max(0, level(heard.text).find(sentence))
    inside = (one for one in heard.moves if start <= one.start < start + len(sentence))
    return any(one.kind in (*SETTLES, "own_name_ask", "help_more") for one in inside)


def _fits(topic: dict[str, Any], persona: Persona) -> bool:
    """Whether a topic is for this kind of call: a man who was called cannot say how he found the firm.

    Nor does one whose machine stands say that there is no hurry.
    """
    return topic.get("only") in (None, persona.call.direction) and topic.get("never") != persona.call.purpose


def _with_small(heard: Heard, reply: Reply, match: Match) -> Reply | None:
    """The reply with the small fact in it, or ``None`` where what the rule says answers better."""
    first, rest = reply.acts[0], reply.acts[1:]
    act = Act("small", match.id)
    state = settled_life(heard, reply.state, match.id)
    rule = f"{reply.rule}+small:{match.id}"
    if first.kind == "fact" and first.topic is not None:
        fact = heard.persona.fact(first.topic)
        weight = sum(hit.end - hit.start for hit in stems(match.sentence, fact.about[heard.language], heard.language))
        spoken = any(one.startswith(f"small:{match.id}:") for one in heard.state.marks)
        meant_more = match.sure and match.chance > SURER + _chance_of(fact.id, match.sentence, heard)
        if match.place not in (-1, len(_asked(heard)) - 1):  # «Анна Львовна? Как съездили?»: the last question counts
            return None
        quote = level(next((one.quote for one in heard.moves if one.topic == fact.id), ""))
        if match.sure and quote and quote not in match.sentence and not rest:
            return Reply(state, (first, act), rule)
        if spoken or (not meant_more and (fact.id in heard.state.told or match.weight < weight + int(fact.need))):
            return None
        if rest and rest[0].kind != "request_again":
            return None
        mood = heard.state  # the fact was not told after all, so nothing is gained by it
        kept = replace(state, told=mood.told, trust=mood.trust, interest=mood.interest, patience=mood.patience)
        return Reply(kept, (act, *rest), rule)
    if first.kind in COMES_BEFORE and match.chance >= SURE_AFTER and len(reply.acts) == 1:
        return Reply(state, (first, act), rule)
    if first.kind in GIVES_WAY:
        return Reply(state, (act, *rest), rule)
    if first.kind == "reason" and match.chance < SURE_BESIDE:
        return None
    if first.kind in COMES_AFTER:
        goes_on = first.kind not in ("insists", "wary") or heard.has(*LEADS_ON)
        return Reply(state, (act, *reply.acts) if goes_on else (act, *rest), rule)
    return None


def _chance_of(id: str, sentence: str, heard: Heard) -> float:
    """The chance that a question asks about one thing of his."""
    things = tuple(known(heard.persona, heard.language))
    return next((one.chance for one in likely(sentence, things, heard.language, heard.before) if one.id == id), 0.0)


def _retold(fact: Fact, heard: Heard, reply: Reply, sentence: str = "") -> Reply:
    """Asked again about what he told: he says it in other words while he has any, and it is what is asked."""
    form, known = form_of(sentence, heard.language), fact.asked[heard.language]
    if sentence and form in EXACT and form not in {form_of(level(one), heard.language) for one in known}:
        return reply
    times = sum(one.startswith(f"retold:{fact.id}:") for one in reply.state.marks)
    if times + 1 >= len(fact.lines[heard.language]):
        return reply
    state = reply.state.mark(f"retold:{fact.id}:{times}")
    rule = f"{reply.rule}+retold:{fact.id}"
    return replace(reply, state=state, acts=(Act("fact", fact.id), *reply.acts[1:]), rule=rule)
