"""The trainee's room: layout and wiring; what is shown comes from handlers and views."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr

from trainer.errors import NotFound, TrainerError
from trainer.texts import Language, phrase
from trainer.web import handlers, onair, pages, sheets, views
from trainer.web.deeds import DEEDS, Done
from trainer.web.handlers import Desk, Line
from trainer.web.places import Place, read_place
from trainer.web.prepare import aids_of, plan_of
from trainer.web.rhythm import rhythm

log = logging.getLogger(__name__)
SOLO = 1
"""The one person of solo mode; with accounts it is the person of the session."""
RINGS = 1.4
FRESH = 6.0
"""Seconds of talk within which the client's first words are still being said."""
PAGE_JS = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
FILE_TYPES = [".txt", ".md", ".json", ".jsonl", ".csv", ".vtt", ".srt"]

Screen = dict[Any, Any]


class Room:
    """One person's pages in one language: the components of the layout, and what each event does to them."""

    def __init__(self, desk: Desk, language: Language) -> None:
        self.desk = desk
        self.language = language
        self.newest: dict[str, int] = {}
        """The number of turns of a call when its newest line was said; an older reply stops speaking."""
        self.heard: dict[str, str] = {}
        """What was heard so far of the words a client is saying at this moment."""

    def say(self, key: str, **values: object) -> str:
        """A text of this room."""
        return phrase(self.language, f"web.{key}", **values)

    def lay_out(self) -> gr.Blocks:
        """The page and its events."""
        ui = gr.Blocks(title=self.say("brand"), fill_width=True, analytics_enabled=False)
        with ui:
            self.head = self._html(views.head(Place(), self.language), "head")
            self.note = self._html("", "note")
            self.page = self._html(views.waiting(self.language), "page")
            with gr.Column(visible=False, elem_id="call") as self.call:
                self.phone = self._html("", "phone")
                self.talk = self._html("", "talk")
                self.speech = self._html("", "speech")
                self.aside = self._html("", "aside")
                self._html(views.composer(self.language), "say")
            with gr.Column(visible=False, elem_id="import-form") as self.form:
                self._lay_out_import()
            self.went = self._html("", "went")
            router = gr.HTML("", elem_id="router", js_on_load=PAGE_JS, apply_default_css=False)
            self._wire(router)
        return ui

    def _html(self, value: str, id: str) -> gr.HTML:
        return gr.HTML(value, elem_id=id, js_on_load=None, apply_default_css=False)

    def _lay_out_import(self) -> None:
        kinds = [(one.name[self.language], one.id) for one in self.desk.rubrics() if one.id != "general"]
        self.text = gr.Textbox(
            label=self.say("import.text"), placeholder=self.say("import.placeholder"), info=self.say("import.how"),
            lines=9, max_lines=24, elem_id="import-text",
        )  # fmt: skip
        self.file = gr.File(label=f"{self.say('import.file')}: {self.say('import.file_hint')}", file_types=FILE_TYPES,
                            type="filepath", height=170, elem_id="import-file")  # fmt: skip
        self.kind = gr.Dropdown([(self.say("import.auto"), ""), *kinds], value="", label=self.say("import.kind"),
                                elem_id="import-kind")  # fmt: skip
        self.read = gr.Button(self.say("import.go"), variant="primary", elem_id="import-go")

    def _wire(self, router: gr.HTML) -> None:
        on_the_line = [self.note, self.phone, self.talk, self.speech, self.aside]
        everything = [*on_the_line, self.head, self.page, self.call, self.form, self.went]
        quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
        router.select(self.on_open, None, everything, **quiet)
        router.click(self.on_start, None, everything, **quiet)
        router.submit(self.on_say, None, on_the_line, **quiet)
        router.stop(self.on_hang_up, None, everything, **quiet)
        router.input(self.on_deed, None, everything, **quiet)
        self.read.click(
            self.on_import, [self.text, self.file, self.kind], [*everything, self.text, self.file],
            show_progress="minimal", show_progress_on=self.read, api_visibility="private",
        )  # fmt: skip

    # --- events

    async def on_open(self, event: gr.EventData) -> AsyncIterator[Screen]:
        """A place was gone to: by a link, by the address, by Back."""
        async for screen in self._open(read_place(_given(event, "place"))):
            yield screen

    async def on_start(self, event: gr.EventData) -> AsyncIterator[Screen]:
        """«Позвонить» or «Ответить» was pressed."""
        place = read_place(_given(event, "place"))
        try:
            talk = place.talk or self.language
            ready = (plan_of(place), aids_of(place))
            id = await asyncio.to_thread(handlers.start, self.desk, SOLO, place.id, talk, place.difficulty, *ready)
        except TrainerError as error:
            yield {self.note: views.notice(handlers.explain(error, self.language), self.language)}
            return
        except Exception:
            log.exception("a call could not be started")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        async for screen in self._open(Place("call", id)):
            yield screen

    async def on_say(self, event: gr.EventData) -> AsyncIterator[Screen]:
        """The seller said a line: it is stored with the client's answer first, and then heard."""
        id, text = read_place(_given(event, "place")).id, _given(event, "text")
        heard: asyncio.Queue[str] = asyncio.Queue()
        streams = self.desk.streams
        loop = asyncio.get_running_loop()

        def hear(piece: str) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, piece)

        try:
            if id in self.heard:
                self.newest[id] = self.newest.get(id, 0) + 1
                await asyncio.to_thread(onair.cut_short, self.desk, SOLO, id, self.heard.pop(id))
            saying = asyncio.create_task(
                asyncio.to_thread(handlers.say, self.desk, SOLO, id, text, hear if streams else None)
            )
            if streams:
                async for words in _as_heard(heard, saying):
                    yield {self.speech: views.speech(words, self.language)}
            said = await saying
        except TrainerError as error:
            yield {self.note: views.notice(handlers.explain(error, self.language), self.language, unsaid=text)}
            return
        except Exception:
            log.exception("a line could not be said")
            yield {self.note: views.notice(self.say("failed"), self.language, unsaid=text)}
            return
        if streams:
            yield {self.note: "", **self._spoken(said.line)}
            return
        unheard = len(said.line.turns) - said.heard
        yield {
            self.note: "",
            self.talk: views.talk(said.line, self.language, unheard=unheard),
            self.speech: views.speech("", self.language),
            self.aside: "",
        }
        async for screen in self._speak(said.line, said.reply):
            yield screen

    async def on_deed(self, event: gr.EventData) -> AsyncIterator[Screen]:
        """A button beside the talk was pressed: a hint, an interruption, a rewind, an exercise."""
        place, deed = read_place(_given(event, "place")), DEEDS.get(_given(event, "do"))
        if deed is None:
            return
        try:
            done = await asyncio.to_thread(deed, self.desk, SOLO, place, _texts(event), self.language)
        except TrainerError as error:
            yield {self.note: views.notice(handlers.explain(error, self.language), self.language)}
            return
        except Exception:
            log.exception("a deed could not be done")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        async for screen in self._after(done):
            yield screen

    async def _after(self, done: Done) -> AsyncIterator[Screen]:
        if done.place is not None:
            async for screen in self._open(done.place):
                yield screen
        elif done.page is not None:
            yield {self.page: done.page, self.note: "", self.went: views.went(None)}
        elif done.aside is not None:
            yield {self.aside: done.aside, self.note: ""}
        elif done.said is not None:
            line = done.said.line
            unheard = len(line.turns) - done.said.heard
            yield {self.note: "", self.aside: "", self.talk: views.talk(line, self.language, unheard=unheard)}
            async for screen in self._speak(line, done.said.reply):
                yield screen

    async def on_hang_up(self, event: gr.EventData) -> AsyncIterator[Screen]:
        """«Положить трубку» was pressed; nothing is asked."""
        place = read_place(_given(event, "place"))
        try:
            await asyncio.to_thread(handlers.hang_up, self.desk, SOLO, place.id)
        except TrainerError as error:
            yield {self.note: views.notice(handlers.explain(error, self.language), self.language)}
            return
        except Exception:
            log.exception("the line could not be dropped")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        self.newest.pop(place.id, None)
        self.heard.pop(place.id, None)
        async for screen in self._open(place):
            yield screen

    async def on_import(self, text: str | None, file: str | None, kind: str | None) -> AsyncIterator[Screen]:
        """«Разобрать» was pressed on the form for recordings."""
        path = Path(file) if file else None
        try:
            found = await asyncio.to_thread(handlers.import_any, self.desk, SOLO, text or "", path, kind or "")
        except TrainerError as error:
            yield {self.note: views.notice(handlers.explain(error, self.language), self.language)}
            return
        except Exception:
            log.exception("a recording could not be imported")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        if path:
            path.unlink(missing_ok=True)
        one = len(found.calls) == 1 and not found.mistakes
        async for screen in self._open(Place("call", found.calls[0]) if one else Place("calls")):
            yield screen
        yield {self.note: self._about_import(found), self.text: "", self.file: None}

    def _about_import(self, found: handlers.Imported) -> str:
        if not found.mistakes and not found.too_many:
            return ""
        parts = [self.say("import.several", good=len(found.calls))]
        parts += [self.say("import.broken", bad=len(found.mistakes))] if found.mistakes else []
        parts += [handlers.explain(mistake, self.language) for mistake in found.mistakes[:3]]
        parts += [self.say("import.too_many", most=handlers.MOST_CALLS)] if found.too_many else []
        return views.notice(" ".join(parts), self.language)

    # --- screens

    async def _open(self, place: Place) -> AsyncIterator[Screen]:
        try:
            if place.view == "call":
                line = await asyncio.to_thread(self._line, place)
                if line is not None:
                    async for screen in self._on_the_line(place, line):
                        yield screen
                    return
            page = await asyncio.to_thread(self._page, place)
        except NotFound as error:
            page = views.missing_page(handlers.explain(error, self.language), self.language)
        except TrainerError as error:
            page = views.failed_page(handlers.explain(error, self.language), place, self.language)
        except Exception:
            log.exception("a page could not be shown")
            page = views.failed_page(self.say("failed"), place, self.language)
        yield {
            **self._around(place),
            self.page: page,
            self.call: gr.update(visible=False),
            self.form: gr.update(visible=place.view == "import"),
            self.phone: "",
            self.talk: "",
            self.speech: "",
            self.aside: "",
        }

    def _line(self, place: Place) -> Line | None:
        call = self.desk.store.load_call(place.id, SOLO)
        return handlers.open_line(self.desk, SOLO, place.id) if call.ended is None else None

    def _page(self, place: Place) -> str:
        return pages.page(self.desk, SOLO, place, self.language)

    def _around(self, place: Place, *, on_the_line: bool = False) -> Screen:
        went = views.went(place, on_the_line=on_the_line)
        return {self.head: views.head(place, self.language), self.note: "", self.went: went}

    async def _on_the_line(self, place: Place, line: Line) -> AsyncIterator[Screen]:
        opening = len(line.turns) == 1 and line.elapsed < FRESH
        self.heard.pop(line.call.id, None)
        yield {
            **self._around(place, on_the_line=True),
            self.page: "",
            self.call: gr.update(visible=True),
            self.form: gr.update(visible=False),
            self.phone: views.phone(line, self.language),
            self.talk: views.talk(line, self.language, unheard=1 if opening else 0),
            self.speech: views.speech("", self.language, ringing=True) if opening else "",
            self.aside: "" if opening else self._beside(line),
        }
        if opening:
            if line.persona.call.direction == "outbound":
                await asyncio.sleep(RINGS * self.desk.pace)
            first = line.turns[0]
            async for screen in self._speak(line, getattr(first, "text", "")):
                yield screen

    async def _speak(self, line: Line, words: str) -> AsyncIterator[Screen]:
        id, number = line.call.id, len(line.turns)
        self.newest[id] = max(number, self.newest.get(id, 0))
        if words:
            self.heard[id] = ""
        try:
            for wait, so_far in rhythm(words, self.desk.pace) if words else ():
                await asyncio.sleep(wait)
                if self.newest.get(id) != number:
                    return
                self.heard[id] = so_far
                yield {self.speech: views.speech(so_far, self.language)}
        finally:  # also when the page is closed in mid-speech: who comes back reads it all, nobody is cut off
            if self.newest.get(id) == number:
                self.heard.pop(id, None)
        yield self._spoken(line)

    def _spoken(self, line: Line) -> Screen:
        """The screen once the client's words have all been heard."""
        last: Screen = {self.talk: views.talk(line, self.language), self.speech: "", self.aside: self._beside(line)}
        if line.over:
            self.newest.pop(line.call.id, None)
        if line.over or onair.feeling(line) is not None:
            last[self.phone] = views.phone(line, self.language)
        return last

    def _beside(self, line: Line) -> str:
        return sheets.aside(onair.aside(line), self.language)


async def _as_heard(heard: "asyncio.Queue[str]", saying: "asyncio.Task[Any]") -> AsyncIterator[str]:
    """The words so far, first none, and again each time more of them were heard, until the line is said."""
    words = ""
    yield words
    while not saying.done():
        coming = asyncio.create_task(heard.get())
        try:
            await asyncio.wait((coming, saying), return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                words += coming.result()
                yield words
        finally:
            coming.cancel()


def _given(event: gr.EventData, name: str) -> str:
    """A text the browser sent with an event; anything else counts as nothing."""
    data = event._data
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def _texts(event: gr.EventData) -> dict[str, str]:
    """All texts the browser sent with an event."""
    data = event._data
    return {key: value for key, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}


def trainee_room(desk: Desk, language: Language) -> gr.Blocks:
    """The trainee's pages in one language."""
    return Room(desk, language).lay_out()
