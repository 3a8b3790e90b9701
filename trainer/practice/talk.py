"""The rest of the talk: who calls, questions, opinions, prices, thanks and goodbyes (C1–C7, G5, W2–W4)."""

import re
from collections.abc import Iterator
from dataclasses import replace

from trainer.language.text import sentences
from trainer.persona import Fact
from trainer.practice import offhand
from trainer.practice.echo import alike
from trainer.practice.fitting import fits
from trainer.practice.forms import form_of
from trainer.practice.lives import about
from trainer.practice.meaning import meant
from trainer.practice.mind import Act, Heard, Reply, Rule, State, raised, unlocked
from trainer.practice.patterns import level, lexicon, stems
from trainer.practice.scene import Move

REQUEST_PATIENCE = 3
TIMES = ("when", "when_will", "when_does", "how_long")
"""Forms of a question that he puts off by a time of no account."""
ABOUT_HIM = ("why", "offer", "would", "to_tell", "request")
"""Forms of a question that only he can answer."""
ASKING = ("ask_other", "ask_fact", "ask_need", "clarify")
GREETING_ROOM = 3
PATIENT_CHAT = 5
VIEWS = ("how_went", "own_view", "others_view")
DOUBTED = ("how_went", "own_view", "help_more", "price", "propose_time", "ask_next_call", "ask_invoice")
"""What brings out the doubts that an open question brings out too."""


def farewell(heard: Heard) -> Reply | None:
    """The seller says goodbye: the client answers and hangs up (W4)."""
    if not heard.has("farewell"):
        return None
    state = replace(heard.state, over=True)
    cross = heard.state.irritation >= heard.state.leaves_at - 2
    content = heard.state.agreed or heard.state.visit is not None
    if not content and (cross or (heard.state.active is not None and heard.state.irritation > 1)):
        return Reply(state, (Act("goodbye_cold", end=True),), "farewell:cold")
    if heard.has("propose_time", "invite_vague") and not content:
        return Reply(state, (Act("goodbye_unagreed", end=True),), "farewell:unagreed")
    act = "goodbye" if content else "goodbye_neutral"
    return Reply(state, (Act(act, end=True),), "farewell")


def opening(heard: Heard) -> Reply | None:
    """The first words of an outbound call: he wants to know who it is."""
    state = heard.state
    if heard.persona.call.direction != "outbound" or "introduced" in state.marks:
        return None
    if heard.has("introduce"):
        known = state.mark("introduced")
        if heard.has(*VIEWS):
            return None
        why = ("introduce", *(["state_reason"] if heard.has("state_reason", "pitch") else []))
        up = raised(heard.now(known.mark("reason")), *why)
        if up is not None:
            return replace(up, rule=f"introduced:{up.rule}")
        if heard.has("ask_fact", "ask_need", "convenient", "ask_other"):
            return None
        return Reply(known, (Act("recognise"),), "introduced")
    if state.turn >= 1 and "asked_who" in state.marks:
        state = state.mark("introduced").feel(patience=-2, irritation=1)
        return Reply(state, (Act("who_again"),), "who:again")
    if heard.has("farewell"):
        return None
    return Reply(state.mark("asked_who").feel(patience=-1), (Act("who_is_it"),), "who")


def brought_up(heard: Heard) -> Reply | None:
    """A concern that an introduction, an apology or a question about its own topic brings out."""
    if heard.state.active is not None:
        return None
    up = raised(heard, *(one for one in ("introduce", "apology") if heard.has(one)))
    if up is not None:
        return up
    asked = " ".join(level(one.quote) for one in heard.moves if one.kind in ASKING)
    for concern in heard.persona.concerns:
        hidden = heard.state.standing(concern.id).status == "hidden"
        about = stems(asked, concern.about[heard.language], heard.language)
        if hidden and "topic" in concern.raised_by and about:
            return Reply(heard.state.voice(concern.id), (Act("concern", concern.id),), f"raise:{concern.id}:topic")
    return None


def told_reason(heard: Heard) -> Reply | None:
    """The reason of the call, a pitch or a price brings up what he has against it."""
    triggers = [one for one in ("state_reason", "pitch", "price") if heard.has(one)]
    if not triggers or heard.state.active is not None or heard.has("ask_fact", "ask_need"):
        return None
    blind = "price" in triggers and not any(one.need and one.id in heard.state.told for one in heard.persona.facts)
    up = raised(heard.now(heard.state.mark(*triggers).feel(interest=-int(blind))), *triggers)
    return offhand.price_heard(heard, up) if up is not None and "price" in triggers else up


