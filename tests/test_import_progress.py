"""How far an import of many recordings is, as the trainee sees it while they are graded."""

import asyncio
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.desks import solo_desk_at
from tests.world import AllMissed
from trainer.errors import InputError
from trainer.texts import LANGUAGES
from trainer.web import handlers, trainee, views
from trainer.web.handlers import Desk

ME = 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return solo_desk_at(tmp_path, AllMissed)


def recordings(count: int) -> str:
    """So many calls as JSON lines; the second of them cannot be read."""
    turns = [{"role": "client", "text": "Алло?"}, {"role": "seller", "text": "Добрый день!"}]
    lines = [json.dumps({"format": "call-transcript/1", "id": f"r{n}", "turns": turns}) for n in range(count)]
    return "\n".join("{" if n == 1 else line for n, line in enumerate(lines))


@pytest.mark.parametrize("count", [1, 4])
def test_each_recording_is_counted_before_it_is_graded_also_one_that_cannot_be_read(desk: Desk, count: int) -> None:
    heard: list[tuple[int, int]] = []
    made = handlers.import_text(desk, ME, recordings(count), "x.jsonl", ".jsonl", "", lambda *far: heard.append(far))
    assert heard == [(n, count) for n in range(count)]
    assert len(made.calls) == max(1, count - 1) and len(made.mistakes) == (count > 1)


def test_of_too_many_the_first_are_counted_and_graded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "MOST_CALLS", 3)
    heard: list[tuple[int, int]] = []
    made = handlers.import_text(desk, ME, recordings(5), "x.jsonl", ".jsonl", "", lambda *far: heard.append(far))
    assert made.too_many and heard == [(0, 3), (1, 3), (2, 3)] and len(made.calls) == 2


def test_a_text_of_which_nothing_can_be_read_is_still_refused(desk: Desk) -> None:
    with pytest.raises(InputError):
        handlers.import_text(desk, ME, "{", "x.jsonl", ".jsonl", "")


@pytest.mark.parametrize("total, shown", [(1, []), (3, [(1, 3), (2, 3)])])
def test_the_page_follows_an_import_of_several_and_shows_nothing_for_one(
    monkeypatch: pytest.MonkeyPatch, total: int, shown: list[Any]
) -> None:
    monkeypatch.setattr(trainee, "LOOK_AGAIN", 0.01)
    far: list[tuple[int, int]] = []
    seen: list[tuple[int, int]] = []
    steps = [threading.Event() for _ in range(total)]

    def grades() -> None:
        for number in range(1, total):
            far.append((number, total))
            steps[number].wait(10)

    async def follows() -> None:
        grading = asyncio.create_task(asyncio.to_thread(grades))
        async for done in trainee._as_done(far, grading):
            seen.append(done)
            steps[done[0]].set()

    asyncio.run(follows())
    assert seen == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_far_it_is_is_said_in_words_and_as_a_bar(language: Any) -> None:
    made = views.going(7, 50, language)
    assert re.search(r'<progress max="50" value="7" aria-label="[^"]+">', made) and 'role="status"' in made
    assert "{" not in made and "7" in re.sub(r"<[^>]+>", "", made)
