"""The log as a page: who did or saw what, for admins."""

from dataclasses import dataclass

from trainer.store import Person
from trainer.team import log
from trainer.team.log import Noted, Wanted
from trainer.team.rights import check_admin
from trainer.texts import Language, room
from trainer.web import views
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View


@dataclass(frozen=True)
class Line:
    """A line of the log with its moment and its deed in words."""

    noted: Noted
    when: str
    deed: str


def log_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The newest lines, narrowed by what the address asks for. Raises Forbidden."""
    check_admin(who)
    names = room(language, "log")
    before = place.get("before")
    wanted = Wanted(
        place.get("login").strip().casefold(), place.get("deed"), place.get("about").strip(),
        int(before) if before.isdecimal() and len(before) <= 15 else None,
    )  # fmt: skip
    found = log.listed(desk.store, who, wanted, log.PAGE + 1)
    now = desk.now()
    lines = [
        Line(one, views.moment(one.at, now, language), str(names.get(one.deed, one.deed))) for one in found[: log.PAGE]
    ]
    older = place.having(before=str(lines[-1].noted.id)).query() if len(found) > log.PAGE else ""
    return views.fill("coach/log.html", language, place=place, lines=lines, names=names, older=older)


PAGES: dict[View, Page] = {"log": log_page}
DEEDS: dict[str, Deed] = {}