def views(heard: Heard) -> Reply | None:
    """How it went, what he thinks, what the others say: an answer, and the concern that goes with it (C2–C4)."""
    asked = [kind for kind in VIEWS if heard.has(kind)]
    if not asked:
        return None
    state = heard.state.mark("introduced")
    kind = next((one for one in asked if one not in state.marks), asked[0])
    if kind in state.marks:
        return _viewed_before(heard.now(state), kind)
    state = state.mark(kind).feel(trust=1)
    fact = next((one for one in heard.persona.facts if kind in one.asked_by), None)
    acts: tuple[Act, ...] = (Act("fact", fact.id),) if fact else ()
    up = raised(heard.now(state), kind)
    if up is not None:
        return Reply(up.state, (*acts[:1], *up.acts), f"{kind}:{up.rule}")
    return Reply(state, acts or (Act("fine"),), kind)


def _viewed_before(heard: Heard, kind: str) -> Reply | None:
    """How it went was asked before: the same question again is told off once a call, another one gets an answer."""
    move = heard.move(kind)
    assert move is not None
    if _asked_before(move.quote, heard) and "reproached" not in heard.state.marks:
        return Reply(heard.state.mark("reproached").feel(patience=-1), (Act("asked_already"),), f"{kind}:again")
    fact = next((one for one in heard.persona.facts if kind in one.asked_by), None)
    spoken = sum(one.startswith(f"viewed:{kind}:") for one in heard.state.marks)
    if fact is not None and spoken + 1 < len(fact.lines[heard.language]):
        return Reply(heard.state.mark(f"viewed:{kind}:{spoken}"), (Act("fact", fact.id),), f"{kind}:more")
    return own_side(_beside(heard, move.quote))


def _asked_before(quote: str, heard: Heard) -> bool:
    before = (part for line in heard.state.heard for part in re.split(r"[.!?…]", line))
    return any(alike(level(quote), one, heard.language) for one in before)


def _beside(heard: Heard, quote: str) -> Heard:
    """The same line with one of its questions taken for one that nothing was prepared for."""
    moves = (replace(one, kind="ask_other", topic=None) if one.quote == quote else one for one in heard.moves)
    return replace(heard, moves=tuple(moves))


def doubts(heard: Heard) -> Reply | None:
    """«Что ещё смущает?», "is something wrong?", with nothing on the table: what he has kept to himself."""
    if heard.state.active is not None or heard.has("ask_fact") or not heard.has("ask_need", "ask_other", "clarify"):
        return None
    words, levelled = lexicon(heard.language), level(heard.text)
    if not any(stems(levelled, tuple(words[one]), heard.language) for one in ("doubts", "amiss")):
        return None
    up = raised(heard, *DOUBTED)
    if up is None and stems(levelled, tuple(words["else"]), heard.language):
        return Reply(heard.state, (Act("nothing_more"),), "doubts:none")
    return up


def asked_besides(heard: Heard, *, surely: bool = False) -> Reply | None:
    """What he is asked beside something else, where it brings out what he has not said: a view, or a fact.

    ``surely``: only a fact that the question means, not one that it shares words with.
    """
    if any(heard.has(kind) and kind not in heard.state.marks for kind in VIEWS):
        return views(heard)
    move = heard.move("ask_fact")
    if move is None or move.topic is None or move.topic in heard.state.told:
        return None
    fact = heard.persona.fact(move.topic)
    if surely and not _surely(heard, move, fact):
        return None
    return replace(told := _tells(heard, fact), acts=told.acts[:1]) if unlocked(fact, heard.state) else None


def questions(heard: Heard) -> Reply | None:
    """A question about him: answered when it may be, dodged when it is too early; one hidden fact a turn."""
    if not heard.has("ask_fact", "ask_need"):
        return None
    if heard.persona.call.direction == "inbound":
        heard = heard.now(heard.state.mark("introduced"))
    move = heard.move("ask_fact")
    fact = heard.persona.fact(move.topic) if move and move.topic else None
    if fact is None:
        fact = _asked_for(heard)
        if fact is None:
            up = raised(heard, "help_more", "price", "propose_time") if heard.state.active is None else None
            return up or Reply(heard.state.feel(patience=-1), (Act("nothing_else"),), "need:nothing_else")
    known = fact.id in heard.state.told or not unlocked(fact, heard.state)
    if heard.has("ask_need") and known and not (move and _surely(heard, move, fact)):
        fact = _asked_for(heard) or fact
    if fact.id in heard.state.told:
        return _told_before(heard, fact, move.quote if move else "")
    if not unlocked(fact, heard.state):
        form = form_of(level(move.quote), heard.language) if move else "what"
        act = Act("said", form) if form in TIMES else Act("dodge")
        if heard.persona.call.purpose == "service" and (form in TIMES or _of_haste(heard, move)):
            act = Act("said", "urgent")
        return Reply(heard.state, (act,), f"fact:{fact.id}:locked")
    return _and_second(heard, fact, _tells(heard, fact))


