"""Who may do what: every page, deed and route of the app, for everybody; what is not decided in tests/rights fails."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import rights, world
from tests.rights import PEOPLE, Decided, Route, Things
from trainer.errors import NotFound
from trainer.store import Person
from trainer.team.rights import Forbidden
from trainer.texts import LANGUAGES
from trainer.web.coach import COACH_DEEDS, COACH_PAGES
from trainer.web.deeds import DEEDS
from trainer.web.handlers import Desk
from trainer.web.pages import PAGES
from trainer.web.streams import USED

DECIDED_PAGES: dict[Any, Decided] = rights.joined("PAGES")
DECIDED_DEEDS: dict[str, Decided] = rights.joined("DEEDS")
DECIDED_ROUTES: dict[tuple[str, str], Route] = rights.joined("ROUTES")
ALL_PAGES = {**PAGES, **COACH_PAGES}
ALL_DEEDS = {**DEEDS, **COACH_DEEDS}
SHARED = {view for module in rights.modules() for view in getattr(module, "SHARED", ())}
CALLS = ("call", "second", "line", "ringing", "reviewed")
OF_THE_TEAM = ("rubric", "asking", "stopped")
"""Things of the team's coach that a mate of A may come across, but nobody of another team."""
World = tuple[Path, dict[str, Person], Things]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("company") / "zvonok.db"
    desk, people = world.found_company(path)
    things = world.furnish(desk, people)
    with desk.store.tx() as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return path, people, things


@pytest.fixture
def own(company: World, tmp_path: Path) -> tuple[Desk, dict[str, Person], Things]:
    """The company in a database of the test's own, which it may change."""
    path, people, things = company
    shutil.copy(path, tmp_path / "zvonok.db")
    return world.desk_at(tmp_path / "zvonok.db"), people, things


def test_every_page_and_deed_is_decided_and_none_is_gone() -> None:
    assert not PAGES.keys() & COACH_PAGES.keys() and not DEEDS.keys() & COACH_DEEDS.keys()
    assert DECIDED_PAGES.keys() == ALL_PAGES.keys()
    assert DECIDED_DEEDS.keys() == ALL_DEEDS.keys()


def test_no_trainee_may_do_anything_in_the_coachs_room() -> None:
    coachs = [DECIDED_PAGES[one] for one in COACH_PAGES] + [DECIDED_DEEDS[one] for one in COACH_DEEDS]
    assert all(not one.may & {"a", "b"} for one in coachs)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("view", sorted(ALL_PAGES))
def test_a_page_is_shown_to_who_may_see_it_alone(company: World, view: Any, who: str) -> None:
    path, people, things = company
    desk, decided = world.desk_at(path), DECIDED_PAGES[view]
    place = decided.place(things)
    if who in decided.may:
        assert 'id="main"' in ALL_PAGES[view](desk, people[who], place, "ru")
    else:
        with pytest.raises((Forbidden, NotFound)):
            ALL_PAGES[view](desk, people[who], place, "ru")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", sorted(ALL_DEEDS))
def test_a_deed_is_done_by_who_may_do_it_and_changes_nothing_for_others(own: Any, name: str, who: str) -> None:
    desk, people, things = own
    decided = DECIDED_DEEDS[name]
    place, given = decided.place(things), decided.given(things)
    before = world.contents(desk)
    if who in decided.may:
        ALL_DEEDS[name](desk, people[who], place, given, "ru")
    else:
        with pytest.raises((Forbidden, NotFound)):
            ALL_DEEDS[name](desk, people[who], place, given, "ru")
        assert world.contents(desk) == before


def test_a_coach_of_another_team_and_a_mate_see_nothing_of_as_on_any_page(company: World) -> None:
    path, people, things = company
    desk = world.desk_at(path)
    for view, page in ALL_PAGES.items():
        for who in ("b", "stranger"):
            decided = DECIDED_PAGES[view]
            if who in decided.may and not (who == "b" and view in SHARED):
                shown = page(desk, people[who], decided.place(things), "ru")
                assert "Аннабель" not in shown and "a-login" not in shown, (view, who)
                assert not any(things[one] in shown for one in CALLS if one in things), (view, who)
                assert who == "b" or not any(things[one] in shown for one in OF_THE_TEAM), (view, who)


# --- routes


