"""What is decided about who may do what: one module a subject, joined here; what no module decides fails the test.

Each module may have ``THINGS`` (makes what its cases are about), ``PAGES``, ``DEEDS`` and ``ROUTES``. The people are
``a`` and ``b``, trainees of one team; ``coach``, the coach of that team; ``stranger``, the coach of another team;
``admin``. All things belong to ``a`` unless a module says otherwise.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trainer.store import Person
from trainer.web.handlers import Desk
from trainer.web.places import Place

PEOPLE = ("a", "b", "stranger", "coach", "admin")
EVERYBODY = frozenset(PEOPLE)
COACHES = frozenset({"stranger", "coach", "admin"})
OF_THE_TEAM = frozenset({"coach", "admin"})
OWNER = frozenset({"a"})
ADMIN = frozenset({"admin"})

Things = dict[str, str]
People = Mapping[str, Person]
Make = Callable[[Desk, People, Things], Things]
"""Adds a subject's things to those there are already."""


@dataclass(frozen=True)
class Decided:
    """Who may do a thing, at which place, with what sent; for all others it is forbidden or is not there."""

    may: frozenset[str]
    place: Callable[[Things], Place] = lambda things: Place()
    given: Callable[[Things], dict[str, str]] = lambda things: {}


@dataclass(frozen=True)
class Route:
    """What a route answers: to nobody, then to those who may, and to the others; ``of`` fills its address.

    Below /coach/ a trainee is always forbidden; ``no`` is then for the coaches whose thing it is not.
    """

    nobody: int
    may: frozenset[str]
    yes: int
    no: int = 404
    of: Callable[[Things], dict[str, str]] = lambda things: {}
    body: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] | None = None

    def answer(self, path: str, who: str | None) -> int:
        """The status that somebody, ``None`` being nobody, gets at the route's path."""
        if who is None or who in self.may:
            return self.nobody if who is None else self.yes
        return 403 if path.startswith("/coach/") and who not in COACHES else self.no


def modules() -> list[Any]:
    """All modules of this package, in the order of their names."""
    return [importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]


def joined(name: str) -> dict[Any, Any]:
    """What all modules decide under one name."""
    made: dict[Any, Any] = {}
    for module in modules():
        found = getattr(module, name, {})
        assert not made.keys() & found.keys(), f"{module.__name__}: decided twice: {made.keys() & found.keys()}"
        made.update(found)
    return made
