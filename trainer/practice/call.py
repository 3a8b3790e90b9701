"""A practised call: the seller says a line, the client answers; the transcript grows, everything can be saved."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from trainer.persona import Persona
from trainer.practice import director, guard, interruptions
from trainer.practice.actor import Actor, Bank, Card, Streams
from trainer.practice.mind import Act, Difficulty, Heard, State
from trainer.practice.moves import read
from trainer.practice.proposals import Proposal
from trainer.practice.scene import Move, Scene
from trainer.report import Outcome
from trainer.texts import Language
from trainer.transcript import Action, AnyTurn, Event, EventName, Transcript, Turn, Who

FORMAT = "practice-call/1"
LONGEST_LINE = 2000
RETRIES = 2
LATELY = 9
_SPACES = re.compile(r"\s+")


def clean(text: str) -> tuple[str, bool]:
    """A seller's line as words only (no control or hidden characters, 2,000 at most), and whether it was cut."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(" " if char in "\n\r\t" else char for char in plain if char in "\n\r\t" or _visible(char))
    line = _SPACES.sub(" ", kept).strip()
    return line[:LONGEST_LINE].rstrip(), len(line) > LONGEST_LINE


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass
class Call:
    """One call in progress; the same persona, language, seed and lines always give the same call."""

    persona: Persona
    language: Language
    seed: int
    difficulty: Difficulty
    at: datetime
    actor: Actor
    state: State
    turns: tuple[AnyTurn, ...] = ()
    trace: tuple[dict[str, Any], ...] = ()
    interrupts: bool = False

    @classmethod
    def start(
        cls,
        persona: Persona,
        language: Language,
        *,
        seed: int = 0,
        difficulty: Difficulty = "real",
        actor: Actor | None = None,
        at: datetime | None = None,
        interrupts: bool = False,
    ) -> "Call":
        """A new call; the client's first words (his request, or his «Алло?») are already in the transcript.

        With ``interrupts`` the boss, a colleague or a visitor breaks in once or twice (A1–A3), by the seed.
        """
        moment = (at or datetime.fromisoformat(persona.call.at)).replace(second=0, microsecond=0, tzinfo=None)
        state = director.first_state(persona, seed, difficulty)
        call = cls(persona, language, seed, difficulty, moment, Bank(), state, interrupts=interrupts)
        acts: tuple[Act, ...] = (Act("request" if persona.call.direction == "inbound" else "pick_up"),)
        ready = next((one.id for one in persona.concerns if "start" in one.raised_by), None)
        if ready is not None:
            call.state = state.voice(ready)
            acts = (*acts, Act("concern", ready))
        call.turns = (Turn(role="client", text="".join(call._voiced(acts, ""))),)
        call.actor = actor or call.actor  # the first words are always the author's: nobody waits for a model to pick up
        return call

    @property
    def over(self) -> bool:
        """Whether somebody hung up."""
        return self.state.over or bool(
            self.turns and isinstance(self.turns[-1], Event) and self.turns[-1].event == "hang_up"
        )

    @property
    def pending(self) -> Event | None:
        """The interruption that the seller has not dealt with yet."""
        return interruptions.pending(self.turns)

    @property
    def transcript(self) -> Transcript:
        """The call so far."""
        info = self.persona.call_info(self.language, self.at)
        name = f"{self.persona.id}-{self.language}-{self.seed}"
        return Transcript(id=name, language=self.language, call=info, turns=self.turns)

    @property
    def director_outcome(self) -> Outcome:
        """What was reached, by the director's own log (G1–G7)."""
        state, call = self.state, self.persona.call
        if call.purpose == "care":
            return "maximum" if state.next_call else "none"
        if state.appointment or (call.purpose == "phone_deal" and state.invoice and state.next_call):
            return "maximum"
        if state.next_call and (state.contact or call.direction == "outbound"):
            return "minimum_with_call"
        return "minimum" if state.contact else "none"

    def say(self, text: str, hear: Callable[[str], None] | None = None) -> tuple[AnyTurn, ...]:
        """The seller's line, and what comes back: the client's turn, his hang-up or an interruption.

        ``hear`` is given the client's words as soon as they may be heard. An interruption that still waits counts as
        ignored. Raises ValueError when the call is over.
        """
        if self.over:
            raise ValueError("the call is over")
        if self.pending is not None and not interruptions.asks_leave(text, self.language):
            self.act("ignored")
        line, cut = clean(text)
        before = self.state
        heard = self._hear(line, cut)
        reply = director.react(heard)
        self.state = reply.state
        self.turns = (*self.turns, Turn(role="seller", text=line or "…"))
        spoken = ""
        for piece in self._voiced(reply.acts, line):
            spoken += piece
            if hear:
                hear(piece)
        fresh: list[AnyTurn] = [Turn(role="client", text=spoken)]
        if any(act.end for act in reply.acts):
            fresh.append(Event(event="hang_up", by="client"))
        self.turns = (*self.turns, *fresh)
        self._note(line, heard.moves, before, reply.rule, reply.acts)
        if self.interrupts and not self.over and self.pending is None:
            event = interruptions.due(self.persona, self.seed, self.state.turn, self.turns)
            if event is not None:
                self.turns = (*self.turns, event)
                fresh.append(event)
        return tuple(fresh)

    def hang_up(self) -> tuple[AnyTurn, ...]:
        """The seller drops the line."""
        if self.over:
            return ()
        self.state = replace(self.state, over=True)
        event = Event(event="hang_up", by="seller")
        self.turns = (*self.turns, event)
        return (event,)

    def interrupt(self, event: EventName, who: Who) -> tuple[AnyTurn, ...]:
        """Something breaks into the call (A1–A3): the boss rings, a visitor comes in."""
        fresh = Event(event=event, who=who)
        self.turns = (*self.turns, fresh)
        return (fresh,)

    def act(self, action: Action) -> tuple[AnyTurn, ...]:
        """What the seller does about an interruption, and the client's word to it; answering ends his trust (A1)."""
        if self.over:
            raise ValueError("the call is over")
        before = self.state
        self.state, acts = interruptions.reaction(before, action)
        fresh: list[AnyTurn] = [Event(event="seller_action", action=action)]
        if acts:
            fresh.append(Turn(role="client", text="".join(self._voiced(acts, ""))))
        if any(act.end for act in acts):
            fresh.append(Event(event="hang_up", by="client"))
        self.turns = (*self.turns, *fresh)
        self._note("", (), before, f"interruption:{action}", acts)
        return tuple(fresh)

    def save(self) -> dict[str, Any]:
        """The whole call as JSON; ``load`` goes on exactly where it stopped."""
        return {
            "format": FORMAT,
            "persona": self.persona.id,
            "language": self.language,
            "seed": self.seed,
            "difficulty": self.difficulty,
            "at": self.at.isoformat(timespec="minutes"),
            "state": self.state.to_json(),
            "turns": [turn.model_dump(mode="json", exclude_none=True) for turn in self.turns],
            "trace": list(self.trace),
            "interrupts": self.interrupts,
        }

    @classmethod
    def load(cls, data: dict[str, Any], persona: Persona, actor: Actor | None = None) -> "Call":
        """The call that ``save`` wrote; what comes next is the same as if it had never stopped."""
        turns = Transcript.model_validate({"turns": data["turns"]}).turns
        return cls(
            persona,
            data["language"],
            data["seed"],
            data["difficulty"],
            datetime.fromisoformat(data["at"]),
            actor or Bank(),
            State.from_json(data["state"]),
            turns,
            tuple(data["trace"]),
            data.get("interrupts", False),
        )

    def _hear(self, line: str, cut: bool) -> Heard:
        state = self.state
        active = state.active
        offered = Proposal("", 0, state.offered, None, _clock(state.offered)) if state.offered else None
        concern = self.persona.concern(active.id) if active else None
        said = self._last()
        scene = Scene(self.persona, self.language, self.at, concern, state.expects, offered, state.told, said)
        moves, before = read(line, scene), said[-1] if said else ""
        return Heard(self.persona, self.language, self.at, state, line, moves, self._rng("mind"), cut, before)

    def _last(self) -> tuple[str, ...]:
        """What the client said last, the newest line at the end."""
        return tuple(text for _, text in Transcript(turns=self.turns[-LATELY:]).said_by("client"))

    def _rng(self, use: str) -> Random:
        return Random(f"{self.persona.id}:{self.language}:{self.seed}:{len(self.turns)}:{use}")

    def _voiced(self, acts: tuple[Act, ...], heard: str) -> Iterator[str]:
        """The acts in words, piece by piece, each checked by the guard before it is spoken.

        A model is called once a turn, for the first act; what comes with it is the author's.
        """
        rng = self._rng("voice")
        said = tuple(text for _, text in Transcript(turns=self.turns).said_by("client"))
        spoken: list[str] = []
        for act in acts:
            card = Card(act, self.persona, self.language, self.state, (*said, *spoken), heard, rng, self.turns)
            if spoken:
                yield " "
            line = ""
            for piece in self._checked(card, Bank() if spoken else self.actor):
                line += piece
                yield piece
            spoken.append(line)

    def _checked(self, card: Card, actor: Actor) -> Iterator[str]:
        if isinstance(actor, Streams):
            yield from actor.pieces(card)
            return
        for _ in range(RETRIES + 1):
            line = actor.voice(card)
            if not guard.check(line, card):
                break
        else:
            line = Bank().voice(card)
        yield line

    def _note(self, line: str, moves: tuple[Move, ...], before: State, rule: str, acts: tuple[Act, ...]) -> None:
        entry = {
            "turn": len(self.turns) - 1,
            "said": line,
            "moves": [{"kind": one.kind, "quote": one.quote, "topic": one.topic} for one in moves],
            "rule": rule,
            "acts": [{"kind": act.kind, "topic": act.topic} for act in acts],
            "before": _brief(before),
            "after": _brief(self.state),
        }
        history = getattr(self.actor, "history", ())
        if history and acts:
            entry["voice"] = asdict(history[-1])
        self.trace = (*self.trace, entry)


def _clock(moment: str | None) -> tuple[int, int] | None:
    if moment is None:
        return None
    found = datetime.fromisoformat(moment)
    return (found.hour, found.minute)


def _brief(state: State) -> dict[str, Any]:
    """The mind as a trace shows it: without the list of heard lines."""
    shown = state.to_json()
    del shown["heard"]
    return shown
