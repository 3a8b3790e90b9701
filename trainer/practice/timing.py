"""The times in a seller's line as his moves: a call or a meeting proposed, the client's own hour confirmed."""

import re

from trainer.language.text import sentences
from trainer.practice.patterns import find, lexicon
from trainer.practice.proposals import Proposal, proposals
from trainer.practice.scene import Line, Move

BARE_TIME = 5
_MARKS = re.compile(r"[.!?…]")
_LEAVE = {
    "ru": re.compile(
        r"(?:(?:ну|тогда|все|значит|и|так) )*до (?:понедельника|вторника|среды|четверга|пятницы|субботы|воскресенья|"
        r"завтра|послезавтра|встречи|связи|звонка|скорого)(?: тогда)?"
    ),
    "en": re.compile(
        r"(?:(?:so|well|right|then|and|okay|ok) )*(?:till|until|see you|(?:speak|talk)(?: to you)?)"
        r"(?: on| next)? (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|then)(?: then)?"
    ),
}


def times_named(line: Line) -> list[Move]:
    """Times named in the line: for a call when calling is spoken of, for a meeting otherwise, for each its own."""
    scene = line.scene
    named = tuple(one for one in proposals(line.text, scene.language, scene.at) if _of_meeting(line, one))
    if not named:
        return []
    if scene.persona.call.purpose == "phone_deal":
        return [_move("propose_call_time", named)] if _of_a_call(line, named) else []
    calls = tuple(one for one in named if _says(_sentence(line, one), "ask_next_call", line))
    visits = tuple(one for one in named if one not in calls)
    if calls and any(one.clock or one.moment for one in visits) and _visiting(line, visits):
        return [_move("propose_time", visits), _move("propose_call_time", calls)]
    calling, inviting = _calls(line), _invites(line.levelled, line)
    asked = any(one.asks or one.checks for one in line.clauses)
    whole = any(one.moment for one in named)
    if _says(line.levelled, "control", line) and scene.concern is not None and not calling:
        asking = any(_asked(line, one) for one in named)
        return [_move("propose_time", named)] if asking or _says(line.levelled, "ask_time", line) else []
    coming = _says(line.levelled, "coming", line)
    if calls == named and not coming and not _says(line.levelled, "invite_vague", line):
        return [_move("propose_call_time", calls)]
    if not inviting and (calling or (scene.expects == "call" and not coming)):
        return [_move("propose_call_time", calls or named)]
    inviting = inviting or coming
    inviting = inviting or len(re.findall(r"\w+", line.levelled)) <= BARE_TIME
    picks = len({one.day for one in named if one.day and _asked(line, one)}) > 1
    brief = any(_asked(line, one) and len(re.findall(r"\w+", _sentence(line, one))) <= BARE_TIME + 1 for one in named)
    if inviting or scene.expects == "appointment" or (asked and whole) or picks or brief:
        return [_move("propose_time", named)]
    return []


def _of_a_call(line: Line, named: tuple[Proposal, ...]) -> bool:
    """Whether a time can be that of the next call: it is whole, waited for, asked about, or calling is spoken of."""
    if line.scene.expects == "call" or _says(line.levelled, "ask_next_call", line):
        return True
    short = len(re.findall(r"\w+", line.levelled)) <= BARE_TIME
    return any(one.moment or _asked(line, one) or (one.clock and short) for one in named)


def _of_meeting(line: Line, one: Proposal) -> bool:
    """Whether a time can be that of a visit or a call: not that by which something is sent, nor "till Thursday!"."""
    clause = line.at(one.start)
    part = line.levelled[clause.start : clause.end] if clause else line.levelled
    if takes_leave(part, line):
        return False
    return not _says(part, "gets_ready", line) or any(
        _says(part, kind, line) for kind in ("ask_next_call", "invite_vague", "ask_time", "control")
    )


def takes_leave(part: str, line: Line) -> bool:
    """«До четверга!», "see you Thursday": the day only says until when."""
    return not part.rstrip().endswith("?") and bool(_LEAVE[line.scene.language].fullmatch(part.strip(" ,.!—-")))


def _calls(line: Line) -> bool:
    """Whether a call is spoken of, other than in case something happens: «если задержится, позвоню»."""
    parts = (line.levelled[start:end] for start, end in sentences(line.text))
    return any(_says(one, "ask_next_call", line) and not _says(one, "if_words", line) for one in parts)


def _move(kind: str, times: tuple[Proposal, ...]) -> Move:
    quote = ", ".join(one.quote for one in times)
    return Move("propose_time" if kind == "propose_time" else "propose_call_time", quote, times[0].start, times=times)


def _says(text: str, kind: str, line: Line) -> bool:
    return bool(find(text, lexicon(line.scene.language)[kind], line.scene.language))


def _invites(text: str, line: Line) -> bool:
    return _says(text, "invite_vague", line) or _says(text, "ask_time", line)


def _visiting(line: Line, times: tuple[Proposal, ...]) -> bool:
    """Whether somebody is said to come at these times, or the time stands in a statement of its own."""
    parts = [_sentence(line, one) for one in times]
    return any(_invites(part, line) or _says(part, "coming", line) or _says(part, "control", line) for part in parts)


def _span(line: Line, one: Proposal) -> tuple[int, int]:
    start = max((match.end() for match in _MARKS.finditer(line.levelled, 0, one.start)), default=0)
    end = _MARKS.search(line.levelled, one.start + len(one.quote))
    return start, end.end() if end else len(line.levelled)


def _sentence(line: Line, one: Proposal) -> str:
    start, end = _span(line, one)
    return line.levelled[start:end]


def _asked(line: Line, one: Proposal) -> bool:
    return _sentence(line, one).rstrip().endswith("?")


def confirmations(line: Line, found: list[Move]) -> list[Move]:
    """A yes to the time that the client named himself, or the same time said back."""
    offered = line.scene.offered
    assert offered is not None
    for one in found:
        if any(time.moment == offered.moment or time.clock == offered.clock for time in one.times):
            return [Move("confirm_time", one.quote, one.start)]
    if any(one.kind in ("propose_time", "propose_call_time") for one in found):
        return []
    hits = find(line.levelled, lexicon(line.scene.language)["confirm_time"], line.scene.language)
    praised = [line.at(one.start) for one in found if one.kind in ("pitch", "argue")]
    told = [
        hit
        for hit, _ in hits
        if (clause := line.at(hit.start)) is not None and not clause.asks and clause not in praised
    ]
    return [Move("confirm_time", line.text[told[0].start : told[0].end], told[0].start)] if told else []
