"""A practised call in the terminal: the same client and the same report as in the browser."""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.errors import InputError
from trainer.texts import Language, phrase
from trainer.transcript import Action

if TYPE_CHECKING:
    from trainer.persona import Persona
    from trainer.practice.actor import Actor
    from trainer.practice.call import Call
    from trainer.practice.mind import Difficulty
    from trainer.transcript import Transcript

ACTIONS: dict[str, Action] = {
    "/ignore": "ignored", "/decline": "declined", "/answer": "answered", "/callback": "promised_callback",
}  # fmt: skip


def practise(
    persona: "Persona",
    language: Language,
    difficulty: "Difficulty",
    seed: int | None,
    save: Path | None,
    interrupts: bool = False,
    actor: "Actor | None" = None,
) -> int:
    """Plays one call over stdin and stdout, prints its report, returns the exit code."""
    from trainer.practice.call import Call

    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    call = Call.start(persona, language, seed=chosen, difficulty=difficulty, actor=actor, interrupts=interrupts)

    def say(key: str, **values: object) -> str:
        return phrase(language, f"cli.practice.{key}", **values)

    typer.echo(f"— {say('brief')} —\n{persona.brief[language]}\n\n{say('how')}\n")
    inbound = call.transcript.call.direction == "inbound"
    typer.echo(say("ringing_in" if inbound else "ringing_out") + "\n")
    shown = _show_from(call, 0, language)
    while not call.over:
        try:
            line = input(f"{say('you')}: ")
        except (EOFError, KeyboardInterrupt):
            typer.echo()
            break
        if line.strip() == "/help":
            typer.echo(say("how"))
            continue
        if line.strip() == "/end":
            break
        if line.strip() in ACTIONS and call.pending is not None:
            call.act(ACTIONS[line.strip()])
        else:
            call.say(line)
        shown = _show_from(call, shown, language)
        if call.pending is not None:
            typer.echo(say("interrupted"))
    if not call.over:
        call.hang_up()
    typer.echo(f"\n{say('over')}\n")
    _report(call.transcript, save, language, persona.example[language])
    return 0


def _show_from(call: "Call", first: int, language: Language) -> int:
    """Prints what the client and the events brought since turn ``first``; the number of turns shown."""
    from trainer.render import event_text
    from trainer.transcript import Turn

    for turn in call.transcript.turns[first:]:
        if isinstance(turn, Turn) and turn.role == "client":
            typer.echo(f"{phrase(language, 'render.roles.client')}: {turn.text}")
        elif not isinstance(turn, Turn):
            typer.echo(f"[{event_text(turn, language)}]")
    return len(call.transcript.turns)


def _report(transcript: "Transcript", save: Path | None, language: Language, example: str) -> None:
    from trainer.definitions import criteria, rubrics
    from trainer.grading.coach import coach
    from trainer.grading.grader import grade
    from trainer.grading.opened import open_judge
    from trainer.models.settings import load_settings
    from trainer.render import report_text
    from trainer.rubric import choose

    if not transcript.said_by("seller"):
        typer.echo(phrase(language, "cli.practice.nothing"))
        return
    if save:
        try:
            data = json.dumps(transcript.model_dump(mode="json"), ensure_ascii=False, indent=2)
            save.write_text(data + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError("cannot_write", file=save, cause=error.strerror or error) from error
        typer.echo(phrase(language, "cli.practice.saved", file=save) + "\n")
    judge = open_judge(load_settings())
    report = coach(grade(transcript, choose(rubrics(), transcript.call), judge, example), transcript, judge)
    typer.echo(report_text(report, {name: one["name"][language] for name, one in criteria().items()}))
