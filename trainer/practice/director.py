"""The client's mind: a seeded, deterministic state machine; it alone opens up, agrees, gives a contact, leaves."""

from dataclasses import replace
from random import Random

from trainer.persona import Persona
from trainer.practice import agreements, answering, concerns, everyday, fillers, manners, talk
from trainer.practice.forms import is_idea
from trainer.practice.mind import Act, Difficulty, Heard, Reply, Rule, Standing, State
from trainer.practice.patterns import level
from trainer.practice.scene import Scene

HARDER: dict[Difficulty, int] = {"gentle": -1, "real": 0, "hard": 1}
PATIENCE: dict[Difficulty, int] = {"gentle": 2, "real": -2, "hard": -4}
LONGEST_CALL = 40
REMEMBERED = 30
GRUDGES = (4, 5, 6)
"""What one argument in place of a question takes for good of the trust within reach, by the seed."""
GOALS = (
    "agree_time",
    "agree_visit",
    "agree_call",
    "agree_invoice",
    "contact",
    "farewell",
    "help_more",
    "fact",
    "concern",
    "raise",
    "name",
    "support",
)

OFFENCES = ("rude", "pressure", "instruction_attack", "brush_off", "silence", "nonsense", "other_language", "referral")
KIND = (
    "accept", "apology", "clarify", "answer", "control", "ask_fact", "ask_need", "ask_other", "how_went", "own_view",
    "others_view", "propose_time", "ask_time", "ask_contact", "ask_next_call", "propose_call_time", "help_more",
    "offer_support", "invite_vague", "thanks", "wish",
)  # fmt: skip
OPENED = ("concern:clarified", "concern:resolved", "concern:accepted", "concern:asked_more", "fact", "agree")
KIND_TURNS = 5
AGREED = ("agree_", "time:same", "call:same")

SAME = ("time:same", "call:same")
"""Rules by which he says again what was agreed."""
OF_TIMES = ("propose_time", "propose_call_time", "ask_time", "ask_next_call", "confirm_time", "accept", "tell")
"""What is left out of a line that names an agreed hour again and asks something else."""

RULES: tuple[Rule, ...] = (
    *manners.RULES,
    talk.farewell,
    talk.opening,
    *concerns.RULES,
    talk.brought_up,
    *agreements.RULES,
    *talk.RULES,
)


def first_state(persona: Persona, seed: int, difficulty: Difficulty) -> State:
    """The mind at the start of a call: the persona's temper, varied a little by the seed."""
    rng = Random(f"{persona.id}:{seed}:temper")
    temper = persona.temper
    patience = max(3, temper.patience + PATIENCE[difficulty] + rng.choice((0, 1, 2)))
    harder = HARDER[difficulty]
    return State(
        trust=temper.trust + rng.choice((0, 0, 1)) - max(0, harder),
        interest=temper.interest + rng.choice((0, 0, 1)),
        patience=patience,
        rested=patience,
        leaves_at=max(2, temper.leaves_at + rng.choice((0, 0, 1)) - max(0, harder)),
        harder=harder,
        irritation=temper.irritation,
        concerns=tuple(Standing(one.id) for one in persona.concerns),
        grudge=rng.choice(GRUDGES) + harder,
    )


def react(heard: Heard) -> Reply:
    """A rule decides; then come patience, the length of the call and its end."""
    heard = manners.eased(concerns.took_in(concerns.passed_over(heard)))
    heard = _what_is_new(_agreed_at_parting(heard))
    reply = _first(heard)
    reply = _answered_at_once(heard, _and_then(heard, reply))
    reply = fillers.spared(heard, everyday.answered(heard, reply))
    state = replace(
        reply.state,
        turn=heard.state.turn + 1,
        heard=(*heard.state.heard, level(heard.text).strip(" .,!?…"))[-REMEMBERED:],
        silences=reply.state.silences if heard.has("silence") else 0,
    )
    if heard.has("introduce"):
        state = state.mark("introduced", "greeted")
    if heard.has("price"):
        state = state.mark("price")
    if state.day is None and not reply.rule.startswith(("agree", "time")):
        state = replace(state, day=_day_named(heard))
    return _closing(replace(reply, state=_idled(heard, state, reply)), heard)


