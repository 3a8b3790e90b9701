"""Short exercises made of what a call missed: the same place in the talk, one line to say, graded at once."""

from dataclasses import dataclass

from trainer import trail
from trainer.errors import NotFound
from trainer.grading.grader import grade
from trainer.practice.call import clean
from trainer.report import CriterionResult, Report
from trainer.rubric import Criterion, Rubric, Verdict, choose
from trainer.texts import Language, phrase
from trainer.transcript import AnyTurn, Event, Transcript, Turn
from trainer.web.handlers import Desk, Refused, Review, review

STEPS = {"concern.accepted": "accepted", "concern.clarified": "clarified", "concern.resolved": "resolved"}
OPENING = ("care.reminded_of_self",)
ENDING = ("closing.further_help", "closing.farewell", "closing.no_rush", "care.farewell")
NOT_BY_A_LINE = (
    "goal.outcome", "plan.call_kind", "plan.goals", "closing.client_hung_up_first", "care.next_call_agreed",
    "attention.kept",
)  # fmt: skip
"""What a single line cannot win back: it takes the client's answer or a deed."""
MOST = 5
SHOWN_BEFORE = 3


@dataclass(frozen=True)
class Exercise:
    """One criterion to make good: the turns up to the place where the trainee speaks."""

    criterion: Criterion
    turns: tuple[AnyTurn, ...]
    own: str
    """What he said there in the call; empty where he said nothing."""

    @property
    def shown(self) -> tuple[AnyTurn, ...]:
        """The end of the talk, as much of it as one needs to answer."""
        return self.turns[-SHOWN_BEFORE:]


@dataclass(frozen=True)
class Drill:
    """The exercises of one call."""

    found: Review
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class Graded:
    """An answer and what the judge made of it."""

    exercise: Exercise
    answer: str
    verdict: Verdict | None
    comment: str
    tip: str


def make_drill(desk: Desk, owner: int, id: str) -> Drill:
    """The exercises of a finished call, the dearest criteria first. Raises NotFound, StoreError."""
    found = review(desk, owner, id)
    if found.report is None or found.rubric is None:
        return Drill(found, ())
    short = [r for r in found.report.criteria if r.verdict in ("missed", "partly") and r.id not in NOT_BY_A_LINE]
    lost = sorted(short, key=lambda r: -r.weight * (1 if r.verdict == "missed" else 0.5))
    made = [_exercise(found.report, found.transcript, found.rubric, result) for result in lost]
    return Drill(found, tuple(one for one in made if one is not None)[:MOST])


def _exercise(report: Report, transcript: Transcript, rubric: Rubric, result: CriterionResult) -> Exercise | None:
    criterion = next((one for one in rubric.criteria if one.id == result.id), None)
    place = _place(report, transcript, result)
    if criterion is None or place is None:
        return None
    turns = transcript.turns[:place]
    if not any(isinstance(turn, Turn) for turn in turns) and result.id not in OPENING:
        return None
    next_own = next((text for n, text in transcript.said_by("seller") if n >= place), "")
    return Exercise(criterion, turns, next_own)


def _place(report: Report, transcript: Transcript, result: CriterionResult) -> int | None:
    """The number of the turn at which the trainee speaks instead of what he said."""
    if result.id in STEPS:
        step = STEPS[result.id]
        left = next((one for one in report.concerns if not getattr(one, step)), None)
        if left is None:
            return None
        clarified = [one.turn for one in left.steps if one.act in ("clarified", "uptake")]
        return _after_the_client(transcript, max(clarified)) if step == "resolved" and clarified else left.turn + 1
    own = [n for n, _ in transcript.said_by("seller")]
    if not own:
        return None
    if result.id in OPENING:
        return own[0]
    if result.id in ENDING:
        return own[-1]
    quoted = [one.turn for one in result.evidence if one.turn in own]
    return quoted[0] if quoted else own[-1]


def _after_the_client(transcript: Transcript, turn: int) -> int:
    """The place after the client's next words."""
    return next((n + 1 for n, _ in transcript.said_by("client") if n > turn), turn + 1)


def answer(desk: Desk, owner: int, id: str, number: int, text: str) -> Graded:
    """Grades a line said at the place of an exercise. Raises NotFound, Refused for an empty line, StoreError."""
    drill = make_drill(desk, owner, id)
    if not 0 <= number < len(drill.exercises):
        raise NotFound("call", id, ())
    line, _ = clean(text)
    if not line:
        raise Refused("import.nothing")
    exercise = drill.exercises[number]
    graded = judge_line(desk, drill.found.transcript, exercise, line)
    trail.add_exercise(desk.store, id, owner, exercise.criterion.id, graded.verdict, desk.now())
    return graded


def judge_line(desk: Desk, transcript: Transcript, exercise: Exercise, line: str) -> Graded:
    """What the judge makes of one line at the place of an exercise; of a concern, only the one in question counts."""
    language = transcript.language or "ru"
    turns: tuple[AnyTurn, ...] = (*exercise.turns, Turn(role="seller", text=line))
    if exercise.criterion.id in ENDING:
        turns = (*turns, Turn(role="client", text=_goodbye(language)), Event(event="hang_up", by="client"))
    tried = transcript.model_copy(update={"turns": turns, "plan": None})
    rubric = choose(desk.rubrics(), tried.call)
    only = rubric.model_copy(update={"criteria": (exercise.criterion,)})
    report = grade(tried, only, desk.judge())
    result = report.criteria[0]
    verdict, comment = result.verdict, result.comment
    step = STEPS.get(exercise.criterion.id)
    if step:
        place = len(exercise.turns) - 1
        asked = [one for one in report.concerns if one.turn <= place]
        done = bool(asked) and bool(getattr(asked[-1], step))
        verdict = "met" if done else "missed"
        comment = phrase(language, f"trainee.drill.steps.{step}_{verdict}")
    tip = "" if verdict == "met" else exercise.criterion.tip[language]
    return Graded(exercise, line, verdict, comment, tip)


def _goodbye(language: Language) -> str:
    return phrase(language, "trainee.drill.goodbye")
