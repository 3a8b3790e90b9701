"""One rehearsed call: played to its end, then everything that could be wrong with it is counted."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from trainer.language.text import detect, fold
from trainer.persona import Gate, Persona
from trainer.practice.call import Call
from trainer.practice.guard import says_yes
from trainer.practice.mind import TOP, Act, Difficulty
from trainer.practice.patterns import level, stems
from trainer.rehearsal.sellers import Seller, seller
from trainer.report import Outcome
from trainer.seller import Craft, Manner, Manners
from trainer.texts import Language
from trainer.transcript import Event, Turn

NEAR = 0.8
MIN_NEAR = 12
LONGEST = 45
CONCESSIONS = {"appointment": "agree_time", "contact": "give_contact", "next_call": "next_call", "invoice": "invoice"}
YES_ACTS = frozenset({"agree_time", "agree_call", "agree_call_loose", "agree_invoice", "contact", "email"})


@dataclass(frozen=True)
class Played:
    """What one call came to. ``graded`` is the grader's outcome, ``None`` where it was not asked.

    ``leaks`` are locked facts told, ``early`` concessions through a closed gate, ``near`` lines that nearly repeat one.
    """

    persona: str
    language: Language
    manner: Manner
    seed: int
    difficulty: Difficulty
    outcome: Outcome
    graded: Outcome | None = None
    turns: int = 0
    words: tuple[int, ...] = ()
    first: str = ""
    leaks: int = 0
    early: int = 0
    repeats: int = 0
    near: int = 0
    foreign: int = 0
    farewells: int = 0
    open_ends: int = 0
    transcript: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


def play(
    persona: Persona,
    craft: Craft | None,
    manners: Manners,
    language: Language,
    manner: Manner,
    seed: int,
    difficulty: Difficulty,
) -> Call:
    """The call that this seller has with this client; the seller drops the line when he has no more to say."""
    call = Call.start(persona, language, seed=seed, difficulty=difficulty)
    voice: Seller = seller(manner, persona, craft, manners, language, seed)
    heard: tuple[Act, ...] = ()
    while not call.over:
        line = voice.line(heard)
        if line is None:
            call.hang_up()
            break
        call.say(line)
        heard = tuple(Act(one["kind"], one["topic"]) for one in call.trace[-1]["acts"])
    return call


def count(call: Call, manner: Manner, graded: Outcome | None = None) -> Played:
    """Everything that the table of a rehearsal needs to know of a call."""
    lines = [turn.text for turn in call.turns if isinstance(turn, Turn) and turn.role == "client"]
    return Played(
        persona=call.persona.id,
        language=call.language,
        manner=manner,
        seed=call.seed,
        difficulty=call.difficulty,
        outcome=call.director_outcome,
        graded=graded,
        turns=len(call.trace),
        words=tuple(len(line.split()) for line in lines),
        first=lines[0],
        leaks=_leaks(call),
        early=_early(call),
        repeats=sum(n - 1 for n in Counter(fold(line) for line in lines).values()),
        near=_near(lines),
        foreign=sum(any(char.isalpha() for char in line) and detect(line) != call.language for line in lines),
        farewells=max(
            0, sum(act["kind"].startswith(("goodbye", "leave")) for one in call.trace for act in one["acts"]) - 1
        ),
        open_ends=int(not (isinstance(call.turns[-1], Event) and call.turns[-1].event == "hang_up")),
        transcript=call.transcript.model_dump(mode="json"),
    )


def _text(call: Call, entry: dict[str, Any]) -> str:
    """What the client said in the turn of a trace entry."""
    place = entry["turn"]
    while not isinstance(call.turns[place], Turn):
        place -= 1
    return call.transcript.text_at(place) or ""


def _leaks(call: Call) -> int:
    """Secrets of facts and concerns heard in a turn after which they were still locked."""
    found = 0
    for entry in call.trace:
        text, after = level(_text(call, entry)), entry["after"]
        for fact in call.persona.facts:
            if fact.hidden and fact.id not in after["told"] and stems(text, fact.secret[call.language], call.language):
                found += 1
        for one in after["concerns"]:
            secret = call.persona.concern(one["id"]).secret[call.language]
            if one["status"] in ("hidden", "voiced") and stems(text, secret, call.language):
                found += 1
    return found


def _early(call: Call) -> int:
    """Concessions made while their gate was closed, in the mind or in words alone."""
    found = 0
    for entry in call.trace:
        before, after = entry["before"], entry["after"]
        for name, gate in CONCESSIONS.items():
            made = after.get(name) and not before.get(name)
            if made and not _open(getattr(call.persona.gates, gate), before, after):
                found += 1
        kinds = {act["kind"] for act in entry["acts"]}
        agreed = any(after.get(name) for name in CONCESSIONS)
        if not kinds & YES_ACTS and not agreed and says_yes(_text(call, entry), call.language):
            found += 1
    return found


def _open(gate: Gate, before: dict[str, Any], after: dict[str, Any]) -> bool:
    status = {one["id"]: one["status"] for one in after["concerns"]}
    trust, interest = (max(before[name], after[name]) for name in ("trust", "interest"))
    harder = after["harder"]
    return (
        not gate.never
        and all(status[id] == "resolved" for id in gate.settled)
        and trust >= min(TOP, gate.trust + harder)
        and interest >= min(TOP, gate.interest + harder)
    )


def _near(lines: list[str]) -> int:
    """Lines of which an earlier one shares four fifths of the three-letter pieces."""
    grams = [_grams(line) for line in lines if len(line) >= MIN_NEAR]
    return sum(
        any(len(one & other) >= NEAR * len(one | other) for other in grams[:number]) for number, one in enumerate(grams)
    )


def _grams(line: str) -> set[str]:
    plain = re.sub(r"\W+", " ", fold(line)).strip()
    return {plain[place : place + 3] for place in range(max(1, len(plain) - 2))}
