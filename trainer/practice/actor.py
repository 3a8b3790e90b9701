"""Words for the director's act: a bank of lines (offline); a model actor takes the same card."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from trainer.persona import Persona
from trainer.practice import fitting, lives
from trainer.practice.forms import is_open
from trainer.practice.mind import OWN, Act, State
from trainer.practice.patterns import level, lexicon, lines, stems
from trainer.texts import Language
from trainer.transcript import AnyTurn

_GENDER = re.compile(r"\[([^|\[\]]*)\|([^|\[\]]*)\]")
_ADDRESS = re.compile(r"<([^|<>]*)\|([^|<>]*)>")
_GREETING = re.compile(
    r"^(?:(?:да, )?алло(?:, алло)?|здравствуйте|здрасьте|здравия желаю"
    r"|добр(?:ый|ое|ая)(?: день| утро| вечер)?|день добрый"
    r"|(?:oh,? )?hello|hi(?: there)?|good (?:morning|afternoon|evening)|morning|afternoon)"
    r"(?:,? (?:здравствуй(?:те)?|добрый день|доброе утро|деточка|милая|девушка|love|dear))*[.,!?]+ *",
    re.IGNORECASE,
)
_GREETS = re.compile(r"здравст|алло|добр|hello|\bhi\b|morning|afternoon", re.IGNORECASE)
UNBLAMING = ("more", "insists", "wary", "off_point", "waits", "half")
"""Acts that never tell the seller he did not listen: whether he did is the director's to say."""
ANSWERING = (*UNBLAMING, "goes_on", "reason", "concern")
"""Acts said to a question too, where a yes answers no more than a yes-or-no one."""
_AFFIRMS = re.compile(
    r"(?:(?:ну|вот) )?(?:да|ага|угу|именно|точно|вот вот|вот-вот|то то|то-то)\b(?! (?:не|нет|так|вот)\b)"
    r"|(?:well, )?(?:yes|yeah|exactly|quite|right|true|that's (?:it|right|the thing))\b"
)
VARIETY = 0.1
"""By how much (of a cosine) a line that fits less well may still be said."""
EXACT = 0.02
"""The same where each line tells something else, so that only one of them answers."""
TELLS = frozenset({"fact", "small", "more"})
SPARE = {
    "more": ("goes_on", "insists"),
    "insists": ("goes_on",),
    "goes_on": ("insists",),
    "wary": ("insists", "goes_on"),
}
OF_A_CONCERN = ("goes_on", "reason", "more", "insists", "wary", "settled")


@dataclass(frozen=True)
class Card:
    """All an actor may know: the act, the mind, what was said. Facts that are still locked are not on it."""

    act: Act
    persona: Persona
    language: Language
    state: State
    said: tuple[str, ...]
    heard: str
    rng: Random
    turns: tuple[AnyTurn, ...] = ()


class Actor(Protocol):
    """Gives an act words; the guard checks them before they are spoken."""

    def voice(self, card: Card) -> str:
        """One spoken turn for the card's act, in its language."""
        ...


@runtime_checkable
class Streams(Protocol):
    """An actor whose words may be heard while it still speaks; it has each piece checked before giving it away."""

    def pieces(self, card: Card) -> Iterator[str]:
        """One spoken turn for the card's act, piece by piece."""
        ...


class Bank:
    """The offline voice: the persona's own lines first, then the shared ones, never the same line twice in a call."""

    def voice(self, card: Card) -> str:
        """A line of the act's bank that was not said yet; the last resort is an old one begun differently."""
        for pool in pools(card.act, card.persona, card.language, card.state):
            fresh = [(one, line) for one in pool if not _said(line := fill(one, card), card.said)]
            fresh = [(one, line) for one, line in fresh if _knows_who(line, card)] or fresh
            if card.act.kind in UNBLAMING:
                fresh = [(one, line) for one, line in fresh if not _blames(line, card)]
            if fresh:
                return opened(_fitting(fresh, card), card)
        return self._again(card)

    def _again(self, card: Card) -> str:
        starts = lines(card.language)["starts"]
        known = [one for pool in pools(card.act, card.persona, card.language, card.state) for one in pool]
        bodies = known or lines(card.language)["listens"]
        made = [_begun(start, fill(body, card), card) for body in bodies for start in starts]
        fresh = [line for line in made if not _said(line, card.said)]
        if fresh:
            return card.rng.choice(fresh)
        spare = [one for one in lines(card.language)["spare"] if not _said(one, card.said)]
        return card.rng.choice(spare) if spare else "…" * (1 + len(card.said) % 7)


