"""Tables and subtitles: csv, vtt, srt."""

import csv
import html
import io
import math
import re
from collections.abc import Iterator

from trainer.language.text import fold
from trainer.readers import limits
from trainer.readers.limits import shown
from trainer.readers.plain import LABEL, looks_like_a_name, names, speaker
from trainer.readers.records import Record, finished, mistake
from trainer.transcript import Speaker, Transcript, Turn

_CUE = re.compile(r"^((?:\d{1,4}:)?\d\d:\d\d[.,]\d{1,9})\s*-->")
_VOICE = re.compile(r"^<v(?:\.[^\s>]*)?\s+([^>]+)>(.*)$", re.S)
_TAG = re.compile(r"<[^<>]+>")


def read_csv(text: str, name: str, stem: str) -> Iterator[Record]:
    """One transcript, a turn a row; columns by their names, or the speaker first and his words second."""
    lines = limits.lines(text.lstrip())
    delimiter = max(",;\t|", key=lines[0][: limits.LONGEST_LINE].count)
    rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    turns: list[Turn] = []
    who, words, at = 0, 1, None
    try:
        for number, row in enumerate(rows):
            if number == 0 and (column := _column(row, "text")) is not None:
                who, words, at = _column(row, "speaker") or 0, column, _column(row, "at")
                continue
            if len(row) <= max(who, words):
                continue
            side = speaker(row[who][: limits.LONGEST_LINE])
            if side is None:
                yield mistake("unknown_speaker", name, rows.line_num, name=shown(row[who]))
                return
            seconds = _seconds(row[at]) if at is not None and len(row) > at else None
            turns.append(Turn(role=side, text=row[words].strip(), at=seconds))
            if len(turns) > limits.TURNS:
                yield mistake("too_many_turns", name, rows.line_num, most=limits.TURNS)
                return
    except csv.Error as error:
        yield mistake("broken_csv", name, rows.line_num, cause=error)
        return
    if not turns:
        yield mistake("no_turns", name, 1)
        return
    yield finished(Transcript(turns=tuple(turns)), name, 1, stem)


def _column(header: list[str], what: str) -> int | None:
    words = names()["columns"][what]
    return next((n for n, cell in enumerate(header) if len(cell) < 40 and fold(cell) in words), None)


def _seconds(stamp: str) -> float | None:
    """Seconds of ``1:02:03.5`` or ``62.5``; ``None`` for what is no time."""
    parts = stamp.strip().replace(",", ".").split(":")[-4:]
    try:
        seconds = math.fsum(float(part) * 60.0**power for power, part in enumerate(reversed(parts)))
    except (ValueError, OverflowError):
        return None
    return round(seconds, 3) if math.isfinite(seconds) else None


def read_subtitles(text: str, name: str, stem: str) -> Iterator[Record]:
    """One transcript; cues without a name go on with the turn before."""
    turns: list[tuple[Speaker, list[str], float | None]] = []
    block: list[str] = []
    at: float | None = None
    cue_line = 1
    for number, raw in enumerate([*limits.lines(text), ""], 1):
        line = raw.strip()
        cue = _CUE.match(line)
        if not (cue or not line):
            if at is not None:
                block.append(line)
            continue
        if block and at is not None:
            wrong = _hear(turns, " ".join(block), at, name, cue_line)
            if wrong:
                yield wrong
                return
        block, at, cue_line = [], _seconds(cue.group(1)) if cue else None, number
    if not turns:
        yield mistake("no_turns", name, 1)
        return
    spoken = tuple(Turn(role=side, text=" ".join(said), at=begins) for side, said, begins in turns)
    yield finished(Transcript(turns=spoken), name, 1, stem)


def _hear(
    turns: list[tuple[Speaker, list[str], float | None]], words: str, at: float, name: str, line: int
) -> Record | None:
    """Adds a cue's words to the turns; the mistake where its speaker is unknown or there is too much of it."""
    if len(words) > limits.LONGEST_LINE:
        return mistake("too_long_turn", name, line, most=limits.TURN_LETTERS)
    voice, label = _VOICE.match(words), LABEL.match(words)
    named = voice or label
    who, said = named.groups() if named else ("", words)
    side = speaker(who) if who else (turns[-1][0] if turns else None)
    if side is None and turns and label and not voice and not looks_like_a_name(who):
        side, said, who = turns[-1][0], words, ""
    if side is None:
        return mistake("unknown_speaker", name, line, name=shown(who or words, 40))
    said = html.unescape(_TAG.sub("", said)).strip()
    if turns and turns[-1][0] == side and not who:
        turns[-1][1].append(said)
        if len(turns[-1][1]) > limits.TURN_LETTERS:
            return mistake("too_long_turn", name, line, most=limits.TURN_LETTERS)
    else:
        turns.append((side, [said], at))
    return mistake("too_many_turns", name, line, most=limits.TURNS) if len(turns) > limits.TURNS else None
