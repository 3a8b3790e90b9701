"""How much of a file is read, and JSON read strictly: no key twice, no NaN, no nesting without end."""

import json
from typing import Any, NoReturn

from trainer.errors import InputError

FILE_BYTES = 50_000_000
TURNS = 500
"""An hour's talk; at about a tenth of a second a turn it is graded within a minute."""
TURN_LETTERS = 6_000
CALL_LETTERS = 60_000
MISTAKES = 100
"""Broken records after which the rest of a file is left unread."""
LONGEST_LINE = 4 * TURN_LETTERS


def lines(text: str) -> list[str]:
    """The lines of a text; unlike ``splitlines`` only line ends end them, not what JSON may hold in a string."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def shown(value: object, longest: int = 60) -> str:
    """A piece of somebody's file as a message may carry it: printable, on one line, cut."""
    text = str(value)[: longest + 1]
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text if len(text) <= longest else text[:longest] + "…"


def parse(text: str, file: str, line: int) -> Any:
    """The value of a JSON text that starts at a line of a file. Raises InputError with the line of the mistake."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in found if keys.count(key) > 1)
            raise InputError("duplicate_key", file=file, line=line, value=shown(twice))
        return found

    def no_number(name: str) -> NoReturn:
        raise InputError("not_a_number", file=file, line=line, value=name)

    try:
        found = json.loads(text, object_pairs_hook=once, parse_constant=no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError as error:
        raise InputError("half_a_letter", file=file, line=line) from error
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise InputError("broken_json", file=file, line=at, cause=error.msg) from error
    except RecursionError as error:
        raise InputError("too_deep", file=file, line=line) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise InputError("not_a_number", file=file, line=line, value="123456789…") from error
