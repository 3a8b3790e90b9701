"""The tables of the database, a room's in a module; a migration that was released is never changed, only followed."""

from trainer.tables import assignments, calls, intake, materials, mended, people, reviews
from trainer.tables.made import migrations

__all__ = ["assignments", "calls", "intake", "materials", "mended", "migrations", "people", "reviews"]
