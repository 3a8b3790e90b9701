"""A small company for the tests of rights: two teams, five people, things that belong to one of them."""

from pathlib import Path

from tests import rights
from tests.desks import Clock
from trainer.errors import InputError
from trainer.grading.judges import Assessment, Finding
from trainer.report import Evidence
from trainer.rubric import Rubric
from trainer.store import Person, Store
from trainer.team import accounts, sessions
from trainer.team.accounts import NewAccount
from trainer.transcript import Transcript
from trainer.web.handlers import Desk

NOW = 1_700_000_000.0
PASSWORD = "пять слов подряд"


class AllMissed:
    """A judge that needs no model: every criterion missed, each with the seller's first words."""

    name = "all-missed"

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        if not transcript.said_by("seller"):
            raise InputError("empty")
        turn, words = transcript.said_by("seller")[0]
        evidence = (Evidence(turn=turn, quote=words[:20]),)
        return Assessment("none", {one.id: Finding("missed", evidence) for one in rubric.criteria}, ())


def desk_at(path: Path) -> Desk:
    """A desk over a database that is there already."""
    return Desk(Store(path), AllMissed, now=Clock(NOW), pace=0.0)


def found_company(path: Path) -> tuple[Desk, dict[str, Person]]:
    """A new database with the teams and people."""
    desk = desk_at(path)
    desk.store.migrate()
    admin = accounts.add(desk.store, None, NewAccount("admin", "Админ", "admin"), PASSWORD, NOW)
    north, south = (accounts.add_team(desk.store, admin, name, NOW).id for name in ("Север", "Юг"))
    people = {"admin": admin}
    for login, name, role, team in (
        ("a", "Аннабель", "trainee", north), ("b", "Борис", "trainee", north),
        ("coach", "Клара", "coach", north), ("stranger", "Степан", "coach", south),
    ):  # fmt: skip
        new = NewAccount(f"{login}-login", name, role, "ru", team)  # type: ignore[arg-type]
        people[login] = accounts.add(desk.store, admin, new, PASSWORD, NOW)
    return desk, people


def furnish(desk: Desk, people: dict[str, Person]) -> rights.Things:
    """The things of every subject."""
    things: rights.Things = {}
    for make in rights.joined("THINGS").values():
        things = make(desk, people, things)
    return things


def cookie_of(desk: Desk, person: Person) -> dict[str, str]:
    """The header of somebody who is signed in."""
    with desk.store.tx(write=True) as db:
        token = sessions.begin(db, person.id, desk.now())
    return {"cookie": f"zvonok_session={token}"}


def contents(desk: Desk) -> str:
    """Everything in the database but sessions and the log, to see that nothing was changed."""
    with desk.store.tx() as db:
        lines = list(db.conn.iterdump())
    return "\n".join(one for one in lines if not one.startswith(('INSERT INTO "sessions"', 'INSERT INTO "log"')))
