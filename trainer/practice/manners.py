"""How he takes silence, rudeness, pressure, tricks and floods of words: nothing is ever won by them (T6, A1)."""

from dataclasses import replace

from trainer.practice.concerns import not_yet
from trainer.practice.mind import TOP, Act, Heard, Reply, Rule
from trainer.practice.patterns import level

HEAVY: frozenset[str] = frozenset(
    {"accept", "clarify", "answer", "control", "propose_time", "ask_time", "ask_contact", "ask_next_call", "help_more",
     "propose_call_time", "farewell", "offer_support", "how_went", "own_view", "others_view", "support_choice",
     "respect_critic", "invite_vague", "ask_invoice", "ask_need"}
)  # fmt: skip
TOO_MUCH, MUCH, BREATH = 6, 4, 60
"""So many kinds of moves are too much in one line, fewer in one of over so many words."""
ALIKE = {"ask_time": "propose_time", "propose_call_time": "ask_next_call"}
"""Moves that are one: a day named and its hour asked for."""
SHORT = 12
LOST = 3
MENDS = 2


def silence(heard: Heard) -> Reply | None:
    """Nothing was said: he asks whether anyone is there, and hangs up the third time."""
    if not heard.has("silence"):
        return None
    state = replace(heard.state.feel(patience=-1), silences=heard.state.silences + 1)
    if state.silences >= LOST:
        return Reply(replace(state, over=True), (Act("lost", end=True),), "silence:leaves")
    return Reply(state, (Act("silence"),), "silence")


def novel(heard: Heard) -> Reply | None:
    """More words than anyone can take in at once."""
    if not heard.cut:
        return None
    return Reply(heard.state.feel(patience=-2, irritation=1), (Act("novel"),), "novel")


def language(heard: Heard) -> Reply | None:
    """Another language: he does not understand."""
    if not heard.has("other_language"):
        return None
    return Reply(heard.state.feel(patience=-1), (Act("language"),), "language")


def attack(heard: Heard) -> Reply | None:
    """Orders to a machine make no sense to a person on the phone."""
    if not heard.has("instruction_attack"):
        return None
    return Reply(heard.state.feel(patience=-2, irritation=1, trust=-1), (Act("attack"),), "attack")


def rude(heard: Heard) -> Reply | None:
    """An insult: trust falls, and what was agreed is taken back."""
    if not heard.has("rude"):
        return None
    state = heard.state.feel(trust=-4, irritation=3, patience=-3)
    if state.agreed:
        state = replace(state, appointment=None, next_call=None, invoice=False, offered=None, expects="nothing")
        return Reply(state, (Act("take_back"),), "rude:takes_back")
    return Reply(state, (Act("rude"),), "rude")


def brush_off(heard: Heard) -> Reply | None:
    """Sent away or sorted out as a customer not worth the time (T6)."""
    if not heard.has("brush_off"):
        return None
    state = heard.state.feel(trust=-2, interest=-2, irritation=2, patience=-3)
    if heard.has("farewell"):
        return Reply(replace(state, over=True), (Act("goodbye_cold", end=True),), "brush_off:leaves")
    return Reply(state, (Act("brush_off"),), "brush_off")


def repeated(heard: Heard) -> Reply | None:
    """The same words again win nothing."""
    line = level(heard.text).strip(" .,!?…")
    if len(line) < SHORT or line not in heard.state.heard or heard.has("farewell"):
        return None
    return Reply(heard.state.feel(patience=-2, irritation=1), (Act("repeated"),), "repeated")


def flood(heard: Heard) -> Reply | None:
    """Every magic phrase in one breath: he can only react to one thing at a time."""
    kinds = {ALIKE.get(one.kind, one.kind) for one in heard.moves if one.kind in HEAVY}
    if len(kinds) < (TOO_MUCH if len(heard.text.split()) <= BREATH else MUCH):
        return None
    return Reply(heard.state.feel(patience=-2, irritation=1, trust=-1), (Act("flood"),), "flood")


def pressure(heard: Heard) -> Reply | None:
    """Pushing, begging and "today only" raise irritation and close him up."""
    if not heard.has("pressure"):
        return None
    if heard.has("control", "offer_support") and not heard.state.active:
        return None
    return Reply(heard.state.feel(trust=-1, irritation=2, patience=-2), (Act("pressure"),), "pressure")


def flattery(heard: Heard) -> Reply | None:
    """A compliment out of nowhere: taken once, then it grates."""
    if not heard.has("flattery"):
        return None
    no = not_yet(heard)
    if "flattered" in heard.state.marks:
        state = heard.state.feel(irritation=1, patience=-2, trust=-1)
        return Reply(state, (Act("flattery_tired"), *no), "flattery:again")
    return Reply(heard.state.mark("flattered").feel(patience=-1), (Act("flattery"), *no), "flattery")


def nonsense(heard: Heard) -> Reply | None:
    """No words that mean anything."""
    if not heard.has("nonsense"):
        return None
    return Reply(heard.state.feel(patience=-1), (Act("nonsense"),), "nonsense")


def distracted(heard: Heard) -> Reply | None:
    """The seller leaves him waiting on the line."""
    if not heard.only("wait", "tell", "accept", "apology") or not heard.has("wait"):
        return None
    return Reply(heard.state.feel(trust=-2, patience=-1), (Act("waiting"),), "wait")


def leave(heard: Heard) -> Reply | None:
    """Asked whether the seller may turn away for a moment (A1): he allows it, without joy."""
    if not heard.has("ask_leave") or heard.has("ask_contact", "ask_need"):
        return None
    return Reply(heard.state.mark("leave").feel(patience=-1, trust=-1), (Act("allows"),), "leave")


def eased(heard: Heard) -> Heard:
    """An apology takes the edge off, once; an insult beside it does not. With a question it also mends some trust."""
    state = heard.state
    if not heard.has("apology") or heard.has("rude", "pressure", "argue", "pitch"):
        return heard
    if "eased" not in state.marks and state.irritation:
        state = state.mark("eased").feel(irritation=-1)
    if "mended" not in state.marks and state.most < TOP and heard.has("clarify", "accept", "ask_need", "ask_fact"):
        state = state.mark("mended").bound(-MENDS)
    return heard.now(state)


RULES: tuple[Rule, ...] = (
    silence, novel, language, attack, rude, nonsense, brush_off, repeated, flood, pressure, leave, distracted, flattery,
)  # fmt: skip
