"""The fixed table by which the rules and a model make one verdict.

| criterion | the model | the rules | verdict | to review |
| --- | --- | --- | --- | --- |
| any | cannot tell, or failed | any | the rules' | as before |
| any | agrees | any | the rules' | no |
| a hard fact | differs | any | the rules' | yes |
| soft | differs | sure | the rules' | yes |
| soft | differs | not sure | the model's | yes |
| only the rubric knows it | any | – | the model's | yes |

So a model never lowers what the rules are sure of, and never touches a fact; where the two part, both views are shown.
"""

from trainer.grading.grader import THIN
from trainer.grading.judges import Finding
from trainer.report import Evidence, View
from trainer.rubric import Verdict

AGREED = 0.9
"""How sure a verdict is that the rules and an admitted model found independently."""
PARTED = 0.5


def combine(rules: Finding | None, model: View, *, hard: bool, said: tuple[View, ...]) -> Finding:
    """One finding of the rules' and the model's; ``said`` are the views of single judges behind ``model``."""
    if rules is None:
        return Finding(
            model.verdict, model.evidence, "by_model", PARTED, model.reason if model.verdict is None else None,
            judge=model.judge, views=said,
        )  # fmt: skip
    views = (View(judge="rules", verdict=rules.verdict, evidence=rules.evidence), *said)
    if model.verdict is None:
        return _of_rules(rules, views, rules.sure)
    if model.verdict == rules.verdict:
        agreed = all(one.verdict == rules.verdict for one in said)
        return _of_rules(rules, views, max(rules.sure, AGREED) if agreed else min(rules.sure, PARTED))
    if hard or rules.sure >= THIN:
        return _of_rules(rules, views, min(rules.sure, PARTED))
    return Finding(model.verdict, model.evidence, "by_model", PARTED, judge=model.judge, views=views)


def _of_rules(rules: Finding, views: tuple[View, ...], sure: float) -> Finding:
    return Finding(
        rules.verdict, rules.evidence, rules.note, sure, rules.reason, judge=rules.judge or "rules", views=views
    )


def strictest(views: tuple[View, ...]) -> View:
    """The view of several judges together: whoever credits least has his way (minority veto).

    A judge who cannot tell does not vote; with nobody left there is no view.
    """
    order: tuple[Verdict, ...] = ("missed", "partly", "met")
    heard = [one for one in views if one.verdict in order]
    if not heard:
        return views[0]
    strict = min(heard, key=lambda one: order.index(one.verdict) if one.verdict in order else 0)
    evidence: tuple[Evidence, ...] = strict.evidence
    return View(judge=strict.judge, verdict=strict.verdict, evidence=evidence)
