"""The log as a page: who did or saw what, for admins."""

from collections.abc import Mapping
from dataclasses import dataclass

from trainer import definitions
from trainer.definitions import Kind
from trainer.store import Person
from trainer.team import log
from trainer.team.exports import WHATS
from trainer.team.log import Noted, Spoken, Wanted
from trainer.team.materials import KINDS
from trainer.team.rights import check_admin
from trainer.texts import Language, phrase, room
from trainer.web import views
from trainer.web.deeds import Deed
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

MATERIALS = ("saved_material", "withdrew_material")
SHORTEST = 3
"""Letters of a name below which it is not looked for: nearly every name holds them."""


@dataclass(frozen=True)
class Line:
    """A line of the log with its moment, its deed and what it was about in words; ``call`` is the call, if it is one.

    ``query`` leads to that call.
    """

    noted: Noted
    when: str
    deed: str
    about: str
    call: str = ""
    query: str = ""


@dataclass(frozen=True)
class Names:
    """What the ids in the log are called in the reader's language: criteria, clients, materials by kind, roles."""

    criteria: Mapping[str, str]
    personas: Mapping[str, str]
    materials: Mapping[Kind, Mapping[str, str]]
    roles: Mapping[str, str]

    def holding(self, words: str) -> tuple[str, ...]:
        """The ids of criteria and clients whose names hold these words."""
        wanted = words.casefold()
        if len(wanted) < SHORTEST:
            return ()
        both = (*self.criteria.items(), *self.personas.items())
        return tuple(id for id, name in both if wanted in name.casefold())


def log_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The newest lines, narrowed by what the address asks for. Raises Forbidden."""
    check_admin(who)
    deeds, names = room(language, "log"), _names(desk, language)
    before, about = place.get("before"), place.get("about").strip()
    wanted = Wanted(
        place.get("login").strip().casefold(), place.get("deed"), about, names.holding(about),
        int(before) if before.isdecimal() and len(before) <= 15 else None,
    )  # fmt: skip
    found = log.listed(desk.store, who, wanted, log.PAGE + 1)
    shown, now = found[: log.PAGE], desk.now()
    calls = log.spoken(desk.store, who, (part for one in shown for part in one.about.split()))
    lines = [_line(one, names, calls, str(deeds.get(one.deed, one.deed)), now, language) for one in shown]
    older = place.having(before=str(lines[-1].noted.id)).query() if len(found) > log.PAGE else ""
    return views.fill("coach/log.html", language, place=place, lines=lines, names=deeds, older=older)


def _names(desk: Desk, language: Language) -> Names:
    criteria = {id: str(one["name"][language]) for id, one in definitions.criteria().items()}
    criteria.update({one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria})
    personas = {one.id: one.name[language] for one in desk.personas()}
    rubrics = {one.id: one.name[language] for one in desk.rubrics()}
    roles = room(language, "accounts")["roles"]
    return Names(criteria, personas, {"persona": personas, "rubric": rubrics}, roles)


def _line(one: Noted, names: Names, calls: Mapping[str, Spoken], deed: str, now: float, language: Language) -> Line:
    parts = one.about.split()
    call = next((calls[part] for part in parts if part in calls), None)
    about = _about(one, names, language)
    when = views.moment(one.at, now, language)
    if call is None:
        return Line(one, when, deed, about)
    client = names.personas.get(call.persona or "", call.title) or phrase(language, "web.import.untitled")
    said = " · ".join(part for part in (call.name, client, views.moment(call.started, now, language)) if part)
    rest = " ".join(part for part in about.split() if part != call.id)
    return Line(one, when, deed, rest, said, Place("review", call.id).query())


def _about(one: Noted, names: Names, language: Language) -> str:
    """What a line is about, each id in it by its name; what a person wrote stays as it is."""
    if one.deed in MATERIALS:
        return _material(one.about, names, language)
    if one.deed == "exported":
        what, _, form = one.about.partition(".")
        title = phrase(language, f"exports.{what}.title") if what in WHATS else what
        return f"{title} · {form.upper()}"
    if one.deed == "assigned":
        whom, _, persona = one.about.rpartition(": ")
        return f"{whom}: {names.personas.get(persona, persona)}"
    said = " ".join(_criterion(part, names, language) for part in one.about.split(" "))
    return " · ".join(str(names.roles.get(part, part)) for part in said.split(" · "))


def _criterion(part: str, names: Names, language: Language) -> str:
    return phrase(language, "coach.log.criterion", name=names.criteria[part]) if part in names.criteria else part


def _material(about: str, names: Names, language: Language) -> str:
    kind, _, rest = about.partition(" ")
    name, _, number = rest.partition(" ")
    known: Kind | None = next((one for one in KINDS if one == kind), None)
    if known is None:
        return about
    title = names.materials.get(known, {}).get(name, name)
    said = f"{phrase(language, f'materials.one.{kind}')}: {title}"
    return f"{said} · {phrase(language, 'coach.log.version', number=number)}" if number else said


PAGES: dict[View, Page] = {"log": log_page}
DEEDS: dict[str, Deed] = {}
