"""The coach's room in a real browser: review and override, a dispute, two tabs, keys, calibration after 20 calls."""

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Page, expect

from trainer.store import Store
from trainer.team import calibration
from trainer.web import handlers
from trainer.web.server import solo_desk

SLOW = 30_000
ME = 1
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LINES = ("Здравствуйте! «Окна-Плюс», Марина. Для какой комнаты окно?", "Окна по тридцать тысяч.", "Всего доброго!")


SELECT = """line => {
  const words = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
  const idle = () => !words.currentNode.data.trim() || words.currentNode.parentElement.closest('b, details')
  while (words.nextNode() && idle()) {}
  const range = document.createRange()
  range.setStart(words.currentNode, words.currentNode.data.length - words.currentNode.data.trimStart().length)
  range.setEnd(words.currentNode, words.currentNode.data.trimEnd().length)
  getSelection().removeAllRanges()
  getSelection().addRange(range)
  line.dispatchEvent(new MouseEvent('mouseup', {bubbles: true}))
}"""
"""Selects the first words of a line, as a hand with a mouse does."""


def called(site: Site, persona: str = "tourist") -> str:
    """A call played and graded as a trainee would; gives its id."""
    desk = solo_desk(site.database)
    id = handlers.start(desk, ME, persona, "ru", "real")
    for line in LINES:
        if handlers.open_line(desk, ME, id).over:
            break
        handlers.say(desk, ME, id, line)
    handlers.hang_up(desk, ME, id)
    handlers.review(desk, ME, id)
    return id


def score(site: Site, id: str) -> float:
    report = Store(site.database).load_report(id, ME)
    assert report is not None
    return float(report["score"])


def checks(store: Store) -> int:
    """How many calls were marked as checked."""
    with store.tx() as db:
        return int(next(iter(db.query("select count(*) as n from checks")))["n"])


def open_form(page: Page, site: Site, id: str, criterion: str = "goal.asked_appointment") -> Any:
    page.goto(f"{site.address}/coach/ru/?review={id}")
    item = page.locator(f"[id='criterion-{criterion}']")
    item.get_by_text("Изменить вердикт").click(timeout=SLOW)
    return item


@pytest.mark.parametrize("language, more", [("ru", "Ещё отбор"), ("en", "More filters")])
def test_the_queues_filters_stand_in_one_row_and_the_rest_opens_by_keyboard(
    page: Page, site: Site, language: str, more: str
) -> None:
    called(site)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site.address}/coach/{language}/?view=queue")
    button = page.get_by_role("button", name=more)
    expect(button).to_have_attribute("aria-expanded", "false", timeout=SLOW)
    shown = page.locator(".filters").locator("select:visible, input:visible, button:visible")
    bottoms = [round(box["y"] + box["height"]) for one in shown.all() if (box := one.bounding_box())]
    assert len(bottoms) >= 5 and max(bottoms) - min(bottoms) <= 2
    expect(page.locator("select[name=kind]")).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.locator("select[name=persona]")).to_be_focused()
    page.locator("select[name=kind]").select_option("first_time")
    page.wait_for_url("**kind=first_time**")
    expect(page.get_by_role("button", name=f"{more}: 1")).to_have_attribute("aria-expanded", "true", timeout=SLOW)
    expect(page.locator("select[name=kind]")).to_be_visible()


def test_an_override_by_selected_words_changes_the_score_and_the_trainee_reads_why(
    page: Page, site: Site, outside: Any
) -> None:
    id = called(site)
    before = score(site, id)
    item = open_form(page, site, id)
    item.get_by_text("да", exact=True).last.click()
    page.locator(".talked li#turn-1").evaluate(SELECT)
    expect(item.locator("[name=quote]")).not_to_have_value("")
    item.locator("[name=reason]").fill("Пригласил сам")
    item.get_by_role("button", name="Сохранить").click()
    expect(item.locator(".coached")).to_contain_text("стало «да» Пригласил сам", timeout=SLOW)
    assert score(site, id) > before
    page.goto(f"{site.address}/ru/?call={id}")
    expect(page.locator("[id='criterion-goal.asked_appointment'] .coached")).to_contain_text(
        "Пригласил сам", timeout=SLOW
    )


