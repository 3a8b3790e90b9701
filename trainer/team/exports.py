"""Reports and a team's figures as tables: CSV, XLSX, JSON; row by row, and harmless to the program that opens them."""

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from trainer.store import Json, Person, Store
from trainer.team import materials, picture
from trainer.team.picture import Counts, Span, Tally
from trainer.team.rights import SEEN, check_coach, scope
from trainer.texts import Language, phrase, room

Form = Literal["csv", "xlsx", "json"]
FORMS: tuple[Form, ...] = ("csv", "xlsx", "json")
What = Literal["reports", "team"]
WHATS: tuple[What, ...] = ("reports", "team")
MEDIA: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
Cell = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_000


@dataclass(frozen=True)
class Wanted:
    """Which calls are exported: those of one person, of a time (seconds since 1970); ``None`` sets no limit.

    ``team`` and ``shown`` (a span that needs to know what time it is ``now``) are for the team's picture alone.
    """

    person: int | None = None
    since: float | None = None
    until: float | None = None
    team: int | None = None
    shown: Span | None = None
    now: float = 0.0

    @property
    def span(self) -> Span:
        """The span of the picture that is asked for."""
        return self.shown or Span(None, since=self.since, until=self.until)


def harmless(value: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe."""
    if not isinstance(value, str):
        return value
    text = _UNSEEN.sub("", value)[:LONGEST_CELL]
    return f"'{text}" if text.lstrip(" \n\u00a0\ufeff").startswith(_FORMULA) or text.startswith(_FORMULA) else text


NEWEST = """
    select calls.id, calls.started, calls.title, calls.language, calls.source, calls.kind, calls.purpose, calls.persona,
           people.id as person, people.name, people.login, reports.report, reports.score, reports.outcome,
           reports.rubric, reports.judge, v.number as version
    from calls join people on people.id = calls.owner
    join reports on reports.id = (select max(id) from reports where call = calls.id)
    left join material_versions v on v.id = reports.rubric_version
"""
ASKED = """
    and (:person is null or people.id = :person) and (:since is null or calls.started >= :since)
    and (:until is null or calls.started < :until)
"""


def _found(store: Store, who: Person, wanted: Wanted) -> Iterator[Json]:
    sql = f"{NEWEST} where {SEEN} {ASKED} order by calls.started desc"
    values = {**scope(who), "person": wanted.person, "since": wanted.since, "until": wanted.until}
    with store.tx() as db:
        yield from db.query(sql, values)


def criterion_names(store: Store, who: Person, language: Language) -> dict[str, str]:
    """The criteria of the shipped rubrics and of the team's own, in the order of the team's picture, by name."""
    return picture.criterion_names(materials.shelf(store, who.team).rubrics, language)


def heading(names: Iterable[str], language: Language) -> list[Cell]:
    """The columns of the table of reports: the call's facts, then one column a criterion."""
    known = room(language, "exports")["columns"]
    facts = ("date", "person", "login", "client", "source", "kind", "purpose", "rubric", "version", "judge", "outcome",
             "score", "review", "call")  # fmt: skip
    return [*(known[fact] for fact in facts), *names]


def rows(
    store: Store, who: Person, wanted: Wanted, criteria: Collection[str], language: Language
) -> Iterator[list[Cell]]:
    """A row a graded call, the newest first, read one by one. Raises Forbidden."""
    check_coach(who)
    words = room(language, "exports")
    for row in _found(store, who, wanted):
        found = {one["id"]: one for one in json.loads(row["report"])["criteria"]}
        outcome = phrase(language, f"render.outcomes.{row['outcome'] or 'unknown'}")
        yield [
            _moment(row["started"]), row["name"], row["login"], row["title"], words["sources"][row["source"]],
            words["kinds"].get(row["kind"], row["kind"]), words["purposes"].get(row["purpose"], row["purpose"]),
            row["rubric"], row["version"], row["judge"], outcome, row["score"],
            sum(bool(one["needs_review"]) for one in found.values()), row["id"],
            *(_verdict(found.get(id), language) for id in criteria),
        ]  # fmt: skip


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="minutes")


