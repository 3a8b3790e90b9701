"""People and teams: admins add, move, invite, sign out and remove; a coach sees who is in his team."""

from dataclasses import dataclass
from typing import Any, cast

from trainer.errors import NotFound
from trainer.store import Person
from trainer.team import accounts, archive, invitations, sessions
from trainer.team.accounts import Account, AccountError, AccountRole, NewAccount
from trainer.team.rights import ADMINS, check_admin, check_coach
from trainer.texts import LANGUAGES, Language, phrase
from trainer.web import views
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View


@dataclass(frozen=True)
class Row:
    """A person of the list, with the moments as they are said."""

    account: Account
    seen: str
    me: bool


def people_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """Everybody whom the person may see. Raises Forbidden."""
    return _page(desk, who, place, language)


def _page(desk: Desk, who: Person, place: Place, language: Language, link: str = "") -> str:
    check_coach(who)
    now = desk.now()
    found = accounts.people(desk.store, who, now)
    words = place.get("q").casefold()
    wanted = [one for one in found if words in f"{one.name} {one.login} {one.team_name or ''}".casefold()]
    rows = [Row(one, views.moment(one.seen, now, language) if one.seen else "", one.id == who.id) for one in wanted]
    chosen = place.get("edit")
    return views.fill(
        "coach/people.html", language, place=place, rows=rows, everybody=len(found), who=who, link=link,
        admin=who.role in ADMINS, teams=accounts.teams(desk.store) if who.role in ADMINS else (), roles=accounts.ROLES,
        editing=int(chosen) if chosen.isdecimal() else None, least=accounts.SHORTEST, languages=LANGUAGES,
        solo=who.role == "solo",
    )  # fmt: skip


def add_person(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A new account with a password that the admin hands over."""
    check_admin(who)
    new = NewAccount(
        given.get("login", ""), given.get("name", ""), _role(given), _spoken(given, language), _team(given)
    )
    if who.role == "solo" and not accounts.exist(desk.store) and new.role != "admin":
        raise AccountError("first_is_admin")
    made = accounts.add(desk.store, who if who.login else None, new, given.get("password", ""), desk.now())
    return Done(place=Place("people"), note=_say(language, "added", name=made.name, login=made.login))


def move_person(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """Another role or team."""
    check_admin(who)
    person = _person(desk, given)
    accounts.move(desk.store, who, person.id, _role(given), _team(given), desk.now())
    return Done(place=Place("people"), note=_say(language, "moved", name=person.name))


def renew_password(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A new password for somebody; his sessions end."""
    check_admin(who)
    person = _person(desk, given)
    accounts.set_password(desk.store, who, person.id, given.get("password", ""), desk.now())
    return Done(place=Place("people"), note=_say(language, "renewed", name=person.name))


def end_sessions(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """Somebody is signed out everywhere."""
    check_admin(who)
    person = _person(desk, given)
    ended = sessions.sign_out_everywhere(desk.store, who, person.id, desk.now())
    return Done(place=Place("people"), note=_say(language, "signed_out", name=person.name, count=ended))


def remove_person(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """An account is taken away with its calls; oneself stays."""
    check_admin(who)
    person = _person(desk, given)
    if person.id == who.id:
        raise AccountError("not_yourself")
    gone = archive.forget(desk.store, person.login or "", desk.now(), by=who.id)
    note = _say(language, "removed", name=person.name, texts=gone.texts, verdicts=gone.verdicts)
    return Done(place=Place("people"), note=note)


def invite(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A link for a new person; it is shown once."""
    check_admin(who)
    token = invitations.invite(desk.store, who, _role(given), _team(given), desk.now())
    return Done(page=_page(desk, who, Place("people"), language, link=f"/invitation/{token}"))


def add_team(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A new team."""
    check_admin(who)
    made = accounts.add_team(desk.store, who, given.get("name", ""), desk.now())
    return Done(place=Place("people"), note=_say(language, "team_added", name=made.name))


def _person(desk: Desk, given: Given) -> Person:
    id = given.get("person", "")
    if not id.isdecimal() or len(id) > 12:
        raise NotFound("person", "", ())
    return accounts.account_of(desk.store, int(id))


def _role(given: Given) -> AccountRole:
    return cast(AccountRole, given.get("role", "trainee"))


def _team(given: Given) -> int | None:
    team = given.get("team", "")
    return int(team) if team.isdecimal() and len(team) <= 12 else None


def _spoken(given: Given, language: Language) -> Language:
    return next((one for one in LANGUAGES if one == given.get("language")), language)


def _say(language: Language, key: str, **values: Any) -> str:
    return phrase(language, f"coach.people.done.{key}", **values)


PAGES: dict[View, Page] = {"people": people_page}
DEEDS: dict[str, Deed] = {
    "add_person": add_person, "move_person": move_person, "renew_password": renew_password,
    "end_sessions": end_sessions, "remove_person": remove_person, "invite": invite, "add_team": add_team,
}  # fmt: skip
