"""Times named in a seller's line, and the client's week that they are held against."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from trainer.language.text import fold
from trainer.language.times import TimeMention, find
from trainer.persona import WEEKDAYS, Weekday
from trainer.texts import Language

EVERY_DAY = ("09:30-20:00",)
DAYS_AHEAD = 8


@dataclass(frozen=True)
class Proposal:
    """A moment named: ``moment`` (ISO, minutes) when it is specific, else the day or the clock that was heard."""

    quote: str
    start: int
    moment: str | None = None
    day: str | None = None
    clock: tuple[int, int] | None = None


def proposals(text: str, language: Language, at: datetime) -> tuple[Proposal, ...]:
    """Every future moment named in the line, gone-by times and opening hours left out."""
    folded = fold(text)
    found = []
    for one in find(text, language):
        if one.past or one.hours:
            continue
        moment = one.moment(at)
        found.append(
            Proposal(
                folded[one.start : one.end].strip(" ,.?!"),
                one.start,
                moment.replace(second=0, microsecond=0).isoformat(timespec="minutes") if moment else None,
                one.day,
                None if one.bound else one.clock,
            )
        )
    return tuple(found)


def joined(day: str | None, clock: tuple[int, int] | None, language: Language, at: datetime) -> str | None:
    """The moment that a day said before and a clock said now make together."""
    if day is None or clock is None:
        return None
    moment = TimeMention(0, 1, day=day, clock=clock).moment(at)
    return moment.isoformat(timespec="minutes") if moment else None


def is_free(moment: datetime, week: dict[Weekday, tuple[str, ...]]) -> bool:
    """Whether a moment lies in one of the week's ranges, its end left out."""
    clock = moment.strftime("%H:%M")
    return any(one[:5] <= clock < one[6:] for one in week.get(WEEKDAYS[moment.weekday()], ()))


def callable_week(week: dict[Weekday, tuple[str, ...]]) -> dict[Weekday, tuple[str, ...]]:
    """The hours he takes calls in: his own, or any decent hour."""
    return week or dict.fromkeys(WEEKDAYS, EVERY_DAY)


def free_slot(
    week: dict[Weekday, tuple[str, ...]], after: datetime, rng: Random, taken: tuple[str, ...] = ()
) -> str | None:
    """A free hour of his within eight days, from tomorrow on, as ISO minutes; ``None`` when his week is full."""
    slots = []
    for ahead in range(1, DAYS_AHEAD):
        day = after + timedelta(days=ahead)
        for one in week.get(WEEKDAYS[day.weekday()], ()):
            hour = int(one[:2]) + (1 if one[3:5] != "00" else 0)
            while f"{hour:02}:00" < one[6:]:
                slots.append(datetime.combine(day.date(), time(hour)).isoformat(timespec="minutes"))
                hour += 1
    fresh = [slot for slot in slots if slot not in taken]
    return rng.choice(fresh[:6]) if fresh else None
