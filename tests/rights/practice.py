"""The trainee's room: one's own calls, and nobody else's, not even for a coach."""

from tests.rights import EVERYBODY, OWNER, Decided, People, Route, Things
from trainer.practice.call import Call
from trainer.web import handlers
from trainer.web.handlers import Desk
from trainer.web.places import Place


def make(desk: Desk, people: People, things: Things) -> Things:
    """Two finished calls of A, one that still goes on, and one with a ringing phone."""
    a = people["a"].id
    for name in ("call", "second"):
        id = things[name] = handlers.start(desk, a, "tourist", "ru", "real")
        handlers.say(desk, a, id, "Добрый день, «Окна-Плюс», Марина, слушаю вас!")
        handlers.hang_up(desk, a, id)
        handlers.review(desk, a, id)
    things["line"] = handlers.start(desk, a, "tourist", "ru", "real")
    ringing = things["ringing"] = handlers.start(desk, a, "tourist", "ru", "real")
    line = handlers.open_line(desk, a, ringing)
    assert line.call.state is not None
    call = Call.load(line.call.state, line.persona)
    call.interrupt("phone_rings", "boss")
    handlers.keep(desk, line, call)
    return things


THINGS = {"practice": make}

PAGES = {
    "choose": Decided(EVERYBODY),
    "brief": Decided(EVERYBODY, lambda things: Place("brief", "tourist")),
    "plan": Decided(EVERYBODY, lambda things: Place("plan", "tourist")),
    "calls": Decided(EVERYBODY, lambda things: Place("calls")),
    "import": Decided(EVERYBODY, lambda things: Place("import")),
    "progress": Decided(EVERYBODY, lambda things: Place("progress")),
    "rules": Decided(EVERYBODY, lambda things: Place("rules")),
    "first": Decided(EVERYBODY, lambda things: Place("first")),
    "call": Decided(OWNER, lambda things: Place("call", things["call"])),
    "drill": Decided(OWNER, lambda things: Place("drill", things["call"])),
    "compare": Decided(OWNER, lambda things: Place("compare", things["call"]).having(**{"with": things["second"]})),
}

DEEDS = {
    "hint": Decided(OWNER, lambda things: Place("call", things["line"])),
    "tell_hint": Decided(OWNER, lambda things: Place("call", things["line"])),
    "close_aside": Decided(OWNER, lambda things: Place("call", things["line"])),
    "interruption": Decided(
        OWNER, lambda things: Place("call", things["ringing"]), lambda things: {"action": "declined"}
    ),
    "rewind": Decided(OWNER, lambda things: Place("call", things["call"]), lambda things: {"turn": "1"}),
    "delete": Decided(OWNER, lambda things: Place("calls"), lambda things: {"call": things["call"]}),
    "exercise": Decided(OWNER, lambda things: Place("drill", things["call"]), lambda things: {"text": "Добрый день!"}),
    "first": Decided(EVERYBODY, lambda things: Place("first")),
}

ROUTES = {
    ("GET", "/calls/{id}/{form}"): Route(
        401, OWNER, 200, 404, lambda things: {"id": things["call"], "form": "report.json"}
    ),
}
