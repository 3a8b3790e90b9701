"""A team with graded calls, for the tests of what coaches do."""

from pathlib import Path
from typing import Any

from trainer.grading.grader import score
from trainer.report import CriterionResult, Evidence, Report
from trainer.store import NewCall, Person, Store

SOLO = Person(1, "solo", "solo", "ru")
ANNA = Person(2, "Анна", "coach", "ru", "anna", 1)
BORIS = Person(3, "Борис", "coach", "ru", "boris", 1)
PETYA = Person(4, "Петя", "trainee", "ru", "petya", 1)
MASHA = Person(5, "Маша", "trainee", "ru", "masha", 1)
STRANGER = Person(6, "Чужой", "coach", "ru", "stranger", 2)
OTHER = Person(7, "Ваня", "trainee", "ru", "vanya", 2)
ADMIN = Person(8, "Админ", "admin", "ru", "admin", None)
PEOPLE = (ANNA, BORIS, PETYA, MASHA, STRANGER, OTHER, ADMIN)
LINES = (
    "Алло, сколько стоит окно?",
    "Добрый день, «Окна-Плюс». Ещё посчитаем.",
    "Дорого у вас.",
    "Приезжайте завтра в три.",
)
WEIGHTS = {"goal.outcome": 3.0, "concern.accepted": 2.0, "closing.farewell": 1.0, "respect.equal_quality": 1.0}
DAY = 86400.0


def team(path: Path) -> Store:
    """A database with two teams."""
    store = Store(path)
    store.migrate()
    with store.tx(write=True) as db:
        for id, name in ((1, "Север"), (2, "Юг")):
            db.execute("insert into teams (id, name) values (?, ?)", (id, name))
        for one in PEOPLE:
            row = (one.id, one.name, one.role, one.language, one.login, one.team)
            db.execute("insert into people (id, name, role, language, login, team) values (?, ?, ?, ?, ?, ?)", row)
    return store


def graded(
    store: Store,
    owner: int = PETYA.id,
    now: float = 1000.0,
    persona: str | None = "tourist",
    lines: tuple[str, ...] = LINES,
    flagged: tuple[str, ...] = (),
    **verdicts: Any,
) -> str:
    """A finished call with a report; ``verdicts`` by criterion with ``__`` for the dot, the others are missed."""
    turns = [{"role": "client" if n % 2 == 0 else "seller", "text": text} for n, text in enumerate(lines)]
    transcript = {"format": "call-transcript/1", "language": "ru", "call": {"purpose": "sale", "kind": "first_time",
                  "direction": "inbound"}, "turns": turns}  # fmt: skip
    source: Any = "practice" if persona else "import"
    id = store.create_call(NewCall(owner, "ru", source, "Клиент", transcript, persona, "real", 7, None), now)
    store.save_report(id, owner, report(flagged, **verdicts).model_dump(mode="json"), now)
    return id


def report(flagged: tuple[str, ...] = (), **verdicts: Any) -> Report:
    """A report of four criteria, each quoting the seller's first words."""
    named = {name.replace("__", "."): verdict for name, verdict in verdicts.items()}
    results = tuple(
        CriterionResult(
            id=id, rule=("G1",), verdict=named.get(id, "missed"), weight=weight, tip="Что он сказал? Спросите.",
            evidence=(Evidence(turn=1, quote="Добрый день"),), needs_review=id in flagged,
            outcome={"met": "maximum", "partly": "minimum"}.get(named.get(id, "missed"), "none")
            if id == "goal.outcome" else None,
        )
        for id, weight in WEIGHTS.items()
    )  # fmt: skip
    return Report(
        rubric="inbound_sale", judge="rules", score=score(results), outcome=results[0].outcome, criteria=results
    )
