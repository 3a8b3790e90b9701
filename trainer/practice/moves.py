"""What the seller just did in a line, with the words that prove it; unclear words make no move at all."""

import re

from trainer.language.names import analyzer
from trainer.language.text import detect, fold
from trainer.practice.callers import without_calls_to_others
from trainer.practice.clarifying import of_the_concern
from trainer.practice.clauses import clauses
from trainer.practice.fitting import LEAST, fits
from trainer.practice.meaning import meant
from trainer.practice.patterns import bank, find, level, lexicon, stems
from trainer.practice.scene import Clause, Line, Move, MoveKind, Scene
from trainer.practice.timing import confirmations, takes_leave, times_named
from trainer.texts import Language

PLAIN: tuple[MoveKind, ...] = (
    "greet", "introduce", "state_reason", "convenient", "own_name_ask", "invite_vague", "ask_time", "ask_contact",
    "ask_next_call", "ask_invoice", "leave_own_contact", "offer_support", "help_more", "farewell", "wish", "thanks",
    "pressure", "flattery", "rude", "brush_off", "instruction_attack", "price",
    "pitch", "referral", "wait", "ask_leave", "ask_need",
    "apology", "ask_request",
)  # fmt: skip
CARE: tuple[MoveKind, ...] = ("how_went", "own_view", "others_view")
_CARE_MOVES: dict[str, MoveKind] = {kind: kind for kind in CARE}
LETTERS_OF_A_LANGUAGE = 6
_OURS = re.compile(r"\b(?:мой|моего|мои|наш|наши|нашего|my|our)\b")
_NEUTRAL = re.compile(
    r".*\bу кого\b"
    r"|\W*(?:(?:а|и|ну|and|so) )?(?:кто|кому|где|куда|сколько|как(?:ой|ая|ое|ие|ого)|who|where|which|how many)\b"
)
"""Questions that ask for a fact, whatever words they have beside: «у кого вы сейчас берёте?» presses nobody."""
_WH = re.compile(r"\b(?:что|как|где|когда|сколько|кто|какой|какая|what|which|where|when|how|who|why)\b")
_PAID = re.compile(r"\b(?:cost you|paid|обош\w+|заплатил\w*|отдал\w*|потратил\w*)\b")
"""What a question about his own spending has, which names no price."""
_WHY = re.compile(r"\b(?:почему|зачем|why|how come)\b[^.!?]*$")
_UP_TO_HIM = re.compile(r"\b(?:надума\w+|реши(?:те|шь|тесь)|decide[ds]?|make up your mind)\b")
"""What supports nobody: "when you've decided, ring us"."""
FAREWELL_ROOM = 6
SURELY_SMALL = 0.6
"""The chance from which a question about something small is none about a fact that shares its words."""
LATE = 3
"""Lines that he has said when thanks for the call can end it."""
GUARDED = ("rude", "pressure", "instruction_attack", "brush_off", "flattery", "agree_with_critic", "argue")


def read(text: str, scene: Scene) -> tuple[Move, ...]:
    """Every move in a line, in the order of its words. ``text`` is already cleaned."""
    if not text.strip(" .,!?…-—"):
        return (Move("silence", text),)
    if _foreign(text, scene.language) and not _attacks(text):
        return (Move("other_language", text),)
    line = Line(text, without_calls_to_others(text, level(text), scene.language), clauses(text, scene.language), scene)
    found = [*_from_lexicon(line), *_topics(line), *times_named(line), *of_the_concern(line)]
    if scene.offered is not None:
        found.extend(confirmations(line, found))
    found = [one for one in _without_shadows(found, line) if not _inside_a_question(one, line, found)]
    found = [one for one in found if not _harmless(one, line) and not _wonders(one, line)]
    if scene.persona.call.purpose == "phone_deal" and any(one.kind == "ask_fact" for one in found):
        found = [one for one in found if one.kind != "ask_time"]  # "when do you want the cars in?" sets no hour
    found.extend(_leftovers(line, found))
    found = _offered(line, found)
    if not found or all(one.kind == "tell" for one in found):
        return (Move("nonsense", text),) if _gibberish(line.levelled, scene.language) else tuple(found)
    return tuple(sorted(found, key=lambda one: one.start))


