"""Meetings, contacts and next calls: conceded only through a gate, a meeting only with day and clock (G1–G6)."""

from dataclasses import replace
from datetime import datetime, timedelta

from trainer.language import contacts
from trainer.persona import GateName, Weekday
from trainer.practice.mind import OWN, TOP, Act, Heard, Reply, Rule, State, Topic, closed, raised
from trainer.practice.patterns import find, level, lexicon, stems
from trainer.practice.proposals import Proposal, callable_week, day_of, free_slot, is_free, joined
from trainer.practice.spoken import say_moment

TOO_MANY_REFUSALS = 3
SHORTLY, HALF_A_DAY = timedelta(hours=2), timedelta(hours=12)


def _shut(heard: Heard, gate: GateName, trigger: str, act: str) -> Reply | None:
    """The reply of a closed gate, ``None`` when it is open: a hidden concern comes up, or he stalls.

    One who was argued with says so, once.
    """
    why = closed(heard, gate)
    if why is None:
        return None
    up = raised(heard, trigger)
    if up is not None and why not in ("never",):
        of_price = "price" in heard.persona.concern(str(up.acts[0].topic)).raised_by
        return (_price_first(heard) if of_price else None) or up
    argued = heard.state.most < TOP and heard.persona.call.purpose != "care"
    if why == "trust" and argued and "unconvinced" not in heard.state.marks:
        act = "unconvinced"
    state = replace(heard.state, refusals=heard.state.refusals + 1, offered=None, expects="nothing").feel(patience=-1)
    state = state.mark(act) if act == "unconvinced" else state
    if state.refusals >= TOO_MANY_REFUSALS:
        state = state.feel(irritation=1)
    return Reply(state, (Act(act),), f"gate:{gate}:{why}")


def _price_first(heard: Heard) -> Reply | None:
    """A caller who would balk at a price that nobody has named yet asks for it before he hears of a day, twice."""
    marks = heard.state.marks
    mark = "asked_again" if "asked_price" in marks else "asked_price"
    if heard.persona.call.direction != "inbound" or "price" in marks or mark in marks:
        return None
    if heard.has("price") or stems(level(heard.text), tuple(lexicon(heard.language)["for_free"]), heard.language):
        return None
    return Reply(heard.state.mark(mark), (Act("request_again"),), "gate:price_first")


def confirmed(heard: Heard) -> Reply | None:
    """The seller says yes to the time that the client named."""
    state = heard.state
    if state.offered is None or state.offered_for is None or not heard.has("confirm_time"):
        return None
    return _agreed(heard, state.offered, state.offered_for, "confirmed")


def _agreed(heard: Heard, moment: str, topic: Topic, how: str) -> Reply:
    slots = {"when": say_moment(datetime.fromisoformat(moment), heard.language, heard.at)}
    state = replace(heard.state, expects="nothing", offered=None, offered_for=None, day=None, clock=None, idle=0)
    own = OWN if how == "confirmed" else None
    if topic == "appointment" and mending(heard):
        return Reply(replace(state, visit=moment), (Act("agree_time", own, slots),), f"agree_visit:{how}")
    if topic == "appointment":
        return Reply(replace(state, appointment=moment), (Act("agree_time", own, slots),), f"agree_time:{how}")
    return Reply(replace(state, next_call=moment), (Act("agree_call", own, slots),), f"agree_call:{how}")


def proposed_time(heard: Heard) -> Reply | None:
    """A meeting is proposed with a day, a clock time, or both."""
    move = heard.move("propose_time")
    if move is None:
        return None
    state = heard.state
    moments = _moments(heard, move.times)
    agreed = _agreed_before(state, moments)
    if agreed is not None and (not moments or agreed in moments):
        if heard.has("ask_contact", "ask_next_call", "help_more"):
            return None
        return Reply(state, (Act("confirm_again"),), "time:same")
    if not mending(heard):
        shut = _shut(heard, "agree_time", "propose_time", "stall")
        if shut is not None:
            return shut
    if not moments and heard.has("ask_time") and not any(one.clock for one in move.times):
        return asked_time(heard)
    return _weighed(heard, move.times, moments, "appointment")


def repeats(heard: Heard) -> bool:
    """Whether what is proposed was agreed before: the same hour said back, a call that he waits for anyway."""
    state, move = heard.state, heard.move("propose_time")
    calling = heard.has("ask_next_call", "propose_call_time")
    if calling and state.next_call is None:
        return False
    moments = _moments(heard, move.times) if move else ()
    agreed = _agreed_before(state, moments)
    return calling if move is None else agreed is not None and (not moments or agreed in moments)


