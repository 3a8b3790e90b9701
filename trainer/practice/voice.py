"""The client's voice by a model: streamed, checked before a word is heard, offline when it fails or takes too long."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from trainer.errors import ModelFailure
from trainer.language.text import sentences
from trainer.models.loop import pieces
from trainer.models.request import Model, Request
from trainer.models.settings import Settings
from trainer.practice import guard
from trainer.practice.actor import Actor, Bank, Card
from trainer.practice.prompting import again, request_for
from trainer.practice.watch import Fault, faults, needed

log = logging.getLogger(__name__)
RETRIES = 2
LEAST = 0.4
"""Seconds that must be left for another try."""
WORTH = frozenset({"cut", "empty", "not_json", "too_long", "server", "refused"})
"""Failures after which another try may still be in time."""
_LINE = re.compile(r'"line"\s*:\s*"((?:[^"\\]|\\.)*)("?)')
_ACT = re.compile(r'"act"\s*:\s*"([^"]*)"')


@dataclass(frozen=True)
class Voiced:
    """How a line came about: ``by`` the model or offline, what was refused and why, what failed, the seconds."""

    by: str
    text: str
    refused: tuple[tuple[str, tuple[Fault, ...]], ...] = ()
    failure: str | None = None
    seconds: float = 0.0


@dataclass
class ModelVoice:
    """Gives an act words by a model, one call a line; ``history`` tells how each line came about."""

    model: Model
    patience: float = 6.0
    history: list[Voiced] = field(default_factory=list)

    def voice(self, card: Card) -> str:
        """The whole line."""
        return "".join(self.pieces(card))

    def pieces(self, card: Card) -> Iterator[str]:
        """The line as it may be spoken: sentence by sentence, each checked with all before it.

        What was spoken stands: a sentence that may not follow it is left out. Where nothing could be spoken in
        ``patience`` seconds the offline line is.
        """
        began = monotonic()
        request = request_for(card)
        refused: list[tuple[str, tuple[Fault, ...]]] = []
        failure: ModelFailure | None = None
        for _ in range(RETRIES + 1):
            left = self.patience - (monotonic() - began)
            if left < LEAST:
                break
            spoken, line = "", ""
            try:
                for line in self._heard(request, card, left):
                    ready = "" if _at_once(card) else line[: _whole(line)]
                    if len(ready) > len(spoken) and not faults(ready, card, whole=False):
                        yield ready[len(spoken) :]
                        spoken = ready
                why = faults(line, card)
                failure = None
            except ModelFailure as found:
                why, failure = (), found
                log.warning("%s: %s", self.model.name, found)
            if spoken and (failure or why):
                self._note("model", spoken, refused, failure, began)
                return
            if not failure and not why:
                yield line[len(spoken) :]
                self._note("model", line, refused, None, began)
                return
            if failure and failure.message not in WORTH:
                break
            if why:
                log.warning("%s: a line was refused: %s", self.model.name, ", ".join(why))
                refused.append((line, why))
                request = again(request, line, why, card.language)
        text = offline(card)
        self._note("offline", text, refused, failure, began)
        yield text

    def _heard(self, request: Request, card: Card, seconds: float) -> Iterator[str]:
        """The line so far, each time more of it has come. Raises ModelFailure, also for an answer without a line."""
        text, last = "", None
        done = False
        for piece in pieces(self.model.stream(request), seconds):
            text += piece
            found = _LINE.search(text)
            if found and not done:
                act = _ACT.search(text)
                if act and act[1] != card.act.kind:
                    raise ModelFailure("not_json", cause=f'act "{act[1]}"')
                last, done = _unescaped(found[1]), bool(found[2])
                yield last
        if last is None or not done:
            raise ModelFailure("not_json", cause="line")

    def _note(
        self,
        by: str,
        text: str,
        refused: list[tuple[str, tuple[Fault, ...]]],
        failure: ModelFailure | None,
        began: float,
    ) -> None:
        cause = str(failure) if failure else None
        self.history.append(Voiced(by, text, tuple(refused), cause, round(monotonic() - began, 2)))


def offline(card: Card) -> str:
    """The line of the bank, which the guard has no objection to where there is one."""
    for _ in range(RETRIES + 1):
        line = Bank().voice(card)
        if not guard.check(line, card):
            break
    return line


def _at_once(card: Card) -> bool:
    """Whether a line is checked whole before a word of it is heard: one that concedes something, or ends the call."""
    return bool(needed(card)) or card.act.end or card.act.kind in guard.CONSENTS


def _whole(line: str) -> int:
    """Where the last finished sentence of an unfinished line ends."""
    ends = [end for _, end in sentences(line) if end < len(line)]
    return ends[-1] if ends else 0


def _unescaped(text: str) -> str:
    """A JSON string's inside, as far as it has come."""
    try:
        return " ".join(str(json.loads(f'"{text}"')).split())
    except ValueError:
        return _unescaped(text[: text.rfind("\\")]) if "\\" in text else text


def open_voice(settings: Settings) -> Callable[[], Actor]:
    """Makes a voice for each call: the offline one, or that of the model the settings name. Raises ModelFailure."""
    if settings.model in ("", "offline"):
        return Bank
    from trainer.models.opened import open_model

    model = open_model(settings.model, settings)
    return lambda: ModelVoice(model, settings.patience)
