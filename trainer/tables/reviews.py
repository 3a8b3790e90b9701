"""What coaches do with graded calls, and two tables derived from it all: a row a call, and a row a criterion of it."""

from sqlite_utils import Database

from trainer.tables.made import create, migrations


@migrations()
def corrections_disputes_samples(db: Database) -> None:
    """Corrections, checks, disputes, remarks, retries, examples, blind samples; verdicts of the calls graded so far.

    Rows come first and indices after them: of a hundred thousand calls an index is sorted once, not kept in order.
    """
    create(db, REVIEWS)
    create(db, DERIVED)
    db.execute(MOVED)
    db.table("spoken").enable_fts(["words"], tokenize="unicode61", create_triggers=True)
    for derive in EVERYTHING:
        db.execute(derive)
    create(db, INDICES)


@migrations()
def indices_of_a_large_team(db: Database) -> None:
    """What is counted is read from an index alone: filtered calls, calls scored by other weights, open disputes."""
    create(db, COUNTED)


def refresh(db: Database, call: str) -> None:
    """Derives the rows of one call anew from its reports and from what the coaches made of it."""
    db.execute("delete from verdicts where call = ?", (call,))
    for derive in (VERDICTS, STANDING):
        db.execute(derive, {"call": call})


def heard(db: Database, call: str) -> None:
    """Puts the words of a call that has come to its end where the search looks."""
    db.execute(SPOKEN, {"call": call})


REVIEWS = """
alter table reports add column corrects integer references reports(id) on delete cascade;
create table corrections (
  id integer primary key, call text not null references calls(id) on delete cascade, criterion text not null,
  verdict text not null, outcome text, turn integer, quote text, reason text not null,
  machine text, machine_outcome text, person integer references people(id) on delete set null, at real not null
) strict;
create index corrections_of_call on corrections (call, criterion, id desc);
create table checks (
  call text primary key references calls(id) on delete cascade,
  person integer references people(id) on delete set null, at real not null
) strict;
create table disputes (
  id integer primary key, call text not null references calls(id) on delete cascade, criterion text not null,
  verdict text, reason text not null, at real not null, state text not null default 'open', answer text,
  person integer references people(id) on delete set null, answered real, unique (call, criterion)
) strict;
create table remarks (
  id integer primary key, call text not null references calls(id) on delete cascade, turn integer not null,
  text text not null, person integer references people(id) on delete set null, at real not null
) strict;
create index remarks_of_call on remarks (call, turn);
create table retries (
  call text primary key references calls(id) on delete cascade, note text not null,
  person integer references people(id) on delete set null, at real not null
) strict;
create table examples (
  call text primary key references calls(id) on delete cascade, note text not null,
  person integer references people(id) on delete set null, at real not null
) strict;
create table samples (
  id integer primary key, person integer references people(id) on delete set null, at real not null, closed real
) strict;
create table sampled (
  sample integer not null references samples(id) on delete cascade,
  call text not null references calls(id) on delete cascade, place integer not null, primary key (sample, call)
) strict;
create index samples_of_call on sampled (call);
create table labels (
  sample integer not null references samples(id) on delete cascade,
  call text not null references calls(id) on delete cascade,
  person integer not null references people(id) on delete cascade, criterion text not null,
  verdict text not null, outcome text, at real not null, primary key (sample, call, person, criterion)
) strict;
create table thresholds (name text primary key, value real not null) strict
"""

VERDICTS_TABLE = """
create table verdicts (
  call text not null references calls(id) on delete cascade, criterion text not null,
  owner integer not null references people(id) on delete cascade, started real not null,
  verdict text, coach_verdict text, final text,
  weight real not null, needs_review integer not null, disputed integer not null, judge text not null,
  labelled real, primary key (call, criterion)
) strict, without rowid
"""

DERIVED = f"""
create table standing (
  number integer primary key, call text not null unique references calls(id) on delete cascade,
  owner integer not null references people(id) on delete cascade, persona text, kind text, source text not null,
  started real not null, score real, outcome text, machine_score real, machine_outcome text,
  flagged integer not null, disputed integer not null, checked real,
  waits integer generated always as (checked is null or disputed > 0) stored,
  key_disputed integer generated always as (-(disputed > 0)) stored,
  key_flagged integer generated always as (-(flagged > 0)) stored,
  key_score real generated always as (coalesce(machine_score, 101.0)) stored,
  key_started integer generated always as (cast(-1000 * started as integer)) stored
) strict;
create table spoken (
  number integer primary key references standing(number) on delete cascade, words text not null
) strict;
{VERDICTS_TABLE}"""

