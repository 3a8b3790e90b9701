"""Takes a reasoning model's thoughts out of its answer, whole or in pieces."""

import re

OPEN, CLOSE = "<think>", "</think>"
_WHOLE = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)


def without_thoughts(text: str) -> str:
    """The answer alone; a thought that never closed hides the rest, one that never opened all before its end."""
    if CLOSE in text and OPEN not in text:
        text = text.split(CLOSE, 1)[1]
    return _WHOLE.sub("", text).strip()


class Sieve:
    """Lets through what is not a thought, holding back what may become the start of a mark."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def let(self, piece: str) -> str:
        """What of this piece, and of what was held back, may be passed on."""
        self._held += piece
        out = ""
        while self._held:
            mark = CLOSE if self._thinking else OPEN
            before, found, after = self._held.partition(mark)
            if found:
                out += "" if self._thinking else before
                self._held, self._thinking = after, not self._thinking
                continue
            keep = next((n for n in range(len(mark) - 1, 0, -1) if self._held.endswith(mark[:n])), 0)
            ready = self._held[: len(self._held) - keep]
            out += "" if self._thinking else ready
            self._held = self._held[len(ready) :]
            break
        return out

    def rest(self) -> str:
        """What was held back and turned out to be no mark."""
        held, self._held = self._held, ""
        return "" if self._thinking else held
