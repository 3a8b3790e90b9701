"""The outcome of a call, decided from both sides' words: who proposed what time, and who said yes to it (G1–G7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from trainer.grading.detectors import Reader, Reading
from trainer.language.times import TimeMention
from trainer.report import Evidence, Outcome
from trainer.transcript import CallInfo

Topic = Literal["meeting", "call", "deal"]
YES, LOOSE, NO = 0.45, 0.5, 0.55


@dataclass(frozen=True)
class Moment:
    """What is known so far of the time under discussion; the day and the clock may come from different turns."""

    day: str | None = None
    clock: tuple[int, int] | None = None
    soon: bool = False

    @property
    def specific(self) -> bool:
        return self.soon or (self.day is not None and self.clock is not None)

    @property
    def empty(self) -> bool:
        return not self.soon and self.day is None and self.clock is None

    def filled(self, mention: TimeMention) -> "Moment":
        """This moment with what a mention adds; a new day without a clock forgets the old clock."""
        if mention.minutes is not None:
            return Moment(soon=True)
        if mention.day is not None:
            return Moment(mention.day, mention.clock)
        if mention.clock is not None:
            return Moment(self.day, mention.clock)
        return self


@dataclass(frozen=True)
class Agreement:
    """A yes of both sides to one thing; ``turns`` are where it was proposed and where it was accepted."""

    topic: Topic
    moment: Moment
    turns: tuple[int, int]
    sure: float


@dataclass
class Standing:
    """The proposal now on the table."""

    topic: Topic
    by: str
    turn: int
    options: tuple[Moment, ...]


@dataclass(frozen=True)
class Settled:
    """What a call came to, with what proves it."""

    outcome: Outcome
    agreements: tuple[Agreement, ...]
    contact: Reading | None
    sure: float
    evidence: tuple[Evidence, ...] = field(default=())


class Negotiation:
    """Follows a call turn by turn: proposals, answers, agreements, and agreements taken back."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._call = reader.transcript.call
        self._standing: Standing | None = None
        self._last: dict[Topic, Moment] = {}
        self._agreed: dict[Topic, Agreement] = {}
        for reading in reader.readings:
            if reading.role == "seller":
                self._hear_seller(reading)
            else:
                self._hear_client(reading)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        return tuple(self._agreed.values())

    def _hear_seller(self, reading: Reading) -> None:
        topic = seller_topic(reading, self._call, self._standing.topic if self._standing else None)
        options = tuple(self._moments(reading, topic)) if topic else ()
        standing = self._standing
        if standing and standing.by == "client" and standing.topic in ("meeting", "call"):
            refused = bool(reading.says("refusal")) and not reading.does("confirm")
            others = [one for one in options if one.clock and one.clock not in {o.clock for o in standing.options}]
            if not refused and not others:
                merged = standing.options[0]
                for one in options:
                    merged = _merged(merged, one)
                self._agree(standing.topic, merged, (standing.turn, reading.turn), 0.85)
                self._standing = None
                return
        if topic is None:
            return
        if topic == "deal" or options or reading.does("next_call", "call_time", "ask_time", "offer_time", "invite"):
            already = self._agreed.get(topic)
            if already and not any(_differs(one, already.moment) for one in options):
                if options and not already.moment.specific:
                    self._standing = Standing(topic, "seller", reading.turn, options)
                return
            self._standing = Standing(topic, "seller", reading.turn, options)

    def _hear_client(self, reading: Reading) -> None:
        yes, loose, no = consent(reading)
        self._maybe_take_back(reading, yes, loose, no)
        standing = self._standing
        topic: Topic = standing.topic if standing else self._client_topic(reading)
        named = [m for m in reading.times if not m.past and not m.hours and (m.clock or m.minutes is not None or m.day)]
        if loose >= LOOSE and loose > yes:
            self._standing = None
            return
        if named and no < NO and topic != "deal":
            base = standing.options[0] if standing and standing.options else self._last.get(topic, Moment())
            chosen = base
            for mention in named:
                chosen = _picked(chosen.filled(mention), standing)
            self._last[topic] = chosen
            if chosen.specific and standing and standing.by == "seller" and (_among(chosen, standing) or yes >= YES):
                self._agree(topic, chosen, (standing.turn, reading.turn), max(yes, 0.8))
                self._standing = None
            elif chosen.clock or chosen.soon or named[0].bound:
                self._standing = Standing(topic, "client", reading.turn, (chosen,))
            elif standing and yes >= YES and not standing.options:
                self._agree(topic, chosen, (standing.turn, reading.turn), yes)
                self._standing = None
            else:
                self._standing = Standing(topic, "client", reading.turn, (chosen,))
            return
        if standing is None or standing.by != "seller":
            return
        if yes >= YES and yes > no:
            options = standing.options or ((Moment(),) if topic in ("call", "deal") else ())
            if options:
                moment = options[0] if len(options) == 1 else _open_choice(options)
                self._agree(topic, moment, (standing.turn, reading.turn), yes)
            self._standing = None
        elif no >= NO or reading.does("stall"):
            self._standing = None

    def _maybe_take_back(self, reading: Reading, yes: float, loose: float, no: float) -> None:
        """An agreement goes when the client withdraws it, or loosens it when it is repeated to him."""
        back = reading.chance("take_back")
        if back >= 0.5 and back > yes:
            for topic in [t for t in self._agreed if t != "deal"]:
                del self._agreed[topic]
        elif loose >= 0.6 and loose > yes and self._agreed and not reading.asks:
            for topic in [t for t, a in self._agreed.items() if t == "meeting" and a.moment.specific]:
                del self._agreed[topic]

    def _client_topic(self, reading: Reading) -> Topic:
        if reading.says("call_words") and not reading.says("meeting_words"):
            return "call"
        return "call" if self._call.purpose in ("care", "phone_deal") else "meeting"

    def _moments(self, reading: Reading, topic: Topic) -> Iterator[Moment]:
        """The moments a seller's turn puts forward, each completed by the day that stands already."""
        usable = [m for m in reading.times if not m.past and not m.hours]
        base = self._last.get(topic, Moment())
        for mention in usable:
            moment = replace(base, clock=None, soon=False).filled(mention)
            if mention.bound:
                moment = replace(moment, clock=None)
            if not moment.empty:
                self._last[topic] = moment
                base = moment
                yield moment

    def _agree(self, topic: Topic, moment: Moment, turns: tuple[int, int], sure: float) -> None:
        known = self._agreed.get(topic)
        if known and known.moment.specific and not moment.specific:
            return
        self._agreed[topic] = Agreement(topic, moment, turns, sure)


