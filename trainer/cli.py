"""Commands: practise, grade, simulate, check, measure agreement, serve; errors become exit codes."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from trainer import sources
from trainer.commands import archive, people
from trainer.commands.spoken import BAD_INPUT, SPEAKS, UNDER, complain, database_file, guarded, option, say
from trainer.errors import InputError
from trainer.texts import LANGUAGES, Language, phrase

if TYPE_CHECKING:
    from trainer.practice.actor import Actor
    from trainer.report import Report
    from trainer.rubric import Rubric
    from trainer.transcript import Transcript

app = typer.Typer(
    help=say("help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


app.add_typer(people.users, name="user")
app.add_typer(people.teams, name="team")
archive.add_commands(app)


# --- serve


@app.command(help=say("serve.help"))
def serve(
    host: Annotated[str, typer.Option(help=option("host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=option("port"))] = 7860,
    database: Annotated[Path | None, typer.Option(help=option("database"))] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help=option("allow_host"))] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help=option("behind_proxy"))] = False,
) -> None:
    def work() -> int:
        from trainer.web.server import serve as run

        names = tuple(allow_host or ())
        file = database_file(database)
        run(host=host, port=port, database=file, language=SPEAKS, allow_hosts=names, behind_proxy=behind_proxy)
        return 0

    guarded(work)


# --- practice and simulate


@app.command(help=say("practice.help"))
def practice(
    persona: Annotated[str, typer.Option(help=option("persona"))] = "tourist",
    language: Annotated[str, typer.Option(help=option("language"))] = SPEAKS,
    difficulty: Annotated[str, typer.Option(help=option("difficulty"))] = "real",
    seed: Annotated[int | None, typer.Option(help=option("seed"))] = None,
    company: Annotated[str | None, typer.Option(help=option("company"))] = None,
    interruptions: Annotated[bool, typer.Option("--interruptions", help=option("interruptions"))] = False,
    client: Annotated[str | None, typer.Option(help=option("client"))] = None,
    save: Annotated[Path | None, typer.Option(help=option("save"))] = None,
) -> None:
    def work() -> int:
        from trainer.definitions import load_persona
        from trainer.terminal import practise

        who, voice = load_persona(persona, company), _voice(client)
        return practise(who, _language(language), _difficulty(difficulty), seed, save, interruptions, voice)

    guarded(work)


@app.command(help=say("simulate.help"))
def simulate(
    persona: Annotated[str, typer.Option(help=option("persona"))],
    seller: Annotated[Path, typer.Option(help=option("seller"))],
    client: Annotated[str, typer.Option(help=option("client"))] = "offline",
    seed: Annotated[int, typer.Option(help=option("seed"))] = 0,
    language: Annotated[str | None, typer.Option(help=option("language"))] = None,
    difficulty: Annotated[str, typer.Option(help=option("difficulty"))] = "real",
    company: Annotated[str | None, typer.Option(help=option("company"))] = None,
    interruptions: Annotated[bool, typer.Option("--interruptions", help=option("interruptions"))] = False,
    trace: Annotated[bool, typer.Option("--trace", help=option("trace"))] = False,
) -> None:
    def work() -> int:
        from trainer.definitions import load_persona
        from trainer.language.text import detect
        from trainer.practice.call import Call

        actor = _voice(client)
        lines = _seller_lines(seller)
        spoken = _language(language) if language else detect(" ".join(line for line in lines if isinstance(line, str)))
        who, hard = load_persona(persona, company), _difficulty(difficulty)
        call = Call.start(who, spoken, seed=seed, difficulty=hard, actor=actor, interrupts=interruptions)
        for line in lines:
            if call.over:
                break
            if isinstance(line, str):
                call.say(line)
            else:
                call.act(line["do"])
        data = call.transcript.model_dump(mode="json")
        if trace:
            data["trace"] = call.trace
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return 0

    guarded(work)


@app.command(help=say("rehearse.help"))
def rehearse(
    persona: Annotated[list[str] | None, typer.Option(help=option("personas"))] = None,
    seller: Annotated[list[str] | None, typer.Option(help=option("manners"))] = None,
    language: Annotated[str | None, typer.Option(help=option("language_both"))] = None,
    difficulty: Annotated[str, typer.Option(help=option("difficulty"))] = "real",
    seeds: Annotated[int, typer.Option(min=1, help=option("seeds"))] = 5,
    graded: Annotated[bool, typer.Option(help=option("graded"))] = True,
    format: Annotated[str, typer.Option(help=option("format_table"))] = "text",
    workers: Annotated[int | None, typer.Option(min=1, help=option("workers"))] = None,
    sellers: Annotated[Path | None, typer.Option(help=option("sellers"))] = None,
    output: Annotated[Path | None, typer.Option(help=option("calls_to"))] = None,
) -> None:
    def work() -> int:
        from trainer.rehearsal.command import Wanted, run

        languages = (_language(language),) if language else LANGUAGES
        wanted = Wanted(tuple(persona or ()), tuple(seller or ()), languages, _difficulty(difficulty), seeds, sellers)
        return run(wanted, graded=graded, format=format, workers=workers, output=output, speaks=SPEAKS)

    guarded(work)


def _voice(client: str | None) -> "Actor":
    """The client's voice that was asked for: offline, or a model's; by default what the settings say."""
    from trainer.models.settings import load_settings
    from trainer.practice.voice import open_voice

    logging.getLogger("trainer").setLevel(logging.CRITICAL)  # the trainee hears a client, not a log; --trace has it all
    return open_voice(load_settings({"model": client}))()


def _seller_lines(path: Path) -> list[str | dict[str, Any]]:
    """What a scripted seller says, and does about an interruption: ``- {do: declined}``."""
    from trainer.definitions import read_yaml
    from trainer.transcript import Action

    lines, _ = read_yaml(path)
    done = [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
    spoken = isinstance(lines, list) and all(isinstance(line, str | dict) for line in lines)
    if not lines or not spoken or any(set(one) != {"do"} or one["do"] not in get_args(Action) for one in done):
        raise InputError("seller_script", file=path, line=1)
    said: list[str | dict[str, Any]] = lines
    return said


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


@app.command(help=say("grade.help"))
def grade(
    files: Annotated[list[str], typer.Argument(help=option("files"), metavar="FILE…")],
    rubric: Annotated[str | None, typer.Option(help=option("rubric"))] = None,
    judge: Annotated[str | None, typer.Option(help=option("judge"))] = None,
    second_judge: Annotated[str | None, typer.Option(help=option("second_judge"))] = None,
    record: Annotated[Path | None, typer.Option(help=option("record"))] = None,
    format: Annotated[str, typer.Option(help=option("format"))] = "text",
    output: Annotated[Path | None, typer.Option(help=option("output"))] = None,
    fail_under: Annotated[float | None, typer.Option(help=option("fail_under"))] = None,
) -> None:
    def work() -> int:
        from trainer.grading.batch import grade_all
        from trainer.render import report_jsonl

        known = ("text", "json", "jsonl", "markdown", "junit", "html")
        if format not in known:
            raise InputError("unknown_value", key="--format", what="format", value=format, known=", ".join(known))
        chosen = _load_rubric(rubric)
        graded: list[tuple[Report, Transcript]] = []
        mistakes: list[InputError] = []
        low = False
        calls = sources.calls(files, chosen, mistakes, SPEAKS)
        with sources.written(output) as put:
            with sources.judging(judge, second_judge, record, SPEAKS) as the_judge:
                for report, transcript in grade_all(calls, the_judge):
                    low = low or (fail_under is not None and (report.score is None or report.score < fail_under))
                    if format == "jsonl":  # one by one, so that ten thousand calls need no more memory than ten
                        put(report_jsonl(report))
                    else:
                        graded.append((report, transcript))
            if format != "jsonl":
                put(sources.rendered(graded, mistakes, format, fail_under, SPEAKS))
        for mistake in mistakes:
            complain(mistake)
        if mistakes:
            return BAD_INPUT
        return UNDER if low else 0

    guarded(work)


def _load_rubric(name: str | None) -> "Rubric | None":
    from trainer.definitions import load_rubric

    return load_rubric(name) if name else None


# --- check


@app.command(help=say("check.help"))
def check(paths: Annotated[list[Path] | None, typer.Argument(help=option("paths"), metavar="PATH…")] = None) -> None:
    def work() -> int:
        from trainer import definitions

        mistakes = 0
        files = [
            file
            for path in paths or [definitions.shipped(name) for name in definitions.FOLDERS]
            for file in _yaml(path)
        ]
        for file in files:
            found = definitions.check(file)
            mistakes += len(found)
            for mistake in found:
                complain(mistake)
            if not found:
                typer.echo(say("check.good", file=file))
        return BAD_INPUT if mistakes else 0

    guarded(work)


@app.command("new-persona", help=say("new_persona.help"))
def new_persona(
    id: Annotated[str, typer.Argument(help=option("new_id"))],
    output: Annotated[Path | None, typer.Option(help=option("new_output"))] = None,
) -> None:
    def work() -> int:
        from trainer.definitions import start_persona

        path = start_persona(id, output or Path(f"{id}.yaml"), SPEAKS)
        typer.echo(say("new_persona.made", file=path))
        return 0

    guarded(work)


def _yaml(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    if not path.exists():
        raise InputError("not_found_file", name=path)
    return [path]


# --- agreement


@app.command(help=say("agreement.help"))
def agreement(
    files: Annotated[list[str], typer.Argument(help=option("gold"), metavar="GOLD.jsonl…")],
    judge: Annotated[str | None, typer.Option(help=option("judge"))] = None,
    record: Annotated[Path | None, typer.Option(help=option("record"))] = None,
    format: Annotated[str, typer.Option(help=option("format_table"))] = "text",
    fail_under: Annotated[float | None, typer.Option(help=option("fail_under_accuracy"))] = None,
) -> None:
    def work() -> int:
        from trainer.grading.agreement import agree
        from trainer.grading.batch import grade_all
        from trainer.grading.tables import agreement_json, agreement_text

        if format not in ("text", "json"):
            raise InputError("unknown_value", key="--format", what="format", value=format, known="text, json")
        labels: list[dict[str, str]] = []
        mistakes: list[InputError] = []
        with sources.judging(judge, None, record, SPEAKS) as the_judge:
            graded = grade_all(sources.labelled(files, labels, mistakes), the_judge)
            reports = [report for report, _ in graded]
        for mistake in mistakes:
            complain(mistake)
        result = agree(list(zip(labels, reports, strict=True)))
        typer.echo(agreement_json(result) if format == "json" else agreement_text(result, SPEAKS))
        if mistakes:
            return BAD_INPUT
        return UNDER if fail_under is not None and result.accuracy * 100 < fail_under else 0

    guarded(work)


# --- doctor


@app.command(help=say("doctor.help"))
def doctor(
    model: Annotated[str | None, typer.Option(help=option("model"))] = None,
) -> None:
    def work() -> int:
        from trainer.models.doctor import configured, examine, names_of
        from trainer.models.settings import load_settings, settings_file

        logging.getLogger("trainer.models").setLevel(logging.ERROR)  # each cause is shown below
        settings = load_settings({"model": model})
        for line in configured(settings, settings_file(os.environ), SPEAKS):
            typer.echo(line)
        names = names_of(settings)
        well = True
        for name in names:
            for good, line in examine(name, settings, SPEAKS):
                well = well and good
                typer.echo(("  " if good else "! ") + line)
        typer.echo(phrase(SPEAKS, "models.doctor.fine" if names and well else "models.doctor.nothing") if well else "")
        return 0 if well else UNDER

    guarded(work)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    app()