@pytest.fixture(scope="module")
def site(company: World) -> Iterator[tuple[TestClient, Desk, dict[str, Person], Things]]:
    from trainer.web.site import build_site

    path, people, things = company
    copied = path.with_name("site.db")
    shutil.copy(path, copied)
    desk = world.desk_at(copied)
    with TestClient(build_site(desk), base_url="http://127.0.0.1:7860", follow_redirects=False) as client:
        yield client, desk, people, things


def routes_of(app: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Every method and address of an app, of its routers and of all that is mounted in it."""
    for route in getattr(app, "routes", ()):
        path = before + (getattr(route, "path", "") or "")
        if getattr(route, "methods", None):
            yield from ((method, path) for method in sorted(route.methods - {"HEAD", "OPTIONS"}))
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router, path + (getattr(route.include_context, "prefix", "") or ""))
        else:
            yield from routes_of(getattr(route, "app", None), path)


def is_mounted(path: str) -> bool:
    return any(path.startswith((f"/{one}", f"/coach/{one}")) for one in LANGUAGES)


def test_every_route_of_our_own_is_decided_and_none_is_gone(site: Any) -> None:
    client, *_ = site
    ours = {(method, path) for method, path in routes_of(client.app) if not is_mounted(path)}
    assert ours == DECIDED_ROUTES.keys()


def test_a_route_answers_everybody_as_decided(site: Any) -> None:
    client, desk, people, things = site
    for (method, path), route in DECIDED_ROUTES.items():
        address = path.format_map(route.of(things))
        for who in (None, *PEOPLE):
            headers = {} if who is None else world.cookie_of(desk, people[who])
            with desk.store.tx(write=True) as db:
                db.execute("delete from failures")
            answer = client.request(method, address, headers=headers, data=route.body, files=route.files)
            assert answer.status_code == route.answer(path, who), (method, path, who, answer.text[:200])
            if who in (None, "b", "stranger"):
                assert "Аннабель" not in answer.text and "a-login" not in answer.text, (method, path, who)


def test_no_route_of_gradio_answers_nobody_and_those_we_do_not_use_answer_no_one(site: Any) -> None:
    client, desk, people, _ = site
    seen: set[str] = set()
    cookies = {who: world.cookie_of(desk, people[who]) for who in ("a", "admin")}
    for method, path in sorted(set(routes_of(client.app))):
        if not is_mounted(path):
            continue
        address = path.replace("{path:path}", "x.js").replace("{", "").replace("}", "")
        opened = any(f"/{one}/{folder}/" in address for one in LANGUAGES for folder in ("assets", "static"))
        rest = address.split("/", 3 if address.startswith("/coach") else 2)
        used = USED.fullmatch(rest[-1] if len(rest) > (3 if address.startswith("/coach") else 2) else "")
        seen.add(rest[-1])
        if not opened:
            assert client.request(method, address).status_code == 401, (method, address)
        if address.startswith("/coach/") and not opened:
            assert client.request(method, address, headers=cookies["a"]).status_code == 403, (method, address)
        if not used:
            assert client.request(method, address, headers=cookies["admin"]).status_code == 404, (method, address)
    for known in ("gradio_api/queue/join", "gradio_api/call/api_name", "gradio_api/cancel", "gradio_api/upload"):
        assert known in seen, known


@pytest.mark.parametrize("path", [
    "queue/join", "queue/data?session_hash=x", "call/on_open", "run/on_open", "api/on_open", "upload", "cancel",
    "file=/etc/passwd", "heartbeat/x", "component_server", "info", "startup-events", "reset", "proxy=http://a.b/",
])  # fmt: skip
def test_gradios_addresses_need_a_login(site: Any, path: str) -> None:
    client, *_ = site
    for room in ("/ru", "/en", "/coach/ru", "/coach/en"):
        for method in ("GET", "POST"):
            assert client.request(method, f"{room}/gradio_api/{path}", json={}).status_code == 401


def test_a_page_leads_who_is_not_signed_in_to_the_door_and_back(site: Any) -> None:
    client, *_ = site
    answer = client.get("/coach/ru/?review=abc&tab=1", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?to=/coach/ru/%3Freview%3Dabc%26tab%3D1"


def test_a_trainee_who_opens_the_coachs_room_lands_in_his_own(site: Any) -> None:
    client, desk, people, _ = site
    headers = {**world.cookie_of(desk, people["a"]), "accept": "text/html"}
    assert client.get("/coach/en/?view=people", headers=headers).headers["location"] == "/en/"
    assert client.get("/coach/ru/config", headers=world.cookie_of(desk, people["a"])).status_code == 403
