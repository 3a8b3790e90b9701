"""Feedback after a call: a question, at most two actions, every word of the trainee's own where it was said."""

import json
from pathlib import Path

import pytest

from tests.calls import ALL, play, script
from tests.conftest import make
from trainer.definitions import criteria, rubrics
from trainer.grading.coach import coach
from trainer.grading.feedback import advise, better_line, lines_of, split_tip
from trainer.grading.grader import grade
from trainer.grading.model_judge import ModelJudge
from trainer.grading.rules import RulesJudge
from trainer.language.text import detect
from trainer.models.recording import Scripted
from trainer.readers import read_file
from trainer.render import report_html, report_jsonl, report_markdown, report_text
from trainer.report import Report
from trainer.rubric import choose
from trainer.texts import LANGUAGES
from trainer.transcript import Transcript

GOLD = Path(__file__).parent / "gold" / "open.jsonl"
CALLS = [one.transcript for one in read_file(GOLD) if one.transcript][::10]
BAD = """C: Здравствуйте, сколько стоит окно?
S: От двадцати тысяч.
C: Дорого.
S: Да где ж дорого, у всех так.
C: Ну, я подумаю.
S: Надумаете — звоните.
C: До свидания."""


def graded(transcript: Transcript, example: str = "") -> Report:
    return grade(transcript, choose(rubrics(), transcript.call), RulesJudge(), example)


def check(report: Report, transcript: Transcript) -> None:
    found = report.feedback
    if found is None:
        assert not any(one.verdict in ("partly", "missed") for one in report.criteria)
        return
    assert found.question.endswith("?") and 1 <= len(found.actions) <= 2
    seller = dict(transcript.said_by("seller"))
    for one in found.actions:
        assert one.quote in seller[one.turn] and one.advice and one.better
        assert detect(one.better) == detect(one.advice) == report.language
        result = report.result(one.criterion)
        assert result and result.verdict in ("partly", "missed")


def test_a_better_line_stands_in_its_talk_where_the_seller_was_in_his():
    example = """Клиент: Машинка течёт!
Кирилл: Здравствуйте. Откуда течёт?  # сначала вопросы (G2)
Клиент: Снизу.
Кирилл: Мастер может сегодня в 15:00 или в 18:00. Как вам?  # день и час (G2)"""
    shown = lines_of(example)
    call = make("C: Добрый день.\nS: Слушаю.\nC: Ладно, подумаю.\nS: Всего доброго!")
    goal = next(one for one in graded(call).criteria if one.id == "goal.outcome")
    assert better_line(goal, call, 3, shown) == shown[1].line and better_line(goal, call, 1, shown) == shown[0].line


def test_on_any_call_every_action_quotes_the_seller_and_has_a_better_line_in_the_language_of_the_call():
    for transcript in CALLS:
        check(graded(transcript), transcript)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", ["tourist", "critic", "cold"])
def test_a_practised_call_is_advised_from_the_clients_own_winning_talk(id, language):
    call = play(id, language, script(f"{id}-clumsy-{language}"))
    report = graded(call.transcript, ALL[id].example[language])
    check(report, call.transcript)
    assert report.feedback
    own = [one.line for one in lines_of(ALL[id].example[language])]
    assert own and any(one.better in own for one in report.feedback.actions)


def test_a_call_without_a_fault_gets_no_feedback_and_no_praise():
    report = graded(make(BAD))
    perfect = report.model_copy(update={"criteria": tuple(r for r in report.criteria if r.verdict == "met")})
    assert advise(perfect, make(BAD)) is None


def test_every_tip_asks_before_it_tells():
    for id, one in criteria().items():
        for language in LANGUAGES:
            asks, tells = split_tip(one["tip"][language])
            assert asks.endswith("?") and tells, (id, language)


def good(text: str = "Надумаете — звоните", **more: str) -> str:
    action = {"criterion": "goal.asked_appointment", "quote": text, "advice": "Зовёт на день и час.",
              "better": "Может, замерщик подъедет завтра к шести?", **more}  # fmt: skip
    return json.dumps({"question": "Что услышал клиент напоследок?", "actions": [action]}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("answer", "by"),
    [
        (good(), "scripted"),
        (good("Приезжайте в любое время"), "rules"),  # words that the seller never said
        (good("Ну, я подумаю"), "rules"),  # the client's words
        (good(criterion="closing.invented"), "rules"),
        (good(better="Come to us tomorrow at six, will you?"), "rules"),
        (good(better="Сделаем за 9999 рублей, приезжайте?"), "rules"),  # a price out of nowhere
        (good(advice="<b>Хорошо</b>, молодец."), "rules"),
        (good().replace("напоследок?", "напоследок."), "rules"),
        (good().replace("Что услышал клиент напоследок?", "…?"), "rules"),  # nothing but the form
        (good(better="…"), "rules"),
        ("prose", "rules"),
        ('{"question": "Что?", "actions": []}', "rules"),
    ],
)
def test_a_models_feedback_is_taken_only_when_all_of_it_holds(answer, by):
    transcript = make(BAD)
    offline = graded(transcript)
    report = coach(offline, transcript, ModelJudge([Scripted(lambda request: answer)], RulesJudge()))
    assert report.feedback and report.feedback.by == by
    if by == "rules":
        assert report == offline
    else:
        assert report.feedback.actions[0].quote == "Надумаете — звоните"


def test_every_render_shows_it():
    transcript = make(BAD.replace("Надумаете", "<b>Надумаете</b>"))
    report = graded(transcript)
    names = {id: one["name"]["ru"] for id, one in criteria().items()}
    assert report.feedback
    better = report.feedback.actions[0].better
    assert better in report_text(report, names)
    assert json.loads(report_jsonl(report))["feedback"]["actions"][0]["better"] == better
    assert "Можно так" in report_markdown(report, names)
    page = report_html([(report, transcript, names)], "ru")
    assert better in page and "<b>Надумаете" not in page
