"""The time under discussion: moments put together from days and clocks, and what stands on the table."""

from dataclasses import dataclass

from trainer.grading.turns import Topic
from trainer.language.times import TimeMention


@dataclass(frozen=True)
class Moment:
    """What is known so far of the time under discussion; the day and the clock may come from different turns."""

    day: str | None = None
    clock: tuple[int, int] | None = None
    soon: bool = False

    @property
    def specific(self) -> bool:
        """Whether one could turn up: a clock time, of the day named or, where none was, of the day at hand."""
        return self.soon or self.clock is not None

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


@dataclass
class Standing:
    """The proposal now on the table."""

    topic: Topic
    by: str
    turn: int
    options: tuple[Moment, ...]


def hours_of(options: tuple[Moment, ...], bare: list[TimeMention]) -> list[TimeMention]:
    """A bare number that is the hour of one of the options («В девять или в два? — Два»)."""
    hours = {option.clock[0] % 12 for option in options if option.clock}
    return [one for one in bare if one.clock and one.clock[0] % 12 in hours][:1]


def refined(options: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """The options without a day that another of them completes with a clock."""
    timed = {option.day for option in options if option.clock}
    return tuple(option for option in options if option.clock or option.day not in timed)


def merged(one: Moment, other: Moment) -> Moment:
    return Moment(other.day or one.day, one.clock or other.clock, one.soon or other.soon)


def differs(one: Moment, other: Moment) -> bool:
    """Whether two moments contradict each other; what only one of them says is no contradiction."""
    clocks = one.clock is not None and other.clock is not None and one.clock != other.clock
    return clocks or (one.day is not None and other.day is not None and one.day != other.day)


def picked(moment: Moment, standing: Standing | None) -> Moment:
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


def among(moment: Moment, standing: Standing) -> bool:
    return any(o.clock == moment.clock and o.day in (None, moment.day) for o in standing.options) or any(
        o.day == moment.day and o.clock is None for o in standing.options
    )


def open_choice(options: tuple[Moment, ...]) -> Moment:
    """A yes to a choice says the day at most where all options share it; the clock stays open."""
    days = {option.day for option in options}
    clocks = {option.clock for option in options}
    return Moment(options[0].day if len(days) == 1 else None, options[0].clock if len(clocks) == 1 else None)