def _agreed_before(state: State, moments: tuple[str, ...]) -> str | None:
    """The hour agreed for a meeting, or for a call where it is that very hour that is named again."""
    return state.appointment or state.visit or (state.next_call if state.next_call in moments else None)


def mending(heard: Heard) -> bool:
    """A care call in which somebody is to come and put right what the client complained of: he asked for it himself."""
    state = heard.state
    wanted = any(one.control and state.standing(one.id).status == "resolved" for one in heard.persona.concerns)
    return heard.persona.call.purpose == "care" and wanted and state.active is None


def _moments(heard: Heard, times: tuple[Proposal, ...]) -> tuple[str, ...]:
    """Whole moments: those said now, or made of the day said before and the clock said now."""
    now = heard.at.isoformat(timespec="minutes")
    found = [one.moment for one in times if one.moment is not None]
    for one in times:
        if one.moment is None:
            whole = joined(one.day or heard.state.day, one.clock or heard.state.clock, heard.language, heard.at)
            found.extend([whole] if whole else [])
    return tuple(_as_agreed(one, heard.state) for one in found if one > now)


def _as_agreed(moment: str, state: State) -> str:
    """«Четверг, девять» said of nine in the evening that was agreed is that very hour."""
    for agreed in (state.appointment, state.visit, state.next_call):
        if agreed and "T" in agreed and agreed[:10] == moment[:10]:
            one, other = datetime.fromisoformat(agreed), datetime.fromisoformat(moment)
            if one - other in (HALF_A_DAY, -HALF_A_DAY):
                return agreed
    return moment


def _weighed(heard: Heard, times: tuple[Proposal, ...], moments: tuple[str, ...], topic: Topic) -> Reply:
    """The times held against his week: the first free one, else an hour of his own, else he asks the missing half."""
    calendar = heard.persona.calendar
    week = calendar.free if topic == "appointment" else callable_week(calendar.calls)
    days = tuple(dict.fromkeys(found for one in times if one.day and (found := day_of(one.day, heard.at))))
    for moment in moments:
        if topic == "call" and (_at_once(moment, heard.at) or _of_a_visit(moment, heard.state)):
            return _agreed(heard, moment, topic, "picked")
        if is_free(datetime.fromisoformat(moment), week):
            return _agreed(heard, moment, topic, "picked")
    if moments:
        own = _near(heard, week, moments)
        return _named(heard, own, topic, "busy") if own else Reply(heard.state, (Act("busy_all"),), "time:busy")
    open_hour = len(days) > 1 or any(one.window for one in times)
    if open_hour and not any(one.clock for one in times):
        own = free_slot(week, heard.at, heard.rng, days=days)
        return _named(heard, own or free_slot(week, heard.at, heard.rng), topic, "name_time" if own else "busy")
    day = next((one.day for one in times if one.day), heard.state.day)
    clock = next((one.clock for one in times if one.clock), heard.state.clock)
    state = replace(heard.state, day=day, clock=clock, expects=topic)
    act = "which_hour" if day is not None else "which_day"
    return Reply(state, (Act(act),), f"time:{act}")


def _at_once(moment: str, at: datetime) -> bool:
    """Within two hours: he is on the phone now, he will be then."""
    return datetime.fromisoformat(moment) - at <= SHORTLY


def _of_a_visit(moment: str, state: State) -> bool:
    """A word that somebody is on the way: on the day of what was agreed, before it."""
    return any(agreed and agreed[:10] == moment[:10] and moment < agreed for agreed in (state.appointment, state.visit))


def _near(heard: Heard, week: dict[Weekday, tuple[str, ...]], moments: tuple[str, ...]) -> str | None:
    """An hour of his on the day that was named, else soon after it, else any."""
    first = datetime.fromisoformat(moments[0])
    for after, days in ((first - timedelta(days=1), (moments[0][:10],)), (max(first, heard.at), ()), (heard.at, ())):
        own = free_slot(week, after, heard.rng, moments, days, heard.at.isoformat())
        if own is not None:
            return own
    return None


def _named(heard: Heard, moment: str | None, topic: Topic, act: str) -> Reply:
    if moment is None:
        return Reply(heard.state, (Act("busy_all"),), "time:no_slot")
    slots = {"when": say_moment(datetime.fromisoformat(moment), heard.language, heard.at)}
    away = (datetime.fromisoformat(moment).date() - heard.at.date()).days
    state = replace(heard.state, offered=moment, offered_for=topic, expects=topic, day=f"in:{away}")
    return Reply(state, (Act(act if topic == "appointment" else f"{act}_call", slots=slots),), f"time:{act}")


