"""The trainee's room in a real browser: plan, first call, hints, interruptions, barge-in, rewind, drill, history."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Page, TimeoutError, expect

from trainer.practice.call import Call
from trainer.store import Store
from trainer.web import handlers
from trainer.web.server import solo_desk

SLOW = 20_000
ME = 1
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SPEAKING = "() => (document.querySelector('#speech li')?.innerText || '').trim().length > 2"
LONG = "Здравствуйте! «Окна-Плюс», Марина. Скажите, для какой комнаты окно, какое там сейчас и что в нём не так?"


def begin(page: Page, site: Site, query: str = "?client=tourist", language: str = "ru") -> str:
    """A call on the line, its first words said; gives its id."""
    page.goto(f"{site.address}/{language}/{query}")
    page.locator("[data-act=start]").click(timeout=SLOW)
    expect(page.locator("#talk li.client")).to_have_count(1, timeout=SLOW)
    return page.url.split("call=")[1]


def say(page: Page, text: str, heard: int) -> None:
    page.locator("#line").fill(text)
    page.locator("#line").press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(heard, timeout=SLOW)
    expect(page.locator("#speech li")).to_have_count(0)


def hang_up(page: Page) -> None:
    page.locator("[data-act=hang_up]").click()
    expect(page.locator(".report")).to_be_visible(timeout=SLOW)


def take_guided_call(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.address}/{language}/?view=first")
    page.locator("[data-do=first]").click(timeout=SLOW)
    for number in range(1, 25):
        expect(page.locator("#talk li.client")).to_have_count(number, timeout=SLOW)
        if page.locator(".onair[data-over]").count():
            break
        page.locator(".aside.guide [data-insert]").click()
        page.locator("#line").press("Enter")
    expect(page.locator(".report")).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_first_call_taken_line_by_line_is_won(page: Page, site: Site, outside: Any, language: str) -> None:
    take_guided_call(page, site, language)
    expect(page.locator(".verdict.maximum")).to_be_visible()
    expect(page.locator(".inner polyline")).to_have_count(2)
    assert page.locator(".turnings li").count() >= 2 and page.locator(".secrets li").count() >= 3


def test_a_call_can_be_lost(page: Page, site: Site, outside: Any) -> None:
    begin(page, site)
    say(page, "Окна по тридцать тысяч.", 2)
    say(page, "Да это разве дорого? Решите — перезвоните.", 3)
    hang_up(page)
    expect(page.locator(".verdict.none")).to_be_visible()


def test_a_plan_is_told_at_once_and_stands_in_the_report(page: Page, site: Site, outside: Any) -> None:
    page.goto(f"{site.address}/ru/?client=tourist")
    page.locator(".toplan a").click(timeout=SLOW)
    for name in ("Входящий, впервые", "Встреча на точное время", "Оставить свой номер, пусть перезвонит"):
        page.get_by_label(name, exact=True).check(force=True)
    page.get_by_role("button", name="Проверить план").click()
    expect(page.locator(".told li.met")).to_have_count(2, timeout=SLOW)
    expect(page.locator(".told li.missed")).to_contain_text("G4")
    page.locator("[data-act=start]").click()
    expect(page.locator("#talk li.client")).to_have_count(1, timeout=SLOW)
    say(page, "Здравствуйте!", 2)
    hang_up(page)
    expect(page.locator("[id='criterion-plan.call_kind'].met")).to_be_visible()
    expect(page.locator("[id='criterion-plan.goals'].partly")).to_be_visible()


def test_switches_turn_with_the_keyboard_and_go_into_the_call(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/ru/?client=tourist")
    switch = page.get_by_role("switch", name="Настроение клиента")
    expect(switch).to_have_attribute("aria-checked", "false", timeout=SLOW)
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true", timeout=SLOW)
    page.get_by_role("switch", name="Подсказки").click()
    expect(page).to_have_url(re.compile("hints=off.*mood=on"))
    page.locator("[data-act=start]").click()
    expect(page.locator(".mood")).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-do=hint]")).to_have_count(0)


def test_a_hint_asks_then_tells_and_is_in_the_report(page: Page, site: Site, outside: Any) -> None:
    begin(page, site)
    page.locator("[data-do=hint]").click()
    expect(page.locator(".aside.hinted")).to_contain_text("?", timeout=SLOW)
    page.locator("[data-do=tell_hint]").click()
    expect(page.locator(".aside.hinted")).to_contain_text("Подсказка попадёт в разбор", timeout=SLOW)
    say(page, "Здравствуйте, «Окна-Плюс», Марина!", 2)
    expect(page.locator(".aside.hinted")).to_have_count(0)
    hang_up(page)
    expect(page.locator(".taken li")).to_have_count(1)


def test_an_interruption_is_dealt_with_by_a_button(page: Page, site: Site, outside: Any) -> None:
    id = begin(page, site)
    say(page, "Здравствуйте, «Окна-Плюс», Марина!", 2)
    desk = solo_desk(site.database)
    line = handlers.open_line(desk, ME, id)
    assert line.call.state is not None
    call = Call.load(line.call.state, line.persona)
    call.interrupt("phone_rings", "boss")
    handlers.keep(desk, line, call)
    page.reload()
    banner = page.locator(".aside.interruption")
    expect(banner).to_contain_text("начальник", timeout=SLOW)
    expect(banner.locator("button")).to_have_count(5)
    banner.locator("[data-insert]").click()
    expect(page.locator("#line")).to_have_value(re.compile("позволите"))
    page.locator("#line").fill("")
    banner.locator("[data-action=answered]").click()
    expect(banner).to_have_count(0, timeout=SLOW)
    expect(page.locator("#talk li.event").last).to_be_visible()
    hang_up(page)
    expect(page.locator("[id='criterion-attention.kept']")).to_be_visible()


def test_a_client_cut_off_shows_only_what_was_heard(page: Page, site: Site, outside: Any) -> None:
    id = begin(page, site)
    box = page.locator("#line")
    for _ in range(4):
        box.fill(LONG)
        box.press("Enter")
        with suppress(TimeoutError):  # an answer of two words is over before it can be cut
            page.wait_for_function(SPEAKING, polling="raf", timeout=SLOW / 4)
        box.fill("Секунду, перебью: а сколько вам лет окну?")
        box.press("Enter")
        expect(page.locator("#speech li")).to_have_count(0, timeout=SLOW)
        cut = Store(site.database).load_call(id, ME).aids.get("cuts", {})
        if cut:
            break
    assert cut, "no reply was long enough to be cut off"
    turn, rest = next(iter(cut.items()))
    stored = Store(site.database).load_call(id, ME).transcript["turns"][int(turn)]["text"]
    shown = page.locator("#talk li").all_inner_texts()
    assert any(text.endswith(stored) for text in shown) and not any(rest in text for text in shown)
    assert sum("перебью" in text for text in shown) >= 1
    page.reload()
    expect(page.locator("#talk li")).to_have_count(len(shown), timeout=SLOW)


def test_rewind_and_comparison(page: Page, site: Site, outside: Any) -> None:
    id = begin(page, site)
    say(page, "Здравствуйте, «Окна-Плюс», Марина!", 2)
    say(page, "Да берите уже, чего думать!", 3)
    hang_up(page)
    page.locator(".rewind").nth(1).click()
    expect(page.locator("#talk li.client")).to_have_count(2, timeout=SLOW)
    assert id not in page.url
    say(page, "Скажите, а для какой комнаты окно?", 3)
    hang_up(page)
    page.locator(".banner a", has_text="Сравнить").click()
    expect(page.locator(".compare .sides").first).to_be_visible(timeout=SLOW)
    words = page.locator(".compare ol.bubbles")
    expect(words.nth(0)).to_contain_text("Да берите уже")
    expect(words.nth(1)).to_contain_text("для какой комнаты")
    assert page.locator(".differences li").count() >= 5


def test_a_drill_is_graded_at_once(page: Page, site: Site, outside: Any) -> None:
    begin(page, site)
    say(page, "Окна по тридцать тысяч, приезжайте как-нибудь.", 2)
    hang_up(page)
    page.locator("a[data-go^='?drill=']").click()
    expect(page.locator(".answer-form")).to_be_visible(timeout=SLOW)
    page.locator("#answer").fill("Когда мастеру подъехать: в четверг в 18:00 или в субботу в 11 утра?")
    page.locator("#answer").press("Enter")
    expect(page.locator(".graded")).to_be_visible(timeout=SLOW)
    expect(page.locator(".graded .why a").first).to_be_visible()


def test_history_is_searched_compared_and_cleared(page: Page, site: Site, outside: Any) -> None:
    for line in ("Ёлки зелёные, здравствуйте!", "Ёлочка, добрый день!"):
        begin(page, site)
        say(page, line, 2)
        hang_up(page)
    page.goto(f"{site.address}/ru/?view=calls")
    page.locator("input[name=q]").fill("елк")
    page.locator("input[name=q]").press("Enter")
    expect(page.locator(".rows li")).to_have_count(1, timeout=SLOW)
    expect(page.locator(".rows .place")).to_contain_text("Ёлки")
    page.locator("input[name=q]").fill("елочк")
    page.locator("input[name=q]").press("Enter")
    expect(page.locator(".rows .place")).to_contain_text("Ёлочка", timeout=SLOW)
    page.goto(f"{site.address}/ru/?view=calls&q={'е'}")
    expect(page.locator(".rows li").nth(1)).to_be_visible(timeout=SLOW)
    page.locator("input[data-pick]").nth(0).check()
    page.locator("input[data-pick]").nth(1).check()
    page.locator("#compare").click()
    expect(page.locator(".differences")).to_be_visible(timeout=SLOW)
    page.goto(f"{site.address}/ru/?view=calls&q=елочк")
    expect(page.locator(".rows li")).to_have_count(1, timeout=SLOW)
    page.locator(".rows summary").click()
    page.locator("[data-do=delete]").click()
    expect(page.locator(".rows li")).to_have_count(0, timeout=SLOW)


def test_clients_are_filtered_and_somebody_is_a_surprise(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/ru/")
    expect(page.locator(".cards")).to_be_visible(timeout=SLOW)
    everybody = page.locator(".card").count()
    page.locator("select[name=kind]").select_option("cold")
    expect(page).to_have_url(re.compile("kind=cold"), timeout=SLOW)
    expect(page.locator(".card")).not_to_have_count(everybody, timeout=SLOW)
    assert page.locator(".card").count() >= 1
    page.locator(".lucky").click()
    expect(page.locator(".sheet")).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("name", ["call.txt", "call.vtt"])
def test_a_file_of_a_real_call_gets_a_report(page: Page, site: Site, outside: Any, tmp_path: Path, name: str) -> None:
    files = {
        "call.txt": "Менеджер: Добрый день, «Окна-Плюс».\nКлиент: Сколько стоит окно?\nМенеджер: От двадцати тысяч.",
        "call.vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Менеджер>Добрый день, «Окна-Плюс».\n\n"
        "00:02.000 --> 00:04.000\n<v Клиент>Сколько стоит окно?\n\n"
        "00:04.000 --> 00:06.000\n<v Менеджер>От двадцати тысяч.\n",
    }
    path = tmp_path / name
    path.write_text(files[name], encoding="utf-8")
    page.goto(f"{site.address}/ru/?view=import")
    expect(page.locator("#import-go")).to_be_visible(timeout=SLOW)
    page.locator("#import-file input[type=file]").set_input_files(path)
    expect(page.locator("#import-file")).to_contain_text("call", timeout=SLOW)
    page.locator("#import-go").click()
    expect(page.locator(".report")).to_be_visible(timeout=SLOW)
    expect(page.locator(".marked")).to_contain_text("Сколько стоит окно?")


QUERIES = ["", "?client=critic", "?plan=cold", "?plan=cold&kind=warm", "?view=first", "?view=calls", "?view=progress",
           "?view=rules&rule=C10", "?view=import"]  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_page_overflows_a_narrow_phone(page: Page, site: Site, language: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    begin(page, site)
    hang = page.locator("[data-act=hang_up]")
    expect(hang).to_be_in_viewport()
    say(page, "Здравствуйте!" if language == "ru" else "Good morning!", 2)
    hang_up(page)
    call = page.url.split("call=")[1]
    for query in [*QUERIES, f"?call={call}", f"?drill={call}", f"?compare={call}&with={call}"]:
        page.goto(f"{site.address}/{language}/{query}")
        expect(page.locator("#main")).to_be_visible(timeout=SLOW)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, query


@pytest.mark.skipif(not AXE.exists(), reason="npm install axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(page: Page, site: Site, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    script = AXE.read_text(encoding="utf-8")

    def faults() -> list[Any]:
        page.evaluate(script)
        found = page.evaluate("axe.run(document).then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
        return [one for one in found if one[0] in ("serious", "critical")]

    call = begin(page, site, "?client=tourist&mood=on")
    page.locator("[data-do=hint]").click()
    expect(page.locator(".aside")).to_be_visible(timeout=SLOW)
    assert faults() == []
    say(page, "Здравствуйте, окна по тридцать тысяч.", 2)
    hang_up(page)
    for query in [f"?call={call}", f"?drill={call}", f"?compare={call}&with={call}", *QUERIES]:
        page.goto(f"{site.address}/ru/{query}")
        expect(page.locator("#main")).to_be_visible(timeout=SLOW)
        page.wait_for_timeout(300)
        assert faults() == [], query
