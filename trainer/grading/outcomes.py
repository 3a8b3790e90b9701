"""The outcome of a call, decided from both sides' words: who proposed what time, and who said yes to it (G1–G7)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from trainer.grading.detectors import Reader, Reading
from trainer.grading.moments import (
    Moment,
    Standing,
    among,
    differs,
    hours_of,
    merged,
    open_choice,
    picked,
    refined,
)
from trainer.grading.turns import Topic, asks_deal, consent, fits_part, renamed, seller_topic
from trainer.language import times
from trainer.language.text import sentences
from trainer.language.times import TimeMention
from trainer.report import Evidence, Outcome

YES, LOOSE, NO = 0.45, 0.5, 0.55
ECHO = 3
"""Words of a question that only says a day back."""
SURPRISE = frozenset({"так", "прямо", "сразу", "уже", "аж", "ишь", "ой", "и", "whoa", "oh", "so", "already"})


@dataclass(frozen=True)
class Agreement:
    """A yes of both sides to one thing; ``turns`` are where it was proposed and where it was accepted."""

    topic: Topic
    moment: Moment
    turns: tuple[int, int]
    sure: float


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
        self._deal_asked: int | None = None
        self._contact_asked = False
        self._heard: tuple[Standing, int] | None = None
        for reading in reader.readings:
            if reading.role == "seller":
                self._hear_seller(reading)
            else:
                self._hear_client(reading)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        return tuple(self._agreed.values())

    def _agree_deal(self, reading: Reading) -> None:
        """A yes to a turn that asked for the invoice too is a yes to both."""
        if self._deal_asked is not None:
            self._agree("deal", Moment(), (self._deal_asked, reading.turn), 0.8)
            self._deal_asked = None

    def _tacit(self, reading: Reading) -> None:
        """A proposal the client neither refused nor questioned, and that the seller then confirms, is agreed."""
        if self._heard and self._heard[0] is self._standing and reading.does("confirm", at=0.4):
            standing, turn = self._heard
            if standing.topic != "deal" and len(standing.options) <= 1:
                moment = standing.options[0] if standing.options else Moment()
                self._agree(standing.topic, moment, (standing.turn, turn), 0.6)
                self._standing = None
        self._heard = None

    def _hear_seller(self, reading: Reading) -> None:
        self._tacit(reading)
        if self._call.purpose == "phone_deal" and asks_deal(reading) >= 0.4:
            self._deal_asked = reading.turn
        self._contact_asked = self._contact_asked or reading.does("ask_contact")
        topic = seller_topic(reading, self._call, self._standing.topic if self._standing else None, self._contact_asked)
        options = refined(tuple(self._moments(reading, topic))) if topic else ()
        standing = self._standing
        if standing and standing.by == "client" and self._confirms(reading, standing, options):
            moment = standing.options[0]
            for one in options:
                moment = moment if differs(one, moment) else merged(moment, one)
            self._agree(renamed(reading, standing.topic), moment, (standing.turn, reading.turn), 0.85)
            self._standing = None
            return
        if topic is None:
            return
        if topic == "deal" and (options or reading.says("asks_when")):
            topic = "call"
        already = self._agreed.get(topic)
        open_still = already is None or (options and not already.moment.specific)
        if open_still or (already and any(differs(one, already.moment) for one in options)):
            self._standing = Standing(topic, "seller", reading.turn, options)

    def _sellers_before(self, reading: Reading) -> list[Reading]:
        return self._reader.by("seller", -1, reading.turn)[-1:]

    def _confirms(self, reading: Reading, standing: Standing, options: tuple[Moment, ...]) -> bool:
        """Whether the seller takes the time the client named: he neither refuses it nor names another instead."""
        if reading.says("refusal") and not reading.does("confirm"):
            return False
        known = standing.options[0]
        if not known.specific and any(one.clock for one in options):
            return False
        others = [one for one in options if differs(one, known)]
        if others and reading.chance("offer_time", "ask_time") > reading.chance("confirm"):
            return False
        if any(not differs(one, known) for one in options) or reading.does("confirm", at=0.3):
            return True
        return known.specific and not others and not reading.does("ask_time", "offer_time", "argue", at=0.4)

    def _hear_client(self, reading: Reading) -> None:
        standing = self._standing
        yes, loose, no = consent(reading, answering=standing is not None and standing.by == "seller")
        if reading.says("puts_off") and any(_echoed(reading, one) for one in reading.times):
            yes = 0.0
        if standing and reading.does("bye") and any(standing.turn < r.turn for r in self._sellers_before(reading)):
            yes = 0.0
        self._maybe_take_back(reading, yes, loose, no)
        topic: Topic = standing.topic if standing else self._client_topic(reading)
        named = self._named(reading, standing)
        if loose >= LOOSE and loose > yes:
            self._standing = None
            return
        if named and standing and standing.by == "seller" and self._excuse(reading, yes):
            self._standing = None
            return
        if named and (no < NO or self._counters(named, standing)):
            topic = self._asked_topic(reading, topic)
            base = standing.options[0] if standing and standing.options else self._last.get(topic, Moment())
            chosen = base
            for mention in named:
                chosen = picked(chosen.filled(mention), standing)
            self._last[topic] = chosen
            picks = standing is not None and standing.by == "seller" and among(chosen, standing)
            if picks and standing and not any(m.clock for m in named):
                brief = len(reading.text.split()) <= 8 and len(standing.options) > 1
                picks = yes >= 0.4 or (brief and not reading.says("not_words"))
            if reading.says("loose_words") and yes < 0.7:
                self._standing = None
                return
            if standing and standing.by == "seller" and ((chosen.specific and picks) or yes >= YES):
                self._agree(topic, chosen, (standing.turn, reading.turn), max(yes, 0.8))
                self._agree_deal(reading)
                self._standing = None
            else:
                self._standing = Standing(topic, "client", reading.turn, (chosen,))
            return
        if standing is None or standing.by != "seller":
            return
        if yes < YES and self._deal_asked is not None and reading.contacts and no < NO:
            yes = 0.6
        if yes >= YES and yes > no:
            self._agree_deal(reading)
            options = standing.options or ((Moment(),) if topic in ("call", "deal") else ())
            if options:
                moment = options[0] if len(options) == 1 else open_choice(options)
                self._agree(topic, moment, (standing.turn, reading.turn), yes)
            self._standing = None
        elif no >= NO or reading.does("stall"):
            self._standing = None
            self._deal_asked = None
        elif not reading.asks:
            self._heard = (standing, reading.turn)

    def _named(self, reading: Reading, standing: Standing | None) -> list[TimeMention]:
        """The moments of a client's turn that answer a proposal or make one; a part of the day may pick an option."""
        found = [m for m in reading.times if not m.past and not m.hours and not _echoed(reading, m)]
        dated = [m for m in found if m.clock or m.minutes is not None or m.day]
        if standing is None:
            offers = reading.does("time", "yes", at=0.15 if reading.says("i_can") else 0.4)
            return dated if offers and any(m.clock or m.minutes is not None for m in dated) else []
        if not dated and standing.by == "seller" and len(standing.options) > 1:
            for mention in found:
                fitting = [o for o in standing.options if o.clock and fits_part(o.clock, mention.part)]
                if len(fitting) == 1:
                    return [replace(mention, day=fitting[0].day, clock=fitting[0].clock)]
        if not dated and standing.by == "seller":
            return hours_of(standing.options, times.find(reading.text, reading.language, expected=True))
        if any(m.minutes is not None for m in dated) and not reading.does("time", "yes", at=0.3):
            return []
        return dated

    def _excuse(self, reading: Reading, yes: float) -> bool:
        """Whether the time that was offered is only named to say what stands in its way («в среду я в суде»)."""
        agrees = reading.says("yes_words") or reading.says("suits") or reading.says("i_can")
        return yes < 0.3 and not agrees and not reading.does("time", at=0.3)

    def _asked_topic(self, reading: Reading, topic: Topic) -> Topic:
        """What the client's own time is for: he may put off a visit by asking to be called instead."""
        calls = reading.says("asks_call") and not reading.says("meeting_words")
        return "call" if topic == "deal" or (topic == "meeting" and calls) else topic

    def _counters(self, named: list[TimeMention], standing: Standing | None) -> bool:
        """Whether a turn that says no names another time of its own, not just the one it refuses."""
        known = {option.clock for option in standing.options} if standing else set()
        return any(m.clock and m.clock not in known for m in named)

    def _maybe_take_back(self, reading: Reading, yes: float, loose: float, no: float) -> None:
        """An agreement goes when the client withdraws it, or loosens it when it is repeated to him."""
        back = reading.chance("take_back")
        withdrawn = reading.says("back_out") and not any(m.specific for m in reading.times)
        if self._agreed and ((back >= 0.5 and back > yes) or (withdrawn and not reading.asks)):
            deal_only = "deal" in self._agreed and bool(reading.says("invoice_words"))
            for topic in [t for t in self._agreed if (t == "deal") == deal_only]:
                del self._agreed[topic]
        elif loose >= 0.6 and loose > yes and self._agreed and not reading.asks:
            days = {m.day for m in reading.times if m.day}
            for topic in [t for t, a in self._agreed.items() if t == "meeting" and a.moment.day in (None, *days)]:
                del self._agreed[topic]

    def _client_topic(self, reading: Reading) -> Topic:
        if reading.says("call_words") and not reading.says("meeting_words"):
            return "call"
        return "call" if self._call.purpose in ("care", "phone_deal") else "meeting"

    def _moments(self, reading: Reading, topic: Topic) -> Iterator[Moment]:
        """The moments a seller's turn puts forward, each completed by the day that stands already."""
        usable = [m for m in reading.times if not m.past and not m.hours]
        if not reading.does("offer_time", "next_call", "call_time", "confirm", at=0.3):
            usable = [m for m in usable if m.minutes is None]
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