def asked_time(heard: Heard) -> Reply | None:
    """«Когда вам удобно?»: with the gate open he names an hour of his own."""
    if not heard.has("ask_time"):
        return None
    if heard.has("ask_next_call") or heard.state.expects == "call" or heard.persona.call.purpose == "phone_deal":
        return None
    if heard.state.appointment is not None or heard.state.visit is not None:
        return Reply(heard.state, (Act("confirm_again"),), "time:same")
    shut = None if mending(heard) else _shut(heard, "agree_time", "propose_time", "stall")
    if shut is not None:
        return shut
    week = heard.persona.calendar.free
    named = heard.move("propose_time")
    days = tuple(found for one in (named.times if named else ()) if one.day and (found := day_of(one.day, heard.at)))
    if heard.state.offered is not None and heard.state.offered[:10] in days:
        return _named(heard, heard.state.offered, "appointment", "name_time")
    own = free_slot(week, heard.at, heard.rng, days=days) if days else None
    return _named(heard, own or free_slot(week, heard.at, heard.rng), "appointment", "name_time")


def invited(heard: Heard) -> Reply | None:
    """An invitation without a time."""
    if not heard.has("invite_vague") or heard.has("ask_fact", "farewell") or heard.persona.call.purpose == "care":
        return None
    if heard.state.appointment is not None:
        return None
    if heard.persona.call.purpose == "service" and stems(level(heard.text), _to_us(heard), heard.language):
        return Reply(heard.state.feel(patience=-1), (Act("out_here"),), "invited:to_us")
    shut = _shut(heard, "agree_time", "propose_time", "stall")
    if shut is not None:
        return shut
    return Reply(replace(heard.state, expects="appointment"), (Act("when_then"),), "time:asks_when")


def _to_us(heard: Heard) -> tuple[str, ...]:
    return tuple(lexicon(heard.language)["come_to_us"])


def asked_contact(heard: Heard) -> Reply | None:
    """His own contact is asked for."""
    if not heard.has("ask_contact"):
        return None
    wanted = "mailed" if _mail_alone(heard) else "numbered"
    if heard.state.contact and wanted in heard.state.marks:
        return Reply(heard.state, (Act("contact_again"),), "contact:again")
    shut = _shut(heard, "give_contact", "ask_contact", "contact_refused")
    if shut is not None:
        kept = shut.acts[0].kind == "contact_refused" and wanted == "mailed"
        return replace(shut, acts=(Act("contact_refused", "mail"),)) if kept else shut
    state = replace(heard.state, contact=True, idle=0).mark(wanted)
    spoken = heard.persona.contact[heard.language]
    usual = Act("contact", _instead(heard, spoken), slots={"contact": spoken})
    if wanted == "numbered":
        return Reply(state, (usual,), "contact:given")
    if heard.persona.email is not None:
        act = Act("email", slots={"contact": heard.persona.email[heard.language]})
        return Reply(state, (act,), "contact:email")
    acts = (Act("no_email"),) if "numbered" in state.marks else (Act("no_email"), usual)
    return Reply(state.mark("numbered"), acts, "contact:no_email")


def _instead(heard: Heard, contact: str) -> str | None:
    """``mail`` where his number is asked for and an e-mail is what he gives."""
    kinds = {one.kind for one in contacts.find(contact, heard.language)}
    asked = find(level(heard.text), lexicon(heard.language)["number_words"], heard.language)
    return "mail" if asked and kinds == {"email"} else None


def _mail_alone(heard: Heard) -> bool:
    """Whether it is his e-mail that is asked for, not a number or either, and the contact he gives is not one."""
    language, words = heard.language, level(heard.text)
    asked = find(words, lexicon(language)["mail_words"], language)
    either = find(words, lexicon(language)["number_words"], language)
    if not asked or either:
        return False
    return all(one.kind != "email" for one in contacts.find(heard.persona.contact[language], language))


def next_call(heard: Heard) -> Reply | None:
    """A next call is asked for or announced, with or without its time (G4, C6)."""
    move = heard.move("propose_call_time", "ask_next_call")
    if move is None and heard.persona.call.purpose == "phone_deal":
        move = heard.move("ask_time")
    if move is None:
        return None
    state, calendar = heard.state, heard.persona.calendar
    if state.next_call is not None:
        return _waiting(heard, state.next_call)
    shut = _shut(heard, "next_call", "ask_next_call", "call_refused")
    if shut is not None:
        return shut
    of_calls = heard.move("propose_call_time")
    times = of_calls.times if of_calls else next((one.times for one in heard.moves if one.times), ())
    moments = _moments(heard, times)
    if calendar.loose_call and not moments:
        loose = replace(state, next_call=times[0].day or "soon" if times else "soon", idle=0, expects="nothing")
        return Reply(loose, (Act("agree_call_loose"),), "agree_call:loose")
    if times:
        return _weighed(heard, times, moments, "call")
    if _asks_when(heard):
        week = callable_week(calendar.calls)
        return _named(heard, free_slot(week, heard.at, heard.rng), "call", "name_time")
    return Reply(replace(state, expects="call"), (Act("call_when"),), "call:asks_when")


