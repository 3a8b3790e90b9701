"""The ten sellers of the panel: each hears what the client does and says its next line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Protocol

from trainer.persona import Persona
from trainer.practice.mind import SETTLED, Act
from trainer.seller import Craft, Manner, Manners
from trainer.texts import Language

SKILL: dict[str, float] = {"expert": 1.0, "average": 0.7, "novice": 0.3, "rude": 1.0}
LONGEST = 30
OFFERS_A_TIME = {"busy", "name_time", "busy_call", "name_time_call"}
REFUSES = {"stall", "unconvinced", "contact_refused", "call_refused", "invoice_refused"}
ASKS_WHEN = {"when_then", "which_hour", "which_day"}
WHO = {"who_is_it", "who_again"}


class Seller(Protocol):
    """Says the next line after what the client did; ``None`` when there is nothing more to say."""

    def line(self, heard: tuple[Act, ...]) -> str | None:
        """The next words."""
        ...


@dataclass
class Skilled:
    """Knows what to do and does it as often as ``skill`` says; else makes a novice's mistake.

    ``deal`` is what the call is for: a meeting, an invoice (phone deal) or care.
    """

    craft: Craft
    manners: Manners
    inbound: bool
    purpose: str
    skill: float
    rng: Random
    insults: bool = False
    concern: str | None = None
    clarified: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    said: int = 0

    def line(self, heard: tuple[Act, ...]) -> str | None:
        """The next words; a rude one adds an insult to each of them."""
        self._take_in(heard)
        self.said += 1
        if self.said > LONGEST or "bye" in self.done:
            return None
        right = self.rng.random() < self.skill
        words = self._right(heard) if right else self._wrong()
        return f"{words} {self._next('insults', self.manners.insults)}" if self.insults else words

    def _take_in(self, heard: tuple[Act, ...]) -> None:
        for act in heard:
            if act.kind in ("concern", "wary"):
                self.concern = act.topic
            if act.kind in ("reason", "more") and act.topic:
                self.clarified.add(act.topic)
            if act.kind in SETTLED and act.topic == self.concern:
                self.concern = None
            if act.kind in REFUSES:
                self.refused += 1
            if act.kind in ("agree_time", "agree_invoice"):
                self.done.add("lead")
            if act.kind in ("agree_call", "agree_call_loose"):
                self.done.add("call")
            if act.kind in ("contact", "email"):
                self.done.add("contact")

    def _next(self, name: str, lines: tuple[str, ...]) -> str:
        """The lines in turn, over and over; a repeat begins with a word of apology, as people do."""
        turn = self.used.get(name, 0)
        self.used[name] = turn + 1
        words = lines[turn % len(lines)]
        return words if turn < len(lines) else f"{self.manners.shared['sorry'][0]} {words}"

    def _fresh(self, name: str, lines: tuple[str, ...]) -> str | None:
        turn = self.used.get(name, 0)
        if turn >= len(lines):
            return None
        self.used[name] = turn + 1
        return lines[turn]

    def _shared(self, name: str) -> str:
        return self._next(name, self.manners.shared[name])

    def _right(self, heard: tuple[Act, ...]) -> str:
        kinds = {act.kind for act in heard}
        if not self.used.get("open"):
            return self._next("open", self.craft.open)
        if kinds & WHO:
            return self._shared("who")
        if self.concern is not None:
            return self._of_the_concern(self.concern, kinds)
        if kinds & OFFERS_A_TIME:
            return self._shared("confirm")
        if "call_when" in kinds:
            return self._next("call_time", self.manners.shared["call"][2:] + self.manners.shared["call"][:1])
        if kinds & ASKS_WHEN:
            return self._lead()
        if kinds & {"request_again", "throw_back"} and self.craft.price:
            return self._next("price", self.craft.price)
        return self._care() if self.purpose == "care" else self._sale()

    def _of_the_concern(self, id: str, kinds: set[str]) -> str:
        known = self.craft.concerns.get(id)
        if kinds & {"unheard", "half"}:
            return self._shared("accept")
        if known is None:
            return self._shared("clarify" if id not in self.clarified else "accept")
        if id not in self.clarified:
            return self._fresh(f"ask.{id}", known.ask) or self._shared("clarify")
        return self._fresh(f"answer.{id}", known.answer) or self._shared("accept")

    def _care(self) -> str:
        for name, lines in (("views", self.craft.views), ("support", self.manners.shared["support"][:1])):
            found = self._fresh(name, lines)
            if found:
                return found
        if "call" not in self.done and self.refused < 3:
            return self._shared("care_call")
        return self._bye()

    def _sale(self) -> str:
        found = self._fresh("ask", self.craft.ask) or self._fresh("price", self.craft.price)
        if found:
            return found
        if "lead" not in self.done and self.refused < 3:
            again = self._fresh("again", self.manners.shared["again"]) if self.refused else None
            return again or self._lead()
        if "contact" not in self.done and self.used.get("contact", 0) < 2:
            return self._shared("contact")
        wants_call = "lead" not in self.done or self.purpose == "phone_deal"
        if wants_call and "call" not in self.done and self.used.get("call", 0) < 2:
            return self._shared("call")
        return self._fresh("help", self.manners.shared["help"][:1]) or self._bye()

    def _lead(self) -> str:
        return self._next("lead", self.craft.lead or self.manners.shared["lead"])

    def _bye(self) -> str:
        self.done.add("bye")
        return self._shared("bye")

    def _wrong(self) -> str:
        """What a beginner does here: argues, praises the goods, invites to nowhere."""
        own = self.manners.novice
        if not self.used.get("open"):
            self.used["open"] = 1
            return own["open_inbound" if self.inbound else "open_outbound"][0]
        if self.concern is not None:
            return self._next("argue", own["argue"])
        moves = [("price", self.craft.price), ("pitch", own["pitch"]), ("thing", own["thing"])]
        moves += [("invite", own["invite"]), ("own", own["own"])] if self.purpose != "care" else []
        fresh = [(name, lines) for name, lines in moves if self.used.get(name, 0) < len(lines)]
        if not fresh or (self.said > 12 and self.rng.random() < 0.3):
            self.done.add("bye")
            return self._next("novice_bye", own["bye"])
        name, lines = self.rng.choice(fresh)
        return self._next(name, lines)


@dataclass
class Scripted:
    """Says the lines of a script, whatever the client does."""

    lines: Iterator[str]

    def line(self, heard: tuple[Act, ...]) -> str | None:
        """The next line of the script."""
        return next(self.lines, None)


def seller(
    manner: Manner, persona: Persona, craft: Craft | None, manners: Manners, language: Language, seed: int
) -> Seller:
    """One seller of the panel for one call; without know-how a skilled one has only the shared craft."""
    rng = Random(f"{manner}:{persona.id}:{language}:{seed}")
    call = persona.call
    known = craft or _plain(persona, manners, language)
    slots = {"seller": call.seller[language], "company": call.company[language], "client": persona.name[language]}
    known = Craft.model_validate(filled(known.model_dump(), slots))
    spoken = Manners.model_validate(filled(manners.model_dump(), slots))
    if manner in SKILL:
        inbound = call.direction == "inbound"
        return Skilled(known, spoken, inbound, call.purpose, SKILL[manner], rng, insults=manner == "rude")
    if manner == "stuffer":
        return Scripted(_stuffed(known, spoken, rng))
    return Scripted(_scripted(getattr(spoken, manner), known, spoken))


def _plain(persona: Persona, manners: Manners, language: Language) -> Craft:
    return Craft(open=manners.shared["who"][:1], ask=manners.shared["again"], lead=manners.shared["lead"])


def filled(value: object, slots: dict[str, str]) -> object:
    """The same data with {seller}, {company} and {client} in its strings filled in."""
    if isinstance(value, str):
        for name, word in slots.items():
            value = value.replace("{" + name + "}", word)
        return value
    if isinstance(value, dict):
        return {key: filled(one, slots) for key, one in value.items()}
    return tuple(filled(one, slots) for one in value) if isinstance(value, tuple | list) else value


def _scripted(script: tuple[str, ...], craft: Craft, manners: Manners) -> Iterator[str]:
    leads = craft.lead or manners.shared["lead"]
    prices = craft.price or manners.novice["pitch"][:1]
    for number, line in enumerate(script):
        yield line.replace("{lead}", leads[number % len(leads)]).replace("{price}", prices[number % len(prices)])


def _stuffed(craft: Craft, manners: Manners, rng: Random) -> Iterator[str]:
    """Every right phrase at once, shuffled, again and again."""
    right = [*craft.open, *craft.ask, *craft.views, *craft.price, *craft.lead, *manners.shared["accept"]]
    right += [line for one in craft.concerns.values() for line in (*one.ask, *one.answer)]
    right += [manners.shared[name][0] for name in ("confirm", "contact", "call", "support", "help")]
    for size in (len(right), 12, 10, 8, 8, 7, 7, 6):
        yield " ".join(islice(iter(rng.sample(right, len(right))), size))
