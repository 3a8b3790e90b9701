"""A chat model behind LangChain: any provider by ``init_chat_model``, every compatible server by ``ChatOpenAI``."""

import asyncio
import atexit
import json
import logging
import os
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from functools import cache
from time import monotonic
from typing import Any

from trainer.errors import ModelFailure
from trainer.models.failures import LASTING, PASSING, explain, retry_after
from trainer.models.loop import wait
from trainer.models.request import Reply, Request
from trainer.models.settings import Settings
from trainer.models.thoughts import Sieve, without_thoughts

log = logging.getLogger(__name__)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
ENOUGH = 6
"""So many questions in a row that could not be put through close the line for ``REST`` seconds."""
REST = 15.0

os.environ["LANGSMITH_TRACING"] = "false"  # both names: nothing said in a call leaves for a tracing service
os.environ["LANGCHAIN_TRACING_V2"] = "false"
logging.getLogger("langchain_openai").setLevel(logging.ERROR)  # what it warns of is raised as well, and told here


class Chat(ABC):
    """What every provider has in common: retries that do not multiply, pauses shared by all questions, a last word.

    A failure that only a person can cure (a wrong key, no such model) is remembered and not asked for again.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self._hopeless: ModelFailure | None = None
        self._failed = 0
        self._not_before = 0.0

    async def ask(self, request: Request) -> Reply:
        """The whole answer, tried ``settings.retries`` times more where another try can help."""
        attempt = 0
        while True:
            await self._may_ask()
            began = monotonic()
            try:
                async with asyncio.timeout(self.settings.timeout):
                    reply = await self._once(request)
            except Exception as error:
                failure = self._count(explain(error, self.settings.timeout))
                if failure.message not in PASSING or attempt >= self.settings.retries:
                    raise failure from error
                await self._pause(failure, retry_after(error), attempt)
                attempt += 1
                continue
            self._failed = 0
            return Reply(reply.text, reply.tokens_in, reply.tokens_out, monotonic() - began)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer as it comes, thoughts left out. Raises ModelFailure, at its end too, when it just stops."""
        await self._may_ask()
        sieve, finish, found = Sieve(), None, False
        try:
            async for text, ended in self._pieces(request):
                finish = ended or finish
                piece = sieve.let(text)
                if piece:
                    found = True
                    yield piece
            rest = sieve.rest()
            if rest:
                found = True
                yield rest
            _check_finish(finish)
            if not found:
                raise ModelFailure("empty")
        except Exception as error:
            raise self._count(explain(error, self.settings.timeout)) from error
        self._failed = 0

    @abstractmethod
    async def _once(self, request: Request) -> Reply:
        """One try at a whole answer."""

    @abstractmethod
    def _pieces(self, request: Request) -> AsyncIterator[tuple[str, str | None]]:
        """One try, piece by piece: (text, why it ended or ``None``)."""

    async def _may_ask(self) -> None:
        if self._hopeless:
            raise self._hopeless
        if self._failed >= ENOUGH:
            if monotonic() < self._not_before:
                raise ModelFailure("unreachable", cause=f"{self._failed}×")
            self._failed = ENOUGH - 1
        elif (left := self._not_before - monotonic()) > 0:
            await asyncio.sleep(left)

    def _count(self, failure: ModelFailure) -> ModelFailure:
        log.warning("%s: %s", self.name, failure)
        if failure.message in LASTING:
            self._hopeless = failure
        if failure.message in ("unreachable", "slow"):
            self._failed += 1
            if self._failed >= ENOUGH:
                self._not_before = monotonic() + REST
        return failure

    async def _pause(self, failure: ModelFailure, asked: float | None, attempt: int) -> None:
        pause = min(LONGEST_PAUSE, asked if asked is not None else FIRST_PAUSE * 2**attempt * random.uniform(0.8, 1.2))
        if failure.message == "busy":  # one answer says it for all: everybody waits
            self._not_before = max(self._not_before, monotonic() + pause)
        await asyncio.sleep(pause)


@cache
def _http() -> Any:
    """The one HTTP client of this process, over aiohttp: a question costs less CPU than over httpx2 alone."""
    from openai import DefaultAioHttpClient

    client = DefaultAioHttpClient()
    atexit.register(lambda: wait(client.aclose(), 1.0))
    return client


