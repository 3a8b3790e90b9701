"""Remove a step and exactly its criterion should fall; change the form alone and nothing should (G11, G17, G18).

    python -m tests.measure.metamorphic

Prints, for each language: how often the target fell, how often all other verdicts stayed, and how many verdicts each
change of form moved.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from trainer.definitions import rubrics
from trainer.grading.grader import grade
from trainer.grading.rules import RulesJudge
from trainer.report import Report
from trainer.rubric import POINTS, choose
from trainer.transcript import CallInfo, Event, Transcript, Turn

STRONG = Path(__file__).parent / "strong.yaml"
DEPENDANTS: dict[str, tuple[str, ...]] = {
    "goal.asked_appointment": ("goal.outcome", "goal.fallback_contacts"),
    "goal.fallback_contacts": ("goal.outcome",),
    "care.next_call_agreed": ("goal.outcome",),
    "closing.farewell": ("closing.no_rush",),
    "care.farewell": ("closing.no_rush",),
    "care.asked_others_impression": ("concern.accepted", "concern.clarified", "concern.resolved", "choice.supported"),
}
"""What may change together with a step: a goal not asked for is not reached; a critic nobody asked about is not heard;
to put the phone down on a goodbye without a word may be called a rush."""
_LINE = re.compile(r"(?P<who>[SC!])(?P<goes>\^)?(?:\((?P<step>[a-z_.]+)\))? (?P<text>.*)")


@dataclass(frozen=True)
class Strong:
    """A call done well; ``steps`` gives for each step the numbers of the turns that are it."""

    transcript: Transcript
    steps: dict[str, tuple[int, ...]]

    def without(self, step: str) -> Transcript:
        gone = self.steps[step]
        kept = tuple(turn for n, turn in enumerate(self.transcript.turns) if n not in gone)
        return self.transcript.model_copy(update={"turns": kept})


@cache
def strong(language: str) -> tuple[Strong, ...]:
    loaded = yaml.safe_load(STRONG.read_text(encoding="utf-8"))
    return tuple(_read(one) for one in loaded if one["language"] == language)


def _read(one: dict[str, str]) -> Strong:
    turns: list[Turn | Event] = []
    steps: dict[str, list[int]] = {}
    current = ""
    for number, line in enumerate(one["turns"].strip().splitlines()):
        match = _LINE.fullmatch(line.strip())
        assert match, line
        current = match["step"] or (current if match["goes"] else "")
        if current:
            steps.setdefault(current, []).append(number)
        if match["who"] == "!":
            event, by = match["text"].split()
            turns.append(Event.model_validate({"event": event, "by": by}))
        else:
            turns.append(Turn(role="seller" if match["who"] == "S" else "client", text=match["text"]))
    call = CallInfo.model_validate(one["call"])
    transcript = Transcript.model_validate(
        {"id": one["id"], "language": one["language"], "call": call, "turns": [turn.model_dump() for turn in turns]}
    )
    return Strong(transcript, {step: tuple(numbers) for step, numbers in steps.items()})


@cache
def _judged(transcript: Transcript) -> Report:
    return grade(transcript, choose(rubrics(), transcript.call), RulesJudge())


def verdicts(transcript: Transcript) -> dict[str, str | None]:
    """Verdicts by criterion."""
    return {one.id: one.verdict for one in _judged(transcript).criteria}


@dataclass
class Removal:
    """What removing every step came to; ``wrong`` lists what did not go as it should."""

    targets: int = 0
    fell: int = 0
    others: int = 0
    stayed: int = 0
    wrong: list[str] = field(default_factory=list)


def remove_each_step(language: str) -> Removal:
    """Every step of every strong call taken out, one at a time."""
    found = Removal()
    for call in strong(language):
        whole = verdicts(call.transcript)
        for step in call.steps:
            less = verdicts(call.without(step))
            before, after = (POINTS.get(one[step] or "", -1.0) for one in (whole, less))
            found.targets += 1
            if 0 <= after < before:
                found.fell += 1
            else:
                found.wrong.append(f"{call.transcript.id}: without {step}: {whole[step]} -> {less[step]}")
            for name in whole.keys() - {step, *DEPENDANTS.get(step, ())}:
                found.others += 1
                found.stayed += whole[name] == less[name]
                if whole[name] != less[name]:
                    found.wrong.append(f"{call.transcript.id}: without {step}: {name} {whole[name]} -> {less[name]}")
    found.wrong.sort()
    return found


def unmet(language: str) -> list[str]:
    """Steps of the strong calls that are there and are not credited."""
    return [
        f"{call.transcript.id}: {step} is {verdict}"
        for call in strong(language)
        for step in call.steps
        if (verdict := verdicts(call.transcript)[step]) != "met"
    ]


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s?@+-]", " ", text)).strip()


FORMS: dict[str, Callable[[str], str]] = {
    "spaces": lambda text: "  " + text.replace(" ", "   ") + " \n",
    "hidden letters": lambda text: "\u200b".join(text),
    "capitals": str.upper,
    "small letters": str.lower,
    "е for ё": lambda text: text.replace("ё", "е").replace("Ё", "Е"),
    "other quotes and dashes": lambda text: text.translate(str.maketrans("«»\"'-—", "“”“’–-")),
    "no commas or stops": _bare,
}
SAME: tuple[str, ...] = tuple(name for name in FORMS if name != "no commas or stops")
"""Changes of form that may move nothing at all."""


def reworded(transcript: Transcript, change: Callable[[str], str]) -> Transcript:
    """The call with every turn's text changed."""
    turns = tuple(
        turn.model_copy(update={"text": change(turn.text)}) if isinstance(turn, Turn) else turn
        for turn in transcript.turns
    )
    return transcript.model_copy(update={"turns": turns})


NAMES = {
    "ru": {"Марина": "Полина", "Денис": "Руслан", "Ольга": "Лариса", "Сергей": "Тимур"},
    "en": {"Megan": "Holly", "Dennis": "Robert", "Olga": "Linda", "Steve": "Frank"},
}


def renamed(transcript: Transcript) -> Transcript:
    """The call with the sellers' names changed, in its facts too."""
    names = NAMES[transcript.language or "ru"]
    changed = reworded(transcript, lambda text: re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text))
    seller = names.get(transcript.call.seller or "", transcript.call.seller)
    return changed.model_copy(update={"call": transcript.call.model_copy(update={"seller": seller})})


def moved(language: str) -> Iterator[tuple[str, int, int]]:
    """For each change of form: its name, the verdicts it moved, and all verdicts."""
    changes: dict[str, Callable[[Transcript], Transcript]] = {
        name: lambda call, change=change: reworded(call, change)  # type: ignore[misc]
        for name, change in FORMS.items()
    }
    changes["the seller's name"] = renamed
    for name, change in changes.items():
        count: Counter[bool] = Counter()
        for call in strong(language):
            whole, other = verdicts(call.transcript), verdicts(change(call.transcript))
            count.update(whole[one] == other[one] for one in whole)
        yield name, count[False], count.total()


def main() -> None:
    for language in ("ru", "en"):
        found = remove_each_step(language)
        missing = unmet(language)
        print(f"{language}: {len(strong(language))} strong calls, {found.targets} steps, {len(missing)} not credited")
        print(f"  step removed, its criterion falls: {found.fell / found.targets:.3f}")
        print(f"  step removed, the others stay:     {found.stayed / found.others:.3f}")
        for name, changed, total in moved(language):
            print(f"  {name}: {changed} of {total} verdicts move")
        for line in missing + found.wrong:
            print("   ", line)


if __name__ == "__main__":
    main()
