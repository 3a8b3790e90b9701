"""Real calls in bulk as pages: the form to upload, whose labels are whose, how far it is, what was doubtful."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from trainer.store import Person
from trainer.team import imports, intake
from trainer.team.intake import Intake
from trainer.team.rights import CALLS, SEEN, check_coach, scope
from trainer.texts import Language, phrase
from trainer.transcript import Speaker
from trainer.web import views
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

LABEL = re.compile(r"^(label|side)-(\d{1,3})$")
BREATH = 0.02
"""Seconds between two talks in which those who practise at this moment come first."""


@dataclass
class Worker:
    """Grades what waits, in a thread of its own; started when there is something to do, gone when there is not."""

    desk: Desk
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    again: bool = False

    def wake(self) -> None:
        """Something may wait; also at the start of the program, for what an earlier run left."""
        with self.lock:
            self.again = True
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="intake", daemon=True)
                self.thread.start()

    def _work(self) -> None:
        while not self.stopped.is_set():
            with self.lock:
                self.again = False
            while not self.stopped.wait(BREATH) and imports.step(self.desk.store, self.desk.judge, self.desk.now):
                pass
            with self.lock:
                if not self.again:
                    self.thread = None
                    return


_WORKERS: dict[str, Worker] = {}


def worker_of(desk: Desk) -> Worker:
    """The one worker of a database in this process."""
    return _WORKERS.setdefault(str(desk.store.path), Worker(desk))


def intake_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The form and what was uploaded lately; or one upload, where the address names it. Raises NotFound, Forbidden."""
    check_coach(who)
    batch = place.get("batch")
    if not batch:
        recent = [(one, views.moment(one.made, desk.now(), language)) for one in intake.recent(desk.store, who)]
        return views.fill("coach/intake.html", language, recent=recent)
    found = intake.found(desk.store, who, batch)
    if found.state == "asking":
        labels = intake.speakers(desk.store, who, batch)
        kinds = [(one.id, one.name[language]) for one in desk.rubrics() if one.id != "general"]
        return views.fill(
            "coach/speakers.html", language, found=found, labels=labels, people=people_of(desk, who), kinds=kinds,
            doubtful=_doubtful(found, language),
        )  # fmt: skip
    if found.state == "running":
        worker_of(desk).wake()
    return views.fill("coach/batch.html", language, found=found, progress=progress_html(found, language))


def progress_html(found: Intake, language: Language) -> Markup:
    """The bar, and the doubtful ones so far."""
    doubtful = _doubtful(found, language)
    return Markup(views.fill("coach/bar.html", language, found=found, doubtful=doubtful))


def _doubtful(found: Intake, language: Language) -> list[tuple[str, str]]:
    return [(one.name, one.reason[language].removeprefix(f"{one.name}: ")) for one in found.doubtful]


def people_of(desk: Desk, who: Person) -> list[tuple[int, str]]:
    """Whose calls somebody may see, of those who call: number and name."""
    with desk.store.tx() as db:
        rows = list(db.query(f"select id, name, role from people where {SEEN} and {CALLS} order by name", scope(who)))
    real = [row for row in rows if row["role"] != "solo"]
    return [(row["id"], row["name"]) for row in real or rows]


def begin(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Разобрать»: who is who was told."""
    check_coach(who)
    told = {name: value for name, value in given.items() if LABEL.match(name)}
    sides: dict[str, Speaker] = {}
    for name, value in told.items():
        side = told.get(name.replace("label-", "side-"))
        if name.startswith("label-") and side in ("seller", "client"):
            sides[value] = "seller" if side == "seller" else "client"
    owner = given.get("owner", "")
    person = int(owner) if owner.isdecimal() else who.id if who.role == "solo" else None
    intake.begin(desk.store, who, place.get("batch"), sides, person, given.get("rubric", ""), desk.now())
    worker_of(desk).wake()
    return Done(place=place)


def _simple(work: Callable[[Desk, Person, str], None], said: str = "") -> Deed:
    def deed(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
        check_coach(who)
        work(desk, who, given.get("batch") or place.get("batch"))
        worker_of(desk).wake()
        return Done(place=place if not said else Place("intake"), note=phrase(language, said) if said else "")

    return deed


PAGES: dict[View, Page] = {"intake": intake_page}
DEEDS: dict[str, Deed] = {
    "begin_intake": begin,
    "stop_intake": _simple(lambda desk, who, id: intake.stop(desk.store, who, id)),
    "go_on_intake": _simple(lambda desk, who, id: intake.go_on(desk.store, who, id)),
    "drop_intake": _simple(lambda desk, who, id: intake.drop(desk.store, who, id), "intake.dropped"),
}