class Compatible(Chat):
    """A server that speaks the OpenAI protocol, through the ``ChatOpenAI`` that is built for it.

    Whole answers go through the client that ``ChatOpenAI`` holds: the same address, key and time-outs, a third of the
    cost of a question (LangChain's own way costs 2.7 ms of CPU, which 64 questions in flight feel).
    """

    def __init__(self, name: str, model: str, base_url: str, key: str, settings: Settings) -> None:
        super().__init__(name, settings)
        import httpx2
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        self.model = model
        self.own = "api.openai.com" in base_url
        self._response = httpx2.Response
        self._refused: set[str] = set()
        self.llm = ChatOpenAI(
            model=model, base_url=base_url, api_key=SecretStr(key or "none"), use_responses_api=False,
            stream_usage=settings.stream_usage, max_retries=0, stream_chunk_timeout=settings.stall,
            timeout=httpx2.Timeout(settings.timeout, connect=5.0), http_async_client=_http(),
        )  # fmt: skip

    async def _once(self, request: Request) -> Reply:
        client = self.llm.root_async_client
        while True:
            body = self._body(request)
            try:
                response = await client.post("/chat/completions", cast_to=self._response, body=body)
                break
            except Exception as error:
                if not self._learn(error, body):
                    raise
        try:
            data = response.json()
            choice, usage = data["choices"][0], data.get("usage") or {}
            message = choice["message"]
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise ModelFailure("server", status=response.status_code, cause=response.text[:200]) from error
        if message.get("refusal"):
            raise ModelFailure("declined", cause=str(message["refusal"])[:200])
        _check_finish(choice.get("finish_reason"))
        text = without_thoughts(str(message.get("content") or ""))
        if not text:
            raise ModelFailure("empty")
        return Reply(text, usage.get("prompt_tokens"), usage.get("completion_tokens"))

    async def _pieces(self, request: Request) -> AsyncIterator[tuple[str, str | None]]:
        while True:
            body = self._body(request)
            # past LangChain, which would rename the one and take the other as leave to parse the stream itself
            past = {key: body[key] for key in ("max_tokens", "response_format") if key in body}
            options = {key: value for key, value in body.items() if key not in ("model", "messages", *past)}
            options["extra_body"] = past
            begun = False
            try:
                async for chunk in self.llm.astream(_pairs(request), **options):
                    begun = True
                    yield chunk.text, chunk.response_metadata.get("finish_reason")
                return
            except Exception as error:
                if begun or not self._learn(error, body):
                    raise

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": one.role, "content": one.text} for one in request.messages],
            "max_completion_tokens" if self.own else "max_tokens": request.max_tokens,
        }
        if "temperature" not in self._refused:
            body["temperature"] = request.temperature
        if request.schema and "response_format" not in self._refused:
            body["response_format"] = _format(request.schema)
        return body

    def _learn(self, error: Exception, body: dict[str, Any]) -> bool:
        """Whether the server refused an option that it can do without; it is not sent again."""
        failure = explain(error)
        if failure.message != "refused":
            return False
        cause = str(failure.values.get("cause", "")).lower()
        for option, words in (
            ("response_format", ("response_format", "json_schema", "structured", "schema")),
            ("temperature", ("temperature",)),
        ):
            if option in body and any(word in cause for word in words):
                log.info("%s does without %s", self.name, option)
                self._refused.add(option)
                return True
        return False


class Anything(Chat):
    """A model of any provider whose LangChain package is installed."""

    def __init__(self, name: str, provider: str, model: str, settings: Settings) -> None:
        super().__init__(name, settings)
        self.provider = provider
        self.model = model
        self._built: dict[tuple[float, int], Any] = {}
        self._at(Request(()))

    def _at(self, request: Request) -> Any:
        from langchain.chat_models import init_chat_model

        like = (request.temperature, request.max_tokens)
        if like not in self._built:
            try:
                self._built[like] = init_chat_model(
                    self.model, model_provider=self.provider, temperature=like[0], max_tokens=like[1],
                    timeout=self.settings.timeout, max_retries=0,
                )  # fmt: skip
            except ImportError as error:
                raise ModelFailure("no_package", name=self.name, cause=" ".join(str(error).split())[:200]) from error
            except ValueError as error:
                raise ModelFailure("no_provider", name=self.name, cause=" ".join(str(error).split())[:200]) from error
            except Exception as error:
                raise explain(error) from error
        return self._built[like]

    async def _once(self, request: Request) -> Reply:
        answer = await self._at(request).ainvoke(_pairs(request))
        _check_finish(_finish(answer.response_metadata), needed=False)
        text, usage = without_thoughts(answer.text), answer.usage_metadata or {}
        if not text:
            raise ModelFailure("empty")
        return Reply(text, usage.get("input_tokens"), usage.get("output_tokens"))

    async def _pieces(self, request: Request) -> AsyncIterator[tuple[str, str | None]]:
        async for chunk in self._at(request).astream(_pairs(request)):
            yield chunk.text, _finish(chunk.response_metadata)


def _finish(metadata: dict[str, Any]) -> str | None:
    found = metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason")
    return str(found).lower() if found else None


def _check_finish(finish: str | None, *, needed: bool = True) -> None:
    """Raises ModelFailure for an answer that did not come to its own end."""
    if finish is None and needed:
        raise ModelFailure("cut")
    if finish in ("length", "max_tokens"):
        raise ModelFailure("too_long")
    if finish in ("content_filter", "refusal", "safety"):
        raise ModelFailure("declined", cause=finish)


def _pairs(request: Request) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in request.messages]


@cache
def _format(schema: str) -> dict[str, Any]:
    loaded = json.loads(schema)
    return {
        "type": "json_schema",
        "json_schema": {"name": loaded.get("title", "answer"), "schema": loaded, "strict": True},
    }
