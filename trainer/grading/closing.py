"""How the call ended: no hurry, further help, the farewell, and who hung up (W1–W4, C7)."""

from dataclasses import dataclass

from trainer.grading.decisions import decide, odds_of
from trainer.grading.detectors import Reader, Reading
from trainer.grading.judges import Finding
from trainer.language.text import words
from trainer.report import Evidence
from trainer.transcript import Speaker

BYE = 0.45
UNSAID = {"bye": 0.5, "wish": 0.6, "thanks": 0.8}
"""How sure the reader must be of these where no known word of them is heard."""
LAST = 4
"""How many of a side's last turns a farewell may stand in."""


@dataclass(frozen=True)
class Ending:
    """The last words of both sides; ``reached`` is false where the talk breaks off in the middle."""

    seller_bye: Reading | None
    client_bye: Reading | None
    hung_up: Speaker | None
    reached: bool
    cut_short: bool


def read_ending(reader: Reader) -> Ending:
    """Who said goodbye and who hung up; ``cut_short``: the client left before the seller could answer."""
    seller = _farewell(reader, "seller")
    client = _farewell(reader, "client")
    hang_up = next((event.by for _, event in reversed(reader.events) if event.event == "hang_up"), None)
    last = reader.readings[-1] if reader.readings else None
    gone = last is not None and last.role == "client" and hang_up != "seller"
    cut_short = seller is None and gone and (hang_up == "client" or client is not None)
    reached = seller is not None or client is not None or hang_up == "seller"
    return Ending(seller, client, hang_up, reached, cut_short)


def _farewell(reader: Reader, role: Speaker) -> Reading | None:
    for reading in reversed(reader.by(role)[-LAST:]):
        said = reading.says("bye_words") or (role == "seller" and reading.says("wish_words"))
        if reading.chance("bye") >= (0.2 if said else UNSAID["bye"]):
            return reading
        if role == "seller" and reading.says("wish_words") and reading.chance("wish") >= 0.6:
            return reading
    return None


def judge_closing(reader: Reader) -> dict[str, Finding]:
    """The findings for ``closing.*`` and ``care.farewell``."""
    ending = read_ending(reader)
    return {
        "closing.no_rush": _no_rush(reader, ending),
        "closing.further_help": _further_help(reader, ending),
        "closing.farewell": _warm(reader, ending),
        "care.farewell": _care_farewell(reader, ending),
        "closing.client_hung_up_first": _hung_up(reader, ending),
    }


def rush_features(reader: Reader, ending: Ending) -> dict[str, float]:
    """What tells a rushed end: the seller's last turns, the client's last question, who hung up."""
    sellers, clients = reader.by("seller"), reader.by("client")
    last = sellers[-1] if sellers else None
    hurried = max(sellers[-3:], key=lambda r: r.chance("hurry"), default=None)
    asked = next((r for r in reversed(clients[-2:]) if r.asks or r.does("ask")), None)
    answers = reader.by("seller", asked.turn)[:1] if asked else []
    return {
        **odds_of(hurried, "late", ("hurry", "rude")),
        **odds_of(last, "last", ("hurry", "bye", "wish", "thanks", "confirm", "info", "answer", "help_more", "argue")),
        **odds_of(asked, "asked", ("ask", "concern", "bye")),
        **odds_of(answers[0] if answers else None, "reply", ("info", "answer", "hurry", "bye", "confirm")),
        "unanswered": float(bool(_unanswered(reader, ending))),
        "dropped": float(ending.hung_up == "seller" and ending.client_bye is None),
        "no_farewell": float(ending.seller_bye is None),
        "length": min(len(last.text.split()), 30) / 30 if last else 0.0,
    }


def _no_rush(reader: Reader, ending: Ending) -> Finding:
    if not ending.reached:
        return Finding("not_applicable", note="no_ending")
    last = reader.by("seller")[-3:]
    if not last:
        return Finding("not_applicable", note="no_seller")
    chance = decide("rushed", rush_features(reader, ending))
    if chance < 0.5:
        return Finding("met", (reader.evidence(last[-1], "bye"),), "not_rushed", 1 - chance)
    unanswered = _unanswered(reader, ending)
    if unanswered:
        return Finding("missed", unanswered, "question_unanswered", chance)
    hurried = max(last, key=lambda r: r.chance("hurry"))
    return Finding("missed", (reader.evidence(hurried, "hurry"),), "rushed", chance)


