"""The corpus: fragments and whole calls, each turn labelled with the acts of ``acts.md``, whole calls with verdicts."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.language.acts import Spoken
from trainer.transcript import Speaker, Transcript, Turn

HERE = Path(__file__).parent
ROLES: dict[str, Speaker] = {"S": "seller", "C": "client"}
SIGNS = {"+": "met", "~": "partly", "-": "missed", "0": "not_applicable"}
OUTCOMES = {"maximum": "met", "minimum_with_call": "partly", "minimum": "partly", "none": "missed"}
CONCERN = ("accepted", "clarified", "resolved")

_BOTH = {
    "choice": "choice.supported",
    "respect": "respect.equal_quality",
    "rush": "closing.no_rush",
    "first": "closing.client_hung_up_first",
    "att": "attention.kept",
}
SHORT = {
    "sale": _BOTH
    | {
        "ask": "goal.asked_appointment",
        "fb": "goal.fallback_contacts",
        "help": "closing.further_help",
        "bye": "closing.farewell",
    },
    "care": _BOTH
    | {
        "self": "care.reminded_of_self",
        "how": "care.asked_how_it_went",
        "own": "care.asked_own_impression",
        "others": "care.asked_others_impression",
        "support": "care.offered_support",
        "next": "care.next_call_agreed",
        "bye": "care.farewell",
        "conv": "care.no_convenience_question",
        "ref": "care.no_referral_request",
    },
}
"""The criteria as the ``gold`` lines shorten them."""


@dataclass
class Call:
    """One call or fragment; ``acts`` and ``concerns`` by turn number, ``verdicts``, ``outcome`` where it is whole."""

    file: str
    transcript: Transcript
    acts: dict[int, frozenset[str]] = field(default_factory=dict)
    concerns: dict[int, tuple[bool, bool, bool]] = field(default_factory=dict)
    outcome: str | None = None
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def spoken(self) -> list[tuple[int, Spoken]]:
        """The turns that are words, with their numbers."""
        turns = enumerate(self.transcript.turns)
        return [(number, Spoken(turn.role, turn.text)) for number, turn in turns if isinstance(turn, Turn)]

    @property
    def gold(self) -> dict[str, Any] | None:
        """The verdicts as ``trainer agreement`` takes them; ``None`` for a fragment."""
        if self.outcome is None:
            return None
        judged = dict(self.verdicts) | {"goal.outcome": OUTCOMES[self.outcome]}
        for place, name in enumerate(CONCERN):
            done = [signs[place] for signs in self.concerns.values()]
            verdict = "not_applicable" if not done else "met" if all(done) else "partly" if any(done) else "missed"
            judged[f"concern.{name}"] = verdict
        judged.setdefault("attention.kept", "not_applicable")
        concerns = [
            {"turn": turn} | dict(zip(CONCERN, signs, strict=True)) for turn, signs in sorted(self.concerns.items())
        ]
        return {"outcome": self.outcome, "criteria": judged, "concerns": concerns}


def known_acts() -> dict[Speaker, list[str]]:
    """The acts of each side, as the tables of ``acts.md`` name them."""
    seller, client = (HERE / "acts.md").read_text(encoding="utf-8").split("## Client")
    return {side: re.findall(r"^\| `(\w+)`", table, re.M) for side, table in (("seller", seller), ("client", client))}


def read_corpus(folder: Path = HERE / "corpus") -> list[Call]:
    """Every call of every file. Raises ValueError with file and line for a line that cannot be read."""
    return [call for path in sorted(folder.glob("*.txt")) for call in read_calls(path)]


def split(calls: list[Call]) -> tuple[list[Call], list[Call]]:
    """What the reader learns from, and what is kept apart for calibration: every other whole call."""
    whole = [call for call in calls if call.outcome is not None]
    fragments = [call for call in calls if call.outcome is None]
    return fragments + whole[1::2], whole[0::2]


class _Draft:
    """A call while its lines are read."""

    def __init__(self, header: Mapping[str, str], file: str) -> None:
        self.header, self.file = header, file
        self.turns: list[dict[str, str]] = []
        self.acts: dict[int, frozenset[str]] = {}
        self.concerns: dict[int, tuple[bool, bool, bool]] = {}
        self.outcome: str | None = None
        self.verdicts: dict[str, str] = {}

    def finish(self) -> Call:
        about = {name: value for name, value in self.header.items() if name not in ("id", "lang")}
        transcript = Transcript.model_validate(
            {"id": self.header["id"], "language": self.header["lang"], "call": about, "turns": self.turns}
        )
        return Call(self.file, transcript, self.acts, self.concerns, self.outcome, self.verdicts)

    def say(self, side: Speaker, labels: str, text: str, known: set[str]) -> None:
        acts = set()
        for label in labels.replace(" ", "").split(","):
            signs = re.fullmatch(r"concern([+-]{3})", label)
            if signs:
                old = self.concerns.get(len(self.turns), (True, True, True))
                marks = tuple(before and sign == "+" for before, sign in zip(old, signs[1], strict=True))
                self.concerns[len(self.turns)] = (marks[0], marks[1], marks[2])
            acts.add("concern" if signs else label)
        acts -= {"-", ""}
        if acts - known:
            raise ValueError(f"unknown act {sorted(acts - known)}")
        self.acts[len(self.turns)] = frozenset(acts)
        self.turns.append({"role": side, "text": text.strip()})

    def happen(self, words: list[str]) -> None:
        event = {"role": "event", "event": words[0]}
        detail = {"hang_up": "by", "seller_action": "action"}.get(words[0], "who")
        self.turns.append(event | {detail: words[1]} if len(words) > 1 else event)

    def judge(self, items: list[str]) -> None:
        names = SHORT["care" if self.header.get("purpose") == "care" else "sale"]
        for item in items:
            name, sign = item.split("=")
            self.verdicts[names[name]] = SIGNS[sign]


def read_calls(path: Path) -> Iterator[Call]:
    """The calls of one file. Raises ValueError with file and line for a line that cannot be read."""
    known = {side: set(acts) for side, acts in known_acts().items()}
    draft: _Draft | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("==="):
            if draft and draft.turns:
                yield draft.finish()
            draft = _Draft(dict(part.split("=", 1) for part in shlex.split(line[3:])), path.name)
            continue
        if draft is None:
            raise ValueError(f"{path}:{number}: a call begins with a === line")
        try:
            _read_line(draft, line.strip(), known)
        except (ValueError, KeyError) as wrong:
            raise ValueError(f"{path}:{number}: {wrong}") from wrong
    if draft and draft.turns:
        yield draft.finish()


def _read_line(draft: _Draft, line: str, known: Mapping[Speaker, set[str]]) -> None:
    spoken = re.match(r"([SC])\[([^\]]+)\]\s+(.+)", line)
    if spoken:
        side = ROLES[spoken[1]]
        draft.say(side, spoken[2], spoken[3], known[side])
    elif line.startswith("!"):
        draft.happen(line[1:].split())
    elif line.startswith("outcome "):
        draft.outcome = line.split()[1]
    elif line.startswith("gold "):
        draft.judge(line.split()[1:])
    else:
        raise ValueError(f"cannot read {line[:60]!r}")
