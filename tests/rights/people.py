"""People, teams and the log: a coach sees his team, all else is the admin's; the doors open to who belongs there."""

from tests.rights import ADMIN, COACHES, EVERYBODY, Decided, People, Route, Things
from trainer.team import invitations
from trainer.web.handlers import Desk
from trainer.web.places import Place

PASSWORD = "пять слов подряд"


def make(desk: Desk, people: People, things: Things) -> Things:
    """An invitation, and the number of A."""
    things["a"] = str(people["a"].id)
    things["team"] = str(people["a"].team)
    things["invitation"] = invitations.invite(desk.store, people["admin"], "trainee", None, desk.now())
    return things


THINGS = {"people": make}

PAGES = {
    "people": Decided(COACHES, lambda things: Place("people")),
    "log": Decided(ADMIN, lambda things: Place("log")),
}

AT_PEOPLE = Place("people")
DEEDS = {
    "add_person": Decided(
        ADMIN, lambda things: AT_PEOPLE, lambda things: {"login": "new", "name": "Новая", "password": PASSWORD}
    ),
    "move_person": Decided(
        ADMIN, lambda things: AT_PEOPLE, lambda things: {"person": things["a"], "role": "coach", "team": things["team"]}
    ),
    "renew_password": Decided(
        ADMIN, lambda things: AT_PEOPLE, lambda things: {"person": things["a"], "password": PASSWORD}
    ),
    "end_sessions": Decided(ADMIN, lambda things: AT_PEOPLE, lambda things: {"person": things["a"]}),
    "remove_person": Decided(ADMIN, lambda things: AT_PEOPLE, lambda things: {"person": things["a"]}),
    "invite": Decided(ADMIN, lambda things: AT_PEOPLE, lambda things: {"role": "trainee"}),
    "add_team": Decided(ADMIN, lambda things: AT_PEOPLE, lambda things: {"name": "Новая"}),
}

ROUTES = {
    ("GET", "/"): Route(401, EVERYBODY, 303),
    ("GET", "/coach"): Route(401, COACHES, 303, 403),
    ("GET", "/coach/"): Route(401, COACHES, 303, 403),
    ("GET", "/favicon.ico"): Route(200, EVERYBODY, 200),
    ("GET", "/icon.svg"): Route(200, EVERYBODY, 200),
    ("GET", "/manifest.json"): Route(200, EVERYBODY, 200),
    ("GET", "/door.css"): Route(200, EVERYBODY, 200),
    ("GET", "/login"): Route(200, EVERYBODY, 303),
    ("POST", "/login"): Route(401, EVERYBODY, 401, body={"login": "nobody", "password": "nothing at all"}),
    ("POST", "/sign-out"): Route(401, EVERYBODY, 303),
    ("POST", "/sign-out-everywhere"): Route(401, EVERYBODY, 303),
    ("GET", "/password"): Route(401, EVERYBODY, 200),
    ("POST", "/password"): Route(401, EVERYBODY, 400),
    ("GET", "/invitation/{token}"): Route(200, EVERYBODY, 200, of=lambda things: {"token": things["invitation"]}),
    ("POST", "/invitation/{token}"): Route(400, EVERYBODY, 400, of=lambda things: {"token": things["invitation"]}),
}
