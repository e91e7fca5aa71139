"""Drafts and edits: what is kept, who sees it, and what two editors of one household get."""

import datetime as dt

import pytest

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.drafts import draft_of, drafts_of, drop_draft, keep_draft
from pbrt_geo.registry.editing import (
    EntryError,
    base_of,
    clashes,
    is_stale,
    record_evidence,
    store_edits,
)
from pbrt_geo.registry.rights import COMMAND, PUBLIC, NotAllowed
from pbrt_geo.registry.store import Conflict, Registry
from registry.households import GOA, RT, SUNING, account, add_household, look, names_of, nik
from registry.registries import ON


@pytest.fixture
def home(sample_places):
    return add_household(sample_places, RT[0], ["Sahbandar", "Siti", "Lalu"], 1)


@pytest.fixture
def goa(sample_places):
    return account(sample_places, "goa", "operator_desa", GOA)


def row_of(seen, at, table="residents"):
    member = seen.members[at]
    row = member.resident if table == "residents" else member.membership
    return f"{table}:{row['id']}"


# ── drafts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_there_after_a_restart(where, sample_places, goa):
    keep_draft(sample_places, goa, ON, "household", "7", {"name": "Ina"})
    keep_draft(sample_places, goa, ON, "household", "7", {"name": "Ina Q"})
    again = Registry.open(where)
    with again.read(goa, ON) as reading:
        draft = draft_of(reading, "household", "7")
        assert draft.data == {"name": "Ina Q"}
        assert draft_of(reading, "household", "8") is None
        assert draft_of(reading, "birth", "7") is None
    again.close()


def test_nobody_sees_a_draft_of_somebody_else(sample_places, goa):
    other = account(sample_places, "goa-2", "operator_desa", GOA)
    keep_draft(sample_places, goa, ON, "household", "7", {"name": "Ina"})
    with pytest.raises(NotAllowed), sample_places.read(PUBLIC, ON) as reading:
        drafts_of(reading, "household")
    for actor in (other, COMMAND):
        with sample_places.read(actor, ON) as reading:
            assert list(drafts_of(reading, "household")) == []
    drop_draft(sample_places, other, ON, "household", "7")
    with sample_places.read(goa, ON) as reading:
        assert len(drafts_of(reading, "household")) == 1


def test_a_stored_draft_is_let_go(sample_places, goa):
    keep_draft(sample_places, goa, ON, "household", "7", {"name": "Ina"})
    drop_draft(sample_places, goa, ON, "household", "7")
    with sample_places.read(goa, ON) as reading:
        assert list(drafts_of(reading, "household")) == []
    with sample_places.read(COMMAND, ON) as reading:
        kinds = [row["kind"] for row in reading.rows(reading.visible(t.batches).select())]
    assert "draft" not in kinds


@pytest.mark.parametrize("role", ["bupati", "kecamatan", "opd", "admin"])
def test_who_may_not_change_people_has_no_drafts(sample_places, role):
    actor = account(sample_places, "who", role, "52.07.01" if role == "kecamatan" else "52.07")
    with pytest.raises(NotAllowed):
        keep_draft(sample_places, actor, ON, "household", "7", {})
    with pytest.raises(NotAllowed):
        keep_draft(sample_places, COMMAND, ON, "household", "7", {})


# ── edits ───────────────────────────────────────────────────────────────────────────────────────


def store(registry, actor, home, base, edits):
    return store_edits(registry, actor, ON, look(registry, home), base, edits, "test")


def test_what_changed_is_stored_with_what_follows_from_it(sample_places, goa, home):
    seen = look(sample_places, home, goa)
    base, son = base_of(seen), row_of(seen, 2)
    edits = {
        son: {"name": "Lalu Ma'ruf", "nik": "", "birth_date": "2001-02-03"},
        row_of(seen, 1): {"name": "Siti"},
        f"households:{home}": {"address": "Jalan Lama"},
    }
    assert store(sample_places, goa, home, base, edits) == 2
    seen = look(sample_places, home)
    row = seen.members[2].resident
    assert (row["name"], row["name_key"]) == ("Lalu Ma'ruf", "LALU MARUF")
    assert (row["nik"], row["nik_state"], row["birth_date"]) == (None, "none", dt.date(2001, 2, 3))
    assert seen.household["address"] == "Jalan Lama"
    assert seen.members[1].resident["version"] == 1


