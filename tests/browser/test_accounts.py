"""People in the browser: sign-in, lock-out, invitation, sign-out everywhere; solo mode is tested by the other files."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Site
from playwright.sync_api import Browser, Page, expect

from tests import world

PASSWORD = world.PASSWORD
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("company") / "zvonok.db")
    world.found_company(made.database)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def another(browser: Browser) -> Iterator[Page]:
    """A page of another browser, with cookies of its own."""
    context = browser.new_context(locale="ru-RU")
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: Site, login: str, password: str = PASSWORD, to: str = "/login") -> None:
    page.goto(site.address + to)
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти").click()


def test_a_trainee_signs_in_where_he_wanted_to_go_and_out_again(page: Page, company: Site) -> None:
    sign_in(page, company, "a-login", to="/ru/?view=progress")
    expect(page.locator("#main.progress")).to_be_visible()
    page.locator(".me summary").click()
    menu = page.locator(".menu")
    expect(menu).to_contain_text("Аннабель")
    expect(menu).not_to_contain_text("Тренерская")
    menu.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("status")).to_contain_text("Вы вышли")
    page.goto(company.address + "/ru/")
    expect(page).to_have_url(re.compile("/login"))


def test_a_wrong_password_says_so_and_five_lock_the_login(page: Page, company: Site) -> None:
    for _ in range(5):
        sign_in(page, company, "stranger-login", "совсем не тот")
        expect(page.get_by_role("alert")).to_contain_text("не подошли")
    sign_in(page, company, "stranger-login")
    expect(page.get_by_role("alert")).to_contain_text("Слишком много попыток")


def test_an_admin_invites_and_the_new_person_comes_in(page: Page, another: Page, company: Site) -> None:
    sign_in(page, company, "admin")
    expect(page).to_have_url(re.compile("/coach/ru/"))
    page.locator(".bar nav").get_by_role("link", name="Люди").click()
    page.get_by_text("Пригласить по ссылке").click()
    form = page.locator("form[data-do=invite]")
    form.get_by_label("Команда").select_option(label="Север")
    form.get_by_role("button", name="Получить ссылку").click()
    link = page.locator("input[data-absolute]")
    expect(link).to_have_value(re.compile(f"^{re.escape(company.address)}/invitation/"))
    address = link.input_value()
    another.goto(address)
    expect(another.get_by_text("Ваша роль: ученик, команда «Север».")).to_be_visible()
    for label, text in (("Как вас зовут", "Новый Человек"), ("Логин, с", "newcomer"), ("Пароль ещё раз", PASSWORD)):
        another.get_by_label(label).fill(text)
    another.locator("input[name=password]").fill(PASSWORD)
    another.get_by_role("button", name="Начать").click()
    expect(another.get_by_role("heading", name="С кем поговорим?")).to_be_visible()
    another.goto(address)
    expect(another.get_by_role("heading", name="Приглашение не действует")).to_be_visible()
    page.goto(company.address + "/coach/ru/?view=people")
    expect(page.locator(".persons")).to_contain_text("Новый Человек")


def test_signed_out_everywhere_an_open_page_leads_to_the_door(page: Page, another: Page, company: Site) -> None:
    sign_in(page, company, "b-login")
    expect(page.get_by_role("heading", name="С кем поговорим?")).to_be_visible()
    sign_in(another, company, "admin", to="/coach/ru/?view=people")
    row = another.locator(".persons > li").filter(has_text="Борис")
    row.get_by_role("link", name="Изменить").click()
    another.get_by_role("button", name="Выйти на всех устройствах").click()
    expect(another.get_by_role("status").filter(has_text="закончено сеансов")).to_be_visible()
    page.locator(".bar nav a").nth(1).click()
    expect(page).to_have_url(re.compile("/login"))


def test_a_trainee_lands_in_his_own_room_when_he_tries_the_coachs(page: Page, company: Site) -> None:
    sign_in(page, company, "a-login", to="/coach/ru/?view=people")
    expect(page.get_by_role("heading", name="С кем поговорим?")).to_be_visible()
    assert page.request.get(company.address + "/coach/ru/config").status == 403


@pytest.mark.parametrize("width", [360, 1280])
def test_bars_and_people_fit_the_screen(page: Page, company: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, company, "coach-login")
    expect(page.locator("#main")).to_be_visible()
    for address in ("/coach/ru/?view=people", "/en/", "/password"):
        page.goto(company.address + address)
        expect(page.locator("h1").first).to_be_visible()
        wide: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
