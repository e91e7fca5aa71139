"""`pbrt user …`, `pbrt audit …`, `pbrt erase …`: accounts, who saw whom, erasure by law.

A password is typed without being shown, or made by the machine and shown once. It is never an
argument: arguments stay in the history of the shell and stand in the list of processes.
"""

import argparse
import datetime as dt
import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pbrt_geo.commands.registry import add_registry, opened
from pbrt_geo.commands.tools import Commands, add, group
from pbrt_geo.text import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from pbrt_geo.registry.seen import Reach, Sight
    from pbrt_geo.registry.store import Registry


def declare(commands: Commands) -> None:
    """Declare the commands of this file."""
    _declare_users(group(commands, "user", "accounts: who gets in, in which role, for which area"))
    audit = group(commands, "audit", "who looked at whom")
    asked = add(audit, "seen", seen)
    whom = asked.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", type=int, metavar="ID", help="key of a person")
    whom.add_argument("--household", type=int, metavar="ID", help="key of a household")
    whom.add_argument("--nik", action="store_true", help="of a person; it is asked for")
    whom.add_argument("--by", metavar="LOGIN", help="whom this account looked at")
    asked.add_argument("--days", type=int, default=30)
    erasing = group(commands, "erase", "erase a person by law")
    erased = add(erasing, "person", erase)
    erased.add_argument("person", type=int, metavar="ID", help="key of a person")
    erased.add_argument("--reason", required=True, help="number of the request; never the person")
    for parser in (asked, erased, add(erasing, "leftovers", clean)):
        add_registry(parser)


def _declare_users(users: Commands) -> None:
    parsers = {
        run: add(users, name, run)
        for name, run in (
            ("add", add_account),
            ("list", list_accounts),
            ("change", change),
            ("lock", lock),
            ("open", unlock),
            ("reset", reset),
            ("codes", codes),
        )
    }
    for run, parser in parsers.items():
        add_registry(parser)
        if run is not list_accounts:
            parser.add_argument("login")
        if run not in (list_accounts, add_account, codes):
            parser.add_argument("--reason", required=True)
    for run, needed in ((add_account, True), (change, False)):
        parsers[run].add_argument("--name", required=needed, help="name or office, as shown")
        parsers[run].add_argument("--role", required=needed)
        parsers[run].add_argument("--area", required=needed, help="52.07.01.2001, RT-… and so on")
        parsers[run].add_argument("--programme", action="append", help="of an OPD; may be repeated")
    for run in (add_account, reset):
        parsers[run].add_argument("--type", action="store_true", help="type the password")
    parsers[add_account].add_argument(
        "--elsewhere", action="store_true", help="no password: logs in by OIDC"
    )
    parsers[reset].add_argument(
        "--drop-codes", action="store_true", help="the telephone with the codes is lost"
    )


# ── accounts ────────────────────────────────────────────────────────────────────────────────────


def add_account(options: argparse.Namespace) -> int:
    """Make an account; its password has to be changed at the first login."""
    from pbrt_geo.registry.accounts import add_user

    about = (options.login, options.name, options.role, options.area)
    more = {"programmes": options.programme or (), "elsewhere": options.elsewhere}
    with opened(options) as registry:
        made = add_user(registry, *_now(), *about, password=_typed(options), **more)
    print(say("account.added", options.lang, login=options.login))
    return _shown(made, options)


def reset(options: argparse.Namespace) -> int:
    """Give an account a new password, which has to be changed first; its sessions end."""
    from pbrt_geo.registry import accounts

    about = (options.login, options.reason)
    with opened(options) as registry:
        made = accounts.reset(registry, *_now(), *about, _typed(options), options.drop_codes)
    print(say("account.reset", options.lang, login=options.login))
    return _shown(made, options)


def change(options: argparse.Namespace) -> int:
    """Give an account another name, role, area or programmes; its sessions end."""
    from pbrt_geo.registry.accounts import change_account

    told = {"display": options.name, "role": options.role, "area_id": options.area}
    told["programmes"] = None if options.programme is None else sorted(set(options.programme))
    values = {name: value for name, value in told.items() if value is not None}
    if values.get("role", "opd") != "opd":
        values.setdefault("programmes", [])
    with opened(options) as registry:
        change_account(registry, *_now(), options.login, options.reason, **values)
    print(say("account.changed", options.lang, login=options.login))
    return 0


def lock(options: argparse.Namespace) -> int:
    """Lock an account until it is opened again; its sessions end at once."""
    from pbrt_geo.registry import accounts

    return _done(accounts.lock, "account.locked", options)


def unlock(options: argparse.Namespace) -> int:
    """Open an account that was locked, by wrong passwords or by somebody."""
    from pbrt_geo.registry import accounts

    return _done(accounts.unlock, "account.opened", options)


def _done(keep: Callable[..., None], key: str, options: argparse.Namespace) -> int:
    with opened(options) as registry:
        keep(registry, *_now(), options.login, options.reason)
    print(say(key, options.lang, login=options.login))
    return 0


def codes(options: argparse.Namespace) -> int:
    """Let an account be asked for a code of a telephone too; its password and a code are typed."""
    from pbrt_geo.registry.accounts import new_secret, secret_address, use_codes

    secret = new_secret()
    print(say("account.secret", options.lang, address=secret_address(secret, options.login)))
    password = getpass.getpass(say("account.type", options.lang))
    old = getpass.getpass(say("account.old_code", options.lang))
    first = getpass.getpass(say("account.first_code", options.lang))
    with opened(options) as registry:
        use_codes(registry, options.login, password, old, _now()[1], secret, first)
    print(say("account.codes", options.lang, login=options.login))
    return 0


