"""A seller's line and the scene it is read in: the words, the clauses, the moves found in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trainer.persona import Concern, Persona
from trainer.practice.clauses import Clause as Clause
from trainer.practice.proposals import Proposal
from trainer.texts import Language

MoveKind = Literal[
    "greet", "introduce", "state_reason", "convenient", "ask_need", "ask_fact", "ask_other", "own_name_ask", "clarify",
    "accept", "answer", "control", "argue", "support_choice", "respect_critic", "agree_with_critic", "mock",
    "invite_vague", "propose_time", "ask_time", "confirm_time", "ask_invoice", "ask_contact", "ask_next_call",
    "propose_call_time",
    "leave_own_contact", "offer_support", "how_went", "own_view", "others_view", "help_more", "farewell", "wish",
    "thanks", "pressure", "flattery", "rude", "brush_off", "instruction_attack", "nonsense", "silence",
    "other_language", "price", "pitch", "referral", "wait", "ask_leave", "tell", "apology", "ask_request",
]  # fmt: skip
ASKING: frozenset[str] = frozenset(
    {"how_went", "own_view", "others_view", "ask_need", "clarify", "convenient", "ask_time", "own_name_ask",
     "help_more", "referral", "ask_contact"}
)  # fmt: skip
TELLING: frozenset[str] = frozenset({"pitch", "argue", "accept"})
Expects = Literal["appointment", "call", "contact", "nothing"]


@dataclass(frozen=True)
class Move:
    """One thing done in a line; ``quote`` are its words, ``topic`` a fact's or concern's id."""

    kind: MoveKind
    quote: str
    start: int = 0
    topic: str | None = None
    times: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What a line is read against: the concern on the table, what the client waits for, what he said last."""

    persona: Persona
    language: Language
    at: datetime
    concern: Concern | None = None
    expects: Expects = "nothing"
    offered: Proposal | None = None
    told: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def before(self) -> str:
        """What the client said before the line."""
        return self.said[-1] if self.said else ""


@dataclass(frozen=True)
class Line:
    """One line: its text, the same levelled, its clauses in order."""

    text: str
    levelled: str
    clauses: tuple[Clause, ...]
    scene: Scene

    def at(self, place: int) -> Clause | None:
        """The clause that a place lies in."""
        return next((one for one in self.clauses if one.start <= place < one.end), None)

    def suits(self, kind: str, start: int, end: int, *, asks: bool) -> bool:
        """Whether words stand in a question where their move asks, and in none where it tells."""
        first, last = self.at(start), self.at(end - 1)
        asking = any(one is not None and one.asks for one in (first, last))
        if asks or kind in ASKING:
            return asking or (first is not None and first.checks)
        return not (kind in TELLING and asking)

    def words_of(self, clause: Clause) -> str:
        """The clause's words without the marks around them."""
        return self.text[clause.start : clause.end].strip(" ,;—-")

    def asked_in_its_sentence(self, place: int) -> bool:
        """Whether the sentence that a place lies in ends with a question mark."""
        end = next((at for at in range(place, len(self.text)) if self.text[at] in ".!?…"), None)
        return end is not None and self.text[end] == "?"
