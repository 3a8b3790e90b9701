"""Where in the app somebody is: the query of the address, read and written."""

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from trainer.texts import LANGUAGES, Language

View = Literal["choose", "brief", "call", "calls", "import"]
VIEWS: tuple[View, ...] = get_args(View)
LONGEST_QUERY = 500


@dataclass(frozen=True)
class Place:
    """A view with what it shows: a client's id for ``brief``, a call's id for ``call``."""

    view: View = "choose"
    id: str = ""
    talk: Language | None = None
    difficulty: str = "real"
    note: str = ""

    def query(self) -> str:
        """The place as it stands in the address, ``?call=ID``; empty for the first page."""
        found: dict[str, str] = {}
        if self.view == "brief":
            found["client"] = self.id
            if self.talk:
                found["talk"] = self.talk
            if self.difficulty != "real":
                found["difficulty"] = self.difficulty
        elif self.view == "call":
            found["call"] = self.id
        elif self.view != "choose":
            found["view"] = self.view
        return f"?{urlencode(found)}" if found else ""


def read_place(query: object) -> Place:
    """The place an address names; whatever cannot be read leads to the first page."""
    if not isinstance(query, str) or len(query) > LONGEST_QUERY:
        return Place()
    found = {name: values[0] for name, values in parse_qs(query.lstrip("?")).items()}
    if "call" in found:
        return Place("call", found["call"])
    if "client" in found:
        talk = next((one for one in LANGUAGES if one == found.get("talk")), None)
        return Place("brief", found["client"], talk, found.get("difficulty", "real"))
    view = next((one for one in VIEWS if one == found.get("view") and one in ("calls", "import")), None)
    return Place(view) if view else Place()
