"""On the line, beside the words: what breaks in, a hint, a client cut off, his mood."""

from dataclasses import dataclass
from typing import get_args

from trainer import trail
from trainer.practice.call import Call
from trainer.practice.mind import State
from trainer.practice.steps import Step, mood, next_step
from trainer.store import StoreError
from trainer.texts import Language
from trainer.transcript import INTERRUPTIONS, Action, Event, Turn
from trainer.web import guide
from trainer.web.handlers import Desk, Line, Said, keep, open_line

ACTIONS: tuple[Action, ...] = get_args(Action)
DASH = "—"


@dataclass(frozen=True)
class Aside:
    """What stands between the talk and the line to type into: an interruption, a hint, a step of the guided call."""

    talk: Language
    pending: Event | None = None
    step: Step | None = None
    told: bool = False
    guided: bool = False
    said: str = ""
    """A line that takes the step, in the guided call."""


def pending(line: Line) -> Event | None:
    """The last interruption, unless the seller has dealt with it."""
    events = [turn for turn in line.turns if isinstance(turn, Event)]
    return events[-1] if events and events[-1].event in INTERRUPTIONS and not line.over else None


def aside(line: Line) -> Aside:
    """What stands there without anybody asking: an interruption first, else the guided call's next step."""
    waits = pending(line)
    if waits is not None or not trail.Aids.of(line.call).guide or line.over:
        return Aside(line.call.language, waits)
    call = _loaded(line)
    step = next_step(call)
    return Aside(line.call.language, step=step, guided=True, said=guide.line_for(call, step))


def feeling(line: Line) -> int | None:
    """The client's mood, 1 to 5, where the meter is on."""
    if not trail.Aids.of(line.call).mood or line.call.state is None:
        return None
    return mood(State.from_json(line.call.state["state"]))


def ask_hint(desk: Desk, owner: int, id: str, *, tell: bool = False) -> Aside:
    """The step the method would take now: first as a question (A5), then told; only what was told is counted.

    Raises NotFound, and StoreError when the call is over or without hints.
    """
    line = open_line(desk, owner, id)
    if line.over or not trail.Aids.of(line.call).hints:
        raise StoreError("ended")
    step = next_step(_loaded(line))
    if tell:
        trail.take_hint(desk.store, id, owner, trail.Hint(len(line.turns), step), desk.now())
    return Aside(line.call.language, step=step, told=tell)


def act_on(desk: Desk, owner: int, id: str, action: str) -> Said:
    """What the seller does about the interruption that waits (A1–A3); the client's words to it come back.

    Nothing happens where none waits. Raises NotFound, StoreError.
    """
    with desk.lock(id):
        line = open_line(desk, owner, id)
        known = next((one for one in ACTIONS if one == action), None)
        if known is None or pending(line) is None:
            return Said(line, line, "", len(line.turns))
        call = _loaded(line)
        before = len(call.turns)
        fresh = call.act(known)
        stamped = tuple(turn.model_copy(update={"at": line.elapsed}) for turn in call.turns[before:])
        call.turns = (*call.turns[:before], *stamped)
        keep(desk, line, call)
    words = " ".join(turn.text for turn in fresh if isinstance(turn, Turn))
    silent = len(fresh) - sum(isinstance(turn, Turn) for turn in fresh)
    return Said(open_line(desk, owner, id), line, words, before + silent)


def cut_short(desk: Desk, owner: int, id: str, heard: str) -> bool:
    """The seller spoke while the client still did: of the client's turn only what was heard remains in the talk.

    What he had not got round to saying is kept beside the call, for the report. Raises NotFound, StoreError.
    """
    with desk.lock(id):
        line = open_line(desk, owner, id)
        spoken = [(n, turn) for n, turn in enumerate(line.turns) if isinstance(turn, Turn)]
        if line.over or not spoken or spoken[-1][1].role != "client":
            return False
        number, turn = spoken[-1]
        if not turn.text.startswith(heard) or turn.text == heard:
            return False
        words = f"{heard.rstrip(' ,;')} {DASH}" if heard else "…"
        trail.cut_turn(desk.store, line.call, number, words, turn.text[len(heard) :].strip())
        return True


def _loaded(line: Line) -> Call:
    if line.call.state is None:
        raise StoreError("ended")
    return Call.load(line.call.state, line.persona)
