"""Teams, accounts, sessions, invitations, and the log of who saw and changed what."""

from sqlite_utils import Database

from trainer.tables.made import create, migrations


@migrations()
def teams_accounts_sessions_log(db: Database) -> None:
    """People get a login, a password and a team. The one person of solo mode has neither."""
    create(db, ACCOUNTS)


ACCOUNTS = """
create table teams (id integer primary key, name text not null unique) strict;
alter table people add column login text;
alter table people add column password text;
alter table people add column team integer references teams(id) on delete set null;
alter table people add column created real;
create unique index people_by_login on people (login) where login is not null;
create index people_of_team on people (team);
create table sessions (
  token text primary key, person integer not null references people(id) on delete cascade,
  started real not null, seen real not null, expires real not null
) strict;
create index sessions_of_person on sessions (person);
create table failures (login text not null, address text not null, at real not null) strict;
create index failures_of_login on failures (login, at);
create table invitations (
  token text primary key, team integer references teams(id) on delete cascade, role text not null,
  made_by integer references people(id) on delete set null, expires real not null, used real
) strict;
create table log (
  id integer primary key, at real not null, person integer references people(id) on delete set null,
  login text, deed text not null, about text
) strict;
create index log_by_time on log (at desc);
update people set role = 'solo' where id = 1
"""


@migrations()
def failures_by_address_and_logs_by_person(db: Database) -> None:
    """Failures are counted by address too; the log is asked who did what."""
    create(db, INDICES)


INDICES = """
create index failures_of_address on failures (address, at);
create index log_of_person on log (person, at desc);
create index log_of_deed on log (deed, at desc)
"""
