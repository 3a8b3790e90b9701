"""The team's library: calls to learn from, as a list and one by one."""

from dataclasses import dataclass

from markupsafe import Markup

from trainer.persona import Persona
from trainer.render import marked_turns
from trainer.store import Person
from trainer.team import examples, log
from trainer.team.examples import Example
from trainer.texts import Language
from trainer.web import handlers, views
from trainer.web.handlers import Desk
from trainer.web.places import Place


@dataclass(frozen=True)
class Shelved:
    """An example as the list shows it."""

    example: Example
    persona: Persona | None
    client: str
    when: str
    outcome: str


def examples_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """The examples that are open to this person."""
    known = {one.id: one for one in desk.personas()}
    rows = [
        _shelved(one, known.get(one.persona or ""), desk.now(), language) for one in examples.library(desk.store, who)
    ]
    return views.fill("examples.html", language, rows=rows)


def _shelved(one: Example, persona: Persona | None, now: float, language: Language) -> Shelved:
    purpose = persona.call.purpose if persona else None
    client = persona.name[language] if persona else one.title
    outcome = views.outcome_key(one.outcome, purpose)
    return Shelved(one, persona, client, views.moment(one.started, now, language), outcome)


def example_page(desk: Desk, who: Person, place: Place, language: Language) -> str:
    """One example: what was said, marked where criteria were met. Raises NotFound for a call that is none."""
    one = examples.example(desk.store, who, place.id)
    found = handlers.review(desk, one.owner, place.id)
    log.saw_call(desk.store, who, place.id, one.owner, desk.now())
    shown = _shelved(one, found.persona, desk.now(), language)
    names = handlers.criterion_names(found.rubric, language)
    results = found.report.criteria if found.report else ()
    good = tuple(r for r in results if r.verdict == "met")
    report = found.report.model_copy(update={"criteria": good}) if found.report else None
    return views.fill(
        "example.html", language, example=one, client=shown.client, when=shown.when, outcome=shown.outcome,
        met=[names.get(r.id, r.id) for r in good], talk=found.call.language,
        marked=Markup(views.named(marked_turns(found.transcript, report), names)),
    )  # fmt: skip