def _first(heard: Heard) -> Reply:
    """The first rule that the line fits decides."""
    return next(found for rule in RULES if (found := rule(heard)) is not None)


def _agreed_at_parting(heard: Heard) -> Heard:
    """The hour that he named himself is confirmed in the breath that says goodbye: it is agreed."""
    agreed = agreements.confirmed(heard) if heard.has("farewell") else None
    return heard.now(agreed.state) if agreed is not None else heard


def _what_is_new(heard: Heard) -> Heard:
    """The line without an hour that was agreed before, where a question stands beside it: that is to be answered."""
    if not heard.has("ask_other", "ask_fact", "ask_need") or _first(heard).rule not in SAME:
        return heard
    return replace(heard, moves=tuple(one for one in heard.moves if one.kind not in OF_TIMES))


def _day_named(heard: Heard) -> str | None:
    """The one day that was named beside something that had to be answered first."""
    days = {one.day for move in heard.moves for one in move.times if one.day}
    return days.pop() if len(days) == 1 else None


def _and_then(heard: Heard, reply: Reply) -> Reply:
    """A settled concern and a time in one breath: he goes on to the time; a time and a question: to the answer."""
    if reply.rule.startswith(AGREED) and not reply.state.over:
        after = heard.now(reply.state)
        besides = talk.asked_besides(after, surely=True) if reply.state.active is None else None
        besides = besides or agreements.number_too(after)
        if besides is not None:
            return Reply(besides.state, (*reply.acts, *besides.acts), f"{reply.rule}+{besides.rule}")
    if reply.rule.startswith("raise") and heard.has("ask_fact") and not heard.has(*everyday.SETTLES):
        besides = _fact_asked(heard.now(reply.state))
        if besides is not None:
            return Reply(besides.state, (*besides.acts, *reply.acts), f"{besides.rule}+{reply.rule}")
    if reply.rule == "name" and heard.has("ask_fact"):
        besides = _fact_asked(heard.now(reply.state))
        if besides is not None:
            return Reply(besides.state, (*reply.acts, *besides.acts), f"{reply.rule}+{besides.rule}")
    if not reply.rule.startswith("concern:resolved"):
        return reply
    led = _leads_on(heard.now(reply.state), reply) if _is_led(heard) else reply
    asked = everyday.questions_in(heard) if led is reply and heard.text.rstrip().endswith("?") else []
    besides = _fact_asked(heard.now(led.state)) if asked and not is_idea(asked[-1], heard.language) else None
    if besides is None:
        return led
    return Reply(besides.state, (*reply.acts, *besides.acts), f"{reply.rule}+{besides.rule}")


def _answered_at_once(heard: Heard, reply: Reply) -> Reply:
    """A doubt that comes up in the breath that answers it: he has heard that, and is slow to believe it."""
    scene = Scene(heard.persona, heard.language, heard.at)
    for place, act in enumerate(reply.acts):
        if act.kind != "concern" or act.topic is None or heard.state.standing(act.topic).status != "hidden":
            continue
        concern = heard.persona.concern(act.topic)
        if not heard.has("price") and answering.surely(heard.text, concern, scene):
            acts = (*reply.acts[:place], Act("wary", act.topic), *reply.acts[place + 1 :])
            return replace(reply, state=reply.state.set(act.topic, early=1), acts=acts, rule=f"{reply.rule}:answered")
    return reply


def _fact_asked(heard: Heard) -> Reply | None:
    """The fact that is asked about beside what the rule answered, where he may tell it."""
    besides = talk.asked_besides(heard)
    return besides if besides is not None and besides.rule.startswith("fact") else None


