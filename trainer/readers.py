"""Transcripts read from json, jsonl, txt, md, csv, vtt and srt; a broken one is an error with its place, not an end."""

import csv
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from trainer.errors import InputError, closest
from trainer.language.text import detect, fold
from trainer.texts import LANGUAGES
from trainer.transcript import FORMAT, CallInfo, Event, Speaker, Transcript, Turn


@dataclass(frozen=True)
class Record:
    """One transcript of a file, or the mistake that stands in its place; ``gold`` as it stands in the file."""

    file: str
    line: int
    transcript: Transcript | None = None
    error: InputError | None = None
    gold: dict[str, Any] | None = None


@cache
def _names() -> dict[str, Any]:
    path = Path(__file__).parent / "language" / "lexicon" / "speakers.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def read_folder(folder: Path) -> Iterator[Record]:
    """Every transcript of every readable file in a folder, in the order of the names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READERS and path.is_file())
    if not files:
        yield Record(str(folder), 0, error=InputError("no_files", file=folder, known=", ".join(READERS)))
    for path in files:
        yield from read_file(path)


def read_file(path: Path) -> Iterator[Record]:
    """Every transcript of one file."""
    suffix = path.suffix.lower()
    if suffix not in READERS:
        known = ", ".join(READERS)
        yield Record(
            str(path), 0, error=InputError("unknown_extension", file=path, found=suffix or path.name, known=known)
        )
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        yield Record(str(path), 0, error=InputError("not_utf8", file=path, position=error.start))
        return
    except OSError as error:
        yield Record(str(path), 0, error=InputError("unreadable", file=path, cause=error.strerror or error))
        return
    yield from read_text(text, str(path), suffix)


def read_text(text: str, name: str = "-", suffix: str | None = None) -> Iterator[Record]:
    """Every transcript in a text; the format is told by ``suffix`` or, without one, by how the text begins."""
    reader = READERS[suffix or _sniff(text)]
    stem = Path(name).stem if name != "-" else "stdin"
    if not text.strip():
        yield Record(name, 1, error=InputError("empty", file=name, line=1))
        return
    yield from reader(text, name, stem)


def _sniff(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in "{[" and re.match(r'[{\[]\s*["{\]}]', start):
        first_line = start.splitlines()[0]
        try:
            json.loads(first_line)
            return ".jsonl" if "\n" in start.strip() else ".json"
        except ValueError:
            return ".json"
    if start.startswith("WEBVTT"):
        return ".vtt"
    if re.match(r"\d+\s*\n\d\d:\d\d:\d\d[,.]\d+ -->", start):
        return ".srt"
    return ".txt"


# --- JSON


def _read_json(text: str, name: str, stem: str) -> Iterator[Record]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        cause = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        yield Record(name, line, error=InputError("broken_json", file=name, line=line, cause=cause))
        return
    if isinstance(data, list) and not (data and isinstance(data[0], dict) and "role" in data[0]):
        for number, one in enumerate(data):
            yield _from_object(one, name, 1, f"{stem}#{number + 1}", place=f"{number}")
        return
    yield _from_object({"turns": data} if isinstance(data, list) else data, name, 1, stem)


def _read_jsonl(text: str, name: str, stem: str) -> Iterator[Record]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            cause = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            yield Record(name, number, error=InputError("broken_json", file=name, line=number, cause=cause))
            continue
        yield _from_object(data, name, number, f"{stem}#{number}")


def _from_object(data: Any, name: str, line: int, fallback_id: str, place: str = "") -> Record:
    if not isinstance(data, dict):
        found = type(data).__name__
        return Record(
            name, line, error=InputError("not_an_object", file=name, line=line, key=place or None, found=found)
        )
    gold = data.get("gold") if isinstance(data.get("gold"), dict) else None
    if data.get("format", FORMAT) != FORMAT:
        error = InputError("wrong_format", file=name, line=line, key="format", found=data["format"], wanted=FORMAT)
        return Record(name, line, error=error)
    cleaned = {key: value for key, value in data.items() if value is not None}
    try:
        transcript = Transcript.model_validate(cleaned)
    except ValidationError as error:
        return Record(name, line, error=_explain(error, name, line, place))
    return _finished(transcript, name, line, fallback_id, gold)


def _explain(error: ValidationError, name: str, line: int, place: str) -> InputError:
    first = error.errors()[0]
    parts = [str(part) for part in first["loc"]]
    if parts[0] == "turns":
        parts[2:3] = ["role"] if first["type"].startswith("union_tag") else []
    key = ".".join(([place] if place else []) + parts)
    if first["type"] in ("literal_error", "union_tag_invalid"):
        expected = str(first["ctx"].get("expected") or first["ctx"].get("expected_tags"))
        known = re.findall(r"'([^']+)'", expected)
        value = str(first["ctx"].get("tag") or first["input"])
        what = "role" if first["type"] == "union_tag_invalid" else parts[-1]
        near = closest(value, known, 1)
        if near:
            return InputError("unknown_value_near", file=name, line=line, key=key, what=what, value=value, near=near[0])
        return InputError(
            "unknown_value", file=name, line=line, key=key, what=what, value=value, known=", ".join(known)
        )
    if first["type"] in ("missing", "union_tag_not_found"):
        missing = parts[-1] if first["type"] == "missing" else "role"
        return InputError("missing_key", file=name, line=line, key=key, value=f'"{missing}"')
    return InputError("wrong_type", file=name, line=line, key=key, cause=first["msg"].removeprefix("Value error, "))


def _finished(
    transcript: Transcript, name: str, line: int, fallback_id: str, gold: dict[str, Any] | None = None
) -> Record:
    """The record of a read transcript: id and language filled in where they were missing."""
    spoken = [turn.text for turn in transcript.turns if isinstance(turn, Turn) and turn.text.strip()]
    if not spoken:
        return Record(name, line, error=InputError("no_speech", file=name, line=line))
    update: dict[str, Any] = {}
    if transcript.id is None:
        update["id"] = fallback_id
    if transcript.language is None:
        update["language"] = detect(" ".join(spoken)[:20_000])
    return Record(name, line, transcript.model_copy(update=update) if update else transcript, gold=gold)


# --- text with speaker names

_STAMP = r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?\s*[-–—]?\s*)?"
_LABEL = re.compile(rf"^{_STAMP}\**\s*([^\W\d_][^:*\n]{{0,40}}?)\s*\**\s*(?:[\[(][^\])]*[\])])?\s*:\s*\**\s*(.*)$")
_DASH = re.compile(r"^[-–—]\s*(.*)$")
_BRACKET = re.compile(r"^[\[(*_]+\s*(.+?)\s*[\])*_.]+$")


def speaker(label: str, call: CallInfo | None = None) -> Speaker | None:
    """The side a label names: a role word («Менеджер Анна» too), or a name the call's facts give; else ``None``."""
    folded = fold(label)
    for side, known in (("seller", call and call.seller), ("client", call and call.client)):
        if known and folded and (folded == fold(known) or folded in fold(known).split()):
            return "seller" if side == "seller" else "client"
    for word in (folded, folded.split(" ")[0] if folded else ""):
        if word in _names()["seller"]:
            return "seller"
        if word in _names()["client"]:
            return "client"
    return None


