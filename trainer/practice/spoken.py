"""Moments as people say them: «в четверг в шесть вечера», "Thursday at half five"."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from trainer.texts import Language

FORTNIGHT = 14


@cache
def _words(language: Language) -> dict[str, Any]:
    text = (Path(__file__).parent / "lines" / "clock.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    found: dict[str, Any] = loaded[language]
    return found


def say_moment(moment: datetime, language: Language, at: datetime) -> str:
    """Day and clock time in words, seen from ``at``."""
    words = _words(language)
    ahead = (moment.date() - at.date()).days
    if ahead >= FORTNIGHT:
        name = f"{words['days'][moment.weekday()]}, {moment.day} {words['months'][moment.month - 1]},"
        return f"{name} {_clock(moment, language)}"
    day = words["near"].get(ahead) or (words["days"] if ahead < 7 else words["next_days"])[moment.weekday()]
    return f"{day} {_clock(moment, language)}"


def say_day(moment: datetime, language: Language, at: datetime) -> str:
    """The day alone, as one says it back: «в четверг», "tomorrow"."""
    words, ahead = _words(language), (moment.date() - at.date()).days
    if ahead >= FORTNIGHT:
        return f"{moment.day} {words['months'][moment.month - 1]}"
    return str(words["near"].get(ahead) or (words["days"] if ahead < 7 else words["next_days"])[moment.weekday()])


def _clock(moment: datetime, language: Language) -> str:
    words = _words(language)
    hour, minute = moment.hour, moment.minute
    twelve = hour % 12 or 12
    if language == "en":
        spoken = words["hours"][twelve]
        if minute == 30:
            return f"at half past {spoken}"
        return f"at {spoken}" if minute == 0 else f"at {twelve}:{minute:02}"
    part = next(name for last, name in words["parts"] if hour <= last)
    if minute == 30:
        return f"в половине {words['of'][twelve % 12 + 1]}"
    if minute:
        return f"в {hour}:{minute:02}"
    if hour == 12:
        return str(words["noon"])
    return f"в {words['hours'][twelve]} {part}" if twelve != 1 else f"в час {part}"
