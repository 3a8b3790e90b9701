"""Review and calibration: a coach of the team and an admin; the trainee disputes, the team shares its examples."""

from random import Random

from tests.rights import ADMIN, COACHES, EVERYBODY, OF_THE_TEAM, OWNER, Decided, People, Route, Things
from trainer.team import blind, disputes, examples, reviews
from trainer.web import handlers
from trainer.web.handlers import Desk
from trainer.web.places import Place

MISSED, OTHER_MISSED = "goal.asked_appointment", "closing.farewell"
SHARED = frozenset({"examples", "example"})
"""Where mates of a team see each other's calls: its examples."""


def made(desk: Desk, owner: int) -> str:
    """A finished and graded call."""
    id = handlers.start(desk, owner, "tourist", "ru", "real")
    handlers.say(desk, owner, id, "Добрый день, «Окна-Плюс», Марина, слушаю вас!")
    handlers.hang_up(desk, owner, id)
    handlers.review(desk, owner, id)
    return id


def make(desk: Desk, people: People, things: Things) -> Things:
    """A sample of A's first two calls; a third call disputed, remarked on, shared; a call of the other coach's own."""
    coach, a, now = people["coach"], people["a"], desk.now()
    things["sample"] = str(blind.draw(desk.store, coach, 2, Random(1), now))
    sampled = blind.task(desk.store, coach, int(things["sample"]))
    assert sampled is not None
    things["sampled"], things["asked"] = sampled.call, ",".join(sampled.criteria)
    call = things["reviewed"] = made(desk, a.id)
    things["quiet"] = made(desk, a.id)
    made(desk, people["stranger"].id)
    disputes.dispute(desk.store, a, call, MISSED, "Я же спросила", now)
    reviews.remark(desk.store, coach, call, 1, "Хорошее начало", now)
    examples.mark(desk.store, coach, call, "Послушайте приветствие", now)
    with desk.store.tx() as db:
        things["remark"] = str(next(iter(db.query("select max(id) as id from remarks")))["id"])
    return things


def at_review(things: Things) -> Place:
    return Place("review", things["reviewed"])


def changed(criterion: str) -> dict[str, str]:
    return {"criterion": criterion, "verdict": "met", "reason": "Слышно в записи", "turn": "1", "quote": "Добрый день"}


def labels(things: Things) -> dict[str, str]:
    verdicts = {f"v:{one}": "met" for one in things["asked"].split(",")}
    return {"call": things["sampled"], "outcome": "none", **verdicts}


THINGS = {"reviews": make}

PAGES = {
    "queue": Decided(COACHES, lambda things: Place("queue")),
    "review": Decided(OF_THE_TEAM, at_review),
    "calibration": Decided(COACHES, lambda things: Place("calibration")),
    "blind": Decided(OF_THE_TEAM, lambda things: Place("blind", things["sample"])),
    "examples": Decided(EVERYBODY, lambda things: Place("examples")),
    "example": Decided(EVERYBODY - {"stranger"}, lambda things: Place("example", things["reviewed"])),
}

DEEDS = {
    "dispute": Decided(
        OWNER,
        lambda things: Place("call", things["reviewed"]),
        lambda things: {"criterion": OTHER_MISSED, "reason": "Попрощалась"},
    ),
    "change_verdict": Decided(OF_THE_TEAM, at_review, lambda things: changed(OTHER_MISSED)),
    "uphold": Decided(OF_THE_TEAM, at_review, lambda things: changed(MISSED)),
    "reject": Decided(OF_THE_TEAM, at_review, lambda things: {"criterion": MISSED, "reason": "Вопроса не было"}),
    "check": Decided(OF_THE_TEAM, lambda things: Place("review", things["quiet"])),
    "uncheck": Decided(OF_THE_TEAM, at_review),
    "remark": Decided(OF_THE_TEAM, at_review, lambda things: {"turn": "1", "text": "Тёплый голос"}),
    "unremark": Decided(frozenset({"coach"}), at_review, lambda things: {"remark": things["remark"]}),
    "ask_retry": Decided(OF_THE_TEAM, at_review, lambda things: {"text": "Ещё раз"}),
    "forgo_retry": Decided(OF_THE_TEAM, at_review),
    "mark_example": Decided(OF_THE_TEAM, at_review, lambda things: {"text": "Приветствие"}),
    "unmark_example": Decided(OF_THE_TEAM, at_review),
    "set_bar": Decided(ADMIN, lambda things: Place("calibration"), lambda things: {"bar": "0.4"}),
    "weigh_anew": Decided(ADMIN, lambda things: Place("calibration")),
    "draw_sample": Decided(COACHES, lambda things: Place("calibration"), lambda things: {"size": "1"}),
    "label": Decided(OF_THE_TEAM, lambda things: Place("blind", things["sample"]), labels),
    "close_sample": Decided(
        OF_THE_TEAM, lambda things: Place("calibration"), lambda things: {"sample": things["sample"]}
    ),
}

ROUTES = {("GET", "/coach/gold.jsonl"): Route(401, COACHES, 200)}
