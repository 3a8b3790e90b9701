"""The Rule of clarification in the client: heard, accepted, clarified, only then answered (C10–C12)."""

from dataclasses import replace

from trainer.persona import Concern, Gate, GateName
from trainer.practice import agreements, offhand
from trainer.practice.forms import is_open
from trainer.practice.mind import TOP, Act, Heard, Reply, Rule, Standing, State, closed
from trainer.practice.patterns import find, level, lexicon, stems

TRUSTING = 7
TOLD_ENOUGH = 1
"""After more answers than this that came before a question he says himself what it is about."""
ARGUING_COSTS = 2
GOALS: dict[str, GateName] = {
    "sale": "agree_time", "service": "agree_time", "phone_deal": "invoice", "care": "next_call",
}  # fmt: skip
"""What a call of each purpose is for."""
MANY = 3
VIEWS = ("how_went", "own_view", "others_view")
ANSWERS = ("answer", "control", "argue", "price", "pitch", "support_choice", "respect_critic")
LEADS = (
    "propose_time", "ask_time", "invite_vague", "ask_contact", "ask_next_call", "propose_call_time", "ask_invoice",
    "help_more",
)  # fmt: skip
PRESSES = ("answer", "control", "argue", "pitch", "pressure", "propose_time", "ask_time", "invite_vague", "ask_invoice")
STALLS = frozenset({"propose_time", "ask_time", "ask_contact", "ask_next_call", "ask_invoice"})
"""What brings up a concern that is no more than holding back from it."""
HOLDS = {
    ("propose_time", "ask_time"): "hold_day",
    ("propose_call_time", "ask_next_call"): "hold_call",
    ("ask_contact",): "hold_contact",
    ("ask_invoice",): "invoice_refused",
}
QUESTIONS = ("ask_fact", "ask_need", "how_went", "own_view", "others_view", "own_name_ask", "convenient", "referral")


def on_the_table(heard: Heard) -> Reply | None:
    """What a line does to the concern that is voiced and not yet settled."""
    active, concern = heard.state.active, heard.concern
    if active is None or concern is None:
        return None
    if concern.critic is not None and heard.has("mock", "agree_with_critic"):
        return _hurt(heard, concern)
    if _small_step(heard) or (agreements.repeats(heard) and not heard.has("clarify", *ANSWERS)):
        return None
    asked_before = active.status == "voiced" and active.asked and not heard.has("argue", "pitch")
    curious = heard.has("clarify") or any(heard.has(kind) and kind in heard.state.marks for kind in VIEWS)
    curious = curious or (heard.state.harder < 0 and heard.has("ask_need") and not heard.has("ask_fact"))
    if curious and (asked_before or _asks_last(heard) or not _answered(heard, concern) or _only_asks_on(heard)):
        return _clarified(heard, active, concern)
    if active.status == "clarified":
        reply = _answer_to_the_point(heard, active, concern)
        if reply is not None:
            return reply
    if heard.has("accept") and not _answered(heard, concern) and not heard.has(*LEADS, *QUESTIONS, "ask_other"):
        return _accepted(heard, active, concern)
    if _let_go(heard, concern):
        return None
    if heard.has("clarify", *ANSWERS) or heard.has(*LEADS) or heard.only("tell", "thanks", "accept", "apology"):
        return _argued(heard, active, concern)
    return None


def _only_asks_on(heard: Heard) -> bool:
    """«А что ещё вас смущает?»: a question for more is no answer to what was said."""
    return heard.has("help_more") and not heard.has(*ANSWERS, *(one for one in LEADS if one != "help_more"))


def _let_go(heard: Heard, concern: Concern) -> bool:
    """Whether the seller has dropped what he holds back from, a visit or a day: then there is nothing to insist on."""
    return STALLS.issuperset(concern.raised_by) and not heard.has("clarify", *PRESSES)


def _answered(heard: Heard, concern: Concern) -> bool:
    if concern.critic is not None:
        return heard.has("answer", "argue", "pitch", "support_choice", *LEADS)
    return heard.has("answer", "control", "argue", "price", "pitch", *LEADS)


def _asks_last(heard: Heard) -> bool:
    """Whether an answer given too early ends in a question about it: it is the question that he takes up.

    Asked before, he takes up the answer, where the question only asks whether it will do: «Так риска ведь нет?».
    """
    clarified = heard.state.active is not None and heard.state.active.status == "clarified"
    if clarified and heard.has("answer") and not is_open(heard.text, heard.language):
        return False
    asked = [one.start for one in heard.moves if one.kind == "clarify"]
    told = [one.start for one in heard.moves if one.kind in ANSWERS]
    return bool(asked) and max(asked) > max(told, default=0) and not heard.has("argue", "pitch", "pressure", *LEADS)


def _hurt(heard: Heard, concern: Concern) -> Reply:
    """The critic is mocked or agreed with: both break C12."""
    if heard.has("mock"):
        state = heard.state.feel(trust=-3, irritation=2, patience=-2)
        return Reply(state.set(concern.id, accepted=False), (Act("critic_mocked", concern.id),), "critic:mocked")
    state = heard.state.feel(trust=-2, irritation=1, patience=-1)
    return Reply(state.set(concern.id, accepted=False), (Act("critic_agreed", concern.id),), "critic:agreed_with")


