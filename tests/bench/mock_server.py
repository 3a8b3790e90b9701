"""A chat-completions server on loopback with a fixed latency and one canned answer: only the client is measured.

    python tests/bench/mock_server.py PORT LATENCY_MS

Answers whole requests only; one line of standard output says that it listens. GET /stats resets and shows counters.
"""

import asyncio
import json
import sys
import time

ANSWER = (
    '{"quotes": [{"turn": 3, "quote": "Shall we say Tuesday at three?"}], "reason": "He names it.", "answer": "yes"}'
)
BODY = json.dumps({
    "id": "1", "object": "chat.completion", "created": 1, "model": "mock",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
    "usage": {"prompt_tokens": 400, "completion_tokens": 30, "total_tokens": 430},
}).encode()  # fmt: skip
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Mock(asyncio.Protocol):
    """One connection."""

    latency = 0.0
    first = last = 0.0
    asked = connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        Mock.connections += 1
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            if head.startswith(b"get /stats"):
                self.stats()
                continue
            Mock.asked += 1
            Mock.first = Mock.first or time.perf_counter()
            asyncio.get_running_loop().call_later(Mock.latency, self.reply)

    def reply(self) -> None:
        Mock.last = time.perf_counter()
        self.transport.write(HEAD % len(BODY) + BODY)

    def stats(self) -> None:
        found = {"asked": Mock.asked, "busy": Mock.last - Mock.first, "connections": Mock.connections}
        Mock.asked, Mock.connections, Mock.first, Mock.last = 0, 0, 0.0, 0.0
        raw = json.dumps(found).encode()
        self.transport.write(HEAD % len(raw) + raw)


async def serve(port: int, latency: float) -> None:
    Mock.latency = latency
    server = await asyncio.get_running_loop().create_server(Mock, "127.0.0.1", port, backlog=1024)
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
