"""Times named in a seller's line, and the client's week that they are held against."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random

from trainer.language.text import fold, lexicon
from trainer.language.times import TimeMention, find, opening_hours
from trainer.persona import WEEKDAYS, Weekday
from trainer.texts import Language

EVERY_DAY = ("09:30-20:00",)
DAYS_AHEAD = 8
EARLY = (9, 0)
MONTH_OF_WEEKS = 4
ROUND = 30
EVERY = 8
"""Letters before a day that tell whether it is every one: «каждый», "every"."""
SOON = 3
_TONIGHT = re.compile(r"\b(?:вечером|this evening|tonight)\b")
_COUNTS = {"дв": 2, "пар": 2, "тр": 3, "четыр": 4, "two": 2, "couple": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_WEEKS = re.compile(
    r"\bчерез (?:(?P<count>две|пару|три|четыре|[2-4]) )?(?:недел[юиь]|(?P<month>месяц))\b"
    r"|\bin (?:a |one |(?P<count2>two|three|four|[2-4]|a couple of) )?(?:weeks?|(?P<month2>month))\b"
)
_MONTH = re.compile(
    r"\b(?:в|of|in) (?:январе|феврале|марте|апреле|мае|июне|июле|августе|сентябре|октябре|ноябре|декабре|january"
    r"|february|march|april|may|june|july|august|september|october|november|december)\b"
)
_EVERY_WEEK = re.compile(r"\b(?:\w+days|по \w+(?:ам|ям)|кажд\w+ \w+|every \w+)\b")
_FIRST_THING = re.compile(r"\b(?:first thing|с самого утра|прямо с утра|к открытию)\b")
_AMOUNT = re.compile(r"\b(?!час)\w+(?:ек|ов|ей) на \w+$")


@dataclass(frozen=True)
class Proposal:
    """A moment named: ``moment`` (ISO, minutes) when it is specific, else the day or the clock that was heard.

    ``window``: hours from and to on that day.
    """

    quote: str
    start: int
    moment: str | None = None
    day: str | None = None
    clock: tuple[int, int] | None = None
    window: bool = False


def proposals(text: str, language: Language, at: datetime) -> tuple[Proposal, ...]:
    """Every future moment named in the line, gone-by times and opening hours left out."""
    folded = _without_doubled_days(fold(text), language, at)
    ahead = _weeks_ahead(folded)
    found = []
    for one in _with_hours(folded, language):
        window = one.hours and one.day is not None and not opening_hours(folded, language)
        if one.past or (one.hours and not window) or _no_time(folded, one.start, one.end):
            continue
        if one.day in WEEKDAYS and _EVERY_WEEK.search(folded[max(0, one.start - EVERY) : one.end]):
            continue  # "our van comes Mondays before seven" names no day
        if one.day in WEEKDAYS and _MONTH.search(folded):
            continue  # «в первый вторник сентября» is no Tuesday of this week
        clock = None if one.bound or window else one.clock
        if one.day is None and clock and clock > (at.hour, at.minute) and _TONIGHT.search(folded):
            one = replace(one, day="today")
        if one.day and clock is None and _FIRST_THING.search(folded):
            clock = EARLY
            one = replace(one, clock=EARLY, bound=False)
        moment = None if window else one.moment(at)
        if ahead and one.day == "in:7":
            continue
        if moment and one.minutes:
            moment = moment + timedelta(minutes=-moment.minute % ROUND)
        if moment and one.day in WEEKDAYS and (moment.date() - at.date()).days <= SOON and _next(folded, one.start):
            moment += timedelta(days=7)
        if ahead and one.day in WEEKDAYS and moment:
            moment = replace(one, day=f"in:{_days_to(one.day, ahead, at)}").moment(at)
        found.append(
            Proposal(
                folded[one.start : one.end].strip(" ,.?!"),
                one.start,
                moment.replace(second=0, microsecond=0).isoformat(timespec="minutes") if moment else None,
                one.day,
                clock,
                window,
            )
        )
    return tuple(found)


def _with_hours(folded: str, language: Language) -> list[TimeMention]:
    """The times in a line; to a day alone the bare hour right before it belongs: "is ten tomorrow all right?"."""
    mentions = find(folded, language)
    if not any(one.day and one.clock is None for one in mentions):
        return mentions
    bare = [one for one in find(folded, language, expected=True) if one.clock and one.day]
    return [
        next((two for two in bare if one.clock is None and two.end == one.end and two.start < one.start), one)
        for one in mentions
    ]


def _without_doubled_days(folded: str, language: Language, at: datetime) -> str:
    """«Сегодня, во вторник» is one day: the weekday's name is blanked out where it is that very day."""
    words = lexicon(language)["times"]["weekdays"]
    for ahead, name in enumerate(("сегодня", "завтра") if language == "ru" else ("today", "tomorrow")):
        stems = "|".join(words[WEEKDAYS[(at.weekday() + ahead) % 7]])
        pattern = re.compile(rf"\b({name})(,? (?:во? |on )?(?:{stems})\w*)")
        folded = pattern.sub(lambda match: match[1] + " " * len(match[2]), folded)
    return folded


