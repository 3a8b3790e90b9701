"""What can go wrong, said with place, fact and remedy."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from trainer.texts import Language, phrase


class TrainerError(Exception):
    """A mistake that a person can act on; ``str()`` is English, ``text("ru")`` Russian.

    ``message`` is a key of ``texts/*/errors.yaml``, ``values`` fill its slots.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def text(self, language: Language) -> str:
        """The whole message in one language."""
        values = {
            name: value.text(language) if isinstance(value, TrainerError) else value
            for name, value in self.values.items()
        }
        text = phrase(language, f"errors.{self.message}", **values)
        return text.encode("utf-8", "backslashreplace").decode()  # a file's name may hold what no stream takes

    def __str__(self) -> str:
        return self.text("en")


class InputError(TrainerError):
    """Something read from a file, a form or stdin is wrong; place is ``file:line: key``."""

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        **values: object,
    ) -> None:
        super().__init__(message, **values)
        self.file = str(file) if file is not None else None
        self.line = line
        self.key = key

    def at(self, file: str | Path | None, line: int | None = None) -> "InputError":
        """The same mistake with its place filled in where it was not known yet."""
        return InputError(self.message, file=self.file or file, line=self.line or line, key=self.key, **self.values)

    def text(self, language: Language) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        parts = [part for part in (place, self.key) if part]
        place = ": ".join([*parts, super().text(language)])
        return place.encode("utf-8", "backslashreplace").decode()


class NotFound(TrainerError):
    """No persona, rubric or call by that name; carries the closest names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        self.closest = closest(name, names)
        shown = self.closest or names[:12]
        message = f"not_found_{kind}"
        super().__init__(message, name=name, known=", ".join(shown) or "—")


class ModelFailure(TrainerError):
    """A model or its server did not do its part; never a grade. The message is a key of ``texts/*/models.yaml``."""

    def text(self, language: Language) -> str:
        return phrase(language, f"models.failures.{self.message}", **self.values)


def closest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words that ``word`` was most likely meant to be, best first."""
    return difflib.get_close_matches(word, list(known), n=count, cutoff=0.6)
