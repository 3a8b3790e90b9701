"""Fits what makes it sure that words answer a concern, and tells how it does on clients it was not fitted on.

    python -m training.answers

The examples (``answered`` and ``missed`` in ``personas/``), each held against the others of its concern and against the
client's other concerns, and ``answered.yaml``: answers by other authors, and lines said in calls while a concern lay
open, read by people. Writes ``trainer/practice/asked/answers.yaml``. Reads no gold call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from trainer.definitions import personas
from trainer.persona import Concern, Persona
from trainer.practice.answering import FEATURES, features, takes_leave, told
from trainer.practice.clauses import clauses
from trainer.practice.patterns import level, stems
from trainer.practice.scene import Line, Scene
from trainer.practice.vectors import FOLDER
from trainer.texts import LANGUAGES, Language

FALSE_COSTS = 1.5
"""A share of what is no answer taken for one, against the same share of answers missed: skill wins, not luck."""
ALONE, CALLED = "alone", "in calls"


@dataclass(frozen=True)
class Given:
    """Something a seller says to a concern: the features of its parts, where it comes from (an example has no name),
    whether it answers, whether the words of the concern alone tell so (``named``)."""

    client: str
    language: Language
    source: str
    good: bool
    named: bool
    parts: np.ndarray


def examples() -> Iterator[Given]:
    """Each example against the others of its concern, and against the client's other concerns."""
    for persona in personas():
        for language in LANGUAGES:
            for concern in persona.concerns:
                for other in persona.concerns:
                    for good in (True, False) if other is concern else (True,):
                        for text in (other.answered if good else other.missed)[language]:
                            rows = _rows([text], concern, language, text)
                            if rows.size:
                                yield Given(persona.id, language, "", good and other is concern, False, rows)


def held() -> Iterator[Given]:
    """What ``answered.yaml`` keeps apart."""
    kept = yaml.safe_load((Path(__file__).parent / "answered.yaml").read_text(encoding="utf-8"))
    for persona in (one for one in personas() if one.id in kept):
        for language in LANGUAGES:
            for id, lines in kept[persona.id].get(language, {}).items():
                for source, good, texts in (
                    (ALONE, True, lines["good"]), (ALONE, False, lines["missed"]),
                    (CALLED, True, lines["called"]), (CALLED, False, lines["called_missed"]),
                ):  # fmt: skip
                    for text in texts:
                        yield _given(persona, persona.concern(id), language, text, source, good)


def _given(persona: Persona, concern: Concern, language: Language, text: str, source: str, good: bool) -> Given:
    scene = Scene(persona, language, datetime.fromisoformat(persona.call.at), concern=concern, said=("…",) * 3)
    line = Line(text, level(text), clauses(text, language), scene)
    parts = [words for _, words in told(line)]
    rows = _rows([*parts, " ".join(parts)] if len(parts) > 1 else parts, concern, language)
    if takes_leave(line):
        rows = rows[:0]
    named = any(stems(level(one), concern.answers[language], language) for one in parts)
    return Given(persona.id, language, source, good, named, rows)


def _rows(parts: Sequence[str], concern: Concern, language: Language, without: str = "") -> np.ndarray:
    found = [one for part in parts if (one := features(part, concern, language, without)) is not None]
    return np.array([[one[name] for name in FEATURES] for one in found], float).reshape(-1, len(FEATURES))


def _fitted(taken: Sequence[Given]) -> LogisticRegression:
    """Fitted on the likeliest part of each line, by the fit before; at first on the mean of its parts."""
    taken = [one for one in taken if one.parts.size]
    model = LogisticRegression(max_iter=2000, C=10)
    rows = [one.parts.mean(0) for one in taken]
    model.fit(rows, [one.good for one in taken])
    for _ in range(3):
        rows = [one.parts[model.predict_proba(one.parts)[:, 1].argmax()] for one in taken]
        model.fit(rows, [one.good for one in taken])
    return model


def main() -> None:
    given = [*examples(), *held()]
    chances = np.zeros(len(given))
    groups = [one.client for one in given]
    for others, apart in GroupKFold(len(set(groups))).split(given, groups=groups):
        model = _fitted([given[n] for n in others])
        for n in apart:
            if given[n].parts.size:
                chances[n] = model.predict_proba(given[n].parts)[:, 1].max()
    good, named = np.array([one.good for one in given]), np.array([one.named for one in given])
    groups_of = [
        (source, language, np.array([(one.source, one.language) == (source, language) for one in given]))
        for source in (ALONE, CALLED)
        for language in LANGUAGES
    ]
    steps = np.arange(0.2, 0.8, 0.01)
    apart_by = [  # Youden's J, with a line taken for an answer that is none weighing more
        sum(
            float((chances >= step)[these & good].mean() - FALSE_COSTS * (chances >= step)[these & ~good].mean())
            for *_, these in groups_of
        )
        for step in steps
    ]
    least = float(steps[int(np.argmax(apart_by))])
    said = chances >= least
    for source, language, these in groups_of:
        yes, no = these & good, these & ~good
        print(f"{source}, {language}: {yes.sum()} answers, {no.sum()} that are none; heard of both:")
        for name, found in (("by words alone", named), ("by meaning", said)):
            print(f"  {name} {found[yes].mean():.2f}, {found[no].mean():.2f}")
    model = _fitted(given)
    values = {"bias": model.intercept_[0], **dict(zip(FEATURES, model.coef_[0], strict=True)), "least": least}
    text = yaml.safe_dump({name: round(float(value), 4) for name, value in values.items()}, sort_keys=False)
    (FOLDER / "answers.yaml").write_text(f"# Made by training/answers.py\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
