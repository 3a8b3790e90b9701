"""Uploaded files and zips opened with care: how many, how big, how tightly packed, and by which names."""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from trainer.errors import InputError
from trainer.readers import READERS
from trainer.readers.limits import shown

MOST_FILES = 2_000
MOST_BYTES = 2_000_000
MOST_TOGETHER = 60_000_000
MOST_RATIO = 150
"""How many times smaller than its contents a packed file may be; a talk packs some ten times."""
LONGEST_NAME = 200
QUIET = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Opened:
    """A file's name and text; or the mistake that stands in its place."""

    name: str
    suffix: str = ""
    text: str = ""
    error: InputError | None = None


@dataclass
class _Left:
    """What may still be unpacked."""

    files: int = MOST_FILES
    bytes: int = MOST_TOGETHER


def opened(files: Iterator[tuple[str, bytes]]) -> Iterator[Opened]:
    """Every file, those inside a zip too, in order; a bad one is a mistake with its name and costs only itself."""
    left = _Left()
    for name, raw in files:
        if raw[:4] == b"PK\x03\x04" or PurePosixPath(name).suffix.lower() == ".zip":
            yield from _zip(name, raw, left)
        else:
            yield _file(name, raw, left)
        if left.files < 0 or left.bytes < 0:
            return


def _wrong(message: str, name: str, **values: object) -> Opened:
    own = shown(name, LONGEST_NAME)
    return Opened(own, error=InputError(message, file=own, line=None, key=None, **values))


def _file(name: str, raw: bytes, left: _Left) -> Opened:
    left.files -= 1
    left.bytes -= len(raw)
    if left.files < 0:
        return _wrong("intake_many", name, most=MOST_FILES)
    if left.bytes < 0:
        return _wrong("intake_together", name, most=MOST_TOGETHER // 1_000_000)
    if not name.strip() or not name.isprintable():
        return _wrong("intake_name", name)
    own = PurePosixPath(name.replace("\\", "/")).name
    suffix = PurePosixPath(own).suffix.lower()
    if suffix not in READERS:
        return _wrong("unknown_extension", name, found=suffix or shown(own), known=", ".join(READERS))
    if len(raw) > MOST_BYTES:
        return _wrong("too_big_file", name, most=MOST_BYTES // 1_000_000)
    text = _text(raw)
    if text is None:
        return _wrong("not_utf8", name, position=0)
    return Opened(shown(own, LONGEST_NAME), suffix, text)


def _text(raw: bytes) -> str | None:
    """A file's text: UTF-8, UTF-16 with a mark, or what Windows wrote in Russian."""
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = [letter for letter in text[:20_000] if letter.isalpha() and not letter.isascii()]
        russian = sum("а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in letters)
        if encoding != "cp1251" or (letters and russian > 0.9 * len(letters) and "\x00" not in text):
            return text
    return None


def _zip(name: str, raw: bytes, left: _Left) -> Iterator[Opened]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            for info in packed.infolist():
                inner = name_of(info)
                if info.is_dir() or any(part in QUIET or part[:2] == "._" for part in inner.split("/")):
                    continue
                found = _refused(inner, info) or _file(inner, _bytes(packed, info), left)
                yield found
                if left.files < 0 or left.bytes < 0:
                    return
    # NotImplementedError and RuntimeError are what zipfile says to a packing method and a password it does not know
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        yield _wrong("intake_zip", name, cause=shown(error))


def _refused(inner: str, info: zipfile.ZipInfo) -> Opened | None:
    parts = inner.replace("\\", "/").split("/")
    if not inner.isprintable() or inner.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return _wrong("intake_name", inner)
    if stat.S_ISLNK(info.external_attr >> 16):
        return _wrong("intake_link", inner)
    if PurePosixPath(inner).suffix.lower() in (".zip", ".7z", ".rar", ".gz", ".tar", ".bz2", ".xz"):
        return _wrong("intake_nested", inner)
    if info.flag_bits & 1:
        return _wrong("intake_password", inner)
    if info.file_size > MOST_BYTES:
        return _wrong("too_big_file", inner, most=MOST_BYTES // 1_000_000)
    if info.file_size > MOST_RATIO * max(info.compress_size, 100):
        return _wrong("intake_bomb", inner, times=info.file_size // max(info.compress_size, 1))
    return None


def _bytes(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The contents, however big the zip says they are: no more than a byte over the limit is ever unpacked."""
    with packed.open(info) as file:
        return file.read(MOST_BYTES + 1)


def name_of(info: zipfile.ZipInfo) -> str:
    """A name as it was given: UTF-8 where the zip says so, else by what it looks like (cp866 and cp1251 of old)."""
    name = info.orig_filename
    if info.flag_bits & 0x800 or name.isascii():
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", *sorted(("cp866", "cp1251"), key=lambda one: -_russian(raw, one))):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _russian(raw: bytes, encoding: str) -> float:
    """How much a name looks Russian in an encoding: small letters count, signs of a table and odd capitals do not."""
    text = raw.decode(encoding, "replace")
    small = sum("а" <= letter <= "я" or letter == "ё" for letter in text)
    odd = sum(not letter.isascii() and not ("а" <= letter.lower() <= "я" or letter in "ёЁ№—«»") for letter in text)
    mixed = sum("А" <= b <= "Я" and "а" <= a <= "я" for a, b in pairwise(text))
    return small - 2.0 * odd - mixed