def _echoed(reading: Reading, mention: TimeMention) -> bool:
    """Whether a day is only asked back («Четверг? Погодите, я ещё не решил»), and nothing in the turn says yes."""
    if reading.says("yes_words") or reading.says("suits") or reading.says("i_can"):
        return False
    asked = (reading.text[start:end] for start, end in sentences(reading.text) if start <= mention.start < end)
    return any(one.rstrip().endswith("?") and len(_plainly(one)) <= ECHO for one in asked)


def _plainly(question: str) -> list[str]:
    """Its words without those of surprise («Так прямо и в четверг?»)."""
    return [word for word in re.findall(r"\w+", question.lower()) if word not in SURPRISE]


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
        elif reading.does("contact_ok", at=0.5) and (not outbound or _to_be_sent(reader, reading)):
            chance = reading.chance("contact_ok")
        if chance > best[1]:
            best = (reading, chance)
    return best


def _to_be_sent(reader: Reader, reading: Reading) -> bool:
    """Whether the confirmed number is one to write to; that one can be called is known on an outbound call."""
    before = reader.by("seller", -1, reading.turn)[-1:]
    return any(r.says("messenger_words") or r.says("send_words") for r in (reading, *before))


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
        elif contact or deal:
            outcome, used = "minimum", [deal] if deal and not contact else []
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
