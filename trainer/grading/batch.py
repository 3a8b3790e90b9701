"""Many calls graded in their order: the rules at once, a model's questions for the next calls already on their way."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future

from trainer.grading.grader import grade, weigh
from trainer.grading.judges import Assessment, Judge
from trainer.grading.model_judge import ModelJudge, Work
from trainer.models.loop import begin
from trainer.report import Report
from trainer.rubric import Rubric
from trainer.transcript import Transcript

Call = tuple[Transcript, Rubric]


def grade_all(calls: Iterable[Call], judge: Judge, ahead: int = 32) -> Iterator[tuple[Report, Transcript]]:
    """A report for each call, in the order of the calls, which are read lazily: no more than ``ahead`` are held.

    Whoever stops listening (Ctrl-C) stops the questions that are on their way.
    """
    if not isinstance(judge, ModelJudge):
        for transcript, rubric in calls:
            yield grade(transcript, rubric, judge), transcript
        return
    waiting: deque[tuple[Call, Future[Assessment]]] = deque()
    try:
        for transcript, rubric in calls:
            work = Work(transcript, rubric, judge.rules.assess(transcript, rubric))
            waiting.append(((transcript, rubric), begin(judge.consider(work))))
            if len(waiting) >= ahead:
                yield _next(waiting, judge)
        while waiting:
            yield _next(waiting, judge)
    finally:
        for _, future in waiting:
            future.cancel()


def _next(waiting: "deque[tuple[Call, Future[Assessment]]]", judge: ModelJudge) -> tuple[Report, Transcript]:
    (transcript, rubric), future = waiting[0]
    report = weigh(transcript, rubric, judge.name, future.result())
    waiting.popleft()
    return report, transcript
