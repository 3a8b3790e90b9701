"""Accounts, teams, sessions, invitations and the log, and the commands over them; real SQLite, a clock that we move."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from trainer.cli import app
from trainer.store import NewCall, Person, Store
from trainer.team import accounts, invitations, log, sessions
from trainer.team.accounts import AccountError, NewAccount
from trainer.team.rights import Forbidden
from trainer.team.sessions import SignInRefused
from trainer.texts import LANGUAGES, room

PASSWORD, OTHER_PASSWORD = "пять слов подряд", "correct horse battery"
NOW = 1_700_000_000.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "zvonok.db")
    made.migrate()
    return made


@pytest.fixture
def marina(store: Store) -> Person:
    return accounts.add(store, None, NewAccount("Marina", "Марина Лис", "admin"), PASSWORD, NOW)


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    with store.tx() as db:
        return list(db.query(f"select * from {table}"))


# --- accounts


def test_the_first_account_ends_solo_mode_and_the_last_one_removed_brings_it_back(store: Store) -> None:
    assert not accounts.exist(store)
    made = accounts.add(store, None, NewAccount("a1", "А"), PASSWORD, NOW)
    assert accounts.exist(store)
    accounts.remove(store, None, made.id, NOW)
    assert not accounts.exist(store) and store.person(1).role == "solo"


def test_a_password_is_kept_salted_and_hashed_and_never_twice_alike(store: Store, marina: Person) -> None:
    accounts.add(store, marina, NewAccount("petr", "Пётр"), PASSWORD, NOW)
    kept = [row["password"] for row in rows(store, "people") if row["login"]]
    assert len(set(kept)) == 2 and all(one.startswith("scrypt$16384$") for one in kept)
    assert not any(PASSWORD in one for one in kept)
    assert all(accounts.matches(PASSWORD, one) and not accounts.matches(PASSWORD + " ", one) for one in kept)


@pytest.mark.parametrize(("password", "mistake"), [
    ("short", "password_short"), ("", "password_short"), ("x" * 201, "password_long"),
    ("Marina-Marina", "password_is_login"),
])  # fmt: skip
def test_only_length_and_the_login_itself_are_refused(store: Store, password: str, mistake: str) -> None:
    with pytest.raises(AccountError) as error:
        accounts.add(store, None, NewAccount("marina-marina", "М"), password, NOW)
    assert error.value.message == mistake
    assert all(len(error.value.text(language)) > 20 for language in LANGUAGES)


@pytest.mark.parametrize("password", ["aaaaaaaaaa", "1234567890", "ёжик в тумане", "пароль\tс\tтабами"])
def test_no_kinds_of_signs_are_asked_of_a_password(store: Store, password: str) -> None:
    assert accounts.add(store, None, NewAccount("m1", "М"), password, NOW).login == "m1"


@pytest.mark.parametrize(("login", "name", "mistake"), [
    ("", "А", "bad_login"), ("a", "А", "bad_login"), ("a b", "А", "bad_login"), ("<b>x</b>", "А", "bad_login"),
    ("a'--", "А", "bad_login"), ("x" * 65, "А", "bad_login"), ("ok", " ", "bad_name"), ("ok", "x" * 81, "bad_name"),
    ("ok", "a\x00b", "bad_name"), ("ok", "a\u202eb", "bad_name"),
])  # fmt: skip
def test_logins_and_names_that_will_not_do(store: Store, login: str, name: str, mistake: str) -> None:
    with pytest.raises(AccountError) as error:
        accounts.add(store, None, NewAccount(login, name), PASSWORD, NOW)
    assert error.value.message == mistake and not accounts.exist(store)


def test_a_login_is_the_same_in_any_letters(store: Store, marina: Person) -> None:
    assert sessions.sign_in(store, "  MARINA ", PASSWORD, "::1", NOW)
    with pytest.raises(AccountError) as error:
        accounts.add(store, None, NewAccount("mArInA", "Другая"), PASSWORD, NOW)
    assert error.value.message == "login_taken"


def test_a_coach_sees_his_team_and_an_admin_everybody(store: Store, marina: Person) -> None:
    north, south = (accounts.add_team(store, marina, name, NOW) for name in ("Север", "Юг"))
    coach = accounts.add(store, marina, NewAccount("coach", "Тренер", "coach", "ru", north.id), PASSWORD, NOW)
    accounts.add(store, marina, NewAccount("ann", "Анна", "trainee", "ru", north.id), PASSWORD, NOW)
    accounts.add(store, marina, NewAccount("bob", "Боб", "trainee", "ru", south.id), PASSWORD, NOW)
    alone = accounts.add(store, marina, NewAccount("solo", "Без команды", "coach"), PASSWORD, NOW)
    accounts.add(store, marina, NewAccount("free", "Свободный"), PASSWORD, NOW)

    def seen(who: Person) -> set[str]:
        return {one.login for one in accounts.people(store, who, NOW)}

    assert seen(coach) == {"coach", "ann"} and seen(alone) == {"solo"}
    assert seen(marina) == {"coach", "ann", "bob", "solo", "free", "marina"}


ADMINS_DEEDS: dict[str, Callable[[Store, Person, int], object]] = {
    "add": lambda store, who, _: accounts.add(store, who, NewAccount("new", "Н"), PASSWORD, NOW),
    "set_password": lambda store, who, id: accounts.set_password(store, who, id, OTHER_PASSWORD, NOW),
    "move": lambda store, who, id: accounts.move(store, who, id, "admin", None, NOW),
    "remove": lambda store, who, id: accounts.remove(store, who, id, NOW),
    "add_team": lambda store, who, _: accounts.add_team(store, who, "Новая", NOW),
    "invite": lambda store, who, _: invitations.invite(store, who, "admin", None, NOW),
    "sign_out": lambda store, who, id: sessions.sign_out_everywhere(store, who, id, NOW),
    "log": lambda store, who, _: log.listed(store, who),
}


@pytest.mark.parametrize("role", ["trainee", "coach"])
@pytest.mark.parametrize("deed", ADMINS_DEEDS)
def test_what_only_admins_do_is_forbidden_to_others_and_changes_nothing(
    store: Store, marina: Person, deed: str, role: Any
) -> None:
    who = accounts.add(store, marina, NewAccount("who", "Кто", role), PASSWORD, NOW)
    before = [rows(store, table) for table in ("people", "teams", "sessions", "invitations", "log")]
    with pytest.raises(Forbidden):
        ADMINS_DEEDS[deed](store, who, marina.id)
    assert [rows(store, table) for table in ("people", "teams", "sessions", "invitations", "log")] == before


def test_the_last_admin_stays_one(store: Store, marina: Person) -> None:
    for deed in (
        lambda: accounts.remove(store, marina, marina.id, NOW),
        lambda: accounts.move(store, marina, marina.id, "coach", None, NOW),
    ):
        with pytest.raises(AccountError) as error:
            deed()
        assert error.value.message == "last_admin"
    second = accounts.add(store, marina, NewAccount("second", "Вторая", "admin"), PASSWORD, NOW)
    accounts.move(store, second, marina.id, "coach", None, NOW)
    assert store.person(marina.id).role == "coach"


def test_who_is_removed_leaves_no_call_behind_but_stays_in_the_log(store: Store, marina: Person) -> None:
    ann = accounts.add(store, marina, NewAccount("ann", "Анна"), PASSWORD, NOW)
    token = sessions.sign_in(store, "ann", PASSWORD, "::1", NOW)
    turns = [{"role": "seller", "text": "Алло"}]
    store.create_call(NewCall(ann.id, "ru", "import", "Звонок", {"turns": turns}), NOW)
    accounts.remove(store, marina, ann.id, NOW)
    assert sessions.person_of(store, token, NOW) is None
    assert rows(store, "calls") == [] and rows(store, "turns") == []
    assert "ann" in {one.login for one in log.listed(store, marina)}


# --- sessions


def test_a_session_lasts_while_it_is_used_and_fourteen_days_at_most(store: Store, marina: Person) -> None:
    token = sessions.sign_in(store, "marina", PASSWORD, "::1", NOW)
    moment = NOW
    while moment < NOW + 14 * DAY - 11 * HOUR:
        moment += 11 * HOUR
        assert sessions.person_of(store, token, moment) == marina
    assert sessions.person_of(store, token, NOW + 14 * DAY) is None


def test_a_session_left_alone_for_twelve_hours_is_over(store: Store, marina: Person) -> None:
    token = sessions.sign_in(store, "marina", PASSWORD, "::1", NOW)
    assert sessions.person_of(store, token, NOW + 12 * HOUR) is None


def test_the_database_holds_no_token_that_could_be_used(store: Store, marina: Person) -> None:
    token = sessions.sign_in(store, "marina", PASSWORD, "::1", NOW)
    stored = rows(store, "sessions")[0]["token"]
    assert stored != token and sessions.person_of(store, stored, NOW) is None


def test_signing_out_ends_one_session_and_everywhere_ends_all(store: Store, marina: Person) -> None:
    first, second, third = (sessions.sign_in(store, "marina", PASSWORD, "::1", NOW) for _ in range(3))
    sessions.sign_out(store, first, NOW)
    assert [sessions.person_of(store, one, NOW) for one in (first, second, third)] == [None, marina, marina]
    assert sessions.sign_out_everywhere(store, marina, marina.id, NOW) == 2
    assert [sessions.person_of(store, one, NOW) for one in (second, third)] == [None, None]


def test_a_new_password_and_a_new_role_end_all_sessions(store: Store, marina: Person) -> None:
    ann = accounts.add(store, marina, NewAccount("ann", "Анна", "coach"), PASSWORD, NOW)
    for deed in (
        lambda: accounts.change_own_password(store, ann, PASSWORD, OTHER_PASSWORD, NOW),
        lambda: accounts.set_password(store, marina, ann.id, PASSWORD, NOW),
        lambda: accounts.move(store, marina, ann.id, "trainee", None, NOW),
    ):
        password = OTHER_PASSWORD if accounts.matches(OTHER_PASSWORD, kept(store, "ann")) else PASSWORD
        token = sessions.sign_in(store, "ann", password, "::1", NOW)
        deed()
        assert sessions.person_of(store, token, NOW) is None


def kept(store: Store, login: str) -> str:
    return accounts.password_of(store, login)[1]


def test_ones_own_password_needs_the_old_one(store: Store, marina: Person) -> None:
    with pytest.raises(AccountError) as error:
        accounts.change_own_password(store, marina, "не тот пароль", OTHER_PASSWORD, NOW)
    assert error.value.message == "old_password" and accounts.matches(PASSWORD, kept(store, "marina"))


# --- lock-out


def fail(store: Store, login: str, now: float, address: str = "10.0.0.1") -> str:
    with pytest.raises(SignInRefused) as error:
        sessions.sign_in(store, login, "совсем не тот", address, now)
    return error.value.message


@pytest.mark.parametrize("login", ["marina", "nobody-like-this"])
def test_five_failures_lock_a_login_whether_it_exists_or_not(store: Store, marina: Person, login: str) -> None:
    assert [fail(store, login, NOW + n) for n in range(7)] == ["wrong"] * 5 + ["locked"] * 2


def test_a_locked_login_takes_no_right_password_and_opens_after_a_quarter_of_an_hour(
    store: Store, marina: Person
) -> None:
    for n in range(5):
        fail(store, "marina", NOW + n)
    with pytest.raises(SignInRefused) as error:
        sessions.sign_in(store, "marina", PASSWORD, "10.0.0.2", NOW + 15 * MINUTE - 1)
    assert error.value.message == "locked"
    assert sessions.sign_in(store, "marina", PASSWORD, "10.0.0.2", NOW + 15 * MINUTE + 5)


def test_an_address_that_tries_many_logins_is_locked_and_others_are_not(store: Store, marina: Person) -> None:
    said = [fail(store, f"guess{n}", NOW, "6.6.6.6") for n in range(31)]
    assert said == ["wrong"] * 30 + ["locked"]
    assert sessions.sign_in(store, "marina", PASSWORD, "10.0.0.2", NOW)


def test_coming_in_forgets_the_failures_before_it(store: Store, marina: Person) -> None:
    for _ in range(3):
        for n in range(4):
            fail(store, "marina", NOW + n)
        sessions.sign_in(store, "marina", PASSWORD, "10.0.0.1", NOW + 5)
    assert rows(store, "failures") == []


def test_an_unknown_login_costs_as_much_work_as_a_known_one(
    store: Store, marina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    real = accounts._scrypt

    def counted(password: str, salt: bytes, cost: int) -> bytes:
        done.append(cost)
        return real(password, salt, cost)

    monkeypatch.setattr(accounts, "_scrypt", counted)
    fail(store, "marina", NOW)
    fail(store, "nobody", NOW)
    assert done == [accounts.COST] * 2


def test_what_a_refused_person_reads_is_the_same_for_every_cause_of_a_wrong_pair() -> None:
    for language in LANGUAGES:
        text = SignInRefused("wrong").text(language)
        assert "{" not in text and len(text) > 20


# --- invitations


def test_an_invitation_brings_its_role_and_team_and_works_once(store: Store, marina: Person) -> None:
    team = accounts.add_team(store, marina, "Север", NOW)
    token = invitations.invite(store, marina, "coach", team.id, NOW)
    assert token not in str(rows(store, "invitations"))
    session = invitations.accept(store, token, "Анна", "ann", PASSWORD, "ru", NOW + DAY)
    who = sessions.person_of(store, session, NOW + DAY)
    assert who is not None and (who.role, who.team, who.name) == ("coach", team.id, "Анна")
    with pytest.raises(AccountError) as error:
        invitations.accept(store, token, "Боб", "bob", PASSWORD, "ru", NOW + DAY)
    assert error.value.message == "bad_invitation" and len(rows(store, "people")) == 3


@pytest.mark.parametrize(("token", "later"), [("made up", 0.0), (None, 7 * DAY), ("", 0.0)])
def test_an_old_or_made_up_invitation_opens_nothing(
    store: Store, marina: Person, token: str | None, later: float
) -> None:
    made = invitations.invite(store, marina, "trainee", None, NOW)
    with pytest.raises(AccountError) as error:
        invitations.open_invitation(store, made if token is None else token, NOW + later)
    assert error.value.message == "bad_invitation"


def test_a_mistake_in_the_form_leaves_the_invitation_as_it_was(store: Store, marina: Person) -> None:
    token = invitations.invite(store, marina, "trainee", None, NOW)
    for login, password in (("marina", PASSWORD), ("ann", "short"), ("<b>", PASSWORD)):
        with pytest.raises(AccountError):
            invitations.accept(store, token, "Анна", login, password, "ru", NOW)
    assert invitations.accept(store, token, "Анна", "ann", PASSWORD, "ru", NOW)


# --- the log


def test_the_log_tells_who_did_what_and_is_searched(store: Store, marina: Person) -> None:
    fail(store, "marina", NOW)
    accounts.add(store, marina, NewAccount("ann", "Анна"), PASSWORD, NOW + 1)
    found = log.listed(store, marina)
    assert [(one.login, one.deed) for one in found] == [
        ("marina", "user_added"), ("marina", "sign_in_failed"), (None, "user_added"),
    ]  # fmt: skip
    assert [one.about for one in log.listed(store, marina, log.Wanted(deed="user_added", about="ann"))] == [
        "ann · trainee"
    ]
    assert log.listed(store, marina, log.Wanted(before=found[0].id)) == found[1:]


def test_looking_at_another_persons_call_is_noted_once_an_hour_and_at_ones_own_never(
    store: Store, marina: Person
) -> None:
    for minutes in (0, 10, 59, 61):
        log.saw_call(store, marina, "abc", 1, NOW + minutes * MINUTE)
    log.saw_call(store, marina, "own", marina.id, NOW)
    seen = log.listed(store, marina, log.Wanted(deed="saw_call"))
    assert [(one.about, one.at) for one in seen] == [("abc", NOW + 61 * MINUTE), ("abc", NOW)]


def test_every_deed_that_is_noted_has_words_in_both_languages() -> None:
    folder = Path(log.__file__).parents[1]
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    noted = set(re.findall(r"\bnote\(\s*[\w.]+,\s*[\w.]+,\s*\"(\w+)\"", source)) | {"locked", "sign_in_failed"}
    assert len(noted) > 8
    for language in LANGUAGES:
        assert noted <= set(room(language, "log")), noted - set(room(language, "log"))


def test_both_languages_have_the_same_texts_of_accounts_coach_and_log() -> None:
    def keys(texts: dict[str, Any], before: str = "") -> set[str]:
        here = {f"{before}{key}" for key in texts}
        return here.union(*(keys(v, f"{before}{k}.") for k, v in texts.items() if isinstance(v, dict)))

    for name in ("accounts", "coach", "log"):
        assert keys(room("ru", name)) == keys(room("en", name)), name


# --- commands


def run(store: Store, *words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--database", str(store.path)], input=typed)
    return done.exit_code, done.output


def test_the_commands_make_list_and_remove_people_and_teams(store: Store) -> None:
    assert run(store, "team", "add", "Север")[0] == 0
    code, said = run(store, "user", "add", "marina", "--role", "admin", "--team", "север", typed=PASSWORD + "\n")
    assert code == 0 and PASSWORD not in said
    assert run(store, "user", "passwd", "marina", typed=OTHER_PASSWORD + "\n")[0] == 0
    assert sessions.sign_in(store, "marina", OTHER_PASSWORD, "::1", NOW)
    listed = run(store, "user", "list")[1]
    assert "marina" in listed and "Север" in listed and "scrypt" not in listed
    assert "1" in run(store, "team", "list")[1]
    assert run(store, "user", "remove", "marina", typed="n\n")[0] == 1 and accounts.exist(store)
    assert run(store, "user", "remove", "marina", "--yes")[0] == 0 and not accounts.exist(store)


@pytest.mark.parametrize(("words", "typed"), [
    (("user", "add", "m1"), "short\n"), (("user", "add", "m1", "--role", "king"), PASSWORD),
    (("user", "add", "m1", "--team", "нет такой"), PASSWORD), (("user", "passwd", "nobody"), PASSWORD),
    (("user", "remove", "nobody", "--yes"), ""), (("team", "add", " "), ""),
    (("user", "add", "m1", "--language", "de"), PASSWORD),
])  # fmt: skip
def test_a_command_that_cannot_be_done_says_why_and_exits_with_two(
    store: Store, words: tuple[str, ...], typed: str
) -> None:
    code, said = run(store, *words, typed=typed)
    assert code == 2 and len(said) > 20 and not accounts.exist(store)


def test_no_command_takes_a_password_as_an_argument() -> None:
    for words in (("user", "add"), ("user", "passwd")):
        shown = CliRunner().invoke(app, [*words, "--help"]).output
        assert "--password" not in shown and "PASSWORD" not in shown
