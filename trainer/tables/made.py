"""The list of migrations, and how one of them makes its tables."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("zvonok")


def create(db: Database, statements: str) -> None:
    """Runs statements that are parted by semicolons."""
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)
