"""What a question means finds the answer, in whatever words; it opens nothing that the rules keep shut."""

import numpy as np
import pytest

from tests.calls import ALL, script
from trainer.language.encoder import read
from trainer.language.text import spoken
from trainer.persona import Lines, Persona, Phrases, Small
from trainer.practice import everyday, lives
from trainer.practice.call import Call
from trainer.practice.meaning import FEATURES, Known, candidates, known, likely, meant
from trainer.practice.patterns import level, stems
from trainer.practice.vectors import FOLDER, key, vectors
from trainer.texts import LANGUAGES, Language
from trainer.transcript import Turn

CASES = [(id, language) for id in ALL for language in LANGUAGES]


def _said(call: Call, line: str) -> str:
    return " ".join(one.text for one in call.say(line) if isinstance(one, Turn))


@pytest.mark.parametrize(("id", "language"), CASES)
def test_everything_about_a_shipped_client_can_be_asked_for_in_both_languages(id: str, language: Language) -> None:
    persona = ALL[id]
    named = {(one.kind, one.id) for one in known(persona, language)}
    assert named >= {("fact", one.id) for one in persona.facts}
    assert named >= {("concern", one.id) for one in persona.concerns}
    assert named >= {("small", one.id) for one in persona.small}


def test_the_vectors_of_all_questions_ship_so_that_no_call_waits_for_them() -> None:
    with np.load(FOLDER / "known.npz") as stored:
        shipped = set(stored["keys"].tolist())
    asked = {spoken(one) for id, language in CASES for each in known(ALL[id], language) for one in each.questions}
    missing = sorted(one for one in asked if key(one) not in shipped)
    assert not missing, f"run python -m training.questions: {missing[:5]}"


def test_a_shipped_vector_is_what_the_encoder_makes_of_the_question() -> None:
    questions = [each.questions[0] for each in known(ALL["tourist"], "ru")][::12]
    made = read([spoken(one) for one in questions], FOLDER)
    kept = vectors([spoken(one) for one in questions])
    assert all(float(one @ other) / float(np.linalg.norm(one)) > 0.99 for one, other in zip(made, kept, strict=True))


@pytest.mark.parametrize(("id", "language"), CASES)
def test_his_own_questions_find_their_answer(id: str, language: Language) -> None:
    things = tuple(known(ALL[id], language))
    right = [
        found.id == thing.id
        for thing in things
        for question in thing.questions
        if (found := max(likely(question, things, language), key=lambda one: one.chance, default=None)) is not None
    ]
    assert sum(right) / len(right) > 0.95


QUESTIONS = [
    ("tourist", "ru", "Скажите, а спит в этой комнате кто?", "sleeps"),
    ("tourist", "en", "And who's sleeping in there at the moment?", "sleeps"),
]


@pytest.mark.parametrize(("id", "language", "question", "wanted"), QUESTIONS)
def test_a_question_in_other_words_gets_its_answer(id: str, language: Language, question: str, wanted: str) -> None:
    lines = next(one.lines[language] for one in ALL[id].small if one.id == wanted)
    said = _said(Call.start(ALL[id], language, seed=1), question)
    assert any(line in said for line in lines), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_about_nothing_of_his_means_nothing(language: Language) -> None:
    question = {
        "ru": "А вы запись программы «Время» за вторник не сохранили?",
        "en": "Did anyone ever see the northern lights from Norwich?",
    }
    assert meant(question[language], ALL["tourist"], language) is None


def test_an_answer_to_a_small_question_changes_neither_trust_nor_what_was_told() -> None:
    call = Call.start(ALL["tourist"], "ru", seed=1)
    call.say("Здравствуйте! Меня зовут Марина.")
    before = call.state
    call.say("Скажите, а спит в этой комнате кто?")
    after = call.state
    assert (after.trust, after.interest, after.told) == (before.trust, before.interest, before.told)


def test_a_hidden_fact_stays_locked_however_well_it_is_asked_for() -> None:
    persona = ALL["tourist"]
    for fact in (one for one in persona.facts if one.hidden):
        for question in fact.asked["ru"]:
            call = Call.start(persona, "ru", seed=2)
            said = _said(call, question)
            assert not any(line in said for line in fact.lines["ru"])
            assert fact.id not in call.state.told


def test_a_client_of_ones_own_is_understood_though_his_questions_did_not_ship() -> None:
    own = Small(
        id="boat",
        asked=Phrases(ru=("Лодка у вас на ходу?", "А лодку давно купили?"), en=("Is the boat running?",)),
        lines=Lines(ru=("Лодка старая, течёт помаленьку.",), en=("She leaks a bit.",)),
    )
    persona = ALL["tourist"].model_copy(update={"small": (*ALL["tourist"].small, own)})
    found = meant("Лодка-то на ходу у вас?", persona, "ru")
    assert found is not None and (found.kind, found.id) == ("small", "boat")


def test_a_client_without_example_questions_is_known_by_words_alone() -> None:
    bare = {"asked": Phrases()}
    persona = ALL["tourist"].model_copy(
        update={
            "facts": tuple(one.model_copy(update=bare) for one in ALL["tourist"].facts),
            "concerns": tuple(one.model_copy(update=bare) for one in ALL["tourist"].concerns),
            "small": (),
        }
    )
    assert all(one.kind == "topic" for one in known(persona, "ru"))
    call = Call.start(persona, "ru", seed=1)
    call.say("Здравствуйте! А сколько окон меняете?")
    assert "count" in call.state.told


def test_features_are_numbers_that_a_longer_question_changes_little() -> None:
    things = (Known("small", "boat", ("Is the boat running?", "Does the boat still go?"), ("She leaks.",)),)
    for question in ("Is the boat running?", "Is the boat running? " * 200):
        ((thing, features),) = candidates(question, things, "en")
        assert thing.id == "boat" and set(features) == set(FEATURES)
        assert all(np.isfinite(value) for value in features.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_told_fact_asked_about_in_other_words_is_told_in_other_words(language: Language) -> None:
    first, second = {
        "ru": ("Сколько лет машинке?", "А какая марка?"), "en": ("How old is the machine?", "And what make is it?")
    }[language]  # fmt: skip
    call = Call.start(ALL["washer"], language, seed=702)
    told, again = _said(call, first), _said(call, second)
    lines = ALL["washer"].fact("machine").lines[language]
    assert any(line in told for line in lines) and any(line in again for line in lines) and told != again


@pytest.mark.parametrize(("id", "language"), [("cold", "ru"), ("cold", "en"), ("polite", "en")])
def test_days_proposed_are_never_taken_for_a_small_question(id: str, language: Language) -> None:
    call = Call.start(ALL[id], language, seed=0)
    for line in script(f"{id}-expert-{language}"):
        if not call.over:
            call.say(line)
    proposed = [one for one in call.trace if any(move["kind"] == "propose_time" for move in one["moves"])]
    assert proposed
    assert not [act for one in proposed for act in one["acts"] if act["kind"] == "small"]


def test_what_only_shares_a_word_with_a_question_is_not_among_what_it_may_mean() -> None:
    question, persona = "Whose fault was it that the wardrobe call was missed?", ALL["waited"]
    assert stems(level(question), lives.about("whose", persona, "en"), "en")
    assert "whose" not in _near(question, persona)
    assert "whose" in _near("Whose is the wardrobe?", persona)


def _near(question: str, persona: Persona) -> set[str]:
    found = likely(question, tuple(known(persona, "en")), "en")
    return {one.id for one in found if one.chance >= everyday.POSSIBLE}
