"""Whose rows somebody sees, against the same rule written out in plain Python over random lives."""

import datetime as dt
import random
import threading
from itertools import product

import pytest
from sqlalchemy import insert, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.accounts import change_account
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.rights import (
    ACTIONS,
    COMMAND,
    PUBLIC,
    Actor,
    SessionEnded,
    actor_of_row,
    level_of,
    rights,
)
from registry.registries import ON, RTS, fill_places
from registry.watched_people import fill

DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=30 * n) for n in range(8)]
RT_IDS = list(RTS)
ACTORS = [
    Actor("a", "operator_rt", RT_IDS[0]),
    Actor("b", "operator_desa", "52.07.01.2001"),
    Actor("c", "kecamatan", "52.07.03"),
    Actor("d", "bappeda", "52.07"),
    Actor("e", "opd", "52.07", programmes=("pkh",)),
    Actor("f", "opd", "52.07.01.2001", programmes=("pkh", "rtlh")),
]


# ── random lives ────────────────────────────────────────────────────────────────────────────────


def periods(chance, whose, key, choices):
    """Some periods of one household or person, of which some overlap, are void or never end."""
    rows = []
    for _ in range(chance.randint(0, 4)):
        first, last = sorted(chance.choices(DAYS, k=2))
        ends = None if chance.random() < 0.4 else last
        row = {**whose, key: chance.choice(choices), "valid_from": first, "valid_to": ends}
        rows.append(row | {"version": 1, "is_void": chance.random() < 0.2})
    return rows


def lives(seed, n_households=24, n_people=40):
    chance = random.Random(seed)
    homes = range(1, n_households + 1)
    residences = [
        row for n in homes for row in periods(chance, {"household_id": n}, "rt_id", RT_IDS)
    ]
    members = [
        row
        for n in range(1, n_people + 1)
        for row in periods(chance, {"resident_id": n}, "household_id", homes)
    ]
    enrolled = [
        row
        for n in homes
        for row in periods(chance, {"household_id": n}, "programme_id", ["pkh", "rtlh", "pip"])
    ]
    people = {"version": 1, "is_void": False, "nik_state": "none", "name": "X"}
    return {
        t.households: [{"version": 1, "is_void": False, "kk_state": "none"} for _ in homes],
        t.residents: [people for _ in range(n_people)],
        t.residences: [row | {"cause": "moved"} for row in residences],
        t.memberships: [row | {"cause": "moved", "role": "other"} for row in members],
        t.enrolments: [row | {"source": "Uji"} for row in enrolled],
    }


# ── the rule, written out ───────────────────────────────────────────────────────────────────────


def last_of(rows, key, n, on):
    """The living period of n that began last by a day; of two, the one written later."""
    begun = [r for r in rows if r[key] == n and not r["is_void"] and r["valid_from"] <= on]
    return max(begun, key=lambda row: (row["valid_from"], row["id"]), default=None)


def holds(row, on):
    return row["valid_from"] <= on and (row["valid_to"] is None or row["valid_to"] > on)


def sees_household(actor, rows, n, on):
    home = last_of(rows[t.residences], "household_id", n, on)
    if home is None:
        return False
    desa = RTS[home["rt_id"]]
    if actor.area_id not in (home["rt_id"], desa, desa[:8], desa[:5]):
        return False
    return actor.role != "opd" or any(
        row["household_id"] == n
        and not row["is_void"]
        and holds(row, on)
        and row["programme_id"] in actor.programmes
        for row in rows[t.enrolments]
    )


def sees_person(actor, rows, n, on):
    place = last_of(rows[t.memberships], "resident_id", n, on)
    return place is not None and sees_household(actor, rows, place["household_id"], on)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sight_is_what_the_rule_says_of_random_lives(sample_places, seed):
    rows = lives(seed)
    with transaction(sample_places.engine, writes=True) as connection:
        for table, new in rows.items():
            connection.execute(insert(table), new)
    rows = {
        table: [{**row, "id": i} for i, row in enumerate(new, 1)] for table, new in rows.items()
    }
    seen = 0
    for actor in ACTORS:
        for on in (DAYS[0], DAYS[3], DAYS[5], DAYS[7] + dt.timedelta(days=400)):
            for table, sees in ((t.households, sees_household), (t.residents, sees_person)):
                expected = {row["id"] for row in rows[table] if sees(actor, rows, row["id"], on)}
                assert ids_of(sample_places, actor, table, on) == expected, (actor, table.name, on)
                seen += len(expected)
    assert seen > 200  # the lives are no desert


