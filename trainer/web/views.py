"""Values made into HTML by the templates of this folder; every value is escaped there, none is trusted."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trainer.persona import Persona
from trainer.render import event_text, marked_turns
from trainer.report import CriterionResult, Evidence, Report
from trainer.rubric import POINTS
from trainer.store import ListedCall, Person
from trainer.team.rights import COACHES
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.trail import Aids
from trainer.transcript import AnyTurn, Transcript, Turn
from trainer.web import insight, onair, remarks
from trainer.web.handlers import DIFFICULTIES, Choice, Line, Review, criterion_names, local_moment
from trainer.web.places import AIDS, Place, View
from trainer.web.portraits import Face, face
from trainer.web.prepare import KINDS, SKILLS, aids_of, fitting, skills_of, surprise, turned

if TYPE_CHECKING:
    from trainer.web.due import Due

TEMPLATES = Path(__file__).parent / "templates"
RULE_IDS = re.compile(r"\s*\([TGCWA]\d[\dTGCWA,–\s-]*\)")
SHOWN_TIPS = 2
LONGEST_ANSWER = 160
_serials = count(1)
SECTIONS: dict[View, View] = {
    "brief": "choose", "plan": "choose", "first": "choose", "compare": "calls", "drill": "calls",
}  # fmt: skip
ORDER = {"missed": 0, "partly": 1, None: 2, "met": 3}


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(portrait=portrait)
    made.filters.update(plain=_without_rules)
    return made


def portrait(persona: Persona) -> Markup:
    """A client's portrait as an inline SVG; it is decoration, the name stands beside it."""
    return _drawn(persona.id, face(persona))


@cache
def _drawn(id: str, face: Face) -> Markup:
    return Markup(_environment().get_template("portrait.html").render(id=id, face=face))


def _without_rules(text: str) -> str:
    """A sentence without the rule ids in brackets: whoever chooses a client has not read the rulebook."""
    return RULE_IDS.sub("", text)


def fill(template: str, language: Language, **values: object) -> str:
    """A template with the texts of both rooms, ``t`` is ``web``, ``r`` is ``trainee``; ``texts(name)`` gives others."""
    known = {"t": room(language, "web"), "r": room(language, "trainee"), "texts": lambda name: room(language, name)}
    return _environment().get_template(template).render(**known, lang=language, **values)


def clock(seconds: float) -> str:
    """A length of talk as a phone shows it: ``03:07``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


def moment(seconds: float, now: float, language: Language) -> str:
    """A stored time as a person says it: today, yesterday, or the date."""
    then, today = local_moment(seconds), local_moment(now)
    time = f"{then:%H:%M}"
    days = (today.date() - then.date()).days
    if days in (0, 1):
        return phrase(language, f"web.calls.{'yesterday' if days else 'today'}", time=time)
    month = room(language, "web")["moments"]["months"][then.month - 1]
    return phrase(language, "web.moments.date", day=then.day, month=month, time=time)


def weekday_moment(text: str, language: Language) -> str:
    """The moment a client's call takes place at: weekday, date, time."""
    then, texts = datetime.fromisoformat(text), room(language, "web")["moments"]
    weekday, month = texts["weekdays"][then.weekday()], texts["months"][then.month - 1]
    shown = phrase(language, "web.moments.day", weekday=weekday, day=then.day, month=month, time=f"{then:%H:%M}")
    return shown[:1].upper() + shown[1:]


def outcome_key(outcome: str | None, purpose: str | None) -> str:
    """The key of the text for an outcome; a care call and a phone deal have words of their own."""
    if purpose == "care" and outcome:
        return "care" if outcome == "maximum" else "care_none"
    if purpose == "phone_deal" and outcome == "maximum":
        return "phone_deal"
    return outcome or "unknown"


SIGNS: tuple[tuple[View, str], ...] = (
    ("choose", "people"), ("calls", "list"), ("progress", "chart"), ("rules", "book"), ("import", "import"),
)  # fmt: skip


