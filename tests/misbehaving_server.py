"""A server on loopback that speaks the OpenAI protocol and misbehaves in the way that a model's name asks for.

``with Misbehaving() as server`` gives ``server.url``; ``server.asked`` are the bodies of all requests so far.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STALL = 3.0
GOOD = "ready"

Body = dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """One request; the ways to misbehave are the methods below."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body: Body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.asked.append(body)
            earlier = sum(one["model"] == body["model"] for one in self.server.asked) - 1
        way = str(body["model"])
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._misbehave(way, body, earlier)

    def _misbehave(self, way: str, body: Body, earlier: int) -> None:
        if way in WAYS:
            WAYS[way](self, body, earlier)
        else:
            self.say(body, self.server.answer(body))

    # --- what an answer may look like

    def say(self, body: Body, text: str, finish: str | None = "stop", **message: Any) -> None:
        """A proper answer, whole or streamed as asked."""
        if not body.get("stream"):
            choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
            usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
            self.send(200, {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
                            "choices": [choice], "usage": usage})  # fmt: skip
            return
        self.open_stream()
        for start in range(0, len(text), 9):
            self.event({"content": text[start : start + 9]})
        if finish:
            self.event({}, finish)
        self.close_stream()

    def send(self, status: int, data: object, **headers: str) -> None:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def fail(self, status: int, message: str, **headers: str) -> None:
        self.send(status, {"error": {"message": message, "type": "error"}}, **headers)

    def open_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def event(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        data = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def close_stream(self) -> None:
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    # --- the ways

    def stall(self, body: Body, earlier: int) -> None:
        if body.get("stream"):
            self.open_stream()
            self.event({"content": self.server.answer(body)[:3]})
        time.sleep(STALL)

    def drop(self, body: Body, earlier: int) -> None:
        if body.get("stream"):
            self.open_stream()
            self.event({"content": self.server.answer(body)[:12]})
        else:
            self.send_response(200)
            self.send_header("Content-Length", "500")
            self.end_headers()
            self.wfile.write(b'{"choices": [')
        self.wfile.flush()
        self.close_connection = True

    def stops(self, body: Body, earlier: int) -> None:
        self.say(body, self.server.answer(body), finish=None)

    def busy(self, body: Body, earlier: int) -> None:
        self.fail(429, "slow down") if earlier < 1 else self.say(body, self.server.answer(body))

    def busy_told(self, body: Body, earlier: int) -> None:
        self.fail(429, "slow down", Retry_After="0.2") if earlier < 1 else self.say(body, self.server.answer(body))

    def always_busy(self, body: Body, earlier: int) -> None:
        self.fail(429, "slow down", Retry_After="0")

    def spent(self, body: Body, earlier: int) -> None:
        self.send(429, {"error": {"message": "insufficient_quota", "code": "insufficient_quota"}})

    def broken(self, body: Body, earlier: int) -> None:
        self.fail(500, "oops") if earlier < 1 else self.say(body, self.server.answer(body))

    def always_broken(self, body: Body, earlier: int) -> None:
        self.fail(500, "oops")

    def locked(self, body: Body, earlier: int) -> None:
        self.fail(401, "Incorrect API key provided: sk-abcdef123456")

    def unknown(self, body: Body, earlier: int) -> None:
        self.fail(404, "model not found")

    def no_schema(self, body: Body, earlier: int) -> None:
        if "response_format" in body:
            self.fail(400, "response_format is not supported")
        else:
            self.say(body, self.server.answer(body))

    def no_temperature(self, body: Body, earlier: int) -> None:
        if "temperature" in body:
            self.fail(400, "Unsupported value: 'temperature' does not support 0.0")
        else:
            self.say(body, self.server.answer(body))

    def bad_json(self, body: Body, earlier: int) -> None:
        self.say(body, '{"act": "fact", "line": ')

    def fenced(self, body: Body, earlier: int) -> None:
        self.say(body, f"Sure! Here it is:\n```json\n{self.server.answer(body)}\n```\n")

    def thinks(self, body: Body, earlier: int) -> None:
        self.say(body, f"<think>What would he say? {{hm}}</think>\n{self.server.answer(body)}")

    def declines(self, body: Body, earlier: int) -> None:
        self.say(body, "", refusal="I can't help with that.")

    def filtered(self, body: Body, earlier: int) -> None:
        self.say(body, "I", finish="content_filter")

    def empty(self, body: Body, earlier: int) -> None:
        self.say(body, "")

    def endless(self, body: Body, earlier: int) -> None:
        self.say(body, self.server.answer(body) * 20, finish="length")

    def html(self, body: Body, earlier: int) -> None:
        self.send(200, b"<html>a gateway's page</html>")


WAYS: dict[str, Callable[[Handler, Body, int], None]] = {
    name: getattr(Handler, name)
    for name in (
        "stall", "drop", "stops", "busy", "busy_told", "always_busy", "spent", "broken", "always_broken", "locked",
        "unknown", "no_schema", "no_temperature", "bad_json", "fenced", "thinks", "declines", "filtered", "empty",
        "endless", "html",
    )
}  # fmt: skip


class Server(ThreadingHTTPServer):
    """``answer`` makes the text of a good answer out of a request's body."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[[Body], str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[Body] = []
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class Misbehaving:
    """The server in a thread of its own, for a ``with``."""

    def __init__(self, answer: Callable[[Body], str] = lambda body: GOOD) -> None:
        self._server = Server(answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def asked(self) -> list[Body]:
        return self._server.asked

    def __enter__(self) -> "Misbehaving":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
