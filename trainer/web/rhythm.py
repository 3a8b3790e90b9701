"""How fast a client talks: short pauses before he begins, then his words a few at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from random import Random

BREATH = 0.35
PER_LETTER = 0.004
LONGEST_BREATH = 0.9
BEAT = 0.13
"""Seconds between two updates of the page; under ten a second, whatever the client says."""
LETTERS_PER_BEAT = 7
LONGEST_TALK = 4.0
LATE = 0.5
"""Seconds behind the rhythm from which on the rest is said later, not faster."""


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


async def spoken(words: str, pace: float, since: float) -> AsyncIterator[str]:
    """The words so far, each time some more are due; ``since`` is the loop's time at which the breath began.

    What the server did meanwhile is not added to the rhythm: the next words are due when they were, and words that are
    late together come together.
    """
    loop = asyncio.get_running_loop()
    beats = list(rhythm(words, pace))
    due = since
    for number, (wait, so_far) in enumerate(beats):
        due += wait
        late = loop.time() - due
        if number == 0 or late > LATE:
            due += max(late, 0.0)
        await asyncio.sleep(due - loop.time())
        if number == len(beats) - 1 or due + beats[number + 1][0] > loop.time():
            yield so_far
