"""Concerns and what became of each: heard, accepted, clarified, answered, in the order of the talk (C10–C12)."""

from dataclasses import dataclass

from trainer.grading.decisions import decide, odds_of, sureness
from trainer.grading.detectors import LIKELY, Reader, Reading
from trainer.grading.evidence import whole
from trainer.language.acts import SIGNS
from trainer.report import Concern, Evidence, Step, StepAct
from trainer.rubric import Verdict

REPLY = (
    *("accept", "clarify", "answer", "control", "argue", "info", "pitch", "needs"),
    *("respect_critic", "agree_critic", "rude"),
)
UPTAKE = ("more", "happy", "unhappy", "yes", "no")


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


def reply_features(concern: Reading, replies: tuple[Reading, ...], answers: list[Reading]) -> dict[str, float]:
    """What tells how a concern was met: the reader's own view, the replies, and how the client took them."""
    features = odds_of(concern, "whole", SIGNS)
    for place, name in ((0, "first"), (1, "second")):
        features |= odds_of(replies[place] if place < len(replies) else None, name, REPLY)
    for act in ("accept", "clarify", "answer", "control", "argue"):
        best = max(replies, key=lambda r: r.chance(act), default=None)
        features |= {f"best.{act}": odds_of(best, "best", (act,))[f"best.{act}"]}
    features |= odds_of(answers[0] if answers else None, "next", UPTAKE)
    for act in ("happy", "unhappy"):
        best = max(answers, key=lambda r: r.chance(act), default=None)
        features |= {f"taken.{act}": odds_of(best, "taken", (act,))[f"taken.{act}"]}
    features["asks_first"] = float(bool(replies) and replies[0].asks)
    features["asks_second"] = float(len(replies) > 1 and replies[1].asks)
    features["replies"] = min(len(replies), 6) / 6
    return features


def find_episodes(reader: Reader) -> list[Episode]:
    """Every concern of the call with its replies, up to the next concern or the end."""
    chances = [(reading, reading.chance("concern")) for reading in reader.by("client")]
    voiced = [(reading, chance) for reading, chance in chances if chance >= LIKELY]
    missed = max((chance for _, chance in chances if chance < LIKELY), default=0.0)
    episodes = []
    for number, (concern, chance) in enumerate(voiced):
        end = voiced[number + 1][0].turn if number + 1 < len(voiced) else None
        replies = tuple(reader.by("seller", concern.turn, end))
        answers = reader.by("client", concern.turn, end)
        episodes.append(_episode(concern, min(chance, 1 - missed), replies, answers))
    return episodes


def doubt_of_silence(reader: Reader) -> float:
    """How likely it is that a client without a found concern voiced one after all."""
    return max((reading.chance("concern") for reading in reader.by("client")), default=0.0)


def _episode(concern: Reading, voiced: float, replies: tuple[Reading, ...], answers: list[Reading]) -> Episode:
    features = reply_features(concern, replies, answers)
    chances = {name: decide(name, features) if replies else 0.0 for name in ("accepted", "clarified", "resolved")}
    yes = {name: chance >= 0.5 for name, chance in chances.items()}
    asked = [reply for reply in replies[:3] if reply.asks or reply.does("clarify")] or list(replies[:1])
    resolved = _likeliest(list(replies), "answer", "control") if yes["resolved"] else None
    uptake = next((r for r in answers if resolved and r.turn > resolved.turn and r.does("happy", "unhappy")), None)
    return Episode(
        concern,
        concern.does("critic"),
        replies,
        replies[0] if yes["accepted"] else None,
        _likeliest(asked, "clarify") if yes["clarified"] else None,
        resolved,
        uptake,
        {"voiced": voiced, **{name: sureness(chance) for name, chance in chances.items()}},
    )


def _likeliest(replies: list[Reading], *acts: str) -> Reading | None:
    return max(replies, key=lambda r: (r.chance(*acts), -r.turn), default=None)


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
    critic = min(episode.concern.chance("critic") for episode in criticised)
    against = _likeliest(replies, "agree_critic", "mock_critic")
    if against and against.does("agree_critic", "mock_critic"):
        sure = min(critic, against.chance("agree_critic", "mock_critic"))
        return Support("missed", (reader.evidence(against, "agree_critic"),), sure)
    good, sures = [], [critic]
    for act in ("respect_critic", "support_choice"):
        best = _likeliest(replies, act)
        if best:
            sures.append(sureness(best.chance(act)))
            if best.does(act):
                good.append(reader.evidence(best, act))
    verdict: Verdict = "met" if len(good) == 2 else "partly" if good else "missed"
    distinct = tuple(dict.fromkeys(good))
    return Support(verdict, distinct or (whole(reader.transcript, criticised[0].concern.turn),), min(sures))
