"""A criterion's verdict made of a model's answers to single questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.grading.judges import Assessment
from trainer.grading.questions import Checked, Question, criteria, question, question_of
from trainer.report import Evidence, Outcome, View
from trainer.rubric import Criterion, Verdict
from trainer.texts import Language
from trainer.transcript import CallInfo, Transcript

OUTCOMES: dict[Outcome, Verdict] = {
    "maximum": "met", "minimum_with_call": "partly", "minimum": "partly", "none": "missed",
}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One criterion for a model: its questions, and how their answers make the verdict."""

    criterion: str
    questions: tuple[Question, ...]
    way: str
    hard: bool = False
    own: bool = False


def tasks(transcript: Transcript, wanted: Sequence[Criterion], rules: Assessment, language: Language) -> list[Task]:
    """What a model is asked about a call: nothing that does not apply, and no fact that only code can know.

    A criterion that the rules do not know and the catalogue does not name is asked as its rubric words it.
    """
    found = []
    for criterion in wanted:
        finding = rules.findings.get(criterion.id)
        if not criterion.applies_to(transcript.call) or (finding and finding.verdict == "not_applicable"):
            continue
        way = _way(criterion.id, transcript.call)
        if way is not None:
            made = _task(criterion.id, way, rules, language)
            found += [made] if made.questions else []
        elif finding is None and criterion.id not in {name.partition("@")[0] for name in criteria()}:
            found.append(Task(criterion.id, (question_of(criterion, language),), "all", own=True))
    return found


def _way(criterion: str, call: CallInfo) -> Mapping[str, Any] | None:
    for name, way in criteria().items():
        if name.partition("@")[0] == criterion and call.purpose in way.get("purposes", [call.purpose]):
            found: Mapping[str, Any] = way
            return found
    return None


def _task(criterion: str, way: Mapping[str, Any], rules: Assessment, language: Language) -> Task:
    hard = bool(way.get("hard"))
    if "each" in way:
        asked = tuple(question(way["each"], language, one.turn) for one in rules.concerns)
        return Task(criterion, asked, "all", hard)
    if "fault" in way:
        return Task(criterion, (question(way["fault"], language),), "fault", hard)
    kind = next(name for name in ("all", "ways", "outcome") if name in way)
    return Task(criterion, tuple(question(id, language) for id in way[kind]), kind, hard)


def view(task: Task, answers: Sequence[Checked], call: CallInfo, judge: str) -> View:
    """The verdict that one judge's answers make; without one where an answer it hangs on is missing."""
    verdict = _verdict(task, [one.yes for one in answers], call)
    evidence: tuple[Evidence, ...] = tuple(dict.fromkeys(one for answer in answers for one in answer.evidence))
    if verdict is None:
        return View(judge=judge, verdict=None, reason=next((one.reason for one in answers if one.yes is None), ""))
    return View(judge=judge, verdict=verdict, evidence=evidence)


def _verdict(task: Task, said: Sequence[bool | None], call: CallInfo) -> Verdict | None:
    if task.way == "outcome":
        return _outcome(said, call)
    if task.way == "ways":
        for number, yes in enumerate(said):
            if yes is None:
                return None
            if yes:
                return "partly" if number else "met"
        return "missed"
    if None in said:
        return None
    if task.way == "fault":
        return "missed" if said[0] else "met"
    return "met" if all(said) else "partly" if any(said) else "missed"


def _outcome(said: Sequence[bool | None], call: CallInfo) -> Verdict | None:
    meeting, contact, phone = said
    if meeting:
        return OUTCOMES["maximum"]
    if None in said:
        return None
    known = bool(contact) or call.known_direction == "outbound"
    outcome: Outcome = "minimum_with_call" if phone and known else "minimum" if contact else "none"
    return OUTCOMES[outcome]
