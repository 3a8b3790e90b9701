"""The first call, guided: which client it is, and what is explained at each step."""

from trainer.errors import NotFound
from trainer.practice.call import Call
from trainer.practice.steps import Step
from trainer.texts import room
from trainer.web.handlers import Desk

CLIENT = "tourist"


def client(desk: Desk) -> str:
    """The client of the guided call. Raises NotFound when a company has taken him out."""
    return desk.persona(CLIENT).id


def available(desk: Desk) -> bool:
    """Whether the guided call can be made."""
    try:
        return bool(client(desk))
    except NotFound:
        return False


def line_for(call: Call, step: Step) -> str:
    """A line, not said yet, that takes this step in the guided call; empty where it is better to wait."""
    lines: dict[str, list[str]] = room(call.language, "trainee")["first"]["lines"]
    said = {text for _, text in call.transcript.said_by("seller")}
    active = call.state.active
    known = [*lines.get(f"{step}.{active.id}" if active else "", []), *lines.get(step, [])]
    return next((line for line in known if line not in said), "")
