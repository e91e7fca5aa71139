"""Accounts: who gets in, in which role and for which area.

Whoever tries to get in learns nothing from a refusal: an unknown login, a wrong password, a wrong
code and a locked account give the same sentence after the same time. The counting of wrong
passwords is a write of its own, by an actor who can do nothing else than keep accounts.
"""

import datetime as dt
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import RowMapping, select

from pbrt_geo.registry import passwords
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.account_rules import DOOR, AccountError, check_account, check_area, folded
from pbrt_geo.registry.rights import FOREVER, SECRET, Actor, actor_of_row
from pbrt_geo.registry.store import Reading, Registry, Work

FREE_TRIES, FIRST_LOCK_MIN, LONGEST_LOCK_MIN = 5, 15, 24 * 60
"""After so many wrong passwords nobody gets in for 15 minutes, then 30, 60 …, at most a day."""

REFUSAL_S = 0.5
"""A refusal takes this long, or a multiple of it, whatever the reason."""

_DOOR = Actor(DOOR, "door")
"""Counts wrong passwords and stores new ones; may change accounts and see nothing else."""


class LoginRefused(AccountError):
    """Login, password and code do not fit, or the account is locked: it is not told which."""


class MustChange(AccountError):
    """The password is right, but has to be changed first (`change_password`)."""


# ── getting in ──────────────────────────────────────────────────────────────────────────────────


def authenticate(registry: Registry, login: str, password: str, code: str, on: dt.date) -> Actor:
    """
    Return who logs in.

    Parameters
    ----------
    code
        Of the second factor; empty if the account has none.

    Raises
    ------
    LoginRefused
        If it does not fit, for whatever reason.
    MustChange
        If it fits, but the password has to be changed before anything else.
    """
    return _enter(registry, login, password, code, on, {})


def change_password(
    registry: Registry, login: str, password: str, code: str, new: str, on: dt.date
) -> Actor:
    """
    Replace the own password, and get in with it; other sessions of the account end.

    Raises
    ------
    LoginRefused
        If the old password or the code does not fit.
    PasswordRefused
        If the new one is easy to guess, or the old one.
    """
    passwords.check(new, login)
    if new == password:
        raise passwords.PasswordRefused.of("password_same")
    values = {"password_hash": passwords.hashed(new), "must_change": False}
    return _enter(registry, login, password, code, on, values)


def actor_of(registry: Registry, login: str, on: dt.date) -> Actor:
    """
    Return who logged in elsewhere (OIDC): the account must be one without a password.

    Raises
    ------
    LoginRefused
        If there is no such account, or it is locked.
    """
    with registry.read(_DOOR, on) as reading:
        row = _by_login(reading, login)
    now = registry.clock()
    if row is None or row["password_hash"] is not None or is_locked(row, now):
        raise LoginRefused.of("login_refused")
    return actor_of_row(row)


def actor_of_claims(registry: Registry, claims: Mapping[str, Any], on: dt.date) -> Actor:
    """
    Return who logged in at a provider (OIDC), by the address that it vouches for.

    An address that somebody typed there and nobody verified is anybody's: it lets nobody in.

    Raises
    ------
    AccountError
        If the provider does not say that the address is verified.
    LoginRefused
        If there is no such account, or it is locked.
    """
    if claims.get("email_verified") is not True:
        raise AccountError.of("address_unverified")
    return actor_of(registry, str(claims.get("email") or ""), on)


def _enter(
    registry: Registry, login: str, password: str, code: str, on: dt.date, values: dict[str, Any]
) -> Actor:
    started = time.monotonic()
    with registry.read(_DOOR, on) as reading:
        row = _by_login(reading, login)
    fits = passwords.matches(row["password_hash"] if row else None, password)
    entered = None
    if row is not None:  # checked before the transaction: others need not wait for the hash
        with registry.write(_DOOR, on, "account", "login") as work:
            entered = _settle(work, row, fits, code, registry.clock(), values)
    if entered is None:
        _even_out(started)
        raise LoginRefused.of("login_refused")
    if entered["must_change"]:
        raise MustChange.of("must_change")
    return actor_of_row(entered)