def test_a_quote_that_was_not_said_is_refused_and_the_form_keeps_its_text(page: Page, site: Site) -> None:
    item = open_form(page, site, called(site))
    item.get_by_text("да", exact=True).last.click()
    item.locator("[name=quote]").fill("Этого никто не говорил")
    item.locator("[name=reason]").fill("Мой текст")
    item.get_by_role("button", name="Сохранить").click()
    expect(item.locator(".notice")).to_contain_text("нет таких слов", timeout=SLOW)
    expect(page.locator("#note .notice")).to_be_hidden()
    expect(item.locator("[name=reason]")).to_have_value("Мой текст")


def test_two_tabs_the_second_gets_its_text_back_with_what_the_first_wrote(page: Page, site: Site) -> None:
    id = called(site)
    other = page.context.new_page()
    forms = [open_form(one, site, id) for one in (page, other)]
    for form, reason in zip(forms, ("Первая вкладка", "Вторая вкладка"), strict=True):
        form.get_by_text("не относится", exact=True).click()
        form.locator("[name=reason]").fill(reason)
        form.get_by_role("button", name="Сохранить").click()
        expect(form).to_contain_text("Первая вкладка", timeout=SLOW)
    expect(forms[1].locator(".notice")).to_contain_text("Ваш текст ниже цел")
    expect(forms[1].locator("[name=reason]")).to_have_value("Вторая вкладка")
    forms[1].get_by_role("button", name="Сохранить").click()
    expect(forms[1].locator(".coached")).to_contain_text("Вторая вкладка", timeout=SLOW)
    other.close()


def test_a_dispute_goes_to_the_coach_and_the_answer_comes_back(page: Page, site: Site, outside: Any) -> None:
    id = called(site)
    page.goto(f"{site.address}/ru/?call={id}")
    item = page.locator("[id='criterion-goal.outcome']")
    item.get_by_text("Не согласен").click(timeout=SLOW)
    item.locator("textarea").fill("Мы договорились")
    item.get_by_role("button", name="Отправить тренеру").click()
    expect(item.locator(".disputed")).to_contain_text("ещё не ответил", timeout=SLOW)
    page.goto(f"{site.address}/coach/ru/?view=queue")
    first = page.locator(".rows li").first
    expect(first).to_contain_text("спор", timeout=SLOW)
    first.locator("a").click()
    item = page.locator("[id='criterion-goal.outcome']")
    item.get_by_text("Оставить как есть").click(timeout=SLOW)
    item.locator("form[data-do=reject] textarea").fill("Времени не назвали")
    item.get_by_role("button", name="Отклонить спор").click()
    expect(item.locator(".disputed.rejected")).to_contain_text("Времени не назвали", timeout=SLOW)
    page.goto(f"{site.address}/ru/?call={id}")
    expect(page.locator("[id='criterion-goal.outcome'] .disputed")).to_contain_text("Времени не назвали", timeout=SLOW)