def _foreign(text: str, language: Language) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= LETTERS_OF_A_LANGUAGE and detect(text) != language and len(text.split()) > 1


def _attacks(text: str) -> bool:
    return any(find(level(text), lexicon(one)["instruction_attack"], one) for one in ("ru", "en"))


def _names(scene: Scene) -> tuple[str, ...]:
    seller, company = scene.persona.call.seller[scene.language], scene.persona.call.company[scene.language]
    return (seller, company.strip("«»\"' "))


def _from_lexicon(line: Line) -> list[Move]:
    language = line.scene.language
    kinds = PLAIN + (CARE if line.scene.persona.call.purpose == "care" else ())
    found = []
    for kind in kinds:
        hits = [
            hit
            for hit, pattern in find(line.levelled, lexicon(language)[kind], language, _names(line.scene))
            if (
                line.suits(kind, hit.start, hit.end, asks=pattern.asks)
                or (kind == "ask_contact" and line.asked_in_its_sentence(hit.start))
            )
            and (kind != "farewell" or _parts(line, hit.start, hit.end))
        ]
        if hits:
            longest = max(hits, key=lambda hit: hit.end - hit.start)
            found.append(Move(kind, line.text[longest.start : longest.end], longest.start))
    found.extend(_bare_farewells(line))
    other: Language = "en" if language == "ru" else "ru"
    attack = find(line.levelled, lexicon(other)["instruction_attack"], other)
    if attack and not any(one.kind == "instruction_attack" for one in found):
        hit = attack[0][0]
        found.append(Move("instruction_attack", line.text[hit.start : hit.end], hit.start))
    return found


def _bare_farewells(line: Line) -> list[Move]:
    """A last word that takes leave by itself: «пока», and late in a call «спасибо за звонок»."""
    words, last = lexicon(line.scene.language)["farewell_words"], line.clauses[-1] if line.clauses else None
    if last is not None and not last.asks and len(line.scene.said) >= LATE:
        hits = find(
            line.levelled[last.start : last.end], lexicon(line.scene.language)["rings_off"], line.scene.language
        )
        if hits:
            return [Move("farewell", line.words_of(last), last.start)]
    late = len(line.scene.said) >= LATE
    return [
        Move("farewell", line.words_of(clause), clause.start)
        for clause in line.clauses
        if re.sub(r"[^\w ]", "", part := line.levelled[clause.start : clause.end]).strip() in words
        or (late and not clause.asks and takes_leave(part, line))
    ]


def _parts(line: Line, start: int, end: int) -> bool:
    """Whether words of farewell really take leave: «до встречи с мастером платить не надо» does not."""
    clause = line.at(start)
    if clause is None or clause.asks:
        return False
    around = line.levelled[clause.start : start] + " " + line.levelled[end : clause.end]
    rest = [word for word in re.findall(r"[\w':]+", around) if not word[0].isdigit()]
    return len(rest) <= FAREWELL_ROOM and not find(around, lexicon(line.scene.language)["goes_on"], line.scene.language)


def _harmless(move: Move, line: Line) -> bool:
    """Hard words in a harmless phrase: "no stupid questions", «старый диван надоел?», "are you real about it"."""
    clause = line.at(move.start)
    if move.kind == "own_name_ask":
        return clause is not None and _of_another(line.levelled[clause.start : clause.end], line)
    if move.kind not in GUARDED:
        return False
    part = line.levelled[clause.start : clause.end] if clause else line.levelled
    return bool(find(part, lexicon(line.scene.language)["harmless"], line.scene.language))


