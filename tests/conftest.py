"""What several tests need: transcripts made of lines."""

from typing import Any

import pytest

from trainer.transcript import CallInfo, Event, Transcript, Turn

SALE = CallInfo(direction="inbound", kind="first_time", purpose="sale", channel="phone")


def make(script: str, language: Any = "ru", call: CallInfo = SALE, **fields: Any) -> Transcript:
    """A transcript of lines ``S: …``, ``C: …`` and ``! event detail``."""
    turns: list[Turn | Event] = []
    for line in script.strip().splitlines():
        mark, _, text = line.strip().partition(" ")
        if mark == "!":
            event, _, detail = text.partition(" ")
            key = {"seller_action": "action", "hang_up": "by"}.get(event, "who")
            turns.append(Event.model_validate({"role": "event", "event": event, key: detail}))
        else:
            turns.append(Turn(role="seller" if mark == "S:" else "client", text=text))
    return Transcript(id="t", language=language, call=call, turns=tuple(turns), **fields)


@pytest.fixture
def script() -> Any:
    return make
