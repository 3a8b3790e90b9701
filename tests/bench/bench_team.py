"""Speed of the coach's room on a large database: the queue, the search, the heat map, calibration.

    python tests/bench/bench_team.py [--calls 100000] [--people 100] [--keep FILE]

Fills a database with calls of random words and verdicts, then prints the median and the slowest of some runs of each
question, for an admin who sees all and for a coach of a tenth of them. Prints figures, asserts nothing.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from trainer.definitions import rubrics
from trainer.store import Person, Store
from trainer.tables.reviews import SPOKEN, STANDING, VERDICTS
from trainer.team import calibration, queue
from trainer.team.queue import Filters
from trainer.team.rights import SEEN, scope

ADMIN = Person(1, "admin", "admin", "ru")
YEAR = 365 * 24 * 3600
START = 1_735_689_600
WORDS = (
    *("окно", "цена", "дорого", "завтра", "приезжайте", "замер", "спасибо", "добрый", "день", "понимаю", "уточните"),
    *("доставка", "жена", "подумаю", "три", "часа", "ёлка", "скидка", "договор", "рассрочка", "стекло", "створка"),
    *("балкон", "мастер", "вечером", "утром", "позвоните", "номер", "запишите", "хорошо", "ладно"),
)
PERSONAS = ("tourist", "critic", "cold", "hurry", "repeat")
TEAMS = 10


CALLS = """insert into calls (id, owner, persona, language, purpose, kind, title, source, started, touched, elapsed,
ended, outcome, transcript) values (?, ?, ?, 'ru', 'sale', 'first_time', 'Клиент', 'practice', ?, ?, 120, ?, ?, '{}')"""
TURNS = "insert into turns (call, number, role, text) values (?, ?, ?, ?)"
REPORTS = """insert into reports (call, rubric, judge, created, report, score, outcome)
values (?, 'inbound_sale', 'rules', ?, ?, ?, ?)"""
VERDICT = ("met", "partly", "missed", "not_applicable")


def fill(store: Store, calls: int, people: int) -> None:
    """Calls with a report each, as the app would have stored them."""
    chance = random.Random(7)
    rubric = next(one for one in rubrics() if one.id == "inbound_sale")
    with store.tx(write=True) as db:
        put = db.conn.executemany
        put("insert into teams (id, name) values (?, ?)", [(id, f"team {id}") for id in range(1, TEAMS + 1)])
        sql = "insert into people (id, name, role, language, login, team) values (?, ?, 'trainee', 'ru', ?, ?)"
        put(sql, [(id, f"Продавец {id}", f"login{id}", id % TEAMS + 1) for id in range(2, people + 2)])
        for number in range(calls):
            id, owner = f"call{number:06d}", chance.randrange(people) + 2
            lines = [" ".join(chance.choices(WORDS, k=9)) for _ in range(12)]
            if number % 1000 == 0:
                lines[5] += " гиппопотам"
            at, outcome = START + chance.random() * YEAR, chance.choice(("maximum", "minimum", "none"))
            put(CALLS, [(id, owner, chance.choice(PERSONAS), at, at, at, outcome)])
            put(TURNS, [(id, n, "seller" if n % 2 else "client", text) for n, text in enumerate(lines)])
            results = [
                {"id": one.id, "verdict": chance.choice(VERDICT), "weight": one.weight, "needs_review": doubt < 0.1}
                for one in rubric.criteria
                for doubt in [chance.random()]
            ]
            made = json.dumps({"rubric": rubric.id, "judge": "rules", "criteria": results})
            put(REPORTS, [(id, at, made, round(chance.random() * 100, 1), outcome)])
        checked = [(f"call{number:06d}", START + YEAR) for number in range(0, calls, 20)]
        put("insert into checks (call, person, at) values (?, 1, ?)", checked)
        for derive in (STANDING, VERDICTS, SPOKEN):
            before = time.perf_counter()
            db.execute(derive, {"call": None})
            print(f"derived in {time.perf_counter() - before:.0f} s", flush=True)
        db.execute("analyze")


def heat(store: Store, who: Person) -> int:
    """The figures of the heat map: people by criteria."""
    sql = f"""
        select owner, criterion, final, count(*) as n from verdicts
        where owner in (select people.id from people where {SEEN}) and final in ('met', 'partly', 'missed')
        group by owner, criterion, final"""
    with store.tx() as db:
        return len(list(db.query(sql, scope(who))))


def timed(ask: Callable[[], object], times: int = 7) -> tuple[float, float]:
    """Median and slowest, in milliseconds."""
    took = []
    for _ in range(times):
        before = time.perf_counter()
        ask()
        took.append((time.perf_counter() - before) * 1000)
    return median(took), max(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="a file to fill and keep, or one filled before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(asked.keep or Path(folder) / "bench.db")
        filled = store.path.exists()
        store.migrate()
        if not filled:
            before = time.perf_counter()
            fill(store, asked.calls, asked.people)
            print(f"filled with {asked.calls} calls in {time.perf_counter() - before:.0f} s")
        measure(store)


def measure(store: Store) -> None:
    """Asks each question several times, for each who may ask."""
    coach = Person(10**6, "coach", "coach", "ru", "coach", 3)
    late = START + YEAR * 0.9
    deep = queue.queue(store, ADMIN, Filters(state="all"), limit=5000).calls[-1].key
    for name, who in (("admin", ADMIN), ("coach", coach)):
        questions: dict[str, Callable[[], object]] = {
            "queue, first page": lambda who=who: queue.queue(store, who, Filters()),
            "queue, page 200": lambda who=who: queue.queue(store, who, Filters(state="all"), deep),
            "queue, by criterion": lambda who=who: queue.queue(store, who, Filters(criterion="concern.clarified")),
            "queue, client, outcome, date": lambda who=who: queue.queue(
                store, who, Filters(persona="cold", outcome="none", since=late)
            ),
            "neighbours": lambda who=who: queue.neighbours(store, who, Filters(), deep),
            "search, frequent word": lambda who=who: queue.queue(store, who, Filters(words="дорого")),
            "search, rare word": lambda who=who: queue.queue(store, who, Filters(words="гиппопотам")),
            "search, three beginnings": lambda who=who: queue.queue(store, who, Filters(words="ЁЛК расср ут")),
            "heat map": lambda who=who: heat(store, who),
            "calibration": lambda who=who: calibration.calibration(store, who),
            "informative criteria": lambda who=who: calibration.informative(store),
        }  # fmt: skip
        for question, ask in questions.items():
            middle, slowest = timed(ask)
            print(f"{name:6} {question:30} {middle:7.0f} ms   slowest {slowest:7.0f} ms")


if __name__ == "__main__":
    main()
