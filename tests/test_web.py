"""The web app without a browser: handlers, pages as text, and the mounted site through FastAPI's test client."""

import asyncio
import html
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from tests.desks import Clock, solo_desk_at
from trainer import definitions
from trainer.errors import InputError, NotFound
from trainer.grading.judges import Assessment, Finding
from trainer.models.recording import Scripted
from trainer.models.request import Request
from trainer.practice.voice import ModelVoice
from trainer.report import Concern, Evidence
from trainer.rubric import Rubric
from trainer.store import Person, Store, StoreError
from trainer.texts import LANGUAGES, room
from trainer.trail import Aids
from trainer.transcript import Transcript, Turn
from trainer.web import downloads, handlers, views
from trainer.web.handlers import Desk, Refused
from trainer.web.places import Place, read_place
from trainer.web.rhythm import rhythm, spoken
from trainer.web.server import ServeError, is_loopback, serve
from trainer.web.trainee import TraineeRoom

ME, OTHER = 1, 2
NASTY = '<img src=x onerror="alert(1)"> {{7*7}} ${alert(2)} ![](https://evil.example/x.png) </textarea><script>'


class QuotingJudge:
    """Quotes the seller's first words for every criterion: the first two missed, the third in doubt, the rest met."""

    name = "quoting"

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        turn, words = transcript.said_by("seller")[0]
        heard = next(iter(transcript.said_by("client")), (turn, words))
        evidence = (Evidence(turn=turn, quote=words[:30]),)
        verdicts: list[Any] = ["missed", "missed", "partly"]
        findings = {
            one.id: Finding(verdicts[n] if n < 3 else "met", evidence, sure=0.5 if n == 2 else 1.0)
            for n, one in enumerate(rubric.criteria)
        }
        concern = Concern(turn=heard[0], quote=heard[1], accepted=True, clarified=False, resolved=False)
        return Assessment("none", findings, (concern,))


class BrokenJudge:
    """A judge whose server is away."""

    name = "broken"

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        raise InputError("empty")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return solo_desk_at(tmp_path, QuotingJudge)


def played(desk: Desk, *lines: str, language: Any = "ru") -> str:
    """A finished call in which the seller said these lines."""
    id = handlers.start(desk, ME, "tourist", language, "real")
    for line in lines:
        handlers.say(desk, ME, id, line)
    handlers.hang_up(desk, ME, id)
    return id


# --- handlers


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_client_speaks_first_and_answers_every_line(desk: Desk, language: Any) -> None:
    id = handlers.start(desk, ME, "tourist", language, "real")
    line = handlers.open_line(desk, ME, id)
    assert [turn.role for turn in line.turns] == ["client"]
    said = handlers.say(desk, ME, id, "Добрый день!" if language == "ru" else "Good morning!")
    assert said.reply and said.heard == 2
    assert [turn.role for turn in said.line.turns][:3] == ["client", "seller", "client"]