def _of_haste(heard: Heard, move: Move | None) -> bool:
    """Whether it is asked by when he needs it."""
    words = about("deadline", heard.persona, heard.language)
    return move is not None and bool(stems(level(move.quote), words, heard.language))


def _surely(heard: Heard, move: Move, fact: Fact) -> bool:
    """Whether a question means the fact, not only shares words with it."""
    sure = meant(move.quote, heard.persona, heard.language, after=heard.before)
    return sure is not None and (sure.kind, sure.id) == ("fact", fact.id)


def _and_second(heard: Heard, fact: Fact, reply: Reply) -> Reply:
    """Two questions in a breath, each surely about a fact of its own that is open: he answers both."""
    asked = [one for one in heard.moves if one.kind == "ask_fact" and one.topic and one.quote.endswith("?")]
    if len(reply.acts) > 1 or len({one.topic for one in asked}) < 2:
        return reply
    for one in asked:
        other = heard.persona.fact(str(one.topic))
        if other.id in (fact.id, *reply.state.told) or other.hidden or not _surely(heard, one, other):
            continue
        told = _tells(heard.now(reply.state), other)
        return Reply(told.state, (*reply.acts, told.acts[0]), f"{reply.rule}+{told.rule}")
    return reply


def _told_before(heard: Heard, fact: Fact, asked: str) -> Reply | None:
    """About something that he told: the very same question earns "I've said", once a call; any other an answer."""
    state = heard.state
    again = stems(level(heard.text), tuple(lexicon(heard.language)["say_again"]), heard.language)
    same = _asked_before(asked, heard)
    if same and not again and "reproached" not in state.marks:
        return Reply(state.mark("reproached").feel(patience=-1), (Act("fact_again", fact.id),), f"fact:{fact.id}:again")
    if same or again:
        return Reply(state, (Act("fact", fact.id),), f"fact:{fact.id}:repeats")
    return own_side(_beside(heard, asked))


def _asked_for(heard: Heard) -> Fact | None:
    """Of what an open question can still bring out of him that which answers it best."""
    facts = list(_tellable(heard))
    return max(facts, key=lambda one: float(fits(heard.text, one.lines[heard.language]).max()), default=None)


def _tellable(heard: Heard) -> Iterator[Fact]:
    """What an open question can still bring out of him."""
    state = heard.state
    return (one for one in heard.persona.facts if one.need and one.id not in state.told and unlocked(one, state))


def _tells(heard: Heard, fact: Fact) -> Reply:
    gain = 1 if fact.need else 0
    state = heard.state.tell(fact.id).feel(trust=gain, interest=gain, patience=gain)
    acts: tuple[Act, ...] = (Act("fact", fact.id),)
    waited = state.turn >= REQUEST_PATIENCE and "price" not in state.marks and "asked_price" not in state.marks
    if heard.persona.call.direction == "inbound" and waited and not heard.has("price"):
        return Reply(state.mark("asked_price"), (*acts, Act("request_again")), f"fact:{fact.id}:own_request")
    return Reply(state, acts, f"fact:{fact.id}")


def price(heard: Heard) -> Reply | None:
    """A price is named: heard with interest or with a sigh; before a single question it is only a number (G5)."""
    if not heard.has("price") or (heard.state.agreed and "price" in heard.state.marks):
        return None
    asked = any(one.need and one.id in heard.state.told for one in heard.persona.facts)
    state = heard.state.mark("price").feel(interest=0 if asked or "price" in heard.state.marks else -1)
    up = raised(heard.now(state), "price")
    if up is not None:
        return offhand.price_heard(heard, up)
    return Reply(state, (Act("price"),), "price")


def name(heard: Heard) -> Reply | None:
    """How he is called."""
    if not heard.has("own_name_ask"):
        return None
    slots = {"name": heard.persona.name[heard.language]}
    if "named" in heard.state.marks:
        return Reply(heard.state, (Act("name_again", slots=slots),), "name:again")
    return Reply(heard.state.mark("named"), (Act("name", slots=slots),), "name")


def convenient(heard: Heard) -> Reply | None:
    """«Вам удобно говорить?»: a cold client takes the way out half-way (C8)."""
    if not heard.has("convenient"):
        return None
    return Reply(heard.state.feel(patience=-1), (Act("convenient"),), "convenient")


