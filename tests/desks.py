"""A desk for tests: a fresh database with two people, a clock that the test moves, no waiting for typed words."""

from collections.abc import Callable
from pathlib import Path

from trainer.grading.judges import Judge
from trainer.store import Store
from trainer.web.handlers import Desk


class Clock:
    """A clock that the test moves; each look at it takes ``step`` seconds."""

    def __init__(self, time: float = 1_000_000.0, step: float = 0.0) -> None:
        self.time, self.step = time, step

    def __call__(self) -> float:
        self.time += self.step
        return self.time


def solo_desk_at(folder: Path, judge: Callable[[], Judge], step: float = 0.0) -> Desk:
    """The one person of solo mode, and another (number 2) whose calls are not his."""
    store = Store(folder / "zvonok.db")
    store.migrate()
    with store.tx(write=True) as db:
        db.execute("insert into people (id, name, role, language) values (2, 'other', 'trainee', 'en')")
    return Desk(store, judge, now=Clock(step=step), pace=0.0)
