"""The pages around a call made into HTML: plan, aside, comparison, exercises, progress, rulebook, first call."""

from collections.abc import Mapping, Sequence

from trainer.persona import Persona
from trainer.texts import Language, phrase, room
from trainer.trail import Found
from trainer.transcript import Turn
from trainer.web import views
from trainer.web.again import Comparison
from trainer.web.drill import Drill, Graded
from trainer.web.handlers import Review, criterion_names
from trainer.web.onair import Aside
from trainer.web.places import Place
from trainer.web.prepare import KINDS, MAXIMA, MINIMA, plan_of, tell
from trainer.web.progress import SPARK_HEIGHT, SPARK_WIDTH, Progress

REACHED = ("maximum", "minimum_with_call", "minimum")
CHAPTERS = "TGCWA"


def plan(persona: Persona, place: Place, language: Language) -> str:
    """The questions of the plan, or what is to be said about the answers."""
    made = plan_of(place)
    told = tell(persona, made) if made else ()
    return views.fill(
        "plan.html", language, persona=persona, place=place, told=told, talk=place.talk or language,
        questions=(("kind", KINDS), ("maximum", MAXIMA), ("minimum", MINIMA)),
        kept=[(key, value) for key, value in place.more if key not in ("kind", "maximum", "minimum")],
        back=place.at("brief").query(),
    )  # fmt: skip


def aside(shown: Aside, language: Language) -> str:
    """An interruption with what can be done about it, a hint, or a step of the guided call; empty for none of them."""
    if shown.pending is None and shown.step is None:
        return ""
    leave = phrase(shown.talk, "trainee.interruption.leave")
    return views.fill("aside.html", language, shown=shown, leave=leave)


def compare(found: Comparison, now: float, language: Language) -> str:
    """Two calls side by side."""
    names = {**criterion_names(found.second.rubric, language), **criterion_names(found.first.rubric, language)}
    sides = [_side(one, found, now, language) for one in (found.first, found.second)]
    return views.fill("compare.html", language, found=found, names=names, sides=sides)


def _side(one: Review, found: Comparison, now: float, language: Language) -> dict[str, object]:
    outcome = one.report.outcome if one.report else None
    return {
        "found": one,
        "key": views.outcome_key(outcome, one.call.purpose),
        "when": views.moment(one.call.started, now, language),
        "who": one.persona.name[one.call.language] if one.persona else one.call.title,
        "bubbles": views.bubbles(found.after(one), one.call.language, language),
    }


def drill(made: Drill, place: Place, language: Language, done: Graded | None = None) -> str:
    """One exercise, or what became of the answer to it."""
    number = int(place.get("n")) if place.get("n").isdecimal() else 0
    now = made.exercises[number] if number < len(made.exercises) else None
    call = made.found.call
    shown = views.bubbles(now.shown, call.language, language) if now else []
    last = next((turn.text for turn in reversed(now.turns) if isinstance(turn, Turn)), "") if now else ""
    return views.fill(
        "drill.html", language, made=made, place=place, number=number, now=now, shown=shown, done=done, call=call,
        last=last, next_one=place.having(n=str(number + 1)).query(),
    )  # fmt: skip


def progress(found: Progress, language: Language) -> str:
    """Scores, skills, kinds and what to practise next."""
    spark = (SPARK_WIDTH, SPARK_HEIGHT)
    return views.fill("progress.html", language, found=found, spark=spark)


def rulebook(language: Language, rule: str = "") -> str:
    """The method, chapter by chapter, each rule with an example."""
    rules: Mapping[str, Mapping[str, str]] = room(language, "rulebook")["rules"]
    chapters = [(letter, [(id, one) for id, one in rules.items() if id[0] == letter]) for letter in CHAPTERS]
    return views.fill("rulebook.html", language, chapters=chapters, b=room(language, "rulebook"), rule=rule)


def first(persona: Persona | None, language: Language) -> str:
    """What the method is in four lines, and the button of the guided call."""
    return views.fill("first.html", language, persona=persona)


def history(found: Sequence[Found], personas: Sequence[Persona], now: float, place: Place, language: Language) -> str:
    """The list of calls, narrowed by what the address asks for."""
    kind, result = place.get("kind"), place.get("result")
    shown = [one for one in found if (not kind or kind == one.kind) and (not result or result == _result(one))]
    said = {one.call.id: one.place for one in shown}
    return views.calls_page([one.call for one in shown], personas, now, language, place, said)


def _result(one: Found) -> str:
    if one.call.ended is None:
        return "open"
    return "reached" if one.call.outcome in REACHED else "missed"
