"""A call as it was spoken: turns, events and what is known about it (``call-transcript/1``)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_serializer

from trainer.texts import Language

FORMAT: Literal["call-transcript/1"] = "call-transcript/1"

Direction = Literal["inbound", "outbound"]
Kind = Literal["first_time", "returning", "referral", "repeat", "hot", "warm", "cold"]
Purpose = Literal["sale", "service", "phone_deal", "care"]
Channel = Literal["phone", "in_person"]
Speaker = Literal["seller", "client"]
Seconds = Annotated[float, Field(allow_inf_nan=False)]
EventName = Literal["phone_rings", "visitor_arrives", "colleague_asks", "seller_action", "hang_up"]
Who = Literal["boss", "colleague", "family", "client", "walk_in"]
Action = Literal["declined", "answered", "promised_callback", "ignored"]

INBOUND_KINDS: tuple[Kind, ...] = ("first_time", "returning", "referral", "repeat")
INTERRUPTIONS: tuple[EventName, ...] = ("phone_rings", "visitor_arrives", "colleague_asks")


class Frozen(BaseModel):
    """A value that never changes; keys it does not know are passed over, so newer files still read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CallInfo(Frozen):
    """What is known about a call before a word is said; ``None`` is "not known", never a guess (T1–T3)."""

    direction: Direction | None = None
    kind: Kind | None = None
    purpose: Purpose | None = None
    channel: Channel | None = None
    seller: str | None = None
    client: str | None = None
    company: str | None = None
    subject: str | None = None
    at: str | None = None

    @field_validator("at")
    @classmethod
    def _is_a_moment(cls, value: str | None) -> str | None:
        if value is not None:
            datetime.fromisoformat(value)
        return value

    @property
    def known_direction(self) -> Direction | None:
        """The direction, read off the kind where it was not given: T2 kinds come in, T3 kinds go out."""
        if self.direction is not None or self.kind is None:
            return self.direction
        return "inbound" if self.kind in INBOUND_KINDS else "outbound"


class Turn(Frozen):
    """One side's words; ``at`` is seconds from the start of the call."""

    role: Speaker
    text: str
    at: Seconds | None = None

    @field_validator("text")
    @classmethod
    def _whole_letters(cls, value: str) -> str:
        """Half a letter (a lone surrogate, as a cut line of a web page may end with) can't be written to any file."""
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Event(Frozen):
    """Something that happened beside the words: an interruption, what the seller did about it, a hang-up."""

    role: Literal["event"] = "event"
    event: EventName
    who: Who | None = None
    action: Action | None = None
    by: Speaker | None = None
    at: Seconds | None = None


class Plan(Frozen):
    """What the seller named before a practised call: its kind and the goals he would go for (chapters T, G)."""

    direction: Direction | None = None
    kind: Kind | None = None
    maximum: str | None = None
    minimum: str | None = None


AnyTurn = Annotated[Turn | Event, Field(discriminator="role")]


class Transcript(Frozen):
    """A whole call. Turn numbers are positions in ``turns``, from 0, events counted."""

    format: Literal["call-transcript/1"] = FORMAT
    id: str | None = None
    language: Language | None = None
    call: CallInfo = CallInfo()
    plan: Plan | None = None
    turns: tuple[AnyTurn, ...]

    @model_serializer(mode="wrap")
    def _drop_what_does_not_apply(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        data["turns"] = [{key: value for key, value in turn.items() if value is not None} for turn in data["turns"]]
        if data["plan"] is None:
            del data["plan"]
        return data

    def said_by(self, role: Speaker) -> tuple[tuple[int, str], ...]:
        """``(turn number, text)`` of everything one side said."""
        return tuple(
            (n, turn.text) for n, turn in enumerate(self.turns) if isinstance(turn, Turn) and turn.role == role
        )

    def text_at(self, turn: int) -> str | None:
        """The words of a turn; ``None`` for an event or a number outside the call."""
        if not 0 <= turn < len(self.turns):
            return None
        found = self.turns[turn]
        return found.text if isinstance(found, Turn) else None