def _wonders(move: Move, line: Line) -> bool:
    """«А почему именно почта?» asks for a reason, not for an address."""
    clause = line.at(move.start)
    return move.kind == "ask_contact" and clause is not None and bool(_WHY.search(line.levelled[: clause.end]))


def _of_another(part: str, line: Line) -> bool:
    """Whether it is somebody else's name that is asked for: «а как её зовут?», "what's your friend's name?"."""
    language = line.scene.language
    names = (bank(language)["topics"][one]["about"] for one in ("her_name", "his_name"))
    return any(stems(part, tuple(patterns), language) for patterns in names)


def _topics(line: Line) -> list[Move]:
    """Questions about the persona's facts: by meaning where that is sure, else the fact that shares most words."""
    scene = line.scene
    found = []
    for clause in line.clauses:
        if not clause.asks:
            continue
        best = _by_meaning(line, clause)
        if best is None:
            best = _by_words(line.levelled[clause.start : clause.end], scene)
        if best:
            opinions = [kind for kind in scene.persona.fact(best).asked_by if kind in CARE]
            kind: MoveKind = "ask_fact" if not opinions else _CARE_MOVES[opinions[0]]
            found.append(Move(kind, line.words_of(clause), clause.start, best))
    return found


def _by_meaning(line: Line, clause: Clause) -> str | None:
    """The fact that a question means; empty where it means something small of his, ``None`` where nothing is sure."""
    one = meant(line.words_of(clause), line.scene.persona, line.scene.language, after=line.scene.before)
    if one is None or one.kind not in ("fact", "small"):
        return None
    if one.kind == "fact":
        return one.id
    return "" if one.chance >= SURELY_SMALL else None


def _by_words(part: str, scene: Scene) -> str | None:
    scored = []
    for fact in scene.persona.facts:
        hits = stems(part, fact.about[scene.language], scene.language)
        if hits and (fact.asked_by or fits(part, fact.lines[scene.language]).max() >= LEAST):
            scored.append((fact.id not in scene.told, sum(hit.end - hit.start for hit in hits), fact.id))
    return max(scored, key=lambda one: one[:2])[2] if scored else None


def _without_shadows(found: list[Move], line: Line) -> list[Move]:
    """Drops moves that a more telling one explains: a call-back is no invitation, a farewell wish no pitch."""
    if _UP_TO_HIM.search(line.levelled):
        found = [one for one in found if one.kind != "offer_support"]
    kinds = {one.kind for one in found}
    shadows: dict[str, tuple[str, ...]] = {
        "ask_next_call": ("help_more",),
        "pitch": ("answer", "control", "support_choice", "price"),
        "state_reason": ("answer", "control"),
        "argue": ("answer",),
        "ask_time": ("ask_next_call", "propose_call_time"),
        "invite_vague": ("propose_time", "propose_call_time", "ask_time", "control"),
        "leave_own_contact": ("offer_support",),
        "pressure": ("instruction_attack", "help_more", "offer_support"),
        "greet": ("farewell",),
        "ask_need": (
            "how_went",
            "own_view",
            "others_view",
            "help_more",
            "own_name_ask",
            "ask_time",
            "ask_contact",
            "ask_request",
        ),
        "rude": ("offer_support",),
        "brush_off": ("leave_own_contact",),
        "others_view": ("referral",),
    }
    return [
        one
        for one in found
        if not any(over in kinds for over in shadows.get(one.kind, ()))
        and not (one.kind == "ask_contact" and _OURS.search(level(one.quote)))
        and not (one.kind == "ask_next_call" and _left_to_him(one, found))
        and not (one.kind == "own_name_ask" and level(one.quote) == "call you" and "propose_call_time" in kinds)
    ]


def _left_to_him(move: Move, found: list[Move]) -> bool:
    """ "When you've decided, ring us back" asks leave for no call."""
    ends = move.start + len(move.quote)
    return any(one.kind == "leave_own_contact" and move.start <= one.start < ends for one in found)


