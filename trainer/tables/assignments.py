"""What a coach assigns, and to whom; and the verdicts summed by week, from which the team's picture is drawn."""

from sqlite_utils import Database

from trainer.tables import calls, people, reviews  # noqa: F401  their tables are made before these
from trainer.tables.made import create, migrations


@migrations()
def assignments_and_holders(db: Database) -> None:
    """An assignment is for a person or for a team; its holders are the people it has reached."""
    create(db, ASSIGNMENTS)


@migrations()
def verdicts_by_week(db: Database) -> None:
    """Sums that triggers keep: a year of a hundred thousand calls is too much to count for every page."""
    create(db, WEEKLY)
    for trigger in (ADDED, TAKEN, CHANGED):
        db.execute(trigger)
    db.execute(SUMMED)


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

WEEKLY = """
create table weekly (
  owner integer not null references people(id) on delete cascade, week integer not null, criterion text not null,
  met integer not null, partly integer not null, missed integer not null, primary key (owner, week, criterion)
) strict, without rowid
"""


def week_of(started: str) -> str:
    """SQL for the number of the week, from Monday (UTC), that a stored time falls in; 1970 began on a Thursday."""
    return f"cast(({started} / 86400 + 3) / 7 as integer)"


SUMMED = f"""
insert into weekly
select owner, {week_of("started")}, criterion, sum(final = 'met'), sum(final = 'partly'), sum(final = 'missed')
from verdicts where final in ('met', 'partly', 'missed') group by 1, 2, 3
"""


def _add(row: str) -> str:
    return f"""
        insert into weekly
        select {row}.owner, {week_of(row + ".started")}, {row}.criterion,
          {row}.final = 'met', {row}.final = 'partly', {row}.final = 'missed'
        where {row}.final in ('met', 'partly', 'missed')
        on conflict do update set
          met = met + excluded.met, partly = partly + excluded.partly, missed = missed + excluded.missed;"""


def _take(row: str) -> str:
    return f"""
        update weekly set met = met - ({row}.final is 'met'), partly = partly - ({row}.final is 'partly'),
          missed = missed - ({row}.final is 'missed')
        where owner = {row}.owner and week = {week_of(row + ".started")} and criterion = {row}.criterion;"""


ADDED = f"create trigger verdict_added after insert on verdicts begin {_add('new')} end"
TAKEN = f"create trigger verdict_taken after delete on verdicts begin {_take('old')} end"
CHANGED = f"create trigger verdict_changed after update on verdicts begin {_take('old')} {_add('new')} end"
