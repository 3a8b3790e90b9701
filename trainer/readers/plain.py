"""Text with speaker names: «Менеджер: …», "Client: …", a dash for the seller."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from trainer.language.text import fold
from trainer.readers import limits
from trainer.readers.limits import shown
from trainer.readers.records import Record, explain, finished, mistake
from trainer.texts import LANGUAGES
from trainer.transcript import CallInfo, Event, Speaker, Transcript, Turn

_STAMP = r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?\s*[-–—]?\s*)?"
# possessive where a line may hold thousands of spaces or stars, so that none is tried twice
LABEL = re.compile(
    rf"^{_STAMP}\**+\s*+([^\W\d_][^:*\n]{{0,40}}?)\s*+\**+\s*+(?:[\[(][^\])\n]{{0,60}}[\])])?\s*+:\s*+\**+\s*+(.*)$"
)
_DASH = re.compile(r"^[-–—]\s*+(.*)$")
_BRACKET = re.compile(r"^[\[(*_]+\s*(.+?)\s*[\])*_.]+$")


@cache
def names() -> dict[str, Any]:
    """The words by which files name sides, events, facts and columns."""
    path = Path(__file__).parents[1] / "language" / "lexicon" / "speakers.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def speaker(label: str, call: CallInfo | None = None) -> Speaker | None:
    """The side a label names: a role word («Менеджер Анна» too), or a name the call's facts give; else ``None``."""
    folded = fold(label)
    for side, known in (("seller", call and call.seller), ("client", call and call.client)):
        if known and folded and (folded == fold(known) or folded in fold(known).split()):
            return "seller" if side == "seller" else "client"
    for word in (folded, folded.split(" ")[0] if folded else ""):
        if word in names()["seller"]:
            return "seller"
        if word in names()["client"]:
            return "client"
    return None


def looks_like_a_name(label: str) -> bool:
    """Whether a label that is no role word may still be somebody's name."""
    return len(label.split()) <= 3 and label[:1].isupper()


def read_plain(text: str, name: str, stem: str) -> Iterator[Record]:
    """One transcript; a line without a label goes on with the turn before it."""
    facts, rest = _facts(limits.lines(text), name)
    if isinstance(facts, Record):
        yield facts
        return
    language, call = facts
    turns: list[tuple[Speaker, list[str]]] = []
    events: dict[int, Event] = {}
    for number, raw in rest:
        line = raw.strip().lstrip(">").strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > limits.LONGEST_LINE:
            yield mistake("too_long_turn", name, number, most=limits.TURN_LETTERS)
            return
        bracket = _BRACKET.match(line) if len(line) < 100 else None
        by = _hang_up(bracket.group(1)) if bracket else None
        if by:
            events[len(turns)] = Event(event="hang_up", by=by)
            continue
        label = LABEL.match(line)
        side = speaker(label.group(1), call) if label else None
        dash = _DASH.match(line)
        if label and side:
            turns.append((side, [label.group(2).strip()]))
        elif dash:
            turns.append(("seller", [dash.group(1).strip()]))
        elif turns and not (label and looks_like_a_name(label.group(1))):
            turns[-1][1].append(line)
            if len(turns[-1][1]) > limits.TURN_LETTERS:
                yield mistake("too_long_turn", name, number, most=limits.TURN_LETTERS)
                return
        elif label and looks_like_a_name(label.group(1)):
            yield mistake("unknown_speaker", name, number, name=shown(label.group(1)))
            return
        if len(turns) > limits.TURNS:
            yield mistake("too_many_turns", name, number, most=limits.TURNS)
            return
    if not turns:
        yield mistake("no_turns", name, 1)
        return
    all_turns: list[Turn | Event] = []
    for number, (who, said) in enumerate(turns, 1):
        all_turns.append(Turn(role=who, text=" ".join(said).strip()))
        if number in events:
            all_turns.append(events[number])
    yield finished(Transcript(language=language, call=call, turns=tuple(all_turns)), name, 1, stem)


def _hang_up(text: str) -> Speaker | None:
    folded = fold(text)
    for side in ("client", "seller"):
        if folded in names()["hang_up"][side]:
            return "client" if side == "client" else "seller"
    return None


def _facts(lines: list[str], name: str) -> tuple[tuple[Any, CallInfo] | Record, list[tuple[int, str]]]:
    """The call's facts from ``# key: value`` lines (contract words or Russian ones), and all other lines."""
    found: dict[str, str] = {}
    rest: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        what, colon, value = line.lstrip("#").strip().partition(":")
        told = line.startswith("#") and colon and 2 <= len(what) <= 30 and value.strip()
        key = names()["facts"].get(fold(what), fold(what)) if told else ""
        if key in CallInfo.model_fields or key in ("language", "id"):
            found[key] = names()["values"].get(fold(value[:60]), value.strip())
            continue
        rest.append((number, line))
    language = found.pop("language", None)
    found.pop("id", None)
    try:
        call = CallInfo.model_validate(found)
    except ValidationError as error:
        return explain(error, name, 1, ""), rest
    return (language if language in LANGUAGES else None, call), rest