def head(place: Place, language: Language, who: Person) -> str:
    """The trainee's bar on top: sections, the coach's room for whom it is open, the language, the way out."""
    texts = room(language, "trainee")["nav"]
    entries = [Entry(view, sign, texts[view], Place(view).query()) for view, sign in SIGNS]
    across = f"/coach/{language}/" if who.role in COACHES else ""
    return bar(place, SECTIONS.get(place.view, place.view), entries, language, who, f"/{language}/", across)


@dataclass(frozen=True)
class Entry:
    """One of the sections in the bar: its view, icon, name and address."""

    view: View
    sign: str
    name: str
    query: str


def bar(
    place: Place, section: View, entries: Sequence[Entry], language: Language, who: Person, root: str, across: str
) -> str:
    """The bar on top of a room whose address is ``root``; ``across`` leads to the other room, if it is open."""
    other = next(one for one in LANGUAGES if one != language)
    there = root.replace(f"/{language}/", f"/{other}/")
    return fill(
        "head.html", language, place=place, section=section, entries=entries, other=other, query=place.query(),
        who=who, root=root, across=across, there=there, a=room(language, "accounts"), coaching="coach" in root,
    )  # fmt: skip


def choose_page(choice: Choice, language: Language, place: Place | None = None, due: "Sequence[Due]" = ()) -> str:
    """The cards of the clients, after what is ``due``; the address may ask for one kind of call and one skill."""
    place = place or Place()
    left = choice.unfinished
    name = next((one.name[left.language] for one in choice.personas if left and one.id == left.persona), "")
    easiest_first = sorted(choice.personas, key=lambda one: (one.level, one.call.direction != "inbound"))
    return fill(
        "choose.html", language, choice=choice, left=name, place=place, due=due,
        shown=fitting(easiest_first, place.get("kind"), place.get("skill")),
        kinds=[kind for kind in KINDS if any(one.call.kind == kind for one in choice.personas)],
        skills=[skill for skill in SKILLS if any(skill in skills_of(one) for one in choice.personas)],
        lucky=surprise(choice.personas, choice.best), named={one.id: one.name[language] for one in choice.personas},
    )  # fmt: skip


def brief_page(persona: Persona, place: Place, language: Language) -> str:
    """What the seller knows before the call, and the button that starts it."""
    talk = place.talk or language
    at = weekday_moment(persona.call.at, language)
    return fill(
        "brief.html", language, persona=persona, place=place, talk=talk, at=at, difficulties=DIFFICULTIES,
        languages=LANGUAGES, query_with=_query_with(place, talk), aids=aids_of(place), names=AIDS,
        turned=lambda aid: turned(place, aid).query(), plan=place.at("plan").query(),
    )  # fmt: skip


def _query_with(place: Place, talk: Language) -> Callable[..., str]:
    def made(talk: Language = talk, difficulty: str = place.difficulty) -> str:
        return replace(place, talk=talk, difficulty=difficulty).query() or "?"

    return made


def phone(line: Line, language: Language) -> str:
    """Who is on the line, how long the talk has been going on, and his mood where the meter is on."""
    return fill(
        "phone.html", language, line=line, persona=line.persona, time=clock(line.elapsed),
        mood=None if line.over else onair.feeling(line), hints=Aids.of(line.call).hints,
    )  # fmt: skip


@dataclass(frozen=True)
class Bubble:
    """One bubble of a talk: a side's words, or what happened."""

    role: str
    text: str


def bubbles(turns: Sequence[AnyTurn], call_language: Language, language: Language) -> list[Bubble]:
    """The turns as bubbles; a hang-up is said from the seller's side of the line."""
    made = []
    for turn in turns:
        if isinstance(turn, Turn):
            made.append(Bubble(turn.role, turn.text))
        elif turn.event == "hang_up" and turn.by:
            made.append(Bubble("event", phrase(language, f"web.line.by_{turn.by}")))
        else:
            made.append(Bubble("event", event_text(turn, call_language)))
    return made


