"""A few invented households for tests of search, forms and mutations."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.names import name_key
from pbrt_geo.registry.people import HouseholdView, household_view
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Registry
from registry.registries import DESA, ON, RTS

RT = tuple(RTS)
GOA, SUNING = DESA
SINCE = dt.date(2020, 1, 1)
WHERE = "520701"  # where somebody was first registered: the beginning of a NIK


def nik(n: int) -> str:
    """A NIK of the right form, of somebody born on 1 January 1980; never written out in a file."""
    return f"{WHERE}010180{n:04d}"


def no_kk(n: int) -> str:
    return f"{WHERE}020115{n:04d}"


def account(registry: Registry, login: str, role: str, area: str) -> Actor:
    """Make an account without a password; return who works with it."""
    values = {
        "display": login,
        "password_hash": None,
        "programmes": [],
        "must_change": False,
        "n_failed": 0,
        "locked_until": None,
        "totp_secret": None,
    }
    with registry.write(COMMAND, ON, "account", "test") as work:
        key = work.insert(t.users, login=login, role=role, area_id=area, **values)
    return Actor(login, role, area, key)


def add_household(
    registry: Registry, rt_id: str, names: Sequence[str], number: int = 0, **more: Any
) -> int:
    """Store a household; the first name is the head, the second the spouse, then children."""
    roles = ("head", "spouse", *["child"] * len(names))
    period = {"valid_from": SINCE, "valid_to": None, "cause": "recorded"}
    with registry.write(COMMAND, ON, "import", "test") as work:
        values = {"no_kk": no_kk(number), "kk_state": "valid"} if number else {"kk_state": "none"}
        home = work.insert(t.households, **values, **more)
        work.insert(t.residences, household_id=home, rt_id=rt_id, **period)
        for place, (name, role) in enumerate(zip(names, roles, strict=False)):
            own = nik(number * 10 + place) if number else None
            state = "valid" if own else "none"
            person = {"nik": own, "nik_state": state, "name": name, "name_key": name_key(name)}
            who = work.insert(t.residents, **person, sex="male")
            work.insert(t.memberships, resident_id=who, household_id=home, role=role, **period)
    return home


def look(registry: Registry, home: int, actor: Actor = COMMAND) -> HouseholdView:
    """Everything of a household, which must be in sight."""
    with registry.read(actor, ON) as reading:
        seen = household_view(reading, home)
    assert seen is not None
    return seen


def names_of(seen: HouseholdView) -> list[str]:
    return [member.resident["name"] for member in seen.members]