def _read_plain(text: str, name: str, stem: str) -> Iterator[Record]:
    facts, lines = _facts(text, name)
    if isinstance(facts, InputError):
        yield Record(name, facts.line or 1, error=facts)
        return
    language, call = facts
    turns: list[tuple[Speaker, str]] = []
    events: dict[int, Event] = {}
    for number, raw in lines:
        line = raw.strip().lstrip(">").strip()
        if not line or line.startswith("#"):
            continue
        bracket = _BRACKET.match(line)
        by = _hang_up(bracket.group(1)) if bracket else None
        if by:
            events[len(turns)] = Event(event="hang_up", by=by)
            continue
        label = _LABEL.match(line)
        side = speaker(label.group(1), call) if label else None
        dash = _DASH.match(line)
        if label and side:
            turns.append((side, label.group(2).strip()))
        elif dash:
            turns.append(("seller", dash.group(1).strip()))
        elif turns and not (label and _looks_like_a_name(label.group(1))):
            turns[-1] = (turns[-1][0], f"{turns[-1][1]} {line}".strip())
        elif label and _looks_like_a_name(label.group(1)):
            error = InputError("unknown_speaker", file=name, line=number, name=label.group(1))
            yield Record(name, number, error=error)
            return
    if not turns:
        yield Record(name, 1, error=InputError("no_turns", file=name, line=1))
        return
    all_turns: list[Turn | Event] = []
    for number, (side, words) in enumerate(turns):
        all_turns.append(Turn(role=side, text=words))
        if number + 1 in events:
            all_turns.append(events[number + 1])
    yield _finished(Transcript(language=language, call=call, turns=tuple(all_turns)), name, 1, stem)


def _looks_like_a_name(label: str) -> bool:
    return len(label.split()) <= 3 and label[:1].isupper()


