"""What follows the first tables of reviews: an older version's are mended, the queue stands in the order it shows."""

from sqlite_utils import Database

from trainer.tables import assignments, reviews
from trainer.tables.made import create, migrations


@migrations()
def verdicts_written_in_full(db: Database) -> None:
    """A database of the first versions, which reckoned ``verdicts.final`` itself, gets the table that is written to."""
    if not any(row["name"] == "final" and row["hidden"] for row in db.query("pragma table_xinfo(verdicts)")):
        return
    db.execute("create temp table kept as select * from verdicts")
    db.execute("drop table verdicts")  # with its indices and triggers; these sum nothing twice while rows come back
    create(db, reviews.VERDICTS_TABLE)
    db.execute(f"insert into verdicts ({COLUMNS}) select {COLUMNS} from kept order by call, criterion")
    db.execute("drop table temp.kept")
    create(db, VERDICTS_INDICES)
    for trigger in (assignments.ADDED, assignments.TAKEN, assignments.CHANGED):
        db.execute(trigger)


@migrations()
def queue_by_the_score_shown(db: Database) -> None:
    """The queue stood in the order of the machine's score, beside which it showed the coach's."""
    create(db, IN_ORDER)


COLUMNS = (
    "call, criterion, owner, started, verdict, coach_verdict, final, weight, needs_review, disputed, judge, labelled"
)
VERDICTS_INDICES = """
create index verdicts_of_owner on verdicts (owner, criterion, final, started);
create index verdicts_by_criterion on verdicts (criterion, final, call, weight);
create index verdicts_weightless on verdicts (criterion, call) where weight = 0;
create index verdicts_judged on verdicts (criterion, verdict, final, labelled, owner) where labelled is not null
"""
IN_ORDER = """
alter table standing add column key_shown real generated always as (coalesce(score, 101.0)) virtual;
drop index standing_in_order;
drop index standing_whole;
create index standing_in_order on standing (waits, key_disputed, key_flagged, key_shown, key_started, number);
create index standing_whole on standing (key_disputed, key_flagged, key_shown, key_started, number)
"""
