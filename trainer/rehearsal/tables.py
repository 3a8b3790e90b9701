"""The table of a rehearsal: outcome rates by seller, and what must never happen, as text or JSON."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Any

from trainer.persona import Persona
from trainer.rehearsal.plays import Played
from trainer.report import Outcome
from trainer.seller import MANNERS
from trainer.texts import Language, phrase

OUTCOMES: tuple[Outcome, ...] = ("maximum", "minimum_with_call", "minimum", "none")
WORTH: dict[Outcome, int] = {"none": 0, "minimum": 1, "minimum_with_call": 2, "maximum": 3}
NEVER = ("leaks", "early", "repeats", "foreign", "farewells", "open_ends")


def figures(played: Sequence[Played], personas: dict[str, Persona]) -> dict[str, Any]:
    """All numbers of a rehearsal, JSON-able; rates are shares of calls from 0 to 1."""
    buyers = [one for one in played if not personas[one.persona].non_buyer]
    others = [one for one in played if personas[one.persona].non_buyer]
    words = [n for one in played for n in one.words]
    graded = [one for one in played if one.graded is not None]
    return {
        "calls": len(played),
        "winnable": _by_manner(buyers),
        "non_buyers": _by_manner(others),
        "by_persona": {id: _by_manner([one for one in played if one.persona == id]) for id in _ids(played)},
        "auc_expert_novice": _auc(buyers),
        **{name: sum(getattr(one, name) for one in played) for name in NEVER},
        "near_repeats": _share(sum(one.near for one in played), len(words)),
        "openings": _openings(played),
        "words_median": median(words) if words else 0,
        "words_p95": sorted(words)[int(0.95 * (len(words) - 1))] if words else 0,
        "grader_agrees": _share(sum(one.graded == one.outcome for one in graded), len(graded)) if graded else None,
        "graded": len(graded),
    }


def _ids(played: Iterable[Played]) -> list[str]:
    return sorted({one.persona for one in played})


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def _by_manner(played: Sequence[Played]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        groups[one.manner].append(one)
    return {manner: _rates(groups[manner]) for manner in MANNERS if groups[manner]}


def _rates(played: Sequence[Played]) -> dict[str, float]:
    rates: dict[str, float] = {"calls": len(played), "turns": round(mean(one.turns for one in played), 1)}
    for outcome in OUTCOMES:
        rates[outcome] = _share(sum(one.outcome == outcome for one in played), len(played))
    return rates


def _auc(played: Sequence[Played]) -> float | None:
    """How surely the outcome tells an expert from a novice: 0.5 is a coin, 1 never fails."""
    expert = [WORTH[one.outcome] for one in played if one.manner == "expert"]
    novice = [WORTH[one.outcome] for one in played if one.manner == "novice"]
    if not expert or not novice:
        return None
    won = sum((high > low) + (high == low) / 2 for high in expert for low in novice)
    return _share(won, len(expert) * len(novice))


def _openings(played: Sequence[Played]) -> float:
    """The smallest share of different first exchanges (his first two turns' words) over a client's seeds."""
    firsts: dict[tuple[str, Language], dict[int, str]] = defaultdict(dict)
    for one in played:
        firsts[one.persona, one.language][one.seed] = one.first
    shares = [_share(len(set(by_seed.values())), len(by_seed)) for by_seed in firsts.values()]
    return min(shares, default=0.0)


def as_json(found: dict[str, Any]) -> str:
    """The figures as JSON."""
    return json.dumps(found, ensure_ascii=False, indent=2)


def as_text(found: dict[str, Any], language: Language) -> str:
    """The figures as a table to read."""

    def say(key: str, **values: object) -> str:
        return phrase(language, f"rehearsal.{key}", **values)

    rows = [say("calls", n=found["calls"])]
    for group in ("winnable", "non_buyers"):
        if found[group]:
            rows += ["", say(group), _head(say), *(_row(name, one) for name, one in found[group].items())]
    rows += ["", say("by_persona")]
    for id, manners in found["by_persona"].items():
        wins = "  ".join(f"{manner} {one['maximum']:.0%}" for manner, one in manners.items())
        rows.append(f"  {id:<12} {wins}")
    rows.append("")
    for name in ("auc_expert_novice", *NEVER, "near_repeats", "openings", "words_median", "words_p95", "grader_agrees"):
        if found[name] is not None:
            shown = f"{found[name]:.2%}" if name in ("near_repeats", "openings", "grader_agrees") else found[name]
            rows.append(f"  {say(name)}: {shown}")
    return "\n".join(rows)


def _head(say: Any) -> str:
    return f"  {say('seller'):<12}" + "".join(f"{say(name):>20}" for name in (*OUTCOMES, "turns"))


def _row(name: str, one: dict[str, float]) -> str:
    return f"  {name:<12}" + "".join(f"{one[outcome]:>20.0%}" for outcome in OUTCOMES) + f"{one['turns']:>20}"
