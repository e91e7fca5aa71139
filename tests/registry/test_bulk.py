"""Many rows at once are stored as each by itself would be."""

import datetime as dt

import pytest

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, Actor, NotAllowed
from pbrt_geo.registry.store import Conflict
from registry.registries import ON

N = 300
"""Enough for the way of many rows, in more than one query."""


def person(number, **values):
    about = {"nik": None, "nik_state": "none", "name": f"ORANG {number}", "name_key": "ORANG"}
    about |= {"sex": "male", "birth_date": dt.date(1990, 1, 1) + dt.timedelta(number)}
    return about | {"death_date": None, "disability": None} | values


@pytest.fixture
def filled(sample_places):
    with sample_places.write(COMMAND, ON, "import", "uji") as work:
        ids = work.insert_many(t.residents, [person(n) for n in range(N)])
    return sample_places, ids


def people(registry):
    with registry.read(COMMAND, ON) as reading:
        return {row["id"]: row for row in reading.rows(reading.visible(t.residents).select())}


def changes(registry):
    with registry.read(COMMAND, ON) as reading:
        seen = reading.visible(t.changes)
        return list(reading.rows(seen.select().order_by(seen.c.seq)))


def test_keys_come_in_the_order_of_the_rows_and_never_twice(filled):
    registry, ids = filled
    found = people(registry)
    assert [found[i]["name"] for i in ids] == [f"ORANG {n}" for n in range(N)]
    assert found[ids[5]]["birth_date"] == dt.date(1990, 1, 6)
    with registry.write(COMMAND, ON, "form", "uji") as work:
        one = work.insert(t.residents, **person(N))
        more = work.insert_many(t.residents, [person(n) for n in range(N)])
    assert len({*ids, one, *more}) == 2 * N + 1


def test_each_row_has_its_entry_in_the_record(filled):
    registry, ids = filled
    found = changes(registry)
    assert [row["row_id"] for row in found] == ids
    assert found[0]["after"]["birth_date"] == "1990-01-01"
    assert {row["version"] for row in found} == {1}


def test_many_changes_are_as_each_by_itself(filled):
    registry, ids = filled
    new = [(i, 1, {"name": "BARU"} if n % 2 else {"sex": "female"}) for n, i in enumerate(ids)]
    with registry.write(COMMAND, ON, "import", "uji") as work:
        work.update_many(t.residents, new)
    found = people(registry)
    assert [found[i]["name"] for i in ids[:4]] == ["ORANG 0", "BARU", "ORANG 2", "BARU"]
    assert {row["version"] for row in found.values()} == {2}
    told = changes(registry)[N:]
    assert [(c["row_id"], c["version"]) for c in told] == [(i, 2) for i in ids]
    assert (told[0]["before"], told[0]["after"]) == ({"sex": "male"}, {"sex": "female"})


def test_what_is_the_same_already_gets_no_new_version(filled):
    registry, ids = filled
    with registry.write(COMMAND, ON, "import", "uji") as work:
        work.update_many(t.residents, [(i, 1, {"sex": "male"}) for i in ids])
    assert {row["version"] for row in people(registry).values()} == {1}
    assert len(changes(registry)) == N


def test_one_conflict_stores_nothing_of_all(filled):
    registry, ids = filled
    with registry.write(COMMAND, ON, "form", "uji") as work:
        work.update(t.residents, ids[7], 1, name="LEBIH DAHULU")
    with (
        pytest.raises(Conflict) as caught,
        registry.write(COMMAND, ON, "import", "uji") as work,
    ):
        work.update_many(t.residents, [(i, 1, {"name": "BARU"}) for i in ids])
    assert caught.value.row_id == ids[7]
    assert "BARU" not in {row["name"] for row in people(registry).values()}


def test_rows_out_of_sight_are_not_changed(filled):
    registry, ids = filled
    operator = Actor("goa", "operator_desa", "52.07.01.2001")
    with (
        pytest.raises(Conflict),
        registry.write(operator, ON, "import", "uji") as work,
    ):
        work.update_many(t.residents, [(ids[0], 1, {"name": "BARU"})])
    with (
        pytest.raises(NotAllowed),
        registry.write(Actor("b", "bupati", "52.07"), ON, "import", "uji") as work,
    ):
        work.update_many(t.residents, [(ids[0], 1, {"name": "BARU"})])
