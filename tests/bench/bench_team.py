"""Speed of the coach's room on a large database: queue, search, the team's picture, calibration, whole pages.

    python tests/bench/bench_team.py [--calls 100000] [--people 100] [--database FILE]

Builds the database as an older program left it and brings it up to date, which is measured too; then prints the median
and the slowest of some runs of each question, for an admin who sees all and for a coach of a tenth of them. A file
named with ``--database`` is kept, and measured again the next time. Prints figures, asserts nothing.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from sqlite_utils import Database

from trainer.definitions import rubrics
from trainer.grading.rules import RulesJudge
from trainer.store import Person, Store
from trainer.tables import migrations
from trainer.tables.reviews import refresh
from trainer.team import calibration, needs, picture, queue
from trainer.team.picture import Span
from trainer.team.queue import Filters
from trainer.web.coach import COACH_PAGES
from trainer.web.handlers import Desk
from trainer.web.places import read_place

ADMIN = Person(1, "admin", "admin", "ru")
COACH = Person(2, "coach", "coach", "ru", "coach", 3)
YEAR = 365 * 24 * 3600
START = 1_735_689_600
NOW = START + YEAR
WORDS = (
    *("окно", "цена", "дорого", "завтра", "приезжайте", "замер", "спасибо", "добрый", "день", "понимаю", "уточните"),
    *("доставка", "жена", "подумаю", "три", "часа", "ёлка", "скидка", "договор", "рассрочка", "стекло", "створка"),
    *("балкон", "мастер", "вечером", "утром", "позвоните", "номер", "запишите", "хорошо", "ладно"),
)
PERSONAS = ("tourist", "critic", "cold", "price", "repeat")
TEAMS = 10
FIRST = 10
"""The number of the first trainee."""
TURNS = 12
CHECKED = 20
"""Every so manieth call was checked by a coach, every twice so manieth corrected."""
BATCH = 2000
VERDICT = ("met", "partly", "missed", "not_applicable")
BEFORE = "corrections_disputes_samples"
"""The migration that an older program did not know."""
Rows = dict[str, list[tuple[Any, ...]]]

INSERTS = {
    "calls": """insert into calls (id, owner, persona, language, purpose, kind, title, source, started, touched,
                elapsed, ended, outcome, transcript)
                values (?, ?, ?, 'ru', 'sale', 'first_time', 'Клиент', 'practice', ?, ?, 120, ?, ?, ?)""",
    "turns": "insert into turns (call, number, role, text) values (?, ?, ?, ?)",
    "reports": """insert into reports (call, rubric, judge, created, report, score, outcome)
                  values (?, 'inbound_sale', 'rules', ?, ?, ?, ?)""",
}


def build(path: Path, calls: int, people: int) -> None:
    """Calls with a report each, in the tables of an older program, all in one transaction."""
    db = Database(path)
    migrations.apply(db, stop_before=BEFORE)
    put = db.conn.executemany
    for setting in ("journal_mode=off", "synchronous=off", "cache_size=-256000"):
        db.execute(f"pragma {setting}")
    db.execute("begin")
    put("insert into teams (id, name) values (?, ?)", [(id, f"team {id}") for id in range(1, TEAMS + 1)])
    sql = "insert into people (id, name, role, language, login, team) values (?, ?, ?, 'ru', ?, ?)"
    put(sql, [(COACH.id, COACH.name, "coach", COACH.login, COACH.team)])
    put(sql, [(id, f"Продавец {id}", "trainee", f"login{id}", id % TEAMS + 1) for id in range(FIRST, people + FIRST)])
    for batch in _batches(calls, people):
        for table, rows in batch.items():
            put(INSERTS[table], rows)
    db.conn.commit()
    db.close()


def _batches(calls: int, people: int) -> Iterator[Rows]:
    chance = random.Random(7)
    criteria = next(one for one in rubrics() if one.id == "inbound_sale").criteria
    batch: Rows = {table: [] for table in INSERTS}
    for number in range(calls):
        id = f"{chance.getrandbits(48):012x}"  # in no order, as the app's own ids are
        lines = [" ".join(chance.choices(WORDS, k=9)) for _ in range(TURNS)]
        if number % 1000 == 0:
            lines[5] += " гиппопотам"
        at, outcome = START + chance.random() * YEAR, chance.choice(("maximum", "minimum", "none"))
        turns = [(id, n, "seller" if n % 2 else "client", text) for n, text in enumerate(lines)]
        transcript = json.dumps({"turns": [{"role": one[2], "text": one[3]} for one in turns]}, ensure_ascii=False)
        owner = chance.randrange(people) + FIRST
        batch["calls"].append((id, owner, chance.choice(PERSONAS), at, at, at, outcome, transcript))
        batch["turns"].extend(turns)
        results = [
            {
                "id": one.id, "rule": ["G1"], "verdict": chance.choice(VERDICT), "weight": one.weight,
                "evidence": [{"turn": 1, "quote": lines[1]}], "comment": "Сказал, но не спросил.", "tip": "Спросите.",
                "needs_review": chance.random() < 0.02,
            }
            for one in criteria
        ]  # fmt: skip
        report = json.dumps({"rubric": "inbound_sale", "judge": "rules", "criteria": results}, ensure_ascii=False)
        batch["reports"].append((id, at, report, round(chance.random() * 100, 1), outcome))
        if len(batch["calls"]) == BATCH:
            yield batch
            batch = {table: [] for table in INSERTS}
    yield batch


def look_through(store: Store) -> None:
    """Some calls are checked, and of some of these a verdict is corrected, as coaches would have done it."""
    with store.tx(write=True) as db:
        calls = [row["id"] for row in db.query("select id from calls order by started")][::CHECKED]
        spread = YEAR / len(calls)
        db.conn.executemany(
            "insert into checks values (?, 2, ?)", [(id, START + n * spread) for n, id in enumerate(calls)]
        )
        sql = """insert into corrections (call, criterion, verdict, reason, machine, person, at)
                 values (?, 'concern.clarified', 'met', 'Уточнил', 'missed', 2, ?)"""
        db.conn.executemany(sql, [(id, NOW) for id in calls[::2]])
        for id in calls:
            refresh(db, id)


def timed(ask: Callable[[], object], times: int = 7) -> tuple[float, float, float]:
    """Median and slowest by the clock, and the median of the processor's time, in milliseconds."""
    took, worked = [], []
    for _ in range(times):
        before, busy = time.perf_counter(), time.process_time()
        ask()
        took.append((time.perf_counter() - before) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return median(took), max(took), median(worked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--database", "--keep", type=Path, help="a file to build and keep, or one built before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(asked.database or Path(folder) / "bench.db")
        if not store.path.exists():
            made_in = clocked(lambda: build(store.path, asked.calls, asked.people))
            print(f"{asked.calls} calls written in {made_in}", flush=True)
            print(f"brought up to date in {clocked(store.migrate)}", flush=True)
            print(f"looked through in {clocked(lambda: look_through(store))}", flush=True)
        store.migrate()
        measure(store)


def clocked(act: Callable[[], object]) -> str:
    """How long something took, by the clock and by the processor."""
    before, busy = time.perf_counter(), time.process_time()
    act()
    return f"{time.perf_counter() - before:.1f} s (processor {time.process_time() - busy:.1f} s)"


def measure(store: Store) -> None:
    """Asks each question several times, for each who may ask."""
    desk = Desk(store, RulesJudge, now=lambda: NOW, pace=0.0)
    deep = queue.queue(store, ADMIN, Filters(state="all"), limit=5000).calls[-1].key
    for name, who in (("admin", ADMIN), ("coach", COACH)):
        for question, ask in {**questions(store, who, deep), **pages(desk, who)}.items():
            middle, slowest, busy = timed(ask)
            slow = "  <-- slow" if middle > 300 else ""
            print(f"{name:6} {question:32} {middle:6.0f} ms  slowest {slowest:6.0f}  processor {busy:6.0f}{slow}")


def questions(store: Store, who: Person, deep: str) -> dict[str, Callable[[], object]]:
    """What the pages are made of."""
    late = START + YEAR * 0.9
    asked = {
        "queue, first page": Filters(), "queue, by criterion": Filters(criterion="concern.clarified"),
        "queue, client, outcome, date": Filters(persona="cold", outcome="none", since=late),
        "search, frequent word": Filters(words="дорого"), "search, rare word": Filters(words="гиппопотам"),
        "search, three beginnings": Filters(words="ЁЛК расср ут"), "search, no such word": Filters(words="абракадабра"),
    }  # fmt: skip
    people = picture.members(store, who)
    criteria = [one.id for one in rubrics()[0].criteria]
    spans = {"last 20": Span(), "12 weeks": Span(None, 12), "all": Span(None), "days": Span(None, since=late)}
    return {
        **{name: lambda one=one: queue.queue(store, who, one) for name, one in asked.items()},
        "queue, page 200": lambda: queue.queue(store, who, Filters(state="all"), deep),
        "neighbours": lambda: queue.neighbours(store, who, Filters(), deep, ""),
        **{
            f"heat map, {name}": lambda one=one: picture.heat_map(store, people, criteria, one, NOW)
            for name, one in spans.items()
        },
        "weeks": lambda: picture.weeks(store, people, NOW),
        "most missed": lambda: picture.most_missed(store, picture.heat_map(store, people, criteria, Span(), NOW)),
        "who needs help": lambda: needs.who_needs_help(store, who, people, NOW),
        "calibration": lambda: calibration.calibration(store, who),
        "informative criteria": lambda: calibration.informative(store),
        "scored by other weights": lambda: calibration.outdated(store, who, frozenset({"closing.farewell"})),
        "one call derived anew": lambda: _refreshed(store, who),
    }


def _refreshed(store: Store, who: Person) -> None:
    call = queue.queue(store, who, Filters(state="all"), limit=1).calls[0].call
    with store.tx(write=True) as db:
        refresh(db, call)


def pages(desk: Desk, who: Person) -> dict[str, Callable[[], object]]:
    """Whole pages, as HTML."""

    def page(query: str) -> Callable[[], object]:
        place = read_place(query, "queue")
        return lambda: COACH_PAGES[place.view](desk, who, place, "ru")

    one = picture.members(desk.store, who)[0].id
    named = {"queue": "?view=queue", "team": "?view=team", "team, all calls": "?view=team&weeks=all",
             "before and after": "?view=team&date=2025-09-01", "person": f"?person={one}", "sheet": f"?sheet={one}",
             "calibration": "?view=calibration", "calibration, a criterion": "?view=calibration&criterion=goal.outcome",
             "assignments": "?view=assignments"}  # fmt: skip
    return {f"page: {name}": page(query) for name, query in named.items()}


if __name__ == "__main__":
    main()