INDICES = """
create index standing_in_order on standing (waits, key_disputed, key_flagged, key_score, key_started, number);
create index standing_whole on standing (key_disputed, key_flagged, key_score, key_started, number);
create index standing_of_owner on standing (owner, waits, started);
create index verdicts_of_owner on verdicts (owner, criterion, final, started);
create index verdicts_labelled on verdicts (labelled, criterion, verdict, final, owner)
  where labelled is not null
"""

COUNTED = """
create index standing_counted on standing (waits, persona, kind, outcome, source, owner, started, call);
create index disputes_open on disputes (call) where state = 'open';
drop index if exists verdicts_of_criterion;
create index verdicts_by_criterion on verdicts (criterion, final, call, weight);
create index verdicts_weightless on verdicts (criterion, call) where weight = 0;
drop index verdicts_labelled;
create index verdicts_judged on verdicts (criterion, verdict, final, labelled, owner) where labelled is not null
"""

MOVED = """
create trigger calls_change_hands after update of owner on calls begin
  update standing set owner = new.owner where call = new.id;
  update verdicts set owner = new.owner where call = new.id;
end
"""

_NEWEST = "(select max(id) from reports where call = calls.id)"
_MACHINES = "(select max(id) from reports where call = calls.id and corrects is null)"


def _standing(which: str) -> str:
    return f"""
        insert into standing (
          call, owner, persona, kind, source, started, score, outcome, machine_score, machine_outcome, flagged,
          disputed, checked
        )
        select calls.id, owner, persona, kind, source, started, newest.score, newest.outcome, machines.score,
          machines.outcome, (select count(*) from verdicts where call = calls.id and needs_review),
          (select count(*) from disputes where disputes.call = calls.id and state = 'open'),
          (select at from checks where checks.call = calls.id)
        from calls join reports as newest on newest.id = {_NEWEST} join reports as machines on machines.id = {_MACHINES}
        where {which}
        on conflict (call) do update set
          owner = excluded.owner, score = excluded.score, outcome = excluded.outcome,
          machine_score = excluded.machine_score, machine_outcome = excluded.machine_outcome,
          flagged = excluded.flagged, disputed = excluded.disputed, checked = excluded.checked"""


def _verdicts(which: str, coach: str = "null", disputed: str = "0", labelled: str = "null") -> str:
    return f"""
        insert or replace into verdicts (
          call, criterion, owner, started, verdict, coach_verdict, final, weight, needs_review, disputed, judge,
          labelled
        )
        select call, criterion, owner, started, verdict, coach_verdict, coalesce(coach_verdict, verdict), weight,
          needs_review, disputed, judge, labelled
        from (select calls.id as call, {_part("id")} as criterion, owner, started, {_part("verdict")} as verdict,
          {coach} as coach_verdict, {_part("weight")} + 0.0 as weight,
          coalesce({_part("needs_review")}, 0) as needs_review, {disputed} as disputed,
          coalesce({_part("judge")}, reports.judge) as judge, {labelled} as labelled
        from calls join reports on reports.id = {_MACHINES}, json_each(reports.report, '$.criteria')
        where {which} order by calls.id)"""


def _part(name: str) -> str:
    return f"json_extract(value, '$.{name}')"


def _spoken(which: str) -> str:
    return f"""
        insert into spoken (number, words)
        select standing.number, (select coalesce(group_concat(fold, char(10)), '') from (
          select fold from turns where call = standing.call and role != 'event' order by number))
        from standing where {which}
        on conflict (number) do update set words = excluded.words where words != excluded.words"""


_OF_CRITERION = f"call = calls.id and criterion = {_part('id')}"
VERDICTS = _verdicts(
    "calls.id = :call",
    f"(select verdict from corrections where {_OF_CRITERION} order by id desc limit 1)",
    f"exists (select 1 from disputes where {_OF_CRITERION} and state = 'open')",
    f"""coalesce((select max(at) from corrections where {_OF_CRITERION}),
                 (select at from checks where call = calls.id))""",
)
STANDING = _standing("calls.id = :call")
SPOKEN = _spoken("standing.call = :call")
"""These three derive the rows of one call, and read only what is that call's."""

EVERYTHING = (_verdicts("true"), _standing("true"), _spoken("true"))
"""All rows, for a database in which no coach has done anything yet."""
