"""The database at the command line: ``trainer backup``, ``restore``, ``forget``; ``import`` of a folder of calls."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from trainer import sources
from trainer.commands.spoken import BAD_INPUT, SPEAKS, database_file, guarded, option
from trainer.errors import InputError
from trainer.texts import phrase


def _say(key: str, **values: object) -> str:
    return phrase(SPEAKS, f"archive.cli.{key}", **values)


Database = Annotated[Path | None, typer.Option(help=option("database"))]
Force = Annotated[bool, typer.Option("--force", help=_say("force"))]


def backup(
    file: Annotated[Path, typer.Argument(help=_say("file"))], force: Force = False, database: Database = None
) -> None:
    def work() -> int:
        from trainer.team import archive

        made = archive.back_up(database_file(database), file, force=force)
        typer.echo(_say("backed_up", path=made.path, calls=made.calls, people=made.people, size=_megabytes(made.size)))
        return 0

    guarded(work)


def restore(
    file: Annotated[Path, typer.Argument(help=_say("file"))], force: Force = False, database: Database = None
) -> None:
    def work() -> int:
        from trainer.team import archive

        found, kept = archive.restore(file, database_file(database), time.time(), force=force)
        typer.echo(_say("restored", calls=found.calls, people=found.people))
        if kept is not None:
            typer.echo(_say("kept", path=kept))
        return 0

    guarded(work)


def forget(
    login: Annotated[str, typer.Argument(help=_say("login"))],
    yes: Annotated[bool, typer.Option("--yes", help=_say("unasked"))] = False,
    database: Database = None,
) -> None:
    def work() -> int:
        from trainer.store import Store
        from trainer.team import archive

        store = Store(database_file(database))
        store.migrate()
        archive.person_by_login(store, login)
        if not yes and not typer.confirm(_say("sure", login=login)):
            return BAD_INPUT
        gone = archive.forget(store, login, time.time())
        typer.echo(_say("forgotten", calls=gone.calls))
        typer.echo(_say("unsaid", texts=gone.texts, verdicts=gone.verdicts))
        typer.echo(_say("copies"))
        for path in gone.older:
            typer.echo(_say("older", path=path))
        return 0

    guarded(work)


def import_folder(
    folder: Annotated[Path, typer.Argument(help=_say("folder"))],
    person: Annotated[str, typer.Option(help=_say("person"))],
    rubric: Annotated[str, typer.Option(help=_say("rubric"))] = "",
    judge: Annotated[str | None, typer.Option(help=option("judge"))] = None,
    database: Database = None,
) -> None:
    def work() -> int:
        from trainer.store import Person, Store
        from trainer.team import archive, imports, intake, unpacked

        store = Store(database_file(database))
        store.migrate()
        owner = archive.person_by_login(store, person)
        everybody = Person(owner, person, "admin", SPEAKS, person)
        id = intake.take_in(store, everybody, unpacked.opened(_files(folder)), time.time())
        sides = {one.label: one.side for one in intake.speakers(store, everybody, id) if one.side is not None}
        intake.begin(store, everybody, id, sides, owner, rubric, time.time())
        with sources.judging(judge, None, None, SPEAKS) as the_judge:
            while imports.step(store, lambda: the_judge, time.time, id):
                found = intake.found(store, everybody, id)
                typer.echo(_say("graded", done=found.total - found.waiting, total=found.total), err=True)
        found = intake.found(store, everybody, id)
        for one in found.doubtful:
            typer.echo(f"{one.name}: {one.reason[SPEAKS].removeprefix(f'{one.name}: ')}", err=True)
        typer.echo(_say("imported", count=found.imported, doubtful=len(found.doubtful)))
        return BAD_INPUT if found.doubtful else 0

    guarded(work)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a folder, or the one file that was named, with their names inside it."""
    if not folder.exists():
        raise InputError("not_found_file", name=folder)
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            try:
                yield path.name, path.read_bytes()
            except OSError as error:
                raise InputError("unreadable", file=path, cause=error.strerror or error) from error


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def add_commands(app: typer.Typer) -> None:
    """Adds the four commands to the program's."""
    app.command("backup", help=_say("backup"))(backup)
    app.command("restore", help=_say("restore"))(restore)
    app.command("forget", help=_say("forget"))(forget)
    app.command("import", help=_say("import"))(import_folder)