@pytest.mark.parametrize(
    ("column", "value", "key"),
    [
        ("name", "  ", "entry_name_empty"),
        ("name", "123", "entry_name_empty"),
        ("nik", "52071", "entry_number"),
        ("nik", "0" * 16, "entry_number"),
        ("nik", nik(1)[:-1] + "O", "entry_number"),
        ("birth_date", "2026-06-02", "entry_date"),
        ("birth_date", "1776-01-01", "entry_date"),
    ],
)
def test_what_cannot_be_is_not_stored(sample_places, goa, home, column, value, key):
    seen = look(sample_places, home)
    edits = {row_of(seen, 1): {column: value}, f"households:{home}": {"note": "x"}}
    with pytest.raises(EntryError) as caught:
        store(sample_places, goa, home, base_of(seen), edits)
    assert [(p.key, p.facts["field"]) for p in caught.value.problems] == [(key, column)]
    assert look(sample_places, home).household["note"] is None


def test_a_household_has_one_head(sample_places, goa, home):
    seen = look(sample_places, home)
    head, spouse = (row_of(seen, at, "memberships") for at in (0, 1))
    for edits in ({head: {"role": "other"}}, {spouse: {"role": "head"}}):
        with pytest.raises(EntryError):
            store(sample_places, goa, home, base_of(seen), edits)
    store(
        sample_places,
        goa,
        home,
        base_of(seen),
        {head: {"role": "spouse"}, spouse: {"role": "head"}},
    )
    assert names_of(look(sample_places, home)) == ["Siti", "Sahbandar", "Lalu"]


def test_two_editors_of_one_person(sample_places, goa, home):
    other = account(sample_places, "kabupaten", "bappeda", "52.07")
    seen = look(sample_places, home)
    base, who = base_of(seen), row_of(seen, 1)
    theirs = {who: {"name": "Siti A", "disability": "netra"}}
    store(sample_places, other, home, base, theirs)
    mine = {who: {"name": "Siti B", "sex": "female"}, f"households:{home}": {"note": "mine"}}
    with pytest.raises(Conflict):
        store(sample_places, goa, home, base, mine)
    now = look(sample_places, home)
    assert now.household["note"] is None
    assert is_stale(now, base) and not is_stale(now, base_of(now))
    told = {clash.column: clash for clash in clashes(now, base, mine)}
    name = told["name"]
    assert (name.was, name.mine, name.theirs, name.is_mine_too) == (
        "Siti",
        "Siti B",
        "Siti A",
        True,
    )
    assert not told["disability"].is_mine_too
    assert set(told) == {"name", "disability"}
    store(sample_places, goa, home, base_of(now), mine)
    row = look(sample_places, home).members[1].resident
    assert (row["name"], row["sex"], row["disability"]) == ("Siti B", "female", "netra")


def test_edits_of_what_is_out_of_sight_are_refused(sample_places, home):
    suning = account(sample_places, "suning", "operator_desa", SUNING)
    seen = look(sample_places, home)
    edits = {f"households:{home}": {"note": "x"}}
    with pytest.raises((Conflict, NotAllowed)):
        store(sample_places, suning, home, base_of(seen), edits)
    assert look(sample_places, home).household["note"] is None


def test_only_what_the_form_shows_can_be_edited(sample_places, goa, home):
    seen = look(sample_places, home)
    with pytest.raises(ValueError, match="users"):
        store(sample_places, goa, home, {"users:1": {"version": 1}}, {"users:1": {"role": "admin"}})
    with pytest.raises(ValueError, match="is_void"):
        store(sample_places, goa, home, base_of(seen), {f"households:{home}": {"is_void": True}})


# ── welfare ─────────────────────────────────────────────────────────────────────────────────────


def found(registry, home):
    return [
        (r["as_of"], r["source"], r["spending_idr"], r["criterion_01"])
        for r in look(registry, home).evidence
    ]


def test_what_staff_found_is_evidence_of_its_own(sample_places, goa, home):
    values = {"spending_idr": 400_000.0, "criterion_01": True}
    seen = look(sample_places, home)
    record_evidence(sample_places, goa, ON, seen, ON, values, "kunjungan rumah")
    assert found(sample_places, home) == [(ON, "form", 400_000.0, True)]
    seen = look(sample_places, home)
    record_evidence(sample_places, goa, ON, seen, ON, {"criterion_01": False}, "salah ketik")
    assert found(sample_places, home) == [(ON, "form", 400_000.0, False)]
    with pytest.raises(Conflict):
        record_evidence(sample_places, goa, ON, seen, ON, {"criterion_01": None} | values, "x")


@pytest.mark.parametrize(
    ("as_of", "values", "key"),
    [
        (ON, {"spending_idr": None}, "entry_no_evidence"),
        (ON, {"n_residents": 0}, "entry_range"),
        (ON, {"spending_idr": -1.0}, "entry_range"),
        (ON + dt.timedelta(days=1), {"criterion_01": True}, "entry_date"),
    ],
)
def test_evidence_that_cannot_be(sample_places, goa, home, as_of, values, key):
    with pytest.raises(EntryError) as caught:
        record_evidence(sample_places, goa, ON, look(sample_places, home), as_of, values, "x")
    assert [problem.key for problem in caught.value.problems] == [key]
    assert found(sample_places, home) == []
