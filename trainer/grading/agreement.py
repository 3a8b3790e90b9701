"""How far a judge agrees with labels made by hand: accuracy, Cohen's kappa and what it is worth."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trainer.errors import InputError
from trainer.report import Report

OUTCOME = "outcome"
GROUPS: dict[str, tuple[str, ...]] = {
    "goal": ("goal.",),
    "concern": ("concern.",),
    "care": ("care.",),
    "closing, attention, respect, choice": ("closing.", "attention.", "respect.", "choice."),
}


@dataclass
class Table:
    """Gold against graded for one criterion; ``pairs`` counts (gold, graded)."""

    name: str
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    unflagged: Counter[bool] = field(default_factory=Counter)

    @property
    def n(self) -> int:
        return sum(self.pairs.values())

    @property
    def accuracy(self) -> float:
        return sum(count for (gold, graded), count in self.pairs.items() if gold == graded) / self.n

    @property
    def kappa(self) -> float | None:
        """Cohen (1960); ``None`` where gold and judge both know one class only, so that chance explains all."""
        gold: Counter[str] = Counter()
        graded: Counter[str] = Counter()
        for (one, other), count in self.pairs.items():
            gold[one] += count
            graded[other] += count
        chance = sum(gold[label] * graded[label] for label in gold) / self.n**2
        return None if chance == 1 else (self.accuracy - chance) / (1 - chance)

    @property
    def prevalence(self) -> float:
        """Share of gold verdicts, of those that apply, that are ``met``."""
        applies = sum(count for (gold, _), count in self.pairs.items() if gold != "not_applicable")
        met = sum(count for (gold, _), count in self.pairs.items() if gold == "met")
        return met / applies if applies else 0.0

    def rate(self, positive: bool) -> float | None:
        """True-positive rate of ``met``, or true-negative rate of ``partly`` and ``missed``, where gold applies."""
        rows = [(gold, graded, count) for (gold, graded), count in self.pairs.items() if gold != "not_applicable"]
        mine = [(graded, count) for gold, graded, count in rows if (gold == "met") == positive]
        total = sum(count for _, count in mine)
        return sum(count for graded, count in mine if (graded == "met") == positive) / total if total else None

    @property
    def confusions(self) -> list[tuple[str, str, int]]:
        """(gold, graded, count) of the disagreements, most frequent first."""
        wrong = [(gold, graded, count) for (gold, graded), count in self.pairs.items() if gold != graded]
        return sorted(wrong, key=lambda row: (-row[2], row))


@dataclass(frozen=True)
class Agreement:
    """All tables of one run; ``calls`` graded, ``flagged`` the share of verdicts with ``needs_review``."""

    calls: int
    tables: tuple[Table, ...]
    flagged: float
    unflagged_accuracy: float | None

    @property
    def accuracy(self) -> float:
        """Over all verdicts, the outcome not counted twice."""
        tables = [table for table in self.tables if table.name != OUTCOME]
        total = sum(table.n for table in tables)
        return sum(table.accuracy * table.n for table in tables) / total if total else 0.0

    def macro_kappa(self, group: str) -> float | None:
        """The mean kappa of a group of criteria; those without a kappa are left out."""
        kappas = [t.kappa for t in self.tables if t.name.startswith(GROUPS[group]) and t.kappa is not None]
        return sum(kappas) / len(kappas) if kappas else None


def read_gold(gold: dict[str, Any] | None, file: str, line: int) -> dict[str, str]:
    """Verdicts by criterion, and ``outcome``, of one labelled call. Raises InputError where there are none."""
    criteria = gold.get("criteria") if gold else None
    if not isinstance(criteria, Mapping) or not all(isinstance(v, str) for v in criteria.values()):
        raise InputError("no_gold", file=file, line=line, key="gold")
    labels = {str(name): str(verdict) for name, verdict in criteria.items()}
    if gold and isinstance(gold.get("outcome"), str):
        labels[OUTCOME] = gold["outcome"]
    return labels


def agree(pairs: Iterable[tuple[dict[str, str], Report]]) -> Agreement:
    """The agreement of reports with the labels of the same calls.

    A criterion the judge failed on counts as the verdict ``not_judged``; labels the report lacks do so too.
    """
    tables: dict[str, Table] = {}
    calls = 0
    flags: Counter[tuple[bool, bool]] = Counter()
    for labels, report in pairs:
        calls += 1
        graded = {result.id: result for result in report.criteria}
        for name, gold in labels.items():
            verdict: str = report.outcome or "not_judged"
            if name != OUTCOME:
                result = graded.get(name)
                verdict = (result.verdict if result else None) or "not_judged"
                flags[bool(result and result.needs_review), verdict == gold] += 1
            tables.setdefault(name, Table(name)).pairs[gold, verdict] += 1
    unflagged = flags[False, True] + flags[False, False]
    total = unflagged + flags[True, True] + flags[True, False]
    ordered = sorted(tables.values(), key=lambda table: (table.name != OUTCOME, table.name))
    return Agreement(
        calls,
        tuple(ordered),
        flagged=(total - unflagged) / total if total else 0.0,
        unflagged_accuracy=flags[False, True] / unflagged if unflagged else None,
    )
