"""People, calls, turns, reports, and what a trainee leaves around his calls."""

from sqlite_utils import Database

from trainer.tables.made import create, migrations


@migrations()
def people_calls_turns_reports(db: Database) -> None:
    """The first tables."""
    create(db, SCHEMA)


SCHEMA = """
create table people (
  id integer primary key, name text not null, role text not null, language text not null
) strict;
create table calls (
  id text primary key, owner integer not null references people(id) on delete cascade,
  persona text, language text not null, difficulty text, seed integer, purpose text, kind text, title text not null,
  source text not null, started real not null, touched real not null, elapsed real not null, ended real,
  outcome text, state text, transcript text not null
) strict;
create index calls_of_owner on calls (owner, started desc);
create table turns (
  call text not null references calls(id) on delete cascade, number integer not null, role text not null,
  text text not null, at real,
  fold text generated always as (replace(replace(text, 'ё', 'е'), 'Ё', 'Е')) stored,
  primary key (call, number)
) strict;
create table reports (
  id integer primary key, call text not null references calls(id) on delete cascade, rubric text not null,
  judge text not null, created real not null, report text not null, score real, outcome text
) strict;
create index reports_of_call on reports (call, id desc);
insert into people (id, name, role, language) values (1, 'solo', 'trainee', 'ru')
"""


@migrations()
def aids_branches_hints_exercises(db: Database) -> None:
    """What a call is practised with, where it was rewound from, hints taken, exercises done."""
    create(db, AROUND)


AROUND = """
alter table calls add column aids text;
alter table calls add column parent text references calls(id) on delete set null;
alter table calls add column forked integer;
create table hints (
  call text not null references calls(id) on delete cascade, turn integer not null, hint text not null,
  taken real not null
) strict;
create table exercises (
  id integer primary key, call text not null references calls(id) on delete cascade, criterion text not null,
  verdict text, done real not null
) strict
"""
