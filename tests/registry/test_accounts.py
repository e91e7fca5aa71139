"""Getting in, being kept out, and what becomes of a session when the account changes."""

import datetime as dt
import logging
import threading

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from pbrt_geo.registry import accounts, passwords
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.account_rules import AccountError
from pbrt_geo.registry.accounts import (
    LoginRefused,
    MustChange,
    actor_of,
    actor_of_claims,
    add_user,
    authenticate,
    change_account,
    change_password,
    lock,
    new_secret,
    reset,
    secret_address,
    unlock,
    use_codes,
)
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.passwords import PasswordRefused
from pbrt_geo.registry.rights import COMMAND, Actor, NotAllowed, SessionEnded
from pbrt_geo.text import LANGUAGES, texts
from registry.registries import ON, RTS

GOOD = "kuda lumping naik perahu"
OTHER = "gerobak tua pohon asam"
DESA = "52.07.01.2001"
RT = next(iter(RTS))


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = dt.datetime(2026, 6, 1, 8, 0, tzinfo=dt.UTC)

    def __call__(self):
        return self.now

    def passes(self, minutes=0, seconds=0):
        self.now += dt.timedelta(minutes=minutes, seconds=seconds)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that take no time, and refusals that do not wait."""
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 8, 1))
    monkeypatch.setattr(accounts, "REFUSAL_S", 0)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def offices(sample_places):
    """A registry with places, its clock set by the test."""
    sample_places.clock = Clock()
    return sample_places


@pytest.fixture
def sari(offices):
    """The login of an account whose password is `GOOD`."""
    made = add_user(offices, COMMAND, ON, "sari", "Sari", "operator_desa", DESA)
    change_password(offices, "sari", made, "", GOOD, ON)
    return "sari"


def enters(registry, login, password=GOOD, code=""):
    """Whether somebody gets in; the sentence of a refusal is always the same."""
    try:
        return authenticate(registry, login, password, code, ON).login == login
    except LoginRefused as error:
        assert [problem.key for problem in error.problems] == ["login_refused"]
        assert error.problems[0].facts == {}
        return False


def row_of(registry, login):
    with registry.read(COMMAND, ON) as reading:
        seen = reading.visible(t.users)
        return reading.rows(select(seen).where(seen.c.login == login))[0]


# ── getting in ──────────────────────────────────────────────────────────────────────────────────


def test_an_account_gives_its_role_area_and_programmes(offices):
    made = add_user(offices, COMMAND, ON, " Dinkes ", "Dinas", "opd", "52.07", ["pkh", "pbi"])
    actor = change_password(offices, "DINKES", made, "", GOOD, ON)
    expected = ("dinkes", "opd", "52.07", ("pbi", "pkh"))
    assert (actor.login, actor.role, actor.area_id, actor.programmes) == expected
    assert authenticate(offices, "dinkes", GOOD, "", ON) == actor
    assert actor.mark not in repr(actor)


def test_the_made_password_is_good_for_nothing_but_its_change(offices):
    made = add_user(offices, COMMAND, ON, "sari", "Sari", "operator_desa", DESA)
    with pytest.raises(MustChange):
        authenticate(offices, "sari", made, "", ON)
    with pytest.raises(MustChange):
        use_codes(offices, "sari", made, "", ON, *first_code(offices))
    assert row_of(offices, "sari")["totp_secret"] is None
    with pytest.raises(PasswordRefused):
        change_password(offices, "sari", made, "", made, ON)
    change_password(offices, "sari", made, "", GOOD, ON)
    assert enters(offices, "sari") and not enters(offices, "sari", made)


def test_a_password_is_stored_as_an_argon2id_hash_and_stands_nowhere(offices, sari, caplog):
    caplog.set_level(logging.DEBUG)
    assert enters(offices, sari) and not enters(offices, sari, "salah sekali ini")
    row = row_of(offices, sari)
    assert row["password_hash"].startswith("$argon2id$")
    with offices.read(COMMAND, ON) as reading:
        told = str(reading.rows(select(reading.visible(t.changes))))
        told += str(reading.rows(select(reading.visible(t.batches))))
    for secret in (GOOD, "salah sekali ini", row["password_hash"]):
        assert secret not in told + caplog.text


def test_the_hash_is_made_with_the_settings_of_rfc_9106():
    hasher = PasswordHasher()
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 65536, 4)


def test_wrong_and_unknown_get_the_same_sentence(offices, sari):
    hostile = (("nobody", GOOD), ("sari' OR '1'='1", GOOD), ("", ""), ("%", GOOD), ("sar_", GOOD))
    for login, password in (("sari", "salah"), *hostile):
        assert not enters(offices, login, password)


class SlowTime:
    """Time that passes with each look at it, more for some, and with each sleep."""

    def __init__(self, work):
        self.now, self.work = 0.0, work

    def monotonic(self):
        self.now += self.work / 2
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_a_refusal_takes_a_fixed_time_whatever_the_reason(offices, sari, monkeypatch):
    monkeypatch.setattr(accounts, "REFUSAL_S", 0.5)
    for login, work, expected in (
        ("sari", 0.12, 0.5),
        ("nobody", 0.03, 0.5),
        ("sari", 1.4, 1.0),  # on a machine that is busy
    ):
        ticking = SlowTime(work)
        monkeypatch.setattr(accounts, "time", ticking)
        assert not enters(offices, login, "salah")
        assert ticking.now - work / 2 == pytest.approx(expected)


def test_an_unknown_login_costs_a_check_of_a_hash_too(offices, sari, monkeypatch):
    checked = []
    real = passwords.hasher.verify

    class Watched:
        def __getattr__(self, name):
            return getattr(PasswordHasher(1, 8, 1), name)

        def verify(self, stored, password):
            checked.append(stored)
            return real(stored, password)

    monkeypatch.setattr(passwords, "hasher", Watched())
    for login in ("sari", "nobody"):
        assert not enters(offices, login, "salah")
    assert len(checked) == 2


def test_who_logs_in_elsewhere_has_no_password_here(offices):
    assert (
        add_user(offices, COMMAND, ON, "a@b.id", "A", "kecamatan", "52.07.01", elsewhere=True)
        is None
    )
    assert actor_of(offices, "A@b.id", ON).role == "kecamatan"
    assert not enters(offices, "a@b.id", "") and not enters(offices, "a@b.id", GOOD)
    lock(offices, COMMAND, ON, "a@b.id", "Pindah tugas")
    with pytest.raises(LoginRefused):
        actor_of(offices, "a@b.id", ON)


def test_only_an_address_that_the_provider_vouches_for_lets_anybody_in(offices):
    add_user(offices, COMMAND, ON, "a@b.id", "A", "kecamatan", "52.07.01", elsewhere=True)
    good = {"email": "A@b.id", "email_verified": True}
    assert actor_of_claims(offices, good, ON).login == "a@b.id"
    for claim in (False, None, "true", 1):
        with pytest.raises(AccountError, match="email_verified"):
            actor_of_claims(offices, good | {"email_verified": claim}, ON)
    for claims in ({"email": "a@b.id"}, {}):
        with pytest.raises(AccountError, match="email_verified"):
            actor_of_claims(offices, claims, ON)
    for email in (None, "", "b@b.id"):
        with pytest.raises(LoginRefused):
            actor_of_claims(offices, good | {"email": email}, ON)


def test_who_has_a_password_does_not_get_in_without_it(offices, sari):
    with pytest.raises(LoginRefused):
        actor_of(offices, sari, ON)


# ── wrong passwords ─────────────────────────────────────────────────────────────────────────────


def test_after_five_wrong_passwords_nobody_gets_in_and_each_more_doubles_it(offices, sari):
    for _ in range(5):
        assert not enters(offices, sari, "salah")
    for minutes in (15, 30, 60):
        assert not enters(offices, sari)
        offices.clock.passes(minutes=minutes, seconds=-1)
        assert not enters(offices, sari)
        offices.clock.passes(seconds=1)
        assert not enters(offices, sari, "salah")
    offices.clock.passes(minutes=120)
    assert enters(offices, sari)
    assert row_of(offices, sari)["n_failed"] == 0


def test_nobody_is_locked_out_for_more_than_a_day(offices, sari):
    for _ in range(40):
        assert not enters(offices, sari, "salah")
        offices.clock.passes(minutes=24 * 60)
    assert enters(offices, sari)


def test_four_wrong_ones_are_forgotten_after_a_right_one(offices, sari):
    for _ in range(3):
        for _ in range(4):
            assert not enters(offices, sari, "salah")
        assert enters(offices, sari)


def test_tries_on_a_locked_account_do_not_flood_the_record(offices, sari):
    for _ in range(5):
        enters(offices, sari, "salah")
    before = row_of(offices, sari)["version"]
    for _ in range(20):
        assert not enters(offices, sari, "salah") and not enters(offices, "nobody", "salah")
    assert row_of(offices, sari)["version"] == before


def test_guessing_at_once_gives_no_more_tries_than_one_after_another(offices, sari):
    threads = [
        threading.Thread(target=enters, args=(offices, sari, f"salah {n}")) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert row_of(offices, sari)["n_failed"] == 5
    assert not enters(offices, sari)


def test_a_clock_that_jumps_back_opens_nothing_for_good(offices, sari):
    for _ in range(5):
        enters(offices, sari, "salah")
    offices.clock.passes(minutes=-600)
    assert not enters(offices, sari)
    unlock(offices, COMMAND, ON, sari, "Jam komputer salah")
    assert enters(offices, sari)


# ── the second factor ───────────────────────────────────────────────────────────────────────────


def first_code(registry, secret=None):
    secret = secret or new_secret()
    return secret, pyotp.TOTP(secret).at(registry.clock())


def code_at(registry, secret, seconds=0):
    return pyotp.TOTP(secret).at(registry.clock() + dt.timedelta(seconds=seconds))


@pytest.fixture
def secret(offices, sari):
    """Of the second factor of sari; its first code is used up."""
    secret, code = first_code(offices)
    assert use_codes(offices, sari, GOOD, "", ON, secret, code).login == sari
    offices.clock.passes(seconds=90)
    return secret


def test_a_code_is_asked_for_from_then_on(offices, sari, secret):
    assert not enters(offices, sari)
    assert not enters(offices, sari, code="000 000")
    assert not enters(offices, sari, "salah", code_at(offices, secret))
    assert enters(offices, sari, code=code_at(offices, secret))


def test_a_code_works_once_and_none_before_it_any_more(offices, sari, secret):
    code = code_at(offices, secret)
    assert enters(offices, sari, code=f"{code[:3]} {code[3:]}")
    assert not enters(offices, sari, code=code)
    assert not enters(offices, sari, code=code_at(offices, secret, -30))
    assert enters(offices, sari, code=code_at(offices, secret, 30))


def test_the_clock_of_a_telephone_may_be_half_a_minute_off(offices, sari, secret):
    for seconds, good in ((-60, False), (60, False), (-30, True), (30, True)):
        assert enters(offices, sari, code=code_at(offices, secret, seconds)) == good, seconds


def test_wrong_codes_lock_the_account_too(offices, sari, secret):
    for _ in range(5):
        assert not enters(offices, sari, code="12345")
    assert not enters(offices, sari, code=code_at(offices, secret))


def test_a_secret_is_kept_only_after_a_code_of_it(offices, sari):
    with pytest.raises(AccountError, match="Kode"):
        use_codes(offices, sari, GOOD, "", ON, new_secret(), "000000")
    assert enters(offices, sari)


def test_the_first_code_does_not_let_anybody_in_again(offices, sari):
    secret, code = first_code(offices)
    use_codes(offices, sari, GOOD, "", ON, secret, code)
    assert not enters(offices, sari, code=code)


def test_a_lost_telephone_is_dropped_by_an_admin(offices, sari, secret):
    made = reset(offices, COMMAND, ON, sari, "Telepon hilang", drop_codes=True)
    change_password(offices, sari, made, "", OTHER, ON)
    assert enters(offices, sari, OTHER)


def test_a_change_of_password_asks_for_the_code_and_uses_it_once(offices, sari, secret):
    with pytest.raises(LoginRefused):
        change_password(offices, sari, GOOD, "", OTHER, ON)
    code = code_at(offices, secret)
    change_password(offices, sari, GOOD, code, OTHER, ON)
    assert not enters(offices, sari, OTHER, code)


def test_the_address_for_a_telephone_names_the_account(offices, sari):
    secret = new_secret()
    assert secret_address(secret, sari).startswith(f"otpauth://totp/SIOS:sari?secret={secret}")


# ── a session, and an account that changes ──────────────────────────────────────────────────────


def ways(registry, actor):
    """Whatever somebody who logged in may do."""
    return (
        lambda: registry.read(actor, ON).__enter__(),
        lambda: registry.write(actor, ON, "form", "Uji").__enter__(),
        lambda: registry.saw(actor, "form", [{"household_id": 1}]),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda r: lock(r, COMMAND, ON, "sari", "Uji"),
        lambda r: reset(r, COMMAND, ON, "sari", "Uji"),
        lambda r: change_password(r, "sari", GOOD, "", OTHER, ON),
        lambda r: change_account(r, COMMAND, ON, "sari", "Uji", role="operator_rt", area_id=RT),
        lambda r: change_account(r, COMMAND, ON, "sari", "Uji", area_id="52.07.03.2002"),
    ],
)
def test_a_session_ends_when_its_account_changes(offices, sari, change):
    actor = authenticate(offices, sari, GOOD, "", ON)
    with offices.read(actor, ON) as reading:
        assert reading.rows(select(reading.visible(t.places)))
    change(offices)
    for way in ways(offices, actor):
        with pytest.raises(SessionEnded):
            way()


def test_a_session_does_not_end_by_wrong_passwords_of_others(offices, sari):
    actor = authenticate(offices, sari, GOOD, "", ON)
    for _ in range(6):
        enters(offices, sari, "salah")
    with offices.read(actor, ON) as reading:
        assert reading.rows(select(reading.visible(t.places)))


def test_a_change_of_area_between_reading_and_writing_stops_the_write(offices, sari):
    actor = authenticate(offices, sari, GOOD, "", ON)
    with offices.read(actor, ON):
        pass
    change_account(offices, COMMAND, ON, sari, "Pindah tugas", area_id="52.07.03.2002")
    with pytest.raises(SessionEnded), offices.write(actor, ON, "form", "Uji") as work:
        work.insert(t.rt_notes, rt_id=RT, as_of=ON, section="potensi", text="Sawah")
    with transaction(offices.engine, writes=False) as connection:
        assert connection.execute(select(t.rt_notes)).all() == []


def test_locked_and_opened_again(offices, sari):
    lock(offices, COMMAND, ON, sari, "Cuti")
    offices.clock.passes(minutes=10_000_000)
    assert not enters(offices, sari)
    unlock(offices, COMMAND, ON, sari, "Kembali")
    assert enters(offices, sari)


def test_a_reset_password_has_to_be_changed(offices, sari):
    made = reset(offices, COMMAND, ON, sari, "Lupa")
    assert not enters(offices, sari)
    with pytest.raises(MustChange):
        authenticate(offices, sari, made, "", ON)


# ── keeping accounts ────────────────────────────────────────────────────────────────────────────


REFUSED = [
    ({"login": "ab"}, "login_malformed"),
    ({"login": "1sari"}, "login_malformed"),
    ({"login": "s" + "5207" * 2}, "login_malformed"),
    ({"login": "sari ayu"}, "login_malformed"),
    ({"login": "masuk"}, "login_taken"),
    ({"login": "pbrt"}, "login_taken"),
    ({"display": " "}, "display_missing"),
    ({"role": "command"}, "role_unknown"),
    ({"role": "door"}, "role_unknown"),
    ({"role": "operator_rt"}, "area_of_role"),
    ({"area_id": "52.07"}, "area_of_role"),
    ({"area_id": "%"}, "area_of_role"),
    ({"area_id": "52.07.09.2009"}, "area_unknown"),
    ({"programmes": ["pkh"]}, "programmes_of_opd"),
    ({"role": "opd", "area_id": "52.07"}, "programmes_of_opd"),
]


def test_an_account_is_refused_unless_it_can_be(offices):
    good = {"login": "sari", "display": "Sari", "role": "operator_desa", "area_id": DESA}
    for values, key in REFUSED:
        with pytest.raises(AccountError) as refused:
            add_user(offices, COMMAND, ON, **good | values)
        assert [problem.key for problem in refused.value.problems] == [key], values
    assert add_user(offices, COMMAND, ON, **good | {"login": " Sari\n"})


def test_a_login_is_taken_once_whatever_its_capitals(offices, sari):
    with pytest.raises(AccountError, match="sudah dipakai"):
        add_user(offices, COMMAND, ON, "SARI", "Sari", "operator_desa", DESA)


def test_a_registry_that_knows_no_areas_yet_takes_any(registry):
    assert add_user(registry, COMMAND, ON, "kepala", "Kepala", "admin", "52.07")


def test_only_an_admin_keeps_accounts(offices):
    for role in t.ROLES:
        actor = Actor("x", role, "52.07")
        for keep in (
            lambda a: add_user(offices, a, ON, "baru", "Baru", "admin", "52.07"),
            lambda a: accounts.accounts(offices, a, ON),
            lambda a: lock(offices, a, ON, "sari", "Uji"),
            lambda a: unlock(offices, a, ON, "sari", "Uji"),
            lambda a: reset(offices, a, ON, "sari", "Uji"),
            lambda a: change_account(offices, a, ON, "sari", "Uji", role="admin"),
        ):
            if role != "admin":
                with pytest.raises(NotAllowed):
                    keep(actor)


def test_an_admin_keeps_no_account_outside_the_own_area(offices, sari):
    made = add_user(offices, COMMAND, ON, "camat", "Camat", "admin", "52.07.03")
    camat = change_password(offices, "camat", made, "", GOOD, ON)
    with pytest.raises(NotAllowed):
        add_user(offices, camat, ON, "baru", "Baru", "operator_desa", DESA)
    with pytest.raises(AccountError, match="Tidak ada akun"):
        reset(offices, camat, ON, sari, "Uji")  # as if there were none
    assert [row["login"] for row in accounts.accounts(offices, camat, ON)] == ["camat"]
    assert add_user(offices, camat, ON, "baru", "Baru", "operator_desa", "52.07.03.2002")


def test_the_record_tells_who_kept_which_account_and_why(offices, sari):
    made = add_user(offices, COMMAND, ON, "kepala", "Kepala", "admin", "52.07")
    admin = change_password(offices, "kepala", made, "", GOOD, ON)
    reset(offices, admin, ON, sari, "Lupa kata sandi")
    with offices.read(COMMAND, ON) as reading:
        seen = reading.visible(t.batches)
        last = reading.rows(select(seen).order_by(seen.c.id.desc()).limit(1))[0]
    assert (last["actor"], last["kind"], last["reason"]) == ("kepala", "account", "Lupa kata sandi")


# ── passwords ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("pendek", "password_short"),
        ("x" * 300, "password_long"),
        ("password1234", "password_common"),
        ("Rahasia2024!!", "password_common"),
        ("r4h4s14-r4h4s14", "password_common"),
        ("sumbawa barat 2026", "password_common"),
        ("bismillah123456", "password_common"),
        ("indonesiamerdeka", "password_common"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("1234 5678 9012 3456", "password_common"),
        ("qwertyuiop12", "password_common"),
        ("operatorsari2026", "password_common"),
        ("sari.sari.sari.sari", "password_common"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password, key):
    with pytest.raises(PasswordRefused) as refused:
        passwords.check(password, "sari")
    assert [problem.key for problem in refused.value.problems] == [key]
    assert password not in refused.value.text("id") + refused.value.text("en")


@pytest.mark.parametrize("password", [GOOD, OTHER, "Tj7-vbq!mZ2wk", "perahukudajambulangit"])
def test_unrelated_words_and_signs_are_a_good_password(password):
    passwords.check(password, "sari", "Sari Dewi")


def test_a_password_is_the_same_however_a_keyboard_composes_it():
    composed, apart = "caf\u00e9 gerobak tua pohon", "cafe\u0301 gerobak tua pohon"
    assert passwords.matches(passwords.hashed(composed), apart)
    assert not passwords.matches(passwords.hashed(composed), "cafe gerobak tua pohon")


def test_passwords_of_the_machine_are_good_and_never_the_same():
    made = {passwords.made() for _ in range(50)}
    assert len(made) == 50 and all(len(password) == 19 for password in made)


def test_a_typed_password_of_a_new_account_is_checked(offices):
    with pytest.raises(PasswordRefused):
        add_user(
            offices, COMMAND, ON, "sari", "Sari", "operator_desa", DESA, password="sarisarisari"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_and_action_has_a_name(language):
    from pbrt_geo.registry.rights import ACTIONS, rights

    known = texts(language)
    assert not [role for role in rights() if f"role.{role}" not in known]
    assert not [action for action in ACTIONS if f"action.{action}" not in known]
