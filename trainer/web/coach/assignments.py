"""Assignments as the coach's page: given, changed, withdrawn, with what became of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args

from trainer.errors import NotFound
from trainer.persona import Persona
from trainer.practice.mind import Difficulty
from trainer.store import Person
from trainer.team import assignments, log
from trainer.team.assignments import Assignment, AssignmentError, Order, Wanted
from trainer.team.days import date_of, end_of
from trainer.team.rights import check_coach
from trainer.team.steps import DIFFICULTIES, OUTCOMES, Status, Target
from trainer.texts import Language, phrase
from trainer.web import views, wording
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

USUAL_DAYS = 7
USUAL_SCORE = 70
FARTHEST = 366
GOALS = ("score", *OUTCOMES[:-1])


@dataclass(frozen=True)
class HolderRow:
    """One person of an assignment: his steps as ``(status, repeat number, words)``, his calls of the first by id."""

    person: int
    name: str
    steps: tuple[tuple[Status, int, str], ...]
    count: int


@dataclass(frozen=True)
class Row:
    """An assignment as it is listed; ``status`` is the worst of its holders' present steps."""

    made: Assignment
    persona: Persona | None
    target: str
    difficulty: str
    rubric: str
    given: str
    withdrawn: str
    due: str
    status: str
    summary: str
    missed: int
    holders: tuple[HolderRow, ...]


def page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The form for a new assignment and the list of those given. Raises Forbidden."""
    check_coach(who)
    now, person = desk.now(), _number(place.get("person"))
    found = assignments.listed(desk.store, who, now, person)
    rows = [row(desk, one, now, language) for one in found]
    wanted = place.get("status")
    shown = [one for one in rows if not wanted or _fits(one, wanted)]
    candidates = assignments.candidates(desk.store, who)
    today = date_of(now)
    return views.fill(
        "coach/assignments.html", language, place=place, rows=shown, everything=len(rows), candidates=candidates,
        person=person, personas=desk.personas(),
        about=next((name for id, name in candidates.people if id == person), ""),
        rubrics=[(one.id, one.name[language]) for one in desk.rubrics()], difficulties=DIFFICULTIES, goals=GOALS,
        editing=_number(place.get("edit")), today=today.isoformat(), most_times=assignments.MOST_TIMES,
        usual=(today + timedelta(days=USUAL_DAYS)).isoformat(), usual_score=USUAL_SCORE,
        farthest=(today + timedelta(days=FARTHEST)).isoformat(), longest=assignments.LONGEST_NOTE,
        due_day=wording.due_day,
    )  # fmt: skip


def row(desk: Desk, made: Assignment, now: float, language: Language) -> Row:
    """An assignment in words."""
    persona = next((one for one in desk.personas() if one.id == made.persona), None)
    rubric = next((one.name[language] for one in desk.rubrics() if one.id == made.rubric), made.rubric or "")
    holders = tuple(
        HolderRow(
            one.person, one.name,
            tuple((step.status, step.number, wording.state(step, now, language)) for step in one.steps),
            next((step.count for step in one.steps if step.status in ("open", "missed")), made.wanted.target.times),
        )
        for one in made.holders
    )  # fmt: skip
    first = Counter(one.steps[0].status for one in made.holders)
    missed = sum(any(status == "missed" for status, _, _ in one.steps) for one in holders)
    status = "missed" if missed else "open" if first["open"] or not holders else "done"
    withdrawn = wording.day(date_of(made.withdrawn), language) if made.withdrawn is not None else ""
    summary = phrase(language, "assignments.summary", done=first["done"] + first["late"], all=len(holders))
    return Row(
        made, persona, wording.target(made.wanted.target, persona, language),
        wording.difficulty(made.difficulty, language), rubric, wording.day(date_of(made.given), language), withdrawn,
        wording.day(date_of(made.wanted.due - 1), language), "withdrawn" if withdrawn else status, summary, missed,
        holders,
    )  # fmt: skip


def give(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Дать задание». Raises Forbidden, NotFound, AssignmentError."""
    check_coach(who)
    now = desk.now()
    persona = desk.persona(given.get("persona", ""))
    rubric = given.get("rubric") or None
    if rubric and rubric not in [one.id for one in desk.rubrics()]:
        raise NotFound("rubric", rubric, [one.id for one in desk.rubrics()])
    difficulty: Difficulty = next((one for one in DIFFICULTIES if one == given.get("difficulty")), "real")
    wanted = _wanted(given, now)
    orders = [Order(persona.id, difficulty, wanted, *one, rubric) for one in _whom(given.get("whom", ""))]
    ids = assignments.give_all(desk.store, who, orders, now)
    whom = ", ".join(assignments.one(desk.store, who, id, now).whom for id in ids)
    log.note(desk.store, who, "assigned", f"{whom}: {persona.id}", now)
    note = phrase(language, "assignments.done_given", whom=whom)
    return Done(place=Place("assignments").having(person=place.get("person")), note=note)


