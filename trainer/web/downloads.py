"""What is handed out as a file: a call's report with what people said on it and the hints taken, its transcript."""

from trainer.errors import NotFound
from trainer.render import Beside, report_html, report_json, report_markdown
from trainer.report import Report
from trainer.team.reviews import Dispute
from trainer.texts import Language, phrase, room
from trainer.transcript import Transcript, Turn
from trainer.web import remarks
from trainer.web.handlers import Desk, Review, criterion_names, local_moment, review

LONGEST_LINE = 60
"""Letters of a line that a remark belongs to; the whole of it stands in the transcript above."""


def download(desk: Desk, owner: int, id: str, form: str) -> tuple[str, str, str]:
    """``(file name, media type, text)`` of a report or transcript. Raises NotFound, StoreError."""
    if form == "transcript.json":
        transcript = Transcript.model_validate(desk.store.load_call(id, owner).transcript)
        return f"zvonok-{id}-transcript.json", "application/json", transcript.model_dump_json(indent=2)
    found = review(desk, owner, id)
    if found.report is None:
        raise NotFound("call", id, ())
    spoken = found.report.language
    names = criterion_names(found.rubric, spoken)
    if form == "report.json":
        return f"zvonok-{id}.json", "application/json", report_json(found.report)
    said = beside(found, found.report, spoken)
    if form == "report.md":
        return f"zvonok-{id}.md", "text/markdown", report_markdown(found.report, names, said)
    if form == "report.html":
        page = report_html([(found.report, found.transcript, names)], spoken, said)
        return f"zvonok-{id}.html", "text/html", page
    raise NotFound("call", form, ())


def beside(found: Review, report: Report, language: Language) -> Beside:
    """What its owner reads on his page beside the report: corrections, answers, remarks, and the hints he took."""
    head = (graded_by(found, language), _checked(found, language))
    said = {one.id: tuple(_on(found, one.id, language)) for one in report.criteria}
    texts = room(language, "reviews")["downloaded"]
    lists = ((str(texts["remarks"]), _remarks(found, language)), (str(texts["hints"]), _hints(found, language)))
    return Beside(tuple(one for one in head if one), said, tuple((title, rows) for title, rows in lists if rows))


def graded_by(found: Review, language: Language) -> str:
    """Which version of which own rubric graded a call; empty for a shipped one."""
    if found.version is None or found.rubric is None:
        return ""
    return phrase(language, "materials.graded_by", name=found.rubric.name[language], number=found.version)


def _checked(found: Review, language: Language) -> str:
    checked = found.notes.checked
    if checked is None:
        return ""
    name = checked.name or phrase(language, "reviews.trainee.coach")
    return phrase(language, "reviews.trainee.checked", name=name, when=dated(checked.at, language))


def _on(found: Review, criterion: str, language: Language) -> list[str]:
    """The newest correction of a verdict beside the machine's, with its reason; then the dispute and its answer."""
    lines = []
    newest = found.notes.correction(criterion)
    if newest is not None:
        change = remarks.in_words(newest, newest.at, language)
        key = "changed" if change.differs else "agreed"
        told = phrase(language, f"reviews.trainee.{key}", name=change.name, before=change.before, after=change.after)
        lines.append(f"{told} {change.reason} ({dated(newest.at, language)})")
    dispute = found.notes.disputes.get(criterion)
    return lines if dispute is None else [*lines, *_dispute(dispute, language)]


def _dispute(one: Dispute, language: Language) -> list[str]:
    texts = room(language, "reviews")["trainee"]
    lines = [f"{texts['disputed']}: {one.reason} {texts['states'][one.state]}"]
    if one.answer:
        lines.append(f"{texts['answer'].format(name=one.name or texts['coach'])}: {one.answer}")
    return lines


def _remarks(found: Review, language: Language) -> tuple[str, ...]:
    coach = phrase(language, "reviews.trainee.coach")
    return tuple(
        f"#{one.turn} «{_line(found.transcript, one.turn)}» — {one.name or coach}: {one.text}"
        for one in found.notes.remarks
    )


def _line(transcript: Transcript, number: int) -> str:
    turn = transcript.turns[number] if 0 <= number < len(transcript.turns) else None
    text = turn.text if isinstance(turn, Turn) else ""
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE].rsplit(' ', 1)[0]} …"


def _hints(found: Review, language: Language) -> tuple[str, ...]:
    steps = room(language, "trainee")["steps"]
    return tuple(f"#{one.turn} {steps[one.hint]['tell'] if one.hint in steps else one.hint}" for one in found.hints)


def dated(seconds: float, language: Language) -> str:
    """A moment that is still understood years later: with its year."""
    then = local_moment(seconds)
    month = room(language, "web")["moments"]["months"][then.month - 1]
    values = {"day": then.day, "month": month, "year": then.year, "time": f"{then:%H:%M}"}
    return phrase(language, "web.moments.dated", **values)
