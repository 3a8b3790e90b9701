"""Personas and rubrics read from YAML, every mistake named with file, line, key and the closest right word."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trainer import texts
from trainer.errors import InputError, NotFound, closest
from trainer.persona import Company, Persona
from trainer.rubric import Criterion, Rubric
from trainer.seller import KnowHow, Panel
from trainer.texts import Language

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
Kind = Literal["rubric", "persona", "company"]
Companies = Callable[[str], Company]
"""A company by id; raises NotFound."""

_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 100
CATALOGUE = "criteria.yaml"
PANEL = "panel.yaml"
FOLDERS = ("personas", "companies", "sellers", "rubrics")


def shipped(folder: str) -> Path:
    """The folder of shipped definitions: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / folder
    return inside if inside.is_dir() else Path(__file__).parent.parent / folder


def read_yaml(path: Path) -> tuple[Any, dict[Place, int]]:
    """The data of a YAML file and the line (from 1) on which each key's value stands.

    Raises InputError for an unreadable file or broken YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", file=path, position=error.start) from error
    except OSError as error:
        raise InputError("unreadable", file=path, cause=error.strerror or error) from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> tuple[Any, dict[Place, int]]:
    """As ``read_yaml`` for a text; ``path`` is only what its mistakes are named by."""
    loader = (_Fast if _shallow(text) else yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(node, ())) if node is not None else {}
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError("broken_yaml", file=path, line=line, cause=error.problem or error.context or "?") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("broken_yaml", file=path, cause=error) from error
    finally:
        loader.dispose()
    return data, lines


def _shallow(text: str) -> bool:
    """Whether a text is sound and not so deep that the fast loader, which is written in C, would run out of stack."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Fast):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                return False
    except (yaml.YAMLError, RecursionError):
        return False  # the other loader says what is wrong, in better words
    return True


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*place, number))


def build(model: type[Model], data: Any, path: Path, lines: dict[Place, int]) -> Model:
    """The model made of the data; InputError for the first mistake, with its place."""
    mistakes = find_mistakes(model, data, path, lines)
    if mistakes:
        raise mistakes[0]
    return model.model_validate(data)


def find_mistakes(model: type[Model], data: Any, path: Path, lines: dict[Place, int]) -> list[InputError]:
    """Every mistake in the data, in the order of the file."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        places = [one["loc"] for one in error.errors()]
        deepest = [
            one
            for one in error.errors()
            if not any(len(place) > len(one["loc"]) and place[: len(one["loc"])] == one["loc"] for place in places)
        ]
        found = [_explain(one, model, path, lines) for one in deepest]
        return sorted(found, key=lambda mistake: mistake.line or 0)
    return []


def _explain(error: ErrorDetails, model: type[BaseModel], path: Path, lines: dict[Place, int]) -> InputError:
    place = tuple(part for part in error["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    line = next((lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines), None)
    key = ".".join(str(part) for part in place)
    if error["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, place[:-1]))
        return _unknown("key", str(place[-1]), known, path, line, key)
    if error["type"] == "literal_error":
        known = [word.strip(" '") for word in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        what = str(next((part for part in reversed(place) if isinstance(part, str)), "value"))
        return _unknown("value", str(error["input"]), known, path, line, key, what=what)
    if error["type"] == "missing":
        return InputError("missing_key", file=path, line=line, key=key, value=f"{place[-1]}: ...")
    return InputError("wrong_type", file=path, line=line, key=key, cause=error["msg"].removeprefix("Value error, "))


def _unknown(
    kind: str, value: str, known: list[str], path: Path, line: int | None, key: str, **values: object
) -> InputError:
    near = closest(value, known, 1)
    if near:
        return InputError(f"unknown_{kind}_near", file=path, line=line, key=key, value=value, near=near[0], **values)
    return InputError(f"unknown_{kind}", file=path, line=line, key=key, value=value, known=", ".join(known), **values)


def _fields_at(model: type[BaseModel], place: Place) -> set[str]:
    """The keys that may stand at a place inside a model."""
    here: list[type[BaseModel]] = [model]
    for part in place:
        if isinstance(part, int):
            continue
        fields = [m.model_fields[part].annotation for m in here if part in m.model_fields]
        here = [inner for annotation in fields for inner in _models_in(annotation)] or here
    return {name for found in here for name in found.model_fields}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models_in(argument)]


@cache
def criteria() -> dict[str, dict[str, Any]]:
    """The catalogue of the contract's criteria by id: rules, purposes, and texts in both languages."""
    data, _ = read_yaml(shipped("rubrics") / CATALOGUE)
    return {str(name): {"id": name, **fields} for name, fields in data.items()}


