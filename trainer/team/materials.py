"""A team's own rubrics, personas and companies: every save a version, the shipped ones a place to start from."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trainer import definitions, drafts
from trainer.definitions import Kind
from trainer.drafts import Draft
from trainer.errors import NotFound, TrainerError
from trainer.persona import Company, Persona
from trainer.rubric import Rubric
from trainer.store import Json, Person, Store
from trainer.team.log import note as noted
from trainer.team.rights import ADMINS, Forbidden, check_coach
from trainer.texts import Language, phrase

KINDS: tuple[Kind, ...] = ("rubric", "persona", "company")
LONGEST_NOTE = 200

EDITABLE = "(:all or (:team is not null and materials.team = :team))"
READABLE = "(:all or materials.team is null or (:team is not null and materials.team = :team))"
IN_USE = """
    select materials.kind, materials.name, materials.team, v.id, v.text, v.number from materials
    join material_versions v on v.material = materials.id and v.number = materials.current
    where materials.team is null or materials.team = :team
    order by materials.team is not null"""
"""What a person works with, the team's own after (and so instead of) everybody's."""


class MaterialError(TrainerError):
    """A material cannot be changed as asked; nothing was saved."""

    def text(self, language: Language) -> str:
        return phrase(language, f"materials.errors.{self.message}", **self.values)


@dataclass(frozen=True)
class Version:
    """One saved text of a material; ``by`` is the name of who saved it, ``None`` where he is gone."""

    id: int
    number: int
    text: str
    note: str
    saved: float
    by: str | None


@dataclass(frozen=True)
class Material:
    """A material with its versions, the newest first; ``current`` is the one in use, ``None`` when withdrawn."""

    id: int
    kind: Kind
    name: str
    team: int | None
    current: int | None
    versions: tuple[Version, ...]

    def version(self, number: int) -> Version:
        """A version by number. Raises NotFound."""
        for one in self.versions:
            if one.number == number:
                return one
        raise NotFound("material", str(number), (str(one.number) for one in self.versions))


@dataclass(frozen=True)
class Listed:
    """A line of the list: a shipped definition, or a material (then ``id``) that may stand in its place."""

    kind: Kind
    name: str
    title: Mapping[str, str]
    shipped: bool
    id: int | None = None
    team: str | None = None
    number: int | None = None
    saved: float | None = None
    by: str | None = None
    editable: bool = False


@dataclass(frozen=True)
class Shelf:
    """What the calls of one person are played with and graded by; the versions are those of own materials, by id."""

    personas: tuple[Persona, ...]
    rubrics: tuple[Rubric, ...]
    persona_versions: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    rubric_versions: Mapping[str, int] = field(default_factory=dict)


def shelf(store: Store, team: int | None) -> Shelf:
    """Shipped definitions with a team's own in their place or beside them. Raises StoreError."""
    with store.tx() as db:
        rows = list(db.query(IN_USE, {"team": team}))
    if not rows:
        return Shelf(definitions.personas(), definitions.rubrics())
    own: dict[str, dict[str, Json]] = {kind: {} for kind in KINDS}
    for row in rows:
        own[row["kind"]][row["name"]] = row
    rubrics = {one.id: one for one in definitions.rubrics()}
    rubrics.update({name: drafts.made_rubric(row["text"]) for name, row in own["rubric"].items()})
    personas, versions = _cast(own["persona"], own["company"])
    return Shelf(
        tuple(personas[name] for name in sorted(personas)), tuple(rubrics[name] for name in sorted(rubrics)),
        versions, {name: row["id"] for name, row in own["rubric"].items()},
    )  # fmt: skip


def _cast(
    own: Mapping[str, Json], companies: Mapping[str, Json]
) -> tuple[dict[str, Persona], dict[str, tuple[int | None, int | None]]]:
    """The personas by id, each at the team's own company where it has one of that name."""
    personas = {one.id: one for one in definitions.personas()}
    versions: dict[str, tuple[int | None, int | None]] = {}
    changed = {one.id for one in personas.values() if one.company and one.company.id in companies}
    for name in sorted({*own, *changed}):
        text = own[name]["text"] if name in own else drafts.shipped_text("persona", name)
        company = companies.get(drafts.company_of(text) or "")
        personas[name] = drafts.made_persona(text, company["text"] if company else None)
        versions[name] = (own[name]["id"] if name in own else None, company["id"] if company else None)
    return personas, versions


def persona_at(store: Store, name: str, version: int | None, company: int | None) -> Persona:
    """A persona as it was when a call with it began. Raises NotFound for one that is not there any more."""
    with store.tx() as db:
        sql = "select id, text from material_versions where id in (?, ?)"
        texts = {row["id"]: row["text"] for row in db.query(sql, (version, company))}
    if version is not None and version not in texts:
        raise NotFound("persona", name, ())
    text = texts[version] if version is not None else drafts.shipped_text("persona", name)
    return drafts.made_persona(text, texts.get(company) if company is not None else None)


def rubric_at(store: Store, call: str) -> tuple[Rubric, int] | None:
    """The own rubric that graded the newest report of a call and its version's number; ``None`` for a shipped one."""
    sql = """
        select v.text, v.number from reports join material_versions v on v.id = reports.rubric_version
        where reports.id = (select max(id) from reports where call = ?)"""
    with store.tx() as db:
        row = next(iter(db.query(sql, (call,))), None)
    return (drafts.made_rubric(row["text"]), row["number"]) if row else None