def list_accounts(options: argparse.Namespace) -> int:
    """Print the accounts: login, name, role, area, and whether they get in."""
    from pbrt_geo.registry.accounts import accounts

    with opened(options) as registry:
        rows = accounts(registry, *_now())
        now = registry.clock()
    lines = [_account_line(row, now, options.lang) for row in rows]
    print("\n".join(lines) or say("account.none", options.lang))
    return 0


def _account_line(row: "RowMapping", now: dt.datetime, language: str) -> str:
    from pbrt_geo.registry.accounts import is_locked

    state = "must_change" if row["must_change"] else "active"
    state = "locked" if is_locked(row, now) else state
    told = [row["login"], row["display"], say(f"role.{row['role']}", language), row["area_id"]]
    told += [", ".join(row["programmes"])] if row["programmes"] else []
    return " · ".join([*told, say(f"account.state.{state}", language)])


def _now() -> tuple[Any, dt.date]:
    """Return who acts, and today."""
    from pbrt_geo.registry.rights import COMMAND

    return COMMAND, dt.date.today()


def _typed(options: argparse.Namespace) -> str | None:
    """Ask for a password twice, without showing it; None: the machine makes one."""
    from pbrt_geo.registry.account_rules import AccountError

    if not options.type:
        return None
    typed = [getpass.getpass(say(f"account.{key}", options.lang)) for key in ("type", "again")]
    if typed[0] != typed[1]:
        raise AccountError.of("password_repeated")
    return typed[0]


def _shown(made: str | None, options: argparse.Namespace) -> int:
    if made is not None:
        print(say("account.made", options.lang, password=made))
    return 0


# ── who saw whom ────────────────────────────────────────────────────────────────────────────────


def seen(options: argparse.Namespace) -> int:
    """Print who looked at a person or a household, or at whom an account looked."""
    from pbrt_geo.registry import seen as record
    from pbrt_geo.registry.rights import COMMAND

    with opened(options) as registry:
        if options.by:
            return _reached(record.whom_saw(registry, COMMAND, options.by, options.days), options)
        if options.household is not None:
            sights = record.who_saw_household(registry, COMMAND, options.household, options.days)
        else:
            person = options.person if options.person is not None else _by_nik(registry, options)
            sights = record.who_saw_person(registry, COMMAND, person, options.days)
    return _told(sights, options)


def _reached(reach: "Reach", options: argparse.Namespace) -> int:
    facts: dict[str, Any] = {
        "n_people": len(reach.resident_ids),
        "n_homes": len(reach.household_ids),
    }
    facts |= {"n": reach.n_sights, "days": options.days}
    print(say("account.reach", options.lang, login=options.by, **facts))
    for key, ids in (("people", reach.resident_ids), ("homes", reach.household_ids)):
        print(say(f"account.{key}", options.lang, ids=", ".join(map(str, ids)) or "–"))
    return 0


def _told(sights: "list[Sight]", options: argparse.Namespace) -> int:
    for sight in sights:
        facts = {"login": sight.login, "role": say(f"role.{sight.role}", options.lang)}
        facts |= {"what": sight.what, "of": say(f"account.of.{sight.of}", options.lang)}
        at = dt.datetime.fromisoformat(sight.at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        print(say("account.sight", options.lang, at=at, **facts))
    print(say("account.sights", options.lang, n=len(sights), days=options.days))
    return 0


def _by_nik(registry: "Registry", options: argparse.Namespace) -> int:
    """Ask for a NIK, which is not to stand in the history of the shell; return whose it is."""
    from sqlalchemy import select

    from pbrt_geo.registry import tables as t
    from pbrt_geo.registry.account_rules import AccountError

    nik = "".join(getpass.getpass(say("account.nik", options.lang)).split())
    with registry.read(*_now()) as reading:
        person = reading.visible(t.residents)
        rows = reading.rows(select(person.c.id).where(person.c.nik == nik))
    if not rows:
        raise AccountError.of("nik_unknown")
    return int(rows[0]["id"])


# ── erasure ─────────────────────────────────────────────────────────────────────────────────────


def erase(options: argparse.Namespace) -> int:
    """Erase everything personal about somebody, by law; it cannot be undone."""
    from pbrt_geo.registry import erasure

    person = str(options.person)
    if input(say("account.erase_sure", options.lang, person=person)).strip() != person:
        print(say("account.erase_not", options.lang))
        return 1
    with opened(options) as registry:
        done = erasure.erase(registry, *_now(), options.person, options.reason)
    facts: dict[str, Any] = {
        "n_rows": done.n_rows,
        "n_changes": done.n_changes,
        "n_drafts": done.n_drafts,
    }
    print(say("account.erased", options.lang, batch=str(done.batch_id), **facts))
    if done.is_clean:
        return 0
    print(say("account.unclean", options.lang))
    return 1


def clean(options: argparse.Namespace) -> int:
    """Write the registry's file anew, so that nothing of what was erased is left in it."""
    from pbrt_geo.registry import erasure

    with opened(options) as registry:
        is_clean = erasure.clean(registry.engine)
    print(say("account.cleaned" if is_clean else "account.unclean", options.lang))
    return 0 if is_clean else 1
