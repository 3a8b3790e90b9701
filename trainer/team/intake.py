"""Real calls in bulk: files taken in, speakers named, talks linked to people and lined up; doubtful ones told."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from trainer.errors import NotFound, TrainerError
from trainer.language.text import fold
from trainer.practice.call import clean
from trainer.readers import Record, read_text
from trainer.readers.labels import guess, labels, name_in, named
from trainer.rubric import Rubric
from trainer.store import Json, Person, Store, new_id
from trainer.team import materials
from trainer.team.log import note
from trainer.team.rights import SEEN, check_coach, scope
from trainer.team.unpacked import Opened
from trainer.texts import LANGUAGES, Language, phrase
from trainer.transcript import Speaker, Transcript, Turn

State = Literal["asking", "running", "stopped", "done"]
LEAST_TURNS = 4
LEAST_OF_A_SIDE = 2
MOST_LABELS = 60


class IntakeError(TrainerError):
    """Talks cannot be taken in as asked."""

    def text(self, language: Language) -> str:
        return phrase(language, f"intake.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class Label:
    """A speaker's label: in how many files it stands, whose it probably is, an example of its words' file."""

    label: str
    files: int
    side: Speaker | None


@dataclass(frozen=True)
class Talk:
    """A doubtful talk, or file, with the reason in both languages."""

    name: str
    reason: Mapping[str, str]


@dataclass(frozen=True)
class Intake:
    """How far it is: of ``total`` talks so many are ``imported``, ``doubtful``, and ``waiting``."""

    id: str
    state: State
    made: float
    rubric: str
    owner: int | None
    files: int
    imported: int
    waiting: int
    doubtful: tuple[Talk, ...]

    @property
    def total(self) -> int:
        """All talks, doubtful ones too."""
        return self.imported + self.waiting + len(self.doubtful)


def take_in(store: Store, who: Person, files: Iterable[Opened], now: float) -> str:
    """Keeps the files until it is said who speaks in them; gives the intake's id. Raises Forbidden, IntakeError."""
    check_coach(who)
    found = list(files)
    if not found:
        raise IntakeError("nothing")
    id = new_id()
    with store.tx(write=True) as db:
        row = (id, who.id, json.dumps({}), "asking", now)
        db.execute("insert into intakes (id, person, sides, state, made) values (?, ?, ?, ?, ?)", row)
        for one in found:
            if one.error is not None:
                doubt(db, id, one.name, one.error)
            else:
                values = (id, one.name, one.suffix, one.text)
                db.execute("insert into intake_files (intake, name, suffix, text) values (?, ?, ?, ?)", values)
        note(db, who, "uploaded_calls", str(len(found)), now)
    return id


def speakers(store: Store, who: Person, id: str) -> tuple[Label, ...]:
    """The labels that stand in the files, those whose side cannot be guessed first. Raises NotFound, Forbidden."""
    _own(store, who, id)
    with store.tx() as db:
        files = list(db.query("select suffix, text from intake_files where intake = ?", (id,)))
        sql = f"select name from people where {SEEN}"
        people = {fold(row["name"]) for row in db.query(sql, scope(who))}
    counts: Counter[str] = Counter()
    votes: dict[str, Counter[Speaker | None]] = {}
    for row in files:
        found = labels(row["text"], row["suffix"])
        sides = guess(found)
        if any(side is None for side in sides.values()):
            sides = {
                one: side or ("seller" if fold(name_in(one) or "") in people else None) for one, side in sides.items()
            }
            sides = {**sides, **{one: s for one, s in _other_side(sides).items() if sides[one] is None}}
        for one in found:
            counts[one] += 1
            votes.setdefault(one, Counter())[sides[one]] += 1
    made = [Label(one, number, votes[one].most_common(1)[0][0]) for one, number in counts.most_common(MOST_LABELS)]
    return tuple(sorted(made, key=lambda one: (one.side is not None, -one.files)))


def _other_side(sides: Mapping[str, Speaker | None]) -> dict[str, Speaker | None]:
    """Of two labels of which one is known, the other one is the other side."""
    known = set(sides.values()) - {None}
    if len(sides) != 2 or len(known) != 1:
        return dict(sides)
    other: Speaker = "client" if "seller" in known else "seller"
    return {one: side or other for one, side in sides.items()}


