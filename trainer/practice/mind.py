"""What the client holds in his head between turns, and the acts he may do; frozen, JSON-able."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any, Literal

from trainer.persona import Concern, Fact, Gate, GateName, Persona
from trainer.practice.scene import Expects, Move
from trainer.texts import Language

Status = Literal["hidden", "voiced", "clarified", "resolved"]
Difficulty = Literal["gentle", "real", "hard"]
Topic = Literal["appointment", "call"]
TOP = 10
OWN = "own"
"""The topic of an agreement to an hour that he named himself: it is not asked back."""
SETTLED = ("settled", "settled_coolly", "settled_heard")
"""Acts by which a doubt is over: gladly, without warmth after arguments, at a word of sympathy after the answer."""


@dataclass(frozen=True)
class Standing:
    """How far one concern has come (C10): ``answered`` too early to count until it is accepted.

    ``argued`` counts what was said in place of a question, ``early`` the answers among it; ``waved``: it was argued
    away or drowned in praise; ``order`` tells which was voiced last.
    """

    id: str
    status: Status = "hidden"
    accepted: bool = False
    answered: bool = False
    respected: bool = False
    supported: bool = False
    asked: int = 0
    early: int = 0
    argued: int = 0
    waved: bool = False
    ignored: int = 0
    order: int = 0


def _order(one: Standing) -> int:
    return one.order


@dataclass(frozen=True)
class State:
    """The client's mind after a turn. ``harder`` is added to every gate; ``marks`` are things that happened once.

    ``rested`` is the patience that he came with: it comes back after a good turn, but never above that. ``most`` is the
    trust that he can still come to in this call: an argument in place of a question takes ``grudge`` of it for good.
    """

    trust: int
    interest: int
    patience: int
    leaves_at: int
    harder: int = 0
    irritation: int = 0
    turn: int = 0
    concerns: tuple[Standing, ...] = ()
    told: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    expects: Expects = "nothing"
    offered: str | None = None
    offered_for: Topic | None = None
    day: str | None = None
    clock: tuple[int, int] | None = None
    appointment: str | None = None
    visit: str | None = None
    next_call: str | None = None
    contact: bool = False
    invoice: bool = False
    refusals: int = 0
    idle: int = 0
    silences: int = 0
    heard: tuple[str, ...] = ()
    over: bool = False
    rested: int = TOP * 2
    most: int = TOP
    grudge: int = 0

    def standing(self, id: str) -> Standing:
        """How far the concern has come; KeyError for an unknown id."""
        for one in self.concerns:
            if one.id == id:
                return one
        raise KeyError(id)

    @property
    def active(self) -> Standing | None:
        """The concern on the table: of those voiced and not yet settled the last voiced one."""
        return max((one for one in self.concerns if one.status in ("voiced", "clarified")), key=_order, default=None)

    @property
    def agreed(self) -> bool:
        """Whether something was agreed that a talk may end with."""
        return self.appointment is not None or self.next_call is not None or self.invoice

    def voice(self, id: str) -> "State":
        """The same mind with a concern out in the open, the newest one."""
        return self.set(id, status="voiced", order=1 + max(one.order for one in self.concerns))

    def set(self, id: str, **changes: Any) -> "State":
        """The same mind with one concern's standing changed."""
        return replace(self, concerns=tuple(replace(one, **changes) if one.id == id else one for one in self.concerns))

    def feel(self, *, trust: int = 0, interest: int = 0, irritation: int = 0, patience: int = 0) -> "State":
        """The same mind with moods moved, each kept within its bounds."""
        return replace(
            self,
            trust=max(0, min(self.most, self.trust + trust)),
            interest=max(0, min(TOP, self.interest + interest)),
            irritation=max(0, self.irritation + irritation),
            patience=max(0, min(self.rested, self.patience + patience)),
        )

    def bound(self, by: int) -> "State":
        """The same mind with less trust (with ``by`` below zero: more) within his reach."""
        most = max(0, min(TOP, self.most - by))
        return replace(self, most=most, trust=min(self.trust, most))

    def mark(self, *names: str) -> "State":
        """The same mind, remembering that these happened."""
        return replace(self, marks=tuple(dict.fromkeys((*self.marks, *names))))

    def tell(self, id: str) -> "State":
        """The same mind, remembering that a fact was told."""
        return replace(self, told=tuple(dict.fromkeys((*self.told, id))))

    def to_json(self) -> dict[str, Any]:
        """Plain values for storage and for the trace."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "State":
        """The mind that ``to_json`` wrote."""
        fields = dict(data)
        fields["concerns"] = tuple(Standing(**one) for one in data["concerns"])
        for name in ("told", "marks", "heard"):
            fields[name] = tuple(data[name])
        fields["clock"] = tuple(data["clock"]) if data["clock"] else None
        return cls(**fields)


@dataclass(frozen=True)
class Act:
    """What the client does with his turn; ``topic`` is a fact's or concern's id, ``slots`` fill the line.

    ``way`` is the number of the concern's way that settled it.
    """

    kind: str
    topic: str | None = None
    slots: dict[str, str] = field(default_factory=dict)
    end: bool = False
    way: int | None = None


@dataclass(frozen=True)
class Heard:
    """One seller line as the rules see it; ``before``: what the client said before it."""

    persona: Persona
    language: Language
    at: datetime
    state: State
    text: str
    moves: tuple[Move, ...]
    rng: Random
    cut: bool = False
    before: str = ""

    def move(self, *kinds: str) -> Move | None:
        """The first move of one of these kinds."""
        return next((one for one in self.moves if one.kind in kinds), None)

    def has(self, *kinds: str) -> bool:
        """Whether the line holds a move of one of these kinds."""
        return self.move(*kinds) is not None

    def only(self, *kinds: str) -> bool:
        """Whether the line holds nothing but these kinds."""
        return bool(self.moves) and all(one.kind in kinds for one in self.moves)

    def now(self, state: State) -> "Heard":
        """The same line heard with a changed mind."""
        return replace(self, state=state)

    @property
    def concern(self) -> Concern | None:
        """The concern on the table."""
        active = self.state.active
        return self.persona.concern(active.id) if active else None


@dataclass(frozen=True)
class Reply:
    """What a rule decided: the mind after it, the acts to voice, the rule's name for the trace."""

    state: State
    acts: tuple[Act, ...]
    rule: str