def _hang_up(text: str) -> Speaker | None:
    folded = fold(text)
    for side in ("client", "seller"):
        if folded in _names()["hang_up"][side]:
            return "client" if side == "client" else "seller"
    return None


def _facts(text: str, name: str) -> tuple[tuple[Any, CallInfo] | InputError, list[tuple[int, str]]]:
    """The call's facts from ``# key: value`` lines (contract words or Russian ones), and all other lines."""
    found: dict[str, str] = {}
    rest: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"^#+\s*([^:]{2,30}):\s*(.+?)\s*$", line)
        key = _names()["facts"].get(fold(match.group(1)), fold(match.group(1))) if match else ""
        if match and (key in CallInfo.model_fields or key in ("language", "id")):
            value = match.group(2)
            found[key] = _names()["values"].get(fold(value), value)
            continue
        rest.append((number, line))
    language = found.pop("language", None)
    found.pop("id", None)
    try:
        call = CallInfo.model_validate(found)
    except ValidationError as error:
        return _explain(error, name, 1, ""), rest
    return (language if language in LANGUAGES else None, call), rest


# --- tables and subtitles


def _read_csv(text: str, name: str, stem: str) -> Iterator[Record]:
    delimiter = max(",;\t|", key=text.splitlines()[0].count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    columns = {what: _column(rows[0], what) for what in ("speaker", "text", "at")}
    body = rows[1:] if columns["text"] is not None else rows
    who, words, at = (columns["speaker"] or 0, columns["text"], columns["at"])
    words = 1 if words is None else words
    turns = []
    for number, row in enumerate(body, 2 if columns["text"] is not None else 1):
        if len(row) <= max(who, words):
            continue
        side = speaker(row[who])
        if side is None:
            yield Record(name, number, error=InputError("unknown_speaker", file=name, line=number, name=row[who]))
            return
        seconds = _seconds(row[at]) if at is not None and len(row) > at else None
        turns.append(Turn(role=side, text=row[words].strip(), at=seconds))
    if not turns:
        yield Record(name, 1, error=InputError("no_turns", file=name, line=1))
        return
    yield _finished(Transcript(turns=tuple(turns)), name, 1, stem)


def _column(header: list[str], what: str) -> int | None:
    words = _names()["columns"][what]
    return next((n for n, cell in enumerate(header) if fold(cell) in words), None)


def _seconds(stamp: str) -> float | None:
    parts = stamp.strip().replace(",", ".").split(":")
    try:
        return round(math.fsum(float(part) * 60.0**power for power, part in enumerate(reversed(parts))), 3)
    except ValueError:
        return None


_CUE = re.compile(r"^((?:\d+:)?\d\d:\d\d[.,]\d+)\s*-->")
_VOICE = re.compile(r"^<v(?:\.[^\s>]*)?\s+([^>]+)>(.*)$", re.S)


def _read_subtitles(text: str, name: str, stem: str) -> Iterator[Record]:
    turns: list[Turn] = []
    line_of_cue = 1
    block: list[str] = []
    at: float | None = None

    def close() -> InputError | None:
        if not block or at is None:
            return None
        words = " ".join(block)
        voice, label = _VOICE.match(words), _LABEL.match(words)
        named = voice or label
        who, said = named.groups() if named else ("", words)
        said = html.unescape(re.sub(r"<[^>]+>", "", said)).strip()
        side = speaker(who) if who else (turns[-1].role if turns else None)
        if side is None and turns and label and not voice and not _looks_like_a_name(who):
            side, said = turns[-1].role, words
        if side is None:
            return InputError("unknown_speaker", file=name, line=line_of_cue, name=who or words[:40])
        if turns and turns[-1].role == side and not who:
            turns[-1] = turns[-1].model_copy(update={"text": f"{turns[-1].text} {said}"})
        else:
            turns.append(Turn(role=side, text=said, at=at))
        return None

    for number, raw in enumerate([*text.splitlines(), ""], 1):
        line = raw.strip()
        cue = _CUE.match(line)
        if cue or not line:
            error = close()
            if error:
                yield Record(name, line_of_cue, error=error)
                return
            block, at = [], _seconds(cue.group(1)) if cue else None
            line_of_cue = number
        elif at is not None:
            block.append(line)
    if not turns:
        yield Record(name, 1, error=InputError("no_turns", file=name, line=1))
        return
    yield _finished(Transcript(turns=tuple(turns)), name, 1, stem)


READERS: dict[str, Callable[[str, str, str], Iterator[Record]]] = {
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".txt": _read_plain,
    ".md": _read_plain,
    ".csv": _read_csv,
    ".vtt": _read_subtitles,
    ".srt": _read_subtitles,
}
