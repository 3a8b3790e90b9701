"""Who may see whose calls: oneself; a coach his team's people; an admin, and the one person of solo mode, everybody."""

from trainer.errors import TrainerError
from trainer.store import Json, Person
from trainer.texts import Language, phrase

COACHES = ("solo", "coach", "admin")
ADMINS = ("solo", "admin")

SEEN = "(people.id = :me or :all or (:team is not null and people.team = :team))"
"""A condition on the table ``people``: those whose calls the asking person may see; its values come from ``scope``."""
CALLS = "(people.role in ('trainee', 'solo') or exists (select 1 from calls where calls.owner = people.id))"
"""A condition on the table ``people``: those who call; a coach who never did is nobody's seller."""


class Forbidden(TrainerError):
    """Somebody asked for what is not his to see or to do."""

    def text(self, language: Language) -> str:
        return phrase(language, "team.forbidden")


def scope(who: Person) -> Json:
    """The values for the condition ``SEEN``."""
    return {"me": who.id, "all": who.role in ADMINS, "team": who.team if who.role == "coach" else None}


def check_coach(who: Person) -> None:
    """Raises Forbidden for a trainee."""
    if who.role not in COACHES:
        raise Forbidden("forbidden")


def check_admin(who: Person) -> None:
    """Raises Forbidden for everybody but an admin and the one person of solo mode."""
    if who.role not in ADMINS:
        raise Forbidden("forbidden")
