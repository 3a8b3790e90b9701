"""What a trainee reads first after a call: a question, then at most two actions, his own words and better ones."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from trainer.grading.evidence import whole
from trainer.language.text import words
from trainer.report import Action, CriterionResult, Evidence, Feedback, Report
from trainer.rubric import POINTS
from trainer.transcript import Transcript

MOST = 2
OFFLINE = "rules"
DOUBTED = 0.5
"""What a lost point counts for where the verdict itself is to be reviewed."""
_COMMENT = re.compile(r"\s+#\s*(.*)$")
_RULE = re.compile(r"\b[A-Z]\d+\b")


@dataclass(frozen=True)
class Shown:
    """A seller's line of the client's winning talk: the client's words before it, and the rules it keeps."""

    before: str
    line: str
    rules: frozenset[str]


def advise(report: Report, transcript: Transcript, example: str = "") -> Feedback | None:
    """The feedback from the rubric's tips and the client's winning talk; ``None`` when nothing was missed."""
    shown = lines_of(example)
    actions: list[Action] = []
    question = ""
    for result in costly(report):
        place = own_words_for(result, transcript)
        if place is None or any(place.turn == one.turn for one in actions):
            continue
        asks, advice = split_tip(result.tip)
        question = question or asks
        better = better_line(result, transcript, place.turn, shown)
        actions.append(Action(criterion=result.id, turn=place.turn, quote=place.quote, advice=advice, better=better))
        if len(actions) == MOST:
            break
    return Feedback(question=question, actions=tuple(actions), by=OFFLINE) if actions else None


def costly(report: Report) -> list[CriterionResult]:
    """The criteria that cost points, the dearest first; those to be reviewed count half, those of no weight nothing."""
    lost = [
        (result.weight * (1 - POINTS[result.verdict]) * (DOUBTED if result.needs_review else 1), result)
        for result in report.criteria
        if result.verdict in ("partly", "missed") and result.tip and result.weight
    ]
    return [result for _, result in sorted(lost, key=lambda one: -one[0])]


def split_tip(tip: str) -> tuple[str, str]:
    """``(question, advice)``: a tip asks before it tells."""
    asks, mark, rest = tip.partition("? ")
    return (asks + mark.strip(), rest.strip()) if mark else ("", tip)


def own_words_for(result: CriterionResult, transcript: Transcript) -> Evidence | None:
    """The seller's words that an action is about: those quoted, else his answer to the client's, else where it belongs.

    ``None`` when the seller said nothing.
    """
    said = {turn: text for turn, text in transcript.said_by("seller") if text.strip(" …\n\t")}
    if not said:
        return None
    for one in result.evidence:
        if one.turn in said:
            return one
    for one in result.evidence:
        answer = next((turn for turn in said if turn > one.turn), None)
        if answer is not None:
            return whole(transcript, answer)
    early = result.id.startswith("care.") and result.id not in ("care.farewell", "care.next_call_agreed")
    return whole(transcript, min(said) if early else max(said))


def better_line(result: CriterionResult, transcript: Transcript, turn: int, shown: list[Shown]) -> str:
    """A line for that place: from the winning talk, by rule and by what the client had said; else a spare one.

    Where no words of the client's tell, it is the one that stands as early or as late in its talk.
    """
    before = next((text for n, text in reversed(transcript.said_by("client")) if n < turn), "")
    fitting = [(place, one) for place, one in enumerate(shown, 1) if one.rules & set(result.rule)]
    if fitting:
        heard, at = set(words(before)), (turn + 1) / len(transcript.turns)

        def alike(placed: tuple[int, Shown]) -> tuple[int, float]:
            place, one = placed
            return len(heard & set(words(one.before))), -abs(place / len(shown) - at)

        return max(fitting, key=alike)[1].line
    return _spare().get(result.id, {}).get(transcript.language or "ru", "")


@cache
def _spare() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "better.yaml").read_text("utf-8"))
    return loaded


def lines_of(example: str) -> list[Shown]:
    """The seller's lines of a winning talk that name the rules they keep."""
    found: list[Shown] = []
    before = ""
    for raw in example.splitlines():
        who, colon, rest = raw.partition(":")
        if not colon:
            continue
        comment = _COMMENT.search(rest)
        line = _COMMENT.sub("", rest).strip()
        if who.strip() in ("Клиент", "Client"):
            before = line
            continue
        rules = frozenset(_RULE.findall(comment[1])) if comment else frozenset()
        if rules:
            found.append(Shown(before, line, rules))
    return found
