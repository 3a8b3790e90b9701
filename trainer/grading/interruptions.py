"""Undivided attention: what the seller did when something broke into the talk (A1–A3)."""

from trainer.grading.detectors import Reader, Reading
from trainer.grading.judges import Finding
from trainer.rubric import Verdict
from trainer.transcript import INTERRUPTIONS, Event

ORDER: tuple[Verdict, ...] = ("missed", "partly", "met")
NEAR = 3
WITHIN = 15
"""Minutes in which a call-back may be promised (A3)."""


def judge_attention(reader: Reader) -> Finding:
    """The worst of the interruptions decides; without one the criterion is not applicable."""
    broken = [(turn, event) for turn, event in reader.events if event.event in INTERRUPTIONS]
    if not broken:
        return Finding("not_applicable", note="no_interruption")
    found = []
    for number, (turn, event) in enumerate(broken):
        end = broken[number + 1][0] if number + 1 < len(broken) else None
        found.append(_one(reader, turn, event, end))
    return min(found, key=lambda one: ORDER.index(one.verdict) if one.verdict in ORDER else len(ORDER))


def _one(reader: Reader, turn: int, event: Event, end: int | None) -> Finding:
    after = reader.by("seller", turn, end)[:NEAR]
    actions = [
        e.action for n, e in reader.events if n > turn and (end is None or n < end) and e.event == "seller_action"
    ]
    action = actions[0] if actions else None
    talks = max(after, key=lambda r: r.chance("third"), default=None)
    asked = next((r for r in after if r.does("leave", at=0.4) and r.asks), None)
    first = after[0] if after else None
    proof = (reader.evidence(first, "leave"),) if first else ()
    soon = _soon(after)
    if action in ("declined", "ignored"):
        return Finding("met", proof, "attention_kept", 0.95)
    if action == "promised_callback":
        late = first is not None and not soon and any(r.times for r in after[:1])
        return Finding("missed" if late else "met", proof, "callback_late" if late else "callback_promised", 0.8)
    third = talks.chance("third") if talks else 0.0
    if action == "answered" or third >= 0.5:
        if soon and third < 0.7 and action != "answered":
            return Finding("met", proof, "callback_promised", 0.7)
        if event.event == "visitor_arrives" and action != "answered" and talks and _short(talks):
            return Finding("met", (reader.evidence(talks, "third"),), "one_phrase", 0.65)
        if asked:
            return Finding("partly", (reader.evidence(asked, "leave"),), "answered_with_leave", 0.75)
        return Finding("missed", (reader.evidence(talks, "third"),) if talks else (), "answered", max(0.6, third))
    return Finding("met", proof, "attention_kept", 1 - third)


def _soon(after: list[Reading]) -> bool:
    """Whether one of the turns promises to call back within minutes."""
    for reading in after:
        minutes = [m.minutes for m in reading.times if m.minutes is not None]
        if any(m <= WITHIN for m in minutes) and (reading.does("back15", at=0.3) or reading.says("back_words")):
            return True
        if reading.does("back15", at=0.6) and not any(m > WITHIN for m in minutes):
            return True
    return False


def _short(reading: Reading) -> bool:
    """Whether what was said to the other is one phrase."""
    return len(reading.text.split()) <= 18
