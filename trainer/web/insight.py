"""What a report shows beyond verdicts: the client's inner state over the call, who talked how much, what he hid."""

from dataclasses import dataclass
from typing import Any

from trainer.language.text import is_question, sentences, words
from trainer.persona import Persona
from trainer.store import Json, StoredCall
from trainer.texts import Language, room
from trainer.transcript import Transcript

WIDTH, HEIGHT, EDGE = 640, 190, 16
TOP = 10
MOST_TURNINGS = 4
LONGEST_WORDS = 140
CHANGES = ("trust", "patience", "irritation")


@dataclass(frozen=True)
class Turning:
    """A place where the mood turned: the seller's words, what changed, and where it stands in the plot."""

    number: int
    turn: int
    words: str
    why: str
    changes: tuple[tuple[str, int], ...]
    x: float
    y: float


@dataclass(frozen=True)
class Inner:
    """The plot of the client's trust and patience: two lines in a box of WIDTH by HEIGHT, and where it turned."""

    trust: str
    patience: str
    turnings: tuple[Turning, ...]
    first: tuple[int, int]
    last: tuple[int, int]
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Talk:
    """Figures of a talk, as information only: the seller's share of the words, his questions, his longest turn."""

    share: int
    questions: int
    longest: int
    longest_turn: int
    turns: int


@dataclass(frozen=True)
class Secret:
    """A hidden fact or what stood behind a concern; ``found`` tells whether the seller got to hear it."""

    said: str
    behind: str
    found: bool
    status: str


def inner(state: Json | None, language: Language) -> Inner | None:
    """The plot from the director's trace; ``None`` for an imported call or one of a single line."""
    trace: list[dict[str, Any]] = state["trace"] if state else []
    if state is None or len(trace) < 2:
        return None
    minds = [trace[0]["before"], *(entry["after"] for entry in trace)]
    most = max(TOP, *(mind["patience"] for mind in minds))
    step = (WIDTH - 2 * EDGE) / (len(minds) - 1)

    def at(number: int, name: str) -> tuple[float, float]:
        share = minds[number][name] / (TOP if name == "trust" else most)
        return round(EDGE + number * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    def line(name: str) -> str:
        return " ".join(f"{x},{y}" for x, y in (at(number, name) for number in range(len(minds))))

    return Inner(
        line("trust"), line("patience"), _turnings(trace, state["turns"], language, at),
        (minds[0]["trust"], minds[0]["patience"]), (minds[-1]["trust"], minds[-1]["patience"]),
    )  # fmt: skip


def _turnings(trace: list[dict[str, Any]], turns: list[Json], language: Language, at: Any) -> tuple[Turning, ...]:
    """The lines that moved him most, in the order of the call."""
    weighed = []
    for number, entry in enumerate(trace, 1):
        changes = tuple((name, entry["after"][name] - entry["before"][name]) for name in CHANGES)
        trust, patience, irritation = (change for _, change in changes)
        weight = 2 * abs(trust) + 2 * abs(irritation) + max(0, abs(patience) - 1)
        if weight >= 2:
            weighed.append((-weight, number, entry, tuple((name, change) for name, change in changes if change)))
    chosen = sorted(weighed, key=lambda one: one[:2])[:MOST_TURNINGS]
    made = []
    for place, (_, number, entry, changes) in enumerate(sorted(chosen, key=lambda one: one[1]), 1):
        turn = turn_of(entry, turns)
        x, y = at(number, "trust")
        made.append(Turning(place, turn, _short(entry["said"]), why(entry["rule"], language), changes, x, y))
    return tuple(made)


def turn_of(entry: dict[str, Any], turns: list[Json]) -> int:
    """The seller's turn (or his action) that an entry of the trace is about."""
    own = (n for n in range(min(entry["turn"], len(turns) - 1), -1, -1) if turns[n]["role"] == "seller")
    acted = (n for n in range(min(entry["turn"], len(turns) - 1), -1, -1) if turns[n].get("event") == "seller_action")
    found = own if entry["said"] else acted
    return next(found, 0)


def why(rule: str, language: Language) -> str:
    """What a line did to the client, in words; empty for what speaks for itself."""
    reasons: dict[str, str] = room(language, "trainee")["why"]
    parts = rule.split("+")[0].split(":")
    for length in range(len(parts), 0, -1):
        found = reasons.get(":".join(parts[:length]))
        if found:
            return found
    return ""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else text[:LONGEST_WORDS].rsplit(" ", 1)[0] + "…"


def talk(transcript: Transcript, language: Language) -> Talk:
    """Who talked how much."""
    mine, theirs = transcript.said_by("seller"), transcript.said_by("client")
    counts = [(len(words(text)), turn) for turn, text in mine]
    own, others = sum(n for n, _ in counts), sum(len(words(text)) for _, text in theirs)
    asked = sum(is_question(text[a:b], language) for _, text in mine for a, b in sentences(text))
    longest, where = max(counts, default=(0, 0))
    return Talk(round(100 * own / max(1, own + others)), asked, longest, where, len(mine))


def secrets(persona: Persona, call: StoredCall) -> tuple[Secret, ...]:
    """What was going on in his head: every concern with what stood behind it, then the hidden facts."""
    mind = call.state["state"] if call.state else {"concerns": [], "told": []}
    standing = {one["id"]: one["status"] for one in mind["concerns"]}
    found = []
    for concern in persona.concerns:
        status = standing.get(concern.id, "hidden")
        known = status in ("clarified", "resolved")
        found.append(Secret(concern.surface[call.language][0], concern.reason[call.language][0], known, status))
    for fact in persona.facts:
        if fact.hidden:
            known = fact.id in mind["told"]
            found.append(Secret("", fact.lines[call.language][0], known, "told" if known else "hidden"))
    return tuple(found)
