"""A rubric: which criteria a call is graded by, what each asks, and what it weighs."""

from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from trainer.transcript import CallInfo, Direction, Frozen, Purpose

Verdict = Literal["met", "partly", "missed", "not_applicable"]

POINTS: dict[str, float] = {"met": 1.0, "partly": 0.5, "missed": 0.0}


class Bilingual(Frozen):
    """The same text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ru: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.ru if language == "ru" else self.en


class Criterion(Frozen):
    """One thing a call is graded by; ``rules`` are ids of the selling method, ``purposes`` empty means all calls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")
    rules: tuple[str, ...]
    weight: float = Field(default=1.0, gt=0)
    purposes: tuple[Purpose, ...] = ()
    name: Bilingual
    question: Bilingual
    tip: Bilingual

    @field_validator("rules")
    @classmethod
    def _names_a_rule(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one rule, e.g. [C10]")
        return value

    def applies_to(self, call: CallInfo) -> bool:
        """Whether the call is of a purpose this criterion is for; an unknown purpose is not guessed."""
        return not self.purposes or call.purpose in self.purposes


class Fits(Frozen):
    """The calls a rubric is chosen for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Purpose | None = None
    direction: Direction | None = None

    def matches(self, call: CallInfo) -> bool:
        return (self.purpose is None or self.purpose == call.purpose) and (
            self.direction is None or self.direction == call.known_direction
        )

    @property
    def narrowness(self) -> int:
        """How much the rubric asks of a call; the narrowest rubric that fits is taken."""
        return (self.purpose is not None) + (self.direction is not None)


class Rubric(Frozen):
    """Criteria with weights, in the order a report shows them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Bilingual
    fits: Fits = Fits()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @field_validator("criteria")
    @classmethod
    def _each_once(cls, value: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        ids = [criterion.id for criterion in value]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"criterion named twice: {', '.join(twice)}")
        return value

    def known_facts(self, call: CallInfo) -> CallInfo:
        """The call's facts, with what this rubric takes for granted filled in where the transcript is silent.

        Only for a rubric that a person chose: his choice says what the call was.
        """
        return call.model_copy(
            update={
                "purpose": call.purpose or self.fits.purpose,
                "direction": call.known_direction or self.fits.direction,
            }
        )


def choose(rubrics: tuple[Rubric, ...], call: CallInfo) -> Rubric:
    """The narrowest of the rubrics that fits the call; ties go to the first by id."""
    fitting = sorted((r for r in rubrics if r.fits.matches(call)), key=lambda r: (-r.fits.narrowness, r.id))
    return fitting[0]
