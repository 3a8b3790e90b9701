"""Sessions: signing in and out, how long one lasts, and what happens to who guesses passwords."""

import hashlib
import secrets

from sqlite_utils import Database

from trainer.errors import TrainerError
from trainer.store import Person, Store
from trainer.team import accounts, log
from trainer.team.rights import check_admin
from trainer.texts import Language, phrase

IDLE = 12 * 3600.0
LONGEST = 14 * 24 * 3600.0
SEEN_EVERY = 60.0
"""Seconds between two notes of when a session was last used: not every click is a write."""
WINDOW = 15 * 60.0
BY_LOGIN = 5
BY_ADDRESS = 30
TOKEN = 32
FAILURES = """
    select (select count(*) from failures where login = :login and at > :since) as mine,
           (select count(*) from failures where address = :address and at > :since) as theirs"""


class SignInRefused(TrainerError):
    """Nobody was signed in: ``wrong`` or ``locked``; neither tells whether there is such a login."""

    def text(self, language: Language) -> str:
        return phrase(language, f"accounts.sign_in.{self.message}", **self.values)


def kept(token: str) -> str:
    """What is stored of a token: its SHA-256, so that who reads the database cannot come in with it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign_in(store: Store, login: str, password: str, address: str, now: float) -> str:
    """A new session's token for a login and its password; ``address`` is where the request came from.

    Five failures of a login, or thirty of an address, within 15 minutes lock it until they are 15 minutes old.
    Raises SignInRefused.
    """
    login = accounts.normal_login(login)[: accounts.LONGEST_LOGIN]
    attempt = _count(store, login, address, now)
    id, stored = accounts.password_of(store, login)
    if not accounts.matches(password, stored) or id is None:
        with store.tx(write=True) as db:
            failed = next(iter(db.query("select count(*) as n from failures where login = ?", (login,))))["n"]
            log.note(db, None, "locked" if failed >= BY_LOGIN else "sign_in_failed", address, now, login=login)
        raise SignInRefused("wrong")
    with store.tx(write=True) as db:
        db.execute("delete from failures where login = ? or rowid = ?", (login, attempt))
        token = begin(db, id, now)
        log.note(db, store.person(id), "signed_in", address, now)
    return token


def _count(store: Store, login: str, address: str, now: float) -> int:
    """Counts an attempt as failed before the password is looked at, so that many at once cannot slip through."""
    with store.tx() as db:  # who is locked out takes no write lock from those who work
        _check_failures(db, login, address, now)
    with store.tx(write=True) as db:
        db.execute("delete from failures where at <= ?", (now - WINDOW,))
        _check_failures(db, login, address, now)
        done = db.execute("insert into failures (login, address, at) values (?, ?, ?)", (login, address, now))
        return int(done.lastrowid or 0)


def _check_failures(db: Database, login: str, address: str, now: float) -> None:
    values = {"login": login, "address": address, "since": now - WINDOW}
    row = next(iter(db.query(FAILURES, values)))
    if row["mine"] >= BY_LOGIN or row["theirs"] >= BY_ADDRESS:
        raise SignInRefused("locked", minutes=int(WINDOW // 60))


def begin(db: Database, person: int, now: float) -> str:
    """A new session in an open unit of work; gives its token. Sessions that have ended are swept away."""
    token = secrets.token_urlsafe(TOKEN)
    db.execute("delete from sessions where expires <= ? or seen <= ?", (now, now - IDLE))
    sql = "insert into sessions (token, person, started, seen, expires) values (?, ?, ?, ?, ?)"
    db.execute(sql, (kept(token), person, now, now, now + LONGEST))
    return token


def person_of(store: Store, token: str, now: float) -> Person | None:
    """Whose session a token is; ``None`` for an unknown, ended or forged one."""
    sql = """
        select people.id, name, role, language, login, team, seen from sessions join people on people.id = person
        where token = ? and expires > ? and seen > ? and login is not null"""
    key = kept(token)
    with store.tx() as db:
        row = next(iter(db.query(sql, (key, now, now - IDLE))), None)
    if row is None:
        return None
    seen = row.pop("seen")
    if now - seen >= SEEN_EVERY:
        with store.tx(write=True) as db:
            db.execute("update sessions set seen = ? where token = ?", (now, key))
    return Person(**row)


def sign_out(store: Store, token: str, now: float) -> None:
    """Ends one session; an unknown token changes nothing."""
    who = person_of(store, token, now)
    with store.tx(write=True) as db:
        db.execute("delete from sessions where token = ?", (kept(token),))
        if who is not None:
            log.note(db, who, "signed_out", "", now)


def sign_out_everywhere(store: Store, who: Person, id: int, now: float) -> int:
    """Ends all sessions of a person; gives how many there were. Raises Forbidden for another's unless an admin."""
    if who.id != id:
        check_admin(who)
    person = accounts.account_of(store, id)
    with store.tx(write=True) as db:
        ended = int(db.execute("delete from sessions where person = ?", (id,)).rowcount)
        log.note(db, who, "signed_out_everywhere", person.login or "", now)
    return ended
