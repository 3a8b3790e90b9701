"""Who speaks in a file: the labels that stand before the words, guessed as seller or client, or told by a person."""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from trainer.language.text import fold
from trainer.readers import limits
from trainer.readers.plain import LABEL, looks_like_a_name, names, speaker
from trainer.transcript import Speaker

MOST = 40
"""Labels of a file; one with more of them is no talk."""
_VOICE = re.compile(r"^(<v(?:\.[^\s>]*)?\s+)([^>]+)(>.*)$")
WORDS: dict[Speaker, str] = {"seller": "Менеджер", "client": "Клиент"}
"""What is written in a label's place once it is known who it is."""


def labels(text: str, suffix: str) -> tuple[str, ...]:
    """The speakers' labels of a file in the order of their first words; none where the format names sides itself."""
    found: dict[str, None] = {}
    for label in _labels(text, suffix):
        found.setdefault(label.strip(), None)
        if len(found) > MOST:
            return ()
    return tuple(found)


def guess(found: tuple[str, ...]) -> dict[str, Speaker | None]:
    """Whose each label is: by its role word; of two of which one is known, the other is the other side."""
    sides = {label: speaker(label) for label in found}
    known = set(sides.values()) - {None}
    if len(found) == 2 and len(known) == 1:
        other: Speaker = "client" if "seller" in known else "seller"
        sides = {label: side or other for label, side in sides.items()}
    return sides


def named(text: str, suffix: str, sides: Mapping[str, Speaker]) -> str:
    """The text with each label that a person has told the side of replaced by that side's word; lines stay in place."""
    if suffix == ".csv":
        return _named_csv(text, sides)
    lines = limits.lines(text)
    return "\n".join(_renamed(line, sides, suffix in (".vtt", ".srt")) for line in lines)


def name_in(label: str) -> str | None:
    """The name that a seller's label carries: «Менеджер Анна» is Анна; ``None`` for a role word alone."""
    words = label.split()
    if words and fold(words[0]) in (*names()["seller"], *names()["client"]):
        words = words[1:]
    return " ".join(words).strip("()[],. ") or None if fold(label) not in names()["seller"] else None


def _labels(text: str, suffix: str) -> Iterator[str]:
    if suffix in (".json", ".jsonl"):
        return
    if suffix == ".csv":
        for row, column in _rows(text):
            yield row[column]
        return
    for line in limits.lines(text):
        found = _label_of(line, suffix in (".vtt", ".srt"))
        if found:
            yield found


def _label_of(line: str, cues: bool) -> str | None:
    line = line.strip().lstrip(">").strip()
    if len(line) > limits.LONGEST_LINE or "-->" in line or line.startswith("#"):
        return None
    voice = _VOICE.match(line) if cues else None
    if voice:
        return voice.group(2)
    found = LABEL.match(line)
    label = found.group(1) if found else ""
    return label if label and (speaker(label) or looks_like_a_name(label)) else None


def _renamed(line: str, sides: Mapping[str, Speaker], cues: bool) -> str:
    label = _label_of(line, cues)
    side = sides.get(label.strip()) if label else None
    return line.replace(label, WORDS[side], 1) if label and side else line


def _rows(text: str) -> Iterator[tuple[list[str], int]]:
    """Rows of a table under the heading, with the column that names the speaker."""
    lines = limits.lines(text.lstrip())
    delimiter = max(",;\t|", key=lines[0][: limits.LONGEST_LINE].count)
    column = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)):
            known = names()["columns"]
            heads = [n for n, cell in enumerate(row) if len(cell) < 40 and fold(cell) in known["speaker"]]
            if number == 0 and any(len(cell) < 40 and fold(cell) in known["text"] for cell in row):
                column = heads[0] if heads else 0
                continue
            if len(row) > column + (column == 0):
                yield row, column
    except csv.Error:
        return


def _named_csv(text: str, sides: Mapping[str, Speaker]) -> str:
    lines = limits.lines(text.lstrip())
    delimiter = max(",;\t|", key=lines[0][: limits.LONGEST_LINE].count)
    columns = {column for _, column in _rows(text)}
    column = columns.pop() if columns else 0
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    try:
        for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter):
            side = sides.get(row[column].strip()) if len(row) > column else None
            writer.writerow([WORDS[side] if side and n == column else cell for n, cell in enumerate(row)])
    except csv.Error:
        return text
    return out.getvalue()
