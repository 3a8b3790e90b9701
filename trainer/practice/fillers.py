"""Empty answers are few: what he has a word for he says in that word, and the second time he asks back."""

import re
from dataclasses import replace

from trainer.persona import Concern
from trainer.practice import choices, everyday, shortly
from trainer.practice.forms import form_of
from trainer.practice.mind import Act, Heard, Reply
from trainer.practice.patterns import bank, find, level, lexicon, stems
from trainer.texts import Language

EMPTY = frozenset({"what", "which", "who", "where", "how", "when", "why", "yes_no", "how_much"})
"""Forms of a question that have only a filler for an answer, where nothing is known of its subject."""
TELLING_FORMS = frozenset({"how_long", "how_many", "how_often", "how_much", "yes_no", "which"})
"""Forms of a question beside the matter that have an answer of their own."""
CONTENT = 4
ROOT = 4
"""Letters of a word that says what a question is about, and of its beginning that tells it from others."""
AFTER_ONE = ("back", "unknown")
"""What stands in for a second filler, and a third."""


def spared(heard: Heard, reply: Reply) -> Reply:
    """The same reply with a filler in it put into the question's own words, or, but for one a call, asked back."""
    reply = _beside_the_matter(heard, reply)
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


def _beside_the_matter(heard: Heard, reply: Reply) -> Reply:
    """Asked something else in the middle of his story: he answers that, and keeps the next piece for later."""
    asked, active = everyday.questions_in(heard), heard.state.active
    if not asked or active is None or reply.rule != "concern:asked_more" or heard.has(*everyday.SETTLES):
        return reply
    form = form_of(asked[-1], heard.language)
    if form == "either":
        return _of_two(heard, reply, asked[-1])
    if form not in TELLING_FORMS or not _elsewhere(asked[-1], heard.persona.concern(active.id), heard.language):
        return reply
    if form == "yes_no" and shortly.short(asked[-1], heard.persona, heard.language, heard.rng) is None:
        return reply
    return replace(reply, acts=(Act("said", form),), rule=f"{reply.rule}+said:{form}")


def _of_two(heard: Heard, reply: Reply, question: str) -> Reply:
    """Which of two it was, where only one of them is in his story; then the next piece of it."""
    start = max(0, level(heard.text).find(question))
    spoken, words = heard.text[start : start + len(question)], bank(heard.language)["pick"]
    pick = choices.picked(spoken, words, heard.persona, heard.language, heard.state, known=True)
    if pick is None:
        return reply
    named = Act("said", "pick", slots={"pick": pick})
    return replace(reply, acts=(named, *reply.acts), rule=f"{reply.rule}+said:pick")


def _elsewhere(question: str, concern: Concern, language: Language) -> bool:
    """Whether a question names something of its own and nothing that the concern is about."""
    if stems(question, concern.about[language], language) or find(question, lexicon(language)["clarify"], language):
        return False
    told = (*concern.surface[language], *concern.goes_on[language], *concern.reason[language], *concern.more[language])
    roots = {word[:ROOT] for line in told for word in re.findall(r"[\w']+", level(line))}
    named = [word for word in re.findall(r"[\w']+", question) if len(word) >= CONTENT]
    own = [word for word in named if word not in lexicon(language)["wh_words"]]
    return bool(own) and not any(word[:ROOT] in roots for word in own)
