"""A client to practise on: what he hides, what worries him, what opens him up, when he agrees and when he leaves."""

import re
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from trainer.rubric import Bilingual
from trainer.transcript import CallInfo, Channel, Direction, Frozen, Kind, Purpose

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Attention = Literal["present_client", "calling_client", "internal"]
ATTENTION: tuple[Attention, ...] = ("present_client", "calling_client", "internal")

Asks = Literal["ask_need", "how_went", "own_view", "others_view"]
Raises = Literal[
    "how_went", "own_view", "others_view", "state_reason", "price", "pitch", "propose_time", "ask_contact",
    "ask_next_call", "ask_invoice", "help_more", "start", "introduce", "apology", "topic",
]  # fmt: skip
GateName = Literal["agree_time", "give_contact", "next_call", "invoice"]

_RANGE = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class Strict(Frozen):
    """A part of a persona file: a key it does not know is a mistake of the author."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(Strict):
    """Ways to say one thing, in both languages; at least one each."""

    ru: tuple[str, ...] = Field(min_length=1)
    en: tuple[str, ...] = Field(min_length=1)

    def __getitem__(self, language: str) -> tuple[str, ...]:
        return self.ru if language == "ru" else self.en


class Stems(Strict):
    """Beginnings of words (or of phrases, ``пласт* окн*``) by which a topic is known in a seller's line."""

    ru: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def __getitem__(self, language: str) -> tuple[str, ...]:
        return self.ru if language == "ru" else self.en


class Phrases(Strict):
    """Whole sentences as people say them, any number; of a seller's, one like them in meaning counts as one of them."""

    ru: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def __getitem__(self, language: str) -> tuple[str, ...]:
        return self.ru if language == "ru" else self.en


class Company(Strict):
    """Whose calls are trained: what a seller knows of his own firm; a YAML file in ``companies/``.

    ``priorities`` tell who comes first when two want attention at once (A2, A4); a caller who had to be put off is
    called back within ``call_back_minutes`` (A3).
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Bilingual
    product: Bilingual
    address: Bilingual
    hours: Bilingual
    prices: Bilingual
    priorities: tuple[Attention, ...] = ATTENTION
    call_back_minutes: int = Field(default=15, ge=1, le=60)

    @field_validator("priorities")
    @classmethod
    def _names_each_once(cls, value: tuple[Attention, ...]) -> tuple[Attention, ...]:
        if sorted(value) != sorted(ATTENTION):
            raise ValueError(f"name each once: {', '.join(ATTENTION)}")
        return value


class Situation(Strict):
    """The call as both sides know it before a word is said (T1–T3).

    In a file ``company`` may be the id of a company, which then names the ``subject`` too.
    """

    direction: Direction
    kind: Kind
    purpose: Purpose
    channel: Channel = "phone"
    at: str
    company: Bilingual
    subject: Bilingual
    seller: Bilingual

    @field_validator("at")
    @classmethod
    def _is_a_moment(cls, value: str) -> str:
        datetime.fromisoformat(value)
        return value


class Temper(Strict):
    """Where he starts (0–10 each) and how much he bears; ``leaves_at`` is the irritation that ends the call.

    ``irritation`` is what he comes to the phone with (T4).
    """

    trust: int = Field(default=2, ge=0, le=10)
    interest: int = Field(default=2, ge=0, le=10)
    patience: int = Field(default=9, ge=2, le=20)
    leaves_at: int = Field(default=5, ge=2, le=10)
    irritation: int = Field(default=0, ge=0, le=8)


class Fact(Strict):
    """Something true about him. ``hidden`` ones need ``trust`` and everything in ``after`` said or settled first.

    ``secret`` are the words that would give a hidden fact away; ``need`` marks what an open question brings out.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    about: Stems = Stems()
    asked: Phrases = Phrases()
    asked_by: tuple[Asks, ...] = ()
    need: bool = False
    hidden: bool = False
    trust: int = 0
    after: tuple[str, ...] = ()
    secret: Stems = Stems()
    lines: Lines


