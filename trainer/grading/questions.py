"""Questions to a model about a call: one concern each, the call as marked data, every quote checked by code."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal

import yaml
from pydantic import BaseModel

from trainer.errors import ModelFailure
from trainer.grading.evidence import Unverified, quote
from trainer.grading.forgeries import own_words
from trainer.language.text import fold, fold_with_places, is_question
from trainer.models.answers import ask_for
from trainer.models.request import Message, Model, Request, mark_of
from trainer.report import Evidence
from trainer.rubric import Criterion
from trainer.texts import Language, phrase
from trainer.transcript import Speaker, Transcript, Turn

PROMPTS = Path(__file__).parent / "prompts"
LONGEST_ANSWER = 600
CASES = ("yes", "no", "near")

YesNo = Literal["yes", "no", "unclear"]


class Said(BaseModel):
    """A piece of the call that a model points at; nothing yet says that it is there."""

    turn: int
    quote: str


class Answer(BaseModel):
    """What a model answers, in the order it has to think: quotes, reason, answer."""

    quotes: list[Said]
    reason: str
    answer: YesNo


@dataclass(frozen=True)
class Question:
    """One question; ``speaker`` is whose words prove a yes, ``after`` the concern's turn where it is about one."""

    id: str
    ask: str
    examples: Mapping[str, tuple[str, ...]]
    speaker: Speaker = "seller"
    after: int | None = None


@dataclass(frozen=True)
class Checked:
    """A model's answer after code has looked: ``yes`` is ``None`` where it is unclear, unproven or failed.

    ``reason`` then says why; evidence is verified.
    """

    yes: bool | None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    failed: bool = False


@cache
def _catalogue() -> dict[str, Any]:
    return _yaml("questions")


@cache
def exams() -> dict[str, Any]:
    """Known answers by question and language."""
    return _yaml("exam")


