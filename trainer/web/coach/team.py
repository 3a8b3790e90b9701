"""The team's picture and one person's page, as the coach sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trainer.errors import NotFound
from trainer.store import Person
from trainer.team import assignments, log, needs, picture, training
from trainer.team.needs import Need, Needy
from trainer.team.picture import FEW, Counts, Member, Span
from trainer.team.rights import check_coach
from trainer.team.steps import OUTCOMES
from trainer.texts import Language, phrase, room
from trainer.web import views, wording
from trainer.web.coach import assignments as given
from trainer.web.coach.plots import chapter_plots, score_plot
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

SPANS: dict[str, Span] = {"": Span(), "4": Span(None, 4), "12": Span(None, 12), "all": Span(None)}
WINDOWS = (30, 60, 90)
LATEST_CALLS = 30
WEEKS_BACK = 12


@dataclass(frozen=True)
class Cell:
    """A cell of the heat map: its words, how dark it is (0–4, ``None`` grey or empty), and the counts in words."""

    text: str
    level: int | None
    n: int
    title: str


@dataclass(frozen=True)
class Line:
    """A criterion with the cell of all and those of each person, in the order of the people."""

    criterion: str
    name: str
    all: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Bar:
    """How the calls of one kind ended: ``parts`` are ``(outcome, calls, per cent or None)``."""

    kind: str
    n: int
    parts: tuple[tuple[str, int, int | None], ...]
    label: str


def team_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """Who needs help, the heat map, weeks, outcomes, what is missed, before and after. Raises Forbidden."""
    check_coach(who)
    now, span = desk.now(), SPANS.get(place.get("weeks"), SPANS[""])
    candidates = assignments.candidates(desk.store, who)
    team = _number(place.get("team"))
    people = picture.members(desk.store, who, team)
    names = picture.criterion_names(desk.rubrics(), language)
    heat = picture.heat_map(desk.store, people, list(names), span, now)
    since = picture.first_moment(span.weeks or WEEKS_BACK, now)
    whole = place.get("weeks") == "all"
    weeks = picture.weeks(desk.store, people, now, WEEKS_BACK)
    return views.fill(
        "coach/team.html", language, place=place, people=people, teams=candidates.teams, team=team, spans=list(SPANS),
        needy=[(one.member, told(one, language)) for one in needs.who_needs_help(desk.store, who, people, now)],
        lines=heat_lines(heat, names, language), chapters=list(room(language, "picture")["chapters"]), few=FEW,
        scores=score_plot(weeks, phrase(language, "picture.weeks.scores"), language), weeks=weeks,
        plots=chapter_plots(weeks, room(language, "picture")["chapters"], language),
        bars=bars(picture.outcomes(desk.store, people, 0.0 if whole else since), language), outcomes=OUTCOMES,
        missed=picture.most_missed(desk.store, heat), names=names, windows=WINDOWS,
        **_training(desk, people, place, names, language),
    )  # fmt: skip


def person_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """One trainee: needs, weeks, skills beside the team's, assignments, calls. Raises Forbidden, NotFound."""
    check_coach(who)
    id = _number(place.id)
    if id is None:
        raise NotFound("person", place.id, ())
    one, now = picture.member(desk.store, who, id), desk.now()
    log.saw_person(desk.store, who, id, one.name, now)
    names = picture.criterion_names(desk.rubrics(), language)
    team = picture.members(desk.store, who, one.team)
    span = SPANS.get(place.get("weeks"), SPANS[""])
    heat = picture.heat_map(desk.store, team, list(names), span, now)
    own = {criterion: counts for (person, criterion), counts in heat.cells.items() if person == id}
    weeks = picture.weeks(desk.store, [one], now, WEEKS_BACK)
    known = {persona.id: persona for persona in desk.personas()}
    calls = desk.store.list_calls(id, limit=LATEST_CALLS)
    kept = [made for made in assignments.listed(desk.store, who, now, id) if made.withdrawn is None]
    return views.fill(
        "coach/person.html", language, place=place, one=one, weeks=weeks, spans=list(SPANS), few=FEW,
        needs=[word for needy in needs.who_needs_help(desk.store, who, [one], now) for word in told(needy, language)],
        scores=score_plot(weeks, phrase(language, "picture.weeks.scores"), language),
        plots=chapter_plots(weeks, room(language, "picture")["chapters"], language),
        skills=[(names.get(key, key), own[key], heat.totals[key].share) for key in heat.criteria if key in own],
        alone=len(team) < 2, assigned=[given.row(desk, made, now, language) for made in kept],
        calls=[_call(call, known, now, language) for call in calls],
    )  # fmt: skip


