"""What leaves the coach's room: the page of exports, and the printable sheet for a one-to-one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trainer import definitions
from trainer.errors import NotFound
from trainer.persona import Persona
from trainer.store import Person
from trainer.team import assignments, meeting
from trainer.team.assignments import Assignment
from trainer.team.days import date_of
from trainer.team.exports import FORMS, WHATS
from trainer.team.rights import check_coach
from trainer.team.steps import Status, Step
from trainer.texts import Language, phrase
from trainer.web import views, wording
from trainer.web.coach.intake import people_of
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

Group = Literal["missed", "due", "done"]
GROUPS: tuple[Group, ...] = ("missed", "due", "done")
GROUP: dict[Status, Group] = {"missed": "missed", "open": "due", "ahead": "due", "done": "done", "late": "done"}
SHOWN_DONE = 6
"""Of what was done, only the latest is spoken of."""


def exports_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The forms of each export, and whose sheet is to be printed. Raises Forbidden."""
    check_coach(who)
    return views.fill("coach/exports.html", language, whats=WHATS, forms=FORMS, people=people_of(desk, who))


def sheet_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """Somebody's sheet. Raises NotFound, Forbidden."""
    check_coach(who)
    person = place.id or place.get("person")
    if not person.isdecimal():
        raise NotFound("person", person, ())
    found = meeting.sheet(desk.store, who, int(person))
    names = {id: one["name"][language] for id, one in definitions.criteria().items()}
    names.update({one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria})
    known, now = {one.id: one for one in desk.personas()}, desk.now()
    held = assignments.of_person(desk.store, int(person), now)
    return views.fill(
        "coach/sheet.html", language, found=found, names=names, solo=who.role == "solo", groups=GROUPS,
        tasks=tasks(held, known, now, language),
        day=lambda seconds: f"{wording.day(date_of(seconds), language)} {date_of(seconds).year}", person=person,
    )  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A dated part of an assignment on the sheet: what is to be reached with whom, and how it stands."""

    what: str
    state: str
    at: float


def tasks(
    held: tuple[Assignment, ...], known: Mapping[str, Persona], now: float, language: Language
) -> dict[Group, list[Task]]:
    """What somebody has missed, has to do now or soon, and has done lately; the newest of what is past first."""
    found: dict[Group, list[Task]] = {group: [] for group in GROUPS}
    for made in held:
        for step in (step for holder in made.holders for step in holder.steps):
            found[GROUP[step.status]].append(_task(made, step, known.get(made.persona), now, language))
    found["due"].sort(key=lambda one: one.at)
    for group in ("missed", "done"):
        found[group].sort(key=lambda one: -one.at)
    return {**found, "done": found["done"][:SHOWN_DONE]}


def _task(made: Assignment, step: Step, persona: Persona | None, now: float, language: Language) -> Task:
    target = made.wanted.target
    name = persona.name[language] if persona else made.persona
    parts = [wording.state(step, now, language)]
    if step.number and step.status != "ahead":
        parts.insert(0, phrase(language, "assignments.repeat_mine").lower())
    if target.times > 1 and step.status in ("open", "missed"):
        parts.append(phrase(language, "assignments.of", count=step.count, times=target.times))
    said = f"{name}: {wording.target(target, persona, language)} ({wording.difficulty(made.difficulty, language)})"
    return Task(said, "; ".join(parts), step.due if step.done is None else step.done)


PAGES: dict[View, Page] = {"exports": exports_page, "sheet": sheet_page}
DEEDS: dict[str, Deed] = {}
