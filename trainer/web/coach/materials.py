"""Own rubrics, personas and companies as pages: the list, the text with its mistakes and preview, the versions."""

from dataclasses import dataclass, replace

from markupsafe import Markup

from trainer import drafts
from trainer.definitions import Kind
from trainer.drafts import Draft
from trainer.errors import InputError, NotFound, TrainerError
from trainer.rubric import Rubric
from trainer.store import Person
from trainer.team import accounts, materials, previews
from trainer.team.materials import KINDS, Listed, Material, Version
from trainer.team.rights import ADMINS, check_coach
from trainer.texts import LANGUAGES, Language, phrase, room
from trainer.web import views
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View

EVERYBODY = "all"


@dataclass(frozen=True)
class Sheet:
    """What the page of one text shows: where it comes from, whom it is for, what is typed, what a preview found."""

    kind: Kind
    name: str
    text: str
    base: int | None
    team: int | None
    note: str = ""
    material: Material | None = None
    lines: str = ""
    talk: Language = "ru"


@dataclass(frozen=True)
class Saved:
    """A version with its moment in words."""

    version: Version
    when: str


@dataclass(frozen=True)
class Row:
    """A line of the list: the shipped text or the team's own, and where it is opened."""

    listed: Listed
    query: str
    when: str
    replaced: bool = False


def materials_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """Everything a coach may read, kind by kind. Raises Forbidden."""
    check_coach(who)
    found = materials.listing(desk.store, who)
    own = {(one.kind, one.name) for one in found if one.number is not None}
    rows = {
        kind: [
            Row(one, Place("edit", _id(one)).query(), _when(desk, one.saved, language),
                one.shipped and (one.kind, one.name) in own)
            for one in found if one.kind == kind
        ]
        for kind in KINDS
    }  # fmt: skip
    return views.fill("coach/materials.html", language, rows=rows, kinds=KINDS)


def _when(desk: Desk, saved: float | None, language: Language) -> str:
    return views.moment(saved, desk.now(), language) if saved else ""


def _id(listed: Listed) -> str:
    return str(listed.id) if listed.id is not None else f"{listed.kind}:{listed.name}"


def edit_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """One text with its versions; an old version, or what changed since, where the address asks for it.

    Raises NotFound, Forbidden.
    """
    check_coach(who)
    sheet = _opened(desk, who, place)
    number = place.get("version")
    if sheet.material is not None and number.isdecimal():
        return _old_version(desk, who, sheet, sheet.material.version(int(number)), place, language)
    return _page(desk, who, replace(sheet, lines=_usual_lines(language), talk=language), language)


def _opened(desk: Desk, who: Person, place: Place) -> Sheet:
    if place.id.isdecimal():
        found = materials.material(desk.store, who, int(place.id))
        current = found.version(found.current) if found.current is not None else found.versions[0]
        return Sheet(found.kind, found.name, current.text, found.versions[0].number, found.team, material=found)
    kind, _, name = place.id.partition(":")
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise NotFound("material", place.id, KINDS)
    return Sheet(known, name, drafts.shipped_text(known, name), None, who.team if who.role == "coach" else None)


def _usual_lines(language: Language) -> str:
    lines: list[str] = room(language, "materials")["preview"]["usual"]
    return "\n".join(lines)


def _page(desk: Desk, who: Person, sheet: Sheet, language: Language, preview: object = None) -> str:
    now = desk.now()
    versions = sheet.material.versions if sheet.material else ()
    found = drafts.mistakes(Draft(sheet.kind, sheet.text), materials.companies(desk.store, sheet.team))
    admin = who.role in ADMINS
    return views.fill(
        "coach/edit.html", language, sheet=sheet, versions=[Saved(v, _when(desk, v.saved, language)) for v in versions],
        mistakes=mistakes_html(found, language), editable=materials.may_edit(who, sheet.team), admin=admin,
        teams=accounts.teams(desk.store) if admin else (), preview=preview,
        names=_criterion_names(desk, sheet, language), bubbles=views.bubbles, languages=LANGUAGES, everybody=EVERYBODY,
        moment=lambda seconds: views.moment(seconds, now, language),
    )  # fmt: skip


def _criterion_names(desk: Desk, sheet: Sheet, language: Language) -> dict[str, str]:
    names = {one.id: one.name[language] for rubric in desk.rubrics() for one in rubric.criteria}
    if sheet.kind == "rubric":
        try:
            made = drafts.make(Draft("rubric", sheet.text), materials.companies(desk.store, sheet.team))
        except InputError:
            return names
        if isinstance(made, Rubric):
            names.update({one.id: one.name[language] for one in made.criteria})
    return names


