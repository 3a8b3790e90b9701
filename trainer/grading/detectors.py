"""What stands in each turn, found once for all criteria: acts, moments, contacts, questions, and where they stand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from trainer.grading.evidence import LONGEST, quote
from trainer.grading.forgeries import own_words
from trainer.language import contacts, times
from trainer.language.acts import Spoken, read_acts
from trainer.language.contacts import Contact
from trainer.language.text import Folded, fold, fold_with_places, is_question, lexicon, sentences
from trainer.language.times import TimeMention
from trainer.report import Evidence
from trainer.texts import Language
from trainer.transcript import Event, Speaker, Transcript, Turn

LIKELY = 0.5


@dataclass(frozen=True)
class Reading:
    """One turn as the detectors see it; ``acts`` are chances (0–1) by act of ``training/acts.md``.

    ``text`` is what the side itself said: labels of the other side, quoted code and the like are blanked out, so that
    a forged line is nobody's words (the turn's length stays, so places stay).
    """

    turn: int
    role: Speaker
    text: str
    language: Language
    acts: Mapping[str, float]

    def chance(self, *names: str) -> float:
        """The chance of the likeliest of these acts."""
        return max((self.acts.get(name, 0.0) for name in names), default=0.0)

    def does(self, *names: str, at: float = LIKELY) -> bool:
        """Whether any of these acts is likely."""
        return self.chance(*names) >= at

    @cached_property
    def folded(self) -> Folded:
        return fold_with_places(self.text)

    @cached_property
    def times(self) -> list[TimeMention]:
        found = times.find(self.text, self.language, expected=self.does("time", "offer_time", "confirm"))
        return [one for one in found if not any(c.start < one.end and one.start < c.end for c in self.contacts)]

    @cached_property
    def contacts(self) -> list[Contact]:
        return contacts.find(self.text, self.language)

    @cached_property
    def asks(self) -> bool:
        return is_question(self.text, self.language)

    def says(self, key: str) -> re.Match[str] | None:
        """The first place where the turn matches a pattern of the lexicon (``grading.<key>``)."""
        return _pattern(self.language, key).search(self.folded.text)


@cache
def _pattern(language: Language, key: str) -> re.Pattern[str]:
    return re.compile(lexicon(language)["grading"][key])


class Reader:
    """A transcript with every turn read; events stay where they are.

    ``known`` are the chances of acts by turn number, where they were read before.
    """

    def __init__(self, transcript: Transcript, known: Mapping[int, dict[str, float]] | None = None) -> None:
        self.transcript = transcript
        self.language: Language = transcript.language or "ru"
        others = {"seller": transcript.call.client, "client": transcript.call.seller}
        spoken = [
            (n, Spoken(turn.role, own_words(turn.text, turn.role, others[turn.role])))
            for n, turn in enumerate(transcript.turns)
            if isinstance(turn, Turn)
        ]
        # a turn without a word of its own is as if it had not been: the talk goes on around it
        heard = [(n, said) for n, said in spoken if said.text.strip() and fold(said.text)]
        read = [known[n] for n, _ in heard] if known else read_acts([said for _, said in heard])
        self.readings = tuple(
            Reading(n, said.role, said.text, self.language, acts) for (n, said), acts in zip(heard, read, strict=True)
        )
        self.events = tuple((n, turn) for n, turn in enumerate(transcript.turns) if isinstance(turn, Event))

    def by(self, role: Speaker, after: int = -1, before: int | None = None) -> list[Reading]:
        """The readings of one side between two turn numbers, both left out."""
        return [r for r in self.readings if r.role == role and r.turn > after and (before is None or r.turn < before)]

    def best(self, role: Speaker, *names: str) -> Reading | None:
        """The turn of one side that most likely does one of these acts."""
        return max(self.by(role), key=lambda r: (r.chance(*names), -r.turn), default=None)

    def evidence(self, reading: Reading, *names: str) -> Evidence:
        """The sentence of a turn that best shows the acts, as a verified quote; the whole turn where that is short."""
        text = self.transcript.text_at(reading.turn) or ""
        start, end = _telling(reading, names) if len(text) > 60 else (0, len(text))
        words = text[start:end].strip()
        if not words:
            words = text.strip()
        if len(words) > LONGEST:
            words = words[:LONGEST].rsplit(" ", 1)[0]
        return quote(self.transcript, reading.turn, words, reading.role)


ASKING = {
    "convenient", "how_went", "own_view", "others_view", "referral", "needs", "clarify", "ask_time", "ask_contact",
    "help_more", "ask",
}  # fmt: skip
TIMED = {"offer_time", "confirm", "time", "call_time", "next_call"}
PARTING = {"bye", "wish", "thanks", "hurry"}
OPENING = {"name", "role"}


def _telling(reading: Reading, names: Iterable[str]) -> tuple[int, int]:
    """The span of the sentence that shows the acts: a question for asking, a moment for times, the end, the start."""
    wanted = set(names)
    spans = sentences(reading.text)
    if len(spans) < 2:
        return spans[0] if spans else (0, len(reading.text))
    if wanted & TIMED and reading.times:
        mention = reading.times[0]
        places = reading.folded.places
        where = places[min(mention.start, len(places) - 1)]
        return next(((a, b) for a, b in spans if a <= where < b), spans[0])
    if wanted & ASKING:
        asking = [(a, b) for a, b in spans if is_question(reading.text[a:b], reading.language)]
        if asking:
            return asking[-1]
    if wanted & PARTING:
        return spans[-1] if len(spans[-1:]) and reading.text[slice(*spans[-1])].strip() else spans[0]
    if wanted & OPENING:
        return (spans[0][0], spans[1][1])
    return (spans[0][0], spans[-1][1])
