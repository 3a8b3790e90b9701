"""The trainee's room: layout and wiring; what is shown comes from handlers and views."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from trainer.errors import TrainerError
from trainer.store import Person
from trainer.texts import Language
from trainer.web import handlers, onair, sheets, views
from trainer.web.deeds import DEEDS, Done
from trainer.web.handlers import Desk, Line, Said
from trainer.web.pages import PAGES
from trainer.web.places import Place, read_place
from trainer.web.prepare import aids_of, plan_of
from trainer.web.rhythm import spoken
from trainer.web.rooms import QUIET, Room, Screen, given

log = logging.getLogger(__name__)
RINGS = 1.4
FRESH = 6.0
"""Seconds of talk within which the client's first words are still being said."""
LOOK_AGAIN = 0.4
"""Seconds between two looks at how far an import is."""
FILE_TYPES = [".txt", ".md", ".json", ".jsonl", ".csv", ".vtt", ".srt"]

OnAir = tuple[int, str]
"""A person's number and his call's id: nobody's event can touch another one's talk."""


class TraineeRoom(Room):
    """The trainee's pages and the line he talks on."""

    def __init__(self, desk: Desk, language: Language) -> None:
        super().__init__(desk, language, PAGES, DEEDS, "choose")
        self.newest: dict[OnAir, int] = {}
        """The number of turns of a call when its newest line was said; an older reply stops speaking."""
        self.heard: dict[OnAir, str] = {}
        """What was heard so far of the words a client is saying at this moment."""
        self.hints: dict[OnAir, str] = {}
        """A hint that was asked for while the client speaks; it stays when he has ended."""

    def root(self) -> str:
        return f"/{self.language}/"

    def head_of(self, who: Person, place: Place) -> str:
        return views.head(place, self.language, who)

    def lay_out_more(self) -> list[Any]:
        with gr.Column(visible=False, elem_id="call") as self.call:
            self.phone = self.html("", "phone")
            self.talk = self.html("", "talk")
            self.speech = self.html("", "speech")
            self.aside = self.html("", "aside")
            self.html(views.composer(self.language), "say")
        with gr.Column(visible=False, elem_id="import-form") as self.form:
            self._lay_out_import()
        return [self.call, self.phone, self.talk, self.speech, self.aside, self.form]

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
        self.read_it = gr.Button(self.say("import.go"), variant="primary", elem_id="import-go")

    def wire(self, router: gr.HTML) -> None:
        super().wire(router)
        on_the_line = [self.note, self.phone, self.talk, self.speech, self.aside]
        router.click(self.on_start, None, self.everything, **QUIET)
        router.submit(self.on_say, None, on_the_line, **QUIET)
        router.stop(self.on_hang_up, None, self.everything, **QUIET)
        self.read_it.click(
            self.on_import, [self.text, self.file, self.kind], [*self.everything, self.text, self.file],
            show_progress="minimal", show_progress_on=self.read_it, api_visibility="private", postprocess=False,
        )  # fmt: skip

    # --- events

    async def on_start(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """«Позвонить» or «Ответить» was pressed."""
        place = self.read(event)
        try:
            who = await self.who(request)
            talk = place.talk or self.language
            ready = (plan_of(place), aids_of(place))
            id = await self.at_desk(who, handlers.start, who.id, place.id, talk, place.difficulty, *ready)
        except TrainerError as error:
            yield self.told(error)
            return
        except Exception:
            log.exception("a call could not be started")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        async for screen in self.open(who, Place("call", id)):
            yield screen

    async def on_say(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """The seller said a line: it is stored with the client's answer first, and then heard."""
        id, text = read_place(given(event, "place")).id, given(event, "text")
        heard: asyncio.Queue[str] = asyncio.Queue()
        streams = self.desk.streams
        loop = asyncio.get_running_loop()
        since = loop.time()

        def hear(piece: str) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, piece)

        mine: OnAir = (0, id)
        mark = -1
        try:
            who = await self.who(request)
            mine = (who.id, id)
            mark = self.newest.get(mine, 0)
            if mine in self.heard:
                mark = self.newest[mine] = mark + 1
                await self.at_desk(who, onair.cut_short, who.id, id, self.heard.pop(mine))
            shown = await self._before_the_answer(who, id) if streams else {}
            saying = asyncio.create_task(self.at_desk(who, handlers.say, who.id, id, text, hear if streams else None))
            if streams:
                async for words in _as_heard(heard, saying):
                    if self.newest.get(mine, 0) != mark:
                        break  # he was cut off, and who did it shows the talk from here on
                    if words:
                        self.heard[mine] = words
                    yield {**shown, self.speech: views.speech(words, self.language)}
            said = await saying
        except TrainerError as error:
            yield self.told(error, unsaid=text)
            return
        except Exception:
            log.exception("a line could not be said")
            yield {self.note: views.notice(self.say("failed"), self.language, unsaid=text)}
            return
        finally:
            if streams and self.newest.get(mine, 0) == mark:
                self.heard.pop(mine, None)
        if streams:
            if self.newest.get(mine, 0) == mark:
                yield {**shown, **self._spoken(said.line)}
            return
        async for screen in self._answered(said, since):
            yield screen

    async def after(self, who: Person, place: Place, done: Done) -> AsyncIterator[Screen]:
        if done.aside is not None:
            mine = (who.id, place.id)
            if mine in self.heard:
                self.hints[mine] = done.aside
            yield {self.aside: done.aside, self.note: ""}
        elif done.said is not None:
            async for screen in self._answered(done.said, asyncio.get_running_loop().time()):
                yield screen
        else:
            async for screen in super().after(who, place, done):
                yield screen

    async def on_hang_up(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """«Положить трубку» was pressed; nothing is asked."""
        place = self.read(event)
        try:
            who = await self.who(request)
            await self.at_desk(who, handlers.hang_up, who.id, place.id)
        except TrainerError as error:
            yield self.told(error)
            return
        except Exception:
            log.exception("the line could not be dropped")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        self.newest.pop((who.id, place.id), None)
        self.heard.pop((who.id, place.id), None)
        self.hints.pop((who.id, place.id), None)
        async for screen in self.open(who, place):
            yield screen

    async def on_import(
        self, text: str | None, file: str | None, kind: str | None, request: gr.Request
    ) -> AsyncIterator[Screen]:
        """«Разобрать» was pressed on the form for recordings."""
        path = Path(file) if file else None
        try:
            who = await self.who(request)
            far: list[tuple[int, int]] = []
            asked = (who.id, text or "", path, kind or "", lambda done, total: far.append((done, total)))
            grading = asyncio.create_task(self.at_desk(who, handlers.import_any, *asked))
            async for done, total in _as_done(far, grading):
                yield {self.note: views.going(done, total, self.language)}
            found = grading.result()
        except TrainerError as error:
            yield self.told(error)
            return
        except Exception:
            log.exception("a recording could not be imported")
            yield {self.note: views.notice(self.say("failed"), self.language)}
            return
        if path:
            path.unlink(missing_ok=True)
        one = len(found.calls) == 1 and not found.mistakes
        async for screen in self.open(who, Place("call", found.calls[0]) if one else Place("calls")):
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

    async def open(self, who: Person, place: Place) -> AsyncIterator[Screen]:
        found = await self.found(lambda: self._line_or_page(who, place), place)
        if isinstance(found, Line):
            async for screen in self._on_the_line(who, place, found):
                yield screen
            return
        yield {
            **self.around(who, place),
            self.page: found,
            self.call: gr.update(visible=False),
            self.form: gr.update(visible=place.view == "import"),
            self.phone: "",
            self.talk: "",
            self.speech: "",
            self.aside: "",
        }

    def _line_or_page(self, who: Person, place: Place) -> Line | str:
        if place.view == "call" and self.desk.store.load_call(place.id, who.id).ended is None:
            return handlers.open_line(self.desk.for_team(who), who.id, place.id)
        return self.pages[place.view](self.desk.for_team(who), who, place, self.language)

    async def _on_the_line(self, who: Person, place: Place, line: Line) -> AsyncIterator[Screen]:
        opening = len(line.turns) == 1 and line.elapsed < FRESH
        self.heard.pop((who.id, line.call.id), None)
        shown = {
            **self.around(who, place, on_the_line=True),
            self.page: "",
            self.phone: views.phone(line, self.language),
            self.talk: views.talk(line, self.language, unheard=1 if opening else 0),
            self.speech: views.speech("", self.language, ringing=True) if opening else "",
            self.aside: "" if opening else self._beside(line),
        }
        yield {**shown, self.call: gr.update(visible=True), self.form: gr.update(visible=False)}
        if opening:
            if line.persona.call.direction == "outbound":
                await asyncio.sleep(RINGS * self.desk.pace)
            first = line.turns[0]
            since = asyncio.get_running_loop().time()
            async for screen in self._speak(line, getattr(first, "text", ""), shown, since):
                yield screen

    async def _before_the_answer(self, who: Person, id: str) -> Screen:
        """What stands around the client's words while a model still finds them; the talk waits for the stored line."""
        line = await self.at_desk(who, handlers.open_line, who.id, id)
        return {self.note: "", self.phone: views.phone(line, self.language), self.aside: ""}

    async def _answered(self, said: Said, since: float) -> AsyncIterator[Screen]:
        """The client's answer to a line or an action, heard as he says it."""
        unheard = len(said.line.turns) - said.heard
        shown: Screen = {
            self.note: "",
            self.phone: views.phone(said.before, self.language),
            self.talk: views.talk(said.line, self.language, unheard=unheard),
            self.speech: views.speech("", self.language) if said.reply else "",
            self.aside: "",
        }
        yield shown
        async for screen in self._speak(said.line, said.reply, shown, since):
            yield screen

    async def _speak(self, line: Line, words: str, shown: Screen, since: float) -> AsyncIterator[Screen]:
        """The client's words as they are due; all that is ``shown`` goes with each of them.

        Gradio makes a component that is left out of an update anew, which costs more than its value.
        """
        id, number = (line.call.owner, line.call.id), len(line.turns)
        self.newest[id] = max(number, self.newest.get(id, 0))
        self.hints.pop(id, None)
        if words:
            self.heard[id] = ""
        try:
            async for so_far in spoken(words, self.desk.pace, since):
                if self.newest.get(id) != number:
                    return
                if so_far == words:
                    break  # the last words stand in the talk at once
                self.heard[id] = so_far
                aside = self.hints.get(id, shown[self.aside])
                yield {**shown, self.speech: views.speech(so_far, self.language), self.aside: aside}
        finally:  # also when the page is closed in mid-speech: who comes back reads it all, nobody is cut off
            if self.newest.get(id) == number:
                self.heard.pop(id, None)
        yield {**shown, **self._spoken(line)}

    def _spoken(self, line: Line) -> Screen:
        """The screen once the client's words have all been heard."""
        mine = (line.call.owner, line.call.id)
        hint = "" if onair.pending(line) or line.over else self.hints.pop(mine, "")
        last: Screen = {
            self.talk: views.talk(line, self.language),
            self.speech: "",
            self.aside: hint or self._beside(line),
        }
        if line.over:
            self.newest.pop(mine, None)
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


async def _as_done(far: Sequence[tuple[int, int]], grading: "asyncio.Task[Any]") -> AsyncIterator[tuple[int, int]]:
    """How many of several recordings are done, each time that it is one more, until all are."""
    shown = 0
    while not grading.done():
        await asyncio.wait((grading,), timeout=LOOK_AGAIN)
        if len(far) > shown and far[-1][1] > 1:
            shown = len(far)
            yield far[shown - 1]


def trainee_room(desk: Desk, language: Language) -> gr.Blocks:
    """The trainee's pages in one language."""
    return TraineeRoom(desk, language).lay_out()
