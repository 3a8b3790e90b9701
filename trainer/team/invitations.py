"""Invitations: a link for one new person, with the role and team he gets; it works once and for a week."""

import secrets
from dataclasses import dataclass

from trainer.store import Person, Store
from trainer.team import accounts, log, sessions
from trainer.team.accounts import AccountError, AccountRole, NewAccount
from trainer.team.rights import check_admin
from trainer.texts import Language

LASTS = 7 * 24 * 3600.0
TOKEN = 24


@dataclass(frozen=True)
class Invitation:
    """What a link that still works brings: a role, and a team or none."""

    role: AccountRole
    team: int | None
    team_name: str | None
    expires: float


def invite(store: Store, who: Person, role: AccountRole, team: int | None, now: float) -> str:
    """A new invitation; gives the token of its link. Raises AccountError, Forbidden."""
    check_admin(who)
    if role not in accounts.ROLES:
        raise AccountError("bad_role", role=str(role)[:40], known=", ".join(accounts.ROLES))
    token = secrets.token_urlsafe(TOKEN)
    with store.tx(write=True) as db:
        if team is not None and not list(db.query("select 1 from teams where id = ?", (team,))):
            raise AccountError("no_team", name=team, known="—")
        sql = "insert into invitations (token, team, role, made_by, expires) values (?, ?, ?, ?, ?)"
        db.execute(sql, (sessions.kept(token), team, role, who.id if who.login else None, now + LASTS))
        log.note(db, who, "invited", role, now)
    return token


def open_invitation(store: Store, token: str, now: float) -> Invitation:
    """What a link brings. Raises AccountError for an unknown, used or old one, all alike."""
    sql = """
        select role, team, teams.name as team_name, expires from invitations left join teams on teams.id = team
        where token = ? and used is null and expires > ?"""
    with store.tx() as db:
        row = next(iter(db.query(sql, (sessions.kept(token), now))), None)
    if row is None:
        raise AccountError("bad_invitation")
    return Invitation(**row)


def accept(store: Store, token: str, name: str, login: str, password: str, language: Language, now: float) -> str:
    """Makes the account of who was invited, uses the link up, and gives the token of his first session.

    Raises AccountError; a link that works stays usable until the account is made.
    """
    found = open_invitation(store, token, now)
    new = accounts.checked(NewAccount(login, name, found.role, language, found.team))
    accounts.check_password(password, new.login)
    hash = accounts.hashed(password)
    with store.tx(write=True) as db:
        used = "update invitations set used = ? where token = ? and used is null and expires > ?"
        if db.execute(used, (now, sessions.kept(token), now)).rowcount == 0:
            raise AccountError("bad_invitation")
        id = accounts.insert(db, new, hash, now)
        who = Person(id, new.name, new.role, new.language, new.login, new.team)
        log.note(db, who, "invitation_accepted", new.login, now)
        return sessions.begin(db, id, now)
