"""Days and clock times as people say them: «завтра в полтретьего», "half four tomorrow", or only vaguely."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache

from trainer.language.text import fold, lexicon
from trainer.texts import Language

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class TimeMention:
    """A moment named in a folded text.

    ``day`` is ``today``, ``tomorrow``, ``day_after``, ``mon`` … ``sun``, ``date:D`` or ``date:D.M``, ``in:N`` (days) or
    ``None``; ``clock`` is (hour, minute) on a 24-hour dial; ``minutes`` is set for "in half an hour". ``part`` is a
    part of the day, ``bound`` an open end ("after six"), ``hours`` opening hours or a span, ``past`` a time gone by.
    """

    start: int
    end: int
    day: str | None = None
    clock: tuple[int, int] | None = None
    minutes: int | None = None
    part: str | None = None
    bound: bool = False
    hours: bool = False
    past: bool = False

    @property
    def specific(self) -> bool:
        """A day and a clock time, or a short span from now (the contract's table of outcomes)."""
        if self.past or self.hours or self.bound:
            return False
        return self.minutes is not None or (self.day is not None and self.clock is not None)

    @property
    def vague(self) -> bool:
        """A time that nobody could turn up at: a day alone, a part of it, an open end."""
        return not self.specific

    def moment(self, now: datetime) -> datetime | None:
        """The moment itself, seen from ``now``; ``None`` unless it is specific. A bare weekday is the next such day."""
        if not self.specific:
            return None
        if self.minutes is not None:
            return now + timedelta(minutes=self.minutes)
        assert self.day is not None and self.clock is not None
        day = self._day(now)
        return datetime.combine(day.date(), time(*self.clock)) if day else None

    def _day(self, now: datetime) -> datetime | None:
        assert self.day is not None
        if self.day in WEEKDAYS:
            return now + timedelta(days=(WEEKDAYS.index(self.day) - now.weekday()) % 7 or 7)
        if self.day.startswith("in:"):
            return now + timedelta(days=int(self.day[3:]))
        if self.day.startswith("date:"):
            return _next_date(now, self.day[5:])
        return now + timedelta(days={"today": 0, "tomorrow": 1, "day_after": 2}[self.day])


def _next_date(now: datetime, date: str) -> datetime | None:
    day, _, month = date.partition(".")
    for ahead in range(370):
        found = now + timedelta(days=ahead)
        if found.day == int(day) and (not month or found.month == int(month)):
            return found
    return None


@cache
def _patterns(language: Language) -> dict[str, re.Pattern[str]]:
    """The regular expressions of a language, with its ``{names}`` of number words filled in."""
    words = lexicon(language)["times"]
    slots = {**{name: list(values) for name, values in words["numbers"].items()}, **words["lists"]}

    def alternatives(slot: re.Match[str]) -> str:
        longest_first = sorted(slots[slot.group(1)], key=len, reverse=True)
        return "(?:" + "|".join(one if "[ ]" in one else one.replace(" ", "[ ]") for one in longest_first) + ")"

    return {
        name: re.compile(re.sub(r"(?<!\?P)<(\w+)>", alternatives, pattern), re.VERBOSE)
        for name, pattern in words["patterns"].items()
    }


def _groups(match: re.Match[str]) -> dict[str, str]:
    """The named groups that took part; ``hour2`` stands for ``hour`` in another branch of the pattern."""
    return {name.rstrip("234"): value for name, value in match.groupdict().items() if value}


def _number(word: str | None, language: Language) -> int | None:
    """The value of a number word or of digits."""
    if word is None:
        return None
    word = word.strip()
    if word.isdigit():
        return int(word)
    for values in lexicon(language)["times"]["numbers"].values():
        if word in values:
            return int(values[word])
    parts = word.split()
    if len(parts) == 2:
        tens, ones = _number(parts[0], language), _number(parts[1], language)
        if tens is not None and ones is not None and tens >= 20 and ones < 10:
            return tens + ones
    return None


def _afternoon(hour: int, part: str | None) -> int:
    """An hour as meant in business: 1–7 without a morning word is after noon, and an evening word says so outright."""
    if part == "morning" or hour > 12:
        return hour % 24
    if part in ("day", "evening") and hour < 12:
        return hour + 12
    return hour + 12 if 1 <= hour <= 7 else hour


def find(text: str, language: Language, expected: bool = False) -> list[TimeMention]:
    """Every moment named in the text, in order; spans are positions in ``fold(text)``.

    ``expected``: the turn is known to speak of a time, so that a bare number may be its hour («Пять?», "two, then").
    """
    folded = fold(text)
    clocks = _clocks(folded, language)
    if expected and not clocks:
        clocks = _bare_hours(folded, language)
    pieces = sorted(
        [*clocks, *_days(folded, language), *_spans_from_now(folded, language)],
        key=lambda mention: mention.start,
    )
    return [_marked(mention, folded, language) for mention in _joined(pieces, folded, language)]


def _clocks(folded: str, language: Language) -> list[TimeMention]:
    patterns = _patterns(language)
    found: list[TimeMention] = []
    for name in ("range", "clock_words", "clock_digits", "clock_bare"):
        for match in patterns[name].finditer(folded):
            if any(match.start() < seen.end and seen.start < match.end() for seen in found):
                continue
            clock = _clock(match, language)
            part = _groups(match).get("part")
            if clock is None or (not part and patterns["not_a_clock"].match(folded, match.end())):
                continue
            groups = _groups(match)
            bound = bool(groups.get("bound"))
            start = match.start("hour") if name == "clock_bare" and not bound else match.start()
            found.append(TimeMention(start, match.end(), clock=clock, hours=name == "range", bound=bound))
    return found


def _bare_hours(folded: str, language: Language) -> list[TimeMention]:
    patterns = _patterns(language)
    found = []
    for match in patterns["hour_alone"].finditer(folded):
        clock = _clock(match, language)
        if clock and not patterns["not_a_clock"].match(folded, match.end()):
            found.append(TimeMention(match.start("hour"), match.end(), clock=clock))
    return found


def _clock(match: re.Match[str], language: Language) -> tuple[int, int] | None:
    groups = _groups(match)
    if groups.get("noon"):
        return (12, 0)
    hour = _number(groups.get("hour"), language)
    minute = _number(groups.get("minute"), language) or 0
    if groups.get("half_to"):
        hour, minute = (_number(groups["half_to"], language) or 0) - 1, 30
    elif groups.get("quarter_to"):
        hour, minute = (_number(groups["quarter_to"], language) or 0) - 1, 45
    elif groups.get("quarter_of"):
        hour, minute = (_number(groups["quarter_of"], language) or 0) - 1, 15
    elif groups.get("minutes_to"):
        minutes = _number(groups["minutes_to"], language) or 0
        hour, minute = (_number(groups["to_hour"], language) or 0) - 1, 60 - minutes
    elif groups.get("minutes_of"):
        hour, minute = (_number(groups["of_hour"], language) or 0) - 1, _number(groups["minutes_of"], language) or 0
    elif groups.get("minutes_past"):
        hour, minute = _number(groups["past_hour"], language), _number(groups["minutes_past"], language) or 0
    elif groups.get("half_past"):
        hour, minute = _number(groups["half_past"], language), 30
    elif groups.get("quarter_past"):
        hour, minute = _number(groups["quarter_past"], language), 15
    if hour is None or not 0 <= hour <= 24 or not 0 <= minute <= 59:
        return None
    hour = 12 if hour == 0 and not groups.get("hour") else hour
    return (_afternoon(hour, _part(groups.get("part"), language)), minute)


def _part(word: str | None, language: Language) -> str | None:
    if not word:
        return None
    for part, words in lexicon(language)["times"]["parts"].items():
        if any(word.strip(" .").startswith(one) for one in words):
            return str(part)
    return None


def _days(folded: str, language: Language) -> list[TimeMention]:
    found = []
    for match in _patterns(language)["day"].finditer(folded):
        groups = _groups(match)
        day: str | None = None
        if "weekday" in groups:
            day = next(
                d for d, stems in lexicon(language)["times"]["weekdays"].items() if _starts(groups["weekday"], stems)
            )
        elif "named" in groups:
            day = next(d for d, words in lexicon(language)["times"]["named_days"].items() if groups["named"] in words)
        elif "days_ahead" in groups:
            day = f"in:{_number(groups['days_ahead'], language) or 1}"
        elif "weeks_ahead" in groups:
            day = "in:7"
        elif "date" in groups:
            number = _number(groups["date"], language)
            month = next(
                (
                    m
                    for m, stems in lexicon(language)["times"]["months"].items()
                    if _starts(groups.get("month", "?"), stems)
                ),
                groups.get("month_number"),
            )
            if number is None or not 1 <= number <= 31:
                continue
            day = f"date:{number}.{int(month)}" if month else f"date:{number}"
        found.append(TimeMention(match.start(), match.end(), day=day, part=_part(groups.get("daypart"), language)))
    for match in _patterns(language)["daypart"].finditer(folded):
        found.append(TimeMention(match.start(), match.end(), part=_part(match.group("part"), language)))
    return found


def _starts(word: str, stems: list[str]) -> bool:
    return any(word.startswith(stem) for stem in stems)


def _spans_from_now(folded: str, language: Language) -> list[TimeMention]:
    found = []
    for match in _patterns(language)["from_now"].finditer(folded):
        groups = _groups(match)
        if groups.get("half_hour"):
            minutes = 30
        elif groups.get("hours"):
            minutes = 60 * (_number(groups["hours"], language) or 1)
        elif groups.get("minutes"):
            minutes = _number(groups["minutes"], language) or 10
        else:
            minutes = 60
        found.append(TimeMention(match.start(), match.end(), minutes=minutes))
    return found


def _joined(pieces: list[TimeMention], folded: str, language: Language) -> list[TimeMention]:
    """Days, parts and clocks that stand together made one; "or" and a second clock start a new moment."""
    breaks = _patterns(language)["or"]
    joined: list[TimeMention] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and piece.start < last.end:
            if piece.clock is None and last.part is None and piece.part:
                joined[-1] = replace(last, part=piece.part)
            continue
        gap = folded[last.end : piece.start] if last else ""
        near = last is not None and len(gap.split()) <= 4 and not breaks.search(gap) and not re.search(r"[.!?…]", gap)
        if last and near and _fit(last, piece):
            joined[-1] = TimeMention(
                last.start,
                piece.end,
                day=last.day or piece.day,
                clock=_with_part(last.clock or piece.clock, last.part or piece.part),
                minutes=last.minutes if last.minutes is not None else piece.minutes,
                part=last.part or piece.part,
                bound=last.bound or piece.bound,
                hours=last.hours or piece.hours,
            )
        elif last and last.day and piece.clock and piece.day is None and len(gap.split()) <= 3:
            another = breaks.search(folded[last.end : piece.end])
            joined.append(replace(piece, day=last.day) if another else piece)
        else:
            joined.append(piece)
    return joined


def _fit(one: TimeMention, other: TimeMention) -> bool:
    """Whether two pieces can be one moment: never two days or two clocks."""
    if one.minutes is not None or other.minutes is not None:
        return False
    if one.day in WEEKDAYS and (other.day or "").startswith("date:") and not one.clock:
        return True
    return not (one.day and other.day) and not (one.clock and other.clock)


def _with_part(clock: tuple[int, int] | None, part: str | None) -> tuple[int, int] | None:
    if clock is None or part is None:
        return clock
    hour, minute = clock
    if part == "morning" and 13 <= hour <= 19:
        return (hour - 12, minute)
    if part == "evening" and hour < 12:
        return (hour + 12, minute)
    return clock


def opening_hours(sentence: str, language: Language) -> bool:
    """Whether a folded sentence tells when somebody is open, not when to come."""
    return bool(_patterns(language)["opening_hours"].search(sentence))


def _marked(mention: TimeMention, folded: str, language: Language) -> TimeMention:
    """The mention with what its sentence says of it: gone by, or opening hours."""
    start = max(folded.rfind(mark, 0, mention.start) for mark in ".!?…") + 1
    ends = [place for mark in ".!?…" if (place := folded.find(mark, mention.end)) >= 0]
    sentence = folded[start : min(ends, default=len(folded))]
    before = folded[max(start, mention.start - 60) : mention.end]
    patterns = _patterns(language)
    past = bool(patterns["past_day"].search(before)) or (
        mention.day != "tomorrow"
        and bool(patterns["past_verb"].search(folded[max(start, mention.start - 60) : mention.end + 25]))
    )
    hours = mention.hours or (mention.day is None and opening_hours(sentence, language))
    return replace(mention, past=past, hours=hours)
