"""What coaches made of a call: who may look at it, what was written on it, what was asked of the trainee."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlite_utils import Database

from trainer.errors import NotFound, TrainerError
from trainer.report import Outcome
from trainer.rubric import Verdict
from trainer.store import Person, Store
from trainer.tables.reviews import refresh
from trainer.team import log
from trainer.team.rights import SEEN, check_coach, scope
from trainer.texts import Language, phrase

CALLED = "case people.role when 'solo' then null else people.name end as name"
"""A coach's name; the one person of solo mode has none, nor has somebody who is gone."""
LONGEST = 2000
"""Letters of a reason, a remark, an answer."""


class Unfit(TrainerError):
    """What a coach or a trainee sent cannot be taken as it is; the message is a key of ``texts/*/reviews.yaml``."""

    def text(self, language: Language) -> str:
        return phrase(language, f"reviews.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class Correction:
    """A coach's verdict on a criterion, and the machine's beside it; ``name`` is ``None`` once he is gone."""

    id: int
    criterion: str
    verdict: Verdict
    outcome: Outcome | None
    turn: int | None
    quote: str | None
    reason: str
    machine: Verdict | None
    machine_outcome: Outcome | None
    name: str | None
    at: float
    person: int | None = None

    @property
    def differs(self) -> bool:
        """Whether the coach is of another mind than the machine."""
        return (self.verdict, self.outcome) != (self.machine, self.machine_outcome)


@dataclass(frozen=True)
class Dispute:
    """A trainee's objection to a verdict; ``state`` is open, upheld or rejected, ``name`` who answered."""

    criterion: str
    verdict: Verdict | None
    reason: str
    at: float
    state: str
    answer: str | None
    name: str | None
    answered: float | None


@dataclass(frozen=True)
class Remark:
    """A coach's words at a line of the talk."""

    id: int
    turn: int
    text: str
    name: str | None
    at: float


@dataclass(frozen=True)
class Asked:
    """A retry asked for, or a call put into the library of examples, with a note to it."""

    note: str
    name: str | None
    at: float


@dataclass(frozen=True)
class Notes:
    """Everything that coaches and the trainee wrote on one call; ``corrections`` are the newest first.

    ``flagged`` are the criteria of which the machine was not sure.
    """

    corrections: tuple[Correction, ...] = ()
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    retry: Asked | None = None
    retried: str | None = None
    example: Asked | None = None
    checked: Asked | None = None
    flagged: frozenset[str] = frozenset()

    @property
    def corrected(self) -> tuple[str, ...]:
        """The criteria on which the newest word of a coach is another than the machine's."""
        newest = {one.criterion: one for one in reversed(self.corrections)}
        return tuple(one.criterion for one in newest.values() if one.differs)

    def correction(self, criterion: str) -> Correction | None:
        """The newest correction of a criterion."""
        return next((one for one in self.corrections if one.criterion == criterion), None)


def owner_of(store: Store, who: Person, call: str) -> int:
    """Whose call it is. Raises NotFound for one that is not his to see, just as for one that does not exist."""
    with store.tx() as db:
        return own_or_seen(db, who, call)


def own_or_seen(db: Database, who: Person, call: str) -> int:
    """As ``owner_of``, inside a unit of work."""
    sql = f"select owner from calls join people on people.id = owner where calls.id = :call and {SEEN}"
    row = next(iter(db.query(sql, {**scope(who), "call": call})), None)
    if row is None:
        raise NotFound("call", call, ())
    return int(row["owner"])


def notes(store: Store, call: str) -> Notes:
    """What was written on a call; whoever asks has already loaded it."""
    with store.tx() as db:

        def rows(columns: str, table: str, order: str) -> list[dict[str, object]]:
            sql = f"select {columns}, {CALLED} from {table} left join people on people.id = person"
            return list(db.query(f"{sql} where call = ? order by {order}", (call,)))

        kept = "id, criterion, verdict, outcome, turn, quote, reason, machine, machine_outcome, at, person"
        corrections = rows(_of("corrections", kept), "corrections", "corrections.id desc")
        answered = "criterion, verdict, reason, at, state, answer, answered"
        disputes = rows(_of("disputes", answered), "disputes", "disputes.id")
        remarks = rows(_of("remarks", "id, turn, text, at"), "remarks", "turn, remarks.id")
        asked = {name: rows("note, at", name, "at") for name in ("retries", "examples")}
        checked = rows("'' as note, at", "checks", "at")
        doubtful = db.query("select criterion from verdicts where call = ? and needs_review", (call,))
        flagged = frozenset(str(row["criterion"]) for row in doubtful)
        again = db.query(RETRIED, {"call": call})
        retried = next((str(row["id"]) for row in again), None)
    return Notes(
        tuple(Correction(**row) for row in corrections),  # type: ignore[arg-type]
        {str(row["criterion"]): Dispute(**row) for row in disputes},  # type: ignore[arg-type]
        tuple(Remark(**row) for row in remarks),  # type: ignore[arg-type]
        _asked(asked["retries"]), retried, _asked(asked["examples"]), _asked(checked), flagged,
    )  # fmt: skip


RETRIED = """
select later.id from retries join calls on calls.id = retries.call
join calls as later on later.owner = calls.owner and later.persona = calls.persona
where retries.call = :call and later.started > retries.at and later.ended is not null order by later.started limit 1"""


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


def _asked(rows: list[dict[str, object]]) -> Asked | None:
    return Asked(**rows[0]) if rows else None  # type: ignore[arg-type]


def check(store: Store, who: Person, call: str, now: float) -> None:
    """«Проверено»: what was not corrected stands as the machine has it. Raises Forbidden, NotFound, Unfit.

    Unfit ``dispute_open`` where the trainee waits for an answer.
    """
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        graded(db, call)
        if list(db.query("select 1 from disputes where call = ? and state = 'open'", (call,))):
            raise Unfit("dispute_open")
        db.execute("insert or replace into checks (call, person, at) values (?, ?, ?)", (call, who.id, now))
        refresh(db, call)
        log.note(db, who, "checked", call, now)


def uncheck(store: Store, who: Person, call: str, now: float) -> None:
    """The call goes back into the queue. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        db.execute("delete from checks where call = ?", (call,))
        refresh(db, call)
        log.note(db, who, "unchecked", call, now)


def graded(db: Database, call: str) -> None:
    """Raises NotFound for a call without a report: there is nothing to review yet."""
    if not list(db.query("select 1 from standing where call = ?", (call,))):
        raise NotFound("call", call, ())


def remark(store: Store, who: Person, call: str, turn: int, text: str, now: float) -> None:
    """A coach's words at a line. Raises Forbidden, NotFound, Unfit for no words or a line that does not exist."""
    check_coach(who)
    said = words(text)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        if not list(db.query("select 1 from turns where call = ? and number = ?", (call, turn))):
            raise Unfit("no_such_line", turn=turn)
        row = (call, turn, said, who.id, now)
        db.execute("insert into remarks (call, turn, text, person, at) values (?, ?, ?, ?, ?)", row)
        log.note(db, who, "remarked", call, now)


def unremark(store: Store, who: Person, call: str, id: int, now: float) -> None:
    """Takes one's own remark back. Raises Forbidden, NotFound, also for another coach's."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        if db.execute("delete from remarks where id = ? and call = ? and person = ?", (id, call, who.id)).rowcount == 0:
            raise NotFound("call", call, ())
        log.note(db, who, "remark_taken_back", call, now)


def ask_retry(store: Store, who: Person, call: str, note: str, now: float) -> None:
    """Asks the trainee to call this client again. Raises Forbidden, NotFound, Unfit for a recording."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        if not list(db.query("select 1 from calls where id = ? and persona is not null", (call,))):
            raise Unfit("no_client")
        row = (call, note.strip()[:LONGEST], who.id, now)
        db.execute("insert or replace into retries (call, note, person, at) values (?, ?, ?, ?)", row)
        log.note(db, who, "retry_asked", call, now)


def forgo_retry(store: Store, who: Person, call: str, now: float) -> None:
    """The retry is not needed any more. Raises Forbidden, NotFound."""
    check_coach(who)
    with store.tx(write=True) as db:
        own_or_seen(db, who, call)
        db.execute("delete from retries where call = ?", (call,))
        log.note(db, who, "retry_forgone", call, now)


@dataclass(frozen=True)
class Retry:
    """A retry that somebody still owes: the call it came of, its client, and what the coach wrote."""

    call: str
    persona: str
    note: str
    name: str | None
    at: float


def retries_due(store: Store, owner: int) -> tuple[Retry, ...]:
    """The retries asked of somebody and not played yet, the newest first."""
    sql = f"""
        select retries.call, calls.persona, retries.note, {CALLED}, retries.at
        from calls join retries on retries.call = calls.id left join people on people.id = retries.person
        where calls.owner = :owner and not exists (
          select 1 from calls as later where later.owner = calls.owner and later.persona = calls.persona
          and later.started > retries.at and later.ended is not null)
        order by retries.at desc"""
    with store.tx() as db:
        return tuple(Retry(**row) for row in db.query(sql, {"owner": owner}))


def words(text: str) -> str:
    """What somebody wrote, trimmed. Raises Unfit for nothing at all and for far too much."""
    said = text.strip()
    if not said:
        raise Unfit("nothing_written")
    if len(said) > LONGEST:
        raise Unfit("too_much", most=LONGEST, found=len(said))
    return said
