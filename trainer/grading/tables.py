"""Agreement as a person or a program reads it: a table in either language, or JSON."""

import json
from typing import Any

from trainer.grading.agreement import GROUPS, OUTCOME, Agreement, Table
from trainer.texts import Language, phrase, room


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _row(table: Table) -> dict[str, Any]:
    return {
        "criterion": table.name,
        "n": table.n,
        "accuracy": _rounded(table.accuracy),
        "kappa": _rounded(table.kappa),
        "prevalence": _rounded(table.prevalence),
        "true_positive_rate": _rounded(table.rate(True)),
        "true_negative_rate": _rounded(table.rate(False)),
        "confusions": [{"gold": gold, "graded": graded, "count": n} for gold, graded, n in table.confusions],
    }


def agreement_json(result: Agreement) -> str:
    """All figures, rounded to three places; ``null`` where a figure has no meaning."""
    figures = {
        "calls": result.calls,
        "accuracy": _rounded(result.accuracy),
        "flagged": _rounded(result.flagged),
        "unflagged_accuracy": _rounded(result.unflagged_accuracy),
        "macro_kappa": {group: _rounded(result.macro_kappa(group)) for group in GROUPS},
        "criteria": [_row(table) for table in result.tables],
    }
    return json.dumps(figures, ensure_ascii=False, indent=2)


def agreement_text(result: Agreement, language: Language) -> str:
    """A line for each criterion: n, accuracy, kappa, prevalence, TPR, TNR and the confusions."""
    lines = ["{:30} {:>4} {:>6} {:>6} {:>6} {:>5} {:>5}  {}".format(*room(language, "cli")["agreement"]["columns"])]
    for table in result.tables:
        wrong = ", ".join(f"{gold}→{graded} {count}" for gold, graded, count in table.confusions)
        rates = [None] * 3 if table.name == OUTCOME else [table.prevalence, table.rate(True), table.rate(False)]
        shown = [_shown(value) for value in (table.accuracy, table.kappa, *rates)]
        lines.append("{:30} {:4} {:>6} {:>6} {:>6} {:>5} {:>5}  {}".format(table.name, table.n, *shown, wrong).rstrip())
    lines.append("")
    for group in GROUPS:
        lines.append(phrase(language, "cli.agreement.macro", group=group, kappa=_shown(result.macro_kappa(group))))
    lines.append(
        phrase(
            language,
            "cli.agreement.summary",
            calls=result.calls,
            accuracy=f"{result.accuracy:.3f}",
            flagged=f"{result.flagged:.3f}",
            unflagged="—" if result.unflagged_accuracy is None else f"{result.unflagged_accuracy:.3f}",
        )
    )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"
