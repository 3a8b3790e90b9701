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

from tests.reviewed import ADMIN, MASHA, OTHER, PETYA, graded, team
from trainer.store import Store, StoreError
from trainer.tables import assignments, migrations, reviews
from trainer.tables.made import create
from trainer.team.corrections import Change, Material, correct

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


OLD_VERDICTS = """
create table verdicts (
  call text not null references calls(id) on delete cascade, criterion text not null,
  owner integer not null references people(id) on delete cascade, started real not null,
  verdict text, coach_verdict text, final text generated always as (coalesce(coach_verdict, verdict)) stored,
  weight real not null, needs_review integer not null, disputed integer not null, judge text not null,
  labelled real, primary key (call, criterion)
) strict, without rowid;
create index verdicts_of_owner on verdicts (owner, criterion, final, started);
create index verdicts_by_criterion on verdicts (criterion, final, call, weight);
create index verdicts_weightless on verdicts (criterion, call) where weight = 0;
create index verdicts_judged on verdicts (criterion, verdict, final, labelled, owner) where labelled is not null
"""
"""As the first versions made it, with the indices that were added since."""


def first_versions(path: Path, calls: int) -> Store:
    """A database in which ``verdicts.final`` is reckoned by SQLite, as the first versions had it."""
    store = grown(path, calls)
    call = next(iter(Database(path).query("select call from standing where outcome = 'maximum'")))["call"]
    correct(store, ADMIN, call, Change("closing.farewell", "met", "Слышно", "Добрый день"), Material(), 2000.0)
    with store.tx(write=True) as db:
        columns = (
            "call, criterion, owner, started, verdict, coach_verdict, weight, needs_review, disputed, judge, labelled"
        )
        db.execute("create temp table aside as select * from verdicts")
        db.execute("drop table verdicts")
        create(db, OLD_VERDICTS)
        db.execute(f"insert into verdicts ({columns}) select {columns} from aside")
        db.execute("drop table temp.aside")
        for trigger in (assignments.ADDED, assignments.TAKEN, assignments.CHANGED):
            db.execute(trigger)
        db.execute("drop index standing_in_order")
        db.execute("drop index standing_whole")
        db.execute("alter table standing drop column key_shown")
        keys = "key_disputed, key_flagged, key_score, key_started, number"
        db.execute(f"create index standing_in_order on standing (waits, {keys})")
        db.execute(f"create index standing_whole on standing ({keys})")
        db.execute(
            "delete from _sqlite_migrations where name in ('verdicts_written_in_full', 'queue_by_the_score_shown')"
        )
    return store


def test_a_database_of_the_first_versions_takes_corrections_again_and_keeps_its_rows(tmp_path: Path) -> None:
    store = first_versions(tmp_path / "first.db", 12)
    with store.tx() as db:
        before = (
            list(db.query("select * from verdicts order by call, criterion")),
            list(db.query("select * from weekly")),
        )
        call = next(iter(db.query("select call from standing where outcome = 'none' order by call")))["call"]
    change = Change("closing.farewell", "met", "Слышно", "Добрый день")
    with pytest.raises(StoreError):
        correct(store, ADMIN, call, change, Material(), 3000.0)
    store.migrate()
    with store.tx() as db:
        after = (
            list(db.query("select * from verdicts order by call, criterion")),
            list(db.query("select * from weekly")),
        )
    assert after == before
    assert rows(store)["schema"] == rows(grown(tmp_path / "here.db", 1))["schema"]
    correct(store, ADMIN, call, change, Material(), 3000.0)
    with store.tx() as db:
        found = next(iter(db.query("select final from verdicts where call = ? and coach_verdict is not null", (call,))))
        assert found["final"] == "met" and not list(db.query("pragma foreign_key_check"))
