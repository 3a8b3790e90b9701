"""Accounts and teams: who may come in, with which password, as what, and where he belongs."""

import hashlib
import hmac
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from sqlite_utils import Database

from trainer.errors import TrainerError
from trainer.store import Person, Store
from trainer.team import log
from trainer.team.rights import SEEN, check_admin, check_coach, scope
from trainer.texts import LANGUAGES, Language, phrase

AccountRole = Literal["trainee", "coach", "admin"]
ROLES: tuple[AccountRole, ...] = get_args(AccountRole)
SHORTEST, LONGEST = 10, 200
"""Letters of a password; nothing is asked of their kinds."""
LONGEST_LOGIN = 64
LONGEST_NAME = 80
LOGIN_SIGNS = "._-@+"
COST, BLOCKS, LANES = 2**14, 8, 1
SALT = 16
AT_ONCE = threading.BoundedSemaphore(2)
"""A hash takes 16 MB and tens of milliseconds: no more than two at a time, however many knock."""


class AccountError(TrainerError):
    """An account or team cannot be made or changed as asked; the message is a key of ``texts/*/accounts.yaml``."""

    def text(self, language: Language) -> str:
        return phrase(language, f"accounts.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class NewAccount:
    """An account about to be made; ``team`` is a team's number."""

    login: str
    name: str
    role: AccountRole = "trainee"
    language: Language = "ru"
    team: int | None = None


@dataclass(frozen=True)
class Account:
    """A line of the list of people; ``sessions`` are those that have not ended, ``seen`` the last time of any."""

    id: int
    login: str
    name: str
    role: AccountRole
    language: Language
    team: int | None
    team_name: str | None
    created: float | None
    sessions: int
    seen: float | None


@dataclass(frozen=True)
class Team:
    """A team and how many people are in it."""

    id: int
    name: str
    people: int


def hashed(password: str) -> str:
    """A password as it is stored: ``scrypt$cost$salt$hash``."""
    salt = secrets.token_bytes(SALT)
    return f"scrypt${COST}${salt.hex()}${_scrypt(password, salt, COST).hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether a password is the stored one; takes as long for a wrong one as for the right one."""
    _, cost, salt, found = stored.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(found))


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    plain = unicodedata.normalize("NFKC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")
    with AT_ONCE:
        return hashlib.scrypt(plain, salt=salt, n=cost, r=BLOCKS, p=LANES, dklen=32)


NOBODY = f"scrypt${COST}${'00' * SALT}${'00' * 32}"
"""What the password of an unknown login is compared with, so that the time it takes tells nothing."""


def normal_login(login: str) -> str:
    """A login as it is stored and compared: small letters, no spaces around."""
    return unicodedata.normalize("NFKC", login[: LONGEST_LOGIN * 4]).strip().casefold()


def check_password(password: str, login: str) -> None:
    """Raises AccountError for a password that is too short, too long, or the login itself."""
    if len(password) < SHORTEST:
        raise AccountError("password_short", least=SHORTEST, found=len(password))
    if len(password) > LONGEST:
        raise AccountError("password_long", most=LONGEST)
    if normal_login(password) == normal_login(login):
        raise AccountError("password_is_login")


def exist(store: Store) -> bool:
    """Whether anybody has an account; with none the app is in solo mode."""
    with store.tx() as db:
        return bool(list(db.query("select 1 from people where login is not null limit 1")))


def add(store: Store, who: Person | None, new: NewAccount, password: str, now: float) -> Person:
    """Makes an account; ``who`` is ``None`` at the command line. Raises AccountError, Forbidden."""
    if who is not None:
        check_admin(who)
    ready = checked(new)
    check_password(password, ready.login)
    kept = hashed(password)
    with store.tx(write=True) as db:
        id = insert(db, ready, kept, now)
        log.note(db, who, "user_added", f"{ready.login} · {ready.role}", now)
    return store.person(id)


def insert(db: Database, new: NewAccount, kept: str, now: float) -> int:
    """Writes a checked account with its hashed password into an open unit of work; gives its number."""
    if list(db.query("select 1 from people where login = ?", (new.login,))):
        raise AccountError("login_taken", login=new.login)
    if new.team is not None and not list(db.query("select 1 from teams where id = ?", (new.team,))):
        raise AccountError("no_team", name=new.team, known=_known_teams(db))
    sql = "insert into people (name, role, language, login, password, team, created) values (?, ?, ?, ?, ?, ?, ?)"
    row = db.execute(sql, (new.name, new.role, new.language, new.login, kept, new.team, now))
    return int(row.lastrowid or 0)


def checked(new: NewAccount) -> NewAccount:
    """The account with its login in normal form and its name trimmed. Raises AccountError."""
    login, name = normal_login(new.login), " ".join(new.name.split())
    if not 2 <= len(login) <= LONGEST_LOGIN or not all(one.isalnum() or one in LOGIN_SIGNS for one in login):
        raise AccountError("bad_login", login=login[:LONGEST_LOGIN])
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountError("bad_name", most=LONGEST_NAME)
    if new.role not in ROLES:
        raise AccountError("bad_role", role=str(new.role)[:40], known=", ".join(ROLES))
    if new.language not in LANGUAGES:
        raise AccountError("bad_language", value=str(new.language)[:40], known=", ".join(LANGUAGES))
    return NewAccount(login, name, new.role, new.language, new.team)


def by_login(store: Store, login: str) -> Person:
    """Somebody by login. Raises AccountError with the logins there are."""
    with store.tx() as db:
        row = next(iter(db.query("select id from people where login = ?", (normal_login(login),))), None)
        known = [one["login"] for one in db.query("select login from people where login is not null order by login")]
    if row is None:
        raise AccountError("no_login", login=login, known=", ".join(known[:12]) or "—")
    return store.person(int(row["id"]))


