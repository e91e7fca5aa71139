"""Invented households, what is known of them, and accounts: for verification and social mapping."""

import datetime as dt
from typing import Any

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Registry
from pbrt_geo.schema import CRITERIA
from registry.registries import ON, RTS

RT_1, RT_2, RT_3, RT_4 = RTS
GOA, AIR_SUNING = "52.07.01.2001", "52.07.03.2002"
SETTLED = dt.date(2020, 1, 1)
FOUND = dt.date(2026, 3, 1)
"""Day of the evidence."""


def account(registry: Registry, login: str, role: str, area_id: str) -> Actor:
    """An account; nobody ever logs in with it."""
    values = {"login": login, "display": login, "password_hash": None, "programmes": []}
    more = {"must_change": False, "n_failed": 0, "locked_until": None, "totp_secret": None}
    with registry.write(COMMAND, ON, "account", "test") as work:
        key = work.insert(t.users, role=role, area_id=area_id, **values, **more)
    return Actor(login, role, area_id, key)


def operator(registry: Registry, login: str = "petugas.goa", area_id: str = GOA) -> Actor:
    return account(registry, login, "operator_desa", area_id)


def household(
    registry: Registry,
    rt_id: str = RT_1,
    head: str = "Ratna Contoh",
    members: tuple[str, ...] = (),
    since: dt.date = SETTLED,
) -> int:
    """A household whose head and members have these names."""
    with registry.write(COMMAND, ON, "form", "test") as work:
        key = work.insert(t.households, no_kk=None, kk_state="none", address="Jalan Contoh 1")
        period = {"valid_from": since, "valid_to": None, "cause": "recorded"}
        work.insert(t.residences, household_id=key, rt_id=rt_id, **period)
        for role, name in (("head", head), *(("child", child) for child in members)):
            person = {"name": name, "name_key": name.upper().replace(" ", "")}
            resident = work.insert(t.residents, nik=None, nik_state="none", **person)
            work.insert(t.memberships, resident_id=resident, household_id=key, role=role, **period)
    return key


def evidence(
    registry: Registry,
    household_id: int,
    *,
    met: int | None = None,
    unanswered: int = 0,
    desil: int | None = None,
    as_of: dt.date = FOUND,
    source: str = "survey",
) -> int:
    """What was found at a household: so many criteria met and unanswered, or its desil."""
    values: dict[str, Any] = {"dtsen_desil": desil, "dtsen_edition": desil and "2026-1"}
    if met is not None:
        answers = [True] * met + [None] * unanswered + [False] * (len(CRITERIA) - met - unanswered)
        values |= dict(zip(CRITERIA, answers, strict=True))
    with registry.write(COMMAND, ON, "form", "test") as work:
        return work.insert(
            t.evidence, household_id=household_id, as_of=as_of, source=source, **values
        )


def move(registry: Registry, household_id: int, rt_id: str, day: dt.date) -> None:
    """Let a household live in another RT from a day on."""
    with registry.write(COMMAND, ON, "mutation", "test") as work:
        r = work.visible(t.residences)
        [row] = work.rows(r.select().where(r.c.household_id == household_id))
        work.update(t.residences, row["id"], row["version"], valid_to=day)
        period = {"valid_from": day, "valid_to": None, "cause": "moved"}
        work.insert(t.residences, household_id=household_id, rt_id=rt_id, **period)