def _merged(one: Moment, other: Moment) -> Moment:
    return Moment(other.day or one.day, one.clock or other.clock, one.soon or other.soon)


def _differs(one: Moment, other: Moment) -> bool:
    return (one.clock is not None and one.clock != other.clock) or (one.day is not None and one.day != other.day)


def _picked(moment: Moment, standing: Standing | None) -> Moment:
    """A pick of one of the seller's options by its day or its clock alone, completed."""
    options = standing.options if standing and standing.by == "seller" else ()
    for option in options:
        if moment.clock is None and option.day == moment.day and option.clock:
            return option
        if (
            moment.clock
            and option.clock
            and moment.clock[1] == option.clock[1]
            and moment.clock[0] % 12 == option.clock[0] % 12
        ):
            return Moment(moment.day or option.day, option.clock)
    return moment


def _among(moment: Moment, standing: Standing) -> bool:
    return any(o.clock == moment.clock and o.day in (None, moment.day) for o in standing.options) or any(
        o.day == moment.day and o.clock is None for o in standing.options
    )


def _open_choice(options: tuple[Moment, ...]) -> Moment:
    """A yes to a choice says the day at most where all options share it; the clock stays open."""
    days = {option.day for option in options}
    clocks = {option.clock for option in options}
    return Moment(options[0].day if len(days) == 1 else None, options[0].clock if len(clocks) == 1 else None)


def consent(reading: Reading) -> tuple[float, float, float]:
    """Chances of a clear yes, a loose one and a no; words of negation and condition weigh against the reading."""
    yes, loose = reading.chance("yes"), reading.chance("loose")
    no = reading.chance("no", "stall", "take_back")
    if reading.says("loose_words"):
        loose, yes = max(loose, min(0.6, loose + 0.3)), yes - 0.15
    if reading.says("not_words") and no < 0.5:
        no, yes = no + 0.2, yes - 0.1
    return yes, loose, no