def told(needy: Needy, language: Language) -> list[str]:
    """The reasons in words."""
    return [_reason(one, language) for one in needy.needs]


def _reason(need: Need, language: Language) -> str:
    values = dict(need.values)
    if need.reason == "fallen":
        return phrase(language, "picture.needs.fallen", **values)
    return wording.counted(f"picture.needs.{need.reason}", values["n"], language)


def heat_lines(heat: picture.HeatMap, names: dict[str, str], language: Language) -> list[Line]:
    """The heat map as the rows of a table: a criterion a row, a person a column."""
    everybody = phrase(language, "picture.heat.all")
    made = []
    for key in heat.criteria:
        name = names.get(key, key)
        cells = tuple(cell(heat.cells.get((one.id, key), Counts()), one.name, name, language) for one in heat.members)
        made.append(Line(key, name, cell(heat.totals[key], everybody, name, language), cells))
    return made


def cell(counts: Counts, who: str, criterion: str, language: Language) -> Cell:
    """One cell; the figure stands in it, so that the colour need not be told apart."""
    values = {"who": who, "criterion": criterion, "met": counts.met, "partly": counts.partly, "missed": counts.missed}
    title = phrase(language, "picture.heat.cell", **values)
    if not counts.n:
        return Cell("", None, 0, phrase(language, "picture.heat.nothing"))
    if counts.share is None:
        return Cell(phrase(language, "picture.heat.few_short", n=counts.n), None, counts.n, title)
    return Cell(str(counts.share), min(4, counts.share // 20), counts.n, title)


def bars(found: Sequence[picture.Outcomes], language: Language) -> list[Bar]:
    """Outcomes by kind of call, as a stacked bar with its figures."""
    kinds, words = room(language, "trainee")["kinds"], room(language, "picture")["outcomes"]
    made = []
    for one in found:
        shares = [round(100 * count / one.n) if one.n >= FEW else None for count in one.counts]
        parts = tuple(zip(OUTCOMES, one.counts, shares, strict=True))
        said = ", ".join(f"{words[outcome]} {count}" for outcome, count, _ in parts if count)
        name = kinds.get(one.kind, one.kind)
        made.append(Bar(name, one.n, parts, phrase(language, "picture.outcomes.label", kind=name, parts=said)))
    return made


def _training(
    desk: Desk, people: Sequence[Member], place: Place, names: dict[str, str], language: Language
) -> dict[str, Any]:
    asked, window = place.get("date"), _number(place.get("split")) or training.WINDOW
    window = window if window in WINDOWS else training.WINDOW
    shown: dict[str, Any] = {"effect": None, "window": window, "bad_date": "", "rows": []}
    if not asked:
        return shown
    try:
        effect = training.around(desk.store, people, date.fromisoformat(asked), window)
    except (ValueError, OverflowError, OSError):
        return {**shown, "bad_date": phrase(language, "picture.training.bad_date", value=asked)}
    order = {key: number for number, key in enumerate(names)}
    keys = sorted(effect.criteria, key=lambda key: (order.get(key, len(order)), key))
    return {**shown, "effect": effect, "rows": [(names.get(key, key), effect.criteria[key], "%") for key in keys]}


def _call(call: Any, known: dict[str, Any], now: float, language: Language) -> dict[str, Any]:
    persona = known.get(call.persona or "")
    name = persona.name[language] if persona else call.title or phrase(language, "web.import.untitled")
    key = views.outcome_key(call.outcome, persona.call.purpose if persona else None)
    return {"call": call, "name": name, "when": views.moment(call.started, now, language), "key": key}


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 12 else None


PAGES: dict[View, Page] = {"team": team_page, "person": person_page}
DEEDS: dict[str, Deed] = {}