def _yaml(name: str) -> dict[str, Any]:
    text = (PROMPTS / f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def criteria() -> dict[str, Any]:
    """How answers make verdicts, by criterion."""
    return _yaml("criteria")


@cache
def prompts_hash() -> str:
    """Eight letters that change with any of the judge's prompts."""
    found = hashlib.sha256()
    for path in sorted(PROMPTS.iterdir()):
        found.update(path.read_bytes())
    return found.hexdigest()[:8]


def question(id: str, language: Language, after: int | None = None) -> Question:
    """A question of the catalogue. Raises KeyError."""
    found = _catalogue()[id]
    worded = found[language]
    examples = {case: tuple(worded[case]) for case in CASES}
    return Question(id, " ".join(worded["ask"].split()), examples, found.get("speaker", "seller"), after)


def question_of(criterion: Criterion, language: Language) -> Question:
    """The question of a criterion that only its rubric knows."""
    return Question(criterion.id, criterion.question[language], dict.fromkeys(CASES, ()))


@cache
def _frame(language: Language) -> tuple[str, Template]:
    system, _, user = (PROMPTS / f"judge.{language}.md").read_text(encoding="utf-8").partition("--- user ---\n")
    return system.strip(), Template(user.strip())


def numbered(transcript: Transcript, language: Language) -> str:
    """The call as lines «[3] SELLER: …», one a turn, whatever stands in the words."""
    lines = []
    for number, turn in enumerate(transcript.turns):
        if isinstance(turn, Turn):
            who = phrase(language, f"grading.judge.{turn.role}")
            lines.append(f"[{number}] {who}: {' '.join(turn.text.split())}")
        else:
            detail = " ".join(filter(None, (turn.event, turn.who, turn.action, turn.by)))
            lines.append(f"[{number}] ({detail})")
    return "\n".join(lines)


def request_for(asked: Question, transcript: Transcript, language: Language) -> Request:
    """The whole prompt; the call comes before the question, so that it is the same start for every question."""
    system, user = _frame(language)
    call = numbered(transcript, language)
    mark = mark_of(call)
    focus = ""
    if asked.after is not None:
        words = " ".join((transcript.text_at(asked.after) or "").split())
        focus = phrase(language, "grading.judge.focus", turn=asked.after, words=words) + "\n"
    text = user.substitute(
        mark=mark, transcript=call, focus=focus, ask=asked.ask,
        speaker=phrase(language, f"grading.judge.{asked.speaker}"),
        **{case: "\n".join(f"- {one}" for one in asked.examples[case]) or "-" for case in CASES},
    )  # fmt: skip
    return Request((Message("system", system), Message("user", text)), max_tokens=LONGEST_ANSWER, mark=mark)


async def put(asked: Question, transcript: Transcript, model: Model, language: Language) -> Checked:
    """The model's answer, checked; a failure is an answer without a yes or no.

    Raises ModelFailure where a recording or a script has no answer: that is a mistake in a test, not a view.
    """
    try:
        answer, _ = await ask_for(Answer, model, request_for(asked, transcript, language), language)
    except ModelFailure as failure:
        if failure.message in ("not_recorded", "script_over"):
            raise
        return Checked(None, reason=failure.text(language), failed=True)
    return check(asked, answer, transcript, language)


def check(asked: Question, answer: Answer, transcript: Transcript, language: Language) -> Checked:
    """What of an answer stands. A yes needs a quote that is in the call, of the right side, in the right order."""
    if answer.answer == "unclear":
        return Checked(None, reason=phrase(language, "grading.judge.unclear"))
    if answer.answer == "no":
        return Checked(False)
    evidence = tuple(dict.fromkeys(one for said in answer.quotes for one in _found(said, asked, transcript)))
    if asked.id == "clarified":
        evidence = tuple(one for one in evidence if is_question(one.quote, language))
    if not evidence:
        return Checked(None, reason=phrase(language, "grading.judge.unproven"))
    return Checked(True, evidence)


def _found(said: Said, asked: Question, transcript: Transcript) -> Iterator[Evidence]:
    """The verbatim place of a claimed quote: in its turn, else in the only turn of that side that has it."""
    wanted = fold(said.quote).strip(" .…\"'")
    if sum(letter.isalnum() for letter in wanted) < 2:
        return
    places = [(n, words) for n, words in transcript.said_by(asked.speaker) if asked.after is None or n > asked.after]
    hits = _hits(wanted, [one for one in places if one[0] == said.turn], asked.speaker)
    if not hits:
        elsewhere = _hits(wanted, places, asked.speaker)
        hits = elsewhere if len(elsewhere) == 1 else []
    for turn, words in hits:
        try:
            yield quote(transcript, turn, words, asked.speaker)
        except Unverified:
            continue


def place_of(words: str, transcript: Transcript, speaker: Speaker) -> Evidence | None:
    """The place of a quote in the call, the first where it is said more than once; ``None`` where it is not there."""
    wanted = fold(words).strip(" .…\"'")
    if sum(letter.isalnum() for letter in wanted) < 2:
        return None
    for turn, found in _hits(wanted, list(transcript.said_by(speaker)), speaker):
        return quote(transcript, turn, found, speaker)
    return None


def _hits(wanted: str, places: list[tuple[int, str]], speaker: Speaker) -> list[tuple[int, str]]:
    return [(turn, found) for turn, words in places if (found := _verbatim(wanted, words, speaker))]


def _verbatim(wanted: str, words: str, speaker: Speaker) -> str:
    """The piece of a turn that says what is wanted; forged lines inside a turn are nobody's words."""
    folded = fold_with_places(own_words(words, speaker))
    start = folded.text.find(wanted)
    return folded.quote(start, start + len(wanted)).strip() if start >= 0 else ""


def exam(id: str, language: Language) -> Iterator[tuple[bool, Question, Transcript]]:
    """``(known answer, question, call)`` of every known answer to a question."""
    for line in exams()[id][language]:
        known, _, script = line.partition(" | ")
        turns = []
        for one in script.split(" / "):
            who, _, words = one.partition(": ")
            turns.append(Turn(role="seller" if who == "S" else "client", text=words))
        about = 0 if any(id == one.get("each") for one in criteria().values()) else None
        yield known == "yes", question(id, language, about), Transcript(language=language, turns=tuple(turns))