def seller_topic(reading: Reading, call: CallInfo, standing: Topic | None) -> Topic | None:
    """What a seller's turn negotiates: a meeting, a call, or (phone deal) the invoice; ``None`` for none of them."""
    meeting = reading.chance("offer_time", "ask_time", "invite")
    phone = reading.chance("next_call", "call_time")
    deal = reading.chance("deal") if call.purpose == "phone_deal" else 0.0
    if call.purpose == "care":
        return "call" if max(phone, meeting * 0.5) >= 0.4 else None
    best = max((meeting, "meeting"), (phone, "call"), (deal, "deal"))
    timed = any(m.clock or m.minutes is not None or m.day for m in reading.times)
    if best[0] < 0.35:
        if timed and standing and reading.chance("confirm") < 0.5 and standing != "deal":
            return standing
        return None
    if best[1] == "deal" and timed and phone >= 0.35:
        return "call"
    if best[1] == "meeting" and call.purpose == "phone_deal":
        return "call" if reading.says("call_words") else "meeting"
    if best[1] == "meeting" and reading.says("call_words") and not reading.says("meeting_words"):
        return "call"
    return "meeting" if best[1] == "meeting" else "call" if best[1] == "call" else "deal"


def given_contact(reader: Reader) -> tuple[Reading | None, float]:
    """The client's turn that gives or confirms his own contact (G4), and how sure that is."""
    outbound = reader.transcript.call.known_direction == "outbound"
    best: tuple[Reading | None, float] = (None, 0.0)
    for reading in reader.by("client"):
        found = reading.contacts
        asked = _asked_just_before(reader, reading)
        chance = 0.0
        if found and not (reading.chance("contact") < 0.08 and not asked):
            chance = 0.95
        elif reading.does("contact", at=0.6):
            chance = reading.chance("contact")
        elif reading.does("contact_ok", at=0.5) and (not outbound or reading.says("messenger_words")):
            chance = reading.chance("contact_ok")
        if chance > best[1]:
            best = (reading, chance)
    return best


def _asked_just_before(reader: Reader, reading: Reading) -> bool:
    before = [r for r in reader.readings if r.turn < reading.turn][-2:]
    return any(r.role == "seller" and r.does("ask_contact", at=0.4) for r in before)


def settle(reader: Reader) -> Settled:
    """The outcome by the contract's table, with the turns that decide it."""
    call = reader.transcript.call
    talk = Negotiation(reader)
    agreed = {one.topic: one for one in talk.agreements}
    contact, contact_sure = given_contact(reader)
    meeting, phone, deal = agreed.get("meeting"), agreed.get("call"), agreed.get("deal")
    outcome: Outcome = "none"
    used: list[Agreement] = []
    call_at = phone if phone and phone.moment.specific else None
    if call.purpose == "care":
        if phone:
            outcome, used = "maximum", [phone]
    elif call.purpose == "phone_deal":
        next_contact = call_at or (meeting if meeting and meeting.moment.specific else None)
        if deal and next_contact:
            outcome, used = "maximum", [deal, next_contact]
        call_at = next_contact
    elif meeting and meeting.moment.specific:
        outcome, used = "maximum", [meeting]
    if outcome == "none" and call.purpose != "care":
        if call_at and (contact or call.known_direction == "outbound"):
            outcome, used = "minimum_with_call", [call_at]
        elif contact:
            outcome = "minimum"
    needs_contact = outcome in ("minimum", "minimum_with_call") and contact is not None
    sure = min([one.sure for one in used] + ([contact_sure] if needs_contact else []), default=_sure_of_none(reader))
    return Settled(
        outcome,
        talk.agreements,
        contact if needs_contact else None,
        sure,
        _proof(reader, used, contact if needs_contact else None),
    )


def _sure_of_none(reader: Reader) -> float:
    """How sure it is that nothing was agreed: less so where a likely yes stood beside a time."""
    near = max((r.chance("yes") for r in reader.by("client") if r.times or r.does("time")), default=0.0)
    return 1 - near / 2


def _proof(reader: Reader, used: list[Agreement], contact: Reading | None) -> tuple[Evidence, ...]:
    by_turn = {r.turn: r for r in reader.readings}
    turns = sorted({turn for one in used for turn in one.turns})
    proof = [reader.evidence(by_turn[turn], "time", "offer_time", "yes") for turn in turns]
    if contact and contact.turn not in turns:
        proof.append(reader.evidence(contact, "contact"))
    return tuple(proof)
