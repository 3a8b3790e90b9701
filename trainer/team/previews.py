"""What a changed rubric or persona would do, before it is saved: ten past calls graded by both, a few lines played."""

import json
from dataclasses import dataclass

from trainer import drafts
from trainer.drafts import Draft
from trainer.grading.grader import grade
from trainer.grading.judges import Judge
from trainer.persona import Company, Persona
from trainer.practice.call import Call
from trainer.report import CriterionResult
from trainer.rubric import Rubric, Verdict, choose
from trainer.store import Json, Person, Store
from trainer.team import materials
from trainer.team.rights import SEEN, check_coach, scope
from trainer.texts import Language
from trainer.transcript import AnyTurn, Transcript

CALLS = 10
LOOKED_THROUGH = 200
LINES = 12


@dataclass(frozen=True)
class Change:
    """One criterion that is judged or weighed otherwise; ``None`` where a rubric does not have it."""

    id: str
    before: CriterionResult | None
    after: CriterionResult | None

    @property
    def verdicts(self) -> tuple[Verdict | None, Verdict | None]:
        """The verdict by the rubric in use and by the changed one."""
        return (self.before.verdict if self.before else None, self.after.verdict if self.after else None)


@dataclass(frozen=True)
class Regraded:
    """A past call graded by the rubric in use and by the changed one; ``before`` and ``after`` are the scores."""

    id: str
    title: str
    person: str
    started: float
    before: float | None
    after: float | None
    changes: tuple[Change, ...]

    @property
    def differs(self) -> bool:
        """Whether anything of it would change."""
        return bool(self.changes) or self.before != self.after


@dataclass(frozen=True)
class Played:
    """A draft persona in a few lines: the brief a seller reads, and the talk."""

    persona: Persona
    turns: tuple[AnyTurn, ...]
    language: Language


def regrade(store: Store, who: Person, draft: Draft, team: int | None, judge: Judge) -> tuple[Regraded, ...]:
    """The ten newest past calls that the changed rubric is for, graded by it and by the one in use.

    A new rubric is held against the one that grades these calls now. Raises InputError for a broken draft, Forbidden.
    """
    check_coach(who)
    changed = drafts.make(draft, materials.companies(store, team))
    assert isinstance(changed, Rubric)
    known = materials.shelf(store, team).rubrics
    after_all = (*(one for one in known if one.id != changed.id), changed)
    found = []
    for row in _past_calls(store, who, team):
        transcript = Transcript.model_validate(json.loads(row.pop("transcript")))
        if choose(after_all, transcript.call) is not changed or not any(transcript.said_by("seller")):
            continue
        found.append(_compared(row, transcript, choose(known, transcript.call), changed, judge))
        if len(found) == CALLS:
            break
    return tuple(found)


def _past_calls(store: Store, who: Person, team: int | None) -> list[Json]:
    sql = f"""
        select calls.id, title, people.name as person, started, transcript from calls
        join people on people.id = calls.owner
        where ended is not null and {SEEN} and (:only is null or people.team = :only)
        order by started desc limit :most"""
    with store.tx() as db:
        return list(db.query(sql, {**scope(who), "only": team, "most": LOOKED_THROUGH}))


def _compared(row: Json, transcript: Transcript, used: Rubric, changed: Rubric, judge: Judge) -> Regraded:
    before, after = grade(transcript, used, judge), grade(transcript, changed, judge)
    ids = [one.id for one in changed.criteria]
    ids += [one.id for one in used.criteria if one.id not in ids]
    changes = (Change(id, before.result(id), after.result(id)) for id in ids)
    return Regraded(
        **row, before=before.score, after=after.score, changes=tuple(one for one in changes if _matters(one))
    )


def _matters(change: Change) -> bool:
    """Whether a verdict is another one, or one that counts weighs otherwise."""
    before, after = change.before, change.after
    if before is None or after is None:
        here = before or after
        return here is not None and here.verdict != "not_applicable"
    return before.verdict != after.verdict or (before.verdict != "not_applicable" and before.weight != after.weight)


def play(
    store: Store, who: Person, draft: Draft, team: int | None, lines: tuple[str, ...], language: Language
) -> Played:
    """A draft persona called with these lines, by the offline voice; always the same for the same text and lines.

    Raises InputError for a broken draft, Forbidden.
    """
    check_coach(who)
    made = drafts.make(draft, materials.companies(store, team))
    assert isinstance(made, Persona)
    call = Call.start(made, language)
    for line in lines[:LINES]:
        if call.over:
            break
        call.say(line)
    return Played(made, call.turns, language)


def company(store: Store, who: Person, draft: Draft, team: int | None) -> tuple[Company, tuple[Persona, ...]]:
    """A draft company and the clients who call it. Raises InputError for a broken draft, Forbidden."""
    check_coach(who)
    made = drafts.make(draft, materials.companies(store, team))
    assert isinstance(made, Company)
    return made, tuple(
        one for one in materials.shelf(store, team).personas if one.company and one.company.id == made.id
    )
