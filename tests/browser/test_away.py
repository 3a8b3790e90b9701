"""A server that is away for a moment: one calm line in the reader's language, and the page comes back by itself."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Page, expect
from test_coach import called, open_form

from trainer.texts import phrase

SLOW = 60_000
TOASTS = """() => {
  window.seen = []
  new MutationObserver(() => {
    const shown = [...document.querySelectorAll('.toast-body')].filter((one) => one.checkVisibility())
    for (const one of shown) window.seen.push(one.textContent)
  }).observe(document.body, {childList: true, subtree: true})
}"""
"""Remembers every message of the framework's own that could be seen."""


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    """The server is away for as long as this lasts."""
    site.stop()
    try:
        yield
    finally:
        site.start()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_while_the_server_is_away_a_line_says_so_and_the_page_comes_back_where_it_was_going(
    page: Page, site: Site, language: Any
) -> None:
    page.goto(f"{site.address}/{language}/")
    expect(page.locator("#main")).to_be_visible(timeout=SLOW)
    page.evaluate(TOASTS)
    with stopped(site):
        page.locator("nav a[data-go='?view=rules']").click()
        line = page.locator("#away")
        expect(line).to_have_text(phrase(language, "web.away"), timeout=SLOW)
        expect(line).to_be_visible()
        assert page.evaluate("window.seen") == []
    page.wait_for_function("() => window.seen === undefined", timeout=SLOW)
    page.wait_for_url("**view=rules")
    expect(page.locator("#main .rule").first).to_be_visible(timeout=SLOW)
    expect(page.locator("#away")).to_be_hidden()


def test_after_a_restart_the_next_click_works_without_an_alarm(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/ru/")
    expect(page.locator("#main")).to_be_visible(timeout=SLOW)
    alarms: list[str] = []
    page.expose_function("alarm", lambda words: alarms.append(words))
    page.evaluate(TOASTS.replace("window.seen.push(one.textContent)", "window.alarm(one.textContent)"))
    site.restart()
    page.locator("nav a[data-go='?view=rules']").click()
    expect(page.locator("#main .rule").first).to_be_visible(timeout=SLOW)
    assert alarms == [] and re.search("view=rules", page.url)


def test_what_a_coach_had_typed_is_there_again_when_the_page_has_come_back(page: Page, site: Site) -> None:
    item = open_form(page, site, called(site))
    item.get_by_text("да", exact=True).last.click()
    item.locator("textarea[name=reason]").first.fill("Назвал день и час")
    with stopped(site):
        item.locator("form[data-do] [type=submit]").first.click()
        expect(page.locator("#away")).to_be_visible(timeout=SLOW)
        page.evaluate("window.before = true")
    page.wait_for_function("() => !window.before", timeout=SLOW)
    expect(page.locator("textarea[name=reason]:visible").first).to_have_value("Назвал день и час", timeout=SLOW)
