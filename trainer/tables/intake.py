"""Real calls on their way in: what was uploaded, how it is to be read, and what became of each talk."""

from sqlite_utils import Database

from trainer.tables.made import create, migrations


@migrations()
def intakes_talks_fingerprints(db: Database) -> None:
    """The texts are kept only until the talks are imported; ``fingerprints`` tell a talk that is there already."""
    create(db, INTAKE)


INTAKE = """
create table intakes (
  id text primary key, person integer not null references people(id) on delete cascade,
  owner integer references people(id) on delete cascade, rubric text not null default '', sides text not null,
  state text not null, made real not null
) strict;
create index intakes_of_person on intakes (person, made desc);
create table intake_files (
  id integer primary key, intake text not null references intakes(id) on delete cascade, name text not null,
  suffix text not null, text text not null
) strict;
create index files_of_intake on intake_files (intake);
create table intake_talks (
  id integer primary key, intake text not null references intakes(id) on delete cascade, name text not null,
  state text not null, owner integer references people(id) on delete cascade, transcript text, reason text,
  call text references calls(id) on delete cascade
) strict;
create index talks_of_intake on intake_talks (intake, state);
create index talks_of_call on intake_talks (call);
create table fingerprints (
  call text primary key references calls(id) on delete cascade, hash text not null
) strict;
create index fingerprints_by_hash on fingerprints (hash)
"""
