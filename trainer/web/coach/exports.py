"""What leaves the coach's room: the page of exports, and the printable sheet for a one-to-one."""

from datetime import datetime

from trainer import definitions
from trainer.errors import NotFound
from trainer.store import Person
from trainer.team import meeting
from trainer.team.exports import FORMS, WHATS
from trainer.team.rights import check_coach
from trainer.texts import Language
from trainer.web import views
from trainer.web.coach.intake import people_of
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View


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
    return views.fill(
        "coach/sheet.html", language, found=found, names=names, solo=who.role == "solo",
        day=lambda seconds: f"{datetime.fromtimestamp(seconds):%d.%m.%Y}",
    )  # fmt: skip


PAGES: dict[View, Page] = {"exports": exports_page, "sheet": sheet_page}
DEEDS: dict[str, Deed] = {}