def test_twenty_calls_are_checked_with_one_key_each_and_the_table_counts_them(page: Page, site: Site) -> None:
    for _ in range(20):
        called(site)
    desk = solo_desk(site.database)
    before = checks(desk.store)
    page.goto(f"{site.address}/coach/ru/?view=queue")
    expect(page.locator(".queue .rows li").first).to_be_visible(timeout=SLOW)
    page.keyboard.press("j")
    expect(page.locator(".reviewing")).to_be_visible(timeout=SLOW)
    for _ in range(20):
        address = page.url
        page.keyboard.press("v")
        expect(page).not_to_have_url(address, timeout=SLOW)
        expect(page.locator("#page.going")).to_have_count(0, timeout=SLOW)
    found = calibration.calibration(desk.store, desk.store.person(ME))
    assert checks(desk.store) == before + 20 <= found.calls
    page.goto(f"{site.address}/coach/ru/?view=calibration")
    row = page.locator("#by-criterion tbody tr", has_text="Исход звонка").first
    expect(row).to_be_visible(timeout=SLOW)
    table = next(one.table for one in found.criteria if one.table.name == "closing.no_rush")
    cells = page.locator("#by-criterion tbody tr", has_text="Не торопился").locator("td.figure").all_inner_texts()
    assert cells[:2] == [str(table.n), f"{round(100 * table.accuracy)}%"]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_the_screen_and_can_be_read_by_everybody(page: Page, site: Site, width: int, scheme: Any) -> None:
    id = called(site)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for query, sight in (
        ("?view=queue", ".queue"),
        (f"?review={id}", ".reviewing"),
        ("?view=calibration", ".calibration"),
    ):
        page.goto(f"{site.address}/coach/ru/{query}")
        expect(page.locator(sight)).to_be_visible(timeout=SLOW)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
        if AXE.exists():
            page.add_script_tag(path=AXE)
            faults = page.evaluate("axe.run('#page').then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
            assert faults == [], query


def test_a_filter_is_applied_as_soon_as_it_is_chosen(page: Page, site: Site) -> None:
    called(site)
    page.goto(f"{site.address}/coach/ru/?view=queue")
    page.locator("form.filters .more").click(timeout=SLOW)
    page.locator("select[name=persona]").select_option("tourist", timeout=SLOW)
    expect(page).to_have_url(re.compile("persona=tourist"), timeout=SLOW)
    expect(page.locator(".queue .rows > li").first).to_be_visible(timeout=SLOW)


def test_a_note_at_a_line_and_a_retry_reach_the_trainee(page: Page, site: Site, outside: Any) -> None:
    id = called(site, "critic")
    page.goto(f"{site.address}/coach/ru/?review={id}")
    line = page.locator(".talked li.seller").first
    line.get_by_text("Заметка").click(timeout=SLOW)
    line.locator("textarea").fill("Хорошее начало")
    line.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".talked .remark")).to_contain_text("Хорошее начало", timeout=SLOW)
    page.get_by_text("Попросить повторить звонок").click()
    page.locator("form[data-do=ask_retry] textarea").fill("Уточните сначала")
    page.get_by_role("button", name="Попросить", exact=True).click()
    expect(page.get_by_text("Отменить просьбу")).to_be_visible(timeout=SLOW)
    page.goto(f"{site.address}/ru/")
    expect(page.locator(".banner.retry").first).to_contain_text("Уточните сначала", timeout=SLOW)
    page.locator(".banner.retry").first.get_by_text("Прошлый разбор").click()
    expect(page.locator(".marked .remark")).to_contain_text("Хорошее начало", timeout=SLOW)
    expect(page).to_have_url(re.compile(f"call={id}"))


def test_a_correction_by_words_of_the_own_quote_stays_in_place_and_the_next_call_opens_at_its_top(
    page: Page, site: Site
) -> None:
    for _ in range(2):
        called(site, "tourist")
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(f"{site.address}/coach/ru/?view=queue")
    page.locator(".queue .rows li a").first.click(timeout=SLOW)
    item = page.locator(".criteria > li:not(:has(.fold)):has(a.quote)").last
    id = item.get_attribute("id", timeout=SLOW)
    item = page.locator(f"[id='{id}']")
    before = page.locator(".criteria > li").evaluate_all("all => all.map(one => one.id)")
    item.get_by_text("Изменить вердикт").click()
    expect(item.locator("a.quote").first).not_to_have_attribute("href", re.compile("."))
    item.locator("a.quote q").first.dblclick(position={"x": 20, "y": 8})
    quote = item.locator("[name=quote]").input_value()
    assert quote and quote in item.locator("a.quote q").first.inner_text()
    item.get_by_text("не относится", exact=True).click()
    item.locator("[name=reason]").fill("Разговор не о том")
    page.locator(".talked").evaluate("talk => talk.scrollTop = 60")
    scrolled = page.locator(".talked").evaluate("talk => talk.scrollTop")
    item.get_by_role("button", name="Сохранить").click()
    expect(item.locator(".saved")).to_have_text("Сохранено", timeout=SLOW)
    expect(item.locator(".saved")).to_be_in_viewport()
    expect(page.locator("#live")).to_have_text("Сохранено")
    assert page.locator(".talked").evaluate("talk => talk.scrollTop") == scrolled
    assert page.locator(".criteria > li").evaluate_all("all => all.map(one => one.id)") == before
    address = page.url
    page.keyboard.press("v")
    expect(page).not_to_have_url(address, timeout=SLOW)
    expect(page.locator("#page.going")).to_have_count(0, timeout=SLOW)
    expect(page.locator(".reviewing")).to_be_visible(timeout=SLOW)
    page.wait_for_function("scrollY === 0 && document.querySelector('.talked').scrollTop === 0")
