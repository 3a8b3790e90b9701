"""Commands: practise, grade, simulate, check, measure agreement, serve; errors become exit codes."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainer.errors import InputError, NotFound, TrainerError
from trainer.texts import LANGUAGES, Language, phrase

if TYPE_CHECKING:
    from trainer.grading.judges import Judge
    from trainer.readers import Record
    from trainer.report import Report
    from trainer.rubric import Rubric
    from trainer.transcript import Transcript

BAD_INPUT = 2
UNDER = 1


def _speaks() -> Language:
    """The language of help and messages: ``TRAINER_LANG``, else that of the system, else English."""
    wanted = os.environ.get("TRAINER_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "ru" if wanted.lower().startswith("ru") else "en"


SPEAKS = _speaks()


def _say(key: str, **values: object) -> str:
    return phrase(SPEAKS, f"cli.{key}", **values)


def _option(key: str) -> str:
    return _say(f"options.{key}")


app = typer.Typer(
    help=_say("help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


def data_folder() -> Path:
    """Where a user's calls live: ``TRAINER_DATA``, else the system's place for a program's data."""
    given = os.environ.get("TRAINER_DATA")
    if given:
        return Path(given)
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "zvonok"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "zvonok"


def _complain(error: TrainerError) -> None:
    typer.echo(error.text(SPEAKS), err=True)


def _guarded(work: Callable[[], int]) -> None:
    """Runs a command's work; a mistake a person can act on becomes its message and exit 2."""
    try:
        code = work()
    except TrainerError as error:
        _complain(error)
        raise typer.Exit(BAD_INPUT) from error
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    raise typer.Exit(code)


# --- serve


