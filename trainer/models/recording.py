"""Answers kept and given again: a recorder and its replay for CI, a cache on disk, a script for tests."""

import difflib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from trainer.errors import InputError, ModelFailure
from trainer.models.request import Model, Reply, Request

FORMAT = "model-answers/1"
NEAR_ENOUGH = 0.3
SHOWN = 160


class Recorder:
    """Passes questions on and appends each with its answer to a file, one JSON line a question."""

    def __init__(self, model: Model, path: Path) -> None:
        self.name = model.name
        self._model = model
        self._path = path
        self._known = set(read_answers(path)) if path.exists() else set()
        if not self._known:
            self._write({"format": FORMAT, "model": model.name})

    async def ask(self, request: Request) -> Reply:
        reply = await self._model.ask(request)
        self._keep(request, reply)
        return reply

    async def stream(self, request: Request) -> AsyncIterator[str]:
        heard = []
        async for piece in self._model.stream(request):
            heard.append(piece)
            yield piece
        self._keep(request, Reply("".join(heard)))

    def _keep(self, request: Request, reply: Reply) -> None:
        key = request.key()
        if key in self._known and request.temperature == 0:
            return
        self._known.add(key)
        counted = {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out}
        self._write({"key": key, **request.plain(), "answer": reply.text, **counted})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError("cannot_write", file=self._path, cause=error.strerror or error) from error


def read_answers(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Recorded answers by key. Raises InputError with file and line for anything that is no recording."""
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("unreadable", file=path, cause=getattr(error, "strerror", None) or error) from error
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
            if number == 1:
                if data.get("format") != FORMAT:
                    raise InputError("wrong_format", file=path, line=1, found=data.get("format"), wanted=FORMAT)
                found[""] = [data]
                continue
            found.setdefault(data["key"], []).append(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError("broken_json", file=path, line=number, cause=error) from error
    if not found:
        raise InputError("wrong_format", file=path, line=1, found="—", wanted=FORMAT)
    return found


class Replay:
    """Answers from a recording alone; what was not recorded is an error that shows the nearest question that was."""

    def __init__(self, path: Path) -> None:
        self._answers = read_answers(path)
        self._path = path
        self._given: dict[str, int] = {}
        self.name = str(self._answers[""][0].get("model") or path.stem)

    async def ask(self, request: Request) -> Reply:
        key = request.key()
        if key not in self._answers:
            raise ModelFailure("not_recorded", file=self._path, asked=_short(request.plain()), near=self._near(request))
        takes = self._answers[key]
        number = self._given.get(key, 0)
        self._given[key] = number + 1
        take = takes[min(number, len(takes) - 1)]
        return Reply(take["answer"], take.get("tokens_in"), take.get("tokens_out"), stored=True)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        for word in (await self.ask(request)).text.splitlines(keepends=True):
            yield word

    def _near(self, request: Request) -> str:
        """The recorded question most like this one, by its last message, and where the two part."""
        asked = _last(request.plain())
        known = [_last(takes[0]) for key, takes in self._answers.items() if key]
        matcher = difflib.SequenceMatcher(b=asked, autojunk=False)
        best, likeness = "—", NEAR_ENOUGH
        for one in known[:200]:
            matcher.set_seq1(one)
            if matcher.quick_ratio() > likeness:
                best, likeness = one, matcher.quick_ratio()
        place = next((n for n, (a, b) in enumerate(zip(best, asked, strict=False)) if a != b), 0)
        start = max(0, place - SHOWN // 4)
        return " ".join(best[start : start + SHOWN].split())


def _last(data: dict[str, Any]) -> str:
    messages = data.get("messages") or [{"text": ""}]
    return str(messages[-1]["text"])


def _short(data: dict[str, Any]) -> str:
    return " ".join(_last(data).split())[-SHOWN:]


class Cached:
    """Asks a model only what it was not asked before; answers at temperature 0 are kept in one SQLite file."""

    def __init__(self, model: Model, path: Path) -> None:
        self.name = model.name
        self._model = model
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=15)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")
            self._db.execute(
                "create table if not exists answers "
                "(key text primary key, text text not null, tokens_in integer, tokens_out integer) without rowid"
            )
        except (OSError, sqlite3.Error) as error:
            raise InputError("cannot_write", file=path, cause=error) from error

    async def ask(self, request: Request) -> Reply:
        if request.temperature:
            return await self._model.ask(request)
        key = request.key(self.name)
        with closing(
            self._db.execute("select text, tokens_in, tokens_out from answers where key = ?", (key,))
        ) as found:
            row = found.fetchone()
        if row:
            return Reply(row[0], row[1], row[2], stored=True)
        reply = await self._model.ask(request)
        self._db.execute(
            "insert or replace into answers values (?, ?, ?, ?)", (key, reply.text, reply.tokens_in, reply.tokens_out)
        )
        return reply

    def stream(self, request: Request) -> AsyncIterator[str]:
        return self._model.stream(request)


Answer = str | ModelFailure


class Scripted:
    """A model that says what a test or a file wrote down: answers in turn, or a function of the request."""

    name = "scripted"

    def __init__(self, answers: Iterable[Answer] | Callable[[Request], Answer]) -> None:
        self.asked: list[Request] = []
        self._answer = answers if callable(answers) else self._in_turn(list(answers))

    @staticmethod
    def _in_turn(answers: list[Answer]) -> Callable[[Request], Answer]:
        left = iter(answers)
        return lambda request: next(left, ModelFailure("script_over"))

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        found = self._answer(request)
        if isinstance(found, ModelFailure):
            raise found
        return Reply(found, sum(len(one.text) for one in request.messages) // 4, len(found) // 4)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        text = (await self.ask(request)).text
        for start in range(0, len(text), 7):
            yield text[start : start + 7]
