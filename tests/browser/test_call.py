"""Whole calls in a real browser, from the client's card to the report."""

import re
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Page, expect

TALK = {
    "ru": [
        "Добрый день! Компания «Окна-Плюс», меня зовут Марина. А для какой комнаты окно?",
        "Понимаю вас. А что сейчас с этим окном не так?",
        "Хорошо, что сказали. Вам в среду в семь вечера удобно или в субботу в полдень?",
    ],
    "en": [
        "Good morning, ClearView Windows, Kate speaking. Which room is the window for?",
        "I understand. What is wrong with the window you have now?",
        "I'm glad you told me. Would Wednesday at seven in the evening suit you, or Saturday at noon?",
    ],
}
WORDS = {
    "ru": {"answer": "Ответить", "title": "С кем поговорим?", "report": "Разбор звонка", "hang": "Положить трубку"},
    "en": {"answer": "Answer", "title": "Who shall we talk to?", "report": "Call review", "hang": "Hang up"},
}
SLOW = 20_000


def choose(page: Page, site: Site, language: str, client: str = "tourist") -> None:
    page.goto(f"{site.address}/{language}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["title"], timeout=SLOW)
    page.locator(f"a.card[data-go='?client={client}']").click()


def begin(page: Page, site: Site, language: str = "ru") -> str:
    choose(page, site, language)
    page.get_by_role("button", name=WORDS[language]["answer"]).click()
    expect(page.locator("#talk li.client")).to_have_count(1, timeout=SLOW)
    expect(page).to_have_url(re.compile(r"\?call=[\w-]{12}$"))
    return page.url


def say(page: Page, text: str, heard: int) -> None:
    """Says a line with Enter and waits until the client has answered it in full."""
    page.locator("#line").fill(text)
    page.locator("#line").press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(heard, timeout=SLOW)
    expect(page.locator("#speech li")).to_have_count(0)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_whole_call_ends_in_a_report_that_quotes_it(page: Page, site: Site, outside: Any, language: str) -> None:
    begin(page, site, language)
    for number, line in enumerate(TALK[language]):
        say(page, line, number + 2)
    expect(page.locator("#talk li.seller")).to_have_count(3)
    page.get_by_role("button", name=WORDS[language]["hang"]).click()

    report = page.locator(".report")
    expect(report).to_be_visible(timeout=SLOW)
    expect(report.locator(".verdict")).to_contain_text(WORDS[language]["report"])
    expect(report.locator(".score b")).to_have_text(re.compile(r"^\d{1,3}$"))
    assert 1 <= report.locator(".work li").count() <= 2
    said = " ".join(report.locator(".marked li").all_inner_texts())
    for line in TALK[language]:
        assert line in said
    quotes = report.locator(".quote q").all_inner_texts()
    assert quotes and all(re.sub(r"^[«“]|[»”]$", "", quote) in said for quote in quotes)
    assert report.locator(".marked mark").count() > 0

    quote = report.locator(".criteria .quote").first
    turn = quote.get_attribute("data-turn")
    quote.click()
    expect(page.locator(f"#turn-{turn}")).to_be_in_viewport()
    with page.expect_download() as download:
        report.locator("a[href$='report.md']").click()
    assert "zvonok-" in download.value.suggested_filename

    page.locator("nav a[data-go='?view=calls']").click()
    expect(page.locator(".rows li").first).to_be_visible()
    page.locator(".rows a").first.click()
    expect(page.locator(".report .score b")).to_be_visible()


def test_reload_a_second_tab_and_a_restart_go_on_where_it_was(page: Page, site: Site, outside: Any) -> None:
    address = begin(page, site)
    say(page, TALK["ru"][0], 2)
    before = page.locator("#talk li").all_inner_texts()
    page.reload()
    expect(page.locator("#talk li")).to_have_count(len(before), timeout=SLOW)
    assert page.locator("#talk li").all_inner_texts() == before

    second = page.context.new_page()
    second.goto(address)
    expect(second.locator("#talk li")).to_have_count(len(before), timeout=SLOW)
    say(second, TALK["ru"][1], 3)

    site.restart()
    page.reload()
    expect(page.locator("#talk li.client")).to_have_count(3, timeout=SLOW)
    say(page, TALK["ru"][2], 4)
    assert page.url == address


def test_a_line_typed_into_a_dead_line_is_still_there_when_the_app_is_back(page: Page, site: Site) -> None:
    begin(page, site)
    site.stop()
    page.locator("#line").fill("Вы меня слышите?")
    page.locator("#line").press("Enter")
    expect(page.locator("#line")).to_have_value("Вы меня слышите?", timeout=SLOW)
    expect(page.locator(".lost")).to_be_visible()
    site.start()
    expect(page.locator(".lost")).to_have_count(0, timeout=SLOW)  # the page comes back by itself
    expect(page.locator("#line")).to_have_value("Вы меня слышите?", timeout=SLOW)
    page.locator("#line").press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(2, timeout=SLOW)
    expect(page.locator("#talk li.seller")).to_have_count(1)


def test_the_first_tab_says_its_line_after_the_second_went_ahead(page: Page, site: Site) -> None:
    address = begin(page, site)
    second = page.context.new_page()
    second.goto(address)
    expect(second.locator("#talk li.client")).to_have_count(1, timeout=SLOW)
    say(second, TALK["ru"][0], 2)
    say(page, TALK["ru"][1], 3)
    expect(page.locator("#talk li.seller")).to_have_count(2)


def test_a_line_said_while_the_client_speaks_is_not_lost(page: Page, site: Site) -> None:
    begin(page, site)
    box = page.locator("#line")
    for line in ("Добрый день, «Окна-Плюс», Марина!", "А для какой комнаты окно?", "И сколько у вас окон?"):
        box.fill(line)
        box.press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(4, timeout=SLOW)
    assert page.locator("#talk li.seller").count() == 3
    page.reload()
    expect(page.locator("#talk li")).to_have_count(7, timeout=SLOW)


def test_markup_is_shown_as_text_and_shift_enter_breaks_the_line(page: Page, site: Site, outside: Any) -> None:
    nasty = '<img src=x onerror="document.title=1"><b>Да</b> {{7*7}} ${7*7} ![](https://evil.example/a.png)'
    begin(page, site)
    box = page.locator("#line")
    box.fill(nasty)
    box.press("Shift+Enter")
    assert box.input_value() == nasty + "\n"
    box.press("Escape")
    box.press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(2, timeout=SLOW)
    expect(page.locator("#talk li.seller")).to_contain_text(nasty)
    page.get_by_role("button", name="Положить трубку").click()
    expect(page.locator(".marked li.seller")).to_contain_text(nasty, timeout=SLOW)
    assert page.locator(".gradio-container img[src='x']").count() == 0 and page.title() != "1"


def test_switching_the_language_keeps_the_place(page: Page, site: Site) -> None:
    choose(page, site, "ru", "critic")
    expect(page.locator(".sheet")).to_be_visible()
    page.locator("a.language").click()
    expect(page).to_have_url(f"{site.address}/en/?client=critic")
    expect(page.locator(".sheet .button.call")).to_have_text("Call", timeout=SLOW)
    page.goto(site.address)
    expect(page).to_have_url(f"{site.address}/en/")


def test_back_returns_and_a_wrong_address_says_so(page: Page, site: Site) -> None:
    choose(page, site, "ru")
    expect(page.locator(".sheet")).to_be_visible()
    page.go_back()
    expect(page.locator(".cards")).to_be_visible()
    page.goto(f"{site.address}/ru/?call=nobodys-call")
    expect(page.locator("#main h1")).to_have_text("Такого здесь нет", timeout=SLOW)


def test_a_pasted_recording_gets_a_report(page: Page, site: Site, outside: Any) -> None:
    page.goto(f"{site.address}/ru/?view=import")
    box = page.locator("#import-text textarea")
    expect(box).to_be_visible(timeout=SLOW)
    page.locator("#import-go").click()
    expect(page.get_by_role("alert").first).to_contain_text("Вставьте текст")
    box.fill("просто текст")
    page.locator("#import-go").click()
    expect(page.get_by_role("alert").first).to_contain_text("Не нашлось реплик")
    expect(page.get_by_role("alert").first).to_be_in_viewport()
    box.fill("Менеджер: Добрый день, «Окна-Плюс».\nКлиент: Сколько стоит окно?\nМенеджер: От двадцати. До свидания!")
    page.locator("#import-go").click()
    expect(page.locator(".report")).to_be_visible(timeout=SLOW)
    expect(page.locator(".marked")).to_contain_text("Сколько стоит окно?")


def test_a_call_can_be_made_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/ru/")
    expect(page.locator(".cards")).to_be_visible(timeout=SLOW)
    page.locator("a.card[data-go='?client=tourist']").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Ответить")
    expect(button).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_be_focused(timeout=SLOW)
    page.keyboard.type("Добрый день!")
    page.keyboard.press("Enter")
    expect(page.locator("#talk li.client")).to_have_count(2, timeout=SLOW)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_nothing_overflows_a_narrow_phone(page: Page, site: Site, language: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    def wider() -> int:
        return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    page.goto(f"{site.address}/{language}/")
    expect(page.locator(".cards")).to_be_visible(timeout=SLOW)
    assert wider() <= 0
    begin(page, site, language)
    assert wider() <= 0
    say(page, "Ъ" * 300, 2)
    assert wider() <= 0
    page.get_by_role("button", name=WORDS[language]["hang"]).click()
    expect(page.locator(".report")).to_be_visible(timeout=SLOW)
    assert wider() <= 0
