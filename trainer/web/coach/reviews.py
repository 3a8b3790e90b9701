"""The queue of calls to look at, and the review of one: everything that was judged, and what people said on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from trainer.errors import NotFound
from trainer.persona import Persona
from trainer.render import marked_turns
from trainer.store import Person
from trainer.team import blind, log, reviews
from trainer.team.queue import COUNTED, PAGE, Filters, Queued, choices, neighbours, number_of, place_of, queue
from trainer.team.rights import check_coach
from trainer.texts import Language, phrase
from trainer.web import handlers, insight, views
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View
from trainer.web.prepare import KINDS
from trainer.web.remarks import judged, with_remarks

ASKED = ("q", "person", "persona", "kind", "criterion", "outcome", "source", "status", "since", "until")
"""What a queue is narrowed by, as the address says it."""
OUTCOMES = ("maximum", "minimum_with_call", "minimum", "none")
SOURCES = ("practice", "import")
STATUSES = ("waiting", "checked", "all")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """A call of the queue as it is shown."""

    call: Queued
    seller: str
    persona: Persona | None
    client: str
    when: str
    outcome: str
    query: str


def queue_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The calls that wait, narrowed by what the address asks for. Raises Forbidden."""
    check_coach(who)
    filters = filters_of(place)
    found = queue(desk.store, who, filters, place.get("after"))
    known = {one.id: one for one in desk.personas()}
    rows = [_row(one, who, known, place, desk.now(), language) for one in found.calls]
    more = place.having(after=found.calls[-1].key).query() if found.more else ""
    return views.fill(
        "coach/queue.html", language, place=place, rows=rows, found=found, more=more,
        counted=f"{COUNTED}+" if found.total > COUNTED else found.total, page=PAGE,
        asked=any(place.get(name) for name in ASKED), people=choices(desk.store, who),
        personas=sorted((one.name[language], one.id) for one in desk.personas()), kinds=KINDS,
        criteria=sorted((name, id) for id, name in _criteria(desk, language).items()), outcomes=OUTCOMES,
        sources=SOURCES, statuses=STATUSES, status=filters.state, first=place.having(after="").query(),
    )  # fmt: skip


def _row(one: Queued, who: Person, known: Mapping[str, Persona], place: Place, now: float, language: Language) -> Row:
    persona = known.get(one.persona or "")
    return Row(
        one, _called(one.owner, one.name, who, language), persona,
        persona.name[one.language] if persona else one.title, views.moment(one.started, now, language),
        views.outcome_key(one.outcome, one.purpose), to_review(place, one).query(),
    )  # fmt: skip


def _called(owner: int, name: str, who: Person, language: Language) -> str:
    """A seller's name; the one person of solo mode has none."""
    return phrase(language, "reviews.queue.you") if who.role == "solo" and owner == who.id else name


def _criteria(desk: Desk, language: Language) -> dict[str, str]:
    return {one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria}