def talk(line: Line, language: Language, *, unheard: int = 0) -> str:
    """The bubbles so far; ``unheard`` is how many turns at the end have not been spoken yet."""
    turns = line.turns[: len(line.turns) - unheard]
    made = bubbles(turns, line.call.language, language)
    return fill("talk.html", language, bubbles=made, call=line.call, count=len(turns))


def speech(words: str, language: Language, *, ringing: bool = False) -> str:
    """What the client is saying at this moment; three dots before the first word."""
    return fill("speech.html", language, words=words, ringing=ringing)


@dataclass(frozen=True)
class Quoted:
    """Evidence with the side that said it; ``answer`` is what the seller said next where the client said it."""

    evidence: Evidence
    role: str
    answer: Evidence | None = None


def quoted(evidence: Evidence, transcript: Transcript) -> Quoted:
    """Evidence with its side and the answer to it."""
    turn = transcript.turns[evidence.turn] if 0 <= evidence.turn < len(transcript.turns) else None
    role = turn.role if turn else "event"
    later = ((n, words) for n, words in transcript.said_by("seller") if n > evidence.turn)
    answer = next(later, None) if role == "client" else None
    return Quoted(evidence, role, _shortened(*answer) if answer else None)


def _shortened(turn: int, words: str) -> Evidence:
    """The beginning of a turn's words, cut where a word ends."""
    kept = words if len(words) <= LONGEST_ANSWER else words[:LONGEST_ANSWER].rsplit(" ", 1)[0]
    return Evidence(turn=turn, quote=kept)


def report_page(found: Review, now: float, language: Language) -> str:
    """The review of a finished call; the outcome and what to work on stand first."""
    report = found.report
    if report is None:
        return fill("silent.html", language, found=found)
    names = criterion_names(found.rubric, language)
    applies = (r for r in report.criteria if r.verdict != "not_applicable")
    judged = sorted(applies, key=lambda r: ORDER.get(r.verdict, 3))
    skipped = [names.get(r.id, r.id) for r in report.criteria if r.verdict == "not_applicable"]
    untitled = phrase(language, "web.import.untitled")
    quotes = {r.id: [quoted(e, found.transcript) for e in r.evidence] for r in report.criteria}
    return fill(
        "report.html", language, found=found, report=report, names=names, judged=judged, skipped=skipped, quoted=quotes,
        work_on=work_on(report), key=outcome_key(report.outcome, found.call.purpose),
        who=found.persona.name[found.call.language] if found.persona else found.call.title or untitled,
        when=moment(found.call.started, now, language), lasted=clock(found.call.elapsed),
        own=own_quote, marked=remarks.with_remarks(_marked(found, names, language), found.notes.remarks, language),
        notes=found.notes, changes=remarks.newest(found.notes, now, language), cuts=found.call.aids.get("cuts", {}),
        inner=insight.inner(found.call.state, language), figures=insight.talk(found.transcript, found.call.language),
        secrets=insight.secrets(found.persona, found.call) if found.persona else (),
        checked=moment(found.notes.checked.at, now, language) if found.notes.checked else "",
        for_information=[names.get(r.id, r.id) for r in judged if not r.weight],
    )  # fmt: skip


def work_on(report: Report) -> list[CriterionResult]:
    """The two criteria that cost the most points, the dearest first."""
    lost = [
        (r.weight * (1 - POINTS[r.verdict]), r)
        for r in report.criteria
        if r.verdict in ("partly", "missed") and r.weight
    ]
    return [r for _, r in sorted(lost, key=lambda pair: -pair[0])[:SHOWN_TIPS]]


def own_quote(quotes: list[Quoted]) -> Quoted | None:
    """The seller's own words among the quotes; else the client's, which they should have answered."""
    return next((one for one in quotes if one.role == "seller"), quotes[0] if quotes else None)


