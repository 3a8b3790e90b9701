"""The trainee's room without a browser: plan, hints, interruptions, barge-in, rewind, drill, progress, history."""

import html
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.desks import solo_desk_at
from trainer import trail
from trainer.errors import NotFound
from trainer.grading.rules import RulesJudge
from trainer.practice.call import Call
from trainer.practice.rewind import rewound
from trainer.practice.steps import next_step
from trainer.store import NewCall, Person, StoreError
from trainer.texts import LANGUAGES, room
from trainer.trail import Aids
from trainer.transcript import Event, Turn
from trainer.web import again, drill, guide, handlers, insight, onair, pages, prepare, progress, sheets
from trainer.web.deeds import DEEDS
from trainer.web.handlers import Desk, Refused
from trainer.web.places import Place, read_place

ME, OTHER = 1, 2
MYSELF = Person(ME, "solo", "solo", "ru")
THEY = Person(OTHER, "other", "trainee", "en")
NASTY = '<img src=x onerror="alert(1)"> {{7*7}} <script>alert(2)</script> ![](https://evil.example/x.png)'
CLUMSY = (
    "Здравствуйте.",
    "У нас окна по тридцать тысяч, лучшие в городе.",
    "Да это разве дорого, берите!",
    "Решите — перезвоните.",
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return solo_desk_at(tmp_path, RulesJudge, step=0.01)


def played(desk: Desk, *lines: str, persona: str = "tourist", **more: Any) -> str:
    """A finished call in which the seller said these lines."""
    id = handlers.start(desk, ME, persona, "ru", "real", **more)
    for line in lines:
        if not handlers.open_line(desk, ME, id).over:
            handlers.say(desk, ME, id, line)
    handlers.hang_up(desk, ME, id)
    return id


def shown(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


# --- choosing and preparing


def test_clients_are_filtered_by_kind_and_skill(desk: Desk) -> None:
    everybody = desk.personas()
    assert prepare.fitting(everybody, "", "") == everybody
    assert {one.call.kind for one in prepare.fitting(everybody, "cold", "")} == {"cold"}
    assert {one.call.purpose for one in prepare.fitting(everybody, "care", "")} == {"care"}
    assert all("care" in prepare.skills_of(one) for one in prepare.fitting(everybody, "", "care"))
    assert prepare.fitting(everybody, "cold", "care") == ()


def test_a_surprise_is_one_of_those_called_least(desk: Desk) -> None:
    handlers.review(desk, ME, played(desk, "Добрый день!"))
    best = desk.store.best_results(ME)
    drawn = [prepare.surprise(desk.personas(), best, Random(seed)) for seed in range(60)]
    chosen = {one.id for one in drawn if one}
    assert len(chosen) > 3 and "tourist" not in chosen


def test_every_switch_turns_and_turns_back() -> None:
    place = Place("brief", "cold")
    for aid in ("hints", "interruptions", "mood"):
        once = prepare.turned(place, aid)
        assert getattr(prepare.aids_of(once), aid) != getattr(prepare.aids_of(place), aid)
        assert prepare.turned(once, aid) == place and read_place(once.query()) == once


@pytest.mark.parametrize("persona", ["tourist", "cold", "critic", "washer", "waited"])
def test_the_right_plan_is_right_in_every_part(desk: Desk, persona: str) -> None:
    client = desk.persona(persona)
    told = prepare.tell(client, prepare.plan_of(Place("plan", persona).having(kind="hot", maximum="visit")))  # type: ignore[arg-type]
    right = Place("plan", persona).having(**{one.part: one.right for one in told})
    again_told = prepare.tell(client, prepare.plan_of(right))  # type: ignore[arg-type]
    assert [one.verdict for one in again_told] == ["met"] * 3
    assert all(one.rules for one in again_told)


def test_the_plan_is_kept_in_the_transcript_and_graded(desk: Desk) -> None:
    place = Place("plan", "tourist").having(kind="first_time", maximum="appointment", minimum="own_number")
    id = played(desk, "Добрый день!", plan=prepare.plan_of(place))
    report = handlers.review(desk, ME, id).report
    verdicts = {one.id: one.verdict for one in report.criteria} if report else {}
    assert (verdicts["plan.call_kind"], verdicts["plan.goals"]) == ("met", "partly")
    assert desk.store.load_call(id, ME).transcript["plan"]["minimum"] == "own_number"


def test_nonsense_in_a_plan_is_no_plan() -> None:
    assert prepare.plan_of(Place("plan", "cold").having(kind="<b>", maximum="all")) is None
    assert prepare.plan_of(Place("plan", "cold")) is None


# --- on the line


def test_a_hint_asks_first_and_only_a_told_one_is_counted(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    asked = onair.ask_hint(desk, ME, id)
    assert asked.step == "introduce" and not asked.told and trail.hints_taken(desk.store, id, ME) == ()
    for _ in range(2):
        assert onair.ask_hint(desk, ME, id, tell=True).told
    assert trail.hints_taken(desk.store, id, ME) == (trail.Hint(1, "introduce"),)
    handlers.say(desk, ME, id, "Здравствуйте, «Окна-Плюс», Марина!")
    handlers.hang_up(desk, ME, id)
    assert handlers.review(desk, ME, id).hints and "Подсказок взято" in shown(
        pages.page(desk, MYSELF, Place("call", id), "ru")
    )


def test_hints_switched_off_give_none(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real", aids=Aids(hints=False))
    with pytest.raises(StoreError):
        onair.ask_hint(desk, ME, id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_hint_tells_a_hidden_fact(desk: Desk, language: Any) -> None:
    hints = " ".join(str(one) for one in room(language, "trainee")["steps"].values()).lower()
    for persona in desk.personas():
        for fact in persona.facts:
            if fact.hidden:
                assert not any(line.lower() in hints for line in fact.lines[language])


def interrupted(desk: Desk, id: str) -> None:
    """Lets the boss ring in a stored call."""
    line = handlers.open_line(desk, ME, id)
    assert line.call.state is not None
    call = Call.load(line.call.state, line.persona)
    call.interrupt("phone_rings", "boss")
    handlers.keep(desk, line, call)


@pytest.mark.parametrize("action", ["declined", "ignored", "promised_callback", "answered"])
def test_an_interruption_waits_until_it_is_dealt_with(desk: Desk, action: str) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    handlers.say(desk, ME, id, "Здравствуйте, «Окна-Плюс», Марина!")
    interrupted(desk, id)
    waits = onair.aside(handlers.open_line(desk, ME, id))
    assert waits.pending is not None and sheets.aside(waits, "ru").count("<button") == 5
    said = onair.act_on(desk, ME, id, action)
    assert onair.pending(said.line) is None
    actions = [turn.action for turn in said.line.turns if isinstance(turn, Event) and turn.event == "seller_action"]
    assert actions == [action]
    if action == "answered":
        state = said.line.call.state
        assert state is not None and state["state"]["trust"] == 0 and said.reply


def test_an_action_without_an_interruption_changes_nothing(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    before = desk.store.load_call(id, ME)
    for action in ("answered", "nonsense", ""):
        onair.act_on(desk, ME, id, action)
    assert desk.store.load_call(id, ME) == before


def test_a_client_cut_off_keeps_only_the_words_that_were_heard(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    said = handlers.say(desk, ME, id, "Здравствуйте! Меня зовут Марина, «Окна-Плюс». Для какой комнаты окно?")
    heard = said.reply.split(" ")[0].rstrip(",.!?…")
    assert onair.cut_short(desk, ME, id, heard)
    after = handlers.say(desk, ME, id, "Простите, перебила. А нынешнее чем не устраивает?").line
    texts = [turn.text for turn in after.turns if isinstance(turn, Turn)]
    assert texts[2].startswith(heard) and texts[2].endswith("—") and said.reply not in texts
    assert texts[3].startswith("Простите") and len(texts) == 5
    rest = after.call.aids["cuts"]["2"]
    assert rest and rest in said.reply
    handlers.hang_up(desk, ME, id)
    assert rest in shown(pages.page(desk, MYSELF, Place("call", id), "ru"))
    assert not onair.cut_short(desk, ME, id, "")


def test_a_client_who_has_finished_is_not_cut_off(desk: Desk) -> None:
    id = handlers.start(desk, ME, "tourist", "ru", "real")
    said = handlers.say(desk, ME, id, "Здравствуйте!")
    assert not onair.cut_short(desk, ME, id, said.reply)
    assert not onair.cut_short(desk, ME, id, "Чего он никогда не говорил")


def test_the_mood_meter_shows_only_where_it_is_on(desk: Desk) -> None:
    for on in (True, False):
        id = handlers.start(desk, ME, "tourist", "ru", "real", aids=Aids(mood=on))
        felt = onair.feeling(handlers.open_line(desk, ME, id))
        assert (felt is not None) == on and (felt is None or 1 <= felt <= 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guided_call_taken_line_by_line_is_won(desk: Desk, language: Any) -> None:
    client = desk.persona(guide.client(desk))
    for seed in range(5):
        call = Call.start(client, language, seed=seed, difficulty="gentle")
        while not call.over and (line := guide.line_for(call, next_step(call))) and len(call.turns) < 50:
            call.say(line)
        assert call.over and call.director_outcome == "maximum", (language, seed)


# --- the report


def test_the_inner_state_is_drawn_from_the_trace_with_the_turning_words(desk: Desk) -> None:
    id = played(desk, *CLUMSY)
    state = desk.store.load_call(id, ME).state
    drawn = insight.inner(state, "ru")
    assert drawn is not None and drawn.turnings and len(drawn.turnings) <= 4
    turns = state["turns"] if state else []
    for one in drawn.turnings:
        assert turns[one.turn]["role"] == "seller" and one.changes
    page = pages.page(desk, MYSELF, Place("call", id), "ru")
    assert "polyline" in page and "Что было у него в голове" in page


def test_every_hidden_thing_comes_out_after_the_call(desk: Desk) -> None:
    client = desk.persona("tourist")
    secrets = insight.secrets(client, desk.store.load_call(played(desk, "Добрый день!"), ME))
    assert len(secrets) == len(client.concerns) + sum(fact.hidden for fact in client.facts)
    assert not any(one.found for one in secrets)


def test_an_imported_call_has_a_report_without_a_mind(desk: Desk) -> None:
    found = handlers.import_any(
        desk, ME, "Менеджер: Добрый день!\nКлиент: Сколько стоит окно?\nМенеджер: Тридцать.", None, ""
    )
    page = pages.page(desk, MYSELF, Place("call", found.calls[0]), "ru")
    assert "polyline" not in page and 'data-do="rewind"' not in page and "Для сведения" in page


# --- once more


def test_a_rewound_call_goes_on_as_the_first_one_did(desk: Desk) -> None:
    lines = (
        "Здравствуйте, «Окна-Плюс», Марина!",
        "Для какой комнаты окно?",
        "А нынешнее чем не устраивает?",
        "Когда поставить?",
    )
    id = played(desk, *lines)
    first = handlers.review(desk, ME, id).transcript
    own = [n for n, _ in first.said_by("seller")]
    for place, turn in enumerate(own):
        branch = again.rewind(desk, ME, id, turn)
        line = handlers.open_line(desk, ME, branch)
        assert len(line.turns) == turn and line.call.parent == id and line.call.forked == turn
        for text in lines[place:]:
            line = handlers.say(desk, ME, branch, text).line
        assert [t.text for t in line.turns if isinstance(t, Turn)] == [
            t.text for t in first.turns if isinstance(t, Turn)
        ]


def test_two_branches_are_compared_from_where_they_part(desk: Desk) -> None:
    id = played(desk, *CLUMSY)
    branch = again.rewind(desk, ME, id, 3)
    handlers.say(desk, ME, branch, "Скажите, а для какой комнаты окно?")
    handlers.hang_up(desk, ME, branch)
    found = again.compare(desk, ME, branch, id)
    assert found.forked and found.first.call.id == id and found.shared == 3
    assert "Дальше было так" in sheets.compare(found, 0.0, "ru")
    assert handlers.review(desk, ME, id).branches == (branch,)


@pytest.mark.parametrize("turn", [0, 2, 99, -1])
def test_only_own_lines_can_be_gone_back_to(desk: Desk, turn: int) -> None:
    id = played(desk, "Добрый день!")
    with pytest.raises(NotFound):
        again.rewind(desk, ME, id, turn)
    assert rewound(desk.store.load_call(id, ME).state or {}, turn) is None


def test_a_drill_is_made_of_what_was_missed_and_graded_at_once(desk: Desk) -> None:
    id = played(desk, *CLUMSY)
    made = drill.make_drill(desk, ME, id)
    report = handlers.review(desk, ME, id).report
    short = {one.id for one in report.criteria if one.verdict in ("missed", "partly")} if report else set()
    assert made.exercises and {one.criterion.id for one in made.exercises} <= short
    number = next(n for n, one in enumerate(made.exercises) if one.criterion.id == "goal.asked_appointment")
    good = drill.answer(desk, ME, id, number, "Когда мастеру подъехать: в четверг в 18:00 или в субботу в 11 утра?")
    poor = drill.answer(desk, ME, id, number, "Ну вы заходите как-нибудь.")
    assert good.verdict == "met" and poor.verdict != "met" and poor.tip
    assert trail.exercises_met(desk.store, ME) == 1
    with pytest.raises(Refused):
        drill.answer(desk, ME, id, number, "  ")


# --- progress and history


def test_progress_counts_attempts_and_names_what_is_next(desk: Desk) -> None:
    assert progress.progress(desk, ME).dots == ()
    for lines in (("Добрый день!",), CLUMSY):
        handlers.review(desk, ME, played(desk, *lines))
    found = progress.progress(desk, ME)
    assert len(found.dots) == 2 and found.next is not None and found.next.reason == "weakest"
    assert found.next.skill in {one.name for one in found.skills} and sum(found.days) == 1
    weakest = min((one for one in found.skills if one.name not in ("plan", "attention")), key=lambda one: one.now)
    assert found.next.skill == weakest.name
    assert progress.progress(desk, OTHER).dots == ()


def test_a_kind_is_mastered_by_two_good_calls_in_a_row() -> None:
    def attempt(score: float, outcome: str = "maximum") -> trail.Attempt:
        return trail.Attempt("x", "cold", "cold", "sale", "practice", 0.0, score, outcome, {"criteria": []})

    cases = [((90, 85), True), ((90,), False), ((85, 40), False), ((10, 90, 90), True)]
    for scores, mastered in cases:
        assert progress.mastery("cold", [attempt(one) for one in scores]).mastered == mastered
    assert not progress.mastery("cold", [attempt(90), attempt(90, "none")]).mastered


@pytest.mark.parametrize(
    ("words", "found"), [("елки", 1), ("ЁЛКИ", 1), ("ёлк окн", 1), ("диван", 0), ("%", 0), ("", 2)]
)
def test_the_search_takes_parts_of_words_and_any_yo(desk: Desk, words: str, found: int) -> None:
    played(desk, "Ёлки-палки, здравствуйте, это окна!")
    played(desk, "Добрый день!")
    assert len(trail.search(desk.store, ME, words)) == found
    assert trail.search(desk.store, OTHER, words) == ()


def test_history_is_filtered_and_a_deleted_call_is_gone(desk: Desk) -> None:
    id = played(desk, "Добрый день!")
    handlers.review(desk, ME, id)
    open_one = handlers.start(desk, ME, "cold", "ru", "real")
    page = pages.page(desk, MYSELF, Place("calls").having(result="missed"), "ru")
    assert id in page and open_one not in page
    assert "Ничего не нашлось" in pages.page(desk, MYSELF, Place("calls").having(kind="hot"), "ru")
    DEEDS["delete"](desk, MYSELF, Place("calls"), {"call": id}, "ru")
    with pytest.raises(NotFound):
        desk.store.load_call(id, ME)


# --- whose call it is


def test_every_deed_and_page_refuses_somebody_elses_call(desk: Desk) -> None:
    id = played(desk, *CLUMSY)
    going = handlers.start(desk, ME, "tourist", "ru", "real")
    deeds = {
        "hint": (going, {}), "tell_hint": (going, {}), "close_aside": (going, {}),
        "interruption": (going, {"action": "answered"}), "rewind": (id, {"turn": "1"}), "delete": (id, {"call": id}),
        "exercise": (id, {"text": "Здравствуйте"}), "take": (id, {"assignment": "1"}),
        "dispute": (id, {"criterion": "goal.asked_appointment", "reason": "Я спросила"}),
    }  # fmt: skip
    assert set(deeds) == set(DEEDS) - {"first"}
    for name, (call, given) in deeds.items():
        with pytest.raises(NotFound):
            DEEDS[name](desk, THEY, Place("call", call), given, "ru")
    for place in (Place("call", id), Place("drill", id), Place("compare", id).having(**{"with": id})):
        with pytest.raises(NotFound):
            pages.page(desk, THEY, place, "ru")
    with pytest.raises(NotFound):
        onair.cut_short(desk, OTHER, going, "")
    for act in (lambda: trail.take_hint(desk.store, id, OTHER, trail.Hint(0, "wait"), 0.0),
                lambda: trail.add_exercise(desk.store, id, OTHER, "goal.outcome", "met", 0.0)):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    assert trail.hints_taken(desk.store, going, OTHER) == () and trail.branches(desk.store, id, OTHER) == ()


# --- pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_room_is_written_in_both_languages(desk: Desk, language: Any) -> None:
    id = played(desk, *CLUMSY)
    handlers.review(desk, ME, id)
    branch = again.rewind(desk, ME, id, 1)
    handlers.hang_up(desk, ME, branch)
    plain = [Place(view) for view in ("choose", "calls", "progress", "rules", "first", "import")]  # type: ignore[arg-type]
    places = [
        *plain, Place("brief", "cold"), Place("plan", "cold"), Place("plan", "cold").having(kind="warm"),
        Place("drill", id), Place("drill", id).having(n="77"), Place("compare", id).having(**{"with": branch}),
        Place("choose").having(kind="cold", skill="care"), Place("calls").having(q="здрав"),
    ]  # fmt: skip
    for place in places:
        assert read_place(place.query()) == place
        page = pages.page(desk, MYSELF, place, language)
        assert 'id="main"' in page and "{" not in shown(page), place
    empty = [pages.page(desk, THEY, Place(view), language) for view in ("calls", "progress")]  # type: ignore[arg-type]
    assert all("button" in page for page in empty)


def test_markup_is_text_in_every_field_of_the_room(desk: Desk) -> None:
    call = NewCall(
        ME, "ru", "import", NASTY, {"turns": [{"role": "seller", "text": NASTY}, {"role": "client", "text": NASTY}]}
    )
    id = desk.store.create_call(call, desk.now())
    mine = played(desk, NASTY, NASTY)
    graded = DEEDS["exercise"](desk, MYSELF, Place("drill", mine), {"text": NASTY}, "ru").page or ""
    shown_pages = [
        graded, pages.page(desk, MYSELF, Place("call", mine), "ru"), pages.page(desk, MYSELF, Place("drill", id), "ru"),
        pages.page(desk, MYSELF, Place("compare", mine).having(**{"with": id}), "ru"),
        pages.page(desk, MYSELF, Place("calls").having(q="<img"), "ru"),
        pages.page(desk, MYSELF, Place("calls").having(q='"><script>'), "ru"),
        pages.page(desk, MYSELF, Place("rules").having(rule='"><script>'), "ru"),
        pages.page(desk, MYSELF, Place("choose").having(kind='"><script>'), "ru"),
    ]  # fmt: skip
    for page in shown_pages:
        assert "<img" not in page and "<script" not in page and 'onerror="' not in page


def test_the_rulebook_has_every_rule_that_anything_names(desk: Desk) -> None:
    for language in LANGUAGES:
        rules = room(language, "rulebook")["rules"]
        named = {rule for persona in desk.personas() for rule in persona.rules}
        named |= {rule for rubric in desk.rubrics() for one in rubric.criteria for rule in one.rules}
        assert named <= set(rules) == set(room(language, "web")["rules"])
        assert all(one["name"] and one["text"] and one["example"] for one in rules.values())


def test_both_languages_have_the_same_texts_of_the_room() -> None:
    def keys(texts: dict[str, Any], before: str = "") -> set[str]:
        here = {f"{before}{key}" for key in texts}
        return here.union(*(keys(v, f"{before}{k}.") for k, v in texts.items() if isinstance(v, dict)))

    def texts(value: Any) -> list[Any]:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return [value] if inside is None else [one for part in inside for one in texts(part)]

    for name in ("trainee", "rulebook"):
        assert keys(room("ru", name)) == keys(room("en", name))
        assert all(isinstance(one, str) for language in LANGUAGES for one in texts(room(language, name)))
