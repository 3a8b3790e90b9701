"""Plots over weeks as figures for the templates: a line of means, its dots, and axes with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from trainer.team.picture import FEW, Week
from trainer.texts import Language, phrase
from trainer.web import wording

LEFT, RIGHT, TOP, BOTTOM = 44, 20, 20, 34
TICKS = (0, 50, 100)


@dataclass(frozen=True)
class Dot:
    """A week's mean; ``few`` marks one of fewer than five calls, ``title`` says it in words."""

    x: float
    y: float
    value: int
    n: int
    few: bool
    title: str


@dataclass(frozen=True)
class Plot:
    """A plot in a box of ``width`` by ``height``: ``weeks`` are ``(x, label, whether it stays on small screens)``."""

    name: str
    line: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, int], ...]
    weeks: tuple[tuple[float, str, bool], ...]
    label: str
    width: int
    height: int


def score_plot(weeks: Sequence[Week], name: str, language: Language) -> Plot:
    """The mean score of each week, 0–100."""
    found = [(one.monday, None if one.score is None else round(one.score), one.calls) for one in weeks]
    return _plot(found, name, language, 640, 220, 2)


def chapter_plots(weeks: Sequence[Week], names: dict[str, str], language: Language) -> list[Plot]:
    """What was met of each chapter, per cent by week; only chapters that came up."""
    made = []
    for chapter in names:
        found = []
        for one in weeks:
            counts = one.chapters.get(chapter)
            found.append(
                (one.monday, round(100 * counts.met / counts.n) if counts else None, counts.n if counts else 0)
            )
        if any(value is not None for _, value, _ in found):
            made.append(_plot(found, names[chapter], language, 320, 150, 5))
    return made


def _plot(
    found: Sequence[tuple[date, int | None, int]], name: str, language: Language, width: int, height: int, each: int
) -> Plot:
    step = (width - LEFT - RIGHT) / max(1, len(found) - 1)

    def y(value: float) -> float:
        return round(height - BOTTOM - value / 100 * (height - TOP - BOTTOM), 1)

    dots, weeks = [], []
    for number, (monday, value, n) in enumerate(found):
        x, said = round(LEFT + number * step, 1), wording.day(monday, language, short=True)
        labelled = (len(found) - 1 - number) % each == 0
        weeks.append((x, said if labelled else "", (len(found) - 1 - number) % (2 * each) == 0))
        if value is not None:
            calls = wording.counted("picture.heat.few", n, language)
            dots.append(Dot(x, y(value), value, n, n < FEW, f"{said}: {value}, {calls}"))
    first, last = (dots[0].value, dots[-1].value) if dots else (0, 0)
    label = phrase(language, "picture.weeks.label", name=name, n=len(dots), first=first, last=last)
    line = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Plot(name, line, tuple(dots), tuple((y(one), one) for one in TICKS), tuple(weeks), label, width, height)