@app.command(help=_say("serve.help"))
def serve(
    host: Annotated[str, typer.Option(help=_option("host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_option("port"))] = 7860,
    database: Annotated[Path | None, typer.Option(help=_option("database"))] = None,
) -> None:
    def work() -> int:
        from trainer.web.server import serve as run

        run(host=host, port=port, database=database or data_folder() / "zvonok.db", language=SPEAKS)
        return 0

    _guarded(work)


# --- practice and simulate


@app.command(help=_say("practice.help"))
def practice(
    persona: Annotated[str, typer.Option(help=_option("persona"))] = "tourist",
    language: Annotated[str, typer.Option(help=_option("language"))] = SPEAKS,
    difficulty: Annotated[str, typer.Option(help=_option("difficulty"))] = "real",
    seed: Annotated[int | None, typer.Option(help=_option("seed"))] = None,
    save: Annotated[Path | None, typer.Option(help=_option("save"))] = None,
) -> None:
    def work() -> int:
        from trainer.terminal import practise

        return practise(persona, _language(language), _difficulty(difficulty), seed, save)

    _guarded(work)


@app.command(help=_say("simulate.help"))
def simulate(
    persona: Annotated[str, typer.Option(help=_option("persona"))],
    seller: Annotated[Path, typer.Option(help=_option("seller"))],
    client: Annotated[str, typer.Option(help=_option("client"))] = "offline",
    seed: Annotated[int, typer.Option(help=_option("seed"))] = 0,
    language: Annotated[str | None, typer.Option(help=_option("language"))] = None,
    difficulty: Annotated[str, typer.Option(help=_option("difficulty"))] = "real",
    trace: Annotated[bool, typer.Option("--trace", help=_option("trace"))] = False,
) -> None:
    def work() -> int:
        from trainer.definitions import load_persona
        from trainer.language.text import detect
        from trainer.practice.call import Call

        if client != "offline":
            raise NotFound("client", client, ["offline"])
        lines = _seller_lines(seller)
        spoken = _language(language) if language else detect(" ".join(lines))
        call = Call.start(load_persona(persona), spoken, seed=seed, difficulty=_difficulty(difficulty))
        for line in lines:
            if call.over:
                break
            call.say(line)
        data = call.transcript.model_dump(mode="json")
        if trace:
            data["trace"] = call.trace
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return 0

    _guarded(work)


def _seller_lines(path: Path) -> list[str]:
    from trainer.definitions import read_yaml

    lines, _ = read_yaml(path)
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        raise InputError("seller_script", file=path, line=1)
    return lines


def _language(name: str) -> Language:
    for language in LANGUAGES:
        if name == language:
            return language
    raise InputError("unknown_value", key="--language", what="language", value=name, known=", ".join(LANGUAGES))


def _difficulty(name: str) -> Any:
    known = ("gentle", "real", "hard")
    if name not in known:
        raise InputError("unknown_value", key="--difficulty", what="difficulty", value=name, known=", ".join(known))
    return name


# --- grade


@app.command(help=_say("grade.help"))
def grade(
    files: Annotated[list[str], typer.Argument(help=_option("files"), metavar="FILE…")],
    rubric: Annotated[str | None, typer.Option(help=_option("rubric"))] = None,
    judge: Annotated[str, typer.Option(help=_option("judge"))] = "rules",
    format: Annotated[str, typer.Option(help=_option("format"))] = "text",
    output: Annotated[Path | None, typer.Option(help=_option("output"))] = None,
    fail_under: Annotated[float | None, typer.Option(help=_option("fail_under"))] = None,
) -> None:
    def work() -> int:
        known = ("text", "json", "jsonl", "markdown", "junit", "html")
        if format not in known:
            raise InputError("unknown_value", key="--format", what="format", value=format, known=", ".join(known))
        chosen = _load_rubric(rubric)
        the_judge = _judge(judge)
        graded: list[tuple[Report, Transcript]] = []
        mistakes: list[InputError] = []
        for record in _records(files):
            if record.error or record.transcript is None:
                mistakes.append(record.error or InputError("empty", file=record.file))
                continue
            graded.append(_grade_one(record.transcript, chosen, the_judge))
        _write(_rendered(graded, mistakes, format, fail_under), output)
        for mistake in mistakes:
            _complain(mistake)
        if mistakes:
            return BAD_INPUT
        low = fail_under is not None and any(r.score is None or r.score < fail_under for r, _ in graded)
        return UNDER if low else 0

    _guarded(work)


def _load_rubric(name: str | None) -> "Rubric | None":
    from trainer.definitions import load_rubric

    return load_rubric(name) if name else None


def _judge(name: str) -> "Judge":
    from trainer.grading.rules import RulesJudge

    if name != "rules":
        raise NotFound("judge", name, ["rules"])
    return RulesJudge()


def _records(files: list[str]) -> "Iterator[Record]":
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


def _grade_one(transcript: "Transcript", rubric: "Rubric | None", judge: "Judge") -> "tuple[Report, Transcript]":
    from trainer.definitions import rubrics
    from trainer.grading.grader import grade
    from trainer.rubric import choose

    if rubric:
        transcript = transcript.model_copy(update={"call": rubric.known_facts(transcript.call)})
    elif transcript.call.purpose is None:
        typer.echo(_say("grade.purpose_unknown", id=transcript.id), err=True)
    return grade(transcript, rubric or choose(rubrics(), transcript.call), judge), transcript


def _names(reports: "list[Report]") -> dict[str, dict[str, str]]:
    """Names of criteria by rubric, each in its report's language."""
    from trainer.definitions import criteria

    return {
        report.rubric: {name: one["name"][report.language] for name, one in criteria().items()} for report in reports
    }


def _rendered(
    graded: "list[tuple[Report, Transcript]]", mistakes: list[InputError], format: str, fail_under: float | None
) -> str:
    from trainer import render

    reports = [report for report, _ in graded]
    names = _names(reports)
    if format == "json":
        return render.reports_json(reports)
    if format == "jsonl":
        return "\n".join(render.report_jsonl(report) for report in reports)
    if format == "junit":
        return render.junit(reports, names, fail_under, [mistake.text(SPEAKS) for mistake in mistakes])
    if format == "html":
        return render.report_html(
            [(r, t, names[r.rubric]) for r, t in graded], reports[0].language if reports else SPEAKS
        )
    shown = render.report_markdown if format == "markdown" else render.report_text
    return "\n\n".join(shown(report, names[report.rubric]) for report in reports)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError("cannot_write", file=output, cause=error.strerror or error) from error


# --- check


@app.command(help=_say("check.help"))
def check(paths: Annotated[list[Path] | None, typer.Argument(help=_option("paths"), metavar="PATH…")] = None) -> None:
    def work() -> int:
        from trainer import definitions

        mistakes = 0
        files = [
            file
            for path in paths or [definitions.shipped("personas"), definitions.shipped("rubrics")]
            for file in _yaml(path)
        ]
        for file in files:
            found = definitions.check(file)
            mistakes += len(found)
            for mistake in found:
                _complain(mistake)
            if not found:
                typer.echo(_say("check.good", file=file))
        return BAD_INPUT if mistakes else 0

    _guarded(work)


def _yaml(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    if not path.exists():
        raise InputError("not_found_file", name=path)
    return [path]


# --- agreement


@app.command(help=_say("agreement.help"))
def agreement(
    files: Annotated[list[str], typer.Argument(help=_option("gold"), metavar="GOLD.jsonl…")],
    judge: Annotated[str, typer.Option(help=_option("judge"))] = "rules",
    format: Annotated[str, typer.Option(help=_option("format_table"))] = "text",
    fail_under: Annotated[float | None, typer.Option(help=_option("fail_under_accuracy"))] = None,
) -> None:
    def work() -> int:
        from trainer.grading.agreement import agree, read_gold
        from trainer.grading.tables import agreement_json, agreement_text

        if format not in ("text", "json"):
            raise InputError("unknown_value", key="--format", what="format", value=format, known="text, json")
        the_judge = _judge(judge)
        pairs = []
        mistakes = 0
        for record in _records(files):
            try:
                if record.error or record.transcript is None:
                    raise record.error or InputError("empty", file=record.file)
                labels = read_gold(record.gold, record.file, record.line)
                pairs.append((labels, _grade_one(record.transcript, None, the_judge)[0]))
            except InputError as error:
                mistakes += 1
                _complain(error)
        result = agree(pairs)
        typer.echo(agreement_json(result) if format == "json" else agreement_text(result, SPEAKS))
        if mistakes:
            return BAD_INPUT
        return UNDER if fail_under is not None and result.accuracy * 100 < fail_under else 0

    _guarded(work)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    app()
