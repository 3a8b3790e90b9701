"""The small things of his life: the words they are known by, and the one life of each that a call has settled on."""

from trainer.persona import Persona
from trainer.practice.mind import Heard, State
from trainer.practice.patterns import bank
from trainer.texts import Language


def about(id: str, persona: Persona, language: Language) -> tuple[str, ...]:
    """The words by which a small fact is known: the persona's own, or those of the everyday topic of that name."""
    own = next((one.about[language] for one in persona.small if one.id == id), ())
    return own or tuple(bank(language)["topics"].get(id, {}).get("about", ()))


def said_of(id: str, persona: Persona, language: Language, state: State) -> tuple[str, ...]:
    """The lines of a small fact; of an everyday topic those of the life that this call has settled on."""
    own = next((one.lines[language] for one in persona.small if one.id == id), None)
    if own is not None:
        return own
    lives = bank(language)["topics"][id]["lives"]
    return tuple(lives[_life(id, state) % len(lives)])


def said_to(form: str, language: Language) -> tuple[str, ...]:
    """The lines for a question of which only the form is known."""
    return tuple(bank(language)["forms"][form])


def settled_life(heard: Heard, state: State, id: str) -> State:
    """Remembers which life of a topic he spoke of, so that he never says another in the same call."""
    if any(one.startswith(f"small:{id}:") for one in state.marks):
        return state
    lives = bank(heard.language)["topics"].get(id, {}).get("lives", [()])
    return state.mark(f"small:{id}:{heard.rng.randrange(len(lives))}")


def _life(id: str, state: State) -> int:
    named = next((one for one in state.marks if one.startswith(f"small:{id}:")), f"small:{id}:0")
    return int(named.rsplit(":", 1)[1])
