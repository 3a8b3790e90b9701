"""A call taken back to one of the seller's lines: the turns, the trace and the client's mind as they were before it."""

from typing import Any

from trainer.practice.director import REMEMBERED
from trainer.practice.patterns import level

INTERRUPTION = "interruption:"


def rewound(saved: dict[str, Any], turn: int) -> dict[str, Any] | None:
    """What ``Call.save`` would have written before the seller's turn of this number.

    ``None`` where there is no such turn of his. What he heard of himself (to notice repeats) is counted anew.
    """
    turns: list[dict[str, Any]] = saved["turns"]
    if not 0 <= turn < len(turns) or turns[turn]["role"] != "seller":
        return None
    later = [entry for entry in saved["trace"] if entry["turn"] >= turn]
    if not later:
        return None
    before = [entry for entry in saved["trace"] if entry["turn"] < turn]
    said = [entry["said"] for entry in before if not entry["rule"].startswith(INTERRUPTION)]
    heard = [level(words).strip(" .,!?…") for words in said][-REMEMBERED:]
    state = {**later[0]["before"], "heard": heard, "over": False}
    return {**saved, "turns": turns[:turn], "trace": before, "state": state}