def _verdict(found: Json | None, language: Language) -> str | None:
    if found is None:
        return None
    return phrase(language, f"render.verdicts.{found['verdict'] or 'not_judged'}")


def reports_json(store: Store, who: Person, wanted: Wanted) -> Iterator[str]:
    """Every report as ``call-report/1`` with whose call it was, as one JSON list, a report a line. Raises Forbidden."""
    check_coach(who)
    yield "["
    for number, row in enumerate(_found(store, who, wanted)):
        one = {
            "call": row["id"], "date": _moment(row["started"]), "person": row["name"], "login": row["login"],
            "rubric_version": row["version"], "report": json.loads(row["report"]),
        }  # fmt: skip
        yield (",\n" if number else "\n") + json.dumps(one, ensure_ascii=False)
    yield "\n]\n"


def team_table(store: Store, who: Person, wanted: Wanted, language: Language) -> Iterator[list[Cell]]:
    """The team's picture, a row a person: the per cent of calls in which a criterion was met, and of how many.

    A share of fewer than five calls is left empty. The first row is the heading. Raises Forbidden.
    """
    people = [
        one for one in picture.members(store, who, wanted.team) if wanted.person is None or one.id == wanted.person
    ]
    names = criterion_names(store, who, language)
    heat = picture.heat_map(store, people, list(names), wanted.span, wanted.now)
    tallies = picture.tallies(store, people, wanted.span, wanted.now)
    words = room(language, "exports")["team"]
    of = [head for id in heat.criteria for head in (names.get(id, id), words["of"])]
    yield [words["person"], words["login"], words["calls"], words["score"], *of]
    for one in people:
        counts = [heat.cells.get((one.id, id), Counts()) for id in heat.criteria]
        tally = tallies.get(one.id, Tally())
        mean = None if tally.score is None else round(tally.score, 1)
        cells = [cell for count in counts for cell in (count.share, count.n)]
        yield [one.name, one.login, tally.calls, mean, *cells]


def csv_lines(table: Iterator[Sequence[Cell]], language: Language) -> Iterator[str]:
    """The table as CSV that a spreadsheet opens with a double click: a mark of UTF-8, semicolons in Russian."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if language == "ru" else ",", lineterminator="\r\n")
    yield "\ufeff"
    for row in table:
        writer.writerow(["" if cell is None else harmless(_number(cell, language)) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _number(cell: Cell, language: Language) -> Cell:
    """A fraction as a Russian spreadsheet reads it: with a comma."""
    return f"{cell:g}".replace(".", ",") if isinstance(cell, float) and language == "ru" else cell


def write_xlsx(table: Iterator[Sequence[Cell]], path: Path, title: str) -> None:
    """The table as a workbook of one sheet, written row by row; texts are texts, whatever they look like."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, row in enumerate(table):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=harmless(value))
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def table_json(table: Iterator[Sequence[Cell]]) -> Iterator[str]:
    """A table with a heading as a list of lists."""
    yield json.dumps([list(row) for row in table], ensure_ascii=False, indent=1) + "\n"


def chunks(store: Store, who: Person, what: What, form: Form, wanted: Wanted, language: Language) -> Iterator[str]:
    """An export in a text form, piece by piece. Raises Forbidden."""
    if form == "json":
        yield from (
            reports_json(store, who, wanted)
            if what == "reports"
            else table_json(team_table(store, who, wanted, language))
        )
        return
    yield from csv_lines(table(store, who, what, wanted, language), language)


def table(store: Store, who: Person, what: What, wanted: Wanted, language: Language) -> Iterator[list[Cell]]:
    """The rows of an export with its heading. Raises Forbidden."""
    if what == "team":
        yield from team_table(store, who, wanted, language)
        return
    names = criterion_names(store, who, language)
    yield heading(names.values(), language)
    yield from rows(store, who, wanted, names, language)
