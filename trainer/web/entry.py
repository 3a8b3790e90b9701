"""Coming in and going out: sign-in, invitation and password pages, plain HTML without Gradio."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from trainer.errors import TrainerError
from trainer.store import Person
from trainer.team import accounts, invitations, sessions
from trainer.team.accounts import AccountError
from trainer.team.rights import COACHES
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.web import views
from trainer.web.door import COOKIE, SIGN_IN, address_of, find, session_in
from trainer.web.handlers import Desk, explain

HERE = Path(__file__).parent
MOST_BYTES = 10_000
LONGEST_WAY = 600


@dataclass(frozen=True)
class Entrance:
    """What these pages work with: the desk, the site's own language, whether a proxy's words are believed."""

    desk: Desk
    language: Language | None = None
    behind_proxy: bool = False

    def secure(self, request: Request) -> bool:
        """Whether the browser came by https, so that the cookie may never go another way."""
        forwarded = request.headers.get("x-forwarded-proto", "") if self.behind_proxy else ""
        return (forwarded or request.url.scheme) == "https"

    def let_in(self, request: Request, token: str, to: str) -> Response:
        """Sets the session's cookie, a new one at each sign-in, and leads on; the session before it ends."""
        old = session_in(request.headers.get("cookie"))
        if old:
            sessions.sign_out(self.desk.store, old, self.desk.now())
        response = RedirectResponse(to, status_code=303)
        age = int(sessions.LONGEST)
        response.set_cookie(
            COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=self.secure(request), path="/"
        )
        return response

    def show_out(self, request: Request, to: str) -> Response:
        """Takes the cookie away."""
        response = RedirectResponse(to, status_code=303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=self.secure(request))
        return response


def wished(request: Request, language: Language | None) -> Language:
    """The reader's language: what he asked for, what he used last, what his browser wants, the site's own."""
    asked = (request.query_params.get("lang"), request.cookies.get("lang"))
    for wish in asked:
        for one in LANGUAGES:
            if wish == one:
                return one
    accepted = request.headers.get("accept-language", "").lower()
    places = {one: accepted.find(one) for one in LANGUAGES if one in accepted}
    return min(places, key=lambda one: places[one]) if places else language or "ru"


def home_of(who: Person | None, language: Language) -> str:
    """Where somebody lands: coaches in their room."""
    coach = who is not None and who.login is not None and who.role in COACHES
    return f"/coach/{language}/" if coach else f"/{language}/"


def way(to: str, home: str) -> str:
    """Where to go after signing in: a place within this site that was asked for, else home."""
    inside = any(to.startswith((f"/{one}/", f"/coach/{one}/")) for one in LANGUAGES) or to == "/password"
    return to if inside and len(to) <= LONGEST_WAY and to.isprintable() and "\\" not in to else home


