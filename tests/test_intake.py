"""Real calls in bulk: archives opened with care, speakers named, talks linked, graded, stopped and gone on with."""

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainer.errors import NotFound
from trainer.grading.judges import Judge
from trainer.grading.rules import RulesJudge
from trainer.readers.labels import guess, labels, name_in, named
from trainer.store import Person, Store
from trainer.team import imports, intake, unpacked
from trainer.team.intake import IntakeError
from trainer.team.rights import Forbidden
from trainer.transcript import Speaker

NOW = 1_800_000_000.0
ANNA = Person(10, "Анна Белова", "coach", "ru", "anna", 1)
BORIS = Person(11, "Борис", "coach", "ru", "boris", 2)
MARINA = Person(12, "Марина Котова", "trainee", "ru", "marina", 1)
OLEG = Person(13, "Олег", "trainee", "ru", "oleg", 1)
TALK = """{seller}: Добрый день, салон окон, меня зовут Марина.
{client}: Здравствуйте, сколько стоит окно? {more}
{seller}: Расскажите, пожалуйста, что за комната?
{client}: Спальня. Дорого у вас, наверное.
{seller}: Понимаю. А с чем сравниваете? Приезжайте завтра в 15:00.
{client}: Хорошо, до свидания."""


def talk(seller: str = "Менеджер", client: str = "Клиент", more: str = "") -> str:
    return TALK.format(seller=seller, client=client, more=more)


def packed(*files: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def unpack(*files: tuple[str, bytes]) -> list[unpacked.Opened]:
    return list(unpacked.opened(iter(files)))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    with made.tx(write=True) as db:
        db.execute("insert into teams (id, name) values (1, 'Север'), (2, 'Юг')")
        for one in (ANNA, BORIS, MARINA, OLEG):
            db.execute(
                "insert into people (id, name, role, language, login, team) values (?, ?, ?, ?, ?, ?)",
                (one.id, one.name, one.role, one.language, one.login, one.team),
            )
    return made


def judge() -> Judge:
    return RulesJudge()


def work(store: Store, most: int = 1000) -> int:
    """Grades what waits; gives how many talks were taken up."""
    for number in range(most):
        if not imports.step(store, judge, lambda: NOW):
            return number
    return most


def taken(store: Store, *files: tuple[str, str], who: Person = ANNA) -> str:
    return intake.take_in(store, who, unpacked.opened((n, t.encode()) for n, t in files), NOW)


def test_a_zip_of_fifty_calls_is_linked_graded_and_the_doubtful_are_told(store: Store) -> None:
    files = [
        (f"звонки/{n:02}.txt", talk("Марина" if n % 2 else "Менеджер Олег", "Клиент", f"Заказ {n}.")) for n in range(50)
    ]
    doubtful = [("пустой.txt", ""), ("короткий.txt", "Менеджер: Алло.\nКлиент: Да."), ("песня.mp3", "ля-ля"),
                ("кто.txt", talk("Зина", "Клиент", "Другой.")), ("ещё раз.txt", files[7][1])]  # fmt: skip
    data = packed(*files, *doubtful)
    id = intake.take_in(store, ANNA, unpacked.opened(iter([("звонки.zip", data)])), NOW)
    sides = {one.label: one.side for one in intake.speakers(store, ANNA, id)}
    assert sides == {
        "Менеджер": "seller",
        "Марина": "seller",
        "Менеджер Олег": "seller",
        "Клиент": "client",
        "Зина": "seller",
    }
    intake.begin(store, ANNA, id, {k: v for k, v in sides.items() if v}, None, "inbound_sale", NOW)
    assert work(store) == 51
    found = intake.found(store, ANNA, id)
    assert (found.state, found.imported, found.waiting, found.total) == ("done", 50, 0, 55)
    reasons = {one.name: one.reason["ru"] for one in found.doubtful}
    assert set(reasons) == {name for name, _ in doubtful}
    assert "уже есть" in reasons["ещё раз.txt"] and "«Зина»" in reasons["кто.txt"]
    assert "короткий" in reasons["короткий.txt"] and ".mp3" in reasons["песня.mp3"]
    assert [len(store.list_calls(one.id)) for one in (MARINA, OLEG, ANNA)] == [25, 25, 0]
    first = store.list_calls(MARINA.id)[0]
    assert first.score is not None and store.load_call(first.id, MARINA.id).transcript["call"]["purpose"] == "sale"


LABELS: list[tuple[str, str, dict[str, Speaker | None]]] = [
    (".txt", talk("Анна", "Пётр Ильич"), {"Анна": None, "Пётр Ильич": None}),
    (".txt", talk("Менеджер Анна", "Пётр"), {"Менеджер Анна": "seller", "Пётр": "client"}),
    (".md", talk("**Анна**", "**Клиент**"), {"Анна": "seller", "Клиент": "client"}),
    (".csv", "speaker;text\nАнна;Добрый день\nОлег;Да\n", {"Анна": None, "Олег": None}),
    (".csv", "Анна,Добрый день\nКлиент,Да\n", {"Анна": "seller", "Клиент": "client"}),
    (".vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Анна>Добрый день\n\n00:03.000 --> 00:04.000\n<v Олег>Да\n",
     {"Анна": None, "Олег": None}),
    (".srt", "1\n00:00:01,000 --> 00:00:02,000\nАнна: Добрый день\n", {"Анна": None}),
    (".json", '{"turns": []}', {}),
]  # fmt: skip


@pytest.mark.parametrize("suffix, text, sides", LABELS)
def test_labels_are_found_in_every_format_and_guessed_where_they_can_be(
    suffix: str, text: str, sides: dict[str, Speaker | None]
) -> None:
    found = labels(text, suffix)
    assert guess(found) == sides
    told: dict[str, Speaker] = {one: ("client" if n else "seller") for n, one in enumerate(found)}
    if told:
        assert set(guess(labels(named(text, suffix, told), suffix)).values()) == set(told.values())
        assert named(text, suffix, told).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "label, name",
    [
        ("Менеджер Анна", "Анна"),
        ("Менеджер", None),
        ("Анна", "Анна"),
        ("Менеджер (Анна)", "Анна"),
        ("Seller Kate", "Kate"),
    ],
)
def test_a_sellers_name_is_what_a_label_says_beside_the_role(label: str, name: str | None) -> None:
    assert name_in(label) == name