def read_rubric(path: Path) -> Rubric:
    """A rubric file; a criterion that names only a catalogue id takes its rules and texts from there."""
    data, lines = read_yaml(path)
    return build(Rubric, _filled(data, path, lines), path, lines)


def _filled(data: Any, path: Path, lines: dict[Place, int]) -> Any:
    if not isinstance(data, dict) or not isinstance(data.get("criteria"), list):
        return data
    filled = []
    for number, one in enumerate(data["criteria"]):
        if isinstance(one, str):
            one = {"id": one}
        if isinstance(one, dict) and "id" in one:
            known = criteria()
            if one["id"] not in known and set(one) <= {"id", "weight"}:
                line = lines.get(("criteria", number, "id"), lines.get(("criteria", number)))
                key = f"criteria.{number}.id"
                raise _unknown("value", str(one["id"]), sorted(known), path, line, key, what="criterion")
            one = {**known.get(one["id"], {}), **one}
        filled.append(one)
    return {**data, "criteria": filled}


def read_persona(path: Path, company: str | None = None) -> Persona:
    """A persona file; its ``voice`` may leave out what the shared lines cover.

    ``company`` (id or path) takes the place of its own firm.
    """
    data, lines = read_yaml(path)
    return build(Persona, _at_company(data, path, lines, company), path, lines)


def load_company(name: str, beside: Path | None = None) -> Company:
    """A company by path, or by id: from the folder ``companies`` next to ``beside``'s folder, or shipped.

    Raises NotFound, InputError.
    """
    folders = [beside.parent.parent / "companies"] if beside is not None else []
    known = {id: path for folder in (shipped("companies"), *folders) for id, path in _files(folder).items()}
    if name.endswith((".yaml", ".yml")) and not Path(name).is_file():
        raise InputError("not_found_file", name=name)
    if name not in known and not name.endswith((".yaml", ".yml")):
        raise NotFound("company", name, known)
    path = known.get(name) or Path(name)
    data, lines = read_yaml(path)
    return build(Company, data, path, lines)


def _at_company(
    data: Any, path: Path, lines: dict[Place, int], instead: str | None, known: Companies | None = None
) -> Any:
    """A persona's data with its company's id replaced by the company, whose facts fill the slots of the brief."""
    call = data.get("call") if isinstance(data, dict) else None
    if not isinstance(call, dict) or not (instead or isinstance(call.get("company"), str)):
        return data
    try:
        name = instead or call["company"]
        company = known(name) if known else load_company(name, path)
    except NotFound as error:
        raise InputError(
            "no_company", file=path, line=lines.get(("call", "company")), key="call.company", cause=error
        ) from error
    here = {**call, "company": company.name.model_dump()}
    if instead or "subject" not in call:
        here["subject"] = company.product.model_dump()
    brief = data.get("brief")
    if isinstance(brief, dict):
        brief = {language: _told(str(text), company, str(language)) for language, text in brief.items()}
    return {**data, "call": here, "company": company.model_dump(), "brief": brief}


def _told(text: str, company: Company, language: str) -> str:
    for name in ("name", "product", "address", "hours", "prices"):
        text = text.replace("{" + ("company" if name == "name" else name) + "}", getattr(company, name)[language])
    return text


def start_persona(id: str, path: Path, language: Language) -> Path:
    """Writes a commented client to begin one's own with, and returns its path. Raises InputError, never overwrites."""
    if not re.fullmatch(r"[a-z0-9_]+", id):
        raise InputError("bad_id", value=id)
    template = Path(texts.__file__).parent / language / "new_persona.txt"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template.read_text(encoding="utf-8").replace("@ID@", id))
    except FileExistsError as error:
        raise InputError("exists", file=path) from error
    except OSError as error:
        raise InputError("cannot_write", file=path, cause=error.strerror or error) from error
    return path


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.name != CATALOGUE}


@cache
def rubrics() -> tuple[Rubric, ...]:
    """The shipped rubrics, by id."""
    return tuple(read_rubric(path) for path in _files(shipped("rubrics")).values())


