"""A trainee's objection to a verdict of his own call, and a coach's answer to it."""

from sqlite_utils import Database

from trainer.errors import NotFound
from trainer.rubric import Verdict
from trainer.store import Person, Store
from trainer.tables.reviews import refresh
from trainer.team import log
from trainer.team.corrections import Change, Material, write
from trainer.team.reviews import Unfit, own_or_seen, words
from trainer.team.rights import check_coach


def dispute(store: Store, who: Person, call: str, criterion: str, reason: str, now: float) -> None:
    """Objects to a verdict of one's own call, once a verdict.

    Raises NotFound for somebody else's call, Unfit where there is no such verdict or it was objected to before.
    """
    said = words(reason)
    with store.tx(write=True) as db:
        sql = "select final from verdicts where call = ? and criterion = ?"
        if not list(db.query("select 1 from calls where id = ? and owner = ?", (call, who.id))):
            raise NotFound("call", call, ())
        row = next(iter(db.query(sql, (call, criterion))), None)
        if row is None or row["final"] in (None, "met"):
            raise Unfit("nothing_to_dispute")
        if list(db.query("select 1 from disputes where call = ? and criterion = ?", (call, criterion))):
            raise Unfit("disputed_before")
        made = (call, criterion, row["final"], said, now)
        db.execute("insert into disputes (call, criterion, verdict, reason, at) values (?, ?, ?, ?, ?)", made)
        refresh(db, call)
        log.note(db, who, "disputed", f"{call} {criterion}", now)


def uphold(store: Store, who: Person, call: str, change: Change, material: Material, now: float) -> Verdict | None:
    """The trainee is right: the verdict becomes the one of ``change``, whose reason is the answer.

    Raises Forbidden, NotFound, Unfit, Conflict; Unfit ``same_verdict`` where nothing would change.
    """
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        sql = "select verdict from disputes where call = ? and criterion = ? and state = 'open'"
        row = next(iter(db.query(sql, (call, change.criterion))), None)
        if row is None:
            raise Unfit("no_dispute")
        write(db, who, call, change, material, now)
        sql = "select final from verdicts where call = ? and criterion = ?"
        final: Verdict = next(iter(db.query(sql, (call, change.criterion))))["final"]
        if final == row["verdict"]:
            raise Unfit("same_verdict")
        _answer(db, who, (call, change.criterion), "upheld", change.reason, now)
        return final


def reject(store: Store, who: Person, call: str, criterion: str, answer: str, now: float) -> None:
    """The verdict stands, and why. Raises Forbidden, NotFound, Unfit."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        sql = "select 1 from disputes where call = ? and criterion = ? and state = 'open'"
        if not list(db.query(sql, (call, criterion))):
            raise Unfit("no_dispute")
        _answer(db, who, (call, criterion), "rejected", answer, now)


def _answer(db: Database, who: Person, about: tuple[str, str], state: str, answer: str, now: float) -> None:
    call, criterion = about
    db.execute(
        "update disputes set state = ?, answer = ?, person = ?, answered = ? where call = ? and criterion = ?",
        (state, words(answer), who.id, now, call, criterion),
    )
    refresh(db, call)
    log.note(db, who, f"dispute_{state}", f"{call} {criterion}", now)
