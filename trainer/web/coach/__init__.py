"""The coach's room: its pages and deeds, joined from one module a subject, and the sections of its bar."""

from collections.abc import Mapping
from types import ModuleType

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


def _joined_pages() -> dict[View, Page]:
    made: dict[View, Page] = {}
    for module in MODULES:
        pages: Mapping[View, Page] = module.PAGES
        if made.keys() & pages.keys():
            raise ValueError(f"{module.__name__}: a page is there already: {made.keys() & pages.keys()}")
        made.update(pages)
    return made


def _joined_deeds() -> dict[str, Deed]:
    made: dict[str, Deed] = {}
    for module in MODULES:
        deeds: Mapping[str, Deed] = module.DEEDS
        if made.keys() & deeds.keys():
            raise ValueError(f"{module.__name__}: a deed is there already: {made.keys() & deeds.keys()}")
        made.update(deeds)
    return made


COACH_PAGES = _joined_pages()
COACH_DEEDS = _joined_deeds()
HOME: View = next(view for view, _ in NAV if view in COACH_PAGES)
"""The first section that has a page."""
