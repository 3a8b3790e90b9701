"""His name and his address, where the seller asks for them in plain words: what he was asked comes first."""

from dataclasses import replace

from trainer.language.text import sentences
from trainer.practice.mind import SETTLED, Act, Heard, Reply, unlocked
from trainer.practice.patterns import level, lexicon, stems

OPENLY = ("ask_other", "fact", "concern", "raise", "gate", "time", "agree", "need", "plain", "how_went", "help_more",
          "confirmed", "call", "contact", "introduced", "critic", "greet", "own_view", "others_view")  # fmt: skip
"""Rules after which he still answers a plain question: not to rudeness, pressure or a trick."""
NAMED = ("name", "name_again")
GOES_ON = ("concern", "reason", *SETTLED, "half", "critic_half", "name_time", "which_hour", "which_day", "agree_time",
           "busy", "call_when", "contact", "email", "no_email", "agree_call", "agree_call_loose", "agree_invoice",
           "stall", "hold_day")  # fmt: skip
"""Acts that he goes on to when the plain question is answered."""


def served(heard: Heard, reply: Reply) -> Reply | None:
    """The reply that begins with his name or his address, or ``None`` where neither is asked for or already in it."""
    if reply.state.over or not reply.rule.startswith(OPENLY):
        return None
    first = reply.acts[0]
    if heard.has("own_name_ask") and first.kind not in NAMED and "named" not in heard.state.marks:
        slots = {"name": heard.persona.name[heard.language]}
        acts = (Act("name", slots=slots), *_rest(reply))
        return replace(reply, state=reply.state.mark("named"), acts=acts, rule=f"{reply.rule}+name")
    if heard.has("ask_contact") or not _asks_address(heard):
        return None
    id = _address(heard)
    if any(act.topic in (id, "address") for act in reply.acts):
        return None
    if id is None:
        return replace(reply, acts=(Act("small", "address"), *_rest(reply)), rule=f"{reply.rule}+address")
    return replace(
        reply, state=reply.state.tell(id), acts=(Act("fact", id), *_rest(reply)), rule=f"{reply.rule}+address"
    )


def _rest(reply: Reply) -> tuple[Act, ...]:
    return tuple(act for act in reply.acts if act.kind in GOES_ON)


def _asks_address(heard: Heard) -> bool:
    words, levelled = lexicon(heard.language), level(heard.text)
    asked = [levelled[start:end] for start, end in sentences(heard.text) if levelled[start:end].rstrip().endswith("?")]
    told_to = stems(levelled, tuple(words["address_asked"]), heard.language)
    return bool(told_to) or any(stems(one, tuple(words["address_words"]), heard.language) for one in asked)


def _address(heard: Heard) -> str | None:
    """The open fact that answers "your address?", ``None`` where a small one or the everyday bank has to."""
    if any(one.id == "address" for one in heard.persona.small):
        return None
    word = {"ru": "ваш адрес", "en": "your address"}[heard.language]
    for fact in heard.persona.facts:
        if stems(word, fact.about[heard.language], heard.language) and unlocked(fact, heard.state):
            return fact.id
    return None
