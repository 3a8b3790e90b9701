"""Gradio's own addresses: only those our pages use, and an event stream belongs to the first person who used it."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trainer.texts import LANGUAGES

MOUNTED = re.compile(rf"/(coach/)?({'|'.join(LANGUAGES)})(/(?P<rest>.*))?")
USED = re.compile(
    r"(|config/?|theme\.css|assets/.+|static/.+|robots\.txt|manifest\.json|favicon\.ico"
    r"|gradio_api/(queue/join|queue/data|heartbeat/[^/]+|upload|upload_progress|startup-events|theme\.css"
    r"|info/?|app_id/?))"
)
"""What the pages ask for; ``/call``, ``/run``, ``/api``, ``/cancel``, ``/file=``, ``/proxy=`` and others are shut."""
JOIN, DATA, HEARTBEAT = "gradio_api/queue/join", "gradio_api/queue/data", "gradio_api/heartbeat/"
MOST_BYTES = 4_000_000
MOST_STREAMS = 500
"""Streams remembered of one person; only his own older ones are forgotten for new ones."""
LONGEST = 200


class Streams:
    """ASGI middleware behind the door, which tells who came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.owner: dict[str, int] = {}
        self.of: dict[int, OrderedDict[str, None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mounted = MOUNTED.fullmatch(scope.get("path", ""))
        if scope["type"] not in ("http", "websocket") or mounted is None:
            await self.app(scope, receive, send)
            return
        rest = mounted["rest"] or ""
        if scope["type"] == "websocket" or not USED.fullmatch(rest):
            await PlainTextResponse("Not found.\n", status_code=404)(scope, receive, send)
            return
        if rest == JOIN and scope["method"] == "POST":
            body = await _body(receive)
            streams, receive = _named(body), _again(body, receive)
        else:
            streams = tuple(_asked(rest, scope))
        if not all(0 < len(one) <= LONGEST for one in streams):
            await PlainTextResponse("No event stream is named.\n", status_code=400)(scope, receive, send)
            return
        person = scope.get("state", {}).get("person")
        if streams and (person is None or not all(self.belongs(one, person.id) for one in streams)):
            await PlainTextResponse("This event stream is somebody else's.\n", status_code=403)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def belongs(self, stream: str, person: int) -> bool:
        """Whether a stream is this person's; one that nobody has used yet becomes his."""
        if self.owner.setdefault(stream, person) != person:
            return False
        own = self.of.setdefault(person, OrderedDict())
        own[stream] = None
        own.move_to_end(stream)
        if len(own) > MOST_STREAMS:
            oldest, _ = own.popitem(last=False)
            del self.owner[oldest]
        return True


def _asked(rest: str, scope: Scope) -> Iterator[str]:
    """The streams an address names."""
    if rest == DATA:
        yield from parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [""])
    elif rest.startswith(HEARTBEAT):
        yield rest.removeprefix(HEARTBEAT)


def _named(body: bytes) -> tuple[str, ...]:
    """The stream a joining event names; an empty name, which is nobody's, where it cannot be read."""
    try:
        found = json.loads(body).get("session_hash")
    except (ValueError, AttributeError, RecursionError):
        return ("",)
    return (found,) if isinstance(found, str) else ("",)


async def _body(receive: Receive) -> bytes:
    """The whole body of a request, or nothing of one that is too long."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return b""
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read already once more, then whatever else comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
