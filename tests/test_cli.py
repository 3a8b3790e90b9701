"""The commands as a person or a CI job runs them: output, messages, exit codes, what they import."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from trainer.cli import app

GOLD = Path(__file__).parent / "gold" / "open.jsonl"
SCRIPT = Path(__file__).parent / "sellers" / "tourist-expert-ru.yaml"

WON = """Менеджер: Добрый день, «Окна-Плюс», Марина.
Клиент: Здравствуйте, сколько стоит окно?
Менеджер: От двадцати тысяч, зависит от размера. Вам в квартиру или на дачу?
Клиент: В квартиру, на кухню.
Менеджер: Давайте замерщик подъедет и всё посчитает на месте. Завтра в шесть вечера удобно?
Клиент: Да, хорошо, завтра в шесть подойдёт.
Менеджер: Записала: завтра в восемнадцать. Чем ещё могу помочь?
Клиент: Нет, спасибо, всё.
Менеджер: Спасибо за звонок, хорошего вечера!
Клиент: До свидания.
"""


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(app, list(arguments), input=text)


def test_a_pasted_dialogue_is_graded_from_stdin():
    result = run("grade", "-", "--rubric", "inbound_sale", "--format", "json", text=WON)
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["format"] == "call-report/1"
    assert report["outcome"] == "maximum"
    assert {one["id"]: one["verdict"] for one in report["criteria"]}["closing.further_help"] == "met"


def test_without_a_purpose_the_criteria_that_need_it_are_left_out_and_said_so():
    result = run("grade", "-", "--format", "json", text=WON)
    assert result.exit_code == 0
    assert "--rubric" in result.stderr
    verdicts = {one["id"]: one["verdict"] for one in json.loads(result.stdout)["criteria"]}
    assert verdicts["goal.asked_appointment"] == "not_applicable"
    assert verdicts["goal.outcome"] == "met"


def test_a_broken_transcript_among_ten_costs_only_itself(tmp_path):
    for number in range(9):
        (tmp_path / f"call{number}.txt").write_text(WON, encoding="utf-8")
    broken = tmp_path / "call9.json"
    broken.write_text('{"turns": [{"role": "seler", "text": "да"}]}', encoding="utf-8")
    result = run("grade", str(tmp_path), "--format", "jsonl")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 9
    messages = [line for line in result.stderr.splitlines() if "--rubric" not in line]
    assert len(messages) == 1
    assert messages[0].startswith(f"{broken}:1: turns.0.role:")


def test_a_score_under_the_bar_is_exit_one_and_a_junit_failure(tmp_path):
    output = tmp_path / "report.xml"
    call = tmp_path / "call.txt"
    call.write_text(WON, encoding="utf-8")
    arguments = ("grade", str(call), "--rubric", "inbound_sale", "--format", "junit", "--output", str(output))
    assert run(*arguments, "--fail-under", "10").exit_code == 0
    assert ElementTree.parse(output).find(".//failure") is None
    assert run(*arguments, "--fail-under", "101").exit_code == 1
    assert ElementTree.parse(output).find(".//failure") is not None


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_every_format_shows_the_outcome_and_the_same_bytes_twice(form, tmp_path):
    path = tmp_path / "call.txt"
    path.write_text(WON.replace("Марина", "<b>Марина</b>"), encoding="utf-8")
    first, second = (run("grade", str(path), "--rubric", "inbound_sale", "--format", form).stdout for _ in range(2))
    assert first == second
    assert ("maximum" if form == "json" else "Максимальная цель") in first
    if form == "html":
        assert "<b>Марина" not in first
        assert "<mark" in first


def test_a_wrong_option_is_named_with_what_is_known(tmp_path):
    for arguments, said in [
        (("grade", "-", "--format", "yaml"), "unknown format"),
        (("grade", "-", "--rubric", "inbound_sail"), "inbound_sale"),
        (("grade", "-", "--judge", "gpt"), "OPENAI_API_KEY"),
        (("grade", str(tmp_path / "nothing.txt")), "no such file"),
        (("grade", "-", "--output", str(tmp_path / "no" / "where")), "cannot write"),
        (("simulate", "--persona", "turist", "--seller", str(SCRIPT)), "tourist"),
        (("check", str(tmp_path / "nothing")), "no such file"),
    ]:
        result = run(*arguments, text=WON)
        assert result.exit_code == 2, arguments
        assert said in result.stderr, arguments


FEW = 12
"""Of the gold calls, enough for a figure."""


def test_agreement_prints_a_table_and_the_same_figures_as_json(tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(GOLD.read_text(encoding="utf-8").splitlines()[:FEW]), encoding="utf-8")
    result = run("agreement", str(few), "--format", "json")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert figures["calls"] == FEW
    assert {"outcome", "concern.clarified"} <= {row["criterion"] for row in figures["criteria"]}
    assert run("agreement", str(few), "--fail-under", "100").exit_code == 1
    result = run("agreement", "-", text='{"turns": [{"role": "seller", "text": "да"}]}')
    assert result.exit_code == 2
    assert 'carries no "gold"' in result.stderr


def test_check_answers_for_all_that_is_shipped():
    result = run("check")
    assert result.exit_code == 0
    assert "tourist.yaml" in result.stdout


def test_help_shows_an_example_of_every_command():
    for command in ("serve", "practice", "simulate", "grade", "check", "agreement"):
        assert f"trainer {command}" in run(command, "--help").stdout


@pytest.mark.parametrize(
    "command", ["trainer --help", "trainer check", "trainer grade - --judge rules --rubric inbound_sale"]
)
def test_the_offline_path_imports_neither_gradio_nor_langchain(command):
    code = (
        "import sys; from trainer.cli import main; sys.argv = " + repr(command.split()) + "\n"
        "try: main()\nexcept SystemExit as end: assert end.code in (0, None), end.code\n"
        "heavy = {'gradio', 'langchain', 'langchain_core', 'langchain_openai', 'openai', 'pandas'} & set(sys.modules)\n"
        "print('IMPORTED', sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code], input=WON, capture_output=True, text=True, check=True)
    assert "IMPORTED []" in result.stdout