OWN_TURN = re.compile(r'(<li class="seller" value="(\d+)".*?)(</li>)', re.S)


def _marked(found: Review, names: dict[str, str], language: Language) -> Markup:
    """The marked transcript; each own line of a practised call can be said once more from there."""
    marked = named(marked_turns(found.transcript, found.report), names)
    if found.call.state is None:
        return Markup(marked)
    label = Markup.escape(phrase(language, "trainee.rewind.here"))

    def with_button(match: re.Match[str]) -> str:
        button = f'<button type="button" class="rewind" data-do="rewind" data-turn-of="{match[2]}">{label}</button>'
        return match[1] + button + match[3]

    return Markup(OWN_TURN.sub(with_button, marked))


def named(marked: str, names: dict[str, str]) -> str:
    """The marked transcript with the criteria named where only their ids stood."""
    for id, name in names.items():
        marked = marked.replace(f'"{id}', f'"{Markup.escape(name)}').replace(f", {id}", f", {Markup.escape(name)}")
    return marked


def failed_page(message: str, place: Place, language: Language, root: str = "") -> str:
    """A finished call whose review did not work out; nothing of it is lost."""
    return fill("failed.html", language, message=message, query=place.query(), root=root or f"/{language}/")


@dataclass(frozen=True)
class Row:
    """A line of the list of calls."""

    call: ListedCall
    persona: Persona | None
    name: str
    when: str
    key: str
    said: str = ""


def calls_page(
    calls: Sequence[ListedCall],
    personas: Sequence[Persona],
    now: float,
    language: Language,
    place: Place | None = None,
    said: Mapping[str, str] | None = None,
) -> str:
    """Past calls, the newest first; ``said`` is the place that was searched for, by call."""
    known, said = {one.id: one for one in personas}, said or {}
    rows = []
    for call in calls:
        persona = known.get(call.persona or "")
        name = persona.name[call.language] if persona else call.title or phrase(language, "web.import.untitled")
        key = outcome_key(call.outcome, persona.call.purpose if persona else None)
        rows.append(Row(call, persona, name, moment(call.started, now, language), key, said.get(call.id, "")))
    kinds = [kind for kind in KINDS if any(one.call.kind == kind for one in personas)]
    return fill("calls.html", language, rows=rows, place=place or Place("calls"), kinds=kinds)


def import_page(language: Language) -> str:
    """The words above the form for a recording."""
    return fill("import.html", language)


def missing_page(message: str, language: Language, root: str = "") -> str:
    """There is nothing at this address."""
    return fill("missing.html", language, message=message, root=root or f"/{language}/")


def notice(message: str, language: Language, *, unsaid: str = "") -> str:
    """Something that went wrong, said on the page; ``unsaid`` is a line that goes back into the box."""
    return fill("notice.html", language, message=message, unsaid=unsaid, serial=next(_serials)) if message else ""


def told(message: str, language: Language) -> str:
    """Something that went well, said above the page that follows."""
    return fill("told.html", language, message=message) if message else ""


def going(done: int, total: int, language: Language) -> str:
    """How many recordings of how many are graded."""
    return fill("going.html", language, done=done, total=total)


def waiting(language: Language) -> str:
    """What is seen before the first page has come."""
    return fill("waiting.html", language)


def composer(language: Language) -> str:
    """The line the seller types into."""
    return fill("composer.html", language)


def went(place: Place | None, *, on_the_line: bool = False, about: str = "", said: str = "") -> str:
    """Tells the page's script its address (``None``: still the same), and whether somebody is on the line.

    ``said`` stands and is read out at the part of the page whose id is ``about``.
    """
    return (
        _environment()
        .get_template("went.html")
        .render(
            query=place.query() if place else None, serial=next(_serials), view="line" if on_the_line else "page",
            about=about, said=said,
        )
    )  # fmt: skip
