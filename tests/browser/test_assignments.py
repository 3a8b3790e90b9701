"""Assignments and the team's picture in a real browser: given by a coach, fulfilled and missed by trainees, seen."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Browser, Page, expect

from trainer.store import NewCall, Store
from trainer.team import accounts, assignments
from trainer.team.accounts import NewAccount
from trainer.team.assignments import Order, Wanted
from trainer.team.days import date_of, end_of
from trainer.team.steps import Target

SLOW = 60_000
PASSWORD = "лошадь батарея скрепка"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DAY = 86_400.0
NASTY = '<img src=x onerror="window.broken=1">'


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a coach and two trainees; Boris has ten calls behind him and has let an assignment pass."""
    made = Site(tmp_path_factory.mktemp("team") / "zvonok.db")
    store, now = Store(made.database), time.time()
    store.migrate()
    with store.tx(write=True) as db:
        db.execute("insert into teams values (1, 'Север')")
    people = (("admin", "Админ", "admin"), ("olga", "Ольга", "coach"), ("anna", "Анна", "trainee"))
    for login, name, role in (*people, ("boris", f"Борис {NASTY}", "trainee")):
        accounts.add(store, None, NewAccount(login, name, role, "ru", 1), PASSWORD, now - 30 * DAY)  # type: ignore[arg-type]
    coach, boris = person(store, "olga"), person(store, "boris")
    missed = Order("cold", "real", Wanted(Target("score", score=80), end_of(date_of(now - 3 * DAY))), person=boris.id)
    assignments.give(store, coach, missed, now - 9 * DAY)
    for number in range(10):
        graded(store, boris.id, now - (10 - number) * DAY, "met" if number < 3 else "missed")
    made.start()
    yield made
    made.stop()


def person(store: Store, login: str) -> Any:
    with store.tx() as db:
        return store.person(next(iter(db.query("select id from people where login = ?", (login,))))["id"])


def graded(store: Store, owner: int, at: float, verdict: str, persona: str = "price", score: float = 40.0) -> None:
    turns = [{"role": "client", "text": "Дорого."}, {"role": "seller", "text": f"Это {NASTY} не дорого."}]
    transcript = {"format": "call-transcript/1", "call": {"purpose": "sale", "kind": "first_time"}, "turns": turns}
    id = store.create_call(NewCall(owner, "ru", "practice", "x", transcript, persona, "real"), at)
    evidence = [{"turn": 1, "quote": f"Это {NASTY}"}] if verdict == "missed" else []
    criterion = {
        "id": "concern.clarified", "rule": ["C10"], "verdict": verdict, "weight": 2.0, "evidence": evidence,
        "comment": "", "tip": "", "needs_review": False,
    }  # fmt: skip
    report = {
        "format": "call-report/1", "rubric": "inbound_sale", "judge": "rules", "score": score, "outcome": "none",
        "criteria": [criterion],
    }  # fmt: skip
    store.save_report(id, owner, report, at + 60)


def enter(browser: Browser, site: Site, login: str, **options: Any) -> Page:
    page = browser.new_context(locale="ru-RU", **options).new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{site.address}/ru/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()
    expect(page.locator("#main h1")).to_be_visible(timeout=SLOW)
    return page


def open_coach(page: Page, site: Site, query: str, language: str = "ru") -> None:
    page.goto(f"{site.address}/coach/{language}/{query}")
    expect(page.locator("#main h1")).to_be_visible(timeout=SLOW)


def test_an_assignment_is_given_taken_up_and_fulfilled(browser: Browser, team: Site) -> None:
    coach = enter(browser, team, "olga")
    open_coach(coach, team, "?view=assignments")
    coach.locator("details.give > summary").click()
    coach.locator(".whom").get_by_text("Анна", exact=True).click()
    coach.locator("select[name=persona]").select_option("tourist")
    coach.locator("select[name=goal]").select_option("score")
    coach.locator("input[name=score]").fill("1")
    coach.locator("input[name=due]").fill((date_of(time.time()) + timedelta(days=3)).isoformat())
    coach.locator("textarea[name=note]").fill(f"Спросите о комнате {NASTY}")
    coach.get_by_role("button", name="Дать задание").click()
    expect(coach.locator(".given .step.open", has_text="осталось 3 дня")).to_be_visible(timeout=SLOW)

    trainee = enter(browser, team, "anna")
    mine = trainee.locator(".due li.open")
    expect(mine).to_have_count(1, timeout=SLOW)
    expect(mine).to_contain_text("оценка от 1")
    expect(mine).to_contain_text(NASTY)
    mine.locator("[data-do=take]").click()
    expect(trainee.locator("#talk li.client")).to_have_count(1, timeout=SLOW)
    trainee.locator("#line").fill("Здравствуйте, «Окна-Плюс», Марина! Для какой комнаты окно?")
    trainee.locator("#line").press("Enter")
    expect(trainee.locator("#talk li.client")).to_have_count(2, timeout=SLOW)
    trainee.locator("[data-act=hang_up]").click()
    expect(trainee.locator(".report")).to_be_visible(timeout=SLOW)
    trainee.goto(f"{team.address}/ru/")
    expect(trainee.locator(".due li.done")).to_have_count(1, timeout=SLOW)
    expect(trainee.locator(".due [data-do=take]")).to_have_count(0)

    coach.reload()
    expect(coach.locator(".given > li", has_text="Анна").locator(".step.done")).to_be_visible(timeout=SLOW)
    assert coach.evaluate("window.broken") is None and trainee.evaluate("window.broken") is None


