"""The offline judge: every criterion of the contract read from the detectors, verdicts by fixed rules."""

from collections.abc import Callable
from dataclasses import replace

from trainer.grading import closing, plans, trust
from trainer.grading.care import judge_care
from trainer.grading.concerns import Episode, doubt_of_silence, find_episodes, ledger, support
from trainer.grading.decisions import decide, odds_of
from trainer.grading.detectors import Reader, Reading
from trainer.grading.evidence import whole
from trainer.grading.interruptions import judge_attention
from trainer.grading.judges import Assessment, Finding
from trainer.grading.outcomes import Settled, settle
from trainer.grading.turns import asks_deal
from trainer.report import Evidence
from trainer.rubric import Rubric, Verdict
from trainer.transcript import Transcript

OUTCOME_VERDICT: dict[str, Verdict] = {
    "maximum": "met", "minimum_with_call": "partly", "minimum": "partly", "none": "missed",
}  # fmt: skip


class RulesJudge:
    """Judges without any model server: an embedded act reader and rules for what vectors cannot see."""

    name = "rules"

    def assess(self, transcript: Transcript, rubric: Rubric) -> Assessment:
        read = self.read(Reader(transcript), rubric)
        trusted = {name: replace(one, sure=trust.trusted(name, one.sure)) for name, one in read.findings.items()}
        return replace(read, findings=trusted)

    def read(self, reader: Reader, rubric: Rubric) -> Assessment:
        """The findings as sure as the rules are of them, not yet set against how often they are right."""
        settled = settle(reader)
        episodes = find_episodes(reader)
        findings: dict[str, Finding] = {
            "goal.outcome": _outcome(reader, settled),
            "goal.asked_appointment": _asked_appointment(reader, settled),
            "goal.fallback_contacts": _fallback(reader, settled),
            "respect.equal_quality": _respect(reader),
            "attention.kept": judge_attention(reader),
        }
        findings |= _concerns(reader, episodes)
        findings |= judge_care(reader, settled)
        findings |= closing.judge_closing(reader)
        findings |= plans.judge_plan(reader.transcript)
        wanted = {criterion.id for criterion in rubric.criteria}
        found = {name: one for name, one in findings.items() if name in wanted}
        return Assessment(settled.outcome, found, ledger(reader, episodes))


def _outcome(reader: Reader, settled: Settled) -> Finding:
    verdict = OUTCOME_VERDICT[settled.outcome]
    if reader.transcript.call.purpose == "care":
        note = "care_call_agreed" if settled.outcome == "maximum" else "care_call_not_agreed"
    else:
        note = f"outcome_{settled.outcome}"
    return Finding(verdict, settled.evidence, note, settled.sure)


def _asked_appointment(reader: Reader, settled: Settled) -> Finding:
    if reader.transcript.call.purpose == "phone_deal":
        return _asked_deal(reader)
    timed = _best(reader, _leads_with_time)
    if timed and timed[1] >= 0.5:
        return Finding("met", (reader.evidence(timed[0], "offer_time"),), "asked_time", timed[1])
    confirmed = next((a for a in settled.agreements if a.topic == "meeting" and a.moment.specific), None)
    if confirmed:
        reading = next(r for r in reader.readings if r.turn == max(confirmed.turns))
        seller = reading if reading.role == "seller" else next(iter(reader.by("seller", reading.turn)), None)
        if seller:
            return Finding("met", (reader.evidence(seller, "confirm"),), "confirmed_time", 0.8)
    invited = _best(reader, lambda r: r.chance("invite", "offer_time", "ask_time"))
    if invited and invited[1] >= 0.5:
        return Finding("partly", (reader.evidence(invited[0], "invite"),), "invited_without_time", invited[1])
    return Finding("missed", (), "never_invited", 1 - (invited[1] if invited else 0.0))


def _leads_with_time(reading: Reading) -> float:
    """The chance that a seller's turn leads to an appointment down to day and hour: asks for it or names it."""
    named = any((m.clock or m.minutes is not None) and not m.hours and not m.past for m in reading.times)
    asks = reading.chance("ask_time")
    offers = reading.chance("offer_time")
    if reading.says("call_words") and not reading.says("meeting_words"):
        return 0.0
    return max(asks if asks > 0.35 and not named else 0.0, min(1.0, offers + 0.15) if named else offers * 0.6, asks)