def ids_of(registry, actor, table, on):
    with registry.read(actor, on) as reading:
        return {row["id"] for row in reading.rows(select(reading.visible(table).c.id))}


def test_an_rt_that_changed_its_desa_is_seen_by_each_in_its_time(registry):
    fill_places(registry)
    moved = dt.date(2026, 3, 1)
    with transaction(registry.engine, writes=True) as connection:
        places = t.places.update().where(t.places.c.rt_id == RT_IDS[0])
        connection.execute(places.values(valid_to=moved))
        later = {"rt_id": RT_IDS[0], "valid_from": moved, "valid_to": None, "name": "RT 001"}
        later |= {"desa_id": "52.07.03.2002", "kecamatan_id": "52.07.03", "kabupaten_id": "52.07"}
        connection.execute(insert(t.places), later | {"desa_name": "Air Suning"})
    with registry.write(COMMAND, ON, "form", "Uji") as work:
        home = work.insert(t.households, kk_state="none")
        row = {"household_id": home, "rt_id": RT_IDS[0], "cause": "recorded"}
        work.insert(t.residences, **row, valid_from=dt.date(2020, 1, 1), valid_to=None)
    for desa, on, sees in (
        ("52.07.01.2001", dt.date(2026, 2, 1), {home}),
        ("52.07.03.2002", dt.date(2026, 2, 1), set()),
        ("52.07.01.2001", ON, set()),
        ("52.07.03.2002", ON, {home}),
    ):
        assert ids_of(registry, Actor("x", "operator_desa", desa), t.households, on) == sees


def test_an_area_that_is_none_sees_nobody(sample_places):
    fill(sample_places)
    hostile = ("", "52", "52.07.01.2001.1", "RT-", "%", "52.07%", "' OR 1=1 --")
    for area, role in product(hostile, ("operator_rt", "operator_desa", "bappeda", "opd")):
        actor = Actor("x", role, area, programmes=("pkh",))
        for table in (t.households, t.residents, t.lists, t.rt_notes):
            assert ids_of(sample_places, actor, table, ON) == set()


# ── roles ───────────────────────────────────────────────────────────────────────────────────────


def test_who_decides_or_keeps_accounts_sees_no_names():
    for role in ("publik", "bupati", "admin", "door"):
        actor = Actor("x", role)
        for action in ("see_people", "change_people", "import_people", "export_people", "map_rt"):
            assert not actor.may(action), (role, action)
    assert PUBLIC.role == "publik" and not rights()["publik"]


def test_no_account_may_everything():
    for role in t.ROLES:
        assert rights()[role] < set(ACTIONS)
        assert not {"see_people", "see_audit"} <= rights()[role]  # nobody watches themselves
        assert not {"see_people", "manage_users"} <= rights()[role]


def test_the_level_of_an_area_is_in_its_code():
    expected = {"52.07": "kabupaten", "52.07.01": "kecamatan", "52.07.01.2001": "desa"}
    expected |= {RT_IDS[0]: "rt", "52": "", "": "", "5207": "", "52.07.1": ""}
    assert {area: level_of(area) for area in expected} == expected


# ── sessions ────────────────────────────────────────────────────────────────────────────────────


def test_an_account_cannot_change_between_the_check_and_the_write(sample_places):
    actors = fill(sample_places)
    with sample_places.read(COMMAND, ON) as reading:
        seen = reading.visible(t.users)
        actor = actor_of_row(reading.rows(select(seen).where(seen.c.login == "desa"))[0])
    area = {"area_id": "52.07.03.2002"}
    moving = threading.Thread(
        target=lambda: change_account(sample_places, COMMAND, ON, "desa", "Pindah", **area)
    )
    with sample_places.write(actor, ON, "form", "Uji") as work:
        moving.start()
        moving.join(0.3)
        assert moving.is_alive()  # waits for its turn
        work.update(t.rt_notes, 1, 1, text="Sawah")
    moving.join()
    with pytest.raises(SessionEnded), sample_places.write(actor, ON, "form", "Uji"):
        pass
    assert ids_of(sample_places, actors["bappeda"], t.rt_notes, ON) == {1, 2, 3, 4}
