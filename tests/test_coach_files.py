"""The addresses of the coach's room that are no pages: uploads, drafts checked, exports; who may use them."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from tests.test_intake import packed, talk
from trainer import drafts
from trainer.grading.rules import RulesJudge
from trainer.store import Store
from trainer.team import imports, sessions
from trainer.web.handlers import Desk
from trainer.web.site import build_site

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    store = Store(tmp_path_factory.mktemp("files") / "zvonok.db")
    store.migrate()
    with store.tx(write=True) as db:
        db.execute("insert into teams (id, name) values (1, 'Север')")
        rows = [(10, "<script>alert(1)</script>", "coach", "anna"), (11, "Марина", "trainee", "marina")]
        for id, name, role, login in rows:
            columns = "id, name, role, language, login, team"
            db.execute(f"insert into people ({columns}) values (?, ?, ?, 'ru', ?, 1)", (id, name, role, login))
    return Desk(store, RulesJudge, now=lambda: NOW)


@pytest.fixture(scope="module")
def site(desk: Desk) -> Any:
    return build_site(desk)


@pytest.fixture
def client(site: Any, desk: Desk) -> Iterator[Any]:
    def signed_in(person: int | None) -> TestClient:
        made = TestClient(site, base_url="http://127.0.0.1", follow_redirects=False)
        if person is not None:
            with desk.store.tx(write=True) as db:
                made.cookies.set("zvonok_session", sessions.begin(db, person, NOW))
        return made

    yield signed_in


def test_a_draft_is_checked_as_it_is_typed_and_what_it_holds_is_text(client: Any) -> None:
    text = drafts.shipped_text("rubric", "inbound_sale")
    coach = client(10)
    assert "Ошибок нет" in coach.post("/coach/check?lang=ru", data={"kind": "rubric", "text": text}).text
    bad = text.replace("goal.outcome", '"<img src=x onerror=alert(1)>"')
    answer = coach.post("/coach/check?lang=ru", data={"kind": "rubric", "text": bad})
    assert "строка 5" in answer.text and "<img" not in answer.text and "&lt;img" in answer.text
    assert coach.post("/coach/check", data={"kind": "song", "text": ""}).status_code == 404
    assert coach.post("/coach/check", data={"kind": "rubric", "text": "a" * 800_000}).status_code == 400


def test_an_uploaded_zip_leads_to_its_page_and_a_name_with_markup_is_text(client: Any, desk: Desk) -> None:
    data = packed(("<img src=x>.txt", talk()), ("плохой.exe", "x"))
    answer = client(10).post("/coach/intake?lang=ru", files={"files": ("a.zip", data)})
    assert answer.status_code == 303
    batch = answer.headers["location"].rpartition("=")[2]
    while imports.step(desk.store, desk.judge, desk.now):
        pass
    progress = client(10).get(f"/coach/intake/{batch}?lang=ru")
    assert progress.headers["x-state"] == "asking" and "плохой.exe" in progress.text
    assert client(10).get("/coach/intake/nothing").status_code == 404


def test_an_export_is_handed_out_whole(client: Any) -> None:
    for form in ("csv", "json", "xlsx"):
        answer = client(10).get(f"/coach/export/reports.{form}?lang=ru&since=2020-01-01&until=oops&person=x")
        assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
        if form == "xlsx":
            assert load_workbook(io.BytesIO(answer.content)).active["A1"].value == "Дата"
    assert client(10).get("/coach/export/passwords.csv").status_code == 404
    assert client(10).get("/coach/export/reports.exe").status_code == 404


@pytest.mark.parametrize("person", [None, 11])
def test_nobody_but_a_coach_gets_at_them(client: Any, person: int | None) -> None:
    asked = client(person)
    zipped = io.BytesIO()
    zipfile.ZipFile(zipped, "w").close()
    answers = [
        asked.post("/coach/check", data={"kind": "rubric", "text": "id: a"}),
        asked.post("/coach/intake", files={"files": ("a.zip", zipped.getvalue())}),
        asked.get("/coach/intake/abc"), asked.get("/coach/export/reports.csv"), asked.get("/coach/export/team.xlsx"),
    ]  # fmt: skip
    assert all(answer.status_code in (302, 303, 401, 403) for answer in answers)


def test_a_request_of_another_site_uploads_nothing(client: Any) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client(10).post("/coach/intake", files={"files": ("a.txt", b"a")}, headers=headers)
    assert answer.status_code == 403


def test_the_folder_is_left_clean(client: Any) -> None:
    import tempfile

    before = set(Path(tempfile.gettempdir()).glob("*.xlsx"))
    client(10).get("/coach/export/team.xlsx")
    assert set(Path(tempfile.gettempdir()).glob("*.xlsx")) <= before
