"""A registry with a household in each of the four RT, and somebody of every role who looks at it.

Numbers of RT: 1 and 2 lie in desa 52.07.01.2001, 3 and 4 in 52.07.03.2002. Household and resident n
live in RT n. Programme `pkh` reaches 1 and 3, `rtlh` reaches 2 and 3.
"""

import datetime as dt
from typing import Any

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, PUBLIC, Actor
from pbrt_geo.registry.store import Registry, Work
from registry.registries import ON, RTS

RT_IDS = dict(enumerate(RTS, 1))
NUMBERS = {rt_id: number for number, rt_id in RT_IDS.items()}
NAMES = {1: "Sahnun Lalu", 2: "Mawar Dinda", 3: "Jayadi Rempe", 4: "Nurbaya Ano"}
REACHED = {"pkh": (1, 3), "rtlh": (2, 3)}
BEGAN = dt.date(2020, 1, 1)

ACTORS = {
    "rt": ("operator_rt", RT_IDS[1]),
    "desa": ("operator_desa", "52.07.01.2001"),
    "kecamatan": ("kecamatan", "52.07.01"),
    "opd": ("opd", "52.07"),
    "opd_kecamatan": ("opd", "52.07.01"),
    "bappeda": ("bappeda", "52.07"),
    "bupati": ("bupati", "52.07"),
    "admin": ("admin", "52.07"),
}


def number(n: int) -> str:
    """A No. KK or NIK that can be one."""
    return f"5207{n:02d}{'410190'}{n:04d}"


def fill(registry: Registry) -> dict[str, Actor]:
    """Fill a registry that knows its places; return the actors by their name in the tables."""
    with registry.write(COMMAND, ON, "account", "Uji") as work:
        users = {name: work.insert(t.users, **user_row(name)) for name in ACTORS}
    with registry.write(COMMAND, ON, "import", "Uji") as work:
        for n in RT_IDS:
            _household(work, n)
        for n in RT_IDS:
            _of_rt(work, n)
    registry.saw(actor_of(users, "rt"), "form", [{"resident_id": 1}, {"household_id": 1}])
    actors = {name: actor_of(users, name) for name in ACTORS}
    for name in ("rt", "bappeda"):
        draft = {"form": "household", "key": "1", "data": {}, "saved_at": "2026"}
        with registry.write(actors[name], ON, "draft", "") as work:
            work.put(t.drafts, [draft | {"user_id": users[name]}])
    with registry.write(COMMAND, ON, "mapping", "Uji") as work:
        work.put(t.mappings, [{"source": "plain", "header": "nama", "field": "name"}])
    return actors | {"publik": PUBLIC, "command": COMMAND}


def user_row(name: str) -> dict[str, Any]:
    role, area = ACTORS[name]
    row = {"login": name, "display": name.title(), "password_hash": "hash", "role": role}
    row |= {"area_id": area, "programmes": ["pkh"] if role == "opd" else []}
    return row | {"must_change": False, "n_failed": 0, "totp_secret": "rahasia"}


def actor_of(users: dict[str, int], name: str) -> Actor:
    role, area = ACTORS[name]
    return Actor(name, role, area, users[name], ("pkh",) if role == "opd" else ())


def _household(work: Work, n: int) -> None:
    """Everything about household n; its rows have the key n in most tables."""
    since = {"valid_from": BEGAN, "valid_to": None}
    home = work.insert(t.households, no_kk=number(n), kk_state="valid", address=f"Jalan {n}")
    work.insert(t.residences, household_id=home, rt_id=RT_IDS[n], cause="recorded", **since)
    about = {"nik_state": "valid", "name": NAMES[n], "name_key": NAMES[n].upper()}
    person = work.insert(t.residents, nik=number(n), **about)
    place = {"role": "head", "cause": "recorded"}
    work.insert(t.memberships, resident_id=person, household_id=home, **place, **since)
    work.insert(t.evidence, household_id=home, as_of=BEGAN, source="survey", dtsen_desil=n)
    for programme, reached in REACHED.items():
        if n in reached:
            given = {"programme_id": programme, "source": "Uji"} | since
            work.insert(t.enrolments, household_id=home, resident_id=person, **given)


def _of_rt(work: Work, n: int) -> None:
    """What is kept about RT n, with the key n."""
    at = {"rt_id": RT_IDS[n], "as_of": BEGAN}
    work.insert(t.programme_reports, programme_id="pkh", **at)
    listed = work.insert(t.lists, purpose="poor", state="proposed", **at)
    work.insert(t.list_entries, list_id=listed, household_id=n, is_proposed=True, reason="Uji")
    work.insert(t.rt_notes, section="tokoh", text=NAMES[n], **at)
    work.insert(t.rt_matters, kind="masalah", text="Air", **at)
    work.insert(t.rt_stages, rt_id=RT_IDS[n], stage="sosialisasi", date=BEGAN)