def _asked_deal(reader: Reader) -> Finding:
    deal = _best(reader, asks_deal)
    time = _best(reader, lambda r: max(r.chance("call_time"), r.chance("ask_time", "offer_time")))
    found = [one for one in (deal, time) if one and one[1] >= 0.5]
    proof = tuple(dict.fromkeys(reader.evidence(one[0], "deal") for one in found))
    sure = min((max(one[1], 1 - one[1]) for one in (deal, time) if one), default=1.0)
    if len(found) == 2:
        return Finding("met", proof, "asked_invoice_and_contact", sure)
    return Finding("partly" if found else "missed", proof, "asked_half_of_deal" if found else "never_asked_deal", sure)


def _fallback(reader: Reader, settled: Settled) -> Finding:
    if settled.outcome == "maximum":
        return Finding("not_applicable", note="outcome_is_maximum", sure=settled.sure)
    contact = _best(reader, lambda r: r.chance("ask_contact"))
    time = _best(reader, lambda r: _asks_call_time(r, reader))
    found = [one for one in (contact, time) if one and one[1] >= 0.5]
    proof = tuple(dict.fromkeys(reader.evidence(one[0], "ask_contact") for one in found))
    sure = min((max(one[1], 1 - one[1]) for one in (contact, time) if one), default=1.0)
    if len(found) == 2:
        return Finding("met", proof, "asked_contact_and_time", sure)
    if found:
        return Finding("partly", proof, "asked_contact_only" if found[0] is contact else "asked_call_time_only", sure)
    own = reader.best("seller", "own_contact")
    note = "left_own_number" if own and own.does("own_contact") else "no_contact_asked"
    return Finding("missed", (), note, sure)


def _asks_call_time(reading: Reading, reader: Reader) -> float:
    return reading.chance("call_time")


def _best(reader: Reader, chance: Callable[[Reading], float]) -> tuple[Reading, float] | None:
    """The seller's turn with the highest chance, the first of equals."""
    scored = [(reading, chance(reading)) for reading in reader.by("seller")]
    return max(scored, key=lambda one: (one[1], -one[0].turn), default=None)


def _concerns(reader: Reader, episodes: list[Episode]) -> dict[str, Finding]:
    names = ("accepted", "clarified", "resolved")
    if not episodes:
        none = Finding("not_applicable", note="no_concern", sure=1 - doubt_of_silence(reader))
        return {f"concern.{name}": none for name in names} | {"choice.supported": none}
    found: dict[str, Finding] = {}
    for name in names:
        done = [episode for episode in episodes if getattr(episode, name) is not None]
        verdict: Verdict = "met" if len(done) == len(episodes) else "partly" if done else "missed"
        act = {"accepted": "accept", "clarified": "clarify", "resolved": "answer"}[name]
        proof = [reader.evidence(getattr(episode, name), act) for episode in done]
        proof += [whole(reader.transcript, e.concern.turn) for e in episodes if getattr(e, name) is None]
        sure = min(min(episode.sure["voiced"], episode.sure[name]) for episode in episodes)
        found[f"concern.{name}"] = Finding(verdict, tuple(proof), f"{name}_{verdict}", sure)
    met = support(reader, episodes)
    if met is None:
        doubt = max(episode.concern.chance("critic") for episode in episodes)
        found["choice.supported"] = Finding("not_applicable", note="no_critic", sure=1 - doubt)
    else:
        found["choice.supported"] = Finding(met.verdict, met.evidence, f"support_{met.verdict}", met.sure)
    return found


def respect_features(reader: Reader) -> dict[str, float]:
    """What tells a breach of equal respect: the two rudest turns, what else they do, how the client takes it."""
    ranked = sorted(reader.by("seller"), key=lambda r: (-r.chance("rude"), r.turn))
    worst = ranked[0] if ranked else None
    after = reader.by("client", worst.turn)[:1] if worst else []
    return {
        **odds_of(worst, "worst", ("rude", "argue", "mock_critic", "agree_critic", "hurry", "accept", "info")),
        **odds_of(ranked[1] if len(ranked) > 1 else None, "second", ("rude",)),
        **odds_of(after[0] if after else None, "after", ("unhappy", "no", "stall", "bye")),
    }


def _respect(reader: Reader) -> Finding:
    worst = reader.best("seller", "rude")
    if worst is None:
        return Finding("not_applicable", note="no_seller")
    chance = decide("rude", respect_features(reader))
    if chance >= 0.5:
        return Finding("missed", (reader.evidence(worst, "rude"),), "respect_broken", chance)
    return Finding("met", (_closest_call(reader, worst),), "respect_kept", 1 - chance)


def _closest_call(reader: Reader, reading: Reading) -> Evidence:
    """What came nearest to a breach and was none: the proof that one looked."""
    return reader.evidence(reading, "rude")
