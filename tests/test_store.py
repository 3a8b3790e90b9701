"""The store on a real SQLite file: nothing is lost, nobody sees another's, a broken database is said so."""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from trainer import store as module
from trainer.errors import NotFound
from trainer.store import NewCall, Store, StoreError, new_id

OTHER = 2


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "folder" / "zvonok.db")
    made.migrate()
    with made.tx(write=True) as db:
        db.execute("insert into people (id, name, role, language) values (2, 'other', 'trainee', 'en')")
    return made


def talk(*lines: str) -> dict[str, Any]:
    turns = [{"role": "client" if line[0] == "C" else "seller", "text": line[3:]} for line in lines]
    return {"format": "call-transcript/1", "call": {"purpose": "sale", "kind": "cold"}, "turns": turns}


def begin(store: Store, owner: int = 1, persona: str = "cold", now: float = 100.0) -> str:
    call = NewCall(owner, "ru", "practice", "Виктор", talk("C: Алло?"), persona, "real", 7, {"mind": 0})
    return store.create_call(call, now)


def report(score: float | None = 50.0, outcome: str = "none") -> dict[str, Any]:
    return {"rubric": "outbound_sale", "judge": "rules", "score": score, "outcome": outcome, "criteria": []}


def test_a_call_comes_back_as_it_was_stored(store: Store) -> None:
    id = begin(store)
    call = store.load_call(id, 1)
    assert (call.persona, call.kind, call.purpose, call.seed, call.state) == ("cold", "cold", "sale", 7, {"mind": 0})
    assert call.transcript["turns"] == [{"role": "client", "text": "Алло?"}]
    assert call.transcript["id"] == id and len(id) >= 12


def test_migrating_twice_changes_nothing(store: Store) -> None:
    id = begin(store)
    store.migrate()
    assert store.load_call(id, 1).id == id


def test_a_turn_brings_mind_and_words_together(store: Store) -> None:
    id = begin(store)
    longer = talk("C: Алло?", "S: Ёлки, добрый день!", "C: Слушаю.")
    store.save_turn(store.load_call(id, 1), {"mind": 1}, longer, 110.0, 9.5)
    call = store.load_call(id, 1)
    assert call.state == {"mind": 1} and call.elapsed == 9.5 and call.ended is None
    with store.tx() as db:
        rows = db.execute("select number, role, fold from turns where call = ? order by number", [id]).fetchall()
    assert rows == [(0, "client", "Алло?"), (1, "seller", "Елки, добрый день!"), (2, "client", "Слушаю.")]


def test_a_line_said_on_an_old_state_is_refused_and_writes_nothing(store: Store) -> None:
    id = begin(store)
    old = store.load_call(id, 1)
    store.save_turn(old, {"mind": 1}, talk("C: Алло?", "S: Раз"), 110.0, 1.0)
    with pytest.raises(StoreError) as error:
        store.save_turn(old, {"mind": 2}, talk("C: Алло?", "S: Два"), 111.0, 2.0)
    assert error.value.message == "moved_on"
    assert store.load_call(id, 1).state == {"mind": 1}


def test_a_call_that_is_over_takes_no_more_lines(store: Store) -> None:
    id = begin(store)
    store.save_turn(store.load_call(id, 1), {"mind": 1}, talk("C: Алло?", "S: Раз"), 110.0, 1.0, over=True)
    with pytest.raises(StoreError) as error:
        store.save_turn(store.load_call(id, 1), {"mind": 2}, talk("C: Алло?", "S: Раз", "S: Два"), 111.0, 2.0)
    assert error.value.message == "ended"


def test_a_failure_in_the_middle_of_a_turn_leaves_the_call_as_it_was(store: Store, monkeypatch: Any) -> None:
    id = begin(store)
    before = store.load_call(id, 1)
    real = module._add_turns

    def breaks(*args: Any) -> None:
        real(*args)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "_add_turns", breaks)
    with pytest.raises(StoreError) as error:
        store.save_turn(before, {"mind": 1}, talk("C: Алло?", "S: Раз"), 110.0, 1.0)
    assert error.value.message == "full" and "диск" in error.value.text("ru")
    assert store.load_call(id, 1) == before


@pytest.mark.parametrize("act", ["load_call", "delete_call", "load_report", "save_report", "save_turn"])
def test_somebody_elses_call_is_not_there(store: Store, act: str) -> None:
    id = begin(store)
    store.save_report(id, 1, report(), 120.0)
    mine = store.load_call(id, 1)
    if act == "load_report":
        assert store.load_report(id, OTHER) is None
        return
    with pytest.raises(NotFound):
        if act == "save_report":
            store.save_report(id, OTHER, report(), 121.0)
        elif act == "save_turn":
            theirs = module.StoredCall(**{**mine.__dict__, "owner": OTHER})
            store.save_turn(theirs, {}, talk("C: Алло?", "S: Я чужой"), 1.0, 1.0)
        else:
            getattr(store, act)(id, OTHER)
    assert store.load_call(id, 1) == mine and store.list_calls(OTHER) == ()