def mistakes_html(found: list[InputError], language: Language) -> Markup:
    """The mistakes of a draft, each with its line, key and words."""
    told = [(one.line, one.key, TrainerError(one.message, **one.values).text(language)) for one in found]
    return Markup(views.fill("coach/mistakes.html", language, told=told))


def _old_version(desk: Desk, who: Person, sheet: Sheet, version: Version, place: Place, language: Language) -> str:
    """An old text, or the lines in which it differs from the newest (``against``: from another version)."""
    assert sheet.material is not None
    against = place.get("against")
    other = sheet.material.version(int(against)) if against.isdecimal() else sheet.material.versions[0]
    changes = materials.difference(version.text, other.text)
    return views.fill(
        "coach/version.html", language, sheet=sheet, version=version, other=other, changes=changes,
        when=views.moment(version.saved, desk.now(), language), editable=materials.may_edit(who, sheet.team),
        back=Place("edit", place.id).query(),
    )  # fmt: skip


def change_material(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Сохранить» or «Показать»: a new version, or what the text would do; the typed text is never lost."""
    check_coach(who)
    sheet = _typed(desk, who, place, given, language)
    draft = Draft(sheet.kind, sheet.text, f"{sheet.name}.yaml")
    if given.get("step") == "preview":
        return Done(page=_page(desk, who, sheet, language, _preview(desk, who, draft, sheet)))
    id, number = materials.save(desk.store, who, draft, sheet.team, sheet.note, desk.now(), sheet.base)
    return Done(place=Place("edit", str(id)), note=phrase(language, "materials.done.saved", number=number))


def _typed(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Sheet:
    sheet = _opened(desk, who, place)
    team = sheet.team
    if sheet.material is None and who.role in ADMINS:
        wanted = given.get("team", EVERYBODY)
        known = {str(one.id): one.id for one in accounts.teams(desk.store)}
        team = known.get(wanted)
    base, talk = given.get("base", ""), next((one for one in LANGUAGES if one == given.get("talk")), language)
    text = given.get("text", "").replace("\r\n", "\n")
    own_id = _id_in(text)
    if sheet.material is not None and own_id not in (None, sheet.name):
        base = ""  # another id makes another material
    return replace(
        sheet, text=text, team=team, base=int(base) if base.isdecimal() else None, note=given.get("note", ""),
        lines=given.get("lines", _usual_lines(language)), talk=talk,
    )  # fmt: skip


def _id_in(text: str) -> str | None:
    """The id that a text gives itself, as far as it can be told without reading all of it."""
    for line in text.splitlines():
        if line.startswith("id:"):
            return line.partition(":")[2].split("#")[0].strip().strip("'\"")
    return None


def _preview(desk: Desk, who: Person, draft: Draft, sheet: Sheet) -> object:
    if sheet.kind == "rubric":
        return previews.regrade(desk.store, who, draft, sheet.team, desk.judge())
    if sheet.kind == "company":
        return previews.company(desk.store, who, draft, sheet.team)
    lines = tuple(line.strip() for line in sheet.lines.splitlines() if line.strip())
    return previews.play(desk.store, who, draft, sheet.team, lines, sheet.talk)


def bring_back(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """An old version becomes the newest."""
    check_coach(who)
    number = given.get("version", "")
    if not (place.id.isdecimal() and number.isdecimal()):
        raise NotFound("material", place.id, ())
    told = phrase(language, "materials.done.note", number=number)
    made = materials.bring_back(desk.store, who, int(place.id), int(number), told, desk.now())
    return Done(place=Place("edit", place.id), note=phrase(language, "materials.done.back", old=number, number=made))


def withdraw(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """An own material is no longer in use; its versions stay."""
    check_coach(who)
    if not place.id.isdecimal():
        raise NotFound("material", place.id, ())
    materials.withdraw(desk.store, who, int(place.id), desk.now())
    return Done(place=Place("materials"), note=phrase(language, "materials.done.withdrawn"))


PAGES: dict[View, Page] = {"materials": materials_page, "edit": edit_page}
DEEDS: dict[str, Deed] = {
    "change_material": change_material, "bring_back": bring_back, "withdraw_material": withdraw,
}  # fmt: skip
