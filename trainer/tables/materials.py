"""Own rubrics, personas and companies with all their versions, and which version a call and a report were made with."""

from sqlite_utils import Database

from trainer.tables.made import create, migrations


@migrations()
def materials_and_versions(db: Database) -> None:
    """A material without a team is everybody's; ``current`` numbers its version in use, null when withdrawn."""
    create(db, MATERIALS)


MATERIALS = """
create table materials (
  id integer primary key, kind text not null, name text not null,
  team integer references teams(id) on delete cascade, current integer
) strict;
create unique index materials_by_name on materials (kind, name, coalesce(team, 0));
create table material_versions (
  id integer primary key, material integer not null references materials(id) on delete cascade,
  number integer not null, text text not null, note text not null, saved real not null,
  person integer references people(id) on delete set null, unique (material, number)
) strict;
alter table calls add column persona_version integer references material_versions(id) on delete set null;
alter table calls add column company_version integer references material_versions(id) on delete set null;
alter table reports add column rubric_version integer references material_versions(id) on delete set null
"""
