"""The corpus: calls and fragments whose every turn is labelled with the acts of ``acts.md``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainer.language.acts import Spoken
from trainer.transcript import Speaker

HERE = Path(__file__).parent
ROLES: dict[str, Speaker] = {"S": "seller", "C": "client"}


@dataclass(frozen=True)
class Call:
    """One call or fragment: what was said, and what each turn does."""

    id: str
    file: str
    purpose: str
    turns: tuple[Spoken, ...]
    acts: tuple[frozenset[str], ...]


def known_acts() -> dict[Speaker, list[str]]:
    """The acts of each side, as the tables of ``acts.md`` name them."""
    seller, client = (HERE / "acts.md").read_text(encoding="utf-8").split("## Client")
    return {side: re.findall(r"^\| `(\w+)`", table, re.M) for side, table in (("seller", seller), ("client", client))}


def read_corpus(folder: Path = HERE / "corpus") -> list[Call]:
    """Every call of every file. Raises ValueError with file and line for a line that cannot be read."""
    return [call for path in sorted(folder.glob("*.txt")) for call in _read(path)]


def _read(path: Path) -> Iterator[Call]:
    known = {side: set(acts) for side, acts in known_acts().items()}
    header: dict[str, str] = {}
    turns: list[Spoken] = []
    acts: list[frozenset[str]] = []

    def finished() -> Iterator[Call]:
        if turns:
            yield Call(header["id"], path.name, header.get("purpose", ""), tuple(turns), tuple(acts))

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith(("#", "!")):
            continue
        if line.startswith("==="):
            yield from finished()
            header = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line))
            turns, acts = [], []
            continue
        match = re.match(r"([SC])\[([\w,\-]+)\]\s+(.+)", line)
        if not match:
            raise ValueError(f"{path}:{number}: cannot read {line[:60]!r}")
        side = ROLES[match[1]]
        labels = frozenset(match[2].split(",")) - {"-"}
        if labels - known[side]:
            raise ValueError(f"{path}:{number}: unknown act {sorted(labels - known[side])}")
        turns.append(Spoken(side, match[3].strip()))
        acts.append(labels)
    yield from finished()
