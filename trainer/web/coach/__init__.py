"""The coach's room: its pages and deeds, joined from one module a subject, and the sections of its bar."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TypeVar

from trainer.web.coach import (
    assignments,
    calibration,
    changes,
    exports,
    intake,
    logbook,
    materials,
    people,
    reviews,
    team,
)
from trainer.web.deeds import Deed
from trainer.web.pages import Page
from trainer.web.places import View

Key = TypeVar("Key")
Value = TypeVar("Value")
MODULES: tuple[ModuleType, ...] = (
    *(reviews, changes, calibration, assignments, team, materials, intake, exports, people, logbook),
)
"""Each has ``PAGES: dict[View, Page]`` and ``DEEDS: dict[str, Deed]``; a subject joins the room by standing here."""

NAV: tuple[tuple[View, str], ...] = (
    ("queue", "check"), ("calibration", "scale"), ("assignments", "clipboard"), ("team", "grid"),
    ("materials", "pages"), ("intake", "import"), ("exports", "print"),
    ("people", "people"),
)  # fmt: skip
"""The sections in their order, each with its icon; one appears in the bar when its view has a page."""
SECTIONS: dict[View, View] = {
    "review": "queue", "blind": "calibration", "person": "team", "edit": "materials", "log": "people",
    "sheet": "exports",
}  # fmt: skip


def _joined(parts: Iterable[Mapping[Key, Value]]) -> dict[Key, Value]:
    made: dict[Key, Value] = {}
    for part in parts:
        if made.keys() & part.keys():
            raise ValueError(f"there already: {made.keys() & part.keys()}")
        made.update(part)
    return made


COACH_PAGES: dict[View, Page] = _joined(module.PAGES for module in MODULES)
COACH_DEEDS: dict[str, Deed] = _joined(module.DEEDS for module in MODULES)
HOME: View = next(view for view, _ in NAV if view in COACH_PAGES)
"""The first section that has a page."""
