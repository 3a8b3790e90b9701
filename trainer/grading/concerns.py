"""Concerns and what became of each: heard, accepted, clarified, answered, in the order of the talk (C10–C12)."""

from dataclasses import dataclass

from trainer.grading.detectors import Reader, Reading
from trainer.grading.evidence import whole
from trainer.report import Concern, Evidence, Step, StepAct
from trainer.rubric import Verdict

VOICED = 0.5
ACCEPTED = 0.5
CLARIFIED = 0.45
ANSWERED = 0.5
SOLVED = 0.45


@dataclass(frozen=True)
class Episode:
    """One concern with the seller's turns that belong to it; ``sure`` is how sure each part of the reading is."""

    concern: Reading
    critic: bool
    replies: tuple[Reading, ...]
    accepted: Reading | None
    clarified: Reading | None
    resolved: Reading | None
    uptake: Reading | None
    sure: dict[str, float]


def find_episodes(reader: Reader) -> list[Episode]:
    """Every concern of the call with its replies, up to the next concern or the end."""
    voiced = [r for r in reader.by("client") if r.does("concern", at=VOICED)]
    episodes = []
    for number, concern in enumerate(voiced):
        end = voiced[number + 1].turn if number + 1 < len(voiced) else None
        replies = tuple(reader.by("seller", concern.turn, end))
        answers = reader.by("client", concern.turn, end)
        episodes.append(_episode(concern, replies, answers))
    return episodes


def _episode(concern: Reading, replies: tuple[Reading, ...], answers: list[Reading]) -> Episode:
    first = replies[0] if replies else None
    accepted = first if first and first.does("accept", at=ACCEPTED) else None
    clarified, doubt = _clarified(replies)
    resolved, solved = _resolved(replies, answers)
    uptake = next((r for r in answers if resolved and r.turn > resolved.turn and r.does("happy", "unhappy")), None)
    sure = {
        "voiced": concern.chance("concern"),
        "accepted": _distance(first.chance("accept") if first else 0.0, ACCEPTED),
        "clarified": doubt,
        "resolved": solved,
    }
    return Episode(concern, concern.does("critic", at=0.5), replies, accepted, clarified, resolved, uptake, sure)


def _distance(chance: float, threshold: float) -> float:
    """How sure a yes or no is: 0.5 on the threshold, 1 at the ends."""
    if chance >= threshold:
        return 0.5 + 0.5 * (chance - threshold) / (1 - threshold)
    return 0.5 + 0.5 * (threshold - chance) / threshold


def _clarified(replies: tuple[Reading, ...]) -> tuple[Reading | None, float]:
    """The first clarifying question, if no answer came before it; a question behind an answer is too late (C10)."""
    sure = 1.0
    for reply in replies:
        asks, answers = reply.chance("clarify"), reply.chance("answer", "control", "argue")
        if asks >= CLARIFIED and (answers < ANSWERED or _asks_first(reply)):
            return reply, min(sure, _distance(asks, CLARIFIED))
        sure = min(sure, _distance(asks, CLARIFIED))
        if answers >= ANSWERED:
            return None, min(sure, _distance(answers, ANSWERED))
    return None, sure


def _asks_first(reply: Reading) -> bool:
    """Whether a turn that both asks and answers puts the question before the answer."""
    mark = reply.text.find("?")
    return 0 <= mark < len(reply.text) * 0.6


def _resolved(replies: tuple[Reading, ...], answers: list[Reading]) -> tuple[Reading | None, float]:
    """The last reply that answers to the point or takes control, unless the client stays unhappy with it (C11)."""
    best: Reading | None = None
    for reply in replies:
        chance = reply.chance("answer", "control")
        if chance >= SOLVED and chance >= reply.chance("argue") * 0.8:
            best = reply
    if best is None:
        top = max((r.chance("answer", "control") for r in replies), default=0.0)
        return None, _distance(top, SOLVED)
    after = [r for r in answers if r.turn > best.turn]
    if after and after[0].does("unhappy", at=0.6) and after[0].chance("happy") < 0.4:
        return None, 0.6
    return best, _distance(best.chance("answer", "control"), SOLVED)


def _steps(episode: Episode) -> tuple[tuple[StepAct, str, Reading | None], ...]:
    return (
        ("accepted", "accept", episode.accepted),
        ("clarified", "clarify", episode.clarified),
        ("answered", "answer", episode.resolved),
        ("uptake", "happy", episode.uptake),
    )


def ledger(reader: Reader, episodes: list[Episode]) -> tuple[Concern, ...]:
    """The episodes as the report shows them."""
    found = []
    for episode in episodes:
        steps = [
            Step(act=step, turn=reading.turn, quote=reader.evidence(reading, act).quote)
            for step, act, reading in _steps(episode)
            if reading
        ]
        found.append(
            Concern(
                turn=episode.concern.turn,
                quote=whole(reader.transcript, episode.concern.turn).quote,
                accepted=episode.accepted is not None,
                clarified=episode.clarified is not None,
                resolved=episode.resolved is not None,
                steps=tuple(sorted(steps, key=lambda step: step.turn)),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Support:
    """How a close person's criticism was met (C12)."""

    verdict: Verdict
    evidence: tuple[Evidence, ...]
    sure: float


def support(reader: Reader, episodes: list[Episode]) -> Support | None:
    """The verdict on the support of the choice; ``None`` where nobody close criticised the purchase."""
    criticised = [episode for episode in episodes if episode.critic]
    if not criticised:
        return None
    replies = [reply for episode in criticised for reply in episode.replies]
    respects = max(replies, key=lambda r: r.chance("respect_critic"), default=None)
    supports = max(replies, key=lambda r: r.chance("support_choice"), default=None)
    against = max(replies, key=lambda r: r.chance("agree_critic", "mock_critic"), default=None)
    critic = min(episode.concern.chance("critic") for episode in criticised)
    if against and against.does("agree_critic", "mock_critic"):
        sure = min(critic, against.chance("agree_critic", "mock_critic"))
        return Support("missed", (reader.evidence(against, "agree_critic"),), sure)
    good = []
    if respects and respects.does("respect_critic", at=0.4):
        good.append(reader.evidence(respects, "respect_critic"))
    if supports and supports.does("support_choice", at=0.4):
        good.append(reader.evidence(supports, "support_choice"))
    sure = min(
        [critic]
        + [
            _distance(r.chance(act), 0.4)
            for r, act in ((respects, "respect_critic"), (supports, "support_choice"))
            if r
        ]
    )
    verdict: Verdict = "met" if len(good) == 2 else "partly" if good else "missed"
    distinct = tuple(dict.fromkeys(good))
    return Support(verdict, distinct or (whole(reader.transcript, criticised[0].concern.turn),), sure)
