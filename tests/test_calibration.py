"""How far the grader can be trusted: figures checked against sums done by hand."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.reviewed import ADMIN, ANNA, BORIS, PETYA, SOLO, STRANGER, WEIGHTS, graded, team
from trainer.definitions import rubrics
from trainer.errors import NotFound
from trainer.grading.agreement import Table
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.report import Report
from trainer.rubric import choose
from trainer.store import NewCall, Store
from trainer.team import blind, calibration, reviews
from trainer.team.corrections import Change, Material, correct
from trainer.team.reviews import Unfit
from trainer.team.rights import Forbidden
from trainer.transcript import Transcript

NOV, DEC = 1_763_000_000.0, 1_765_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return team(tmp_path / "zvonok.db")


def judged(
    store: Store, machine: str, coach: str, now: float = NOV, criterion: str = "concern.accepted", **more: Any
) -> str:
    """A call on which the machine gave one verdict and the coach another (or, the same, by «Проверено»)."""
    id = graded(store, more.get("owner", PETYA.id), now, **{criterion.replace(".", "__"): machine})
    if machine != coach:
        change = Change(criterion, coach, "Так слышу", "Добрый день" if coach != "missed" else "")
        correct(store, more.get("who", ANNA), id, change, Material(), now)
    else:
        reviews.check(store, more.get("who", ANNA), id, now)
    return id


def twenty(store: Store) -> None:
    """Twenty corrections and checks of one criterion: 8 both met, 4 both missed, 6 machine stricter, 2 kinder."""
    for machine, coach, times in (
        ("met", "met", 8),
        ("missed", "missed", 4),
        ("missed", "met", 6),
        ("met", "missed", 2),
    ):
        for _ in range(times):
            judged(store, machine, coach)


def table_of(store: Store, who: Any = ANNA, name: str = "concern.accepted") -> calibration.Measured:
    return next(one for one in calibration.calibration(store, who).criteria if one.table.name == name)


def test_the_table_after_twenty_corrections_has_the_figures_of_a_sum_done_by_hand(store: Store) -> None:
    twenty(store)
    found = table_of(store)
    assert (found.table.n, found.table.accuracy, found.strict, found.kind) == (20, 0.6, 6, 2)
    # coach: 14 met, 6 missed; machine: 10 met, 10 missed; chance = (14*10 + 6*10) / 400 = 0.5; kappa = 0.1 / 0.5
    assert found.table.kappa == pytest.approx(0.2)
    assert found.table.confusions == [("met", "missed", 6), ("missed", "met", 2)]
    assert calibration.calibration(store, ANNA).calls == 20


def test_a_checked_call_is_agreement_on_every_criterion_and_a_corrected_one_on_none_but_its_own(store: Store) -> None:
    judged(store, "missed", "met")
    assert [(one.table.name, one.table.n) for one in calibration.calibration(store, ANNA).criteria] == [
        ("concern.accepted", 1)
    ]
    judged(store, "missed", "missed")
    rows = {one.table.name: (one.table.n, one.table.accuracy) for one in calibration.calibration(store, ANNA).criteria}
    assert rows == dict.fromkeys(WEIGHTS, (1, 1.0)) | {"concern.accepted": (2, 0.5)}


def test_the_outcome_has_a_table_of_its_own(store: Store) -> None:
    id = graded(store, goal__outcome="met")
    correct(
        store,
        ANNA,
        id,
        Change("goal.outcome", "", "Времени не назвали", "Приезжайте", outcome="minimum"),
        Material(),
        NOV,
    )
    outcome = calibration.calibration(store, ANNA).outcome
    assert outcome is not None and dict(outcome.pairs) == {("minimum", "maximum"): 1}


def test_each_coach_sees_the_figures_of_his_own_team(store: Store) -> None:
    twenty(store)
    assert calibration.calibration(store, STRANGER).criteria == ()
    assert table_of(store, ADMIN).table.n == table_of(store, SOLO).table.n == 20
    with pytest.raises(Forbidden):
        calibration.calibration(store, PETYA)


def test_drift_is_told_by_month_of_the_judgement(store: Store) -> None:
    for machine, coach, now in (
        ("met", "met", NOV),
        ("met", "met", NOV),
        ("met", "missed", DEC),
        ("missed", "missed", DEC),
    ):
        judged(store, machine, coach, now)
    months = calibration.calibration(store, ANNA, "concern.accepted").months
    assert [(one.month, one.table.n, one.table.accuracy) for one in months] == [
        ("2025-11", 2, 1.0),
        ("2025-12", 2, 0.5),
    ]


# --- information only


def test_a_criterion_under_the_bar_after_twenty_judgements_weighs_nothing_from_then_on(store: Store) -> None:
    twenty(store)
    assert calibration.informative(store) == {"concern.accepted"} and table_of(store).informative
    rubric = calibration.weighed(rubrics()[0], frozenset({rubrics()[0].criteria[0].id}))
    assert [one.weight for one in rubric.criteria][:2] == [0.0, rubrics()[0].criteria[1].weight]
    calibration.set_bar(store, ADMIN, "0,19", NOV)
    assert calibration.bar(store) == 0.19 and calibration.informative(store) == frozenset()


def test_nineteen_judgements_are_too_few(store: Store) -> None:
    for number in range(19):
        judged(store, "met" if number % 2 else "missed", "missed" if number % 2 else "met")
    assert (
        table_of(store).table.kappa == pytest.approx(-0.99, abs=0.02) and calibration.informative(store) == frozenset()
    )
    judged(store, "met", "missed")
    assert calibration.informative(store) == {"concern.accepted"}


@pytest.mark.parametrize("value", ["", "много", "1,5", "-2", "nan"])
def test_a_bar_that_is_no_kappa_is_refused(store: Store, value: str) -> None:
    with pytest.raises(Unfit):
        calibration.set_bar(store, ADMIN, value, NOV)
    with pytest.raises(Forbidden):
        calibration.set_bar(store, ANNA, "0.5", NOV)
    assert calibration.bar(store) == calibration.USUAL


def test_past_scores_are_weighed_anew_and_back_without_touching_a_verdict(store: Store) -> None:
    twenty(store)
    won = graded(store, goal__outcome="met")  # 3 of 7 points; 3 of 5 without concern.accepted
    change = Change("closing.farewell", "met", "Попрощался", "Добрый день")
    corrected = graded(store, goal__outcome="met")
    correct(store, ANNA, corrected, change, Material(), NOV)
    told = calibration.informative(store)
    assert calibration.outdated(store, ADMIN, told) == 22
    assert calibration.weigh_anew(store, ADMIN, rubrics(), {}, NOV) == 22
    assert calibration.outdated(store, ADMIN, told) == 0
    scores = [Report.model_validate(store.load_report(id, PETYA.id)) for id in (won, corrected)]
    assert [one.score for one in scores] == [60.0, 80.0]
    assert [one.result("concern.accepted").weight for one in scores] == [0.0, 0.0]  # type: ignore[union-attr]
    assert [(v.judge, v.verdict) for v in scores[1].result("closing.farewell").views] == [
        ("rules", "missed"),
        ("coach", "met"),
    ]  # type: ignore[union-attr]
    assert table_of(store).table.kappa == pytest.approx(0.2)
    calibration.set_bar(store, ADMIN, "-1", NOV)
    calibration.weigh_anew(store, ADMIN, rubrics(), {}, NOV)
    weights = {one.id: one.weight for one in Report.model_validate(store.load_report(won, PETYA.id)).criteria}
    rubric = next(one for one in rubrics() if one.id == "inbound_sale")
    assert weights["concern.accepted"] == next(one.weight for one in rubric.criteria if one.id == "concern.accepted")


# --- gold


def real(store: Store, transcript: Transcript) -> str:
    """A gold call stored and graded by the rules, as the app does it."""
    made = NewCall(PETYA.id, transcript.language or "ru", "import", "Клиент", transcript.model_dump(mode="json"))
    id = store.create_call(made, NOV)
    told = grade(transcript, choose(rubrics(), transcript.call), RulesJudge())
    store.save_report(id, PETYA.id, told.model_dump(mode="json"), NOV)
    return id


def test_exported_corrections_are_gold_that_agreement_and_training_read_with_the_same_figures(
    store: Store, tmp_path: Path
) -> None:
    from trainer.cli import app

    lines = (Path(__file__).parent / "gold" / "open.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    ids = [real(store, Transcript.model_validate_json(line)) for line in lines]
    for id in ids[:3]:
        reviews.check(store, ANNA, id, NOV)
    told = Report.model_validate(store.load_report(ids[0], PETYA.id))
    result = next(one for one in told.criteria if one.verdict == "met" and one.id != "goal.outcome" and one.evidence)
    correct(store, ANNA, ids[0], Change(result.id, "missed", "Этого не было"), Material(), NOV)
    words = Transcript.model_validate(store.load_call(ids[3], PETYA.id).transcript).said_by("seller")[0][1]
    other = Report.model_validate(store.load_report(ids[3], PETYA.id)).result("closing.farewell")
    assert other is not None
    correct(store, ANNA, ids[3], Change("closing.farewell", "partly", "Сухо", words), Material(), NOV)

    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(calibration.gold(store, ANNA)) + "\n", encoding="utf-8")
    outcome = CliRunner().invoke(app, ["agreement", str(path), "--format", "json"])
    assert outcome.exit_code == 0, outcome.output
    figures = {one["criterion"]: one for one in json.loads(outcome.stdout)["criteria"]}
    found = calibration.calibration(store, ANNA)
    tables: list[Table] = [one.table for one in found.criteria] + ([found.outcome] if found.outcome else [])
    assert {table.name: (table.n, round(table.accuracy, 3)) for table in tables} == {
        name: (one["n"], one["accuracy"]) for name, one in figures.items()
    }
    for table in tables:
        assert figures[table.name]["kappa"] == (None if table.kappa is None else round(table.kappa, 3))
    assert any(table.accuracy < 1 for table in tables)
    assert list(calibration.gold(store, STRANGER)) == []
    pytest.importorskip("sklearn", reason="training is not installed")
    from training.calibrate import read_gold

    calls = read_gold(path)
    assert len(calls) == 4 and min(len(call.verdicts) for call in calls) == 1


# --- the blind sample


def test_two_coaches_label_blindly_and_agree_as_a_sum_done_by_hand_says(store: Store) -> None:
    for _ in range(4):
        graded(store, concern__accepted="met")
    sample = blind.draw(store, ANNA, 4, Random(1), NOV)
    answers = {ANNA: ("met", "met", "missed", "missed"), BORIS: ("met", "missed", "missed", "missed")}
    for who, verdicts in answers.items():
        for verdict in verdicts:
            task = blind.task(store, who, sample)
            assert task is not None and blind.hidden(store, who, task.call) == sample
            assert blind.results(store, who, sample) == ()
            labels = dict.fromkeys(task.criteria, "missed") | {"concern.accepted": verdict}
            blind.label(store, who, sample, task.call, labels, "none", NOV)
        assert blind.task(store, who, sample) is None and blind.sample(store, who, sample).shown
    found = {(one.first, one.second): one for one in blind.results(store, ANNA, sample)}
    assert set(found) == {("Анна", "Борис"), ("Анна", blind.MACHINE), ("Борис", blind.MACHINE)}
    table = next(one for one in found["Анна", "Борис"].tables if one.name == "concern.accepted")
    # both met 1, both missed 2, Anna met and Boris missed 1; chance = (2*1 + 2*3) / 16 = 0.5; kappa = 0.25 / 0.5
    assert (table.n, table.accuracy, table.kappa) == (4, 0.75, pytest.approx(0.5))
    with_machine = next(one for one in found["Борис", blind.MACHINE].tables if one.name == "concern.accepted")
    assert (with_machine.n, with_machine.accuracy) == (4, 0.25)
    outcome = next(one for one in found["Анна", "Борис"].tables if one.name == "outcome")
    assert outcome.n == 4 and found["Анна", "Борис"].all.n == 4 * len(WEIGHTS)


def test_a_sampled_call_is_out_of_the_queue_until_it_is_labelled_or_the_sample_closed(store: Store) -> None:
    from trainer.team.queue import Filters, queue

    graded(store)
    sample = blind.draw(store, ANNA, 1, Random(1), NOV)
    assert queue(store, ANNA, Filters()).calls == () and queue(store, BORIS, Filters()).calls == ()
    task = blind.task(store, ANNA, sample)
    assert task is not None
    blind.label(store, ANNA, sample, task.call, dict.fromkeys(task.criteria, "met"), "maximum", NOV)
    assert len(queue(store, ANNA, Filters()).calls) == 1 and queue(store, BORIS, Filters()).calls == ()
    blind.close(store, ANNA, sample, NOV)
    assert len(queue(store, BORIS, Filters()).calls) == 1
    with pytest.raises(Unfit):
        blind.label(store, BORIS, sample, task.call, dict.fromkeys(task.criteria, "met"), "maximum", NOV)


def test_a_sample_is_refused_to_strangers_and_when_it_asks_too_much_or_says_too_little(store: Store) -> None:
    judged(store, "missed", "met")
    id = graded(store)
    for size in (0, 51, 2):
        with pytest.raises(Unfit):
            blind.draw(store, ANNA, size, Random(1), NOV)
    sample = blind.draw(store, ANNA, 1, Random(1), NOV)
    task = blind.task(store, ANNA, sample)
    assert task is not None and task.call == id
    for labels, outcome in (
        ({}, "none"),
        (dict.fromkeys(task.criteria, "met"), ""),
        (dict.fromkeys(task.criteria, "x"), "none"),
    ):
        with pytest.raises(Unfit):
            blind.label(store, ANNA, sample, id, labels, outcome, NOV)
    assert blind.samples(store, STRANGER) == ()
    for act in (blind.task, blind.sample, blind.results):
        with pytest.raises(NotFound):
            act(store, STRANGER, sample)
        with pytest.raises(Forbidden):
            act(store, PETYA, sample)
