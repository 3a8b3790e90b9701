"""What he says to words that pass him by: soothing in place of a question, questions about nothing in particular."""

from trainer.persona import Concern
from trainer.practice.everyday import questions_in
from trainer.practice.meaning import meant
from trainer.practice.mind import Act, Heard, Reply, State, raised, unlocked
from trainer.practice.patterns import bank, level, lexicon, stems

LATE = 2
"""Turns after which he has told what he rang for, and is surprised to be asked."""
BEFORE_A_DEAL = ("how_went", "own_view", "help_more", "price")
"""What brings out the doubts of one who is asked what he says to it all."""
OF_MONEY = 0.5
"""The share of a doubt's lines that speak of money where it is about money."""


def retort(heard: Heard, concern: Concern, state: State) -> tuple[State, Act] | None:
    """«Да это недорого», "you only think so": taken up in its own words, each kind once a call (C10)."""
    levelled = level(heard.text)
    for name, patterns in bank(heard.language)["waved"].items():
        if not stems(levelled, tuple(patterns), heard.language):
            continue
        kind = name if name != "dear" or _doubts_money(heard, concern) else "offprice"
        mark = f"retort:{kind}"
        return None if mark in state.marks or kind == "plain" else (state.mark(mark), Act("retort", kind))
    return None


def praises(heard: Heard) -> bool:
    """Whether the firm or the goods are praised: «мы очень надёжная компания»."""
    patterns = bank(heard.language)["waved"]
    told = heard.has("tell") and "?" not in heard.text
    return told and bool(stems(level(heard.text), (*patterns["quality"], *patterns["trust"]), heard.language))


def price_heard(heard: Heard, reply: Reply) -> Reply:
    """A price that brings up a doubt about something else: he takes note of it before."""
    first = reply.acts[0]
    if first.kind != "concern" or _doubts_money(heard, heard.persona.concern(str(first.topic))):
        return reply
    return Reply(reply.state, (Act("price"), *reply.acts), reply.rule)


def _doubts_money(heard: Heard, concern: Concern) -> bool:
    """Whether it is money that he doubts about, by what he says of it."""
    words = tuple(lexicon(heard.language)["money_words"])
    lines = concern.surface[heard.language]
    return sum(bool(stems(level(one), words, heard.language)) for one in lines) >= OF_MONEY * len(lines)


def vague(heard: Heard) -> Reply | None:
    """«Как вы сами это видите?», "so what do you say?": nothing to tell a fact to, and he says where he stands."""
    asked = questions_in(heard)
    if heard.state.active is not None or not asked:
        return None
    patterns = bank(heard.language)["vague"]
    act = next((one for one, words in patterns.items() if stems(asked[-1], tuple(words), heard.language)), None)
    if act is None or _tells_something(heard, act, asked[-1]):
        return None
    if heard.persona.call.purpose == "care" and "how_went" not in heard.state.marks:
        return None
    wide = act in ("what_say", "nothing_else") and not heard.state.agreed
    up = raised(heard, *BEFORE_A_DEAL) if wide else None
    if up is not None and not _of_no_price(heard, up):
        return up
    if heard.state.agreed and act in ("what_say", "how_see"):
        act = "what_say_agreed"
    return Reply(heard.state.feel(patience=-1), (Act(act),), f"vague:{act}")


def _of_no_price(heard: Heard, up: Reply) -> bool:
    """Whether he would call dear what nobody has named a price of."""
    return "price" not in heard.state.marks and _doubts_money(heard, heard.persona.concern(str(up.acts[0].topic)))


def _tells_something(heard: Heard, act: str, question: str) -> bool:
    """Whether he has a fact left that a wide question means, or asks for in its words."""
    state, move = heard.state, heard.move("ask_fact")
    left = [one for one in heard.persona.facts if one.id not in state.told and unlocked(one, state)]
    if act == "nothing_else":
        sure = meant(question, heard.persona, heard.language, after=heard.before)
        return sure is not None and sure.kind == "fact" and any(one.id == sure.id for one in left)
    return act == "how_now" and move is not None and any(one.id == move.topic for one in left)


def asks_request(heard: Heard) -> Reply | None:
    """«А вы что хотели?»: a caller says his request again, a man who was called wonders."""
    move, fact = heard.move("ask_request"), heard.move("ask_fact")
    if move is None or (fact is not None and move.quote not in fact.quote):
        return None
    if heard.persona.call.direction == "outbound":
        return Reply(heard.state.feel(patience=-1), (Act("you_called"),), "ask_request:outbound")
    state = heard.state.mark("greeted", "introduced").feel(patience=-1)
    if heard.state.agreed:
        return Reply(state, (Act("what_say_agreed"),), "ask_request:agreed")
    if heard.state.turn > LATE or "price" in heard.state.marks:
        return Reply(state, (Act("wanted"),), "ask_request:again")
    act = "request_again" if "greeted" in heard.state.marks else "request_more"
    return Reply(state, (Act(act),), "ask_request")
