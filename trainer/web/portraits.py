"""Which parts a client's portrait is drawn of; the drawing itself is a template."""

from dataclasses import dataclass
from hashlib import sha256

from trainer.persona import Persona

GROUNDS = ("#f3c9a5", "#a9d3c5", "#b8c8ea", "#e6c3d4", "#d9d3a4", "#c9c1e6")
CLOTHES = ("#2f5d62", "#7a4b5c", "#3f5185", "#8a5a34", "#4d6b3c", "#5b4a7d")
SKINS = ("#f0c9a8", "#e6b48c", "#d69c72", "#f5d6bd")
HAIRS = ("#3b2a22", "#6b4429", "#8a8d93", "#1f2126", "#a8692f")
CUTS = 3
MOUTHS = 3


@dataclass(frozen=True)
class Face:
    """The colours and parts of a portrait; ``cut`` is the gender's letter and the number of the haircut."""

    ground: str
    cloth: str
    skin: str
    hair: str
    cut: str
    mouth: int
    glasses: bool
    beard: bool


def face(persona: Persona) -> Face:
    """The parts for a client, always the same ones for the same id."""
    seed = sha256(persona.id.encode()).digest()
    return Face(
        ground=GROUNDS[seed[0] % len(GROUNDS)],
        cloth=CLOTHES[seed[1] % len(CLOTHES)],
        skin=SKINS[seed[2] % len(SKINS)],
        hair=HAIRS[seed[3] % len(HAIRS)],
        cut=f"{persona.gender}{seed[4] % CUTS}",
        mouth=seed[5] % MOUTHS,
        glasses=seed[6] % 3 == 0,
        beard=persona.gender == "m" and seed[7] % 3 == 0,
    )