def _settle(
    work: Work,
    row: RowMapping,
    fits: bool,
    code: str,
    now: dt.datetime,
    values: dict[str, Any],
) -> RowMapping | None:
    """Count a wrong try, or store a right one; return the account of whoever got in."""
    found = work.get(t.users, row["id"])
    if found is None or is_locked(found, now) or found["password_hash"] != row["password_hash"]:
        return None  # tries on a locked account are not counted: the record cannot be flooded
    step = _step_of(found, code, now)
    if not fits or step is None:
        _count(work, found, now)
        return None
    if found["must_change"] and "password_hash" not in values:
        return found  # the code stays good for the change that has to follow
    used = {"totp_step": step} if found["totp_secret"] else {}
    open_again = {"n_failed": 0, "locked_until": None}
    work.update(t.users, found["id"], found["version"], **open_again, **used, **values)
    return work.get(t.users, found["id"])


def _count(work: Work, row: RowMapping, now: dt.datetime) -> None:
    n = row["n_failed"] + 1
    until = None
    if n >= FREE_TRIES:
        minutes = min(FIRST_LOCK_MIN * 2 ** min(n - FREE_TRIES, 10), LONGEST_LOCK_MIN)
        until = (now + dt.timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    work.update(t.users, row["id"], row["version"], n_failed=n, locked_until=until)


def _step_of(row: RowMapping, code: str, now: dt.datetime) -> int | None:
    """Return the time step of a code that was not used yet; 0 if the account needs none."""
    if row["totp_secret"] is None:
        return 0
    step = _step(row["totp_secret"], code, now)
    return step if step is not None and step > (row["totp_step"] or 0) else None


def _step(secret: str, code: str, now: dt.datetime) -> int | None:
    digits = "".join(code.split())
    try:  # one step of 30 seconds before or after: clocks of telephones differ
        return pyotp.TOTP(secret).verify_and_get_timecode(digits, for_time=now, valid_window=1)
    except OTPVerificationError:
        return None


def new_secret() -> str:
    """Make the secret of a second factor, to be put into a telephone and then confirmed."""
    return pyotp.random_base32()


def secret_address(secret: str, login: str) -> str:
    """Return what a telephone reads as a square code: `otpauth://…`, with the secret in it."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="SIOS")


def use_codes(
    registry: Registry,
    login: str,
    password: str,
    code: str,
    on: dt.date,
    secret: str,
    first_code: str,
) -> Actor:
    """
    Ask for a code at each login from now on; the first one shows that the telephone works.

    Parameters
    ----------
    code
        Of the second factor until now; empty if the account had none.

    Raises
    ------
    LoginRefused
        If password or old code do not fit.
    AccountError
        If the first code does not fit.
    """
    step = _step(secret, first_code, registry.clock())
    if step is None:
        raise AccountError.of("code_wrong")
    values = {"totp_secret": secret, "totp_step": step}
    return _enter(registry, login, password, code, on, values)


def _even_out(started: float) -> None:
    spent = time.monotonic() - started
    if REFUSAL_S > 0:
        time.sleep(REFUSAL_S - spent % REFUSAL_S)


def is_locked(row: RowMapping, now: dt.datetime) -> bool:
    """Tell whether nobody gets in with an account at a time."""
    until = row["locked_until"]
    return until is not None and (until == FOREVER or dt.datetime.fromisoformat(until) > now)


def _by_login(reading: Reading, login: str) -> RowMapping | None:
    seen = reading.visible(t.users)
    found = reading.rows(select(seen).where(seen.c.login == folded(login)))
    return found[0] if found else None


# ── keeping accounts ────────────────────────────────────────────────────────────────────────────


def add_user(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    login: str,
    display: str,
    role: str,
    area_id: str,
    programmes: Collection[str] = (),
    password: str | None = None,
    elsewhere: bool = False,
) -> str | None:
    """
    Make an account; return the password that the machine made, to be shown once.

    Whoever gets the account has to change its password first, whoever chose it.

    Parameters
    ----------
    area_id
        RT, desa, kecamatan or kabupaten to which the role is bound.
    programmes
        Of an OPD: programmes whose households it sees.
    password
        If somebody typed one; None: the machine makes it.
    elsewhere
        The account has no password: whoever has it logs in by OIDC.

    Raises
    ------
    AccountError
        If login, role, area or programmes cannot be so, or the login is taken.
    PasswordRefused
        If the password is easy to guess.
    NotAllowed
        If the actor may not keep accounts, or not in that area.
    """
    actor.require("manage_users")
    values: dict[str, Any] = {"login": folded(login), "display": display.strip()}
    values |= {"role": role, "area_id": area_id, "programmes": sorted(set(programmes))}
    check_account(values)
    made, kept = _password(values["login"], display, password, elsewhere)
    values |= {"password_hash": kept, "must_change": not elsewhere, "n_failed": 0}
    with registry.write(actor, on, "account", "add") as work:
        check_area(work, area_id)
        if _by_login(work, values["login"]) is not None:
            raise AccountError.of("login_taken")
        work.insert(t.users, **values)
    return made


def _password(
    login: str, display: str, password: str | None, elsewhere: bool
) -> tuple[str | None, str | None]:
    """Return the password that was made, if it was, and what is stored."""
    if elsewhere:
        return None, None
    if password is not None:
        passwords.check(password, login, display)
        return None, passwords.hashed(password)
    made = passwords.made()
    return made, passwords.hashed(made)


def accounts(registry: Registry, actor: Actor, on: dt.date) -> Sequence[RowMapping]:
    """Return the accounts that an actor may keep, by login; without hashes and secrets."""
    actor.require("manage_users")
    with registry.read(actor, on) as reading:
        seen = reading.visible(t.users)
        names = [c for c in seen.c if c.name not in SECRET]
        return reading.rows(select(*names).order_by(seen.c.login))


def change_account(
    registry: Registry, actor: Actor, on: dt.date, login: str, reason: str, **values: Any
) -> None:
    """
    Give an account another name, role, area or programmes; its sessions end.

    Parameters
    ----------
    values
        `display`, `role`, `area_id`, `programmes`; what is not named stays.
    """
    changing: dict[str, Any] = {
        name: values[name]
        for name in ("display", "role", "area_id", "programmes")
        if name in values
    }

    def changed(work: Work, row: RowMapping) -> dict[str, Any]:
        check_account(dict(row) | changing)
        check_area(work, changing.get("area_id", row["area_id"]))
        return changing

    _keep(registry, actor, on, login, reason, changed)


def lock(registry: Registry, actor: Actor, on: dt.date, login: str, reason: str) -> None:
    """Lock an account until it is opened again; its sessions end at once."""
    _keep(registry, actor, on, login, reason, lambda work, row: {"locked_until": FOREVER})


def unlock(registry: Registry, actor: Actor, on: dt.date, login: str, reason: str) -> None:
    """Open an account that was locked, by wrong passwords or by somebody."""
    opened = {"locked_until": None, "n_failed": 0}
    _keep(registry, actor, on, login, reason, lambda work, row: opened)


def reset(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    login: str,
    reason: str,
    password: str | None = None,
    drop_codes: bool = False,
) -> str | None:
    """
    Give an account a new password, which has to be changed first; its sessions end.

    Returns the password if the machine made it, to be shown once. `drop_codes` is for whoever
    lost the telephone.
    """
    made, kept = _password(folded(login), "", password, elsewhere=False)
    values: dict[str, Any] = {"password_hash": kept, "must_change": True}
    values |= {"n_failed": 0, "locked_until": None}
    values |= {"totp_secret": None, "totp_step": None} if drop_codes else {}
    _keep(registry, actor, on, login, reason, lambda work, row: values)
    return made


def _keep(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    login: str,
    reason: str,
    changed: Callable[[Work, RowMapping], dict[str, Any]],
) -> None:
    actor.require("manage_users")
    with registry.write(actor, on, "account", reason) as work:
        row = _by_login(work, login)
        if row is None:
            raise AccountError.of("login_unknown")
        work.update(t.users, row["id"], row["version"], **changed(work, row))