def begin(
    store: Store, who: Person, id: str, sides: Mapping[str, Speaker], owner: int | None, rubric: str, now: float
) -> None:
    """Reads the files with the speakers named and lines the talks up; ``owner`` gets them all, ``None``: by name.

    Raises NotFound for an intake or person that is not his to see, IntakeError when it has begun already.
    """
    found = _own(store, who, id)
    if found["state"] != "asking":
        raise IntakeError("begun")
    people = _people(store, who)
    if owner is not None and owner not in people.values():
        raise NotFound("person", str(owner), ())
    chosen = next((one for one in materials.shelf(store, who.team).rubrics if one.id == rubric), None)
    with store.tx() as db:
        files = list(db.query("select name, suffix, text from intake_files where intake = ? order by id", (id,)))
    lined = [one for file in files for one in _talks(file, sides, chosen, owner, people)]
    with store.tx(write=True) as db:
        row = (json.dumps(dict(sides), ensure_ascii=False), owner, rubric, id)
        done = db.execute(
            "update intakes set sides = ?, owner = ?, rubric = ?, state = 'running' where id = ? and state = 'asking'",
            row,
        )
        if done.rowcount == 0:
            raise IntakeError("begun")
        for name, error, transcript, person in lined:
            if error is not None or transcript is None:
                doubt(db, id, name, error or IntakeError("nothing"))
                continue
            values = (id, name, "waiting", person, transcript.model_dump_json())
            columns = "intake, name, state, owner, transcript"
            db.execute(f"insert into intake_talks ({columns}) values (?, ?, ?, ?, ?)", values)
        db.execute("delete from intake_files where intake = ?", (id,))
        settle(db, id)


_Lined = tuple[str, TrainerError | None, Transcript | None, int | None]


def _talks(
    file: Json, sides: Mapping[str, Speaker], rubric: Rubric | None, owner: int | None, people: Mapping[str, int]
) -> list[_Lined]:
    own = labels(file["text"], file["suffix"])
    sellers = [one for one in own if sides.get(one) == "seller"]
    text = named(file["text"], file["suffix"], sides)
    made: list[_Lined] = []
    for record in read_text(text, file["name"], file["suffix"]):
        name = f"{file['name']}:{record.line}" if file["suffix"] == ".jsonl" else file["name"]
        transcript = _known(record, sellers, rubric)
        if transcript is None:
            made.append((name, record.error or IntakeError("nothing"), None, None))
            continue
        person = owner if owner is not None else _linked(transcript.call.seller, people)
        error = _doubtful(transcript) or (
            IntakeError("nobody", name=transcript.call.seller or "—") if person is None else None
        )
        made.append((name, error, transcript, person))
    return made


def _known(record: Record, sellers: list[str], rubric: Rubric | None) -> Transcript | None:
    """The talk with its seller's name and what the chosen rubric takes for granted; cleaned as practised talk is."""
    if record.transcript is None:
        return None
    call = rubric.known_facts(record.transcript.call) if rubric else record.transcript.call
    if call.seller is None and len(sellers) == 1 and name_in(sellers[0]):
        call = call.model_copy(update={"seller": name_in(sellers[0])})
    turns = tuple(
        turn.model_copy(update={"text": clean(turn.text)[0] or "…"}) if isinstance(turn, Turn) else turn
        for turn in record.transcript.turns
    )
    return record.transcript.model_copy(update={"call": call, "turns": turns})


def _doubtful(transcript: Transcript) -> IntakeError | None:
    sides = {side: [text for _, text in transcript.said_by(side) if text.strip(" …")] for side in ("seller", "client")}
    for side, said in sides.items():
        if not said:
            return IntakeError(f"no_{side}")
    if len(sides["seller"]) < LEAST_OF_A_SIDE or sum(map(len, sides.values())) < LEAST_TURNS:
        return IntakeError("too_short", turns=sum(map(len, sides.values())))
    return None