def password_of(store: Store, login: str) -> tuple[int | None, str]:
    """The number and stored hash of a login; for an unknown one ``None`` and a hash that nothing matches."""
    with store.tx() as db:
        row = next(iter(db.query("select id, password from people where login = ?", (normal_login(login),))), None)
    return (int(row["id"]), str(row["password"])) if row else (None, NOBODY)


def set_password(store: Store, who: Person | None, id: int, password: str, now: float) -> None:
    """Gives somebody a new password and ends all his sessions; one's own, or anybody's for an admin.

    Raises AccountError, Forbidden.
    """
    if who is not None and who.id != id:
        check_admin(who)
    person = account_of(store, id)
    check_password(password, person.login or "")
    kept = hashed(password)
    with store.tx(write=True) as db:
        db.execute("update people set password = ? where id = ?", (kept, id))
        db.execute("delete from sessions where person = ?", (id,))
        db.execute("delete from failures where login = ?", (person.login,))
        log.note(db, who, "password_changed", person.login or "", now)


def change_own_password(store: Store, who: Person, old: str, new: str, now: float) -> None:
    """Somebody's own password, changed by who knows the old one; all his sessions end. Raises AccountError."""
    _, kept = password_of(store, who.login or "")
    if not matches(old, kept):
        raise AccountError("old_password")
    set_password(store, who, who.id, new, now)


def account_of(store: Store, id: int) -> Person:
    """Somebody with an account, by number. Raises AccountError for a number without one."""
    with store.tx() as db:
        if not list(db.query("select 1 from people where id = ? and login is not null", (id,))):
            raise AccountError("no_account")
    return store.person(id)


def move(store: Store, who: Person, id: int, role: AccountRole, team: int | None, now: float) -> None:
    """Gives somebody a role and a team; his sessions end, for they were given to another role.

    Raises AccountError, Forbidden; the last admin stays one.
    """
    check_admin(who)
    person = account_of(store, id)
    if role not in ROLES:
        raise AccountError("bad_role", role=str(role)[:40], known=", ".join(ROLES))
    with store.tx(write=True) as db:
        if team is not None and not list(db.query("select 1 from teams where id = ?", (team,))):
            raise AccountError("no_team", name=team, known=_known_teams(db))
        if role != "admin":
            _keep_an_admin(db, person)
        db.execute("update people set role = ?, team = ? where id = ?", (role, team, id))
        if role != person.role:
            db.execute("delete from sessions where person = ?", (id,))
        name = next((one["name"] for one in db.query("select name from teams where id = ?", (team,))), "—")
        log.note(db, who, "user_moved", f"{person.login} · {role} · {name}", now)


def remove(store: Store, who: Person | None, id: int, now: float) -> None:
    """Takes an account away with all its calls; the last admin stays. Raises AccountError, Forbidden."""
    if who is not None:
        check_admin(who)
    person = account_of(store, id)
    with store.tx(write=True) as db:
        if who is not None:
            _keep_an_admin(db, person)
        log.note(db, who, "user_removed", person.login or "", now)
        db.execute("delete from people where id = ?", (id,))


def _keep_an_admin(db: Database, person: Person) -> None:
    others = db.query("select 1 from people where role = 'admin' and login is not null and id <> ?", (person.id,))
    if person.role == "admin" and not list(others):
        raise AccountError("last_admin")


def people(store: Store, who: Person | None, now: float) -> tuple[Account, ...]:
    """Everybody with an account whom the asking person may see, by team and name. Raises Forbidden."""
    if who is not None:
        check_coach(who)
    condition, values = (SEEN, scope(who)) if who is not None else ("1", {})
    sql = f"""
        select people.id, login, people.name, role, language, team, teams.name as team_name, created,
               (select count(*) from sessions where person = people.id and expires > :now) as sessions,
               (select max(seen) from sessions where person = people.id) as seen
        from people left join teams on teams.id = people.team
        where login is not null and {condition}
        order by teams.name is null, teams.name, people.name, people.id"""
    with store.tx() as db:
        return tuple(Account(**row) for row in db.query(sql, {**values, "now": now}))


# --- teams


def add_team(store: Store, who: Person | None, name: str, now: float) -> Team:
    """Makes a team. Raises AccountError for a bad or taken name, Forbidden."""
    if who is not None:
        check_admin(who)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountError("bad_team", most=LONGEST_NAME)
    with store.tx(write=True) as db:
        if any(one["name"].casefold() == name.casefold() for one in db.query("select name from teams")):
            raise AccountError("team_taken", name=name)
        id = db.execute("insert into teams (name) values (?)", (name,)).lastrowid
        log.note(db, who, "team_added", name, now)
    return Team(int(id or 0), name, 0)


def teams(store: Store) -> tuple[Team, ...]:
    """All teams by name."""
    sql = """
        select teams.id, teams.name, count(people.id) as people
        from teams left join people on people.team = teams.id group by teams.id order by teams.name"""
    with store.tx() as db:
        return tuple(Team(**row) for row in db.query(sql))


def team_by_name(store: Store, name: str) -> Team:
    """A team by name, whatever the case of its letters. Raises AccountError with the names there are."""
    wanted = " ".join(name.split()).casefold()
    found = teams(store)
    for one in found:
        if one.name.casefold() == wanted:
            return one
    raise AccountError("no_team", name=name, known=", ".join(one.name for one in found) or "—")


def _known_teams(db: Database) -> str:
    return ", ".join(one["name"] for one in db.query("select name from teams order by name")) or "—"
