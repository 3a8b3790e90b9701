"""How fast a client talks: short pauses before he begins, then his words a few at a time."""

from collections.abc import Iterator
from random import Random

BREATH = 0.35
PER_LETTER = 0.004
LONGEST_BREATH = 0.9
BEAT = 0.13
"""Seconds between two updates of the page; under ten a second, whatever the client says."""
LETTERS_PER_BEAT = 7
LONGEST_TALK = 4.0


def rhythm(words: str, pace: float = 1.0) -> Iterator[tuple[float, str]]:
    """``(seconds to wait, words said so far)``; ``pace`` 0 says everything at once."""
    if pace <= 0 or not words:
        yield 0.0, words
        return
    pieces = words.split(" ")
    letters = max(LETTERS_PER_BEAT, round(len(words) * BEAT / LONGEST_TALK))
    jitter = Random(words)
    wait = min(LONGEST_BREATH, BREATH + PER_LETTER * len(words))
    said, begun = "", 0
    for number, piece in enumerate(pieces):
        said = f"{said} {piece}" if number else piece
        if len(said) - begun >= letters or number == len(pieces) - 1:
            yield wait * pace, said
            begun = len(said)
            wait = BEAT * jitter.uniform(0.85, 1.3) + (0.18 if piece.endswith((".", "!", "?", "…")) else 0.0)
