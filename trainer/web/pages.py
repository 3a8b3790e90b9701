"""Which page an address shows: one function a view, all of them plain."""

from collections.abc import Callable

from trainer import trail
from trainer.texts import Language
from trainer.web import again, drill, guide, handlers, progress, sheets, views
from trainer.web.handlers import Desk
from trainer.web.places import Place, View

Page = Callable[[Desk, int, Place, Language], str]


def page(desk: Desk, owner: int, place: Place, language: Language) -> str:
    """The page at a place. Raises NotFound, StoreError."""
    return PAGES[place.view](desk, owner, place, language)


def _choose(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return views.choose_page(handlers.choose_client(desk, owner), language, place)


def _brief(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return views.brief_page(desk.persona(place.id), place, language)


def _plan(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return sheets.plan(desk.persona(place.id), place, language)


def _call(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return views.report_page(handlers.review(desk, owner, place.id), desk.now(), language)


def _calls(desk: Desk, owner: int, place: Place, language: Language) -> str:
    found = trail.search(desk.store, owner, place.get("q"))
    return sheets.history(found, desk.personas(), desk.now(), place, language)


def _import(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return views.import_page(language)


def _compare(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return sheets.compare(again.compare(desk, owner, place.id, place.get("with")), desk.now(), language)


def _drill(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return sheets.drill(drill.make_drill(desk, owner, place.id), place, language)


def _progress(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return sheets.progress(progress.progress(desk, owner), language)


def _rules(desk: Desk, owner: int, place: Place, language: Language) -> str:
    return sheets.rulebook(language, place.get("rule"))


def _first(desk: Desk, owner: int, place: Place, language: Language) -> str:
    persona = desk.persona(guide.client(desk)) if guide.available(desk) else None
    return sheets.first(persona, language)


PAGES: dict[View, Page] = {
    "choose": _choose, "brief": _brief, "plan": _plan, "call": _call, "calls": _calls, "import": _import,
    "compare": _compare, "drill": _drill, "progress": _progress, "rules": _rules, "first": _first,
}  # fmt: skip
