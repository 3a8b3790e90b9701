"""The coach's pages without a browser: what they show, whom they refuse, what becomes of a form that came too late."""

import html
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.reviewed import ADMIN, ANNA, BORIS, DAY, MASHA, PETYA, STRANGER, graded, team
from trainer.errors import NotFound, TrainerError
from trainer.grading.rules import RulesJudge
from trainer.team import blind, disputes, examples, reviews
from trainer.team.corrections import Change, Material, correct
from trainer.team.rights import Forbidden
from trainer.texts import LANGUAGES
from trainer.web import pages
from trainer.web.coach import COACH_DEEDS, COACH_PAGES
from trainer.web.coach.reviews import filters_of
from trainer.web.deeds import DEEDS
from trainer.web.handlers import Desk
from trainer.web.places import Place, read_place

NASTY = '<img src=x onerror="alert(1)"> {{7*7}} </textarea><script>alert(2)</script>'
VIEWS = ("queue", "review", "calibration", "blind")
MINE = (
    "change_verdict", "uphold", "reject", "check", "uncheck", "remark", "unremark", "ask_retry", "forgo_retry",
    "mark_example", "unmark_example", "set_bar", "weigh_anew", "draw_sample", "label", "close_sample",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(team(tmp_path / "zvonok.db"), RulesJudge, now=lambda: 50 * DAY, pace=0.0)


def page(desk: Desk, who: Any, query: str, language: Any = "ru") -> str:
    place = read_place(query, "queue")
    return COACH_PAGES[place.view](desk, who, place, language)


def sheet(desk: Desk, id: str, who: Any = PETYA, language: Any = "ru") -> str:
    return pages.page(desk, who, Place("call", id), language)


def shown(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def change(desk: Desk, who: Any, id: str, **given: str) -> Any:
    sent = {
        "criterion": "closing.farewell",
        "verdict": "met",
        "quote": "Добрый день",
        "reason": "Есть",
        "known": "0",
        **given,
    }
    return COACH_DEEDS["change_verdict"](desk, who, Place("review", id), sent, "ru")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_written_in_both_languages_with_nothing_left_open(desk: Desk, language: Any) -> None:
    id = graded(desk.store, flagged=("concern.accepted",))
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", "Есть", "Добрый день"), Material(), DAY)
    disputes.dispute(desk.store, PETYA, id, "concern.accepted", "Я принял", DAY)
    reviews.remark(desk.store, ANNA, id, 1, "Хорошо", DAY)
    reviews.ask_retry(desk.store, ANNA, id, "Ещё раз", DAY)
    examples.mark(desk.store, ANNA, id, "Начало", DAY)
    reviews.check(desk.store, ANNA, graded(desk.store), DAY)
    for _ in range(2):
        graded(desk.store)
    sample = blind.draw(desk.store, ANNA, 1, Random(1), DAY)
    made = [
        page(desk, ADMIN, query, language) for query in ("", f"?review={id}", "?view=calibration", f"?blind={sample}")
    ]
    made += [
        pages.page(desk, PETYA, read_place(q), language)
        for q in (f"?call={id}", "?view=examples", f"?example={id}", "")
    ]
    assert all("{" not in shown(one) and "}" not in shown(one) for one in made)
    assert all(">None<" not in one and "None ·" not in one for one in made)


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_opens_to_a_trainee(desk: Desk, view: str) -> None:
    id = graded(desk.store)
    with pytest.raises(Forbidden):
        COACH_PAGES[view](desk, PETYA, Place(view, id), "ru")  # type: ignore[index, arg-type]


@pytest.mark.parametrize("deed", MINE)
def test_no_deed_is_done_for_a_trainee_or_a_coach_of_another_team(desk: Desk, deed: str) -> None:
    id = graded(desk.store)
    sample = blind.draw(desk.store, ANNA, 1, Random(1), DAY)
    blind.close(desk.store, ANNA, sample, DAY)
    given = {
        "criterion": "closing.farewell", "verdict": "met", "quote": "Добрый день", "reason": "Есть", "text": "Есть",
        "turn": "1", "remark": "1", "call": id, "sample": str(sample), "bar": "0.5", "size": "1", "outcome": "none",
    }  # fmt: skip
    place = Place("blind", str(sample)) if deed in ("label", "close_sample") else Place("review", id)
    with desk.store.tx() as db:
        before = "\n".join(db.conn.iterdump())
    with pytest.raises(Forbidden):
        COACH_DEEDS[deed](desk, PETYA, place, given, "ru")
    with pytest.raises(TrainerError):
        COACH_DEEDS[deed](desk, STRANGER, place, given, "ru")
    with desk.store.tx() as db:
        assert "\n".join(db.conn.iterdump()) == before


def test_another_teams_call_is_not_there_in_the_same_words_as_one_that_never_was(desk: Desk) -> None:
    id = graded(desk.store)
    told = []
    for one in (id, "never"):
        with pytest.raises(NotFound) as error:
            page(desk, STRANGER, f"?review={one}")
        told.append(error.value.message)
    assert told[0] == told[1]


def test_markup_that_people_wrote_is_shown_as_text(desk: Desk) -> None:
    id = graded(desk.store, lines=(NASTY, f"Добрый день {NASTY}"))
    correct(desk.store, ANNA, id, Change("closing.farewell", "met", NASTY, f"Добрый день {NASTY}"), Material(), DAY)
    correct(desk.store, ANNA, id, Change("closing.farewell", "partly", NASTY, NASTY, known=1), Material(), DAY)
    disputes.dispute(desk.store, PETYA, id, "concern.accepted", NASTY, DAY)
    reviews.remark(desk.store, ANNA, id, 1, NASTY, DAY)
    reviews.ask_retry(desk.store, ANNA, id, NASTY, DAY)
    examples.mark(desk.store, ANNA, id, NASTY, DAY)
    made = [
        page(desk, ANNA, q) for q in (f"?review={id}", "?view=queue&q=Добрый", "?view=calibration&criterion=" + NASTY)
    ]
    made += [
        pages.page(desk, PETYA, read_place(q), "ru") for q in (f"?call={id}", "?view=examples", f"?example={id}", "")
    ]
    for one in made:
        assert "<img" not in one and "<script" not in one and 'onerror="' not in one
    assert NASTY in html.unescape(made[0]) and NASTY in html.unescape(made[3])


def test_the_trainee_reads_what_the_coach_changed_and_why_by_name(desk: Desk) -> None:
    id = graded(desk.store)
    assert "Анна" not in shown(sheet(desk, id))
    change(desk, ANNA, id, reason="Попрощался тепло")
    COACH_DEEDS["remark"](desk, ANNA, Place("review", id), {"turn": "1", "text": "Вот тут отлично"}, "ru")
    COACH_DEEDS["check"](desk, ANNA, Place("review", id), {}, "ru")
    text = shown(sheet(desk, id))
    assert "Анна: было «нет», стало «да». Попрощался тепло" in text and "Разбор проверен: Анна" in text
    assert "Оценка учитывает правки тренера" in text
    marked = sheet(desk, id)
    line = marked[marked.index('id="turn-1"') :]
    assert "Вот тут отлично" in line[: line.index("</li>")]


def test_a_dispute_goes_to_the_coach_and_its_answer_comes_back(desk: Desk) -> None:
    id = graded(desk.store)
    DEEDS["dispute"](desk, PETYA, Place("call", id), {"criterion": "closing.farewell", "reason": "Я прощался"}, "ru")
    assert "Тренер ещё не ответил" in shown(sheet(desk, id))
    assert "Я прощался" in shown(page(desk, ANNA, f"?review={id}")) and "спор" in shown(page(desk, ANNA, ""))
    COACH_DEEDS["reject"](
        desk, ANNA, Place("review", id), {"criterion": "closing.farewell", "reason": "Не слышу"}, "ru"
    )
    assert "Тренер оставил вердикт. Ответ, Анна: Не слышу" in shown(sheet(desk, id))
    with pytest.raises(NotFound):
        DEEDS["dispute"](desk, MASHA, Place("call", id), {"criterion": "goal.outcome", "reason": "Чужое"}, "ru")


def test_two_coaches_at_once_the_second_gets_his_text_back_with_what_the_first_wrote(desk: Desk) -> None:
    id = graded(desk.store)
    change(desk, ANNA, id, reason="Первая")
    done = change(desk, BORIS, id, verdict="partly", reason="Мой длинный текст", quote="посчитаем")
    assert done.place is None and "вердикт стал «да» (Анна): Первая" in shown(done.page)
    form = done.page[done.page.index("Ваш текст ниже цел") :]
    assert "Мой длинный текст" in form and "посчитаем" in form
    known = re.search(r'name="known" value="(\d+)"', form)
    assert known is not None and known[1] != "0" and 'value="partly" required checked' in form
    assert change(desk, BORIS, id, verdict="partly", reason="Мой длинный текст", known=known[1]).place is not None
    assert [one.name for one in reviews.notes(desk.store, id).corrections] == ["Борис", "Анна"]


def test_checked_leads_to_the_next_call_and_at_the_end_to_the_queue(desk: Desk) -> None:
    ids = [graded(desk.store, now=float(n)) for n in (3, 2, 1)]
    first = read_place(re.search(r'data-go="(\?review=[^"]+)"', page(desk, ANNA, ""))[1].replace("&amp;", "&"))  # type: ignore[index]
    assert first.id == ids[0]
    place = first
    for id in ids[1:]:
        place = COACH_DEEDS["check"](desk, ANNA, place, {}, "ru").place
        assert place.id == id
    assert COACH_DEEDS["check"](desk, ANNA, place, {}, "ru").place == Place("queue")
    assert "Всё проверено" in shown(page(desk, ANNA, ""))


def test_a_skipped_call_is_not_lost_when_the_last_one_is_checked(desk: Desk) -> None:
    ids = [graded(desk.store, now=float(n)) for n in (3, 2)]
    assert COACH_DEEDS["check"](desk, ANNA, Place("review", ids[1]), {}, "ru").place.id == ids[0]


def test_the_filters_of_the_address_go_along_with_the_review(desk: Desk) -> None:
    graded(desk.store)
    text = page(desk, ANNA, "?view=queue&person=4&criterion=closing.farewell&since=1970-01-01&status=all")
    query = html.unescape(re.search(r'data-go="(\?review=[^"]+)"', text)[1])  # type: ignore[index]
    place = read_place(query)
    filters = filters_of(place)
    assert (place.view, filters.person, filters.criterion, filters.state) == ("review", 4, "closing.farewell", "all")
    assert "status=all" in page(desk, ANNA, query) and filters_of(read_place("?view=queue&since=never")).since is None


def test_a_call_of_a_blind_sample_hides_its_verdicts_until_it_is_labelled(desk: Desk) -> None:
    id = graded(desk.store)
    sample = blind.draw(desk.store, ANNA, 1, Random(1), DAY)
    assert "слепой выборке" in page(desk, ANNA, f"?review={id}") and "criteria" not in page(desk, ANNA, f"?review={id}")
    with pytest.raises(NotFound):
        change(desk, ANNA, id)
    text = page(desk, ANNA, f"?blind={sample}")
    assert "<mark" not in text and "missed" in text and "checked" not in text
    given = {"call": id, "outcome": "none", **{f"v:{one}": "met" for one in ("concern.accepted", "closing.farewell")}}
    with pytest.raises(TrainerError, match="criteria without a label: 1"):
        COACH_DEEDS["label"](desk, ANNA, Place("blind", str(sample)), given, "ru")
    given["v:respect.equal_quality"] = "not_applicable"
    COACH_DEEDS["label"](desk, ANNA, Place("blind", str(sample)), given, "ru")
    assert "Анна и программа" in shown(page(desk, ANNA, f"?blind={sample}")) and "criteria" in page(
        desk, ANNA, f"?review={id}"
    )


def test_a_criterion_that_is_information_only_is_marked_and_left_out_of_the_next_report(
    desk: Desk, monkeypatch: Any
) -> None:
    from trainer.team import calibration
    from trainer.web import handlers

    monkeypatch.setattr(calibration, "informative", lambda store: frozenset({"goal.outcome"}))
    id = handlers.start(desk, PETYA.id, "tourist", "ru", "real")
    handlers.say(desk, PETYA.id, id, "Добрый день, слушаю вас.")
    handlers.hang_up(desk, PETYA.id, id)
    text = sheet(desk, id)
    report = desk.store.load_report(id, PETYA.id)
    assert report is not None
    assert [one["weight"] for one in report["criteria"] if one["id"] == "goal.outcome"] == [0.0]
    assert "для сведения" in text and "Не входят в оценку" in text


def test_the_retry_asked_for_is_on_the_first_page_until_it_is_played(desk: Desk) -> None:
    id = graded(desk.store, now=DAY)
    COACH_DEEDS["ask_retry"](desk, ANNA, Place("review", id), {"text": "Уточните про шум"}, "ru")
    first = pages.page(desk, PETYA, Place(), "ru")
    assert "Анна просит повторить звонок" in shown(first) and "Уточните про шум" in first
    graded(desk.store, now=51 * DAY)
    assert "просит повторить звонок" not in shown(pages.page(desk, PETYA, Place(), "ru"))


def cards(text: str) -> list[tuple[str, bool]]:
    """The criteria of a review in their order, and whether each is folded to a line."""
    found = re.findall(r'<li class="\w+" id="criterion-([\w.]+)">\s*(<details class="fold">)?', text)
    return [(id, bool(fold)) for id, fold in found]


def test_the_main_loss_and_what_is_in_doubt_stand_first_and_what_is_settled_is_folded(desk: Desk) -> None:
    verdicts = {"goal__outcome": "missed", "concern__accepted": "met", "closing__farewell": "met"}
    id = graded(desk.store, flagged=("closing.farewell",), respect__equal_quality="not_applicable", **verdicts)
    order = [
        ("goal.outcome", False), ("closing.farewell", False), ("concern.accepted", True),
        ("respect.equal_quality", True),
    ]  # fmt: skip
    made = page(desk, ANNA, f"?review={id}")
    assert cards(made) == order and shown(made).count("главная потеря") == 1
    change(desk, ANNA, id, criterion="concern.accepted", verdict="missed", quote="")
    opened = [(name, folded and name != "concern.accepted") for name, folded in order]
    assert cards(page(desk, ANNA, f"?review={id}")) == opened
    others = [name for name, _ in cards(page(desk, BORIS, f"?review={id}"))]
    assert others.index("concern.accepted") < 3
    disputes.dispute(desk.store, PETYA, id, "goal.outcome", "Мы договорились", 60 * DAY)
    assert cards(page(desk, ANNA, f"?review={id}"))[0] == ("goal.outcome", False)


def test_two_corrections_that_leave_the_score_are_told_in_queue_and_review(desk: Desk) -> None:
    id = graded(desk.store, closing__farewell="met")
    change(desk, ANNA, id, verdict="missed")
    change(desk, ANNA, id, criterion="respect.equal_quality")
    for query in ("?view=queue", f"?review={id}"):
        text = shown(page(desk, ANNA, query))
        assert "исправлено: 2" in text and "программа поставила" not in text and "программа:" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_of_a_review_tells_number_difficulty_length_and_points(desk: Desk, language: Any) -> None:
    ids = [graded(desk.store, now=float(n)) for n in (2, 1)]
    text = shown(page(desk, ANNA, f"?review={ids[1]}", language))
    wanted = {
        "ru": ("2 из 2", "клиент как в жизни", "длился", "0 из 100"),
        "en": ("2 of 2", "client", "lasted", "0 of 100"),
    }
    assert [one for one in wanted[language] if one not in text] == []


def test_what_was_saved_is_told_at_the_part_that_was_changed(desk: Desk) -> None:
    id = graded(desk.store)
    place = Place("review", id)
    assert change(desk, ANNA, id).about == "criterion-closing.farewell"
    assert COACH_DEEDS["remark"](desk, ANNA, place, {"turn": "1", "text": "Так"}, "ru").about == "turn-1"
    assert COACH_DEEDS["ask_retry"](desk, ANNA, place, {"text": ""}, "ru").about == "retry"
    made = page(desk, ANNA, f"?review={id}")
    assert all(f'id="{part}"' in made for part in ("criterion-closing.farewell", "retry", "example"))


def test_the_least_agreed_criterion_stands_first_in_the_calibration(desk: Desk) -> None:
    for number in range(4):
        right = "met" if number % 2 else "missed"
        id = graded(desk.store, closing__farewell=right, respect__equal_quality="met" if number < 2 else "missed")
        change(desk, ANNA, id, verdict="missed" if number % 2 else "met")
        reviews.check(desk.store, ANNA, id, 51 * DAY)
    text = shown(page(desk, ANNA, "?view=calibration").split('id="by-criterion"')[1].split("</table>")[0])
    assert "−1,00" in text and text.index("Тепло простился") < text.index("Одинаковое уважение")
    folded = page(desk, ANNA, "?view=calibration").split("Для инженера")
    assert "trainer agreement" not in folded[0] and "gold.jsonl" not in shown(folded[0])
