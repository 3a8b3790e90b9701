"""What buttons do beside talking: plain functions of the desk, the person, the place and what the browser sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trainer.errors import NotFound
from trainer.store import Person
from trainer.team import disputes
from trainer.texts import Language
from trainer.trail import Aids
from trainer.web import again, drill, due, guide, onair, sheets
from trainer.web.handlers import Desk, Said, open_line, start
from trainer.web.places import Place

Given = Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """What a deed leads to: a place to go, a page to show, a new aside of the call, or the client's words.

    ``note`` is said above the page that follows: plain text, in the reader's language. ``about`` is the id of the part
    of the page that was changed: there it is said that the change is saved, and the page stays where it stands.
    """

    place: Place | None = None
    page: str | None = None
    aside: str | None = None
    said: Said | None = None
    note: str = ""
    about: str = ""


Deed = Callable[[Desk, Person, Place, Given, Language], Done]
"""What a button or form does. Raises NotFound, Forbidden, StoreError and other TrainerErrors, shown as a notice."""


def ask_hint(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Подсказка»: a question first."""
    return Done(aside=sheets.aside(onair.ask_hint(desk, who.id, place.id), language))


def tell_hint(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The hint itself; it will stand in the report."""
    return Done(aside=sheets.aside(onair.ask_hint(desk, who.id, place.id, tell=True), language))


def close_aside(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The hint is put away."""
    return Done(aside=sheets.aside(onair.aside(open_line(desk, who.id, place.id)), language))


def interruption(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """One of the actions on an interruption."""
    return Done(said=onair.act_on(desk, who.id, place.id, given.get("action", "")))


def rewind(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Отсюда ещё раз»: a new call from one of the seller's lines."""
    turn = given.get("turn", "")
    if not turn.isdecimal():
        raise NotFound("call", place.id, ())
    return Done(place=Place("call", again.rewind(desk, who.id, place.id, int(turn))))


def delete(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A call of the list is taken away with its report."""
    desk.store.delete_call(given.get("call", ""), who.id)
    return Done(place=place)


def exercise(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A line said in an exercise, graded at once."""
    number = place.get("n") or "0"
    done = drill.answer(desk, who.id, place.id, int(number) if number.isdecimal() else -1, given.get("text", ""))
    return Done(page=sheets.drill(drill.make_drill(desk, who.id, place.id), place, language, done))


def begin_first(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The guided call: an easy-going client, the method told line by line."""
    persona = guide.client(desk)
    aids = Aids(hints=False, guide=True)
    return Done(place=Place("call", start(desk, who.id, persona, language, "gentle", aids=aids)))


def take(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The call that an assignment asks for."""
    return Done(place=Place("call", due.take(desk, who, given.get("assignment", ""), language)))


def dispute(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Не согласен»: a verdict of one's own call goes to the coach."""
    criterion, reason = given.get("criterion", ""), given.get("reason", "")
    disputes.dispute(desk.store, who, place.id, criterion, reason, desk.now())
    return Done(place=place)


DEEDS: dict[str, Deed] = {
    "hint": ask_hint, "tell_hint": tell_hint, "close_aside": close_aside, "interruption": interruption,
    "rewind": rewind, "delete": delete, "exercise": exercise, "first": begin_first,
    "take": take,
    "dispute": dispute,
}  # fmt: skip