def _link(name: str, to: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, to)
    return out.getvalue()


def _lying(size: int) -> bytes:
    """A zip whose heading says that a big file is small."""
    data = bytearray(packed(("big.txt", b"a" * size)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "up": (packed(("../../etc/passwd.txt", talk())), "intake_name"),
    "up, backwards": (packed(("..\\..\\boot.txt", talk())), "intake_name"),
    "absolute": (packed(("/etc/passwd.txt", talk())), "intake_name"),
    "a drive": (packed(("C:/boot.txt", talk())), "intake_name"),
    "a bell": (packed(("a\x07b.txt", talk())), "intake_name"),
    "a line end": (packed(("a\nb.txt", talk())), "intake_name"),
    "a turned name": (packed(("a\u202etxt.exe.txt", talk())), "intake_name"),
    "a link": (_link("talk.txt", "/etc/passwd"), "intake_link"),
    "a zip in a zip": (packed(("inner.zip", packed(("a.txt", talk())))), "intake_nested"),
    "a zip in disguise": (packed(("inner.txt", packed(("a.txt", talk())))), "not_utf8"),
    "a bomb": (packed(("bomb.txt", b"0" * 1_900_000)), "intake_bomb"),
    "too big": (packed(("big.txt", b"01234567" * 300_000)), "too_big_file"),
    "a lie about its size": (_lying(30_000_000), "intake_zip"),
    "broken": (packed(("a.txt", talk()))[:-30], "intake_zip"),
    "a program": (packed(("run.exe", b"MZ")), "unknown_extension"),
}


@pytest.mark.parametrize("data, message", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_a_mistake_with_a_name_and_no_more(data: bytes, message: str) -> None:
    found = unpack(("calls.zip", data), ("good.txt", talk().encode()))
    assert [one.error.message for one in found if one.error] == [message]
    assert [one.name for one in found if not one.error] == ["good.txt"]
    assert all(letter.isprintable() for one in found if one.error for letter in one.error.text("ru"))


def test_a_thousand_files_in_one_do_not_pass_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "MOST_FILES", 20)
    monkeypatch.setattr(unpacked, "MOST_TOGETHER", 5_000)
    many = packed(*((f"{n}.txt", "a") for n in range(1000)))
    limits = unpacked._Left(20, 5_000)
    found = list(unpacked._zip("many.zip", many, limits))
    assert len(found) == 21 and found[-1].error and found[-1].error.message == "intake_many"
    big = packed(*((f"{n}.txt", talk(more=str(n))) for n in range(1000)))
    found = list(unpacked._zip("big.zip", big, unpacked._Left(2000, 5_000)))
    assert len(found) < 20 and found[-1].error and found[-1].error.message == "intake_together"


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "utf-8"])
@pytest.mark.parametrize("name", ["Звонок Марины.txt", "разговоры/входящий №5.txt", "ОТЧЁТ за июль.txt"])
def test_a_russian_name_is_read_in_whatever_it_was_written(encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    place = b"x" * (len(raw) - 4) + b".txt"
    found = unpack(("a.zip", packed((place.decode(), talk())).replace(place, raw)))
    assert [(one.name, one.error) for one in found] == [(name.rpartition("/")[2], None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_text_is_read_in_the_encodings_that_people_have(encoding: str) -> None:
    found = unpack(("a.txt", talk().encode(encoding)))
    assert found[0].text == talk()


def test_an_intake_is_stopped_goes_on_and_survives_a_restart(store: Store) -> None:
    id = taken(store, *((f"{n}.txt", talk(more=f"Номер {n}.")) for n in range(6)))
    intake.begin(store, ANNA, id, {}, MARINA.id, "", NOW)
    assert work(store, 2) == 2
    intake.stop(store, ANNA, id)
    assert work(store) == 0
    found = intake.found(store, ANNA, id)
    assert (found.state, found.imported, found.waiting) == ("stopped", 2, 4)
    intake.go_on(store, ANNA, id)
    again = Store(store.path)
    again.migrate()
    assert work(again) == 4
    assert intake.found(again, ANNA, id).state == "done"
    assert len(store.list_calls(MARINA.id)) == 6
    with store.tx() as db:
        left = db.execute("select count(*) from intake_files").fetchone()[0]
        kept = db.execute("select count(*) from intake_talks where transcript is not null").fetchone()[0]
    assert (left, kept) == (0, 0)


def test_a_talk_that_was_stopped_while_it_was_graded_is_not_imported(store: Store) -> None:
    id = taken(store, ("a.txt", talk()))
    intake.begin(store, ANNA, id, {}, MARINA.id, "", NOW)

    def stopping() -> Judge:
        intake.stop(store, ANNA, id)
        return RulesJudge()

    assert imports.step(store, stopping, lambda: NOW)
    assert store.list_calls(MARINA.id) == ()
    assert intake.found(store, ANNA, id).waiting == 1


def test_a_talk_that_breaks_the_judge_is_imported_without_a_report_and_the_rest_goes_on(store: Store) -> None:
    id = taken(store, ("a.txt", talk()), ("b.txt", talk(more="Другой.")))
    intake.begin(store, ANNA, id, {}, MARINA.id, "", NOW)
    failures: Iterator[bool] = iter([True, False])

    def shaky() -> Judge:
        if next(failures):
            raise RuntimeError("the server is away")
        return RulesJudge()

    while imports.step(store, shaky, lambda: NOW):
        pass
    assert sorted(one.score is None for one in store.list_calls(MARINA.id)) == [False, True]


def test_the_same_talk_in_another_file_and_format_is_a_duplicate(store: Store) -> None:
    turns = [
        {"role": "seller" if line.startswith("Менеджер") else "client", "text": line.partition(": ")[2]}
        for line in talk().splitlines()
    ]
    id = taken(store, ("a.txt", talk()), ("b.json", json.dumps({"turns": turns}, ensure_ascii=False)))
    intake.begin(store, ANNA, id, {}, MARINA.id, "", NOW)
    work(store)
    found = intake.found(store, ANNA, id)
    assert found.imported == 1 and [one.name for one in found.doubtful] == ["b.json"]
    store.delete_call(store.list_calls(MARINA.id)[0].id, MARINA.id)
    again = taken(store, ("a.txt", talk()))
    intake.begin(store, ANNA, again, {}, MARINA.id, "", NOW)
    work(store)
    assert intake.found(store, ANNA, again).imported == 1


def test_another_teams_duplicate_is_not_told_of(store: Store) -> None:
    for who, owner in ((ANNA, MARINA), (BORIS, BORIS)):
        id = taken(store, ("a.txt", talk()), who=who)
        intake.begin(store, who, id, {}, owner.id, "", NOW)
        work(store)
        assert intake.found(store, who, id).imported == 1


def test_only_the_coach_who_uploaded_sees_it_and_only_his_team_gets_calls(store: Store) -> None:
    id = taken(store, ("a.txt", talk()))
    deeds: list[Any] = [intake.found, intake.stop, intake.go_on, intake.drop, intake.speakers]
    for deed in deeds:
        with pytest.raises(NotFound):
            deed(store, BORIS, id)
        with pytest.raises(Forbidden):
            deed(store, MARINA, id)
    with pytest.raises(NotFound):
        intake.begin(store, ANNA, id, {}, BORIS.id, "", NOW)
    with pytest.raises(Forbidden):
        intake.take_in(store, MARINA, unpacked.opened(iter([("a.txt", b"a")])), NOW)
    with pytest.raises(IntakeError):
        intake.take_in(store, ANNA, unpacked.opened(iter([])), NOW)


def test_labels_told_by_a_person_count_over_the_guess(store: Store) -> None:
    id = taken(store, ("a.txt", talk("Голос", "Другой")))
    intake.begin(store, ANNA, id, {"Голос": "client", "Другой": "seller"}, MARINA.id, "", NOW)
    work(store)
    call = store.load_call(store.list_calls(MARINA.id)[0].id, MARINA.id)
    assert [turn["role"] for turn in call.transcript["turns"]][:2] == ["client", "seller"]
    assert call.transcript["call"]["seller"] == "Другой"


def test_a_talk_that_says_when_it_was_is_dated_so(store: Store) -> None:
    dated = json.dumps({"call": {"at": "2026-03-04T10:00:00"}, "turns": [
        {"role": "seller" if n % 2 else "client", "text": f"слова {n}"} for n in range(6)]})  # fmt: skip
    id = taken(store, ("a.json", dated))
    intake.begin(store, ANNA, id, {}, MARINA.id, "", NOW)
    work(store)
    assert store.list_calls(MARINA.id)[0].started < NOW
