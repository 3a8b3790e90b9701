"""Copies of the database while it is used, back from one, deletion of a person, and a program killed at any moment."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from trainer.store import Json, NewCall, Store
from trainer.tables import migrations
from trainer.team import archive
from trainer.team.archive import ArchiveError, Forgotten

NOW = 1_000_000.0
UNIQUE = "абракадабрин"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "data" / "zvonok.db")
    made.migrate()
    with made.tx(write=True) as db:
        db.execute("insert into people (id, name, role, language, login) values (2, 'Анна', 'trainee', 'ru', 'anna')")
        db.execute("insert into people (id, name, role, language, login) values (3, 'Борис', 'trainee', 'ru', 'boris')")
    return made


def new_call(owner: int, *words: str) -> NewCall:
    turns = [{"role": "seller" if n % 2 else "client", "text": one} for n, one in enumerate(words)]
    transcript: Json = {"format": "call-transcript/1", "language": "ru", "call": {}, "turns": turns}
    return NewCall(owner, "ru", "practice", "Олег", transcript, "tourist", "real", 1, state={"turns": turns})


def report(score: float, comment: str = "") -> Json:
    one = {"id": "goal.outcome", "rule": ["G1"], "verdict": "met", "weight": 4.0, "evidence": [], "comment": comment,
           "tip": "", "needs_review": False}  # fmt: skip
    return {"format": "call-report/1", "transcript": None, "rubric": "inbound_sale", "judge": "rules", "score": score,
            "outcome": "none", "complete": True, "criteria": [one], "concerns": []}  # fmt: skip


def count(path: Path, table: str) -> int:
    db = sqlite3.connect(path)
    try:
        return int(db.execute(f"select count(*) from {table}").fetchone()[0])
    finally:
        db.close()


def test_a_copy_is_made_while_thirty_people_write_and_no_write_is_lost(store: Store, tmp_path: Path) -> None:
    people, each = 30, 6
    begun = threading.Barrier(people + 1)

    def work(person: int) -> int:
        begun.wait()
        for number in range(each):
            id = store.create_call(new_call(2, f"алло {person}", "да"), NOW)
            call = store.load_call(id, 2)
            transcript = {**call.transcript, "turns": [*call.transcript["turns"], {"role": "client", "text": "ясно"}]}
            store.save_turn(call, {"turns": []}, transcript, NOW, 1.0, over=True)
            store.save_report(id, 2, report(float(number)), NOW)
        return each

    with ThreadPoolExecutor(people) as pool:
        done = [pool.submit(work, person) for person in range(people)]
        begun.wait()
        copies = []
        while not all(one.done() for one in done) or not copies:
            copies.append(archive.back_up(store.path, tmp_path / f"copy-{len(copies)}.db"))
            time.sleep(0.05)
    assert sum(one.result() for one in done) == count(store.path, "calls") == people * each
    assert count(store.path, "turns") == people * each * 3
    assert count(store.path, "reports") == people * each
    for one in copies:
        found = archive.examine(one.path)
        assert found.calls == count(one.path, "calls")
        assert count(one.path, "reports") <= found.calls
    assert not list(tmp_path.glob(".*part*"))


def test_what_is_restored_is_what_was_copied_and_the_old_file_is_kept(store: Store, tmp_path: Path) -> None:
    first = store.create_call(new_call(2, "алло"), NOW)
    copy = archive.back_up(store.path, tmp_path / "копия.db")
    assert (copy.people, copy.calls) == (3, 1)
    second = store.create_call(new_call(2, "ещё"), NOW)
    found, kept = archive.restore(copy.path, store.path, NOW)
    assert found.calls == 1 and kept is not None
    assert [one.id for one in store.list_calls(2)] == [first]
    assert {one.id for one in Store(kept).list_calls(2)} == {first, second}
    store.create_call(new_call(2, "дальше"), NOW)
    with store.tx() as db:
        assert db.execute("pragma journal_mode").fetchone()[0] == "wal"


def test_a_copy_is_restored_where_there_is_no_database_yet(store: Store, tmp_path: Path) -> None:
    store.create_call(new_call(2, "алло"), NOW)
    copy = archive.back_up(store.path, tmp_path / "copy.db")
    fresh = tmp_path / "new" / "zvonok.db"
    assert archive.restore(copy.path, fresh, NOW) == (archive.examine(copy.path), None)
    assert len(Store(fresh).list_calls(2)) == 1


def test_an_older_copy_is_brought_up_to_date(store: Store, tmp_path: Path) -> None:
    from sqlite_utils import Database

    old = tmp_path / "old.db"
    db = Database(old)
    migrations.apply(db, stop_before="teams_accounts_sessions_log")
    db.close()
    archive.restore(old, store.path, NOW)
    assert store.person(1).role == "solo"


def _torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:-4096] = os.urandom(len(data) - 8192)
    path.write_bytes(bytes(data))


def _newer(path: Path) -> None:
    db = sqlite3.connect(path)
    values = "('zvonok', 'of_the_next_year', '2027')"
    db.execute(f"insert into _sqlite_migrations (migration_set, name, applied_at) values {values}")
    db.commit()
    db.close()


def _other(path: Path) -> None:
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("create table songs (id)")
    db.commit()
    db.close()


BAD: dict[str, tuple[Any, str]] = {
    "gone": (lambda path: path.unlink(), "no_copy"),
    "a text": (lambda path: path.write_text("no database " * 1000), "broken"),
    "torn": (_torn, "broken"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "broken"),
    "newer": (_newer, "newer"),
    "another program's": (_other, "not_ours"),
}


@pytest.mark.parametrize("harm, message", BAD.values(), ids=BAD)
def test_a_bad_copy_is_refused_and_the_database_stays(store: Store, tmp_path: Path, harm: Any, message: str) -> None:
    id = store.create_call(new_call(2, "алло"), NOW)
    copy = archive.back_up(store.path, tmp_path / "copy.db").path
    harm(copy)
    with pytest.raises(ArchiveError) as caught:
        archive.restore(copy, store.path, NOW, force=True)
    assert caught.value.message == message and str(copy) in caught.value.text("ru")
    assert [one.id for one in store.list_calls(2)] == [id]


def test_nothing_is_restored_over_a_database_that_is_being_written(store: Store, tmp_path: Path) -> None:
    copy = archive.back_up(store.path, tmp_path / "copy.db").path
    with store.tx(write=True) as db:
        db.execute("update people set name = 'Вера' where id = 2")
        with pytest.raises(ArchiveError, match="at this moment"):
            archive.restore(copy, store.path, NOW)
    assert store.person(2).name == "Вера"


def test_a_copy_overwrites_nothing_unless_it_is_told_to(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "precious.txt"
    path.write_text("mine")
    with pytest.raises(ArchiveError, match="already"):
        archive.back_up(store.path, path)
    assert path.read_text() == "mine"
    assert archive.back_up(store.path, path, force=True).size > 0
    for to in (store.path, tmp_path / "nowhere" / "copy.db"):
        with pytest.raises(ArchiveError):
            archive.back_up(store.path, to, force=True)
    with pytest.raises(ArchiveError, match="no database"):
        archive.back_up(tmp_path / "none.db", tmp_path / "copy.db")


def in_bytes(store: Store, word: str) -> list[str]:
    """The files of the database in which a word stands, as UTF-8 or UTF-16."""
    files = [path for path in store.path.parent.iterdir() if path.name.startswith(store.path.name)]
    wanted = (word.encode(), word.encode("utf-16-le"), word.capitalize().encode())
    return [path.name for path in files if any(one in path.read_bytes() for one in wanted)]


def test_nothing_of_a_forgotten_person_is_left_in_the_bytes_of_the_files(store: Store) -> None:
    with store.tx(write=True) as db:
        db.execute("update people set name = ?, login = ? where id = 2", (f"Анна {UNIQUE}", f"anna-{UNIQUE}"))
        db.execute("insert into sessions values ('x', 2, 1, 1, 2)")
        db.execute("insert into failures values (?, '127.0.0.1', 1)", (f"anna-{UNIQUE}",))
        rows = [(1.0, 2, f"anna-{UNIQUE}", "login", None), (2.0, 3, "boris", "saw_call", f"anna-{UNIQUE}"),
                (3.0, 3, "boris", "login", "kept")]  # fmt: skip
        for row in rows:
            db.execute("insert into log (at, person, login, deed, about) values (?, ?, ?, ?, ?)", row)
    for number in range(40):
        id = store.create_call(new_call(2, f"алло {UNIQUE} {number}", f"{UNIQUE} слушаю"), NOW)
        store.save_report(id, 2, report(50.0, UNIQUE), NOW)
    other = store.create_call(new_call(3, "алло", "слушаю"), NOW)
    assert in_bytes(store, UNIQUE)
    assert archive.forget(store, f"anna-{UNIQUE}", NOW, by=3) == Forgotten(40, 0, 0, ())
    assert in_bytes(store, UNIQUE) == []
    assert [one.id for one in store.list_calls(3)] == [other] and store.list_calls(2) == ()
    with store.tx() as db:
        log = [(row["login"], row["deed"], row["about"]) for row in db.query("select * from log order by at")]
    assert log == [(None, "login", None), ("boris", "saw_call", None), ("boris", "login", "kept"),
                   (None, "forgot_person", None)]  # fmt: skip
    with pytest.raises(ArchiveError, match="nobody has the login"):
        archive.forget(store, f"anna-{UNIQUE}", NOW)


ZYGOTE = """
import os, sys
from pathlib import Path
from trainer.store import Store
from tests.test_archive import new_call, report