def filters_of(place: Place) -> Filters:
    """The filters that an address carries; whatever cannot be read asks nothing."""
    status, person = place.get("status"), place.get("person")
    until = _day(place.get("until"))
    return Filters(
        state="checked" if status == "checked" else "all" if status == "all" else "waiting",
        person=int(person) if person.isdecimal() and len(person) <= 12 else None,
        persona=place.get("persona"), kind=place.get("kind"), criterion=place.get("criterion"),
        outcome=place.get("outcome"), source=place.get("source"), words=place.get("q"),
        since=_seconds(_day(place.get("since"))), until=_seconds(until + DAY if until else None),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _seconds(day: date | None) -> float | None:
    try:
        return datetime(day.year, day.month, day.day).timestamp() if day else None
    except (OverflowError, OSError, ValueError):
        return None


def to_review(place: Place, call: Queued) -> Place:
    """The review of a call, reached from a queue with these filters."""
    return Place("review", call.call).having(**asked(place), at=call.key)


def asked(place: Place) -> dict[str, str]:
    """The filters of an address, to be carried on."""
    return {name: place.get(name) for name in ASKED if place.get(name)}


def back(place: Place) -> Place:
    """The queue that a review was opened from."""
    return Place("queue").having(**asked(place))


def next_place(desk: Desk, who: Person, place: Place) -> Place:
    """Where a coach goes when he is through with a call: the next one, else the first one left, else the queue."""
    filters = filters_of(place)
    _, after = neighbours(desk.store, who, filters, place.get("at") or place_of(desk.store, place.id), place.id)
    left = after or next(iter(queue(desk.store, who, filters, limit=1).calls), None)
    return to_review(place, left) if left and left.call != place.id else back(place)


def review_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """One call with everything that was said on it. Raises Forbidden, NotFound."""
    return shown(desk, who, place, language)


@dataclass(frozen=True)
class Draft:
    """A form that comes back to its author as he left it, with what to tell him."""

    criterion: str
    given: Mapping[str, str]
    warning: str


def shown(desk: Desk, who: Person, place: Place, language: Language, draft: Draft | None = None) -> str:
    """The review page; ``draft`` is a form that could not be taken as it was sent."""
    check_coach(who)
    owner = reviews.owner_of(desk.store, who, place.id)
    sample = blind.hidden(desk.store, who, place.id)
    if sample is not None:
        return views.fill("coach/hidden.html", language, sample=sample, back=back(place).query())
    found = handlers.review(desk, owner, place.id)
    if found.report is None:
        raise NotFound("call", place.id, ())
    now = desk.now()
    log.saw_call(desk.store, who, place.id, owner, now)
    names = handlers.criterion_names(found.rubric, language)
    marked = Markup(views.named(marked_turns(found.transcript, found.report), names))
    key = place.get("at") or place_of(desk.store, place.id)
    before, after = neighbours(desk.store, who, filters_of(place), key, place.id)
    notes = found.notes
    number = number_of(desk.store, who, filters_of(place), key, place.id)
    return views.fill(
        "coach/review.html", language, found=found, report=found.report, names=names, notes=notes, draft=draft,
        place=place, seller=_called(owner, desk.store.person(owner).name, who, language), outcomes=OUTCOMES,
        criteria=judged(found.report.criteria, notes, now, language, who.id),
        quoted={r.id: [views.quoted(e, found.transcript) for e in r.evidence] for r in found.report.criteria},
        client=found.persona.name[found.call.language] if found.persona else found.call.title,
        when=views.moment(found.call.started, now, language), machine_score=_machine_score(desk, place.id),
        checked=views.moment(notes.checked.at, now, language) if notes.checked else "",
        retry=views.moment(notes.retry.at, now, language) if notes.retry else "",
        marked=with_remarks(
            marked, notes.remarks, language, mine=None if who.role == "solo" else who.name, writes=True
        ),
        inner=insight.inner(found.call.state, language), trace=trace(found.call.state, language),
        key=views.outcome_key(found.report.outcome, found.call.purpose),
        before=to_review(place, before).query() if before else "",
        after=to_review(place, after).query() if after else "",
        back=back(place).query(), number=[f"{COUNTED}+" if one > COUNTED else one for one in number or ()],
        lasted=views.clock(found.call.elapsed),
    )  # fmt: skip


def _machine_score(desk: Desk, call: str) -> float | None:
    with desk.store.tx() as db:
        row = next(iter(db.query("select machine_score from standing where call = ?", (call,))), None)
    return row["machine_score"] if row else None


@dataclass(frozen=True)
class Step:
    """What the director saw after one of the seller's lines; figures with their change."""

    turn: int
    said: str
    why: str
    figures: tuple[tuple[int, int], ...]


def trace(state: dict[str, Any] | None, language: Language) -> list[Step]:
    """The director's trace, line by line; empty for a recording."""
    made = []
    for entry in state["trace"] if state else ():
        figures = tuple(
            (entry["after"][name], entry["after"][name] - entry["before"][name]) for name in insight.CHANGES
        )
        why = insight.why(entry["rule"], language)
        made.append(Step(insight.turn_of(entry, state["turns"] if state else []), entry["said"], why, figures))
    return made


PAGES: dict[View, Page] = {"queue": queue_page, "review": review_page}
DEEDS: dict[str, Deed] = {}
