"""The whole site: a FastAPI parent, the pages of each language mounted in it, downloads, the guard before all."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from trainer.errors import NotFound, TrainerError
from trainer.texts import LANGUAGES, Language
from trainer.web.guard import LOOPBACK, Guard
from trainer.web.handlers import MOST_BYTES, Desk, download, explain
from trainer.web.trainee import SOLO, trainee_room

HERE = Path(__file__).parent
THREADS = 400
YEAR = 365 * 24 * 3600
CLOSED: dict[str, Any] = {"openapi_url": None, "docs_url": None, "redoc_url": None}
FORMS = ("report.html", "report.md", "report.json", "transcript.json")


def build_site(desk: Desk, language: Language | None = None) -> FastAPI:
    """The app, ready to be served; ``language`` is what the bare address opens in when the browser has no wish."""
    app = FastAPI(**CLOSED)
    _add_routes(app, desk, language)
    for one in LANGUAGES:
        room = trainee_room(desk, one)
        room.max_threads = THREADS
        room.queue(default_concurrency_limit=None, max_size=None, api_open=False)
        app = gr.mount_gradio_app(
            app, room, f"/{one}", footer_links=[], run_history=False, show_error=False, enable_monitoring=False,
            ssr_mode=False, pwa=False, mcp_server=False, max_file_size=MOST_BYTES, theme=theme(), app_kwargs=CLOSED,
            css_paths=[HERE / "style.css"],
        )  # fmt: skip
    app.add_middleware(Guard, hosts=LOOPBACK)
    return app


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
    @app.middleware("http")
    async def remember_language(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        here = next((one for one in LANGUAGES if request.url.path == f"/{one}/"), None)
        if here and request.method == "GET":
            response.set_cookie("lang", here, max_age=YEAR, httponly=True, samesite="lax")
        return response

    @app.get("/")
    def open_in_a_language(request: Request) -> RedirectResponse:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{_wished(request, language)}/{query}", status_code=303)

    @app.get("/favicon.ico")
    @app.get("/icon.svg")
    def icon() -> FileResponse:
        return FileResponse(HERE / "icon.svg", media_type="image/svg+xml")

    @app.get("/manifest.json")
    def manifest() -> dict[str, object]:
        return {"name": "Zvonok", "icons": [{"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml"}]}

    @app.get("/calls/{id}/{form}")
    def hand_out(id: str, form: str, request: Request) -> Response:
        try:
            if form not in FORMS:
                raise NotFound("call", form, ())
            name, media, text = download(desk, SOLO, id, form)
        except TrainerError as error:
            status = 404 if isinstance(error, NotFound) else 503
            return PlainTextResponse(explain(error, _wished(request, language)), status_code=status)
        where = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(text, media_type=f"{media}; charset=utf-8", headers={"Content-Disposition": where})


def _wished(request: Request, language: Language | None) -> Language:
    cookie = request.cookies.get("lang")
    for one in LANGUAGES:
        if cookie == one:
            return one
    accepted = request.headers.get("accept-language", "").lower()
    places = {one: accepted.find(one) for one in LANGUAGES if one in accepted}
    return min(places, key=lambda one: places[one]) if places else language or "ru"
