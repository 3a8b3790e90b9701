"""A database of an older program brought up to date: the same rows as if it had grown here, also when it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from tests.reviewed import MASHA, OTHER, PETYA, graded, team
from trainer.store import Store
from trainer.tables import migrations, reviews

BEFORE = "corrections_disputes_samples"
MOVED = ("teams", "people", "calls", "turns", "reports")


def grown(path: Path, calls: int) -> Store:
    """A database that this program has filled call by call."""
    store = team(path)
    verdicts = ("met", "partly", "missed", "not_applicable")
    for number in range(calls):
        owner = (PETYA, MASHA, OTHER)[number % 3]
        said = {"goal__outcome": verdicts[number % 4], "concern__accepted": verdicts[number % 3]}
        flagged = ("closing.farewell",) if number % 5 == 0 else ()
        graded(store, owner.id, 1000.0 + number * 86_400.0, flagged=flagged, **said)
    return store


def older(path: Path, like: Store) -> Store:
    """The same calls in the tables of a program that knew nothing of reviews."""
    store = Store(path)
    with store._connection() as db:
        db.execute("pragma journal_mode=wal")
        migrations.apply(db, stop_before=BEFORE)
    with like.tx() as db:
        rows = {table: list(db.query(f"select * from {table}")) for table in MOVED}
    with store.tx(write=True) as db:
        db.execute("delete from people")
        for table, ones in rows.items():
            known = {column.name for column in db.table(table).columns} - {"fold"}
            db.table(table).insert_all([{k: v for k, v in one.items() if k in known} for one in ones])
    return store


def rows(store: Store) -> dict[str, Any]:
    """What is derived, without the numbers that only tell in which order it was made; and which indices there are."""
    with store.tx() as db:
        found: dict[str, Any] = {
            name: [{k: v for k, v in row.items() if k != "number"} for row in db.query(f"select * from {name}")]
            for name in ("standing", "verdicts", "weekly")
        }
        words = "select call, words from spoken join standing using (number) order by call"
        found["spoken"] = list(db.query(words))
        heard = "number in (select rowid from spoken_fts where spoken_fts match 'стоит')"
        found["found"] = {row["call"] for row in db.query(f"select call from standing where {heard}")}
        kinds = "select name, sql from sqlite_master where type in ('index', 'trigger') and sql is not null order by 1"
        found["schema"] = list(db.query(kinds))
    for name in ("standing", "verdicts", "weekly"):
        found[name].sort(key=lambda row: str([row.get(key) for key in ("call", "owner", "week", "criterion")]))
    return found


def test_an_old_database_has_the_same_rows_as_one_that_grew_here(tmp_path: Path) -> None:
    here = grown(tmp_path / "here.db", 30)
    store = older(tmp_path / "old.db", here)
    store.migrate()
    found = rows(store)
    assert found == rows(here)
    assert len(found["standing"]) == len(found["found"]) == 30 and len(found["verdicts"]) == 120


MIGRATES = """
import sys
from pathlib import Path
from trainer.store import Store
print("go", flush=True)
Store(Path(sys.argv[1])).migrate()
print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills as Unix does")
def test_killed_in_the_middle_it_is_brought_up_to_date_by_the_next_start(tmp_path: Path) -> None:
    here = grown(tmp_path / "here.db", 200)
    store = older(tmp_path / "old.db", here)
    root = Path(__file__).parent.parent
    for moment in (0.0, 0.01, 0.03, 0.06, 0.1):
        child = subprocess.Popen(
            [sys.executable, "-c", MIGRATES, str(store.path)], stdout=subprocess.PIPE, text=True, cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip
        assert child.stdout and child.stdout.readline() == "go\n"
        time.sleep(moment)
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        with store.tx() as db:
            assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
    store.migrate()
    assert rows(store) == rows(here)


@pytest.mark.parametrize("name", ["VERDICTS", "STANDING", "SPOKEN"])
def test_what_is_derived_of_one_call_reads_that_call_alone(name: str, tmp_path: Path) -> None:
    store = team(tmp_path / "zvonok.db")
    with store.tx() as db:
        plan = [row["detail"] for row in db.query(f"explain query plan {getattr(reviews, name)}", {"call": "x"})]
    scanned = [one for one in plan if one.startswith("SCAN") and "json_each" not in one and "(" not in one]
    assert plan and scanned == []


def test_indices_of_an_older_release_are_followed_by_the_new_ones(tmp_path: Path) -> None:
    here = grown(tmp_path / "here.db", 3)
    with here.tx(write=True) as db:
        for name in ("verdicts_by_criterion", "verdicts_weightless", "standing_counted", "disputes_open",
                     "verdicts_judged"):  # fmt: skip
            db.execute(f"drop index {name}")
        db.execute("create index verdicts_labelled on verdicts (labelled, criterion, verdict, final, owner)")
        db.execute("create index verdicts_of_criterion on verdicts (criterion, final, call)")
        db.execute("delete from _sqlite_migrations where name = 'indices_of_a_large_team'")
    here.migrate()
    names = {row["name"] for row in Database(here.path).query("select name from sqlite_master where type = 'index'")}
    assert {"verdicts_by_criterion", "verdicts_weightless"} <= names and "verdicts_of_criterion" not in names
