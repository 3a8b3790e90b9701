"""The door: who a request comes from, what is open to whom, before any page or route is asked."""

import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trainer.errors import TrainerError
from trainer.store import Person
from trainer.team import accounts, sessions
from trainer.team.rights import COACHES
from trainer.texts import LANGUAGES, Language, phrase
from trainer.web.handlers import Desk

COOKIE = "zvonok_session"
SOLO = 1
"""The one person of solo mode."""
LONGEST_COOKIE = 200
SIGN_IN = "/login"
OPEN = re.compile(
    rf"/(login|door\.css|icon\.svg|favicon\.ico|manifest\.json|invitation/[^/]+"
    rf"|(coach/)?({'|'.join(LANGUAGES)})/(assets|static)/.+)"
)
"""What needs no login: coming in, and files that are the same for everybody."""


class SignedOut(TrainerError):
    """A session has ended while its page was open."""

    def text(self, language: Language) -> str:
        return phrase(language, "accounts.door.ended")


def session_in(cookie: str | None) -> str:
    """The token in a ``Cookie`` header; empty where there is none that could be one."""
    try:
        found = SimpleCookie(cookie or "").get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and len(found.value) <= LONGEST_COOKIE else ""


def whose(desk: Desk, cookie: str | None) -> Person:
    """The person of a ``Cookie`` header; with no accounts the one person of solo mode. Raises SignedOut."""
    who = find(desk, session_in(cookie))
    if who is None:
        raise SignedOut("ended")
    return who


def find(desk: Desk, token: str) -> Person | None:
    """The person of a session's token, or of solo mode; ``None`` for somebody who has to sign in."""
    if token and (who := sessions.person_of(desk.store, token, desk.now())):
        return who
    return None if desk.accounts_only or accounts.exist(desk.store) else desk.store.person(SOLO)


def address_of(scope: Scope, behind_proxy: bool) -> str:
    """Where a request comes from, as far as it can be known."""
    forwarded = Headers(scope=scope).get("x-forwarded-for", "") if behind_proxy else ""
    client = scope.get("client")
    return (forwarded.rpartition(",")[2].strip() or (client[0] if client else ""))[:80]


class Door:
    """ASGI middleware: lets nobody in who has to sign in, no trainee into the coach's room; notes who came."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self.desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if not OPEN.fullmatch(path):
            headers = Headers(scope=scope)
            who = await run_in_threadpool(find, self.desk, session_in(headers.get("cookie")))
            refusal = self._refusal(scope, headers, path, who)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
            scope.setdefault("state", {})["person"] = who
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, path: str, who: Person | None) -> Response | None:
        page = scope.get("method") in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
        if who is None:
            if not page:
                return PlainTextResponse("Sign in first.\n", status_code=401)
            query = scope.get("query_string", b"").decode("latin-1")
            return RedirectResponse(f"{SIGN_IN}?to={quote(path + ('?' + query if query else ''))}", status_code=303)
        if path.startswith("/coach") and who.role not in COACHES:
            if page:
                spoken = next((one for one in LANGUAGES if path.startswith(f"/coach/{one}")), who.language)
                return RedirectResponse(f"/{spoken}/", status_code=303)
            return PlainTextResponse("This is not for you.\n", status_code=403)
        return None
