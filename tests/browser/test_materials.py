"""Own materials, uploads, exports in a real browser: a rubric with its preview, fifty calls in a zip, a table."""

import io
import zipfile
from pathlib import Path

from conftest import Site
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

SLOW = 120_000
TALK = """Марина: Добрый день, салон окон, меня зовут Марина.
Клиент: Здравствуйте, сколько стоит окно? Заказ {number}.
Марина: Расскажите, пожалуйста, что за комната?
Клиент: Спальня. Дорого у вас, наверное.
Марина: Понимаю. А с чем сравниваете? Приезжайте завтра в 15:00.
Клиент: Хорошо, до свидания."""


def fifty() -> bytes:
    """A zip of fifty calls, of one that is too short, and of one with a hostile name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(50):
            archive.writestr(f"звонки/{number:02}.txt", TALK.format(number=number))
        archive.writestr("<b>короткий.txt", "Менеджер: Алло.")
        archive.writestr("../../x.txt", TALK)
    return out.getvalue()


def test_fifty_calls_a_rubric_with_preview_and_an_export(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto(f"{site.address}/coach/ru/?view=intake")
    files = [{"name": "звонки.zip", "mimeType": "application/zip", "buffer": fifty()}]
    page.locator("input[name=files]").set_input_files(files, timeout=SLOW)  # type: ignore[arg-type]
    page.locator("form.upload [type=submit]").click()
    expect(page.locator(".labels li")).to_have_count(3, timeout=SLOW)
    page.locator("form.speakers select[name=rubric]").select_option("inbound_sale")
    page.locator("form.speakers [type=submit]").click()
    expect(page.locator(".howfar progress")).to_be_visible(timeout=SLOW)
    expect(page.locator(".howfar")).to_contain_text("Готово: разобрано 50, под вопросом 2", timeout=SLOW)
    expect(page.locator(".doubts")).to_contain_text("<b>короткий.txt")

    page.goto(f"{site.address}/coach/ru/?edit=rubric:inbound_sale")
    box = page.locator("textarea[data-check]")
    expect(box).to_be_visible(timeout=SLOW)
    text = box.input_value()
    box.fill(text.replace("goal.outcome, weight: 4", "goal.outcome, weight: -4"))
    expect(page.locator("#mistakes")).to_contain_text("строка 5", timeout=SLOW)
    box.fill(text.replace("goal.outcome, weight: 4", "goal.outcome, weight: 40"))
    expect(page.locator("#mistakes .right")).to_be_visible(timeout=SLOW)
    page.locator("button[value=preview]").click()
    expect(page.locator(".regraded > li")).to_have_count(10, timeout=SLOW)
    expect(page.locator(".regraded td").first).to_be_visible()
    page.locator("button[value=save]").click()
    expect(page.locator("#note")).to_contain_text("Версия 1 сохранена", timeout=SLOW)

    page.goto(f"{site.address}/coach/ru/?view=exports")
    with page.expect_download(timeout=SLOW) as handed:
        page.locator("form[action*=reports] button", has_text="XLSX").click(timeout=SLOW)
    path = tmp_path / "reports.xlsx"
    handed.value.save_as(path)
    rows = list(load_workbook(path).active.iter_rows(values_only=True))
    assert sum(row[4] == "запись" for row in rows[1:]) >= 50


def test_tab_indents_and_escape_leaves_the_text(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/coach/ru/?edit=company:okna")
    box = page.locator("textarea[data-check]")
    expect(box).to_be_visible(timeout=SLOW)
    before = box.input_value()
    box.focus()
    box.press("Control+Home")
    box.press("Tab")
    assert box.input_value() == "  " + before
    box.press("Escape")
    box.press("Tab")
    assert box.input_value() == "  " + before
    expect(box).not_to_be_focused()
