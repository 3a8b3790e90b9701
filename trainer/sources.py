"""What the commands that grade share: transcripts and judges by name, the report rendered and written."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from trainer.errors import InputError
from trainer.texts import Language, phrase

if TYPE_CHECKING:
    from trainer.grading.judges import Judge
    from trainer.readers import Record
    from trainer.report import Report
    from trainer.rubric import Rubric
    from trainer.transcript import Transcript

STOPPED = 130
"""The exit code after Ctrl-C."""


@contextmanager
def judging(name: str | None, second: str | None, record: Path | None, language: Language) -> "Iterator[Judge]":
    """The judge that was asked for; in the end, and on Ctrl-C, what asking models came to is said."""
    from trainer.grading.opened import open_judge
    from trainer.models.settings import load_settings
    from trainer.models.usage import Usage

    logging.getLogger("trainer.models").setLevel(logging.CRITICAL)  # the last cause is said with the bill
    usage = Usage()
    judge = open_judge(load_settings({"judge": name, "second_judge": second}), record=record, usage=usage)
    try:
        yield judge
    except KeyboardInterrupt as stop:
        typer.echo(phrase(language, "cli.grade.stopped") if usage.asked else "", err=True)
        raise typer.Exit(STOPPED) from stop
    finally:
        if usage.asked or usage.stored or usage.failed:
            typer.echo(usage.text(language), err=True)


def calls(
    files: list[str], rubric: "Rubric | None", mistakes: list[InputError], language: Language
) -> "Iterator[tuple[Transcript, Rubric]]":
    """Every readable call with the rubric it is graded by; the mistakes of the others are added to the list."""
    from trainer.definitions import rubrics
    from trainer.rubric import choose

    for record in records(files):
        transcript = record.transcript
        if record.error or transcript is None:
            mistakes.append(record.error or InputError("empty", file=record.file))
            continue
        if rubric:
            transcript = transcript.model_copy(update={"call": rubric.known_facts(transcript.call)})
        elif transcript.call.purpose is None:
            typer.echo(phrase(language, "cli.grade.purpose_unknown", id=transcript.id), err=True)
        yield transcript, rubric or choose(rubrics(), transcript.call)


def records(files: list[str]) -> "Iterator[Record]":
    """Every transcript named on the command line: files, folders, ``-`` for stdin."""
    from trainer.readers import Record, read_bytes, read_file, read_folder
    from trainer.readers.limits import FILE_BYTES

    for name in files:
        path = Path(name)
        if name == "-":
            yield from read_bytes(sys.stdin.buffer.read(FILE_BYTES + 1))
        elif path.is_dir():
            yield from read_folder(path)
        elif path.exists():
            yield from read_file(path)
        else:
            yield Record(name, 0, error=InputError("not_found_file", file=None, name=name))


def _names(reports: "list[Report]") -> dict[str, dict[str, str]]:
    """Names of criteria by rubric, each in its report's language."""
    from trainer.definitions import criteria

    return {
        report.rubric: {name: one["name"][report.language] for name, one in criteria().items()} for report in reports
    }


def rendered(
    graded: "list[tuple[Report, Transcript]]",
    mistakes: list[InputError],
    format: str,
    fail_under: float | None,
    language: Language,
) -> str:
    """The reports in one of the formats; ``language`` is for what stands around them."""
    from trainer import render

    reports = [report for report, _ in graded]
    names = _names(reports)
    if format == "json":
        return render.reports_json(reports)
    if format == "junit":
        return render.junit(reports, names, fail_under, [mistake.text(language) for mistake in mistakes])
    if format == "html":
        shown_in = reports[0].language if reports else language
        return render.report_html([(r, t, names[r.rubric]) for r, t in graded], shown_in)
    shown = render.report_markdown if format == "markdown" else render.report_text
    return "\n\n".join(shown(report, names[report.rubric]) for report in reports)


@contextmanager
def written(output: Path | None) -> "Iterator[Callable[[str], None]]":
    """A way to write texts one after the other, each on lines of its own; the file is made with the first of them."""
    opened: list[TextIO] = []

    def put(text: str) -> None:
        if output is None:
            typer.echo(text)
            return
        try:
            if not opened:
                opened.append(output.open("w", encoding="utf-8"))
            opened[0].write(text + "\n")
            opened[0].flush()
        except OSError as error:
            raise InputError("cannot_write", file=output, cause=error.strerror or error) from error

    try:
        yield put
    finally:
        for file in opened:
            file.close()


def labelled(
    files: list[str], labels: list[dict[str, str]], mistakes: list[InputError]
) -> "Iterator[tuple[Transcript, Rubric]]":
    """Every labelled call with its rubric; its labels and the mistakes of the others are added to the lists."""
    from trainer.definitions import rubrics
    from trainer.grading.agreement import read_gold
    from trainer.rubric import choose

    for record in records(files):
        try:
            if record.error or record.transcript is None:
                raise record.error or InputError("empty", file=record.file)
            labels.append(read_gold(record.gold, record.file, record.line))
            yield record.transcript, choose(rubrics(), record.transcript.call)
        except InputError as error:
            mistakes.append(error)
