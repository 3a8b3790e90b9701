"""What a coach assigns, and to whom; whether it was fulfilled is computed from the calls, never stored."""

from sqlite_utils import Database

from trainer.tables import calls, people, reviews  # noqa: F401  their tables are made before these
from trainer.tables.made import create, migrations


@migrations()
def assignments_and_holders(db: Database) -> None:
    """An assignment is for a person or for a team; its holders are the people it has reached."""
    create(db, ASSIGNMENTS)


ASSIGNMENTS = """
create table assignments (
  id integer primary key, made_by integer references people(id) on delete set null,
  person integer references people(id) on delete cascade, team integer references teams(id) on delete cascade,
  persona text not null, difficulty text not null, rubric text, goal text not null, outcome text, score real,
  times integer not null, in_a_row integer not null, spaced integer not null, due real not null, note text not null,
  given real not null, changed real, withdrawn real, check ((person is null) != (team is null))
) strict;
create index assignments_of_person on assignments (person) where person is not null;
create index assignments_of_team on assignments (team) where team is not null;
create table holders (
  assignment integer not null references assignments(id) on delete cascade,
  person integer not null references people(id) on delete cascade, since real not null,
  primary key (assignment, person)
) strict;
create index holders_by_person on holders (person);
create index calls_of_owner_with_persona on calls (owner, persona, started) where persona is not null;
create index standing_over_time on standing (owner, started, kind, outcome, score)
"""