def _is_led(heard: Heard) -> bool:
    """Whether the line really asks him for something: names a day, or asks for one, for a call, for his number."""
    return heard.has("propose_time") or ("?" in heard.text and heard.has("ask_time", "ask_next_call", "ask_contact"))


def _leads_on(heard: Heard, reply: Reply) -> Reply:
    """Led on in the breath that settled his concern: he goes on to it, or says what still stands before it.

    Where somebody is sent to put right what he complained of, the visit is the answer itself: nothing stands before it.
    """
    complaint = {"how_went", "own_view"} <= set(heard.persona.concern(str(reply.acts[0].topic)).raised_by)
    for rule in agreements.LEADS_ON:
        more = rule(heard)
        if more is not None and complaint and more.rule.startswith(("gate", "raise")):
            return reply
        if more is not None and more.rule.startswith("gate"):
            active = heard.state.active
            waits = (Act("day_later"),) if heard.has("propose_time", "ask_time") else ()
            acts = (*concerns.not_yet(heard), Act("insists", active.id)) if active else waits
            return replace(reply, acts=(*reply.acts, *acts), rule=f"{reply.rule}+{more.rule}")
        if more is not None:
            return Reply(more.state, (*reply.acts, *more.acts), f"{reply.rule}+{more.rule}")
    return reply


def _idled(heard: Heard, state: State, reply: Reply) -> State:
    """How long he has been kept on the line after all was agreed: a call to come leaves something to talk of."""
    useful = any(reply.rule.startswith(goal) for goal in GOALS)
    call, gates = heard.persona.call, heard.persona.gates
    only_a_call = call.purpose in ("sale", "service") and not gates.agree_time.never and state.appointment is None
    return replace(state, idle=state.idle + 1 if heard.state.agreed and not only_a_call and not useful else state.idle)


def _closing(reply: Reply, heard: Heard) -> Reply:
    """Leaves when patience or temper is at an end; gets away politely when all is said."""
    state = reply.state
    if state.over:
        return reply
    if state.irritation >= state.leaves_at or state.patience <= 0:
        return _had_enough(reply, heard)
    if state.turn >= LONGEST_CALL:
        return _end(state, "goodbye_busy", reply, "leaves:long")
    if talk.must_go(state):
        if "must_go" in state.marks:
            return _end(state, "goodbye_busy", reply, "leaves:chat")
        return Reply(state.mark("must_go"), (Act("must_go"),), f"{reply.rule}+must_go")
    return reply


def _had_enough(reply: Reply, heard: Heard) -> Reply:
    """Rudeness and pressure end the talk at once, arguing at the second time; kind words are still answered a while."""
    state = reply.state
    angry = state.irritation >= state.leaves_at - 1
    if not heard.has(*OFFENCES) and not heard.cut:
        spared = sum(mark.startswith("spared") for mark in state.marks)
        if spared < (KIND_TURNS if _kindly(reply, heard) else 1):
            calmer = replace(state.mark(f"spared{spared}"), irritation=min(state.irritation, state.leaves_at - 1))
            return replace(reply, state=calmer)
        angry = angry and not _kindly(reply, heard)
    if state.agreed and not angry:
        return _end(state, "goodbye_busy", reply, "leaves:busy")
    if not angry:
        return _end(state, "leave_tired", reply, "leaves")
    caller = heard.persona.call.direction == "inbound"
    return _end(state, "leave_caller" if caller else "leave_angry", reply, "leaves")


def _kindly(reply: Reply, heard: Heard) -> bool:
    """Whether nobody would put the phone down here: he opened up, or was asked or offered something decently."""
    if reply.rule.startswith(OPENED):
        return True
    return heard.has(*KIND) and not heard.has("argue", "pitch", "flattery", "nonsense", "wait", "brush_off")


def _end(state: State, act: str, reply: Reply, rule: str) -> Reply:
    return Reply(replace(state, over=True), (Act(act, end=True),), f"{reply.rule}+{rule}")
