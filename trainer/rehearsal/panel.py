"""The whole rehearsal: every seller of the panel with every client over the seeds, in parallel processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from trainer.definitions import load_know_how, load_panel, load_persona, rubrics
from trainer.practice.mind import Difficulty
from trainer.rehearsal.plays import Played, count, play
from trainer.report import Outcome
from trainer.rubric import choose
from trainer.seller import Manner
from trainer.texts import Language
from trainer.transcript import Transcript


@dataclass(frozen=True)
class Job:
    """The calls of one client with one seller in one language; small enough for a steady progress bar."""

    persona: str
    language: Language
    manner: Manner
    difficulty: Difficulty
    seeds: tuple[int, ...]
    graded: bool
    sellers: Path | None = None


def run(job: Job) -> list[Played]:
    """Plays a job; works in any process, for it reads its files itself."""
    persona, panel = load_persona(job.persona), load_panel(job.sellers)
    know_how = load_know_how(persona.id, job.sellers)
    craft = know_how[job.language] if know_how else None
    found = []
    for seed in job.seeds:
        call = play(persona, craft, panel[job.language], job.language, job.manner, seed, job.difficulty)
        found.append(count(call, job.manner, _graded(call.transcript) if job.graded else None))
    return found


def _graded(transcript: Transcript) -> Outcome | None:
    """The outcome that the grader reads from the transcript alone."""
    from trainer.grading.grader import grade
    from trainer.grading.rules import RulesJudge

    return grade(transcript, choose(rubrics(), transcript.call), RulesJudge()).outcome


def rehearse(jobs: Sequence[Job], workers: int, done: Callable[[int], None]) -> Iterator[Played]:
    """Every call of the jobs, as they come; ``done`` hears how many calls were just finished."""
    if workers <= 1:
        for job in jobs:
            played = run(job)
            done(len(played))
            yield from played
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for ready in as_completed([pool.submit(run, job) for job in jobs]):
            played = ready.result()
            done(len(played))
            yield from played
