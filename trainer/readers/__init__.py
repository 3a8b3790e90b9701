"""Transcripts read from json, jsonl, txt, md, csv, vtt and srt; a broken one is an error with its place, not an end."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from trainer.errors import InputError
from trainer.readers import limits
from trainer.readers.objects import read_json, read_jsonl
from trainer.readers.plain import read_plain, speaker
from trainer.readers.records import Record, mistake
from trainer.readers.tables import read_csv, read_subtitles

__all__ = ["READERS", "Record", "read_bytes", "read_file", "read_folder", "read_text", "speaker"]

READERS: dict[str, Callable[[str, str, str], Iterator[Record]]] = {
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".txt": read_plain,
    ".md": read_plain,
    ".csv": read_csv,
    ".vtt": read_subtitles,
    ".srt": read_subtitles,
}


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
        error = InputError("unknown_extension", file=path, found=suffix or path.name, known=", ".join(READERS))
        yield Record(str(path), 0, error=error)
        return
    try:
        with path.open("rb") as file:
            raw = file.read(limits.FILE_BYTES + 1)
    except OSError as failure:
        yield Record(str(path), 0, error=InputError("unreadable", file=path, cause=failure.strerror or failure))
        return
    yield from read_bytes(raw, str(path), suffix)


def read_bytes(raw: bytes, name: str = "-", suffix: str | None = None) -> Iterator[Record]:
    """As ``read_text``, for a file's bytes: UTF-8, with or without a mark, or UTF-16 with one."""
    if len(raw) > limits.FILE_BYTES:
        most = limits.FILE_BYTES // 1_000_000
        yield Record(name, 0, error=InputError("too_big_file", file=name, most=most))
        return
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        yield Record(name, 0, error=InputError("not_utf8", file=name, position=error.start))
        return
    yield from read_text(text, name, suffix)


def read_text(text: str, name: str = "-", suffix: str | None = None) -> Iterator[Record]:
    """Every transcript in a text; the format is told by ``suffix`` or, without one, by how the text begins.

    After a hundred mistakes (``limits.MISTAKES``) the rest of the text is left unread.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        yield mistake("empty", name, 1)
        return
    stem = Path(name).stem if name != "-" else "stdin"
    mistakes = 0
    for record in READERS[suffix or _sniff(text)](text, name, stem):
        yield record
        mistakes += record.error is not None
        if mistakes == limits.MISTAKES:
            yield mistake("too_many_mistakes", name, record.line, count=mistakes)
            return


def _sniff(text: str) -> str:
    start = text.strip()
    if re.match(r'[{\[]\s*["{\[\]}]', start):
        first, _, more = start.partition("\n")
        try:
            limits.parse(first, "", 1)
        except InputError:
            return ".json"
        return ".jsonl" if more else ".json"
    if start.startswith("WEBVTT"):
        return ".vtt"
    if re.match(r"\d+\s*\n\d\d:\d\d:\d\d[,.]\d+ -->", start):
        return ".srt"
    return ".txt"
