"""What is asked of a model and what comes back: plain values, the same for every provider, recording and script."""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]
_SECRET = secrets.token_bytes(32)


def mark_of(text: str) -> str:
    """A delimiter for a text: nobody who wrote in the text could know it, and it changes with every start.

    The same text gets the same one, so that a server which keeps what it has read (a prefix cache) reads a call once,
    however many questions are asked about it.
    """
    return f"~{hashlib.blake2b(text.encode(), key=_SECRET, digest_size=8).hexdigest()}~"


@dataclass(frozen=True)
class Message:
    """One message of a prompt."""

    role: Role
    text: str


@dataclass(frozen=True)
class Request:
    """One question to a model.

    ``schema`` is a JSON Schema as text, empty for free text. ``mark`` is a delimiter, see ``mark_of``; it is left out
    of the key, so that the same question is found again in a cache or a recording.
    """

    messages: tuple[Message, ...]
    temperature: float = 0.0
    max_tokens: int = 400
    schema: str = ""
    mark: str = ""

    def plain(self) -> dict[str, Any]:
        """The request as JSON values, the mark made the same for all."""
        return {
            "messages": [{"role": one.role, "text": self._unmarked(one.text)} for one in self.messages],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "schema": self.schema,
        }

    def key(self, model: str = "") -> str:
        """The SHA-256 of all that decides the answer."""
        text = json.dumps([model, self.plain()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _unmarked(self, text: str) -> str:
        return text.replace(self.mark, "MARK") if self.mark else text


@dataclass(frozen=True)
class Reply:
    """A model's answer; tokens are ``None`` where the server did not count them, ``seconds`` is what it took."""

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0
    stored: bool = False


class Model(Protocol):
    """Anything that answers requests. Both ways raise ModelFailure, and nothing else, when there is no good answer."""

    name: str

    async def ask(self, request: Request) -> Reply:
        """The whole answer, tried again where that can help."""
        ...

    def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer piece by piece, tried once; an answer that just stops raises at its end."""
        ...
