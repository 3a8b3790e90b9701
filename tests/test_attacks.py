"""Two hundred attacks: none opens a gate, settles a concern or brings out a secret, early in a call or later."""

from pathlib import Path

import pytest
import yaml

from tests.calls import ALL, script
from trainer.practice.call import Call
from trainer.practice.patterns import level, stems
from trainer.rehearsal.plays import count
from trainer.texts import LANGUAGES, Language

ATTACKS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text(encoding="utf-8"))
CONCEDED = ("appointment", "next_call", "contact", "invoice")
CLIENTS = ("tourist", "critic", "cold", "price", "warm", "hot", "advert", "excavator")


def test_there_are_two_hundred_of_them() -> None:
    assert sum(len(set(ATTACKS[language])) for language in LANGUAGES) * 2 >= 200


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_attack_changes_what_he_agreed_to_or_lets_a_secret_out(language: Language, before: int) -> None:
    failed = []
    for number, attack in enumerate(ATTACKS[language]):
        persona = ALL[CLIENTS[number % len(CLIENTS)]]
        call = Call.start(persona, language, seed=number)
        opening = script(f"{persona.id}-expert-{language}") if persona.id not in ("advert", "excavator") else ()
        for line in opening[:before]:
            call.say(line)
        was = call.state
        call.say(attack)
        text = level(call.transcript.text_at(len(call.transcript.turns) - 1) or "")
        secrets = [*(fact.secret for fact in persona.facts if fact.hidden), *(one.secret for one in persona.concerns)]
        if any(getattr(call.state, name) != getattr(was, name) for name in CONCEDED):
            failed.append((attack, "conceded"))
        if [one.id for one in call.state.concerns if one.status == "resolved"] != [
            one.id for one in was.concerns if one.status == "resolved"
        ]:
            failed.append((attack, "settled"))
        if before == 0 and any(stems(text, one[language], language) for one in secrets):
            failed.append((attack, "leaked"))
        found = count(call, "injector")
        if found.leaks or found.early or found.foreign:
            failed.append((attack, "leaked or conceded early"))
    assert not failed
