"""The judge with a model: one concern a question, the rules beside it, known answers before it is believed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.grading.combine import PARTED, combine, strictest
from trainer.grading.composed import Task, tasks, view
from trainer.grading.judges import Assessment, Finding, Judge
from trainer.grading.questions import Checked, Question, exam, exams, prompts_hash, put, question
from trainer.models.loop import wait
from trainer.models.request import Model
from trainer.report import View
from trainer.rubric import Rubric
from trainer.texts import Language, phrase
from trainer.transcript import Transcript


@dataclass(frozen=True)
class Work:
    """A call with what the rules found in it."""

    transcript: Transcript
    rubric: Rubric
    rules: Assessment


class ModelJudge:
    """Rules and one or two models together.

    ``examined``: a model is asked a question only where it gets the question's known answers right, in the language of
    the call; the rest is left to the rules. ``in_flight`` questions are put at a time, over all calls.
    """

    def __init__(self, models: Sequence[Model], rules: Judge, *, in_flight: int = 16, examined: bool = True) -> None:
        self.models = tuple(models)
        self.rules = rules
        self.examined = examined
        self.name = "+".join([rules.name, *(model.name for model in models)]) + f"@{prompts_hash()}"
        self._gate = asyncio.Semaphore(in_flight)
        self._marks: dict[tuple[str, str, Language], asyncio.Task[str]] = {}

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        """The findings of all judges, combined by the fixed table of ``combine``."""
        return wait(self.consider(Work(transcript, rubric, self.rules.assess(transcript, rubric))))

    async def consider(self, work: Work) -> Assessment:
        """The models' part, to run on the loop of ``trainer.models.loop``."""
        transcript, rules = work.transcript, work.rules
        language: Language = transcript.language or "ru"
        listed = tasks(transcript, work.rubric.criteria, rules, language)
        viewed = await asyncio.gather(
            *(self._views(task, transcript, language) for task in listed),
            self._unheard(work, language),
        )
        findings = dict(rules.findings)
        for task, views in zip(listed, viewed, strict=False):
            if views:
                known = rules.findings.get(task.criterion)
                findings[task.criterion] = combine(known, strictest(views), hard=task.hard, said=views)
        findings |= _doubted(findings, viewed[-1])
        return Assessment(rules.outcome, findings, rules.concerns)

    async def _views(self, task: Task, transcript: Transcript, language: Language) -> tuple[View, ...]:
        views = []
        for model in self.models:
            barred = "" if task.own else await self._barred(model, {one.id for one in task.questions}, language)
            if barred:
                views.append(View(judge=model.name, verdict=None, reason=barred))
                continue
            answers = await asyncio.gather(*(self._ask(one, transcript, model, language) for one in task.questions))
            views.append(view(task, answers, transcript.call, model.name))
        return tuple(views)

    async def _ask(self, asked: Question, transcript: Transcript, model: Model, language: Language) -> Checked:
        async with self._gate:
            return await put(asked, transcript, model, language)

    async def _unheard(self, work: Work, language: Language) -> tuple[View, ...]:
        """Concerns that a model heard and the rules did not."""
        wanted = [one.id for one in work.rubric.criteria if one.id.startswith("concern.")]
        found = []
        for model in self.models if wanted else ():
            if await self._barred(model, {"voiced"}, language):
                continue
            answer = await self._ask(question("voiced", language), work.transcript, model, language)
            known = {one.turn for one in work.rules.concerns}
            new = tuple(one for one in answer.evidence if one.turn not in known)
            if answer.yes and new:
                found.append(
                    View(judge=model.name, verdict=None, evidence=new, reason=phrase(language, "grading.judge.unheard"))
                )
        return tuple(found)

    async def _barred(self, model: Model, questions: set[str], language: Language) -> str:
        """Why a model may not be asked these questions; empty when it may."""
        if not self.examined:
            return ""
        marks = []
        for id in sorted(questions & set(exams())):
            key = (model.name, id, language)
            if key not in self._marks:
                self._marks[key] = asyncio.ensure_future(self._marked(model, id, language))
            marks.append(self._marks[key])
        return next(filter(None, await asyncio.gather(*marks)), "")

    async def _marked(self, model: Model, id: str, language: Language) -> str:
        for known, asked, call in exam(id, language):  # one after the other: the first wrong answer spares the rest
            answer = await self._ask(asked, call, model, language)
            if answer.failed:
                del self._marks[model.name, id, language]  # a server that was down may be up the next time
                return answer.reason
            if answer.yes is not known:
                return phrase(language, "grading.judge.not_admitted")
        return ""


def _doubted(findings: dict[str, Finding], unheard: tuple[View, ...]) -> dict[str, Finding]:
    """The criteria of concerns, to be reviewed because a model heard one that the rules did not."""
    if not unheard:
        return {}
    return {
        id: Finding(
            one.verdict, one.evidence, one.note, min(one.sure, PARTED), one.reason, one.judge or "rules",
            (*(one.views or (View(judge="rules", verdict=one.verdict, evidence=one.evidence),)), *unheard),
        )
        for id, one in findings.items()
        if id.startswith("concern.")
    }  # fmt: skip