def _inside_a_question(move: Move, line: Line, found: list[Move]) -> bool:
    """«Что смущает во встрече?» invites nobody, «а что с ценой?» names no price."""
    clause = line.at(move.start)
    if move.kind == "clarify" and clause is not None and line.scene.concern is not None:
        part = line.levelled[clause.start : clause.end]
        beside = [one for one in found if line.at(one.start) == clause]
        elsewhere = any(one.kind in CARE for one in beside) or any(
            one.kind == "ask_fact" and one.topic == _by_meaning(line, clause) for one in beside
        )
        return elsewhere and not stems(part, line.scene.concern.about[line.scene.language], line.scene.language)
    if move.kind == "pressure":
        known = ("ask_need", "clarify", "ask_fact")
        asked = any(one.kind in known and line.at(one.start) == clause and one.start <= move.start for one in found)
        return clause is not None and (asked or bool(clause.asks and _NEUTRAL.match(line.levelled[clause.start :])))
    if move.kind == "ask_leave":
        return clause is not None and bool(_WH.search(line.levelled[move.start : clause.end]))
    if move.kind == "price" and clause is not None and clause.asks and _PAID.search(level(move.quote)):
        return True
    if move.kind not in ("invite_vague", "price", "pitch", "argue", "ask_time"):
        return False
    if move.kind == "price" and any(one.kind == "clarify" and _one_question(one, move, line) for one in found):
        return True
    return clause is not None and any(
        one.kind in ("clarify", "ask_fact") and line.at(one.start) == clause for one in found
    )


def _one_question(first: Move, then: Move, line: Line) -> bool:
    """Whether a question goes on to what stands after it: «Что смущает: девять тысяч или…?» names no price."""
    between = line.text[first.start : then.start]
    return first.start < then.start and not re.search(r"[.!?…]", between) and line.asked_in_its_sentence(then.start)


def _leftovers(line: Line, found: list[Move]) -> list[Move]:
    """Questions that nothing else explains, and plain telling: the client must react to these too."""
    taken = [(one.start, one.start + max(1, len(one.quote))) for one in found]
    left: list[Move] = []
    for clause in line.clauses:
        if any(start < clause.end and clause.start < end for start, end in taken) or clause.checks:
            continue
        kind: MoveKind = "ask_other" if clause.asks else "tell"
        left.append(Move(kind, line.words_of(clause), clause.start))
    return left


def _offered(line: Line, found: list[Move]) -> list[Move]:
    """«Первый раз бесплатно. Хотите?»: a bare question after an offer to come or to try is an invitation."""
    language = line.scene.language
    if any(one.kind in ("invite_vague", "propose_time", "ask_invoice", "clarify", "pressure") for one in found):
        return found
    for number, one in enumerate(found):
        if one.kind != "ask_other" or not find(level(one.quote), lexicon(language)["wants"], language):
            continue
        before = line.levelled[: one.start + len(one.quote)]
        if find(before, lexicon(language)["trial"], language):
            return [*found[:number], Move("invite_vague", one.quote, one.start), *found[number + 1 :]]
    return found


def _gibberish(levelled: str, language: Language) -> bool:
    """No word that a person would say: digits and marks only, unknown Russian words, no vowels."""
    tokens = re.findall(r"[a-zа-я]+", fold(levelled))
    if not tokens:
        return True
    if language == "ru":
        return not any(len(token) > 1 and analyzer().word_is_known(token) for token in tokens)
    vowelless = [token for token in tokens if not re.search(r"[aeiouy]", token) or re.search(r"[^aeiouy]{5}", token)]
    keyboard = [token for token in tokens if re.search(r"asdf|qwer|zxcv|hjkl|sdfg|jkl", token)]
    return len(vowelless) + len(keyboard) >= len(tokens)
