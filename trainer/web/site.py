"""The whole site: a FastAPI parent, both rooms in each language mounted in it, downloads, guard and door before all."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trainer.errors import NotFound, TrainerError
from trainer.team import calibration, log
from trainer.texts import LANGUAGES, Language
from trainer.web.coach.room import coach_room
from trainer.web.coach.routes import add_coach_routes
from trainer.web.door import Door
from trainer.web.downloads import download
from trainer.web.entry import Entrance, add_entrance, home_of, wished
from trainer.web.guard import LOOPBACK, Guard
from trainer.web.handlers import MOST_BYTES, Desk, explain
from trainer.web.streams import Streams
from trainer.web.trainee import trainee_room

HERE = Path(__file__).parent
THREADS = 400
LOOK = 0.004
"""Seconds between two looks for new events in a room."""
YEAR = 365 * 24 * 3600
CLOSED: dict[str, Any] = {"openapi_url": None, "docs_url": None, "redoc_url": None}
STYLES = ("style.css", "people.css", "reviews.css", "team.css")
FORMS = ("report.html", "report.md", "report.json", "transcript.json")


def build_site(
    desk: Desk,
    language: Language | None = None,
    hosts: Iterable[str] = LOOPBACK,
    *,
    any_address: bool = False,
    behind_proxy: bool = False,
) -> FastAPI:
    """The app, ready to be served; ``language`` is what the bare address opens in when the browser has no wish.

    ``hosts`` are the names it is served under, with ``any_address`` also every bare IP address; ``behind_proxy`` says
    that a proxy's X-Forwarded-… headers can be believed.
    """
    app = FastAPI(**CLOSED)
    add_entrance(app, Entrance(desk, language, behind_proxy))
    _add_routes(app, desk, language)
    add_coach_routes(app, desk, language)
    for one in LANGUAGES:
        app = _mounted(app, coach_room(desk, one), f"/coach/{one}")
        app = _mounted(app, trainee_room(desk, one), f"/{one}")
    app.add_middleware(LanguageKept)
    app.add_middleware(Streams)
    app.add_middleware(Door, desk=desk)
    app.add_middleware(Guard, hosts=tuple(hosts), any_address=any_address)
    return app


class LanguageKept:
    """ASGI middleware: opening a room in a language sets the cookie by which the bare address opens in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        here = next((one for one in LANGUAGES if path in (f"/{one}/", f"/coach/{one}/")), None)
        if here is None or scope.get("method") != "GET":
            await self.app(scope, receive, send)
            return

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                made = Response()
                made.set_cookie("lang", here, max_age=YEAR, httponly=True, samesite="lax")
                MutableHeaders(scope=message).append("set-cookie", made.headers["set-cookie"])
            await send(message)

        await self.app(scope, receive, kept)


def _mounted(app: FastAPI, room: gr.Blocks, path: str) -> FastAPI:
    """A room's pages under their address."""
    room.max_threads = THREADS
    room.queue(default_concurrency_limit=None, max_size=None, api_open=False)
    _calm(room)
    mounted: FastAPI = gr.mount_gradio_app(
        app, room, path, footer_links=[], run_history=False, show_error=False, enable_monitoring=False,
        ssr_mode=False, pwa=False, mcp_server=False, max_file_size=MOST_BYTES, theme=theme(), app_kwargs=CLOSED,
        css_paths=[HERE / name for name in STYLES],
    )  # fmt: skip
    return mounted


def _calm(room: gr.Blocks) -> None:
    """What Gradio's queue does beside our work, done less: looking for events, and statistics that nobody sees.

    A thousand looks a second in each of four rooms are a tenth of a core; a table of the last 10,000 events was made
    with pandas after every line that was said.
    """
    queue = room._queue
    queue.sleep_when_free = LOOK
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize


def theme() -> gr.themes.Default:
    """Gradio's own parts in the app's letters and colours; only the whole font files are used (Cyrillic)."""
    made = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="stone",
        radius_size="lg",
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), gr.themes.Font("sans-serif")],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), gr.themes.Font("monospace")],
    )
    return cast(gr.themes.Default, made.set(body_background_fill="#f5f3ee", body_background_fill_dark="#12171b"))


def _add_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    @app.get("/")
    def open_in_a_language(request: Request) -> RedirectResponse:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{home_of(request.state.person, wished(request, language))}{query}", status_code=303)

    @app.get("/coach")
    @app.get("/coach/")
    def open_the_coachs_room(request: Request) -> RedirectResponse:
        return RedirectResponse(f"/coach/{wished(request, language)}/", status_code=303)

    @app.get("/favicon.ico")
    @app.get("/icon.svg")
    def icon() -> FileResponse:
        return FileResponse(HERE / "icon.svg", media_type="image/svg+xml")

    @app.get("/manifest.json")
    def manifest() -> dict[str, object]:
        return {"name": "Zvonok", "icons": [{"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml"}]}

    @app.get("/coach/gold.jsonl")
    def hand_out_gold(request: Request) -> Response:
        try:
            lines = calibration.gold(desk.store, request.state.person)
            log.note(desk.store, request.state.person, "gold_exported", "", desk.now())
        except TrainerError as error:
            return PlainTextResponse(explain(error, wished(request, language)), status_code=403)
        where = {"Content-Disposition": 'attachment; filename="gold.jsonl"'}
        return StreamingResponse((f"{line}\n" for line in lines), media_type="application/x-ndjson", headers=where)

    @app.get("/calls/{id}/{form}")
    def hand_out(id: str, form: str, request: Request) -> Response:
        try:
            if form not in FORMS:
                raise NotFound("call", form, ())
            name, media, text = download(desk.for_team(request.state.person), request.state.person.id, id, form)
        except TrainerError as error:
            status = 404 if isinstance(error, NotFound) else 503
            return PlainTextResponse(explain(error, wished(request, language)), status_code=status)
        where = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(text, media_type=f"{media}; charset=utf-8", headers={"Content-Disposition": where})