def _clarified(heard: Heard, active: Standing, concern: Concern) -> Reply:
    """A question about the concern itself, asked before any answer: the reason comes out once he feels heard."""
    accepted = active.accepted or heard.has("accept", "apology")
    gained = int(accepted and not active.accepted)
    state = heard.state.feel(trust=gained).set(concern.id, accepted=accepted, asked=active.asked + 1)
    if active.status == "clarified":
        return Reply(state, (Act("more", concern.id),), "concern:asked_more")
    if _answered(heard, concern):
        state = state.bound(1)
    shy = not concern.control and state.trust < TRUSTING and active.asked == 0
    burnt = state.harder >= 0 and active.waved and not active.asked
    if (burnt and (state.harder > 0 or not accepted)) or (not accepted and shy):
        act = "concern" if _asked_what(heard) else "goes_on"
        return Reply(state, (Act(act, concern.id),), "concern:asked_unheard")
    state = state.feel(trust=int(not burnt)).set(concern.id, status="clarified")
    return Reply(state, (Act("reason", concern.id),), "concern:clarified")


def _asked_what(heard: Heard) -> bool:
    """«В чём сомнение?», "what's nagging you?": he says again what it is, and not yet why."""
    return bool(find(level(heard.text), lexicon(heard.language)["asks_him"], heard.language))


def _accepted(heard: Heard, active: Standing, concern: Concern) -> Reply:
    """He is heard. An answer given too early counts from now on."""
    state = heard.state.feel(trust=0 if active.accepted else 1).set(concern.id, accepted=True)
    if active.status == "clarified" and active.answered:
        return _settled(heard.now(state), concern, "settled_heard")
    if _gives_way(heard):
        return Reply(state, (Act("eased"),), "concern:given_way")
    if active.accepted:
        return Reply(state.feel(patience=-1), (Act("waits", concern.id),), "concern:accepted_again")
    return Reply(state, (Act("goes_on", concern.id),), "concern:accepted")


def _answer_to_the_point(heard: Heard, active: Standing, concern: Concern) -> Reply | None:
    """An answer after the clarifying question: settled when it fits the concern and he was heard."""
    accepted = active.accepted or (heard.has("accept", "apology") and heard.state.harder <= 0)
    state = heard.state.set(concern.id, accepted=accepted)
    if concern.critic is not None:
        respected = active.respected or heard.has("respect_critic")
        supported = active.supported or heard.has("support_choice")
        state = state.set(concern.id, respected=respected, supported=supported)
        if respected and supported and accepted:
            return _settled(heard.now(state), concern)
        if heard.has("respect_critic", "support_choice"):
            return Reply(state.set(concern.id, ignored=0), (Act("critic_half", concern.id),), "critic:half")
        if heard.has("argue", "pitch", "answer", "price"):
            return _taken_up(heard, state.feel(patience=-1, irritation=1), concern, "critic:argued")
        return None
    if heard.has("answer") or (concern.control and heard.has("control")):
        if accepted:
            return _settled(heard.now(state), concern)
        if active.answered and state.harder <= 0:
            return _settled(heard.now(state), concern)
        act = "half" if not active.answered or "reproached" in state.marks else "unheard"
        state = state if act == "half" else state.mark("reproached")
        return Reply(state.set(concern.id, answered=True), (Act(act, concern.id),), "concern:answered_unheard")
    if active.answered and heard.has("accept", "apology") and not heard.has("argue", "pitch", "pressure"):
        return _settled(heard.now(state.set(concern.id, accepted=True)), concern, "settled_heard")
    if heard.has("price") and not heard.has("argue", "pitch") and _asked_price(heard):
        return Reply(state, (Act("price"),), "concern:price_named")
    if heard.has("argue", "pitch", "control", "price"):
        cross = int(heard.has("argue", "pitch") and not heard.has("accept", "apology"))
        return _taken_up(heard, state.feel(patience=-1, irritation=cross), concern, "concern:off_point")
    if heard.only("tell", "thanks", "apology"):
        return Reply(state.feel(patience=-1), (Act("more", concern.id),), "concern:not_answered")
    return None


def _asked_price(heard: Heard) -> bool:
    """Whether he has asked for the price that is named now."""
    return "asked_price" in heard.state.marks and "price" not in heard.state.marks


def _settled(heard: Heard, concern: Concern, act: str = "settled") -> Reply:
    standing = heard.state.standing(concern.id)
    gained = 0 if not standing.accepted else 1 if standing.argued else 2
    state = heard.state.feel(trust=gained, interest=1, patience=1, irritation=-1).set(concern.id, status="resolved")
    if standing.waved and _cool(heard.now(state)):
        return Reply(state, (Act("settled_coolly", concern.id),), "concern:resolved")
    if act == "settled_heard":
        return Reply(state, (Act(act, concern.id),), "concern:resolved")
    words = level(heard.text)
    fits = [n for n, one in enumerate(concern.ways) if stems(words, one.words[heard.language], heard.language)]
    return Reply(state, (Act("settled", concern.id, way=fits[0] if fits else None),), "concern:resolved")


