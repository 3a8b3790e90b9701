"""What stands before every request: only this host, only this site's own pages, and strict headers on every answer."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; connect-src 'self' blob: data:; "
    "font-src 'self' data:; form-action 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SAFE = ("GET", "HEAD", "OPTIONS")


def host_of(address: str) -> str:
    """The host of ``host:port``, without the brackets of an IPv6 address; empty for what is no address."""
    try:
        return urlsplit(f"//{address}").hostname or ""
    except ValueError:
        return ""


def is_address(host: str) -> bool:
    """Whether a host is a bare IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses other hosts (DNS rebinding) and requests that other sites' pages make."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK, any_address: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(host.casefold() for host in hosts)
        self.any_address = any_address
        """Whether a bare IP address will do: no other site's name can be made to point here under it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope.get("method", "GET"), headers)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if refusal:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)

    def _served(self, host: str) -> bool:
        return host in self.hosts or (self.any_address and is_address(host))

    def _refusal(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if not self._served(host_of(host)):
            return (
                "This address is not served here. Open http://127.0.0.1 with the port that the program printed, "
                "or serve with --allow-host and this name.\n"
            )
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host
        if method not in SAFE and (foreign or headers.get("sec-fetch-site") == "cross-site"):
            return "Requests from other sites are not taken.\n"
        return ""
