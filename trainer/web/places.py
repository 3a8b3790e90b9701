"""Where in the app somebody is: the query of the address, read and written."""

from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from trainer.texts import LANGUAGES, Language

View = Literal[
    "choose", "brief", "plan", "call", "calls", "import", "compare", "drill", "progress", "rules", "first",
]  # fmt: skip
VIEWS: tuple[View, ...] = get_args(View)
OF_A_CLIENT: dict[View, str] = {"brief": "client", "plan": "plan"}
OF_A_CALL: dict[View, str] = {"call": "call", "compare": "compare", "drill": "drill"}
AIDS = ("hints", "interruptions", "mood")
MORE: dict[View, tuple[str, ...]] = {
    "choose": ("kind", "skill"),
    "brief": AIDS,
    "plan": (*AIDS, "kind", "maximum", "minimum"),
    "calls": ("q", "kind", "result"),
    "compare": ("with",),
    "drill": ("n",),
    "rules": ("rule",),
}
"""What else an address may say, by view: filters, switches that were turned, answers of a plan."""
LONGEST_QUERY = 500
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Place:
    """A view with what it shows: a client's id for ``brief`` and ``plan``, a call's id for ``call`` and what it has."""

    view: View = "choose"
    id: str = ""
    talk: Language | None = None
    difficulty: str = "real"
    note: str = ""
    more: tuple[tuple[str, str], ...] = ()

    def get(self, key: str) -> str:
        """One of the other things the address says; empty where it does not."""
        return dict(self.more).get(key, "")

    def having(self, **changes: str) -> "Place":
        """The same place with some of the other things changed; an empty one is left out."""
        kept = {**dict(self.more), **changes}
        return replace(self, more=tuple((key, kept[key]) for key in MORE.get(self.view, ()) if kept.get(key)))

    def at(self, view: View) -> "Place":
        """Another view of the same, with what both of them say."""
        kept = tuple((key, value) for key, value in self.more if key in MORE.get(view, ()))
        return replace(self, view=view, more=kept)

    def query(self) -> str:
        """The place as it stands in the address, ``?call=ID``; empty for the first page."""
        found: dict[str, str] = {}
        if self.view in OF_A_CLIENT:
            found[OF_A_CLIENT[self.view]] = self.id
            if self.talk:
                found["talk"] = self.talk
            if self.difficulty != "real":
                found["difficulty"] = self.difficulty
        elif self.view in OF_A_CALL:
            found[OF_A_CALL[self.view]] = self.id
        elif self.view != "choose":
            found["view"] = self.view
        found.update(self.more)
        return f"?{urlencode(found)}" if found else ""


def read_place(query: object) -> Place:
    """The place an address names; whatever cannot be read leads to the first page."""
    if not isinstance(query, str) or len(query) > LONGEST_QUERY:
        return Place()
    found = {name: values[0][:LONGEST_VALUE] for name, values in parse_qs(query.lstrip("?")).items()}
    for view, name in OF_A_CALL.items():
        if name in found:
            return Place(view, found[name]).having(**_more(view, found))
    for view, name in OF_A_CLIENT.items():
        if name in found:
            talk = next((one for one in LANGUAGES if one == found.get("talk")), None)
            return Place(view, found[name], talk, found.get("difficulty", "real")).having(**_more(view, found))
    named = {"calls", "import", "progress", "rules", "first"}
    wanted: View = next((one for one in VIEWS if one == found.get("view") and one in named), "choose")
    return Place(wanted).having(**_more(wanted, found))


def _more(view: View, found: dict[str, str]) -> dict[str, str]:
    return {key: found[key] for key in MORE.get(view, ()) if key in found}