def _whom(text: str) -> list[tuple[int | None, int | None]]:
    """People and teams that were ticked, ``t1,p4,p5``, each as (person, team)."""
    found: list[tuple[int | None, int | None]] = []
    for one in dict.fromkeys(text.split(",")):
        id = _number(one[1:])
        if id is not None and one[:1] in ("p", "t"):
            found.append((id, None) if one[:1] == "p" else (None, id))
    return found


def change(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """Another target, day, note or repeats. Raises Forbidden, NotFound, AssignmentError."""
    check_coach(who)
    now, id = desk.now(), _id(given)
    assignments.change(desk.store, who, id, _wanted(given, now), now)
    log.note(desk.store, who, "assignment_changed", str(id), now)
    return Done(place=place.having(edit=""), note=phrase(language, "assignments.done_changed"))


def withdraw(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """An assignment is taken back. Raises Forbidden, NotFound."""
    check_coach(who)
    now, id = desk.now(), _id(given)
    assignments.withdraw(desk.store, who, id, now)
    log.note(desk.store, who, "assignment_withdrawn", str(id), now)
    return Done(place=place.having(edit=""), note=phrase(language, "assignments.done_withdrawn"))


def _wanted(given: Given, now: float) -> Wanted:
    goal, score, times = given.get("goal", "score"), given.get("score", ""), given.get("times", "1")
    if goal not in GOALS:
        raise AssignmentError("outcome")
    made: dict[str, Any] = {"goal": "score", "score": _figure(score, "score")}
    if goal != "score":
        made = {"goal": "outcome", "outcome": next(one for one in OUTCOMES if one == goal)}
    target = Target(**made, times=_figure(times, "times"), in_a_row=given.get("row") == "row")
    return Wanted(target, _due(given.get("due", ""), now), given.get("spaced") == "on", given.get("note", "").strip())


def _figure(text: str, message: str) -> int:
    number = _number(text.strip())
    if number is None:
        raise AssignmentError(message, most=assignments.MOST_TIMES)
    return number


def _due(text: str, now: float) -> float:
    try:
        when = date.fromisoformat(text.strip())
    except ValueError as error:
        raise AssignmentError("no_date", value=text[:40]) from error
    if (when - date_of(now)).days > FARTHEST:
        raise AssignmentError("far")
    return end_of(when) if when.year > 1970 else 0.0


def _fits(one: Row, wanted: str) -> bool:
    return one.status == wanted if wanted in (*get_args(Status), "withdrawn") else True


def _id(given: Given) -> int:
    id = _number(given.get("assignment", ""))
    if id is None:
        raise NotFound("assignment", "", ())
    return id


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 12 else None


PAGES: dict[View, Page] = {"assignments": page}
DEEDS: dict[str, Deed] = {"assign": give, "change_assignment": change, "withdraw_assignment": withdraw}
