"""What a coach does on the review of a call: correct, answer a dispute, write a note, ask for a retry, check."""

from trainer.errors import NotFound
from trainer.store import Person
from trainer.team import blind, disputes, examples, reviews
from trainer.team.corrections import Change, Conflict, Material, correct
from trainer.team.rights import check_coach
from trainer.texts import Language, phrase, room
from trainer.web import handlers
from trainer.web.coach.reviews import Draft, next_place, shown
from trainer.web.deeds import Deed, Done, Given
from trainer.web.handlers import Desk
from trainer.web.pages import Page
from trainer.web.places import Place, View


def change_verdict(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A coach's own verdict; when another coach was faster, the form comes back with what he wrote."""
    _may(desk, who, place)
    try:
        correct(desk.store, who, place.id, _change(given), _material(desk, who, place.id), desk.now())
    except Conflict as conflict:
        return _again(desk, who, place, given, language, conflict)
    return Done(place=place, about=_card(given))


def uphold(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The trainee is right."""
    _may(desk, who, place)
    try:
        disputes.uphold(desk.store, who, place.id, _change(given), _material(desk, who, place.id), desk.now())
    except Conflict as conflict:
        return _again(desk, who, place, given, language, conflict)
    return Done(place=place, about=_card(given))


def _again(desk: Desk, who: Person, place: Place, given: Given, language: Language, conflict: Conflict) -> Done:
    other = conflict.other
    texts = room(language, "reviews")["review"]
    verdict = texts["verdicts"][other.verdict]
    if other.outcome:
        verdict = room(language, "web")["outcomes"][other.outcome]["short"]
    name = other.name or texts["gone"]
    warning = phrase(language, "reviews.review.conflict", name=name, verdict=verdict, reason=other.reason)
    return Done(page=shown(desk, who, place, language, Draft(given.get("criterion", ""), given, warning)))


def reject(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The verdict stands."""
    _may(desk, who, place)
    criterion, answer = given.get("criterion", ""), given.get("reason", "")
    disputes.reject(desk.store, who, place.id, criterion, answer, desk.now())
    return Done(place=place, about=_card(given))


def check(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """«Проверено», and on to the next call."""
    _may(desk, who, place)
    reviews.check(desk.store, who, place.id, desk.now())
    return Done(place=next_place(desk, who, place))


def uncheck(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The call goes back into the queue."""
    _may(desk, who, place)
    reviews.uncheck(desk.store, who, place.id, desk.now())
    return Done(place=place)


def remark(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A note at a line."""
    _may(desk, who, place)
    turn = _number(given.get("turn", ""), place)
    reviews.remark(desk.store, who, place.id, turn, given.get("text", ""), desk.now())
    return Done(place=place, about=f"turn-{turn}")


def unremark(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """A note of one's own is taken back."""
    _may(desk, who, place)
    reviews.unremark(desk.store, who, place.id, _number(given.get("remark", ""), place), desk.now())
    return Done(place=place)


def ask_retry(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The trainee is asked to call this client again."""
    _may(desk, who, place)
    reviews.ask_retry(desk.store, who, place.id, given.get("text", ""), desk.now())
    return Done(place=place, about="retry")


def forgo_retry(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """No retry after all."""
    _may(desk, who, place)
    reviews.forgo_retry(desk.store, who, place.id, desk.now())
    return Done(place=place, about="retry")


def mark_example(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The call goes into the team's library."""
    _may(desk, who, place)
    examples.mark(desk.store, who, place.id, given.get("text", ""), desk.now())
    return Done(place=place, about="example")


def unmark_example(desk: Desk, who: Person, place: Place, given: Given, language: Language) -> Done:
    """The call is taken out of the library."""
    _may(desk, who, place)
    examples.unmark(desk.store, who, place.id, desk.now())
    return Done(place=place, about="example")


def _may(desk: Desk, who: Person, place: Place) -> None:
    """Raises Forbidden, NotFound; also for a call that he has still to label without seeing its verdicts."""
    check_coach(who)
    reviews.owner_of(desk.store, who, place.id)
    if blind.hidden(desk.store, who, place.id) is not None:
        raise NotFound("call", place.id, ())


def _card(given: Given) -> str:
    """The id of a criterion's card on the page."""
    return f"criterion-{given.get('criterion', '')}"


def _change(given: Given) -> Change:
    known = given.get("known", "0")
    return Change(
        given.get("criterion", ""), given.get("verdict", ""), given.get("reason", ""), given.get("quote", ""),
        _turn(given.get("turn", "")), given.get("outcome", ""), int(known) if known.isdecimal() else 0,
    )  # fmt: skip


def _turn(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 7 else None


def _number(text: str, place: Place) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise NotFound("call", place.id, ())
    return int(text)


def _material(desk: Desk, who: Person, call: str) -> Material:
    """What the advice of a corrected report is made of."""
    found = handlers.review(desk, reviews.owner_of(desk.store, who, call), call)
    example = found.persona.example[found.call.language] if found.persona else ""
    return Material(found.rubric, example)


PAGES: dict[View, Page] = {}
DEEDS: dict[str, Deed] = {
    "change_verdict": change_verdict, "uphold": uphold, "reject": reject, "check": check, "uncheck": uncheck,
    "remark": remark, "unremark": unremark, "ask_retry": ask_retry, "forgo_retry": forgo_retry,
    "mark_example": mark_example, "unmark_example": unmark_example,
}  # fmt: skip
