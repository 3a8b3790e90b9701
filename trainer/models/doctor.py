"""Shows what is configured, asks each model one small thing, and says in plain words what is wrong."""

from collections.abc import Callable, Iterator
from time import monotonic

from pydantic import BaseModel

from trainer.errors import ModelFailure, TrainerError
from trainer.models.answers import ask_for
from trainer.models.loop import pieces, wait
from trainer.models.opened import open_model, where
from trainer.models.request import Message, Model, Request
from trainer.models.settings import Settings, cache_file
from trainer.texts import Language, phrase

OFFLINE = ("", "offline", "rules")


class Ready(BaseModel):
    """The shape of the smallest answer in a schema."""

    ready: bool


def configured(settings: Settings, file: object, language: Language) -> Iterator[str]:
    """What is set, line by line; the key itself is never shown."""

    def say(key: str, **values: object) -> str:
        return phrase(language, f"models.doctor.{key}", **values)

    yield say("file", file=file or say("no_file"))
    yield say("key", state=say("key_set" if settings.api_key else "key_missing"))
    yield say("url", url=settings.base_url or "—")
    yield say("cache", file=cache_file())
    yield say("voice", name=settings.model or say("offline"))
    yield say("judge", name=settings.judge)
    if settings.second_judge:
        yield say("second", name=settings.second_judge)


def names_of(settings: Settings) -> list[str]:
    """The models that are configured, each once."""
    named = (settings.model, settings.judge, settings.second_judge)
    return [one for one in dict.fromkeys(named) if one not in OFFLINE]


def examine(name: str, settings: Settings, language: Language) -> Iterator[tuple[bool, str]]:
    """``(whether all is well, what to read)`` for each thing tried with one model."""

    def say(key: str, **values: object) -> str:
        return phrase(language, f"models.doctor.{key}", name=name, **values)

    question = Request((Message("user", say("question")),), max_tokens=400)
    yield True, say("asking", url=where(name, settings) or say("package"))
    try:
        model = open_model(name, settings.model_copy(update={"retries": 0}))
        reply = wait(model.ask(question), settings.timeout + 5)
        yield True, say("good", seconds=f"{reply.seconds:.1f}", answer=" ".join(reply.text.split())[:60])
        yield True, _streams(model, question, settings, say)
        wait(ask_for(Ready, model, Request((Message("user", '{"ready": true}'),)), language), settings.timeout * 2)
        yield True, say("json")
    except TrainerError as error:
        yield False, say("bad", cause=error.text(language))


def _streams(model: Model, question: Request, settings: Settings, say: Callable[..., str]) -> str:
    began = monotonic()
    first = None
    for _ in pieces(model.stream(question), settings.timeout):
        first = first if first is not None else monotonic() - began
    if first is None:
        raise ModelFailure("empty")
    return say("streams", seconds=f"{first:.1f}")
