"""An answer in a fixed schema: read even from a fence or from between words, asked for once more when it is broken."""

import json
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from trainer.errors import ModelFailure
from trainer.models.request import Message, Model, Reply, Request
from trainer.texts import Language, phrase

Shape = TypeVar("Shape", bound=BaseModel)


@cache
def schema_of(shape: type[BaseModel], **given: str) -> str:
    """The JSON Schema of an answer as text, closed to other keys; of a key that is ``given`` to any other value.

    Its keys stand in the order of the shape: a model that is held to a schema writes, and so thinks, in that order.
    """
    schema = shape.model_json_schema()
    for key, value in given.items():
        schema["properties"][key]["enum"] = [value]
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
        part["required"] = list(part.get("properties", {}))
    return json.dumps(schema, ensure_ascii=False)


def read_answer(shape: type[Shape], text: str) -> Shape:
    """The answer in a text. Raises ModelFailure("not_json") where there is none of that shape."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return shape.model_validate(json.loads(text[start : end + 1]) if start >= 0 else None)
    except (ValueError, ValidationError, RecursionError) as error:
        raise ModelFailure("not_json", cause=_why(error)) from error


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)[:120]


async def ask_for(shape: type[Shape], model: Model, request: Request, language: Language) -> tuple[Shape, Reply]:
    """An answer of that shape; a broken one is sent back once with what is wrong. Raises ModelFailure."""
    asked: Any = replace(request, schema=schema_of(shape))
    reply = await model.ask(asked)
    try:
        return read_answer(shape, reply.text), reply
    except ModelFailure as failure:
        said = phrase(language, "models.repair", cause=failure.values["cause"])
        again = (*asked.messages, Message("assistant", reply.text[:2000]), Message("user", said))
        reply = await model.ask(replace(asked, messages=again))
        return read_answer(shape, reply.text), reply