async def fields(request: Request) -> dict[str, str]:
    """What a form sent, each field once; a body that is too long counts as empty."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return {}
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


def page(name: str, request: Request, entrance: Entrance, status: int = 200, **values: object) -> HTMLResponse:
    """One of the pages of ``templates/door``."""
    language = wished(request, entrance.language)
    other = next(one for one in LANGUAGES if one != language)
    query = f"{request.url.path}?lang={other}"
    if to := request.query_params.get("to"):
        query += f"&to={quote(to)}"
    text = views.fill(
        f"door/{name}.html", language, a=room(language, "accounts"), other=other, switch=query,
        least=accounts.SHORTEST, **values,
    )  # fmt: skip
    response = HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie("lang", language, max_age=365 * 24 * 3600, httponly=True, samesite="lax")
    return response


def add_entrance(app: FastAPI, entrance: Entrance) -> None:
    """The routes of the door: /login, /sign-out, /sign-out-everywhere, /password, /invitation/{token}."""
    _add_sign_in(app, entrance)
    _add_password(app, entrance)
    _add_invitation(app, entrance)

    @app.get("/door.css")
    def style() -> FileResponse:
        return FileResponse(HERE / "door.css", media_type="text/css")


def _add_sign_in(app: FastAPI, entrance: Entrance) -> None:
    desk = entrance.desk

    @app.get(SIGN_IN)
    def show_sign_in(request: Request) -> Response:
        language = wished(request, entrance.language)
        who = find(desk, session_in(request.headers.get("cookie")))
        if who is not None:
            return RedirectResponse(way(request.query_params.get("to", ""), home_of(who, language)), status_code=303)
        said = request.query_params.get("said", "")
        told = {"out": "door.signed_out", "changed": "password.changed"}.get(said)
        note = phrase(language, f"accounts.{told}") if told else ""
        return page("login", request, entrance, to=request.query_params.get("to", ""), note=note, mistake="", login="")

    @app.post(SIGN_IN)
    async def do_sign_in(request: Request) -> Response:
        given = await fields(request)
        return await run_in_threadpool(_sign_in, entrance, request, given)

    @app.post("/sign-out")
    def do_sign_out(request: Request) -> Response:
        sessions.sign_out(desk.store, session_in(request.headers.get("cookie")), desk.now())
        return entrance.show_out(request, f"{SIGN_IN}?said=out")

    @app.post("/sign-out-everywhere")
    def do_sign_out_everywhere(request: Request) -> Response:
        who: Person = request.state.person
        if who.login is not None:
            sessions.sign_out_everywhere(desk.store, who, who.id, desk.now())
        return entrance.show_out(request, f"{SIGN_IN}?said=out")


def _sign_in(entrance: Entrance, request: Request, given: dict[str, str]) -> Response:
    desk, language = entrance.desk, wished(request, entrance.language)
    login, to = given.get("login", ""), given.get("to", "")
    address = address_of(request.scope, entrance.behind_proxy)
    try:
        token = sessions.sign_in(desk.store, login, given.get("password", ""), address, desk.now())
    except sessions.SignInRefused as error:
        status = 429 if error.message == "locked" else 401
        mistake = error.text(language)
        return page("login", request, entrance, status, to=to, note="", mistake=mistake, login=login[:64])
    except TrainerError as error:
        return page("login", request, entrance, 503, to=to, note="", mistake=explain(error, language), login=login[:64])
    who = sessions.person_of(desk.store, token, desk.now())
    return entrance.let_in(request, token, way(to, home_of(who, language)))


def _add_password(app: FastAPI, entrance: Entrance) -> None:
    desk = entrance.desk

    @app.get("/password")
    def show_password(request: Request) -> Response:
        who: Person = request.state.person
        if who.login is None:
            return RedirectResponse("/", status_code=303)
        return page("password", request, entrance, who=who, mistake="", home=home_of(who, who.language))

    @app.post("/password")
    async def do_password(request: Request) -> Response:
        given = await fields(request)
        return await run_in_threadpool(change, request, given)

    def change(request: Request, given: dict[str, str]) -> Response:
        who: Person = request.state.person
        if who.login is None:
            return RedirectResponse("/", status_code=303)
        try:
            if given.get("new", "") != given.get("again", ""):
                raise AccountError("passwords_differ")
            old, new = given.get("old", ""), given.get("new", "")
            accounts.change_own_password(desk.store, who, old, new, desk.now())
        except TrainerError as error:
            mistake = explain(error, wished(request, entrance.language))
            home = home_of(who, who.language)
            return page("password", request, entrance, 400, who=who, mistake=mistake, home=home)
        return entrance.show_out(request, f"{SIGN_IN}?said=changed")


def _add_invitation(app: FastAPI, entrance: Entrance) -> None:
    desk = entrance.desk

    @app.get("/invitation/{token}")
    def show_invitation(token: str, request: Request) -> Response:
        return invitation(token, request, {}, "")

    def invitation(token: str, request: Request, given: dict[str, str], mistake: str) -> Response:
        try:
            found = invitations.open_invitation(desk.store, token, desk.now())
        except TrainerError as error:
            told = explain(error, wished(request, entrance.language))
            return page("invitation", request, entrance, 404, found=None, mistake=told, given=given)
        status = 400 if mistake else 200
        return page("invitation", request, entrance, status, found=found, mistake=mistake, given=given)

    @app.post("/invitation/{token}")
    async def do_accept(token: str, request: Request) -> Response:
        given = await fields(request)
        return await run_in_threadpool(accept, token, request, given)

    def accept(token: str, request: Request, given: dict[str, str]) -> Response:
        language = wished(request, entrance.language)
        password = given.get("password", "")
        kept = {"name": given.get("name", "")[:80], "login": given.get("login", "")[:64]}
        try:
            if password != given.get("again", ""):
                raise AccountError("passwords_differ")
            now = desk.now()
            session = invitations.accept(desk.store, token, kept["name"], kept["login"], password, language, now)
        except TrainerError as error:
            return invitation(token, request, kept, explain(error, language))
        return entrance.let_in(request, session, home_of(find(desk, session), language))
