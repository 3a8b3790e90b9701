"""A second panel that the clients were not written with: an expert in other words, a half-trained seller."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from trainer.definitions import load_know_how, load_panel
from trainer.persona import Persona
from trainer.practice.call import Call
from trainer.practice.mind import Act, Difficulty
from trainer.rehearsal.sellers import Skilled, filled
from trainer.seller import Manners
from trainer.texts import Language

UNSEEN = Path(__file__).parent / "unseen"
WORDS: dict[str, dict[str, tuple[str, ...]]] = yaml.safe_load((UNSEEN / "panel.yaml").read_text(encoding="utf-8"))
IDS = tuple(sorted(path.stem for path in UNSEEN.glob("*.yaml") if path.stem != "panel"))


@dataclass
class HalfTrained(Skilled):
    """Asks about half of the concerns and answers the others at once; invites to nowhere before he names an hour."""

    asks: dict[str, bool] = field(default_factory=dict)

    def _of_the_concern(self, id: str, kinds: set[str]) -> str:
        if id not in self.asks:
            self.asks[id] = self.rng.random() < 0.5
        known = self.craft.concerns[id]
        if not self.asks[id] and not self.used.get(f"answer.{id}"):
            return self._next(f"answer.{id}", known.answer)
        return super()._of_the_concern(id, kinds)

    def _lead(self) -> str:
        if not self.used.get("invite"):
            return self._next("invite", self.manners.novice["invite"])
        return super()._lead()


def played(persona: Persona, language: Language, seed: int, *, half: bool, difficulty: Difficulty = "real") -> Call:
    """The whole call of the second expert, or of the half-trained seller, with this client."""
    known = load_know_how(persona.id, UNSEEN)
    assert known is not None
    manners = load_panel()[language]
    spoken = {**manners.shared, **{name: tuple(lines) for name, lines in WORDS[language].items()}}
    here, rng = persona.call, Random(f"second:{persona.id}:{language}:{seed}:{half}")
    slots = {"seller": here.seller[language], "company": here.company[language], "client": persona.name[language]}
    shared = Manners.model_validate(filled(manners.model_copy(update={"shared": spoken}).model_dump(), slots))
    kind = HalfTrained if half else Skilled
    voice = kind(known[language], shared, here.direction == "inbound", here.purpose, 1.0, rng)
    call, heard = Call.start(persona, language, seed=seed, difficulty=difficulty), tuple[Act, ...]()
    while not call.over:
        line = voice.line(heard)
        if line is None:
            call.hang_up()
            break
        call.say(line)
        heard = tuple(Act(one["kind"], one["topic"]) for one in call.trace[-1]["acts"])
    return call