def companies(store: Store, team: int | None) -> definitions.Companies:
    """Companies by id: a team's own, else the shipped ones; never a path."""
    with store.tx() as db:
        texts = {row["name"]: row["text"] for row in db.query(IN_USE, {"team": team}) if row["kind"] == "company"}

    def known(name: str) -> Company:
        if name in texts:
            return drafts.made_company(texts[name])
        return definitions.load_company(drafts.only_an_id(name))

    return known


def listing(store: Store, who: Person) -> tuple[Listed, ...]:
    """Everything a coach may read, kind by kind: shipped ones, and the materials beside or in place of them.

    Raises Forbidden, StoreError.
    """
    check_coach(who)
    sql = f"""
        select materials.id, kind, materials.name, current, teams.name as team_name, materials.team, v.text, v.number,
               v.saved, people.name as by, {EDITABLE} as editable
        from materials join material_versions v on v.material = materials.id
          and v.number = coalesce(current, (select max(number) from material_versions where material = materials.id))
        left join teams on teams.id = materials.team left join people on people.id = v.person
        where {READABLE} order by materials.name, materials.team"""
    with store.tx() as db:
        rows = list(db.query(sql, _values(who)))
    found = [_shipped(kind, name) for kind in KINDS for name in drafts.shipped_names(kind)]
    for row in rows:
        found.append(
            Listed(
                row["kind"], row["name"], drafts.names_of(row["text"]), False, row["id"], row["team_name"],
                row["number"] if row["current"] is not None else None, row["saved"], row["by"], bool(row["editable"]),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.name, not one.shipped, one.team or "")))


def _shipped(kind: Kind, name: str) -> Listed:
    known = {one.id: one.name for one in (definitions.rubrics() if kind == "rubric" else definitions.personas())}
    title = known[name].model_dump() if kind != "company" and name in known else None
    return Listed(kind, name, title or drafts.names_of(drafts.shipped_text(kind, name)), True)


def material(store: Store, who: Person, id: int) -> Material:
    """A material with all its versions. Raises NotFound, also for another team's, and Forbidden."""
    check_coach(who)
    sql = f"select id, kind, name, team, current from materials where id = :id and {READABLE}"
    versions = """
        select v.id, number, text, note, saved, people.name as by from material_versions v
        left join people on people.id = v.person where material = ? order by number desc"""
    with store.tx() as db:
        row = next(iter(db.query(sql, {**_values(who), "id": id})), None)
        if row is None:
            raise NotFound("material", str(id), ())
        return Material(**row, versions=tuple(Version(**one) for one in db.query(versions, (id,))))


def may_edit(who: Person, team: int | None) -> bool:
    """Whether somebody may change what belongs to a team, ``None`` being everybody's."""
    return who.role in ADMINS or (who.role == "coach" and who.team is not None and who.team == team)


def save(
    store: Store, who: Person, draft: Draft, team: int | None, note: str, now: float, base: int | None
) -> tuple[int, int]:
    """A new version, in use at once; gives the material's id and the version's number.

    Which material it is, the ``id`` in the text says. ``base`` is the newest version the writer has seen (``None`` for
    a new material). Raises InputError for a broken text, MaterialError ``outdated`` when somebody saved meanwhile,
    Forbidden.
    """
    check_coach(who)
    if not may_edit(who, team):
        raise MaterialError("no_team") if who.team is None else Forbidden("forbidden")
    name = drafts.make(draft, companies(store, team)).id
    wanted = {"kind": draft.kind, "name": name, "team": team}
    newest = "(select max(number) from material_versions where material = materials.id)"
    sql = f"select id, {newest} as number from materials where kind = :kind and name = :name and team is :team"
    with store.tx(write=True) as db:
        row = next(iter(db.query(sql, wanted)), None)
        if (row["number"] if row else None) != base:
            raise MaterialError("outdated" if row else "gone", name=name, number=row["number"] if row else 0)
        if row is None:
            db.execute("insert into materials (kind, name, team) values (:kind, :name, :team)", wanted)
            id = db.execute("select last_insert_rowid()").fetchone()[0]
        else:
            id = row["id"]
        number = (base or 0) + 1
        values = (id, number, draft.text, note.strip()[:LONGEST_NOTE], now, who.id)
        columns = "material, number, text, note, saved, person"
        db.execute(f"insert into material_versions ({columns}) values (?, ?, ?, ?, ?, ?)", values)
        db.execute("update materials set current = ? where id = ?", (number, id))
        noted(db, who, "saved_material", f"{draft.kind} {name} {number}", now)
    return id, number


def bring_back(store: Store, who: Person, id: int, number: int, note: str, now: float) -> int:
    """An old version saved once more as the newest; gives its number. Raises as ``save`` does, NotFound."""
    found = material(store, who, id)
    draft = Draft(found.kind, found.version(number).text, f"{found.name}.yaml")
    return save(store, who, draft, found.team, note, now, found.versions[0].number)[1]


def withdraw(store: Store, who: Person, id: int, now: float) -> None:
    """A material is no longer in use: the shipped one of its name is again, where there is one. Versions are kept."""
    found = material(store, who, id)
    if not may_edit(who, found.team):
        raise Forbidden("forbidden")
    with store.tx(write=True) as db:
        db.execute("update materials set current = null where id = ?", (id,))
        noted(db, who, "withdrew_material", f"{found.kind} {found.name}", now)


def difference(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """What changed between two texts: ``(mark, line)``, the mark one of ``+ - @`` and a space for lines around."""
    lines: Iterable[str] = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return tuple((line[:1], line[1:] if line[:1] != "@" else "") for line in lines if line[:3] not in ("+++", "---"))


def _values(who: Person) -> Json:
    return {"all": who.role in ADMINS, "team": who.team}
