"""Which page an address shows: one function a view, all of them plain."""

from collections.abc import Callable

from trainer import trail
from trainer.store import Person
from trainer.texts import Language
from trainer.web import again, drill, due, guide, handlers, library, progress, sheets, views
from trainer.web.handlers import Desk
from trainer.web.places import Place, View

Page = Callable[[Desk, Person, Place, Language], str]
"""A page at a place, as HTML. Raises NotFound, Forbidden, StoreError."""


def page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The trainee's page at a place. Raises NotFound, StoreError."""
    return PAGES[place.view](desk, who, place, language)


def _choose(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return views.choose_page(handlers.choose_client(desk, who.id), language, place, due.due(desk, who, language))


def _brief(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return views.brief_page(desk.persona(place.id), place, language)


def _plan(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return sheets.plan(desk.persona(place.id), place, language)


def _call(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return views.report_page(handlers.review(desk, who.id, place.id), desk.now(), language)


def _calls(desk: Desk, who: Person, place: Place, language: Language) -> str:
    found = trail.search(desk.store, who.id, place.get("q"))
    return sheets.history(found, desk.personas(), desk.now(), place, language)


def _import(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return views.import_page(language)


def _compare(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return sheets.compare(again.compare(desk, who.id, place.id, place.get("with")), desk.now(), language)


def _drill(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return sheets.drill(drill.make_drill(desk, who.id, place.id), place, language)


def _progress(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return sheets.progress(progress.progress(desk, who.id), language)


def _rules(desk: Desk, who: Person, place: Place, language: Language) -> str:
    return sheets.rulebook(language, place.get("rule"))


def _first(desk: Desk, who: Person, place: Place, language: Language) -> str:
    persona = desk.persona(guide.client(desk)) if guide.available(desk) else None
    return sheets.first(persona, language)


PAGES: dict[View, Page] = {
    "choose": _choose, "brief": _brief, "plan": _plan, "call": _call, "calls": _calls, "import": _import,
    "compare": _compare, "drill": _drill, "progress": _progress, "rules": _rules, "first": _first,
    "examples": library.examples_page, "example": library.example_page,
}  # fmt: skip
