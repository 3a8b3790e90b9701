"""Words that figures decide: plural forms, days, and the target of an assignment as it is said."""

from datetime import date

from trainer.persona import Persona
from trainer.team.assignments import Wanted
from trainer.team.days import date_of, days_left, last_day
from trainer.team.steps import Step, Target
from trainer.texts import Language, phrase, room


def plural(n: int, language: Language) -> str:
    """The form a number asks for: ``one``, ``few`` or ``many``."""
    if language == "en":
        return "one" if n == 1 else "many"
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def counted(key: str, n: int, language: Language) -> str:
    """The text under ``key`` in the form the number asks for."""
    return phrase(language, f"{key}.{plural(n, language)}", n=n)


def day(when: date, language: Language, *, short: bool = False) -> str:
    """A day: «29 ноября», or «29 ноя» where there is little room; in English "29 November"."""
    month = room(language, "web")["moments"]["months"][when.month - 1]
    name = month[:3] if short else month
    return f"{when.day} {name}"


def target(wanted: Target, persona: Persona | None, language: Language) -> str:
    """What is to be reached: «оценка от 80, 3 раза подряд». A care call has one goal of its own."""
    care = persona is not None and persona.call.purpose == "care"
    key = "score" if wanted.goal == "score" else "care" if care else wanted.outcome
    said = phrase(language, f"assignments.targets.{key}", score=f"{wanted.score or 0:.0f}")
    if wanted.times == 1:
        return said
    raz = phrase(language, f"assignments.targets.raz.{plural(wanted.times, language)}")
    how = "row" if wanted.in_a_row else "times"
    return phrase(language, f"assignments.targets.{how}", target=said, n=wanted.times, raz=raz)


def difficulty(name: str, language: Language) -> str:
    """A difficulty and whatever is harder; the hardest stands alone."""
    said = phrase(language, f"assignments.difficulties.{name}")
    return said if name == "hard" else phrase(language, "assignments.targets.and_harder", difficulty=said)


def left(due: float, now: float, language: Language) -> str:
    """How many days there are: «осталось 3 дня»."""
    days = days_left(due, now)
    return phrase(language, "assignments.left.today") if days <= 0 else counted("assignments.left", days, language)


def ago(due: float, now: float, language: Language) -> str:
    """How long ago a day was over: «3 дня назад»."""
    return counted("assignments.past", max(1, -days_left(due, now)), language)


def state(step: Step, now: float, language: Language) -> str:
    """How a step stands, with its day."""
    if step.status in ("done", "late") and step.done is not None:
        when = date_of(step.done)
    else:
        when = date_of(step.opens) if step.status == "ahead" else last_day(step.due)
    values = {"day": day(when, language), "left": left(step.due, now, language)}
    return phrase(language, f"assignments.states.{step.status}", **values)


def due_day(wanted: Wanted) -> str:
    """The last day as a date field takes it."""
    return last_day(wanted.due).isoformat()
