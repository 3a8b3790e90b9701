"""A rubric, persona or company from a text that somebody types: its mistakes by line, or what it makes."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from trainer import definitions
from trainer.definitions import Companies, Kind, Place
from trainer.errors import InputError, NotFound
from trainer.persona import Company, Persona
from trainer.rubric import Rubric
from trainer.texts import LANGUAGES

MOST_LETTERS = 200_000
KEPT = 512
MODELS: dict[Kind, type[BaseModel]] = {"rubric": Rubric, "persona": Persona, "company": Company}
FOLDERS: dict[Kind, str] = {"rubric": "rubrics", "persona": "personas", "company": "companies"}

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Made = Rubric | Persona | Company


@dataclass(frozen=True)
class Draft:
    """A definition being written; ``file`` is the name that its mistakes carry."""

    kind: Kind
    text: str
    file: str = ""

    @property
    def path(self) -> Path:
        """What the mistakes are named by."""
        return Path(self.file or f"{self.kind}.yaml")


def mistakes(draft: Draft, known: Companies) -> list[InputError]:
    """Every mistake, in the order of the text; the same that ``trainer check`` finds in a file."""
    try:
        data, lines = _read(draft)
        ready = definitions.prepared(draft.kind, data, draft.path, lines, known)
        found = definitions.find_mistakes(MODELS[draft.kind], ready, draft.path, lines)
        return found or _left_without_a_rubric(draft, data, lines)
    except InputError as error:
        return [error]


def make(draft: Draft, known: Companies) -> Made:
    """What the text defines. Raises InputError for the first mistake."""
    found = mistakes(draft, known)
    if found:
        raise found[0]
    data, lines = _read(draft)
    ready = definitions.prepared(draft.kind, data, draft.path, lines, known)
    made = MODELS[draft.kind].model_validate(ready)
    assert isinstance(made, Rubric | Persona | Company)
    return made


@lru_cache(maxsize=KEPT)
def made_rubric(text: str) -> Rubric:
    """A rubric from a text that was checked before; made once for each text."""
    made = make(Draft("rubric", text), _no_company)
    assert isinstance(made, Rubric)
    return made


@lru_cache(maxsize=KEPT)
def made_company(text: str) -> Company:
    """A company from a text that was checked before; made once for each text."""
    made = make(Draft("company", text), _no_company)
    assert isinstance(made, Company)
    return made


@lru_cache(maxsize=KEPT)
def made_persona(text: str, company: str | None) -> Persona:
    """A persona from a text that was checked before, at the company of this text (``None``: at a shipped one)."""

    def known(name: str) -> Company:
        found = made_company(company) if company is not None else None
        return found if found is not None and found.id == name else definitions.load_company(only_an_id(name))

    made = make(Draft("persona", text), known)
    assert isinstance(made, Persona)
    return made


@lru_cache(maxsize=KEPT)
def company_of(text: str) -> str | None:
    """The id of the company that a persona's text names, ``None`` where it describes its own."""
    data, _ = _read(Draft("persona", text))
    call = data.get("call") if isinstance(data, dict) else None
    named = call.get("company") if isinstance(call, dict) else None
    return named if isinstance(named, str) else None


@lru_cache(maxsize=KEPT)
def names_of(text: str) -> dict[str, str]:
    """The name that a checked text gives, in both languages."""
    data, _ = _read(Draft("persona", text))
    return {language: str(data["name"][language]) for language in LANGUAGES}


def shipped_text(kind: Kind, name: str) -> str:
    """The text of a shipped definition. Raises NotFound."""
    known = shipped_names(kind)
    if name not in known:
        raise NotFound(kind, name, known)
    return (definitions.shipped(FOLDERS[kind]) / f"{name}.yaml").read_text(encoding="utf-8")


def shipped_names(kind: Kind) -> tuple[str, ...]:
    """The ids of the shipped definitions of a kind."""
    found = definitions.shipped(FOLDERS[kind]).glob("*.yaml")
    return tuple(sorted(path.stem for path in found if path.name != definitions.CATALOGUE))


def only_an_id(name: str) -> str:
    """The name, unless it is a path: a text typed into the app opens no files. Raises NotFound."""
    if not name.replace("_", "").isalnum():
        raise NotFound("company", name, shipped_names("company"))
    return name


def _no_company(name: str) -> Company:
    raise NotFound("company", name, ())


def _read(draft: Draft) -> tuple[Any, dict[Place, int]]:
    if len(draft.text) > MOST_LETTERS:
        raise InputError("too_long_draft", file=draft.path, found=len(draft.text), most=MOST_LETTERS)
    _refuse_aliases(draft)
    data, lines = definitions.parse_yaml(draft.text, draft.path)
    if not isinstance(data, dict):
        raise InputError("not_an_object", file=draft.path, line=1, found=type(data).__name__)
    return data, lines


def _refuse_aliases(draft: Draft) -> None:
    """An alias (``*name``) may make nine lines into a thousand million; nobody needs one here."""
    try:
        for event in yaml.parse(draft.text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else None
                raise InputError("alias", file=draft.path, line=line, value=str(event.anchor)[:40])
    except (yaml.YAMLError, RecursionError):
        return  # parse_yaml says what is wrong


def _left_without_a_rubric(draft: Draft, data: Any, lines: dict[Place, int]) -> list[InputError]:
    """The rubric ``general`` takes every call that no other one fits; it may not be narrowed."""
    fits = data.get("fits") if draft.kind == "rubric" and data.get("id") == "general" else None
    if not fits or not any(value is not None for value in fits.values()):
        return []
    return [InputError("general_fits_all", file=draft.path, line=lines.get(("fits",)), key="fits")]