def _waiting(heard: Heard, agreed: str) -> Reply:
    """A call that he waits for is spoken of again: he confirms it, or says for when it was agreed."""
    move = heard.move("propose_call_time")
    others = [one for one in _moments(heard, move.times) if one != agreed] if move else []
    if not others or agreed in others or "T" not in agreed:
        return Reply(heard.state, (Act("call_again"),), "call:same")
    slots = {"when": say_moment(datetime.fromisoformat(agreed), heard.language, heard.at)}
    return Reply(heard.state, (Act("call_other", slots=slots),), "call:other")


def call_and_number(heard: Heard) -> Reply | None:
    """A call announced and the number for it asked in one breath: he answers both."""
    if not heard.has("propose_call_time", "ask_next_call") or not heard.has("ask_contact"):
        return None
    if heard.state.contact or heard.state.next_call or closed(heard, "give_contact") is not None:
        return None
    first = next_call(heard)
    number = asked_contact(heard.now(first.state)) if first and not first.rule.startswith(("gate", "raise")) else None
    if first is None or number is None:
        return None
    return Reply(replace(number.state, contact=True), (*number.acts, *first.acts), f"{first.rule}+{number.rule}")


def number_too(heard: Heard) -> Reply | None:
    """A contact asked for beside a time that he has just agreed to, where he would give it."""
    given = asked_contact(heard) if not heard.state.contact else None
    return given if given is not None and given.rule.startswith("contact") else None


def _asks_when(heard: Heard) -> bool:
    if heard.has("ask_time"):
        return True
    words = level(heard.text)
    return any(
        one in words for one in ("когда", "во сколько", "в какое", "какой день", "when", "what time", "which day")
    )


def both(heard: Heard) -> Reply | None:
    """A visit and a call announced in one breath: the visit first, then the call."""
    if not heard.has("propose_time") or not heard.has("propose_call_time", "ask_next_call"):
        return None
    if heard.persona.call.purpose == "phone_deal" or heard.state.appointment or heard.state.visit:
        return None
    first = proposed_time(heard)
    if first is None or not first.rule.startswith("agree_"):
        return first
    after = heard.now(first.state)
    if closed(after, "next_call") is not None or heard.state.next_call:
        return first
    more = next_call(after)
    if more is None or not more.rule.startswith("agree_"):
        return first
    return Reply(more.state, (*first.acts, *more.acts), f"{first.rule}+{more.rule}")


def invoice(heard: Heard) -> Reply | None:
    """A phone deal: the seller asks leave to send the invoice and the proposal (G3)."""
    if not heard.has("ask_invoice") or heard.persona.call.purpose != "phone_deal":
        return None
    if heard.state.invoice:
        return None if heard.has("ask_next_call", "propose_call_time") else Reply(
            heard.state, (Act("invoice_again"),), "invoice:again"
        )  # fmt: skip
    shut = _shut(heard, "invoice", "ask_invoice", "invoice_refused")
    if shut is not None:
        return shut
    reply = Reply(replace(heard.state, invoice=True, idle=0, expects="call"), (Act("agree_invoice"),), "agree_invoice")
    more = next_call(heard.now(reply.state))
    return replace(more, acts=(*reply.acts, *more.acts), rule=f"{reply.rule}+{more.rule}") if more else reply


def promised_nothing(heard: Heard) -> Reply | None:
    """Only the seller's own number is left, or "call us when you decide": he says that he will, and may not."""
    if not heard.has("leave_own_contact") or heard.has("offer_support"):
        return None
    if heard.state.agreed:
        return Reply(heard.state, (Act("support"),), "own_contact:agreed")
    return Reply(_cooled(heard.state), (Act("own_contact"),), "own_contact")


def _cooled(state: State) -> State:
    return state.feel(patience=-1, interest=-1, trust=-1)


LEADS_ON: tuple[Rule, ...] = (both, call_and_number, next_call, proposed_time, asked_time, asked_contact)
"""What he may be led to in the breath that settles his concern."""
RULES: tuple[Rule, ...] = (
    confirmed, invoice, both, call_and_number, next_call, proposed_time, asked_time, asked_contact, invited,
    promised_nothing,
)  # fmt: skip
