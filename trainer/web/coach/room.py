"""The coach's room in one language: the common room with the coach's pages, deeds and sections."""

import gradio as gr

from trainer.store import Person
from trainer.texts import Language, room
from trainer.web import views
from trainer.web.coach import COACH_DEEDS, COACH_PAGES, HOME, NAV, SECTIONS
from trainer.web.handlers import Desk
from trainer.web.places import Place
from trainer.web.rooms import Room


class CoachRoom(Room):
    """What a coach sees; the door has let no trainee in, and every page and deed asks again."""

    def __init__(self, desk: Desk, language: Language) -> None:
        super().__init__(desk, language, COACH_PAGES, COACH_DEEDS, HOME)

    def root(self) -> str:
        return f"/coach/{self.language}/"

    def head_of(self, who: Person, place: Place) -> str:
        names = room(self.language, "coach")["nav"]
        entries = [
            views.Entry(view, sign, names[view], Place(view).query()) for view, sign in NAV if view in COACH_PAGES
        ]
        section = SECTIONS.get(place.view, place.view)
        return views.bar(place, section, entries, self.language, who, self.root(), f"/{self.language}/")


def coach_room(desk: Desk, language: Language) -> gr.Blocks:
    """The coach's pages in one language."""
    return CoachRoom(desk, language).lay_out()
