"""What the pages ask for: plain functions on plain values; each checks whose call it is."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import SystemRandom
from typing import get_args

from trainer import trail
from trainer.errors import InputError, NotFound, TrainerError
from trainer.grading.coach import coach
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.persona import Persona
from trainer.practice.call import Call, clean
from trainer.practice.mind import Difficulty
from trainer.readers import READERS, Record, read_text
from trainer.report import Report
from trainer.rubric import Rubric, choose
from trainer.store import Best, ListedCall, NewCall, StoredCall, StoreError
from trainer.team import calibration, materials, reviews
from trainer.team.assignments import asked_of
from trainer.team.reviews import Notes, Retry
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.transcript import AnyTurn, Plan, Transcript, Turn
from trainer.web.desk import Desk as Desk

log = logging.getLogger(__name__)
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
LONGEST_PAUSE = 120.0
"""Seconds between two lines that still count as talk; a closed laptop does not."""
MOST_BYTES = 2_000_000
MOST_CALLS = 50
SEEDS = 1_000_000
PASTED = "-"
MISSING = {"not_found_persona": "client"}


Progress = Callable[[int, int], None]
"""Hears how many recordings of how many are done."""


def _untold(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


class Refused(TrainerError):
    """Something the web app does not do as asked; the message is a key of ``texts/*/web.yaml``."""

    def text(self, language: Language) -> str:
        return phrase(language, f"web.{self.message}", **self.values)


@dataclass(frozen=True)
class Choice:
    """The clients to choose from, what was reached with each, and the call that was left unfinished last."""

    personas: tuple[Persona, ...]
    best: dict[str, Best]
    unfinished: ListedCall | None
    retries: tuple[Retry, ...] = ()


@dataclass(frozen=True)
class Line:
    """A call on the line: the stored call, its client, seconds of talk so far."""

    call: StoredCall
    persona: Persona
    elapsed: float

    @property
    def turns(self) -> tuple[AnyTurn, ...]:
        """The turns as they were spoken."""
        return Transcript.model_validate(self.call.transcript).turns

    @property
    def over(self) -> bool:
        """Whether somebody hung up."""
        return self.call.ended is not None


@dataclass(frozen=True)
class Said:
    """The line after a seller's words and before, the client's words that came back, and the turns heard till then."""

    line: Line
    before: Line
    reply: str
    heard: int


@dataclass(frozen=True)
class Review:
    """A finished call with its report; ``report`` is ``None`` where not a word was said by the seller."""

    call: StoredCall
    persona: Persona | None
    transcript: Transcript
    report: Report | None
    rubric: Rubric | None
    hints: tuple[trail.Hint, ...] = ()
    branches: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)
    version: int | None = None
    """The number of the own rubric's version that graded it, ``None`` for a shipped one."""


@dataclass(frozen=True)
class Imported:
    """What became of an import: the ids of the calls made, and the mistakes that stand for the others."""

    calls: tuple[str, ...]
    mistakes: tuple[InputError, ...]
    too_many: bool = False


def choose_client(desk: Desk, owner: int) -> Choice:
    """All clients, with this person's best results."""
    known = {one.id for one in desk.personas()}
    open_calls = [one for one in desk.store.list_calls(owner, limit=10) if one.ended is None and one.persona in known]
    retries = tuple(one for one in reviews.retries_due(desk.store, owner) if one.persona in known)
    return Choice(desk.personas(), desk.store.best_results(owner), open_calls[0] if open_calls else None, retries)


def start(
    desk: Desk,
    owner: int,
    persona: str,
    language: Language,
    difficulty: str,
    plan: Plan | None = None,
    aids: trail.Aids | None = None,
) -> str:
    """A new call with this client; gives its id. Raises NotFound, InputError, StoreError."""
    client = desk.persona(persona)
    if difficulty not in DIFFICULTIES:
        known = ", ".join(DIFFICULTIES)
        raise InputError("unknown_value", what="difficulty", value=difficulty[:40], known=known)
    hard: Difficulty = difficulty
    call = Call.start(client, language, seed=SystemRandom().randrange(SEEDS), difficulty=hard, actor=desk.voice())
    call.turns = _stamped(call.turns, 0.0)
    aids = aids or trail.Aids()
    transcript = call.transcript.model_copy(update={"plan": plan})
    version, company = desk.shelf.persona_versions.get(client.id, (None, None))
    asked = asked_of(desk.store, owner, client.id, hard, desk.now())
    new = NewCall(
        owner=owner, language=language, source="practice", title=client.name[language], persona=client.id,
        persona_version=version, company_version=company,
        difficulty=difficulty, seed=call.seed, state={**call.save(), "interrupts": aids.interruptions},
        transcript=transcript.model_dump(mode="json"), aids={**aids.to_json(), **asked},
    )  # fmt: skip
    return desk.store.create_call(new, desk.now())


def open_line(desk: Desk, owner: int, id: str) -> Line:
    """A practised call as it stands. Raises NotFound for an unknown one and for somebody else's."""
    call = desk.store.load_call(id, owner)
    if call.persona is None:
        raise NotFound("call", id, ())
    return Line(call, desk.persona_of(call), _elapsed(call, desk.now()))


def say(desk: Desk, owner: int, id: str, text: str, hear: Callable[[str], None] | None = None) -> Said:
    """The seller's line, stored with the client's answer; ``hear`` gets the client's words as they may be heard.

    Two lines at once are taken one after the other. Raises NotFound, StoreError.
    """
    with desk.lock(id):
        line = open_line(desk, owner, id)
        if line.over:
            raise StoreError("ended")
        call = _loaded(desk, line)
        before = len(call.turns)
        fresh = call.say(text, hear)
        call.turns = (*call.turns[:before], *_stamped(call.turns[before:], line.elapsed))
        keep(desk, line, call)
    reply = " ".join(turn.text for turn in fresh if isinstance(turn, Turn))
    return Said(open_line(desk, owner, id), line, reply, len(call.turns) - len(fresh))


def hang_up(desk: Desk, owner: int, id: str) -> None:
    """The seller drops the line; on a call that is over it changes nothing. Raises NotFound, StoreError."""
    with desk.lock(id):
        line = open_line(desk, owner, id)
        if line.over:
            return
        call = _loaded(desk, line)
        before = len(call.turns)
        call.hang_up()
        call.turns = (*call.turns[:before], *_stamped(call.turns[before:], line.elapsed))
        keep(desk, line, call)


def review(desk: Desk, owner: int, id: str) -> Review:
    """A finished call with its report; graded now where it was not yet.

    Raises NotFound, also for a call that still goes on, and StoreError.
    """
    call = desk.store.load_call(id, owner)
    if call.ended is None:
        raise NotFound("call", id, ())
    persona = _persona_or_none(desk, call)
    transcript = Transcript.model_validate(call.transcript)
    if not any(text.strip(" …") for _, text in transcript.said_by("seller")):
        return Review(call, persona, transcript, None, None)
    stored = desk.store.load_report(id, owner)
    report = Report.model_validate(stored) if stored else _grade(desk, call, persona, transcript)
    own = materials.rubric_at(desk.store, id)
    rubric = own[0] if own else next((one for one in desk.rubrics() if one.id == report.rubric), None)
    hints, branches = trail.hints_taken(desk.store, id, owner), trail.branches(desk.store, id, owner)
    call, notes = desk.store.load_call(id, owner), reviews.notes(desk.store, id)
    version = own[1] if own else None
    return Review(call, persona, transcript, report, rubric, hints, branches, notes, version)


def past_calls(desk: Desk, owner: int) -> tuple[ListedCall, ...]:
    """This person's calls, the newest first."""
    return desk.store.list_calls(owner, limit=200)


def import_any(desk: Desk, owner: int, text: str, file: Path | None, kind: str, told: Progress = _untold) -> Imported:
    """Calls from an uploaded file, or else from a pasted text; ``told`` hears how far it is.

    Raises InputError, Refused, StoreError.
    """
    size = file.stat().st_size if file else len(text.encode())
    if size > MOST_BYTES:
        raise Refused("import.too_long", size=f"{size / 1e6:.1f}", most=MOST_BYTES // 1_000_000)
    if file:
        return import_file(desk, owner, file, kind, told)
    if not text.strip():
        raise Refused("import.nothing")
    return import_text(desk, owner, text, PASTED, None, kind, told)


def import_text(
    desk: Desk, owner: int, text: str, name: str, suffix: str | None, kind: str, told: Progress = _untold
) -> Imported:
    """Calls read from a text, graded and stored. ``kind`` is a rubric's id; it fills in what the text does not say.

    Raises InputError when nothing at all could be read, StoreError.
    """
    rubric = next((one for one in desk.rubrics() if one.id == kind), None)
    calls: list[str] = []
    mistakes: list[InputError] = []
    found = list(islice(read_text(text, name, suffix), MOST_CALLS + 1))
    too_many, records = len(found) > MOST_CALLS, found[:MOST_CALLS]
    for number, record in enumerate(records):
        told(number, len(records))
        if record.transcript is None:
            mistakes.extend([record.error] if record.error else [])
            continue
        calls.append(_import(desk, owner, record, record.transcript, rubric))
    if not calls and mistakes and not too_many:
        raise mistakes[0]
    return Imported(tuple(calls), tuple(mistakes), too_many)


def import_file(desk: Desk, owner: int, path: Path, kind: str, told: Progress = _untold) -> Imported:
    """As ``import_text`` for an uploaded file; its own name is shown, never its folder."""
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise InputError("unknown_extension", file=path.name, found=suffix or path.name, known=", ".join(READERS))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", file=path.name, position=error.start) from error
    return import_text(desk, owner, text, path.name, suffix, kind, told)


def criterion_names(rubric: Rubric | None, language: Language) -> dict[str, str]:
    """Criterion id to its name in one language."""
    return {one.id: one.name[language] for one in rubric.criteria} if rubric else {}


WARMING: dict[Language, tuple[str, ...]] = {
    "ru": ("Добрый день!", "Понимаю. А что именно вас смущает?", "Давайте завтра в три?"),
    "en": ("Good morning!", "I see. What exactly worries you about it?", "Shall we say tomorrow at three?"),
}
"""Lines that bring up most of what a client listens for."""


def warm(desk: Desk) -> None:
    """Plays and grades a line in each language and forgets it, so that the first caller need not wait for them."""
    for language in LANGUAGES:
        for persona in desk.personas()[:1]:
            call = Call.start(persona, language)
            call.say(WARMING[language][0])
            grade(call.transcript, choose(desk.rubrics(), call.transcript.call), RulesJudge())


def warm_everybody(desk: Desk, rest: float = 4.0) -> None:
    """Plays some lines with every client: his words are looked for with patterns that are made when first needed.

    After each line it rests so many times as long as it worked, for those who use the app meanwhile.
    """
    for persona in desk.personas():
        for language in LANGUAGES:
            call = Call.start(persona, language)
            for line in WARMING[language]:
                if not call.over:
                    began = time.perf_counter()
                    call.say(line)
                    time.sleep((time.perf_counter() - began) * rest)


def local_moment(seconds: float) -> datetime:
    """A stored time on the clock of this machine."""
    return datetime.fromtimestamp(seconds)


def explain(error: TrainerError, language: Language) -> str:
    """What a person reads when something could not be done."""
    if isinstance(error, NotFound):
        known = room(language, "web")["missing"]
        what = MISSING.get(error.message, error.message.removeprefix("not_found_"))
        return str(known.get(what, known["call"]))
    pasted = isinstance(error, InputError) and error.file == PASTED
    text = _unplaced(error, language) if pasted else error.text(language)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _unplaced(error: TrainerError, language: Language) -> str:
    """A mistake in a pasted text: there is no file to name, and the first line is no news."""
    text = TrainerError(error.message, **error.values).text(language)
    line = getattr(error, "line", None) or 1
    return phrase(language, "web.import.line", line=line, text=text) if line > 1 else text


def _loaded(desk: Desk, line: Line) -> Call:
    if line.call.state is None:
        raise NotFound("call", line.call.id, ())
    return Call.load(line.call.state, line.persona, desk.voice())


def keep(desk: Desk, line: Line, call: Call) -> None:
    """Stores what a turn brought; the plan made before the call stays with it."""
    now = desk.now()
    transcript = call.transcript.model_dump(mode="json")
    if "plan" in line.call.transcript:
        transcript["plan"] = line.call.transcript["plan"]
    desk.store.save_turn(line.call, call.save(), transcript, now, line.elapsed, over=call.over)


def _elapsed(call: StoredCall, now: float) -> float:
    if call.ended is not None:
        return call.elapsed
    return round(call.elapsed + min(max(now - call.touched, 0.0), LONGEST_PAUSE), 1)


def _stamped(turns: tuple[AnyTurn, ...], at: float) -> tuple[AnyTurn, ...]:
    return tuple(turn.model_copy(update={"at": at}) for turn in turns)


def _persona_or_none(desk: Desk, call: StoredCall) -> Persona | None:
    try:
        return desk.persona_of(call) if call.persona else None
    except NotFound:
        return None


def _grade(desk: Desk, call: StoredCall, persona: Persona | None, transcript: Transcript) -> Report:
    judge, rubrics = desk.judge(), desk.rubrics()
    example = persona.example[transcript.language or "ru"] if persona else ""
    asked = next((one for one in rubrics if one.id == call.aids.get("rubric")), choose(rubrics, transcript.call))
    rubric = calibration.weighed(asked, calibration.informative(desk.store))
    report = coach(grade(transcript, rubric, judge, example), transcript, judge)
    version = desk.shelf.rubric_versions.get(rubric.id)
    desk.store.save_report(call.id, call.owner, report.model_dump(mode="json"), desk.now(), version)
    return report


def _import(desk: Desk, owner: int, record: Record, transcript: Transcript, rubric: Rubric | None) -> str:
    known = rubric.known_facts(transcript.call) if rubric else transcript.call
    transcript = transcript.model_copy(update={"call": known})
    language = transcript.language or "ru"
    cleaned = tuple(
        turn.model_copy(update={"text": clean(turn.text)[0] or "…"}) if isinstance(turn, Turn) else turn
        for turn in transcript.turns
    )
    title = known.client or known.subject or (Path(record.file).stem if record.file != "-" else "")
    new = NewCall(
        owner=owner, language=language, source="import", title=title[:80],
        transcript=transcript.model_copy(update={"turns": cleaned}).model_dump(mode="json"),
    )  # fmt: skip
    id = desk.store.create_call(new, desk.now())
    try:
        review(desk, owner, id)
    except Exception:
        log.exception("an imported call could not be graded; opening it tries again")
    return id
