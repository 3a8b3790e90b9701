"""The only maker of evidence: a quote that is not in its turn cannot exist."""

from dataclasses import dataclass

from trainer.report import Evidence
from trainer.transcript import Speaker, Transcript, Turn

LONGEST = 240


@dataclass(frozen=True)
class Unverified(ValueError):
    """A claimed quote that does not stand in the turn it was claimed for, or stands on the wrong side."""

    turn: int
    quote: str


def quote(transcript: Transcript, turn: int, words: str, speaker: Speaker | None = None) -> Evidence:
    """Evidence for ``words`` said in a turn, by ``speaker`` where given.

    Raises Unverified unless the words are a verbatim, non-empty piece of that turn's text.
    """
    found = transcript.turns[turn] if 0 <= turn < len(transcript.turns) else None
    wrong_side = isinstance(found, Turn) and speaker is not None and found.role != speaker
    if not isinstance(found, Turn) or not words.strip() or words not in found.text or wrong_side:
        raise Unverified(turn, words)
    return Evidence(turn=turn, quote=words)


def whole(transcript: Transcript, turn: int) -> Evidence:
    """Evidence for what a whole turn says; a long one is cut at a word, so that the quote can be read."""
    words = (transcript.text_at(turn) or "").strip()
    if len(words) > LONGEST:
        words = words[:LONGEST].rsplit(" ", 1)[0]
    return quote(transcript, turn, words)