def _weeks_ahead(folded: str) -> int:
    """How many weeks off "in a month", «через три недели» puts a weekday; 0 where nothing is said."""
    match = _WEEKS.search(folded)
    if match is None:
        return 0
    if match["month"] or match["month2"]:
        return MONTH_OF_WEEKS
    return next(
        (
            number
            for word, number in _COUNTS.items()
            if (match["count"] or match["count2"] or "").removeprefix("a ").startswith(word)
        ),
        1,
    )


def _days_to(day: str, weeks: int, at: datetime) -> int:
    names: tuple[str, ...] = WEEKDAYS
    return 7 * weeks + names.index(day) - at.weekday()


def _next(folded: str, start: int) -> bool:
    """Whether "next" or «следующий» stands at the weekday."""
    return bool(re.search(r"\b(?:next|следующ\w+)\b", folded[max(0, start - 12) : start + 12]))


def _no_time(folded: str, start: int, end: int) -> bool:
    """A dinner, or so many cups: «обед не вернёт», «чашек на десять»."""
    said, before = folded[start:end], folded[:start]
    if re.match(r"(?:morning|afternoon|evening)$", said) and re.search(r"(?:^|[.!?] |good )$", before):
        return True  # "Morning, Josh speaking" greets
    if re.match(r"обед\w*$", said) and not re.search(r"\b(?:в|к|перед|после) $", before):
        return True
    return bool(_AMOUNT.search(folded[:end])) and not re.search(r"час|утр|дня|вечер", said)


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
    week: dict[Weekday, tuple[str, ...]],
    after: datetime,
    rng: Random,
    taken: tuple[str, ...] = (),
    days: tuple[str, ...] = (),
    since: str = "",
) -> str | None:
    """A free hour of his within eight days, from tomorrow on, as ISO minutes; ``None`` when his week is full.

    ``days``: only on these (ISO dates); ``since``: only later than this moment.
    """
    slots = []
    for ahead in range(1, DAYS_AHEAD):
        day = after + timedelta(days=ahead)
        for one in week.get(WEEKDAYS[day.weekday()], ()):
            hour = int(one[:2]) + (1 if one[3:5] != "00" else 0)
            while f"{hour:02}:00" < one[6:]:
                slots.append(datetime.combine(day.date(), time(hour)).isoformat(timespec="minutes"))
                hour += 1
    fresh = [slot for slot in slots if slot not in taken and slot > since and (not days or slot[:10] in days)]
    return rng.choice(fresh[:6]) if fresh else None


def day_of(day: str, at: datetime) -> str | None:
    """The ISO date of a day as it was heard, seen from ``at``."""
    moment = TimeMention(0, 1, day=day, clock=(12, 0)).moment(at)
    return moment.date().isoformat() if moment else None
