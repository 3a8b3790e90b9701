"""What a trainee has to do: his assignments on his first page, and the button that starts that very call."""

from dataclasses import dataclass

from trainer.errors import NotFound
from trainer.persona import Persona
from trainer.store import Person
from trainer.team import assignments
from trainer.team.assignments import Assignment
from trainer.team.days import date_of, last_day
from trainer.team.steps import Status, Step
from trainer.texts import Language, phrase
from trainer.web import wording
from trainer.web.handlers import Desk, start
from trainer.web.places import Place

SHOWN_DONE = 14
"""Days for which what is done stays in sight."""
ORDER: dict[Status, int] = {"missed": 0, "open": 0, "ahead": 1, "done": 2, "late": 2}


@dataclass(frozen=True)
class Due:
    """One assignment as its holder sees it: the words of its target and state, and the brief of its client."""

    id: int
    persona: Persona
    difficulty: str
    target: str
    status: Status
    state: str
    repeat: str
    progress: str
    note: str
    by: str
    brief: str


def due(desk: Desk, who: Person, language: Language) -> tuple[Due, ...]:
    """What is due now, first what was missed or is due soonest; then repeats to come, and what was done lately."""
    now, known = desk.now(), {one.id: one for one in desk.personas()}
    found = []
    for made in assignments.of_person(desk.store, who.id, now):
        persona = known.get(made.persona)
        step = current(made)
        if persona is None or step is None or _long_done(step, now):
            continue
        found.append(((ORDER[step.status], step.due), _due(made, persona, step, now, language)))
    return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))


def current(made: Assignment) -> Step | None:
    """The step to show: what is open, else what was missed last, else what is to come, else the last done."""
    steps = made.holders[0].steps if made.holders else ()
    for status in ("open", "missed", "ahead"):
        fitting = [step for step in steps if step.status == status]
        if fitting:
            return fitting[0] if status == "ahead" else fitting[-1]
    return steps[-1] if steps else None


def take(desk: Desk, who: Person, id: str, language: Language) -> str:
    """Starts the call that an assignment asks for; gives its id. Raises NotFound."""
    own = assignments.of_person(desk.store, who.id, desk.now())
    made = next((one for one in own if str(one.id) == id), None)
    if made is None:
        raise NotFound("assignment", id, ())
    return start(desk, who.id, made.persona, language, made.difficulty)


def _long_done(step: Step, now: float) -> bool:
    return step.done is not None and (date_of(now) - date_of(step.done)).days > SHOWN_DONE


def _due(made: Assignment, persona: Persona, step: Step, now: float, language: Language) -> Due:
    times = made.wanted.target.times
    return Due(
        made.id, persona, wording.difficulty(made.difficulty, language),
        wording.target(made.wanted.target, persona, language), step.status, _state(step, now, language),
        phrase(language, "assignments.repeat_mine") if step.number and step.status != "ahead" else "",
        phrase(language, "assignments.of", count=step.count, times=times) if times > 1 else "",
        made.wanted.note, made.by, Place("brief", made.persona, difficulty=made.difficulty).query(),
    )  # fmt: skip


def _state(step: Step, now: float, language: Language) -> str:
    if step.status == "missed":
        when = wording.day(last_day(step.due), language)
        return phrase(language, "assignments.mine.missed", day=when, ago=wording.ago(step.due, now, language))
    if step.status == "ahead":
        return phrase(language, "assignments.mine.ahead", day=wording.day(date_of(step.opens), language))
    return wording.state(step, now, language)
