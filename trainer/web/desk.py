"""The desk: what every handler works with, and the same desk with a team's own materials on it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from trainer import definitions
from trainer.errors import NotFound
from trainer.grading.judges import Judge
from trainer.persona import Persona
from trainer.practice.actor import Actor, Bank, Streams
from trainer.rubric import Rubric
from trainer.store import Person, Store, StoredCall
from trainer.team import materials
from trainer.team.materials import Shelf


@dataclass(frozen=True)
class Desk:
    """What every handler works with: the database, who judges, who can be called, what time it is."""

    store: Store
    judge: Callable[[], Judge]
    voice: Callable[[], Actor] = Bank
    personas: Callable[[], tuple[Persona, ...]] = definitions.personas
    rubrics: Callable[[], tuple[Rubric, ...]] = definitions.rubrics
    now: Callable[[], float] = time.time
    pace: float = 1.0
    accounts_only: bool = False
    """Whether a login is needed even with no accounts left: the site can be reached from other machines."""
    locks: dict[str, threading.Lock] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=lambda: Shelf((), ()))
    """The versions of the own materials among these personas and rubrics."""

    def for_team(self, who: Person) -> "Desk":
        """The same desk with the own materials of somebody's team. Raises StoreError."""
        own = materials.shelf(self.store, who.team)
        if not own.persona_versions and not own.rubric_versions:
            return self
        return replace(self, personas=lambda: own.personas, rubrics=lambda: own.rubrics, shelf=own)

    @property
    def streams(self) -> bool:
        """Whether the client is heard while he still speaks."""
        return isinstance(self.voice(), Streams)

    def persona(self, id: str) -> Persona:
        """A client by id. Raises NotFound."""
        known = {one.id: one for one in self.personas()}
        if id not in known:
            raise NotFound("persona", id, known)
        return known[id]

    def persona_of(self, call: StoredCall) -> Persona:
        """The client of a call as he was when it began, whatever was saved since. Raises NotFound."""
        name, began = call.persona or "", (call.persona_version, call.company_version)
        if began == self.shelf.persona_versions.get(name, (None, None)):
            return self.persona(name)
        return materials.persona_at(self.store, name, *began)

    def lock(self, call: str) -> threading.Lock:
        """The lock that lets the lines of one call in one by one."""
        return self.locks.setdefault(call, threading.Lock())
