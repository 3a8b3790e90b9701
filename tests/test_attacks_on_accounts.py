"""What somebody who means harm would try on sign-in, sessions and other people's talks; the site through HTTP."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from fastapi.testclient import TestClient

from tests import world
from tests.world import NOW, PASSWORD, Clock
from trainer.errors import TrainerError
from trainer.store import Person, Store
from trainer.team import accounts, log, sessions
from trainer.team.accounts import NewAccount
from trainer.web import handlers, views
from trainer.web.coach import COACH_PAGES
from trainer.web.door import SignedOut, session_in
from trainer.web.entry import way
from trainer.web.guard import Guard
from trainer.web.handlers import Desk
from trainer.web.places import Place
from trainer.web.server import ServeError, serve
from trainer.web.streams import MOST_STREAMS, Streams

NASTY = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
Company = tuple[TestClient, Desk, dict[str, Person]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    from trainer.web.site import build_site

    desk, people = world.found_company(tmp_path_factory.mktemp("attacks") / "zvonok.db")
    with TestClient(build_site(desk), base_url="http://127.0.0.1:7860", follow_redirects=False) as client:
        yield client, desk, people


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """No cookie and no failure is left from the test before."""
    if "company" in request.fixturenames:
        client, desk, _ = request.getfixturevalue("company")
        client.cookies.clear()
        with desk.store.tx(write=True) as db:
            db.execute("delete from failures")


def sign_in(client: TestClient, login: str = "a-login", password: str = PASSWORD, **headers: str) -> Any:
    return client.post("/login", data={"login": login, "password": password}, headers=headers)


def token_of(answer: Any) -> str:
    return session_in("; ".join(one.partition(";")[0] for one in answer.headers.get_list("set-cookie")))


# --- sessions


def test_a_session_planted_before_sign_in_is_not_the_one_after_it(company: Company) -> None:
    client, desk, people = company
    planted = world.cookie_of(desk, people["b"])["cookie"].partition("=")[2]
    answer = sign_in(client, cookie=f"zvonok_session={planted}")
    assert answer.status_code == 303 and token_of(answer) not in ("", planted)
    assert sessions.person_of(desk.store, planted, NOW) is None
    made_up = sign_in(client, cookie="zvonok_session=chosen-by-the-attacker")
    assert token_of(made_up) != "chosen-by-the-attacker"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(company: Company) -> None:
    client, _, _ = company
    set_cookie = next(one for one in sign_in(client).headers.get_list("set-cookie") if "zvonok_session" in one)
    assert "HttpOnly" in set_cookie and "SameSite=lax" in set_cookie and "Path=/" in set_cookie


@pytest.mark.parametrize("cookie", [
    "zvonok_session=", "zvonok_session=1", "zvonok_session=' or 1=1 --", "zvonok_session=" + "x" * 5000,
    "zvonok_session=%00", 'zvonok_session="a\\"b"', "zvonok_session=a; zvonok_session=b", "person=1", "\x00=\x00",
])  # fmt: skip
def test_a_forged_cookie_opens_nothing(company: Company, cookie: str) -> None:
    client, _, _ = company
    assert client.get("/ru/config", headers={"cookie": cookie.encode("latin-1")}).status_code == 401


def test_what_stands_in_the_database_is_no_cookie(company: Company) -> None:
    client, desk, people = company
    world.cookie_of(desk, people["admin"])
    with desk.store.tx() as db:
        stored = [row["token"] for row in db.query("select token from sessions")]
    assert stored
    for one in stored:
        assert client.get("/ru/config", headers={"cookie": f"zvonok_session={one}"}).status_code == 401


def test_signing_out_everywhere_shuts_every_browser_at_once(company: Company) -> None:
    client, desk, people = company
    first, second = (world.cookie_of(desk, people["b"]) for _ in range(2))
    assert client.post("/sign-out-everywhere", headers=first).status_code == 303
    assert [client.get("/ru/config", headers=one).status_code for one in (first, second)] == [401, 401]


def test_an_event_of_an_ended_session_is_refused_even_inside_an_open_page(company: Company) -> None:
    from trainer.web.trainee import TraineeRoom

    _, desk, people = company
    room = TraineeRoom(desk, "ru")
    room.lay_out()
    headers = world.cookie_of(desk, people["a"])
    asked = cast(Any, type("Asked", (), {"headers": headers}))
    assert asyncio.run(room.who(asked)) == people["a"]
    sessions.sign_out_everywhere(desk.store, people["a"], people["a"].id, desk.now())
    with pytest.raises(SignedOut):
        asyncio.run(room.who(asked))


# --- guessing


@pytest.mark.parametrize("guesses", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_guesses_hash_a_handful_of_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guesses: int
) -> None:
    desk, _ = world.found_company(tmp_path / "zvonok.db")
    hashes: list[int] = []
    monkeypatch.setattr(accounts, "_scrypt", lambda password, salt, cost: hashes.append(1) or bytes(32))
    clock = cast(Clock, desk.now)
    said: dict[str, int] = {}
    for n in range(guesses):
        clock.time += 0.5  # ten thousand take 83 minutes
        try:
            sessions.sign_in(desk.store, "admin", f"guess number {n}", f"10.0.{n % 200}.1", desk.now())
        except sessions.SignInRefused as error:
            said[error.message] = said.get(error.message, 0) + 1
    windows = guesses * 0.5 // sessions.WINDOW + 1
    assert len(hashes) == said["wrong"] <= windows * sessions.BY_LOGIN
    assert said["locked"] + said["wrong"] == guesses
    with desk.store.tx() as db:
        noted = next(iter(db.query("select count(*) as n from log where deed in ('locked', 'sign_in_failed')")))
    assert noted["n"] == said["wrong"]  # the log does not grow with every knock


def test_the_site_answers_a_locked_and_an_unknown_login_alike(company: Company) -> None:
    client, _, _ = company
    known = [sign_in(client, "stranger-login", "not the password") for _ in range(6)]
    unknown = [sign_in(client, "no-such-login", "not the password") for _ in range(6)]
    assert [one.status_code for one in known] == [one.status_code for one in unknown] == [401] * 5 + [429]
    texts = [[one.text.replace(login, "") for one in answers] for answers, login in (
        (known, "stranger-login"), (unknown, "no-such-login"))]  # fmt: skip
    assert texts[0] == texts[1]
    assert sign_in(client, "stranger-login").status_code == 429


def test_a_forwarded_address_is_not_believed_without_a_proxy(company: Company) -> None:
    client, desk, _ = company
    for n in range(3):
        sign_in(client, "somebody", "not the password", **{"x-forwarded-for": f"9.9.9.{n}"})
    with desk.store.tx() as db:
        assert {row["address"] for row in db.query("select address from failures")} == {"testclient"}


@pytest.mark.parametrize("id", ["1", "0", "aaaaaaaaaaaa", "%2e%2e%2f", "' or '1'='1", "a" * 300])
def test_guessed_ids_of_calls_give_nothing(company: Company, id: str) -> None:
    client, desk, people = company
    answer = client.get(f"/calls/{id}/report.json", headers=world.cookie_of(desk, people["b"]))
    assert answer.status_code == 404


@pytest.mark.parametrize("id", ["", "-1", "1", "999999", "1e3", "9" * 40, "2; drop table people", "²"])
def test_guessed_numbers_of_people_change_nothing(company: Company, id: str) -> None:
    from trainer.web.coach import COACH_DEEDS

    _, desk, people = company
    before = world.contents(desk)
    for deed in ("move_person", "renew_password", "remove_person", "end_sessions"):
        with pytest.raises(TrainerError):
            COACH_DEEDS[deed](desk, people["admin"], Place("people"), {"person": id, "password": PASSWORD}, "ru")
    assert world.contents(desk) == before


# --- event streams


def joined(client: TestClient, headers: dict[str, str], stream: str, room: str = "/ru") -> int:
    body = {"data": [], "fn_index": 0, "session_hash": stream, "event_data": {"place": ""}}
    return int(client.post(f"{room}/gradio_api/queue/join", json=body, headers=headers).status_code)


def test_a_replayed_event_stream_gives_another_person_nothing(company: Company) -> None:
    client, desk, people = company
    a, b, admin = (world.cookie_of(desk, people[who]) for who in ("a", "b", "admin"))
    assert joined(client, a, "stream-of-a") == 200
    for thief in (b, admin):
        assert joined(client, thief, "stream-of-a") == 403
        assert client.get("/ru/gradio_api/queue/data?session_hash=stream-of-a", headers=thief).status_code == 403
        assert client.get("/ru/gradio_api/heartbeat/stream-of-a", headers=thief).status_code == 403
        two = "/ru/gradio_api/queue/data?session_hash=mine&session_hash=stream-of-a"
        assert client.get(two, headers=thief).status_code == 403
    assert joined(client, a, "stream-of-a") == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"session_hash": 5}', b'{"session_hash": null}', b"[" * 100_000])
def test_a_join_that_names_no_stream_is_refused(company: Company, body: bytes) -> None:
    client, desk, people = company
    headers = {**world.cookie_of(desk, people["a"]), "content-type": "application/json"}
    assert client.post("/ru/gradio_api/queue/join", content=body, headers=headers).status_code == 400


def test_no_flood_of_streams_makes_somebody_elses_stream_free() -> None:
    async def nothing(*_: Any) -> None:
        raise AssertionError("not asked")

    streams = Streams(nothing)
    assert streams.belongs("of a", 1)
    assert all(streams.belongs(f"flood {n}", 2) for n in range(MOST_STREAMS * 4))
    assert not streams.belongs("of a", 2) and streams.belongs("of a", 1)
    assert len(streams.owner) <= MOST_STREAMS + 1


def test_what_the_pages_do_not_use_cannot_be_called(company: Company) -> None:
    client, desk, people = company
    headers = world.cookie_of(desk, people["admin"])
    for path in ("call/on_deed", "run/on_deed", "api/on_deed", "cancel", "reset", "component_server", "vibe-edit"):
        for room in ("/ru", "/coach/en"):
            body = {"data": [], "session_hash": "s", "fn_index": 1, "event_id": "x"}
            assert client.post(f"{room}/gradio_api/{path}", json=body, headers=headers).status_code == 404, path
    for path in ("file=/etc/passwd", "file=trainer/web/site.py", "proxy=http://127.0.0.1:7860/ru/"):
        assert client.get(f"/ru/gradio_api/{path}", headers=headers).status_code == 404, path


def test_nobody_can_cut_off_or_hang_up_another_persons_call(company: Company) -> None:
    from trainer.web.trainee import TraineeRoom

    _, desk, people = company
    room = TraineeRoom(desk, "ru")
    room.lay_out()
    id = handlers.start(desk, people["a"].id, "tourist", "ru", "real")
    mine = (people["a"].id, id)
    room.newest[mine], room.heard[mine] = 1, "Здрав"
    before = desk.store.load_call(id, people["a"].id)

    class Event:
        _data: ClassVar[dict[str, str]] = {"place": f"?call={id}", "text": "Я чужой", "do": "hint"}

    async def screens(handler: Any, who: str) -> list[dict[Any, Any]]:
        asked = type("Asked", (), {"headers": world.cookie_of(desk, people[who])})
        return [screen async for screen in handler(cast(Any, Event()), cast(Any, asked))]

    for who in ("b", "stranger", "coach", "admin"):
        for handler in (room.on_say, room.on_hang_up, room.on_deed, room.on_open):
            shown = asyncio.run(screens(handler, who))
            assert shown and "не найден" in json.dumps([str(one) for one in shown], ensure_ascii=False)
    assert (room.newest[mine], room.heard[mine]) == (1, "Здрав")
    assert desk.store.load_call(id, people["a"].id) == before


# --- pages of other sites


def test_no_other_site_can_sign_somebody_in_or_out_or_change_his_password(company: Company) -> None:
    client, desk, people = company
    foreign = ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"})
    for path in ("/login", "/sign-out", "/sign-out-everywhere", "/password", "/invitation/x"):
        for headers in foreign:
            cookie = world.cookie_of(desk, people["a"])
            form = {"login": "b-login", "password": PASSWORD}
            answer = client.post(path, data=form, headers={**headers, **cookie})
            assert answer.status_code == 403 and "set-cookie" not in answer.headers, (path, headers)
            assert client.get("/ru/config", headers=cookie).status_code == 200


@pytest.mark.parametrize("to", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/ru\\..", "javascript:alert(1)",
    "/ru/\r\nset-cookie: x", "/calls/x/report.json", "", "/ru", "\x00/ru/", "/ru/" + "x" * 700,
])  # fmt: skip
def test_signing_in_leads_nowhere_else(company: Company, to: str) -> None:
    client, _, _ = company
    assert way(to, "/ru/") == "/ru/"
    answer = client.post("/login", data={"login": "b-login", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/ru/"


def test_signing_in_leads_to_the_place_that_was_asked_for(company: Company) -> None:
    client, _, _ = company
    answer = client.post("/login", data={"login": "b-login", "password": PASSWORD, "to": "/en/?call=a_b-1"})
    assert answer.headers["location"] == "/en/?call=a_b-1"


def test_host_names_are_taken_from_the_list_alone() -> None:
    async def nothing(*_: Any) -> None:
        return None

    outside = Guard(nothing, ("localhost", "Zvonok.Example.ru"), any_address=True)
    assert outside._served("zvonok.example.ru") and outside._served("192.168.1.5") and outside._served("::1")
    for host in ("evil.example", "zvonok.example.ru.evil.example", "", "192.168.1.5.evil.example", "1.2.3"):
        assert not outside._served(host)
    assert not Guard(nothing)._served("192.168.1.5")


# --- words


def test_script_in_names_teams_and_logs_is_shown_as_text(tmp_path: Path) -> None:
    desk, people = world.found_company(tmp_path / "zvonok.db")
    admin = people["admin"]
    accounts.add_team(desk.store, admin, NASTY, NOW)
    evil = accounts.add(desk.store, admin, NewAccount("evil", NASTY), PASSWORD, NOW)
    log.note(desk.store, evil, "saw_call", NASTY, NOW)
    log.note(desk.store, None, "sign_in_failed", NASTY, NOW, login=NASTY)
    pages = [COACH_PAGES[view](desk, admin, Place(view), "ru") for view in ("people", "log")]  # type: ignore[arg-type]
    pages.append(COACH_PAGES["people"](desk, admin, Place("people").having(edit=str(evil.id), q="<img"), "ru"))
    pages.append(views.head(Place("choose"), "ru", evil))
    pages.append(views.told(NASTY, "ru"))
    for page in pages:
        assert "<img" not in page and "<script" not in page and 'onerror="' not in page
    assert "&lt;script" in pages[0] and "&lt;script" in pages[1]


def test_script_in_the_forms_of_the_door_is_shown_as_text(company: Company) -> None:
    client, _, _ = company
    for answer in (
        sign_in(client, NASTY, NASTY), client.get("/login", params={"to": NASTY, "said": NASTY, "lang": NASTY}),
        client.get(f"/invitation/{NASTY.replace('/', '')}"),
    ):  # fmt: skip
        assert "<img" not in answer.text and "<script" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body", [b"x" * 50_000, b"\xff\xfe\x00", b"login=%ZZ&password", b"=&=&=", b"login=" + b"%F0%9F%92%A3" * 99]
)
def test_odd_bodies_of_forms_are_only_a_failed_sign_in(company: Company, body: bytes) -> None:
    client, _, _ = company
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/login", content=body, headers=headers).status_code in (401, 429)


# --- serving


@pytest.mark.parametrize(("host", "names"), [("0.0.0.0", ()), ("127.0.0.1", ("zvonok.example.ru",)), ("::", ())])
def test_the_site_is_seen_by_others_only_with_accounts(tmp_path: Path, host: str, names: tuple[str, ...]) -> None:
    path = tmp_path / "zvonok.db"
    Store(path).migrate()
    with pytest.raises(ServeError) as error:
        serve(host, 0, path, allow_hosts=names)
    assert "trainer user add" in error.value.text("ru")


def test_a_site_for_others_asks_for_a_login_even_when_the_last_account_is_gone(tmp_path: Path) -> None:
    from dataclasses import replace

    from trainer.web.door import find

    desk = world.desk_at(tmp_path / "zvonok.db")
    desk.store.migrate()
    assert find(desk, "") is not None
    assert find(replace(desk, accounts_only=True), "") is None
