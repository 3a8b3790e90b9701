"""How far the grader can be trusted, and the blind samples by which coaches measure each other."""

from dataclasses import dataclass
from random import SystemRandom

from trainer.errors import NotFound
from trainer.grading.agreement import OUTCOME, Table
from trainer.rubric import Criterion
from trainer.store import Person
from trainer.team import blind, calibration
from trainer.team.calibration import LEAST, Measured
from trainer.team.reviews import owner_of
from trainer.team.rights import ADMINS, check_coach
from trainer.texts import Language, phrase, room
from trainer.transcript import Transcript
from trainer.web import views
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

SHOWN = 3
"""Confusions named in a row."""
OUTCOMES = ("maximum", "minimum_with_call", "minimum", "none")
GOAL = "goal.outcome"


@dataclass(frozen=True)
class Row:
    """A line of the table: the figures of a criterion, ready to be read."""

    id: str
    name: str
    n: int
    accuracy: str
    kappa: str
    strict: int
    kind: int
    confusions: str
    informative: bool = False


def calibration_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The figures, the bar, the months and the samples. Raises Forbidden."""
    check_coach(who)
    names = criterion_names(desk, language)
    criterion = place.get("criterion")
    found = calibration.calibration(desk.store, who, criterion)
    worst_first = sorted(found.criteria, key=lambda one: (one.table.kappa is None, one.table.kappa or 0.0))
    rows = [_row(one, names, language) for one in worst_first]
    now = desk.now()
    told = sorted(names.get(one, one) for one in found.told)
    return views.fill(
        "coach/calibration.html", language, place=place, found=found, rows=rows, names=names, told=told,
        outcome=_row(Measured(found.outcome), names, language) if found.outcome else None,
        months=[_row(Measured(one.table), {one.month: _month(one.month, language)}, language) for one in found.months],
        criteria=sorted((names.get(one.table.name, one.table.name), one.table.name) for one in found.criteria),
        bar=_number(calibration.bar(desk.store), language, 3), least=LEAST, admin=who.role in ADMINS,
        outdated=calibration.outdated(desk.store, who, found.told) if who.role in ADMINS else 0,
        samples=[(one, views.moment(one.at, now, language)) for one in blind.samples(desk.store, who)], most=blind.MOST,
    )  # fmt: skip


def criterion_names(desk: Desk, language: Language) -> dict[str, str]:
    """Criterion id to its name, over all rubrics, with the outcome."""
    known = {one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria}
    return {**known, OUTCOME: phrase(language, "reviews.calibration.outcome")}


def _row(one: Measured, names: dict[str, str], language: Language) -> Row:
    table = one.table
    return Row(
        table.name, names.get(table.name, table.name), table.n, f"{round(100 * table.accuracy)}%",
        "—" if table.kappa is None else _number(table.kappa, language), one.strict, one.kind,
        _confusions(table, language), one.informative,
    )  # fmt: skip


def _number(value: float, language: Language, places: int = 2) -> str:
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if places > 2 else text
    return text.replace("-", "−").replace(".", "," if language == "ru" else ".")


def _confusions(table: Table, language: Language) -> str:
    """«программа: да, тренер: нет (3)», the most frequent first."""
    texts, outcomes = room(language, "reviews")["review"], room(language, "web")["outcomes"]

    def said(verdict: str) -> str:
        return str(texts["verdicts"].get(verdict) or outcomes.get(verdict, {}).get("short") or verdict)

    shown = [f"{said(graded)} → {said(gold)} ({n})" for gold, graded, n in table.confusions[:SHOWN]]
    return "; ".join(shown)


def _month(text: str, language: Language) -> str:
    year, _, number = text.partition("-")
    return f"{int(number):02d}.{year}" if language == "ru" else text


def blind_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The next call of a sample to be labelled, or how those who labelled it agree. Raises Forbidden, NotFound."""
    check_coach(who)
    id = _sample(place)
    sample = blind.sample(desk.store, who, id)
    names = criterion_names(desk, language)
    task = blind.task(desk.store, who, id) if sample.closed is None else None
    if task is None:
        pairs = [
            (one, _row(Measured(one.all), {"": ""}, language), [_row(Measured(t), names, language) for t in one.tables])
            for one in blind.results(desk.store, who, id)
        ]
        return views.fill("coach/results.html", language, sample=sample, pairs=pairs, machine=blind.MACHINE)
    owner_of(desk.store, who, task.call)
    with desk.store.tx() as db:
        row = next(iter(db.query("select transcript, language from calls where id = ?", (task.call,))))
    transcript = Transcript.model_validate_json(row["transcript"])
    known = {one.id: one for rubric in desk.rubrics() for one in rubric.criteria}
    return views.fill(
        "coach/blind.html", language, sample=sample, task=task, talk=row["language"], outcomes=OUTCOMES, goal=GOAL,
        criteria=[_asked(one, known.get(one), language) for one in task.criteria],
        bubbles=views.bubbles(transcript.turns, row["language"], language),
    )  # fmt: skip


def _asked(id: str, criterion: Criterion | None, language: Language) -> tuple[str, str, str]:
    """(id, name, question) of a criterion to be judged."""
    return (id, criterion.name[language], criterion.question[language]) if criterion else (id, id, "")


def _sample(place: Place) -> int:
    if not place.id.isdecimal() or len(place.id) > 12:
        raise NotFound("call", place.id, ())
    return int(place.id)


# --- deeds


def set_bar(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The kappa under which a criterion is information only; for admins."""
    value = calibration.set_bar(desk.store, who, given.get("bar", ""), desk.now())
    told = phrase(language, "reviews.calibration.bar_saved", value=_number(value, language, 3))
    return Done(place=place, note=told)


def weigh_anew(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """Past scores follow the criteria that count now; for admins."""
    examples = {one.id: one.example[language] for one in desk.personas()}
    number = calibration.weigh_anew(desk.store, who, desk.rubrics(), examples, desk.now())
    return Done(place=place, note=phrase(language, "reviews.calibration.weighed", n=number))


def draw_sample(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A new blind sample, and at once to its first call."""
    size = given.get("size", "")
    number = int(size) if size.isdecimal() and len(size) < 6 else 0
    id = blind.draw(desk.store, who, number, SystemRandom(), desk.now())
    return Done(place=Place("blind", str(id)))


def label(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A coach's labels of one call, and on to the next."""
    said = {key.removeprefix("v:"): value for key, value in given.items() if key.startswith("v:")}
    call, outcome = given.get("call", ""), given.get("outcome", "")
    blind.label(desk.store, who, _sample(place), call, said, outcome, desk.now())
    return Done(place=place)


def close_sample(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A sample is ended."""
    number = given.get("sample", "")
    blind.close(desk.store, who, _sample(Place("blind", number)), desk.now())
    return Done(place=place)


PAGES: dict[View, Page] = {"calibration": calibration_page, "blind": blind_page}
DEEDS: dict[str, Deed] = {
    "set_bar": set_bar, "weigh_anew": weigh_anew, "draw_sample": draw_sample, "label": label,
    "close_sample": close_sample,
}  # fmt: skip
