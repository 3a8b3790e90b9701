"""Days on the clock of this machine: an assignment is due at the end of a day, not at a second."""

from datetime import date, datetime, time, timedelta


def date_of(seconds: float) -> date:
    """The day a stored time falls on."""
    return datetime.fromtimestamp(seconds).date()


def start_of(day: date) -> float:
    """The first second of a day, seconds since 1970."""
    return datetime.combine(day, time.min).timestamp()


def end_of(day: date) -> float:
    """The moment a day is over: the first second of the next."""
    return start_of(day + timedelta(days=1))


def last_day(moment: float) -> date:
    """The day that ends at or holds a moment: what ``end_of`` made becomes its own day again."""
    return date_of(moment - 1)


def days_left(moment: float, now: float) -> int:
    """Whole days from today to the last day of what is due; 0 is today, negative is past."""
    return (last_day(moment) - date_of(now)).days