def _unanswered(reader: Reader, ending: Ending) -> tuple[Evidence, ...]:
    """The client's last question, where the seller ends the call over it."""
    asked = [r for r in reader.by("client")[-2:] if r.does("ask", at=0.6) and r.asks]
    if not asked:
        return ()
    question = asked[-1]
    after = reader.by("seller", question.turn)
    if not after and ending.hung_up == "seller":
        return (reader.evidence(question, "ask"),)
    if after and all(
        r.chance("info", "answer", "control", "confirm") < 0.25 and r.chance("bye", "hurry") > 0.5 for r in after
    ):
        return (reader.evidence(question, "ask"), reader.evidence(after[0], "hurry"))
    return ()


def _further_help(reader: Reader, ending: Ending) -> Finding:
    if not ending.reached:
        return Finding("not_applicable", note="no_ending")
    best = reader.best("seller", "help_more")
    chance = best.chance("help_more") if best else 0.0
    if best and chance >= 0.5:
        return Finding("met", (reader.evidence(best, "help_more"),), "help_offered", chance)
    return Finding("missed", (), "help_missing", 1 - chance)


def _warmth(reader: Reader, farewell: Reading) -> tuple[bool, bool, float]:
    """Whether the farewell carries a wish, or thanks or the client's name; and how sure that is."""
    near = [r for r in reader.by("seller") if farewell.turn - 2 <= r.turn]
    wish = max(_heard(r, "wish", "wish_words", 0.15) for r in near)
    thanks = max(_heard(r, "thanks", "thanks_words", 0.1) for r in near)
    named = any(_calls_by_name(reader, r) for r in near)
    return wish >= 0.5, thanks >= 0.5 or named, max(wish, 1 - wish)


def _heard(reading: Reading, act: str, key: str, least: float) -> float:
    """The chance of a wish or of thanks: known words make a slight one likely, without them it must be great."""
    chance = reading.chance(act)
    if reading.says(key):
        return max(chance, 0.75) if chance > least else chance
    return chance if chance >= UNSAID[act] else min(chance, 0.45)


def _calls_by_name(reader: Reader, reading: Reading) -> bool:
    """Whether the client's name stands in the turn: the call's own record of it, or a name heard before."""
    name = reader.transcript.call.client
    said = words(reading.text)
    titles = {"mr", "mrs", "ms", "miss", "dr"}
    if name and any(part in said for part in words(name) if part not in titles and len(part) > 1):
        return True
    parting = reading.says("bye_name")
    if not parting:
        return False
    heard = {word for r in reader.readings if r.turn < reading.turn - 2 for word in words(r.text)}
    return parting["name"] in heard


def _warm(reader: Reader, ending: Ending) -> Finding:
    """A friendly farewell: a wish, thanks or the client's name (W3)."""
    if not ending.reached:
        return Finding("not_applicable", note="no_ending")
    return _said_goodbye(reader, ending, "warm_farewell", personal_counts=True)


def _care_farewell(reader: Reader, ending: Ending) -> Finding:
    """A goodbye with a good wish; the client's name does not stand for one (C7)."""
    return _said_goodbye(reader, ending, "farewell_with_wish", personal_counts=False)


def _said_goodbye(reader: Reader, ending: Ending, note: str, *, personal_counts: bool) -> Finding:
    if ending.seller_bye is None:
        if ending.cut_short:
            return Finding("not_applicable", note="client_gone", sure=0.8)
        return Finding("missed", (), "no_farewell", 0.85)
    wish, personal, sure = _warmth(reader, ending.seller_bye)
    personal = personal and personal_counts
    proof = (reader.evidence(ending.seller_bye, "bye"),)
    if wish or personal:
        return Finding("met", proof, note, max(sure, 0.8) if personal else sure)
    return Finding("partly", proof, "bare_farewell", sure)


def _hung_up(reader: Reader, ending: Ending) -> Finding:
    if ending.hung_up is None:
        if ending.seller_bye and ending.client_bye:
            return Finding("met", (reader.evidence(ending.client_bye, "bye"),), "both_said_goodbye", 0.9)
        return Finding("not_applicable", note="no_ending", sure=0.85)
    if ending.hung_up == "client":
        last = reader.by("client")
        if not last:
            return Finding("not_applicable", note="no_ending")
        return Finding("met", (reader.evidence(last[-1], "bye"),), "client_ended")
    if ending.client_bye:
        return Finding(
            "met",
            (reader.evidence(ending.client_bye, "bye"),),
            "client_said_goodbye_first",
            ending.client_bye.chance("bye"),
        )
    last = reader.by("client")
    sure = 1 - max((r.chance("bye") for r in last[-2:]), default=0.0)
    return Finding("missed", (), "seller_dropped", sure)