def _people(store: Store, who: Person) -> dict[str, int]:
    """Those whom talks may be linked to, by folded name; a name that two bear is nobody's."""
    with store.tx() as db:
        rows = list(db.query(f"select id, name, login from people where {SEEN}", scope(who)))
    names = Counter(fold(row["name"]) for row in rows)
    found = {fold(row["name"]): row["id"] for row in rows if names[fold(row["name"])] == 1}
    return {
        **{f"#{row['id']}": row["id"] for row in rows},
        **{fold(r["login"]): r["id"] for r in rows if r["login"]},
        **found,
    }


def _linked(seller: str | None, people: Mapping[str, int]) -> int | None:
    """The person of this name; a first name alone will do where only one has it."""
    wanted = fold(seller or "")
    if not wanted:
        return None
    if wanted in people:
        return people[wanted]
    near = {id for name, id in people.items() if wanted in name.split() or name in wanted.split()}
    return near.pop() if len(near) == 1 else None


def stop(store: Store, who: Person, id: str) -> None:
    """Nothing more of it is graded until it goes on; what is imported stays. Raises NotFound, Forbidden."""
    _own(store, who, id)
    with store.tx(write=True) as db:
        db.execute("update intakes set state = 'stopped' where id = ? and state = 'running'", (id,))


def go_on(store: Store, who: Person, id: str) -> None:
    """A stopped intake goes on with the talks that still wait. Raises NotFound, Forbidden."""
    _own(store, who, id)
    with store.tx(write=True) as db:
        db.execute("update intakes set state = 'running' where id = ? and state = 'stopped'", (id,))
        settle(db, id)


def drop(store: Store, who: Person, id: str) -> None:
    """Takes an intake away with everything not yet imported. Raises NotFound, Forbidden."""
    _own(store, who, id)
    with store.tx(write=True) as db:
        db.execute("delete from intakes where id = ?", (id,))


def found(store: Store, who: Person, id: str) -> Intake:
    """How far an intake is. Raises NotFound, also for somebody else's, and Forbidden."""
    row = _own(store, who, id)
    with store.tx() as db:
        counts = {
            one["state"]: one["n"]
            for one in db.query("select state, count(*) as n from intake_talks where intake = ? group by state", (id,))
        }
        files = db.execute("select count(*) from intake_files where intake = ?", (id,)).fetchone()[0]
        sql = "select name, reason from intake_talks where intake = ? and state = 'doubtful' order by id"
        doubtful = tuple(Talk(one["name"], json.loads(one["reason"])) for one in db.query(sql, (id,)))
    return Intake(
        id, row["state"], row["made"], row["rubric"], row["owner"], files, counts.get("imported", 0),
        counts.get("waiting", 0), doubtful,
    )  # fmt: skip


def recent(store: Store, who: Person, limit: int = 20) -> tuple[Intake, ...]:
    """Somebody's intakes, the newest first. Raises Forbidden."""
    check_coach(who)
    with store.tx() as db:
        sql = "select id from intakes where person = ? order by made desc limit ?"
        ids = [row["id"] for row in db.query(sql, (who.id, limit))]
    return tuple(found(store, who, id) for id in ids)


def _own(store: Store, who: Person, id: str) -> Json:
    check_coach(who)
    with store.tx() as db:
        row = next(iter(db.query("select * from intakes where id = ? and person = ?", (id, who.id))), None)
    if row is None:
        raise NotFound("intake", id, ())
    return row


def doubt(db: Database, id: str, name: str, error: TrainerError) -> None:
    """Puts a talk, or a file, among the doubtful ones of an intake."""
    reason = json.dumps({language: error.text(language) for language in LANGUAGES}, ensure_ascii=False)
    columns = "intake, name, state, reason"
    db.execute(f"insert into intake_talks ({columns}) values (?, ?, 'doubtful', ?)", (id, name, reason))


def settle(db: Database, id: str) -> None:
    """An intake of which no talk waits any more is done."""
    sql = "select 1 from intake_talks where intake = ? and state = 'waiting' limit 1"
    if not list(db.query(sql, (id,))):
        db.execute("update intakes set state = 'done' where id = ? and state = 'running'", (id,))
