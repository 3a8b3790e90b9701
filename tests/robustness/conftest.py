"""Calls that several of these tests read."""

from pathlib import Path

import pytest

from trainer.readers import read_file

GOLD = Path(__file__).parents[1] / "gold"


@pytest.fixture(scope="session")
def gold_calls():
    """The open gold calls and the translated ones, without their labels."""
    records = [record for name in ("open", "pairs-en") for record in read_file(GOLD / f"{name}.jsonl")]
    return [record.transcript for record in records]
