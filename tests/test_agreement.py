"""The figures of agreement, checked by hand-made tables."""

import pytest

from trainer.errors import InputError
from trainer.grading.agreement import Table, agree, read_gold
from trainer.report import CriterionResult, Report


def report(**verdicts):
    results = tuple(
        CriterionResult(id=f"x.{name}", rule=("C10",), verdict=verdict, weight=1, needs_review=name == "shaky")
        for name, verdict in verdicts.items()
    )
    return Report(rubric="r", judge="rules", score=None, outcome="none", criteria=results)


def test_kappa_takes_chance_away():
    table = Table("x")
    table.pairs.update({("met", "met"): 20, ("met", "missed"): 5, ("missed", "met"): 10, ("missed", "missed"): 15})
    assert table.n == 50
    assert table.accuracy == pytest.approx(0.7)
    assert table.kappa == pytest.approx(0.4)
    assert table.rate(True) == pytest.approx(0.8)
    assert table.rate(False) == pytest.approx(0.6)
    assert table.confusions == [("missed", "met", 10), ("met", "missed", 5)]


def test_one_class_only_has_no_kappa():
    table = Table("x")
    table.pairs["met", "met"] = 7
    assert table.accuracy == 1
    assert table.kappa is None


def test_a_judge_that_failed_is_never_counted_as_agreeing():
    gold = {"x.a": "missed", "x.gone": "met"}
    result = agree([(gold, report(a=None))])
    assert {t.name: dict(t.pairs) for t in result.tables} == {
        "x.a": {("missed", "not_judged"): 1},
        "x.gone": {("met", "not_judged"): 1},
    }
    assert result.accuracy == 0


def test_flagged_verdicts_are_counted_apart():
    result = agree([({"x.a": "met", "x.shaky": "met"}, report(a="met", shaky="missed"))])
    assert result.flagged == 0.5
    assert result.unflagged_accuracy == 1


@pytest.mark.parametrize("gold", [None, {}, {"criteria": []}, {"criteria": {"x.a": 1}}])
def test_gold_without_labels_is_an_error_with_its_place(gold):
    with pytest.raises(InputError, match=r"gold\.jsonl:3: gold: carries no"):
        read_gold(gold, "gold.jsonl", 3)