@cache
def personas() -> tuple[Persona, ...]:
    """The shipped personas, by id."""
    return tuple(read_persona(path) for path in _files(shipped("personas")).values())


def load_rubric(name: str) -> Rubric:
    """A rubric by shipped id or by path. Raises NotFound, InputError."""
    return read_rubric(_locate("rubric", name))


def load_persona(name: str, company: str | None = None) -> Persona:
    """A persona by shipped id or by path, of another company if one is named. Raises NotFound, InputError."""
    return read_persona(_locate("persona", name), company)


def load_panel(folder: Path | None = None) -> Panel:
    """The sellers that fit any client: ``panel.yaml`` of a folder of sellers, or the shipped one. Raises InputError."""
    path = (folder or shipped("sellers")) / PANEL
    return build(Panel, *_with_place(path if path.is_file() else shipped("sellers") / PANEL))


def load_know_how(id: str, folder: Path | None = None) -> KnowHow | None:
    """What a skilled seller says to the client of this id; ``None`` when nobody wrote it down. Raises InputError."""
    for place in (folder, shipped("sellers")):
        if place is not None and (place / f"{id}.yaml").is_file():
            return build(KnowHow, *_with_place(place / f"{id}.yaml"))
    return None


def _with_place(path: Path) -> tuple[Any, Path, dict[Place, int]]:
    data, lines = read_yaml(path)
    return data, path, lines


def _locate(kind: str, name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise InputError("not_found_file", name=name)
        return path
    files = _files(shipped(f"{kind}s"))
    if name not in files:
        raise NotFound(kind, name, files)
    return files[name]


def check(path: Path) -> list[InputError]:
    """Every mistake in one definition file: known as a rubric by its ``criteria``, a company by ``prices``."""
    try:
        data, lines = read_yaml(path)
        if not isinstance(data, dict):
            return [InputError("not_an_object", file=path, line=1, found=type(data).__name__)]
        if path.name == CATALOGUE:
            return [
                mistake
                for name, fields in data.items()
                for mistake in find_mistakes(
                    Criterion, {"id": name, **fields}, path, {p[1:]: n for p, n in lines.items() if p[:1] == (name,)}
                )
            ]
        if "criteria" in data:
            return find_mistakes(Rubric, _filled(data, path, lines), path, lines)
        if "priorities" in data or "prices" in data:
            return find_mistakes(Company, data, path, lines)
        if path.name == PANEL:
            return find_mistakes(Panel, data, path, lines)
        if set(data) <= {"ru", "en"}:
            return find_mistakes(KnowHow, data, path, lines)
        return find_mistakes(Persona, _at_company(data, path, lines, None), path, lines)
    except InputError as error:
        return [error]


def prepared(kind: Kind, data: Any, path: Path, lines: dict[Place, int], known: Companies) -> Any:
    """The data of a rubric, persona or company as its model takes it. Raises InputError for a name nobody knows."""
    if kind == "rubric":
        return _filled(data, path, lines)
    return _at_company(data, path, lines, None, known) if kind == "persona" else data


def schemas() -> dict[str, str]:
    """The JSON Schemas of the definition files, by path under the project root."""
    persona = Persona.model_json_schema()
    del persona["properties"]["company"]
    situation = persona["$defs"]["Situation"]
    situation["properties"]["company"] = {"anyOf": [{"type": "string"}, situation["properties"]["company"]]}
    situation["required"].remove("subject")
    rubric = Rubric.model_json_schema()
    rubric["$defs"]["Criterion"]["required"] = ["id"]
    return {
        "personas/persona.schema.json": json.dumps(persona, ensure_ascii=False, indent=2) + "\n",
        "companies/company.schema.json": json.dumps(Company.model_json_schema(), ensure_ascii=False, indent=2) + "\n",
        "sellers/seller.schema.json": json.dumps(KnowHow.model_json_schema(), ensure_ascii=False, indent=2) + "\n",
        "rubrics/rubric.schema.json": json.dumps(rubric, ensure_ascii=False, indent=2) + "\n",
    }


def write_schemas(root: Path) -> None:
    """Writes the JSON Schemas beside the files they describe."""
    for name, schema in schemas().items():
        (root / name).write_text(schema, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(__file__).parent.parent)