def test_calls_are_listed_newest_first_with_the_newest_report(store: Store) -> None:
    first, second = begin(store, now=100.0), begin(store, now=200.0)
    store.save_report(first, 1, report(10.0), 300.0)
    store.save_report(first, 1, report(90.0, "maximum"), 301.0)
    listed = store.list_calls(1)
    assert [(one.id, one.score, one.outcome) for one in listed] == [(second, None, None), (first, 90.0, "maximum")]
    assert listed[1].ended == 300.0 and listed[0].ended is None
    assert [one.id for one in store.list_calls(1, before=200.0)] == [first]
    assert [one.id for one in store.list_calls(1, limit=1)] == [second]


def test_the_best_result_is_by_persona_and_skips_calls_without_a_score(store: Store) -> None:
    for score in (40.0, 80.0, 60.0, None):
        store.save_report(begin(store), 1, report(score), 300.0)
    store.save_report(begin(store, persona="critic"), 1, report(30.0), 300.0)
    best = store.best_results(1)
    assert (best["cold"].score, best["cold"].calls, best["critic"].score) == (80.0, 3, 30.0)


def test_deleting_a_call_takes_its_turns_and_reports_along(store: Store) -> None:
    id = begin(store)
    store.save_report(id, 1, report(), 300.0)
    store.delete_call(id, 1)
    with store.tx() as db:
        counts = [db.execute(f"select count(*) from {name}").fetchone()[0] for name in ("calls", "turns", "reports")]
    assert counts == [0, 0, 0]


def test_eight_threads_lose_no_turn(store: Store) -> None:
    ids = [begin(store) for _ in range(8)]
    errors: list[BaseException] = []

    def work(id: str) -> None:
        lines = ["C: Алло?"]
        try:
            for number in range(12):
                lines = [*lines, f"S: {number}"]
                store.save_turn(store.load_call(id, 1), {"mind": number}, talk(*lines), 100.0 + number, number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {len(store.load_call(id, 1).transcript["turns"]) for id in ids} == {13}


def test_a_held_database_is_said_so(store: Store, monkeypatch: Any) -> None:
    id = begin(store)
    monkeypatch.setattr(module, "WAIT", 0.05)
    holder = sqlite3.connect(store.path)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError) as error:
            store.save_report(id, 1, report(), 300.0)
    finally:
        holder.close()
    assert error.value.message == "locked" and str(store.path) in error.value.text("en")
    store.save_report(id, 1, report(), 300.0)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Это не база данных, а заметки. " * 100, encoding="utf-8")
    with pytest.raises(StoreError) as error:
        Store(path).migrate()
    assert error.value.message == "not_a_database"
    assert path.read_text(encoding="utf-8").startswith("Это не база")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError) as error:
        Store(tmp_path / "file" / "zvonok.db").migrate()
    assert error.value.message == "cannot_open"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_database_is_said_so(store: Store) -> None:
    store.path.chmod(0o400)
    store.path.parent.chmod(0o500)
    with pytest.raises(StoreError):
        begin(store)


def test_no_id_begins_with_what_a_command_or_a_spreadsheet_takes_for_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(["-bad", "--worse", "good"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: next(made))
    assert new_id() == "good"


def test_a_connection_is_used_again(store: Store) -> None:
    with store.tx() as first:
        connection = first.conn
    with store.tx(write=True) as again:
        assert again.conn is connection
    assert store.load_call(begin(store), 1).owner == 1


def test_a_database_put_in_the_place_of_another_is_the_one_that_is_read(store: Store, tmp_path: Path) -> None:
    id = begin(store)
    fresh = Store(tmp_path / "fresh.db")
    fresh.migrate()
    fresh.connections.close()
    store.path.parent.rename(tmp_path / "old")
    store.path.parent.mkdir()
    fresh.path.rename(store.path)
    with pytest.raises(NotFound):
        store.load_call(id, 1)


def test_a_connection_on_which_something_went_wrong_is_not_used_again(store: Store) -> None:
    with pytest.raises(StoreError), store.tx(write=True) as db:
        broken = db.conn
        db.execute("select nothing from nowhere")
    with store.tx() as db:
        assert db.conn is not broken


def test_what_another_program_wrote_is_read_at_once(store: Store) -> None:
    id = begin(store)
    assert store.load_call(id, 1).title == "Виктор"
    with sqlite3.connect(store.path) as db:
        db.execute("update calls set title = 'Пётр' where id = ?", (id,))
    db.close()
    assert store.load_call(id, 1).title == "Пётр"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_was_split_off_opens_its_own_connections(store: Store) -> None:
    id = begin(store)
    with store.tx() as db:
        connection = db.conn
    child = os.fork()
    if child == 0:
        with store.tx() as db:
            os._exit(0 if db.conn is not connection else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert store.load_call(id, 1).id == id