def _fitting(fresh: list[tuple[str, str]], card: Card) -> str:
    """Of lines, as they stand in the bank and filled, one that goes well with what the seller said."""
    if len(fresh) == 1 or card.act.end or not any(char.isalpha() for char in card.heard):
        return card.rng.choice(fresh)[1]
    if card.act.kind in ANSWERING and is_open(card.heard, card.language):
        fresh = [one for one in fresh if not _AFFIRMS.match(level(one[1]))] or fresh
    fit = fitting.fits(card.heard, [one for one, _ in fresh])
    play = EXACT if card.act.kind in TELLS else VARIETY
    return max(zip(fit, fresh, strict=True), key=lambda one: float(one[0]) + play * card.rng.random())[1][1]


def opened(line: str, card: Card) -> str:
    """A first line begun or ended in one of many ways, so that no two calls open alike."""
    if card.act.kind == "request":
        body = _GREETING.sub("", line)
        if _GREETS.search(body[:24]):
            return line
        return f"{fill(card.rng.choice(_own('hello', card)), card)} {_capital(body)}"
    if card.act.kind == "pick_up":
        said = set(_words(line))
        tails = [one for one in (fill(tail, card) for tail in _own("tail", card)) if not said & set(_words(one))]
        return f"{line if line[-1] in '.?!…' else line + '.'} {card.rng.choice(['', *tails])}".strip()
    return line


def _own(name: str, card: Card) -> tuple[str, ...]:
    voice = card.persona.voice.get(name)
    return voice[card.language] if voice is not None else tuple(lines(card.language)[name])


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", level(text))


def _begun(start: str, line: str, card: Card) -> str:
    name = re.compile(rf"[\w,;:] {re.escape(line[:4])}")
    proper = re.match(r"(?:I\b|I'|[A-ZА-ЯЁ]{2})", line) or any(name.search(one) for one in (card.heard, *card.said))
    body = line if proper else line[:1].lower() + line[1:]
    return f"{start} {body}"


def _said(line: str, said: tuple[str, ...]) -> bool:
    return any(line in one for one in said)


def _knows_who(line: str, card: Card) -> bool:
    """Whether a line calls the seller by a name only where he has said it."""
    name = level(card.persona.call.seller[card.language])
    said = level(" ".join((card.heard, *card.state.heard)))
    return name in said or not re.search(rf"\b{re.escape(name)}\b", level(line))


def _blames(line: str, card: Card) -> bool:
    return bool(stems(level(line), tuple(lexicon(card.language)["reproach"]), card.language))


def pools(act: Act, persona: Persona, language: Language, state: State) -> list[tuple[str, ...]]:
    """The banks an act may be voiced from, best first."""
    found: list[tuple[str, ...]] = []
    if act.kind == "small" and act.topic is not None:
        return [lives.said_of(act.topic, persona, language, state)]
    if act.kind == "said" and act.topic is not None:
        own = persona.voice.get(f"said.{act.topic}")
        given = [("{answer}.",)] if "answer" in act.slots else []
        return [*given, *([own[language]] if own is not None else []), lives.said_to(act.topic, language)]
    if act.topic is not None:
        found.extend(_of_topic(act, act.topic, persona, language))
    if act.kind in persona.voice:
        found.append(persona.voice[act.kind][language])
    shared = lines(language)
    if act.topic == OWN:
        found = [tuple(one for one in pool if "?" not in one) for pool in found]
    found.extend(tuple(shared[name]) for name in (f"{act.kind}.{act.topic}", act.kind) if name in shared)
    return found


def _of_topic(act: Act, topic: str, persona: Persona, language: Language) -> list[tuple[str, ...]]:
    kind = act.kind
    own = persona.voice.get(f"{kind}.{topic}")
    found = [own[language]] if own is not None else []
    if kind == "fact":
        return [*found, persona.fact(topic).lines[language]]
    if kind == "concern":
        return [*found, persona.concern(topic).surface[language]]
    if act.way is not None:
        found.append(persona.concern(topic).ways[act.way].settled[language])
    if kind in OF_A_CONCERN:
        spare = SPARE.get(kind, ())
        own_words = (getattr(persona.concern(topic), one)[language] for one in (kind, *spare))
        return [*found, *own_words, *(tuple(lines(language)[one]) for one in (kind, *spare) if one in lines(language))]
    return found


def fill(line: str, card: Card) -> str:
    """The line with its slots filled, its ``[m|f]`` forms chosen by the client's gender, ``<вы|ты>`` by his address."""
    group = 1 if card.persona.gender == "m" else 2
    text = _GENDER.sub(lambda match: match.group(group), line)
    text = _ADDRESS.sub(lambda match: match.group(2 if card.persona.familiar else 1), text)
    slots = {
        "seller": card.persona.call.seller[card.language],
        "client": card.persona.name[card.language],
        "company": card.persona.call.company[card.language],
        **card.act.slots,
    }
    for name, value in slots.items():
        slot = "{" + name + "}"
        for mark in ".?!":
            text = text.replace(f"{mark} {slot}", f"{mark} {_capital(value)}")
        text = text.replace(slot, value)
    return _capital(text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
