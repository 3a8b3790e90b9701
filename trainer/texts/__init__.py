"""Every sentence a person reads, in Russian and English, by key."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def room(language: Language, name: str) -> dict[str, Any]:
    """All texts of one room (a file of this folder), e.g. ``room("ru", "errors")``."""
    path = Path(__file__).parent / language / f"{name}.yaml"
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    return loaded


def phrase(language: Language, key: str, **values: object) -> str:
    """The text under ``"room.key.subkey"`` with its ``{slots}`` filled.

    Raises KeyError for a key that has no text: a missing sentence is a bug, not something to hide.
    """
    name, _, rest = key.partition(".")
    found: Any = room(language, name)
    for part in rest.split("."):
        found = found[part]
    if not isinstance(found, str):
        raise KeyError(key)
    return found.format_map(values) if values else found
