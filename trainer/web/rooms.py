"""What the trainee's and the coach's room share: head, note and page, going to a place, doing a deed."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from starlette.concurrency import run_in_threadpool

from trainer.errors import NotFound, TrainerError
from trainer.store import Person
from trainer.texts import Language, phrase
from trainer.web import handlers, views
from trainer.web.deeds import Deed, Done
from trainer.web.door import whose
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View, read_place

log = logging.getLogger(__name__)
PAGE_JS = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")

Screen = dict[Any, Any]
Found = TypeVar("Found")


class Room(ABC):
    """Pages in one language: the components of the layout, and what each event does to them.

    One room serves everybody: nothing of a person is kept in it, each event reads from the cookie whose it is.
    """

    def __init__(
        self, desk: Desk, language: Language, pages: Mapping[View, Page], deeds: Mapping[str, Deed], home: View
    ) -> None:
        self.desk = desk
        self.language = language
        self.pages = pages
        self.deeds = deeds
        self.home = home

    def say(self, key: str, **values: object) -> str:
        """A text of the pages."""
        return phrase(self.language, f"web.{key}", **values)

    def lay_out(self) -> gr.Blocks:
        """The page and its events."""
        ui = gr.Blocks(title=self.say("brand"), fill_width=True, analytics_enabled=False)
        with ui:
            self.head = self.html("", "head")
            self.note = self.html("", "note")
            self.page = self.html(views.waiting(self.language), "page")
            more = self.lay_out_more()
            self.went = self.html("", "went")
            self.everything = [self.head, self.note, self.page, *more, self.went]
            self.wire(gr.HTML("", elem_id="router", js_on_load=PAGE_JS, apply_default_css=False))
        return ui

    def html(self, value: str, id: str) -> gr.HTML:
        """A part of the page that is only ever written to."""
        return gr.HTML(value, elem_id=id, js_on_load=None, apply_default_css=False)

    def lay_out_more(self) -> list[Any]:
        """What a room has under its page; gives the components that opening a place writes to."""
        return []

    def wire(self, router: gr.HTML) -> None:
        """Binds what the page's script sends to the events of this room."""
        router.select(self.on_open, None, self.everything, **QUIET)
        router.input(self.on_deed, None, self.everything, **QUIET)

    @abstractmethod
    def head_of(self, who: Person, place: Place) -> str:
        """The bar on top, for this person at this place."""

    @abstractmethod
    def root(self) -> str:
        """The address of this room."""

    # --- events

    async def on_open(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """A place was gone to: by a link, by the address, by Back."""
        try:
            who = await self.who(request)
        except TrainerError as error:
            yield self.told(error)
            return
        async for screen in self.open(who, self.read(event)):
            yield screen

    async def on_deed(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """A button or form of a page was used."""
        place, deed = self.read(event), self.deeds.get(given(event, "do"))
        if deed is None:
            return
        try:
            who = await self.who(request)
            done = await self.at_desk(who, deed, who, place, texts(event), self.language)
        except TrainerError as error:
            yield self.told(error)
            return
        except Exception:
            log.exception("a deed could not be done")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        async for screen in self.after(who, place, done):
            yield screen

    async def after(self, who: Person, place: Place, done: Done) -> AsyncIterator[Screen]:
        """What a deed leads to."""
        note = views.told(done.note, self.language)
        if done.place is not None:
            async for screen in self.open(who, done.place):
                changed = {self.note: note} if self.note in screen else {}
                if done.about and self.went in screen:
                    changed[self.went] = views.went(done.place, about=done.about, said=self.say("saved"))
                yield {**screen, **changed}
        elif done.page is not None:
            yield {self.page: done.page, self.note: note, self.went: views.went(None)}

    # --- screens

    async def who(self, request: gr.Request) -> Person:
        """Who sent an event, read from his cookie anew: his session may have ended since the page was opened."""
        return await run_in_threadpool(whose, self.desk, request.headers.get("cookie"))

    async def at_desk(self, who: Person, work: Callable[..., Found], *what: object) -> Found:
        """The work done at the desk of somebody's team, in a thread."""
        return await asyncio.to_thread(lambda: work(self.desk.for_team(who), *what))

    def read(self, event: gr.EventData) -> Place:
        """The place an event speaks of; one that is not in this room is its first page."""
        place = read_place(given(event, "place"), self.home)
        return place if place.view in self.pages else Place(self.home)

    def told(self, error: TrainerError, unsaid: str = "") -> Screen:
        """A mistake, said on the page; ``unsaid`` is a line that goes back into the box."""
        said = handlers.explain(error, self.language)
        return {self.note: views.notice(said, self.language, unsaid=unsaid)}

    async def open(self, who: Person, place: Place) -> AsyncIterator[Screen]:
        """The screen of a place."""
        page = await self.found(
            lambda: self.pages[place.view](self.desk.for_team(who), who, place, self.language), place
        )
        yield {**self.around(who, place), self.page: page}

    async def found(self, work: Callable[[], Found], place: Place) -> Found | str:
        """What the work gives, or a page that says why it cannot be shown."""
        try:
            return await asyncio.to_thread(work)
        except NotFound as error:
            return views.missing_page(handlers.explain(error, self.language), self.language, self.root())
        except TrainerError as error:
            return views.failed_page(handlers.explain(error, self.language), place, self.language, self.root())
        except Exception:
            log.exception("a page could not be shown")
            return views.failed_page(self.say("failed"), place, self.language, self.root())

    def around(self, who: Person, place: Place, *, on_the_line: bool = False) -> Screen:
        """Head, no note, and where the page's script is to be."""
        went = views.went(place, on_the_line=on_the_line)
        return {self.head: self.head_of(who, place), self.note: "", self.went: went}


QUIET: dict[str, Any] = {
    "show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private", "postprocess": False
}  # fmt: skip
"""What is shown is HTML already: nothing is left for Gradio to make of it, part by part, in a thread each."""


def given(event: gr.EventData, name: str) -> str:
    """A text the browser sent with an event; anything else counts as nothing."""
    data = event._data
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def texts(event: gr.EventData) -> dict[str, str]:
    """All texts the browser sent with an event."""
    data = event._data
    return {key: value for key, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}
