"""Once more from one's own line: a call rewound, and two calls held side by side."""

from dataclasses import dataclass

from trainer.errors import NotFound
from trainer.practice.call import Call
from trainer.practice.rewind import rewound
from trainer.report import CriterionResult
from trainer.rubric import POINTS
from trainer.store import NewCall
from trainer.transcript import AnyTurn
from trainer.web.handlers import Desk, Review, review


@dataclass(frozen=True)
class Difference:
    """One criterion in both calls; ``better`` is 1 where the second did better, -1 where it did worse."""

    id: str
    first: CriterionResult | None
    second: CriterionResult | None
    better: int


@dataclass(frozen=True)
class Comparison:
    """Two reviews: how many turns they share at the start, what differs, and what each said after that."""

    first: Review
    second: Review
    shared: int
    differences: tuple[Difference, ...]

    @property
    def forked(self) -> bool:
        """Whether the second was rewound from the first."""
        return self.second.call.parent == self.first.call.id

    def after(self, found: Review) -> tuple[AnyTurn, ...]:
        """The turns after the shared ones."""
        return found.transcript.turns[self.shared :]


def rewind(desk: Desk, owner: int, id: str, turn: int) -> str:
    """A new call that stands where this one stood before the seller's turn of this number; gives its id.

    The client's mind, his seed and the words up to there are the same. Raises NotFound, StoreError.
    """
    call = desk.store.load_call(id, owner)
    saved = rewound(call.state, turn) if call.state else None
    if call.persona is None or saved is None:
        raise NotFound("call", id, ())
    again = Call.load(saved, desk.persona_of(call))
    transcript = again.transcript.model_dump(mode="json")
    if "plan" in call.transcript:
        transcript["plan"] = call.transcript["plan"]
    aids = {**call.aids, "cuts": {n: rest for n, rest in call.aids.get("cuts", {}).items() if int(n) < turn}}
    new = NewCall(
        owner=owner, language=call.language, source="practice", title=call.title, persona=call.persona,
        difficulty=call.difficulty, seed=call.seed, state=saved, transcript=transcript, aids=aids,
        parent=call.id, forked=turn, persona_version=call.persona_version, company_version=call.company_version,
    )  # fmt: skip
    return desk.store.create_call(new, desk.now())


def compare(desk: Desk, owner: int, first: str, second: str) -> Comparison:
    """Two finished calls side by side; a rewound one comes second. Raises NotFound, StoreError."""
    one, other = review(desk, owner, first), review(desk, owner, second)
    if one.call.parent == other.call.id:
        one, other = other, one
    return Comparison(one, other, _shared(one, other), _differences(one, other))


def _shared(one: Review, other: Review) -> int:
    """How many turns at the start are the same; the clock does not count."""
    pairs = zip(one.transcript.turns, other.transcript.turns, strict=False)
    shared = 0
    for mine, theirs in pairs:
        if mine.model_copy(update={"at": None}) != theirs.model_copy(update={"at": None}):
            break
        shared += 1
    return shared


def _differences(one: Review, other: Review) -> tuple[Difference, ...]:
    results = [{r.id: r for r in found.report.criteria} if found.report else {} for found in (one, other)]
    made = []
    for id in dict.fromkeys((*results[0], *results[1])):
        mine, theirs = results[0].get(id), results[1].get(id)
        points = [POINTS.get(r.verdict or "", -1.0) if r else -1.0 for r in (mine, theirs)]
        if max(points) < 0:
            continue
        judged = min(points) >= 0
        better = (points[1] > points[0]) - (points[1] < points[0]) if judged else 0
        made.append(Difference(id, mine, theirs, better))
    return tuple(sorted(made, key=lambda d: (d.better == 0, -abs(d.better))))
