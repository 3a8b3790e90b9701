"""Empty answers are few: what he has a word for he says in that word, and the second time he asks back."""

from dataclasses import replace

from trainer.practice import everyday, shortly
from trainer.practice.mind import Act, Heard, Reply

EMPTY = frozenset({"what", "which", "who", "where", "how", "when", "why", "yes_no", "how_much"})
"""Forms of a question that have only a filler for an answer, where nothing is known of its subject."""
AFTER_ONE = ("back", "unknown")
"""What stands in for a second filler, and a third."""


def spared(heard: Heard, reply: Reply) -> Reply:
    """The same reply with a filler in it put into the question's own words, or, but for one a call, asked back."""
    first = reply.acts[0] if reply.acts else None
    if first is None or first.kind != "said" or first.topic not in EMPTY:
        return reply
    if first.topic == "yes_no":
        asked = everyday.questions_in(heard)
        answer = shortly.short(asked[-1], heard.persona, heard.language, heard.rng) if asked else None
        if answer is not None:
            act = Act("said", "yes_no", slots={"answer": answer})
            return replace(reply, acts=(act, *reply.acts[1:]), rule=f"{reply.rule}:own_word")
    used = sum(one.startswith("filler:") for one in reply.state.marks)
    state = reply.state.mark(f"filler:{used}")
    if used == 0:
        return replace(reply, state=state)
    form = AFTER_ONE[(used - 1) % len(AFTER_ONE)]
    return replace(reply, state=state, acts=(Act("said", form), *reply.acts[1:]), rule=f"{reply.rule}>{form}")
