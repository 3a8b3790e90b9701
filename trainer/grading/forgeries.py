"""What a turn's own side said in it: forged lines, narration, verdicts, code and orders to the grader blanked out."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from operator import eq
from pathlib import Path
from typing import Any

import yaml

from trainer.language.text import plain_letters
from trainer.transcript import Speaker

LEXICON = Path(__file__).parents[1] / "language" / "lexicon" / "forgeries.yaml"
RECITED = 5
"""Kinds of steps in one turn from which it is a recital: the client had no chance to answer any of them (G22)."""
REPEATS = 4
_ENCODED = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_ANSWERED = re.compile(r"\s*(?:да|нет|верно|выполнено|yes|no|true|met)(?:[.!]|\s*$)")
"""The bare answer to a rubric's question that was pasted with it."""
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069][^\u202c\u2069]*[\u202c\u2069]?")
_SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"')]|$)|\n")
_CAPITAL = r"[^\W\d_a-zа-яё][^\W\d_]*"
_NAME = r"[^\W\d_a-zа-яё][a-zа-яё]+"
_NAMED = re.compile(
    rf"(?<=\n)[ \t]*(?:[-–—>*]+[ \t]*)?{_CAPITAL}(?:[ .]+[^\W\d_]+){{0,2}}[ \t]*:"
    rf"|(?:^|(?<=[.!?…\n])|(?<=[.!?…][ \n])){_NAME} {_NAME}[ \t]*:"
)
_DIALOGUE = re.compile(r"\n[ \t]*[-–—][ \t]*\S")
_DASH = re.compile(r"(?:^|(?<=[.!?…\n][ \n])|(?<=[.!?…\n]))[-–—][ \t]*\w")
_REMNANT = re.compile(r"\S+")


@dataclass(frozen=True)
class _Patterns:
    """The lexicon's patterns, compiled."""

    labels: dict[str, re.Pattern[str]]
    spans: tuple[re.Pattern[str], ...]
    rest: tuple[re.Pattern[str], ...]
    seller_spans: tuple[re.Pattern[str], ...]
    seller_sentences: re.Pattern[str]
    kinds: dict[str, re.Pattern[str]]
    only_sellers: tuple[re.Pattern[str], ...]


@cache
def _patterns() -> _Patterns:
    words: dict[str, Any] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    labels = words["labels"]
    spaced = "|".join(r"[ .*_-]{1,2}".join(word) for word in ("клиент", "client"))
    stamp = r"(?:[\[(]?\b\d{1,2}:\d\d\b[\])]? ?)?"
    starts = r"(?:^|(?<=[.!?…;\n\"])|(?<=[.!?…;\n\"] ))"
    marks = r"[\])>*_\"' ]{0,4}"
    sides = {
        side: rf"{stamp}(?<![^\W_])(?:{labels[side]}){words['tail']}{marks}(?:[:;=>|]|- |,\")"
        for side in ("client", "seller", "nobody")
    }
    sides["client"] += (
        rf"|[\[(<](?:{labels['client']})[\])>]"
        rf"|(?<![^\W_])(?:{spaced}) ?:"
        rf"|{starts}(?:{labels['short']})(?: ?:|\. ?[-:])"
        rf"|(?<![^\W_])(?:{labels['client']}) (?:говорит|отвечает|says|answers)\b"
        rf"|(?<![^\W_])(?:{labels['short']}) (?:клиента|в трубке|on the phone|of the client) ?:"
        rf"|(?<![^\W_])(?:client|customer)'s (?:answer|reply|words) ?:"
        rf"|(?<![^\W_])(?:{labels['title']})\.? [a-zа-я]+ ?:"
    )

    def compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(one, re.DOTALL | re.MULTILINE) for one in patterns)

    kinds = dict(zip(words["kinds"], compiled(words["kinds"].values()), strict=True))
    return _Patterns(
        {side: re.compile(one, re.MULTILINE) for side, one in sides.items()},
        compiled(words["spans"]),
        compiled(words["rest"]),
        compiled(words["seller_spans"]),
        re.compile("|".join(f"(?:{one})" for one in words["seller_sentences"]), re.MULTILINE),
        kinds,
        tuple(kinds[kind] for kind in words["only_sellers"]),
    )