def help_more(heard: Heard) -> Reply | None:
    """«Ещё чем-то помочь?»: what lies on his heart comes up, or he has nothing more (W2)."""
    if not heard.has("help_more"):
        return None
    up = raised(heard, "help_more")
    return up or Reply(heard.state.mark("helped"), (Act("nothing_more"),), "help_more")


def support(heard: Heard) -> Reply | None:
    """«С любым вопросом звоните»: he is glad of it (C5)."""
    if not heard.has("offer_support"):
        return None
    return Reply(
        heard.state.mark("supported").feel(trust=int("supported" not in heard.state.marks)),
        (Act("support"),),
        "support",
    )


def referral(heard: Heard) -> Reply | None:
    """Asked for friends' names (C9)."""
    if not heard.has("referral"):
        return None
    return Reply(heard.state.feel(trust=-2, irritation=1), (Act("referral"),), "referral")


def introduced(heard: Heard) -> Reply | None:
    """A greeting or a name in an inbound call: he goes on with his request."""
    if not heard.has("greet", "introduce") or heard.has("ask_other", "pitch"):
        return None
    if any(one.kind == "tell" and len(one.quote.split()) > GREETING_ROOM for one in heard.moves):
        return None
    if "greeted" in heard.state.marks:
        return Reply(heard.state.feel(patience=-1), (Act("listens"),), "greet:again")
    act = "request_more" if heard.persona.call.direction == "inbound" else "recognise"
    return Reply(heard.state.mark("greeted", "introduced"), (Act(act),), "greet")


def _sentence(text: str, place: int) -> str:
    """The levelled sentence that a place lies in."""
    return next((level(text)[start:end].strip() for start, end in sentences(text) if start <= place < end), "")


def own_side(heard: Heard) -> Reply | None:
    """A question to which the seller should know the answer, or one about nothing of his."""
    if not heard.has("ask_other"):
        return None
    move = heard.move("ask_other")
    words = _sentence(heard.text, move.start) if move else ""
    lexica = lexicon(heard.language)
    act, you = "unsure", tuple(lexica["you_words"])
    asks_him = form_of(words, heard.language) in ABOUT_HIM or stems(words, you, heard.language)
    if not asks_him and stems(words, heard.persona.request[heard.language], heard.language):
        act = "throw_back"
    elif stems(words, tuple(lexica["opinions"]), heard.language):
        act = "opinion"
    elif stems(words, you, heard.language):
        act = "private"
    return Reply(heard.state.feel(patience=-(heard.state.turn % 2)), (Act(act),), f"ask_other:{act}")


def pitch(heard: Heard) -> Reply | None:
    """Praise of the goods that nobody asked for: interest fades."""
    if not heard.has("pitch", "state_reason") and not offhand.praises(heard):
        return None
    up = raised(heard, "pitch")
    if up is not None:
        return up
    free = "free" not in heard.state.marks and heard.persona.call.purpose != "care"
    if heard.state.agreed:
        return Reply(heard.state, (Act("listens"),), "agreed:chat")
    if free and stems(level(heard.text), tuple(lexicon(heard.language)["for_free"]), heard.language):
        return Reply(heard.state.mark("free").feel(patience=-1), (Act("small", "free"),), "pitch:free")
    return Reply(heard.state.feel(patience=-1, interest=-1), (Act("pitch"),), "pitch")


def thanks(heard: Heard) -> Reply | None:
    """Thanks and wishes."""
    if not heard.has("thanks", "wish"):
        return None
    return Reply(heard.state, (Act("wished" if heard.has("wish") else "thanks"),), "thanks")


def plain(heard: Heard) -> Reply | None:
    """Nothing he could act on: he listens, or asks what is meant."""
    if heard.state.agreed and heard.has("confirm_time", "tell", "accept"):
        again = heard.has("confirm_time") and heard.state.idle < 1
        return Reply(heard.state, (Act("confirm_again" if again else "listens"),), "agreed:chat")
    known = len(heard.text.split()) >= 3 and heard.has("tell")
    return Reply(heard.state.feel(patience=-1), (Act("listens" if known else "unclear"),), "plain")


def must_go(state: State) -> bool:
    """Whether the talk has gone on long enough after all was agreed."""
    return state.agreed and state.active is None and state.idle >= PATIENT_CHAT


OPENING: tuple[Rule, ...] = (opening,)
RULES: tuple[Rule, ...] = (
    help_more, offhand.vague, views, told_reason, doubts, name, offhand.asks_request, questions, price, referral,
    convenient, support, introduced, own_side, pitch, thanks, plain,
)  # fmt: skip
