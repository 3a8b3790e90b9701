"""Sellers to rehearse a client with: what a skilled one says to him, and how the rest of the panel talks to anybody."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from trainer.persona import Strict

Spoken = tuple[str, ...]
Manner = Literal[
    "expert", "average", "novice", "pushy", "flatterer", "price_only", "stuffer", "injector", "silent", "rude",
]  # fmt: skip
MANNERS: tuple[Manner, ...] = get_args(Manner)


class OfAConcern(Strict):
    """What to say to one concern: accept and clarify (``ask``), then the answer to its point (C10, C11)."""

    ask: Spoken = Field(min_length=1)
    answer: Spoken = Field(min_length=1)


class Craft(Strict):
    """A skilled seller's lines for one client in one language, by the moment of the call."""

    open: Spoken = Field(min_length=1)
    ask: Spoken = ()
    views: Spoken = ()
    price: Spoken = ()
    concerns: dict[str, OfAConcern] = Field(default_factory=dict)
    lead: Spoken = ()


class KnowHow(Strict):
    """A file of ``sellers/``: what a skilled seller says to the client of the same name."""

    ru: Craft
    en: Craft

    def __getitem__(self, language: str) -> Craft:
        return self.ru if language == "ru" else self.en


class Manners(Strict):
    """The panel in one language: shared craft, a novice's mistakes, and scripts that fit any client."""

    shared: dict[str, Spoken]
    novice: dict[str, Spoken]
    pushy: Spoken
    flatterer: Spoken
    price_only: Spoken
    injector: Spoken
    silent: Spoken
    insults: Spoken

    @model_validator(mode="after")
    def _has_every_moment(self) -> "Manners":
        shared = {"who", "again", "accept", "clarify", "confirm", "lead", "contact", "call", "care_call", "support"}
        novice = {"open_inbound", "open_outbound", "argue", "pitch", "invite", "own", "thing", "bye"}
        missing = sorted((shared | {"help", "bye", "sorry"}) - set(self.shared)) + sorted(novice - set(self.novice))
        if missing:
            raise ValueError(f"no lines for: {', '.join(missing)}")
        return self


class Panel(Strict):
    """The file ``sellers/panel.yaml``."""

    ru: Manners
    en: Manners

    def __getitem__(self, language: str) -> Manners:
        return self.ru if language == "ru" else self.en