def test_a_missed_assignment_is_told_calmly_and_seen_by_the_coach(browser: Browser, team: Site) -> None:
    trainee = enter(browser, team, "boris")
    expect(trainee.locator(".due li.missed")).to_contain_text("Сделать ещё можно", timeout=SLOW)
    coach = enter(browser, team, "olga")
    open_coach(coach, team, "?view=assignments&status=missed")
    expect(coach.locator(".given .step.missed")).to_have_count(1)
    open_coach(coach, team, "?view=team")
    expect(coach.locator(".needy li", has_text="Борис")).to_contain_text("Просрочено 1 задание")


def test_an_assignment_is_changed_and_withdrawn(browser: Browser, team: Site) -> None:
    coach = enter(browser, team, "olga")
    open_coach(coach, team, "?view=assignments&status=missed")
    row = coach.locator(".given > li")
    row.get_by_role("link", name="Изменить").click()
    row.locator("input[name=score]").fill("200")
    row.locator("form").evaluate("form => { form.noValidate = true }")
    row.get_by_role("button", name="Сохранить").click()
    expect(row.locator(".notice")).to_contain_text("от 1 до 100", timeout=SLOW)
    row.locator("input[name=due]").fill((date_of(time.time()) + timedelta(days=2)).isoformat())
    row.locator("input[name=score]").fill("55")
    coach.wait_for_timeout(4200)  # a button rests after it was pressed
    row.get_by_role("button", name="Сохранить").click()
    expect(coach.locator("#main", has_text="С таким отбором заданий нет")).to_be_visible(timeout=SLOW)
    open_coach(coach, team, "?view=assignments&status=open")
    row = coach.locator(".given > li", has_text="Борис")
    expect(row).to_contain_text("оценка от 55")
    row.locator("details.sure summary").click()
    row.locator("[data-do=withdraw_assignment]").click()
    expect(coach.locator(".given > li", has_text="оценка от 55")).to_have_count(0, timeout=SLOW)
    trainee = enter(browser, team, "boris")
    expect(trainee.locator(".due")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme"), [("ru", "light"), ("en", "dark")])
def test_the_heat_map_is_read_by_figures(browser: Browser, team: Site, language: str, scheme: Any) -> None:
    coach = enter(browser, team, "olga", color_scheme=scheme)
    open_coach(coach, team, "?view=team", language)
    row = coach.locator(".heat tbody tr", has_text=re.compile("Уточнил|Clarified|clarif", re.I)).first
    expect(row.locator("td").nth(2)).to_have_text("30")
    expect(row.locator("td").nth(2)).to_have_class("h1")
    expect(coach.locator(".heat thead th")).to_have_count(4)
    expect(coach.locator(".lost .quote").first).to_contain_text(NASTY)
    expect(coach.locator(".chart circle").first).to_be_visible()
    assert coach.evaluate("window.broken") is None
    coach.locator(".heat thead a", has_text="Борис").click()
    expect(coach.locator("#main h1")).to_contain_text("Борис", timeout=SLOW)
    expect(coach.locator(".own-skills")).to_contain_text("30%")
    expect(coach.locator(".lately a")).to_have_count(10)
    if AXE.exists():
        coach.add_script_tag(path=str(AXE))
        found = coach.evaluate("async () => (await axe.run('#main', {runOnly: ['wcag2a', 'wcag2aa']})).violations")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


def test_a_small_screen_holds_the_pages(browser: Browser, team: Site) -> None:
    coach = enter(browser, team, "olga", viewport={"width": 360, "height": 740})
    for query in ("?view=assignments", "?view=team", f"?person={person(Store(team.database), 'boris').id}"):
        open_coach(coach, team, query)
        assert coach.evaluate("document.documentElement.scrollWidth") <= 360, query


def test_before_and_after_a_training_says_when_there_is_too_little(browser: Browser, team: Site) -> None:
    coach = enter(browser, team, "olga")
    open_coach(coach, team, "?view=team")
    coach.locator("input[name=date]").fill((date_of(time.time()) - timedelta(days=5)).isoformat())
    coach.get_by_role("button", name="Сравнить").click()
    expect(coach.locator(".effect .whole")).to_contain_text("мало звонков", timeout=SLOW)