Rule = Callable[[Heard], Reply | None]


def raised(heard: Heard, *triggers: str) -> Reply | None:
    """Voices the first hidden concern that one of the triggers brings out."""
    for concern in heard.persona.concerns:
        hidden = heard.state.standing(concern.id).status == "hidden"
        if hidden and any(one in concern.raised_by for one in triggers):
            state = replace(heard.state.voice(concern.id), expects="nothing", offered=None)
            return Reply(state, (Act("concern", concern.id),), f"raise:{concern.id}")
    return None


def closed(heard: Heard, name: GateName) -> str | None:
    """Why a gate is closed: a concern's id, ``never``, ``trust``, ``interest``; ``None`` when it is open."""
    gate: Gate = getattr(heard.persona.gates, name)
    state = heard.state
    if gate.never:
        return "never"
    for id in gate.settled:
        if state.standing(id).status != "resolved":
            return id
    if state.irritation >= state.leaves_at - 1:
        return "trust"
    if state.trust < min(TOP, gate.trust + state.harder):
        return "trust"
    if state.interest < min(TOP, gate.interest + state.harder):
        return "interest"
    return None


def unlocked(fact: Fact, state: State) -> bool:
    """Whether a fact may be told now."""
    if not fact.hidden:
        return True
    done = set(state.told) | {one.id for one in state.concerns if one.status in ("clarified", "resolved")}
    return state.trust >= fact.trust and all(id in done for id in fact.after)