def _cool(heard: Heard) -> bool:
    """Whether what was argued before has cost so much trust that he will not be led on, his doubt settled or not."""
    gate: Gate = getattr(heard.persona.gates, GOALS[heard.persona.call.purpose])
    return heard.state.most < min(TOP, gate.trust + heard.state.harder) and not gate.never


def _argued(heard: Heard, active: Standing, concern: Concern) -> Reply:
    """Answered, argued or led past before he was asked about it: it stays and he hardens.

    However kindly it is done (C10), he will not trust this seller as he might have; a question beside it softens that.
    """
    hard = heard.has("argue", "pitch", "clarify", "price", "answer")
    kind = heard.has("accept", "apology", "support_choice", "respect_critic") and not heard.has("argue", "pressure")
    lost = 1 if heard.state.harder < 0 or kind or not hard else ARGUING_COSTS
    state = heard.state.feel(
        irritation=1 if (hard and not kind) or (active.argued and not kind) else 0,
        patience=-lost,
        trust=-lost if hard and not kind else 0,
        interest=-1 if hard and not kind else 0,
    )
    heard_out = (active.accepted and (not hard or heard.state.harder < 0)) or (kind and not hard)
    argued = active.argued + int(not kind and (hard or heard.state.harder >= 0))
    if active.status == "voiced" and hard:
        asked = heard.has("clarify", "ask_other", *QUESTIONS) and not heard.has("argue", "pressure")
        state = state.bound(1 if asked else state.grudge)
    early = active.early + int(heard.has("answer"))
    waved = active.waved or heard.has("argue", "pitch")
    state = state.set(concern.id, argued=argued, accepted=heard_out, early=early, waved=waved)
    state = replace(state, expects="nothing", offered=None)
    if early > TOLD_ENOUGH and active.status == "voiced" and heard.has("answer") and not heard.has("argue", "pressure"):
        return Reply(state.set(concern.id, status="clarified"), (Act("reason", concern.id),), "concern:opens_up")
    if heard.has("accept") and not hard and not heard.has(*LEADS) and _gives_way(heard):
        return Reply(state, (Act("eased"),), "concern:given_way")
    if heard.has("answer") and not heard.has("argue", "pressure"):
        day = (Act("hold_day"),) if heard.has("propose_time") else ()
        return Reply(state, (*day, Act("wary", concern.id)), "concern:argued")
    return _taken_up(heard, state, concern, "concern:argued")


def _taken_up(heard: Heard, state: State, concern: Concern, rule: str) -> Reply:
    """He stands by his doubt: with a word on how it was waved away, where it was."""
    found = offhand.retort(heard, concern, state) if heard.has("argue", "pitch") else None
    if found is not None:
        return Reply(found[0], (found[1],), f"{rule}+{found[1].topic}")
    return Reply(state, (*not_yet(heard), Act("insists", concern.id)), rule)


def _gives_way(heard: Heard) -> bool:
    """Whether the seller lets him have what he asked for: no hurry, the letter, nobody sent."""
    return bool(stems(level(heard.text), tuple(lexicon(heard.language)["gives_way"]), heard.language))


def not_yet(heard: Heard) -> tuple[Act, ...]:
    """He heard what is asked of him, an hour, a call, his number, and says that this comes first."""
    for kinds, act in HOLDS.items():
        if heard.has(*kinds):
            return (Act(act),)
    return ()


def _small_step(heard: Heard) -> bool:
    """A call or his number asked for, with the gate open: nothing that his doubt stands against."""
    if heard.has("argue", "pressure", "pitch", "answer", "propose_time", "ask_time"):
        return False
    calling = heard.has("ask_next_call", "propose_call_time")
    if calling and not heard.state.next_call and closed(heard, "next_call") is None:
        return True
    asking = heard.has("ask_contact") and not calling
    return asking and not heard.state.contact and closed(heard, "give_contact") is None


def took_in(heard: Heard) -> Heard:
    """Sympathy beside a question: he answers the question, and knows that he was heard."""
    active = heard.state.active
    if active is None or active.accepted or not heard.has("accept") or not heard.has(*QUESTIONS, "ask_other"):
        return heard
    if heard.has("clarify", *ANSWERS, *LEADS, "mock", "agree_with_critic"):
        return heard
    return heard.now(heard.state.feel(trust=1).set(active.id, accepted=True))


def passed_over(heard: Heard) -> Heard:
    """Another question while a concern lies open: he answers it, and remembers that he was not heard."""
    active = heard.state.active
    if active is None or not heard.has(*QUESTIONS) or heard.has("clarify", "accept", "apology"):
        return heard
    state = heard.state.set(active.id, ignored=active.ignored + 1)
    if active.ignored >= 1:
        state = state.feel(irritation=int(active.ignored >= MANY), patience=-1)
    return heard.now(state)


RULES: tuple[Rule, ...] = (on_the_table,)
