"""Where in the app somebody is: the query of the address, read and written."""

from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from trainer.texts import LANGUAGES, Language

View = Literal[
    "choose", "brief", "plan", "call", "calls", "import", "compare", "drill", "progress", "rules", "first",
    "queue", "review", "calibration", "blind", "assignments", "team", "person", "materials", "edit", "intake",
    "people", "log", "exports", "sheet", "examples", "example",
]  # fmt: skip
"""The trainee's views, then the coach's, then the team's examples."""
VIEWS: tuple[View, ...] = get_args(View)
OF_A_CLIENT: dict[View, str] = {"brief": "client", "plan": "plan"}
OF_A_CALL: dict[View, str] = {
    "call": "call", "compare": "compare", "drill": "drill",
    "example": "example", "review": "review", "blind": "blind", "person": "person", "edit": "edit",
    "sheet": "sheet",
}  # fmt: skip
"""Views of one thing, and the name its id has in the address: ``?review=ID``, ``?person=5``."""
AIDS = ("hints", "interruptions", "mood")
ASKED_OF_CALLS = (
    "q", "person", "persona", "kind", "criterion", "outcome", "source", "status", "since", "until",
)  # fmt: skip
MORE: dict[View, tuple[str, ...]] = {
    "choose": ("kind", "skill"),
    "brief": AIDS,
    "plan": (*AIDS, "kind", "maximum", "minimum"),
    "calls": ("q", "kind", "result"),
    "compare": ("with",),
    "drill": ("n",),
    "rules": ("rule",),
    "queue": (*ASKED_OF_CALLS, "after"),
    "review": (*ASKED_OF_CALLS, "at"),
    "calibration": ("criterion", "rubric", "since", "until", "coach", "judge", "tab", "days"),
    "blind": ("n", "tab"),
    "assignments": ("person", "team", "persona", "rubric", "status", "show", "edit", "page"),
    "team": ("team", "weeks", "since", "until", "split", "kind", "criterion", "tab", "sort", "date"),
    "person": ("weeks", "since", "until", "split", "kind", "criterion", "tab", "page", "date"),
    "materials": ("kind", "q", "tab", "show", "language"),
    "edit": ("kind", "version", "preview", "tab", "against", "language"),
    "intake": ("batch", "status", "step", "page", "tab", "file"),
    "sheet": ("person",),
    "people": ("edit", "add", "invite", "team", "q", "page", "show"),
    "log": ("login", "deed", "about", "before"),
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
        elif self.view in OF_A_CALL and self.id:
            found[OF_A_CALL[self.view]] = self.id
        elif self.view != "choose":
            found["view"] = self.view
        found.update(self.more)
        return f"?{urlencode(found)}" if found else ""


def read_place(query: object, home: View = "choose") -> Place:
    """The place an address names; whatever cannot be read leads to the first page of the room."""
    if not isinstance(query, str) or len(query) > LONGEST_QUERY:
        return Place(home)
    found = {name: values[0][:LONGEST_VALUE] for name, values in parse_qs(query.lstrip("?")).items()}
    named = next((one for one in VIEWS if one == found.get("view") and one not in OF_A_CLIENT), None)
    if named is not None and named not in ("call", "compare", "drill"):
        return Place(named).having(**_more(named, found))
    for view, name in OF_A_CALL.items():
        if name in found:
            return Place(view, found[name]).having(**_more(view, found))
    for view, name in OF_A_CLIENT.items():
        if name in found:
            talk = next((one for one in LANGUAGES if one == found.get("talk")), None)
            return Place(view, found[name], talk, found.get("difficulty", "real")).having(**_more(view, found))
    return Place(home).having(**_more(home, found))


def _more(view: View, found: dict[str, str]) -> dict[str, str]:
    return {key: found[key] for key in MORE.get(view, ()) if key in found}