store, told = Store(Path(sys.argv[1])), os.fdopen(1, "w", buffering=1)
store.save_report(store.create_call(new_call(3, "алло"), 1.0), 3, report(1.0), 1.0)  # whatever is loaded once, is now
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        id = store.create_call(new_call(2, "алло"), 1.0)
        print("call", id, flush=True, file=told)
        while True:
            call = store.load_call(id, 2)
            turns = [*call.transcript["turns"], {"role": "seller", "text": "s"}, {"role": "client", "text": "c"}]
            store.save_turn(call, {"turns": turns}, {**call.transcript, "turns": turns}, 1.0, 1.0)
            print("turns", len(turns), flush=True, file=told)
            store.save_report(id, 2, report(float(len(turns))), 1.0) if len(turns) > 8 else None
            print("scored", len(turns), flush=True, file=told) if len(turns) > 8 else None
            if len(turns) > 8:
                id = store.create_call(new_call(2, "алло"), 1.0)
                print("call", id, flush=True, file=told)
    print("child", child, flush=True, file=told)
    os.waitpid(child, 0)
    print("over", child, flush=True, file=told)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_a_hundred_times_at_any_moment_only_the_unsent_line_is_lost(store: Store) -> None:
    command = [sys.executable, "-c", ZYGOTE, str(store.path)]
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    zygote = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env=environment
    )
    assert zygote.stdin and zygote.stdout
    rng = random.Random(7)
    acknowledged: dict[str, int] = {}
    scored: set[str] = set()
    killed = 0
    for _ in range(100):
        zygote.stdin.write("\n")
        zygote.stdin.flush()
        call, told = "", []
        child = 0
        for line in zygote.stdout:
            what, _, value = line.strip().partition(" ")
            told.append(what)
            if what == "call":
                call = value
                acknowledged[call] = 1
            elif what == "turns":
                acknowledged[call] = int(value)
            elif what == "scored":
                scored.add(call)
            elif what == "child":
                child = int(value)
            elif what == "over":
                break
            if child and call and "killed" not in told:
                told.append("killed")
                threading.Timer(rng.random() * 0.03, os.kill, (child, signal.SIGKILL)).start()
                killed += 1
    zygote.stdin.close()
    zygote.wait(10)
    assert killed == 100 and len(acknowledged) >= 100
    with store.tx() as db:
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert not db.execute("pragma foreign_key_check").fetchall()
        graded = {row["call"] for row in db.query("select call from reports")}
        turns = {row["call"]: row["n"] for row in db.query("select call, count(*) as n from turns group by call")}
    for call, number in acknowledged.items():
        stored = store.load_call(call, 2)
        kept = len(stored.transcript["turns"])
        assert number <= kept <= number + 2, "a line that was answered is there; at most the one on its way is lost"
        assert kept == turns[call] == len((stored.state or {})["turns"])
    assert scored <= graded
    store.create_call(new_call(2, "дальше"), NOW)
