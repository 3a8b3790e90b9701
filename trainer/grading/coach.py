"""Feedback written by a model for one call, and checked by code; anything that does not hold leaves the offline one."""

import logging
import re
from functools import cache
from string import Template

from pydantic import BaseModel

from trainer.errors import ModelFailure
from trainer.grading.feedback import MOST, costly
from trainer.grading.judges import Judge
from trainer.grading.model_judge import ModelJudge
from trainer.grading.questions import PROMPTS, numbered, place_of
from trainer.language.text import detect, fold
from trainer.models.answers import ask_for
from trainer.models.loop import wait
from trainer.models.request import Message, Model, Request, mark_of
from trainer.report import Action, Feedback, Report
from trainer.texts import Language
from trainer.transcript import Transcript

log = logging.getLogger(__name__)
LONGEST_LINE = 40
LONGEST_QUESTION = 40
SECONDS = 30.0


class Suggested(BaseModel):
    """One action as a model suggests it."""

    criterion: str
    quote: str
    advice: str
    better: str


class Written(BaseModel):
    """What a model writes."""

    question: str
    actions: list[Suggested]


def coach(report: Report, transcript: Transcript, judge: Judge) -> Report:
    """The report with feedback by the judge's model; as it was where there is none, or what it wrote does not hold."""
    if not isinstance(judge, ModelJudge) or report.feedback is None:
        return report
    try:
        found = wait(write(report, transcript, judge.models[0]), SECONDS)
    except ModelFailure as failure:
        log.warning("feedback: %s", failure)
        return report
    return report.model_copy(update={"feedback": found}) if found else report


async def write(report: Report, transcript: Transcript, model: Model) -> Feedback | None:
    """The model's feedback; ``None`` where a part of it does not hold. Raises ModelFailure."""
    written, _ = await ask_for(Written, model, request_for(report, transcript), report.language)
    known = {one.id for one in costly(report)}
    language = report.language
    heard = fold(" ".join(text for side in ("seller", "client") for _, text in transcript.said_by(side)))
    actions = []
    for one in written.actions[:MOST]:
        place = place_of(one.quote, transcript, "seller")
        if place is None or one.criterion not in known or not _sound(one, heard, language):
            return None
        actions.append(
            Action(criterion=one.criterion, turn=place.turn, quote=place.quote, advice=one.advice, better=one.better)
        )
    asks = written.question.strip()
    if not actions or not asks.endswith("?") or not _plain(asks, language) or len(asks.split()) > LONGEST_QUESTION:
        return None
    return Feedback(question=asks, actions=tuple(actions), by=model.name)


def _sound(action: Suggested, heard: str, language: Language) -> bool:
    """Whether an action is in the right language, short, and makes up no number."""
    known = set(re.findall(r"\d+", heard))
    return all(
        _plain(text, language) and len(text.split()) <= LONGEST_LINE and set(re.findall(r"\d+", text)) <= known
        for text in (action.advice, action.better)
    )


def _plain(text: str, language: Language) -> bool:
    said = any(char.isalpha() for char in text)
    return said and detect(text) == language and not re.search(r"[<>{}`#*]|https?:", text)


@cache
def _frame(language: Language) -> tuple[str, Template]:
    system, _, user = (PROMPTS / f"feedback.{language}.md").read_text(encoding="utf-8").partition("--- user ---\n")
    return system.strip(), Template(user.strip())


def request_for(report: Report, transcript: Transcript) -> Request:
    """The whole prompt."""
    system, user = _frame(report.language)
    call = numbered(transcript, report.language)
    mark = mark_of(call)
    listed = "\n".join(f"- {one.id}: {one.tip}" for one in costly(report)[:6])
    text = user.substitute(mark=mark, transcript=call, criteria=listed)
    return Request((Message("system", system), Message("user", text)), max_tokens=700, mark=mark)
