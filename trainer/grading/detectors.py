"""What stands in each turn, found once for all criteria: acts, moments, contacts, questions, and where they stand."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from trainer.grading.evidence import LONGEST, quote
from trainer.language import contacts, times
from trainer.language.acts import Spoken, read_acts
from trainer.language.contacts import Contact
from trainer.language.text import Folded, fold, fold_with_places, hidden, is_question, lexicon, sentences
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

    ``acts``: the turns' acts where they are known already, one table a spoken turn.
    """

    def __init__(self, transcript: Transcript, acts: Sequence[Mapping[str, float]] | None = None) -> None:
        self.transcript = transcript
        self.language: Language = transcript.language or "ru"
        spoken = [(n, turn) for n, turn in enumerate(transcript.turns) if isinstance(turn, Turn)]
        cleaned = [Spoken(turn.role, own_words(turn.text, turn.role)) for _, turn in spoken]
        self.readings = tuple(
            Reading(n, turn.role, clean.text, self.language, chances)
            for (n, turn), clean, chances in zip(spoken, cleaned, acts or read_acts(cleaned), strict=True)
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


_FORGED = re.compile(
    r"(?im)(?:^|[\n.!?;,»\"')\]}>|]|\s{2,})\s*[\[(<*_#]*\s*(?P<label>клиент(?:ка)?|покупатель(?:ница)?|заказчик|менеджер|продавец|"
    r"client|customer|buyer|caller|prospect|seller|salesperson|agent|manager|assistant|system|user)\s*[\])>*_]*\s*[:：]"
)
_CODE = re.compile(r"```.*?(?:```|\Z)|\{[^{}]*[\"'][^{}]*:[^{}]*\}|<[/!]?[a-z][^>]*>", re.S | re.I)
_NARRATION = re.compile(
    r"(?i)\b(?:клиент|покупатель|заказчик|(?:the )?(?:client|customer|buyer))(?:ка|ница|ица)?\s+(?:уже |has |had )?"
    r"(?:соглас|подтверд|назвал|дал|продиктовал|попрощал|сказал|обещал"
    r"|agree|confirm|gave|give|said|says|promis|accept)\w*[^.!?\n]*"
)
_SELLER_LABELS = {"менеджер", "продавец", "seller", "salesperson", "agent", "manager"}


def own_words(text: str, role: Speaker) -> str:
    """The turn with forged lines and code blanked out, character for character.

    «… Клиент: согласен» typed inside a seller's turn is not the client's word, and no longer the seller's either: the
    label and all behind it, up to a label of the turn's own side, is blanked.
    """
    found = list(text)
    places = [place for place, letter in enumerate(text) if not hidden(letter)]
    seen = "".join(text[place] for place in places)

    def blank(start: int, end: int) -> None:
        for place in places[start:end]:
            found[place] = " "

    for pattern in (_CODE, _NARRATION):
        for match in pattern.finditer(seen):
            blank(match.start(), match.end())
    labels = list(_FORGED.finditer(seen))
    for number, match in enumerate(labels):
        own = (fold(match["label"]) in _SELLER_LABELS) == (role == "seller")
        end = labels[number + 1].start("label") if number + 1 < len(labels) else len(seen)
        blank(match.start("label"), match.end() if own else end)
    return "".join(found)
