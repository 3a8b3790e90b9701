"""Accounts and teams at the command line: ``trainer user …`` and ``trainer team …``."""

import getpass
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from trainer.commands.spoken import SPEAKS, database_file, guarded, option
from trainer.texts import Language, phrase, room

if TYPE_CHECKING:
    from trainer.store import Store
    from trainer.team.accounts import AccountRole


def _say(key: str, **values: object) -> str:
    return phrase(SPEAKS, f"accounts.cli.{key}", **values)


users = typer.Typer(help=_say("user"), no_args_is_help=True, rich_markup_mode=None)
teams = typer.Typer(help=_say("team"), no_args_is_help=True, rich_markup_mode=None)

Login = Annotated[str, typer.Argument(help=_say("login"))]
Database = Annotated[Path | None, typer.Option(help=option("database"))]


def _store(database: Path | None) -> "Store":
    from trainer.store import Store

    store = Store(database_file(database))
    store.migrate()
    return store


def _password() -> str:
    """A password typed twice without being shown, or the first line of standard input where nobody types.

    Raises AccountError where the two differ.
    """
    from trainer.team.accounts import SHORTEST, AccountError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass(_say("ask", least=SHORTEST))
    if typed != getpass.getpass(_say("ask_again")):
        raise AccountError("passwords_differ")
    return typed


@users.command("add", help=_say("user_add"))
def add_user(
    login: Login,
    name: Annotated[str | None, typer.Option(help=_say("name"))] = None,
    role: Annotated[str, typer.Option(help=_say("role"))] = "trainee",
    team: Annotated[str | None, typer.Option(help=_say("of_team"))] = None,
    language: Annotated[str, typer.Option(help=_say("spoken"))] = SPEAKS,
    database: Database = None,
) -> None:
    def work() -> int:
        from trainer.team import accounts

        store = _store(database)
        of_team = accounts.team_by_name(store, team).id if team else None
        spoken, as_role = cast(Language, language), cast("AccountRole", role)
        new = accounts.checked(accounts.NewAccount(login, name or login, as_role, spoken, of_team))
        first = not accounts.exist(store)
        made = accounts.add(store, None, new, _password(), time.time())
        typer.echo(_say("added", login=made.login, role=phrase(SPEAKS, f"accounts.roles.{made.role}")))
        if first:
            typer.echo(_say("first_admin") if made.role == "admin" else _say("no_admin"))
        return 0

    guarded(work)


@users.command("passwd", help=_say("user_passwd"))
def change_password(login: Login, database: Database = None) -> None:
    def work() -> int:
        from trainer.team import accounts

        store = _store(database)
        person = accounts.by_login(store, login)
        accounts.set_password(store, None, person.id, _password(), time.time())
        typer.echo(_say("changed", login=person.login))
        return 0

    guarded(work)


@users.command("list", help=_say("user_list"))
def list_users(database: Database = None) -> None:
    def work() -> int:
        from trainer.team import accounts

        found = accounts.people(_store(database), None, time.time())
        if not found:
            typer.echo(_say("nobody"))
            return 0
        rows = [
            [one.login, one.name, phrase(SPEAKS, f"accounts.roles.{one.role}"), one.team_name or "—",
             f"{datetime.fromtimestamp(one.seen):%Y-%m-%d %H:%M}" if one.seen else _say("never")]
            for one in found
        ]  # fmt: skip
        _print_table("columns", rows)
        return 0

    guarded(work)


@users.command("remove", help=_say("user_remove"))
def remove_user(
    login: Login,
    yes: Annotated[bool, typer.Option("--yes", help=_say("yes"))] = False,
    database: Database = None,
) -> None:
    def work() -> int:
        from trainer.team import accounts

        store = _store(database)
        person = accounts.by_login(store, login)
        if not yes:
            with store.tx() as db:
                row = next(iter(db.query("select count(*) as n from calls where owner = ?", (person.id,))))
            typer.echo(_say("sure", login=person.login, name=person.name, calls=row["n"]), nl=False)
            if sys.stdin.readline().strip().casefold() not in ("y", "yes", "д", "да"):
                typer.echo(_say("kept"))
                return 1
        accounts.remove(store, None, person.id, time.time())
        typer.echo(_say("removed", login=person.login))
        if not accounts.exist(store):
            typer.echo(_say("solo"))
        return 0

    guarded(work)


@teams.command("add", help=_say("team_add"))
def add_team(name: Annotated[str, typer.Argument(help=_say("team_name"))], database: Database = None) -> None:
    def work() -> int:
        from trainer.team import accounts

        typer.echo(_say("team_added", name=accounts.add_team(_store(database), None, name, time.time()).name))
        return 0

    guarded(work)


@teams.command("list", help=_say("team_list"))
def list_teams(database: Database = None) -> None:
    def work() -> int:
        from trainer.team import accounts

        found = accounts.teams(_store(database))
        if not found:
            typer.echo(_say("no_teams"))
            return 0
        _print_table("team_columns", [[one.name, str(one.people)] for one in found])
        return 0

    guarded(work)


def _print_table(columns: str, rows: list[list[str]]) -> None:
    names: list[str] = room(SPEAKS, "accounts")["cli"][columns]
    widths = [max(len(row[n]) for row in [names, *rows]) for n in range(len(names))]
    for row in [names, *rows]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
