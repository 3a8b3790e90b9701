"""Assignments and the team's picture: a coach's are his team's alone, a trainee takes up only what he was given."""

from datetime import timedelta

from tests.rights import COACHES, OF_THE_TEAM, OWNER, Decided, People, Things
from trainer.team import assignments
from trainer.team.assignments import Order, Wanted
from trainer.team.days import date_of, end_of
from trainer.team.steps import Target
from trainer.web.handlers import Desk
from trainer.web.places import Place

AT = Place("assignments")


def make(desk: Desk, people: People, things: Things) -> Things:
    """An assignment that the coach gave to A."""
    day = date_of(desk.now()) + timedelta(days=7)
    wanted = Wanted(Target("score", score=70), end_of(day), note="Анна, выслушайте его")
    order = Order("tourist", "real", wanted, person=people["a"].id)
    things["assignment"] = str(assignments.give(desk.store, people["coach"], order, desk.now()))
    things["holder"], things["due"] = str(people["a"].id), day.isoformat()
    return things


def target(things: Things) -> dict[str, str]:
    return {"goal": "score", "score": "55", "times": "1", "row": "all", "due": things["due"], "note": ""}


THINGS = {"assignments": make}

PAGES = {
    "assignments": Decided(COACHES, lambda things: AT),
    "team": Decided(COACHES, lambda things: Place("team")),
    "person": Decided(OF_THE_TEAM, lambda things: Place("person", things["holder"])),
}

DEEDS = {
    "take": Decided(OWNER, lambda things: Place(), lambda things: {"assignment": things["assignment"]}),
    "assign": Decided(
        OF_THE_TEAM, lambda things: AT,
        lambda things: {**target(things), "whom": f"p{things['holder']}", "persona": "price", "difficulty": "real"},
    ),
    "change_assignment": Decided(
        OF_THE_TEAM, lambda things: AT, lambda things: {**target(things), "assignment": things["assignment"]}
    ),
    "withdraw_assignment": Decided(
        OF_THE_TEAM, lambda things: AT, lambda things: {"assignment": things["assignment"]}
    ),
}  # fmt: skip
