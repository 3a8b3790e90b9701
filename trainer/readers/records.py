"""What reading one transcript comes to: the transcript, or the mistake that stands in its place."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from trainer.errors import InputError, closest
from trainer.language.text import detect
from trainer.readers import limits
from trainer.readers.limits import shown
from trainer.transcript import Transcript, Turn


@dataclass(frozen=True)
class Record:
    """One transcript of a file, or the mistake that stands in its place; ``gold`` as it stands in the file."""

    file: str
    line: int
    transcript: Transcript | None = None
    error: InputError | None = None
    gold: dict[str, Any] | None = None


def mistake(message: str, name: str, line: int, key: str | None = None, /, **values: object) -> Record:
    """A record of what is wrong at a place of a file."""
    return Record(name, line, error=InputError(message, file=name, line=line, key=key, **values))


def finished(
    transcript: Transcript, name: str, line: int, fallback_id: str, gold: dict[str, Any] | None = None
) -> Record:
    """The record of a read transcript: id and language filled in where they were missing."""
    spoken = [turn.text for turn in transcript.turns if isinstance(turn, Turn) and turn.text.strip()]
    if not spoken:
        return mistake("no_speech", name, line)
    too_long = _too_long(transcript, name, line)
    if too_long:
        return too_long
    update: dict[str, Any] = {}
    if transcript.id is None:
        update["id"] = fallback_id
    if transcript.language is None:
        update["language"] = detect(" ".join(spoken)[:20_000])
    return Record(name, line, transcript.model_copy(update=update) if update else transcript, gold=gold)


def _too_long(transcript: Transcript, name: str, line: int) -> Record | None:
    """What is too long in a call: it has too many turns, one turn is a novel, or all of them together are."""
    if len(transcript.turns) > limits.TURNS:
        return mistake("too_many_turns", name, line, most=limits.TURNS)
    lengths = [len(turn.text) if isinstance(turn, Turn) else 0 for turn in transcript.turns]
    longest = max(lengths)
    if longest > limits.TURN_LETTERS:
        key = f"turns.{lengths.index(longest)}"
        return mistake("too_long_turn", name, line, key, most=limits.TURN_LETTERS)
    if sum(lengths) > limits.CALL_LETTERS:
        return mistake("too_long_call", name, line, found=sum(lengths), most=limits.CALL_LETTERS)
    return None


WANTED = {
    **dict.fromkeys(("string_type", "string_unicode"), "wanted_text"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "wanted_number"),
    **dict.fromkeys(("tuple_type", "list_type"), "wanted_list"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "wanted_object"),
    "value_error": "wanted_moment",
}
"""Which message tells a person what pydantic's error types mean here."""


def explain(error: ValidationError, name: str, line: int, place: str) -> Record:
    """The first thing wrong with a transcript's fields, in a person's words; ``place`` leads its key."""
    first = error.errors()[0]
    parts = [str(part) for part in first["loc"]]
    if parts[0] == "turns":
        parts[2:3] = ["role"] if first["type"].startswith("union_tag") else []
    key = shown(".".join(([place] if place else []) + parts))
    if first["type"] in ("literal_error", "union_tag_invalid"):
        expected = str(first["ctx"].get("expected") or first["ctx"].get("expected_tags"))
        known = re.findall(r"'([^']+)'", expected)
        value = shown(first["ctx"].get("tag") or first["input"])
        what = "role" if first["type"] == "union_tag_invalid" else parts[-1]
        near = closest(value, known, 1)
        if near:
            return mistake("unknown_value_near", name, line, key, what=what, value=value, near=near[0])
        return mistake("unknown_value", name, line, key, what=what, value=value, known=", ".join(known))
    if first["type"] in ("missing", "union_tag_not_found"):
        missing = parts[-1] if first["type"] == "missing" else "role"
        return mistake("missing_key", name, line, key, value=f'"{missing}"')
    if first["type"] in WANTED:
        return mistake(WANTED[first["type"]], name, line, key, found=shown(first["input"]))
    return mistake("wrong_type", name, line, key, cause=first["msg"].removeprefix("Value error, "))