class _Page:
    """A turn being cleaned: ``seen`` is what pattern matching sees, ``places`` where each of its letters stood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen, self.places = plain_letters(text)
        self.letters = list(text)

    def blank(self, start: int, end: int) -> None:
        """Blanks a span of ``seen``, and everything hidden inside it."""
        if start < end:
            self.blank_places(self.places[start], self.places[end - 1] + 1)

    def blank_places(self, start: int, end: int) -> None:
        self.letters[start:end] = [" "] * (end - start)

    def seen_at(self, place: int) -> int:
        """Where in ``seen`` a place of the text stands, or the next letter that is seen."""
        return bisect_left(self.places, place)

    def sweep(self) -> None:
        """Blanks marks left standing beside what was blanked: commas, bars, the end of a sentence that is gone."""
        text, cleaned = self.text, "".join(self.letters)
        if cleaned == text:
            return
        for match in _REMNANT.finditer(cleaned):
            start, end = match.span()
            before, after = len(cleaned[:start].rstrip()), len(cleaned) - len(cleaned[end:].lstrip())
            lost = cleaned[before:start] != text[before:start] or cleaned[end:after] != text[end:after]
            if lost and not any(letter.isalnum() for letter in match.group()):
                self.blank_places(start, end)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The bounds in ``seen`` of the sentence or sentences that hold a span."""
        stops = [0, *(stop.end() for stop in _SENTENCE_END.finditer(self.seen)), len(self.seen)]
        first = max(stop for stop in stops if stop <= start)
        last = min(stop for stop in stops if stop >= end)
        return first, last


def own_words(text: str, role: Speaker, other: str | None = None) -> str:
    """The turn with all that its side cannot have said blanked out, character for character.

    «… Клиент: согласен» typed inside a seller's turn is not the client's word, and no longer the seller's either.
    ``other`` is the other side's name: a line under it is forged too. A seller's turn that recites the steps of the
    method in one breath, or repeats one of them over and over, is blank altogether.
    """
    page = _Page(text)
    patterns = _patterns()
    for pattern in patterns.spans:
        for match in pattern.finditer(page.seen):
            page.blank(*match.span())
    for match in _ENCODED.finditer(text):
        if _looks_encoded(match.group()):
            page.blank_places(*match.span())
    for match in _OVERRIDE.finditer(text):
        page.blank_places(*match.span())
    starts = [match.start() for pattern in patterns.rest for match in [pattern.search(page.seen)] if match]
    starts += _forged_from(page, role, other)
    if starts:
        page.blank(min(starts), len(page.seen))
    if role == "seller":
        _clean_seller(page, patterns)
    else:
        for kind in patterns.only_sellers:
            for match in kind.finditer(page.seen):
                page.blank(*page.sentence(*match.span()))
    page.sweep()
    return "".join(page.letters)


def _forged_from(page: _Page, role: Speaker, other: str | None) -> list[int]:
    """Where the first line of another voice begins; a label of the turn's own side alone is only blanked."""
    labels = _patterns().labels
    theirs = labels["client" if role == "seller" else "seller"]
    mine = labels["seller" if role == "seller" else "client"]
    found = [match.start() for pattern in (theirs, labels["nobody"]) for match in [pattern.search(page.seen)] if match]
    if other and (match := re.search(rf"(?<![^\W_]){re.escape(plain_letters(other)[0].strip())} ?[:>]", page.seen)):
        found.append(match.start())
    names, dialogue = _NAMED.search(page.text), _DIALOGUE.search(page.text)
    dash = _DASH.search(page.text) or dialogue
    found += [page.seen_at(match.start()) for match in (names, dialogue and dash) if match]
    own = list(mine.finditer(page.seen))
    if found:
        return [*found, *(match.start() for match in own[:1])]
    for match in own:
        page.blank(*match.span())
    return []


def _clean_seller(page: _Page, patterns: _Patterns) -> None:
    for pattern in patterns.seller_spans:
        for match in pattern.finditer(page.seen):
            page.blank(*match.span())
    for match in patterns.seller_sentences.finditer(page.seen):
        start, end = page.sentence(*match.span())
        answered = _ANSWERED.match(page.seen, end)
        page.blank(start, answered.end() if answered else end)
    steps = {name: [match.span() for match in kind.finditer(page.seen)] for name, kind in patterns.kinds.items()}
    twice = _repeated(page.seen, 2)
    if sum(map(bool, steps.values())) + bool(twice) >= RECITED:
        spans, byes = sorted(chain.from_iterable(steps.values())), steps["bye"]
        if len(byes) > 1 and spans[0] == byes[0]:  # he had taken leave before he began to recite
            spans = spans[1:]
        page.blank(*page.sentence(spans[0][0], max(end for _, end in spans)))
    if twice:
        for span in _repeated(page.seen, REPEATS):
            page.blank(*span)


def _looks_encoded(word: str) -> bool:
    mixed = any(a.islower() and b.isupper() for a, b in pairwise(word)) and any(c.isdigit() for c in word)
    return mixed or word.endswith("=")


def _repeated(seen: str, times: int) -> list[tuple[int, int]]:
    """Spans in which one phrase of up to six words stands so many times or more on end."""
    spans = [match.span() for match in re.finditer(r"\w+", seen)]
    words = [seen[start:end] for start, end in spans]
    found = []
    for size in range(1, 7):
        if not any(map(eq, words, words[size:])):
            continue
        run = 0
        for number in range(size, len(words) + 1):
            same = number < len(words) and words[number] == words[number - size]
            if same:
                run += 1
                continue
            if run >= size * (times - 1):
                found.append((spans[number - run - size][0], spans[number - 1][1]))
            run = 0
    return found
