"""One event loop in a thread of its own: connections stay warm between questions, and plain code can wait for them."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from trainer.errors import ModelFailure

T = TypeVar("T")
_END = object()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="models", daemon=True).start()
    return loop


def begin(work: Coroutine[Any, Any, T]) -> "Future[T]":
    """Starts the work and gives what it will come to."""
    return asyncio.run_coroutine_threadsafe(work, _loop())


def wait(work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
    """What the work comes to. Raises ModelFailure("slow") after ``seconds``; Ctrl-C stops the work too."""
    future = begin(work)
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise ModelFailure("slow", seconds=f"{seconds or 0:.1f}") from error
    finally:
        future.cancel()


def pieces(source: AsyncIterator[str], seconds: float) -> Iterator[str]:
    """The pieces as they come. Raises ModelFailure("slow") when they have not all come in ``seconds``.

    Whoever stops listening stops the source.
    """
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()

    async def pump() -> None:
        try:
            async for piece in source:
                inbox.put(piece)
            inbox.put(_END)
        except Exception as error:
            inbox.put(error)

    deadline = monotonic() + seconds
    future = begin(pump())
    try:
        while True:
            try:
                found = inbox.get(timeout=max(0.0, deadline - monotonic()))
            except queue.Empty:
                raise ModelFailure("slow", seconds=f"{seconds:.1f}") from None
            if found is _END:
                return
            if isinstance(found, Exception):
                raise found
            yield str(found)
    finally:
        future.cancel()