def test_what_was_said_is_in_the_database_before_anyone_sees_the_answer(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    said = handlers.say(desk, ME, id, "Добрый день, «Окна-Плюс», Марина!")
    again = Desk(Store(desk.store.path), QuotingJudge)
    assert handlers.open_line(again, ME, id).turns == said.line.turns


def test_the_timer_counts_talk_and_not_a_closed_laptop(desk: Desk) -> None:
    clock: Any = desk.now
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    clock.time += 10
    assert handlers.say(desk, ME, id, "Здравствуйте!").line.elapsed == 10
    clock.time += 8 * 3600
    assert handlers.open_line(desk, ME, id).elapsed == 10 + handlers.LONGEST_PAUSE


def test_hanging_up_twice_is_hanging_up_once(desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    before = desk.store.load_call(id, ME)
    handlers.hang_up(desk, ME, id)
    assert desk.store.load_call(id, ME) == before and before.ended is not None


def test_nothing_can_be_said_into_a_dead_line(desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    with pytest.raises(StoreError):
        handlers.say(desk, ME, id, "Алло?")


def test_the_review_is_made_once_and_kept(desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    first = handlers.review(desk, ME, id)
    later = handlers.review(Desk(desk.store, BrokenJudge), ME, id)
    assert first.report is not None and later.report == first.report


def test_a_review_that_fails_loses_nothing_and_works_later(desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    with pytest.raises(InputError):
        handlers.review(Desk(desk.store, BrokenJudge), ME, id)
    assert handlers.review(desk, ME, id).report is not None


def test_a_call_in_which_nothing_was_said_is_not_graded(desk: Desk) -> None:
    found = handlers.review(desk, ME, played(desk))
    assert found.report is None
    assert "оценивать нечего" in views.report_page(found, 0.0, "ru")


@pytest.mark.parametrize("act", ["open_line", "say", "hang_up", "review", "download"])
def test_every_handler_refuses_somebody_elses_call(desk: Desk, act: str) -> None:
    id = played(desk, "Добрый день!") if act in ("review", "download") else handlers.start(
        desk, ME, "tourist", "ru", "real"
    )  # fmt: skip
    more = {"say": ("Я чужой",), "download": ("report.json",)}.get(act, ())
    before = desk.store.load_call(id, ME)
    with pytest.raises(NotFound):
        getattr(downloads if act == "download" else handlers, act)(desk, OTHER, id, *more)
    assert desk.store.load_call(id, ME) == before


@pytest.mark.parametrize(("persona", "difficulty"), [("nobody", "real"), ("cold", "impossible"), ("../cold", "real")])
def test_a_call_needs_a_known_client_and_difficulty(desk: Desk, persona: str, difficulty: str) -> None:
    with pytest.raises((NotFound, InputError)):
        handlers.start(desk, ME, persona, "ru", difficulty)
    assert handlers.past_calls(desk, ME) == ()


def test_the_unfinished_call_and_the_best_result_are_offered(desk: Desk) -> None:
    handlers.review(desk, ME, played(desk, "Добрый день!"))
    open_call = handlers.start(desk, ME, "critic", "ru", "gentle")
    choice = handlers.choose_client(desk, ME)
    assert choice.unfinished is not None and choice.unfinished.id == open_call
    assert set(choice.best) == {"tourist"} and handlers.choose_client(desk, OTHER).best == {}


# --- import

DIALOGUE = "Менеджер: Добрый день, «Окна-Плюс», Марина.\nКлиент: Сколько стоит окно?\nМенеджер: Решите — перезвоните."


def test_a_pasted_dialogue_gets_a_report_of_the_chosen_kind(desk: Desk) -> None:
    found = handlers.import_any(desk, ME, DIALOGUE, None, "inbound_sale")
    review = handlers.review(desk, ME, found.calls[0])
    assert review.report is not None and review.report.rubric == "inbound_sale"
    assert review.transcript.call.purpose == "sale" and review.call.source == "import"


def test_a_file_is_named_without_its_folder_in_errors(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "secret-folder" / "call.txt"
    path.parent.mkdir()
    path.write_text("Просто текст", encoding="utf-8")
    with pytest.raises(InputError) as error:
        handlers.import_any(desk, ME, "", path, "")
    assert "call.txt" in error.value.text("ru") and "secret-folder" not in error.value.text("ru")


def test_good_calls_of_a_file_are_kept_when_one_is_broken(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    good = '{"turns": [{"role": "seller", "text": "Алло"}]}'
    path.write_text(f'{good}\n{{"turns": 5}}\n{good}\n', encoding="utf-8")
    found = handlers.import_any(desk, ME, "", path, "")
    assert (len(found.calls), len(found.mistakes)) == (2, 1)


@pytest.mark.parametrize("text", ["", "   \n", "x" * (handlers.MOST_BYTES + 1)])
def test_nothing_and_too_much_are_refused_in_words(desk: Desk, text: str) -> None:
    with pytest.raises(Refused) as error:
        handlers.import_any(desk, ME, text, None, "")
    assert len(error.value.text("ru")) > 20 and len(error.value.text("en")) > 20


# --- pages


def shown(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_markup_in_words_is_shown_as_text_on_every_page(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    line = handlers.say(desk, ME, id, NASTY).line
    handlers.hang_up(desk, ME, id)
    imported = handlers.import_any(desk, ME, f"# client: {NASTY[:40]}\nМенеджер: {NASTY}\nКлиент: {NASTY}", None, "")
    pages = [
        views.talk(line, "ru"),
        views.speech(NASTY, "ru"),
        views.notice(NASTY, "ru", unsaid=NASTY),
        views.missing_page(NASTY, "ru"),
        views.report_page(handlers.review(desk, ME, id), 0.0, "ru"),
        views.report_page(handlers.review(desk, ME, imported.calls[0]), 0.0, "ru"),
        views.calls_page(handlers.past_calls(desk, ME), desk.personas(), 0.0, "ru"),
        views.head(Place("call", NASTY), "ru", Person(5, NASTY, "coach", "ru", NASTY)),
        downloads.download(desk, ME, imported.calls[0], "report.html")[2],
    ]
    for page in pages:
        assert "<img" not in page and "<script" not in page and 'onerror="' not in page
    assert NASTY in shown(pages[0]) and NASTY in shown(pages[1]) and NASTY in shown(pages[2])


def test_the_report_puts_the_dearest_criteria_first_with_own_words(desk: Desk) -> None:
    found = handlers.review(desk, ME, played(desk, "Добрый день, слушаю вас внимательно!"))
    assert found.report is not None
    assert [one.id for one in views.work_on(found.report)] == ["goal.outcome", "goal.asked_appointment"]
    page = views.report_page(found, 0.0, "ru")
    work = page[page.index('class="work"') : page.index('class="actions"')]
    assert "Добрый день, слушаю вас вним" in work and "Вы сказали" in work
    assert 'href="#turn-1"' in page and 'id="turn-1"' in page and "<mark" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_written_in_both_languages(desk: Desk, language: Any) -> None:
    id = played(desk, "Добрый день!")
    line = handlers.open_line(desk, ME, handlers.start(desk, ME, "cold", language, "hard"))
    pages = [
        views.choose_page(handlers.choose_client(desk, ME), language),
        *(views.brief_page(one, Place("brief", one.id), language) for one in desk.personas()),
        views.phone(line, language) + views.talk(line, language) + views.composer(language),
        views.report_page(handlers.review(desk, ME, id), 0.0, language),
        views.calls_page(handlers.past_calls(desk, ME), desk.personas(), 0.0, language),
        views.calls_page((), desk.personas(), 0.0, language),
        views.import_page(language),
        views.failed_page("?", Place(), language),
    ]
    assert all("{" not in shown(page).replace("{7", "") for page in pages)


def test_both_languages_have_the_same_texts_and_every_rule_of_the_rubrics() -> None:
    def keys(texts: dict[str, Any], before: str = "") -> set[str]:
        here = {f"{before}{key}" for key in texts}
        return here.union(*(keys(v, f"{before}{k}.") for k, v in texts.items() if isinstance(v, dict)))

    ru, en = room("ru", "web"), room("en", "web")
    assert keys(ru) == keys(en)
    assert all(isinstance(key, str) for key in [*ru["line"], *ru["report"], *en["report"]])
    used = {rule for rubric in definitions.rubrics() for one in rubric.criteria for rule in one.rules}
    assert used <= set(ru["rules"])


def test_a_place_survives_the_address_and_nonsense_leads_home() -> None:
    places = [Place(), Place("brief", "cold", "en", "hard"), Place("call", "a-_b"), Place("calls"), Place("import")]
    assert [read_place(one.query()) for one in places] == places
    for odd in (None, 5, "?view=<x>", "?" + "a" * 900, "?view=call", "%00"):
        assert read_place(odd) == Place()


def test_the_client_talks_in_pieces_and_ends_with_all_he_says() -> None:
    words = "Ну не знаю… Дорого это всё, я в другом месте дешевле видел, честно говоря."
    beats = list(rhythm(words))
    assert beats[-1][1] == words and len(beats) > 4
    assert all(longer.startswith(shorter) for (_, shorter), (_, longer) in pairwise(beats))
    assert all(wait >= 0.1 for wait, _ in beats) and sum(wait for wait, _ in beats) < 6
    assert list(rhythm(words, 0)) == [(0.0, words)]


def test_what_the_server_did_meanwhile_is_not_added_to_the_clients_rhythm() -> None:
    words = "Ну не знаю… Дорого это всё, я в другом месте дешевле видел, честно говоря."
    beats = list(rhythm(words, 0.1))

    async def heard(busy: float) -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        since, said = loop.time(), []
        time.sleep(busy)  # the line is stored and answered within his breath
        async for so_far in spoken(words, 0.1, since):
            said.append(so_far)
            time.sleep(0.004)  # each update costs something, too
        return said, loop.time() - since

    said, took = asyncio.run(heard(0.02))
    assert said[-1] == words and all(longer.startswith(shorter) for shorter, longer in pairwise(said))
    assert took >= sum(wait for wait, _ in beats) - 0.001
    at_once, _ = asyncio.run(heard(0.0))
    assert set(said) <= {so_far for _, so_far in beats} >= set(at_once)


def test_words_that_are_late_come_together() -> None:
    words = "Ну не знаю… Дорого это всё, я в другом месте дешевле видел, честно говоря."

    async def heard() -> list[str]:
        said = []
        async for so_far in spoken(words, 0.1, asyncio.get_running_loop().time()):
            said.append(so_far)
            time.sleep(0.1)
        return said

    said = asyncio.run(heard())
    assert said[-1] == words and len(said) < len(list(rhythm(words)))


# --- the site


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    from trainer.web.site import build_site

    with TestClient(build_site(desk), base_url="http://127.0.0.1:7860", follow_redirects=False) as made:
        yield made


def test_the_bare_address_opens_in_the_readers_language(client: TestClient) -> None:
    def opened(**headers: str) -> str:
        client.cookies.clear()
        return client.get("/?call=x", headers=headers).headers["location"]

    assert opened(**{"accept-language": "en-GB,en;q=0.9,ru;q=0.5"}) == "/en/?call=x"
    assert opened(**{"accept-language": "ru"}) == "/ru/?call=x"
    assert opened(**{"accept-language": "de"}) == "/ru/?call=x"
    assert opened(**{"accept-language": "ru", "cookie": "lang=en"}) == "/en/?call=x"
    assert "lang=en" in client.get("/en/").headers["set-cookie"]


def test_only_opening_a_room_sets_its_language(client: TestClient) -> None:
    client.cookies.clear()
    assert "lang=ru" in client.get("/ru/").headers["set-cookie"]
    assert "set-cookie" not in client.get("/icon.svg").headers
    assert "lang=" not in client.post("/ru/").headers.get("set-cookie", "")


def test_gradios_queue_keeps_no_record_of_who_did_what(desk: Desk) -> None:
    from trainer.web.site import build_site

    with TestClient(build_site(desk), base_url="http://127.0.0.1:7860") as client:
        rooms = [
            route.app.get_blocks() for route in client.app.routes if hasattr(getattr(route, "app", None), "get_blocks")
        ]
        assert len(rooms) == 2 * len(LANGUAGES)
        assert all(one._queue.ANALYTICS_MAX_EVENTS == 1 and one._queue.sleep_when_free < 0.01 for one in rooms)


def test_every_update_of_a_talk_shows_all_parts_of_it(desk: Desk) -> None:
    room_ = TraineeRoom(desk, "ru")
    room_.lay_out()
    id = handlers.start(desk, ME, "tourist", "ru", "real", aids=Aids(mood=True))
    event = SimpleNamespace(_data={"place": f"?call={id}", "text": "Добрый день! Чем могу помочь?"})

    async def said() -> list[Any]:
        nobody = SimpleNamespace(headers={})
        return [screen async for screen in room_.on_say(cast(Any, event), cast(Any, nobody))]

    screens = asyncio.run(said())
    parts = {room_.note, room_.phone, room_.talk, room_.speech, room_.aside}
    assert len(screens) >= 2 and all(set(screen) == parts for screen in screens)
    assert "Чем могу помочь" in screens[0][room_.talk] and screens[-1][room_.speech] == ""
    assert len(re.findall("<li", screens[-1][room_.talk])) == len(re.findall("<li", screens[0][room_.talk])) + 1


def test_every_answer_carries_the_strict_headers(client: TestClient) -> None:
    for path in ("/ru/", "/en/", "/", "/icon.svg", "/calls/none/report.json", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::1"])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/ru/", headers={"host": host}).status_code == 403


def test_another_sites_page_can_start_nothing(client: TestClient) -> None:
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/ru/gradio_api/queue/join", json={}, headers=headers).status_code == 403
    own = client.post("/ru/gradio_api/queue/join", json={}, headers={"origin": "http://127.0.0.1:7860"})
    assert own.status_code != 403


def test_the_lists_of_routes_are_closed(client: TestClient) -> None:
    for path in ("/openapi.json", "/docs", "/redoc", "/ru/openapi.json", "/ru/docs", "/ru/gradio_api/runs"):
        assert client.get(path).status_code in (404, 405), path


@pytest.mark.parametrize("form", ["report.html", "report.md", "report.json", "transcript.json"])
def test_a_report_is_handed_out_as_a_file_to_its_owner_only(client: TestClient, desk: Desk, form: str) -> None:
    id = played(desk, "Добрый день!")
    answer = client.get(f"/calls/{id}/{form}")
    assert answer.status_code == 200 and answer.headers["content-disposition"].startswith("attachment")
    assert "Добрый день" in answer.text
    with desk.store.tx(write=True) as db:
        db.execute("update calls set owner = 2 where id = ?", [id])
    assert client.get(f"/calls/{id}/{form}").status_code == 404


def test_odd_download_addresses_are_not_found(client: TestClient, desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    for path in (f"/calls/{id}/report.exe", "/calls/..%2f..%2fetc/passwd", f"/calls/{id}'--/report.md", "/calls/x/y"):
        assert client.get(path).status_code == 404, path


def test_a_call_still_going_on_has_no_report_to_hand_out(client: TestClient, desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    handlers.say(desk, ME, id, "Добрый день!")
    assert client.get(f"/calls/{id}/report.json").status_code == 404
    assert desk.store.load_call(id, ME).ended is None


# --- serving


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", ""])
def test_an_address_others_can_see_is_refused_with_the_remedy(host: str, tmp_path: Path) -> None:
    with pytest.raises(ServeError) as error:
        serve(host, 0, tmp_path / "zvonok.db")
    assert "--host 127.0.0.1" in error.value.text("ru") and not (tmp_path / "zvonok.db").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_loopback_addresses_are_taken(host: str) -> None:
    assert is_loopback(host)


def test_a_taken_port_names_a_free_one(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServeError) as error:
        serve("127.0.0.1", taken.getsockname()[1], tmp_path / "zvonok.db")
    assert "--port" in error.value.text("en")


# --- a model's voice


class Slow:
    """A model that says its first sentence, and the rest once it is let go on."""

    name = "slow"

    def __init__(self, first: str, rest: str) -> None:
        self.first, self.rest, self.go_on = first, rest, threading.Event()

    async def stream(self, request: Request) -> AsyncIterator[str]:
        whole = json.dumps({"act": "fact", "line": self.first + self.rest}, ensure_ascii=False)
        cut = whole.index(self.rest)
        yield whole[:cut] + self.rest[:4]
        await asyncio.to_thread(self.go_on.wait, 10)
        yield whole[cut + 4 :]


class TalkingRoom:
    """A room whose client a model voices, with a call on the line; ``say`` gives what is shown as he speaks."""

    def __init__(self, tmp_path: Path, model: Any) -> None:
        store = Store(tmp_path / "zvonok.db")
        store.migrate()
        self.desk = Desk(store, QuotingJudge, lambda: ModelVoice(model, patience=20), now=Clock(), pace=0.0)
        self.room = TraineeRoom(self.desk, "ru")
        self.room.lay_out()
        self.id = handlers.start(self.desk, ME, "tourist", "ru", "real")

    async def say(self, text: str) -> AsyncIterator[str]:
        event = SimpleNamespace(_data={"place": f"?call={self.id}", "text": text})
        async for screen in self.room.on_say(cast(Any, event), cast(Any, SimpleNamespace(headers={}))):
            yield str(screen.get(self.room.speech, ""))

    def texts(self) -> list[str]:
        return [turn.text for turn in handlers.open_line(self.desk, ME, self.id).turns if isinstance(turn, Turn)]


def test_a_models_words_are_heard_while_it_speaks_and_then_stored(tmp_path: Path) -> None:
    words = "Да в спальню. Старое оно."
    answer = json.dumps({"act": "fact", "line": words}, ensure_ascii=False)
    talking = TalkingRoom(tmp_path, Scripted(lambda request: answer))

    async def heard() -> list[str]:
        return [one async for one in talking.say("Здравствуйте! Для какой комнаты окно?")]

    shown = asyncio.run(heard())
    assert any("Да в спальню." in one and "Старое" not in one for one in shown)
    assert talking.texts()[-1] == words


def test_a_model_that_is_cut_off_leaves_only_what_was_heard(tmp_path: Path) -> None:
    slow = Slow("Да в спальню. ", "Старое оно, рассохлось совсем.")
    talking = TalkingRoom(tmp_path, slow)

    async def interrupted() -> list[str]:
        shown: list[str] = []
        async for one in talking.say("Здравствуйте! Для какой комнаты окно?"):
            shown.append(one)
            if "в спальню" in one:
                break_in = asyncio.create_task(_all(talking.say("Извините, перебью: а сколько ему лет?")))
                await asyncio.sleep(0.2)
                slow.go_on.set()
        await break_in
        return shown

    shown = asyncio.run(interrupted())
    texts = talking.texts()
    assert not any("рассохлось" in one for one in shown)
    assert texts[2] == "Да в спальню. —" and texts[3].startswith("Извините, перебью")
    assert talking.room.heard == {}


async def _all(pieces: AsyncIterator[str]) -> list[str]:
    return [one async for one in pieces]
