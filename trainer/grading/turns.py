"""What one turn means for the outcome: what it negotiates, and whether it says yes, perhaps or no."""

from typing import Literal

from trainer.grading.detectors import Reading
from trainer.transcript import CallInfo

Topic = Literal["meeting", "call", "deal"]


def fits_part(clock: tuple[int, int], part: str | None) -> bool:
    hours = {"morning": range(5, 12), "day": range(11, 17), "evening": range(17, 24), "night": range(21, 24)}
    return part is not None and clock[0] in hours[part]


def consent(reading: Reading, answering: bool) -> tuple[float, float, float]:
    """Chances of a clear yes, a loose one and a no; words of consent, negation and condition weigh with the reading.

    ``answering``: a proposal of the seller's stands, so that a bare «буду» or "go on then" is an answer to it.
    """
    yes, loose = reading.chance("yes"), reading.chance("loose")
    no = reading.chance("no", "stall", "take_back")
    spoken = reading.says("yes_words") or reading.says("suits") or reading.says("i_can") or reading.times
    if not spoken:
        yes -= 0.1
    if answering and reading.says("back_out"):
        no, yes = max(no, 0.7), yes * 0.3
    elif answering and reading.says("no_objection"):
        yes, no = max(yes, 0.7), min(no, 0.3)
    elif answering and reading.says("not_first"):
        no, yes = max(no, 0.6), yes * 0.5
    elif answering and (reading.says("yes_words") or reading.says("suits")) and not reading.says("not_words"):
        yes = max(yes, 0.6) if reading.chance("yes", "time", "happy") >= 0.1 else yes
    if reading.says("mock_yes"):
        yes *= 0.3
    if reading.says("loose_words"):
        loose, yes = max(loose, min(0.6, loose + 0.3)), yes - 0.15
    if reading.says("not_words") and no < 0.5:
        no, yes = no + 0.2, yes - 0.1
    return yes, loose, no


def renamed(reading: Reading, topic: Topic) -> Topic:
    """The topic as the seller's confirmation names it: «во вторник звоню» makes a call of a time that had no name."""
    if topic == "meeting" and reading.says("call_words") and not reading.says("meeting_words"):
        return "call"
    return topic


def seller_topic(reading: Reading, call: CallInfo, standing: Topic | None, contact_asked: bool) -> Topic | None:
    """What a seller's turn negotiates: a meeting, a call, or (phone deal) the invoice; ``None`` for none of them.

    ``contact_asked``: the talk has turned to contacts, so that "when?" is about a call.
    """
    meeting = reading.chance("offer_time", "ask_time", "invite")
    phone = reading.chance("next_call", "call_time")
    deal = asks_deal(reading) if call.purpose == "phone_deal" else 0.0
    if call.purpose == "care":
        dated = reading.asks and phone >= 0.1 and any(m.day for m in reading.times if not m.past)
        return "call" if dated or max(phone, meeting * 0.5) >= 0.4 else None
    best = max((meeting, "meeting"), (phone, "call"), (deal, "deal"))
    future = [m for m in reading.times if not m.past and not m.hours]
    timed = any(m.clock or m.minutes is not None or m.day for m in future)
    asks_when = bool(reading.says("asks_when")) and reading.asks
    if best[0] < 0.35:
        if any(m.specific for m in future) or asks_when or (timed and standing):
            if reading.says("call_words") and not reading.says("meeting_words"):
                return "call"
            if asks_when and contact_asked and not reading.says("meeting_words"):
                return "call"
            return standing if standing and standing != "deal" else "meeting"
        return None
    if best[1] == "deal" and timed and phone >= 0.35:
        return "call"
    if best[1] == "meeting" and call.purpose == "phone_deal":
        return "call" if reading.says("call_words") else "meeting"
    if best[1] == "meeting" and reading.says("call_words") and not reading.says("meeting_words"):
        return "call"
    return "meeting" if best[1] == "meeting" else "call" if best[1] == "call" else "deal"


def asks_deal(reading: Reading) -> float:
    """The chance that a turn asks consent to the invoice, the contract or the proposal (G3)."""
    named = reading.says("invoice_words") and reading.asks
    return max(reading.chance("deal"), 0.5 if named else 0.0)
