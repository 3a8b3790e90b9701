"""Transcripts as JSON: one, a list of them, a bare list of turns, or one a line."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from trainer.errors import InputError
from trainer.readers import limits
from trainer.readers.limits import parse, shown
from trainer.readers.records import Record, explain, finished, mistake
from trainer.transcript import FORMAT, Transcript


def read_json(text: str, name: str, stem: str) -> Iterator[Record]:
    """One transcript, or several in a list."""
    try:
        data = parse(text, name, 1)
    except InputError as error:
        yield Record(name, error.line or 1, error=error)
        return
    if isinstance(data, list) and not (data and isinstance(data[0], dict) and "role" in data[0]):
        if not data:
            yield mistake("empty", name, 1)
        for number, one in enumerate(data):
            yield _from_object(one, name, 1, f"{stem}#{number + 1}", place=f"{number}")
        return
    yield _from_object({"turns": data} if isinstance(data, list) else data, name, 1, stem)


def read_jsonl(text: str, name: str, stem: str) -> Iterator[Record]:
    """A transcript a line; a broken line costs only itself."""
    for number, line in enumerate(limits.lines(text), 1):
        if not line.strip():
            continue
        try:
            yield _from_object(parse(line, name, number), name, number, f"{stem}#{number}")
        except InputError as error:
            yield Record(name, number, error=error)


def _from_object(data: Any, name: str, line: int, fallback_id: str, place: str = "") -> Record:
    if not isinstance(data, dict):
        return mistake("not_an_object", name, line, place or None, found=type(data).__name__)
    gold = data.get("gold") if isinstance(data.get("gold"), dict) else None
    if data.get("format", FORMAT) != FORMAT:
        return mistake("wrong_format", name, line, "format", found=shown(data["format"]), wanted=FORMAT)
    cleaned = {key: value for key, value in data.items() if value is not None}
    turns = cleaned.get("turns")
    if isinstance(turns, list) and len(turns) > limits.TURNS:
        return mistake("too_many_turns", name, line, f"{place}.turns" if place else "turns", most=limits.TURNS)
    try:
        transcript = Transcript.model_validate(cleaned)
    except ValidationError as error:
        return explain(error, name, line, place)
    return finished(transcript, name, line, fallback_id, gold)
