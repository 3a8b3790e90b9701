"""My progress: the score and every skill over attempts, kinds mastered, what to practise next and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from trainer import trail
from trainer.persona import Persona
from trainer.rubric import POINTS
from trainer.trail import Attempt
from trainer.transcript import Kind
from trainer.web.handlers import Desk, local_moment
from trainer.web.prepare import KINDS, skills_of

WIDTH, HEIGHT, EDGE = 640, 180, 18
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 150, 40, 5
ORDER = ("goal", "concern", "care", "respect", "closing", "attention", "plan")
SAME = {"choice": "concern"}
LATEST = 5
GOOD = 80.0
GOOD_CALLS = 2
STRONG = 0.85
DAYS = 14
REACHED = ("maximum", "minimum_with_call")


@dataclass(frozen=True)
class Skill:
    """One skill over attempts: ``now`` is the mean of the latest, 0–100, ``change`` against those before them."""

    name: str
    line: str
    now: int
    change: int
    calls: int


@dataclass(frozen=True)
class Mastery:
    """How far a kind of call is: ``best`` is the best score, ``None`` for one that was never practised."""

    kind: Kind
    calls: int
    best: int | None
    mastered: bool


@dataclass(frozen=True)
class Next:
    """Whom to call next and why: ``reason`` is a key of the texts, ``skill`` what it is about."""

    persona: Persona
    reason: str
    skill: str = ""
    share: int = 0


@dataclass(frozen=True)
class Dot:
    """One attempt in the plot of scores."""

    id: str
    x: float
    y: float
    score: int


@dataclass(frozen=True)
class Progress:
    """Everything the page shows; ``days`` are the last fourteen, oldest first, practised or not."""

    dots: tuple[Dot, ...]
    line: str
    skills: tuple[Skill, ...]
    kinds: tuple[Mastery, ...]
    next: Next | None
    days: tuple[bool, ...]
    exercises: int
    width: int = WIDTH
    height: int = HEIGHT


def progress(desk: Desk, owner: int) -> Progress:
    """Somebody's progress over his graded calls. Raises StoreError."""
    found = trail.attempts(desk.store, owner)
    practised = tuple(one for one in found if one.source == "practice")
    skills = skills_over(found)
    kinds = tuple(mastery(kind, practised) for kind in KINDS)
    dots = _dots(found)
    return Progress(
        dots, " ".join(f"{dot.x},{dot.y}" for dot in dots), skills, kinds, suggest(desk.personas(), practised, skills),
        days(found, desk.now()), trail.exercises_met(desk.store, owner),
    )  # fmt: skip


def skill_of(criterion: str) -> str:
    """The skill a criterion belongs to."""
    name = criterion.partition(".")[0]
    return SAME.get(name, name)


def share_of(attempt: Attempt, skill: str) -> float | None:
    """How much of a skill was shown in one call, 0–1; ``None`` where nothing of it applied."""
    judged = [
        (POINTS[one["verdict"]], one["weight"])
        for one in attempt.report["criteria"]
        if one["verdict"] in POINTS and skill_of(one["id"]) == skill
    ]
    weight = sum(w for _, w in judged)
    return sum(points * w for points, w in judged) / weight if weight else None


def skills_over(attempts: Sequence[Attempt]) -> tuple[Skill, ...]:
    """Every skill that was judged at least once."""
    made = []
    for name in ORDER:
        shares = [share for one in attempts if (share := share_of(one, name)) is not None]
        if not shares:
            continue
        now, before = shares[-LATEST:], shares[:-LATEST]
        latest = sum(now) / len(now)
        change = latest - sum(before) / len(before) if before else 0.0
        made.append(Skill(name, _spark(shares), round(100 * latest), round(100 * change), len(shares)))
    return tuple(made)


def _spark(shares: list[float]) -> str:
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / max(1, len(shares) - 1)
    tall = SPARK_HEIGHT - 2 * SPARK_EDGE
    places = [(SPARK_EDGE + n * step, SPARK_HEIGHT - SPARK_EDGE - share * tall) for n, share in enumerate(shares)]
    if len(places) == 1:
        places.append((SPARK_WIDTH - SPARK_EDGE, places[0][1]))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _dots(attempts: Sequence[Attempt]) -> tuple[Dot, ...]:
    step = (WIDTH - 2 * EDGE) / max(1, len(attempts) - 1)
    made = []
    for number, one in enumerate(attempts):
        score = one.score or 0.0
        x = EDGE + number * step if len(attempts) > 1 else WIDTH / 2
        made.append(Dot(one.id, round(x, 1), round(HEIGHT - EDGE - score / 100 * (HEIGHT - 2 * EDGE), 1), round(score)))
    return tuple(made)


def mastery(kind: Kind, attempts: Sequence[Attempt]) -> Mastery:
    """A kind is mastered when its last two calls both scored well and reached a goal."""
    own = [one for one in attempts if one.kind == kind]
    last = own[-GOOD_CALLS:]
    good = [one for one in last if (one.score or 0) >= GOOD and one.outcome in REACHED]
    best = max((one.score or 0 for one in own), default=None)
    return Mastery(kind, len(own), None if best is None else round(best), len(good) == GOOD_CALLS)


def suggest(personas: Sequence[Persona], attempts: Sequence[Attempt], skills: Sequence[Skill]) -> Next | None:
    """The client who trains the weakest skill and was called least; a strong trainee gets a harder one."""
    if not personas:
        return None
    calls = {one.id: sum(a.persona == one.id for a in attempts) for one in personas}
    trained = [one for one in skills if one.name not in ("plan", "attention")]
    weakest = min(trained, key=lambda one: one.now, default=None)
    if weakest is None:
        return Next(min(personas, key=lambda one: (one.level, calls[one.id])), "start")
    if weakest.now >= 100 * STRONG:
        return Next(min(personas, key=lambda one: (calls[one.id], -one.level)), "harder")
    fit = [one for one in personas if weakest.name in skills_of(one)] or list(personas)
    return Next(min(fit, key=lambda one: (calls[one.id], one.level)), "weakest", weakest.name, weakest.now)


def days(attempts: Sequence[Attempt], now: float) -> tuple[bool, ...]:
    """On which of the last days something was practised, the oldest first."""
    today = local_moment(now).date().toordinal()
    practised = {local_moment(one.started).date().toordinal() for one in attempts}
    return tuple(day in practised for day in range(today - DAYS + 1, today + 1))