class Small(Strict):
    """An everyday thing about him that anybody may ask: his dog, his car, the weather there; told to whoever asks.

    ``id`` may name a topic of the everyday bank (``pets``, ``weather`` …), whose words it is then known by; with
    ``about`` (words) or ``asked`` (whole questions) it is a topic of his own. Its lines must fit each other: he may
    say several in one call. ``after`` names facts told or concerns explained before, where the answer would make no
    sense without them.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    about: Stems = Stems()
    asked: Phrases = Phrases()
    after: tuple[str, ...] = ()
    lines: Lines


class Way(Strict):
    """One way to settle a concern: the words of such an answer, and what he says to it."""

    words: Stems
    settled: Lines


class Concern(Strict):
    """A doubt, objection, complaint or somebody's criticism (C10, C12): what he says and what stands behind it.

    ``about`` makes a question a clarifying one, ``answers`` makes a statement an answer to the point;
    ``control`` means that taking it over with a named next step settles it (C11); ``critic`` names who criticised.
    ``answered`` are such answers whole and ``missed`` some that would not do: what is more like the first takes it away
    too, in whatever words. ``wary`` is what he says to an answer that comes before he was asked what it is about,
    ``insists`` to anything else.
    ``ways`` let his last word depend on the answer; ``raised_by: start`` opens the call with it, ``topic`` brings it up
    as soon as its ``about`` is asked of.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    raised_by: tuple[Raises, ...]
    critic: Bilingual | None = None
    control: bool = False
    about: Stems
    asked: Phrases = Phrases()
    answers: Stems = Stems()
    answered: Phrases = Phrases()
    missed: Phrases = Phrases()
    secret: Stems = Stems()
    surface: Lines
    goes_on: Lines
    reason: Lines
    more: Lines
    insists: Lines
    wary: Phrases = Phrases()
    settled: Lines
    ways: tuple[Way, ...] = ()


class Gate(Strict):
    """What it takes before he concedes one thing: trust, interest, and the concerns that must be settled."""

    trust: int = Field(default=0, ge=0, le=10)
    interest: int = Field(default=0, ge=0, le=10)
    settled: tuple[str, ...] = ()
    never: bool = False


class Gates(Strict):
    """One gate for each concession; there is no other way to any of them. ``invoice`` is a phone deal's (G3)."""

    agree_time: Gate
    give_contact: Gate
    next_call: Gate
    invoice: Gate = Gate(never=True)


class Calendar(Strict):
    """His week: when he can meet, and when he can talk on the phone; ``HH:MM-HH:MM`` ranges by weekday."""

    free: dict[Weekday, tuple[str, ...]]
    calls: dict[Weekday, tuple[str, ...]] = Field(default_factory=dict)
    loose_call: bool = False

    @field_validator("free", "calls")
    @classmethod
    def _are_ranges(cls, value: dict[Weekday, tuple[str, ...]]) -> dict[Weekday, tuple[str, ...]]:
        for ranges in value.values():
            for one in ranges:
                if not _RANGE.match(one) or one[:5] >= one[6:]:
                    raise ValueError(f'"{one}" is not a range such as "18:00-20:30"')
        return value


class Persona(Strict):
    """One client, whole and in both languages; a YAML file in ``personas/``.

    ``contact`` is what he gives when asked how to reach him, ``email`` what he gives when asked for that alone; both
    are written as he would say them.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Bilingual
    look: str
    gender: Literal["m", "f"]
    familiar: bool = False
    about: Bilingual
    level: int = Field(default=1, ge=1, le=3)
    call: Situation
    company: Company | None = None
    brief: Bilingual
    trains: Bilingual
    rules: tuple[str, ...]
    temper: Temper = Temper()
    contact: Bilingual
    email: Bilingual | None = None
    calendar: Calendar
    gates: Gates
    facts: tuple[Fact, ...]
    concerns: tuple[Concern, ...]
    small: tuple[Small, ...] = ()
    request: Stems = Stems()
    non_buyer: bool = False
    voice: dict[str, Lines]
    example: Bilingual

    @model_validator(mode="after")
    def _names_what_exists(self) -> "Persona":
        ids = [fact.id for fact in self.facts] + [concern.id for concern in self.concerns]
        small = [one.id for one in self.small]
        twice = sorted({one for one in ids if ids.count(one) > 1} | {one for one in small if small.count(one) > 1})
        if twice:
            raise ValueError(f"id used twice: {', '.join(twice)}")
        named = {id for fact in self.facts for id in fact.after} | {id for one in self.small for id in one.after}
        gates = (self.gates.agree_time, self.gates.give_contact, self.gates.next_call, self.gates.invoice)
        settled = {id for gate in gates for id in gate.settled}
        unknown = sorted((named - set(ids)) | (settled - {one.id for one in self.concerns}))
        if unknown:
            raise ValueError(f"no fact or concern with id: {', '.join(unknown)}")
        return self

    def concern(self, id: str) -> Concern:
        """The concern by id; KeyError when there is none."""
        for one in self.concerns:
            if one.id == id:
                return one
        raise KeyError(id)

    def fact(self, id: str) -> Fact:
        """The fact by id; KeyError when there is none."""
        for one in self.facts:
            if one.id == id:
                return one
        raise KeyError(id)

    def call_info(self, language: str, at: datetime | None = None) -> CallInfo:
        """The facts of the call as a transcript carries them, in one language."""
        here = self.call
        return CallInfo(
            direction=here.direction,
            kind=here.kind,
            purpose=here.purpose,
            channel=here.channel,
            seller=here.seller[language],
            client=self.name[language],
            company=here.company[language],
            subject=here.subject[language],
            at=at.isoformat() if at else here.at,
        )
