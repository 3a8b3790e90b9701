"""Addresses of the coach's room that are no pages: uploads, how far one is, a draft checked as it is typed, exports."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from trainer import drafts
from trainer.definitions import Kind
from trainer.drafts import Draft
from trainer.errors import NotFound, TrainerError
from trainer.store import Person
from trainer.team import exports, intake, log, materials, unpacked
from trainer.team.exports import FORMS, MEDIA, WHATS, Form, Wanted, What
from trainer.team.intake import IntakeError
from trainer.team.materials import KINDS
from trainer.team.rights import Forbidden, check_coach
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.web.coach.intake import progress_html, worker_of
from trainer.web.coach.materials import mistakes_html
from trainer.web.coach.team import SPANS
from trainer.web.entry import wished
from trainer.web.handlers import Desk, explain

MOST_UPLOAD = 40_000_000
MOST_FORM = 700_000
Work = Callable[[], Awaitable[Response]]


def add_coach_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    """Puts the addresses on the site; each asks for the right itself, whatever the door did before."""

    @app.post("/coach/check")
    async def check_draft(request: Request) -> Response:
        return await _answered(request, language, lambda: _check(desk, request))

    @app.post("/coach/intake")
    async def upload(request: Request) -> Response:
        return await _answered(request, language, lambda: _upload(desk, request, language))

    @app.get("/coach/intake/{id}")
    async def progress(id: str, request: Request) -> Response:
        return await _answered(request, language, lambda: _progress(desk, request, id))

    @app.get("/coach/export/{what}.{form}")
    async def export(what: str, form: str, request: Request) -> Response:
        return await _answered(request, language, lambda: _export(desk, request, what, form, language))


async def _answered(request: Request, language: Language | None, work: Work) -> Response:
    """What the work gives; a mistake as its message with a fitting status."""
    spoken = _spoken(request, language)
    try:
        check_coach(request.state.person)
        return await work()
    except NotFound as error:
        return PlainTextResponse(explain(error, spoken), status_code=404)
    except Forbidden as error:
        return PlainTextResponse(explain(error, spoken), status_code=403)
    except TrainerError as error:
        return PlainTextResponse(explain(error, spoken), status_code=400)


def _spoken(request: Request, language: Language | None) -> Language:
    asked = request.query_params.get("lang")
    return next((one for one in LANGUAGES if one == asked), None) or wished(request, language)


async def _check(desk: Desk, request: Request) -> Response:
    if int(request.headers.get("content-length") or MOST_FORM + 1) > MOST_FORM:
        raise IntakeError("too_big", most=MOST_FORM // 1000)
    async with request.form(max_part_size=MOST_FORM) as form:
        given = {name: value for name, value in form.items() if isinstance(value, str)}
    who: Person = request.state.person
    kind: Kind | None = next((one for one in KINDS if one == given.get("kind")), None)
    if kind is None:
        raise NotFound("material", given.get("kind", "")[:40], KINDS)
    draft = Draft(kind, given.get("text", "").replace("\r\n", "\n"))
    found = await run_in_threadpool(lambda: drafts.mistakes(draft, materials.companies(desk.store, who.team)))
    return HTMLResponse(mistakes_html(found, _spoken(request, None)))


async def _upload(desk: Desk, request: Request, language: Language | None) -> Response:
    size = request.headers.get("content-length")
    if size is None or not size.isdecimal() or int(size) > MOST_UPLOAD:
        raise IntakeError("upload_too_big", most=MOST_UPLOAD // 1_000_000)
    spoken = _spoken(request, language)
    async with request.form(max_files=unpacked.MOST_FILES + 1, max_fields=5) as form:
        sent = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
        who: Person = request.state.person

        def files() -> Iterator[tuple[str, bytes]]:
            for one in sent:
                one.file.seek(0)
                yield one.filename or "", one.file.read(MOST_UPLOAD)

        id = await run_in_threadpool(lambda: intake.take_in(desk.store, who, unpacked.opened(files()), desk.now()))
    return RedirectResponse(f"/coach/{spoken}/?view=intake&batch={quote(id)}", status_code=303)


async def _progress(desk: Desk, request: Request, id: str) -> Response:
    found = await run_in_threadpool(lambda: intake.found(desk.store, request.state.person, id))
    if found.state == "running":
        worker_of(desk).wake()
    return HTMLResponse(progress_html(found, _spoken(request, None)), headers={"X-State": found.state})


async def _export(desk: Desk, request: Request, what: str, form: str, language: Language | None) -> Response:
    wanted_what: What | None = next((one for one in WHATS if one == what), None)
    wanted_form: Form | None = next((one for one in FORMS if one == form), None)
    if wanted_what is None or wanted_form is None:
        raise NotFound("call", f"{what}.{form}"[:40], ())
    who: Person = request.state.person
    spoken, wanted = _spoken(request, language), _wanted(request, desk.now())
    await run_in_threadpool(lambda: log.note(desk.store, who, "exported", f"{what}.{form}", desk.now()))
    day = f"{datetime.fromtimestamp(desk.now()):%Y-%m-%d}"
    name = f"{room(spoken, 'exports')['files'][what]}-{day}.{form}"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    path = await run_in_threadpool(lambda: _written(desk, who, wanted_what, wanted_form, wanted, spoken))
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=MEDIA[wanted_form], headers=headers, background=gone)


def _written(desk: Desk, who: Person, what: What, form: Form, wanted: Wanted, language: Language) -> Path:
    """The export in a file of its own, written row by row in one thread."""
    with tempfile.NamedTemporaryFile(suffix=f".{form}", delete=False) as made:
        path = Path(made.name)
    try:
        if form == "xlsx":
            rows = exports.table(desk.store, who, what, wanted, language)
            exports.write_xlsx(rows, path, phrase(language, f"exports.{what}.title"))
            return path
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(exports.chunks(desk.store, who, what, form, wanted, language))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _wanted(request: Request, now: float) -> Wanted:
    asked = request.query_params
    weeks = asked.get("weeks")
    return Wanted(
        _number(asked.get("person", "")),
        _day(asked.get("since", "")),
        _day(asked.get("until", ""), after=True),
        _number(asked.get("team", "")),
        None if weeks is None else SPANS.get(weeks),
        now,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 15 else None


def _day(text: str, *, after: bool = False) -> float | None:
    try:
        return datetime.fromisoformat(text[:10]).timestamp() + (86_400 if after else 0) if text else None
    except (ValueError, OverflowError, OSError):
        return None
