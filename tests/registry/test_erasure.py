"""Erasure by law: nothing in the files tells of the person, and the others are as before."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, as_json, transaction
from pbrt_geo.registry.erasure import GONE, ErasureError, clean, erase
from pbrt_geo.registry.integrity import faults
from pbrt_geo.registry.rights import COMMAND, NotAllowed
from registry.registries import ON, RTS
from registry.watched_people import BEGAN, NAMES, fill, number

OLD_NAME, NAME = NAMES[1], "Sahnun Lalu Rimba"
RT = next(iter(RTS))
REQUEST = "Permohonan 17/2026"
SINCE = {"valid_from": BEGAN, "valid_to": None, "cause": "recorded"}


@pytest.fixture
def actors(sample_places):
    """Everything that may tell of resident 1: corrections, remarks, lists, drafts, reasons."""
    actors = fill(sample_places)
    with sample_places.write(actors["rt"], ON, "form", f"Nama {OLD_NAME} dibetulkan") as work:
        work.update(t.residents, 1, 1, name=NAME, birth_date=ON, disability="netra-berat")
        work.update(t.households, 1, 1, note=f"rumah {NAME.upper()}, tetangga Dewi", lon=116.8)
        work.update(t.evidence, 1, 1, floor="tanah-liat-merah")
        work.update(t.list_entries, 1, 1, reason=f"anak {NAME} sakit")
        work.update(t.rt_notes, 1, 1, text=f"{NAME} ketua pengajian; Dewi ketua PKK")
        work.insert(t.rt_matters, rt_id=RT, as_of=ON, kind="masalah", text=f"Sumur {OLD_NAME}")
        work.update(t.rt_stages, 1, 1, evidence=f"Dipimpin {NAME}")
        draft = {"form": "resident", "key": "1", "data": {"name": NAME}, "saved_at": "2026"}
        work.put(t.drafts, [draft | {"user_id": actors["rt"].user_id}])
    return actors


TRACES = (OLD_NAME, NAME, number(1), "Jalan 1", "netra-berat", "tanah-liat-merah")


def everything(registry):
    """All values of all tables, as text."""
    with transaction(registry.engine, writes=False) as connection:
        rows = [
            list(row)
            for table in t.metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return as_json(rows)


def files_of(registry):
    """All bytes of the files of an SQLite registry."""
    file = Path(registry.engine.url.database)
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


def found(traces, text):
    return [trace for trace in traces if trace.lower() in text.lower()]


def test_nothing_tells_of_who_was_erased(sample_places, actors):
    assert found(TRACES, everything(sample_places)) == list(TRACES)
    done = erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    assert found(TRACES, everything(sample_places)) == []
    assert done.is_clean and done.n_drafts == 1 and done.n_rows > 8 and done.n_changes > 8


def test_the_files_hold_no_left_over(sample_places, actors):
    if sample_places.engine.dialect.name != "sqlite":
        assert clean(sample_places.engine)
        return
    assert found(TRACES, files_of(sample_places).decode("latin-1")) == list(TRACES)
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    assert found(TRACES, files_of(sample_places).decode("latin-1")) == []


def test_the_others_are_as_before(sample_places, actors):
    def others():
        with sample_places.read(COMMAND, ON) as reading:
            return [
                dict(row)
                for table in (t.households, t.residents, t.evidence, t.memberships)
                for row in reading.rows(select(reading.visible(table)))
                if row["id"] != 1
            ]

    before = others()
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    assert others() == before
    with sample_places.read(COMMAND, ON) as reading:
        assert reading.get(t.rt_notes, 1)["text"] == f"{GONE} ketua pengajian; Dewi ketua PKK"
        assert reading.get(t.list_entries, 1)["reason"] is None  # of the household, now empty
        assert reading.get(t.residents, 1) is reading.get(t.households, 1) is None


def test_a_household_with_others_in_it_keeps_what_is_theirs(sample_places, actors):
    with sample_places.write(actors["rt"], ON, "form", "Uji") as work:
        wife = work.insert(t.residents, nik=number(21), nik_state="valid", name="Dewi Rimba")
        row = {"resident_id": wife, "household_id": 1, "role": "spouse"}
        work.insert(t.memberships, **row, **SINCE)
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    with sample_places.read(actors["rt"], ON) as reading:
        home = reading.get(t.households, 1)
        assert (home["no_kk"], home["address"]) == (number(1), "Jalan 1")
        assert home["note"] == f"rumah {GONE}, tetangga Dewi"
        assert reading.get(t.evidence, 1)["floor"] == "tanah-liat-merah"
        assert reading.get(t.list_entries, 1)["reason"] == f"anak {GONE} sakit"
        assert [row["id"] for row in reading.rows(select(reading.visible(t.residents)))] == [wife]
    traces = (OLD_NAME, NAME, "netra-berat")
    assert found(traces, everything(sample_places)) == []
    if sample_places.engine.dialect.name == "sqlite":
        assert found(traces, files_of(sample_places).decode("latin-1")) == []


def test_who_moved_out_leaves_the_house_to_those_in_it(sample_places, actors):
    with sample_places.write(COMMAND, ON, "mutation", "Uji") as work:
        row = {"resident_id": 3, "household_id": 1, "role": "child"}
        work.insert(t.memberships, **row, **SINCE)
        work.update(t.memberships, 1, 1, valid_to=ON)
        row = {"resident_id": 1, "household_id": 2, "role": "parent", "cause": "moved"}
        work.insert(t.memberships, **row, valid_from=ON, valid_to=None)
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    with sample_places.read(COMMAND, ON) as reading:
        for household_id in (1, 2):
            assert reading.get(t.households, household_id)["no_kk"] == number(household_id)


def test_the_record_tells_that_it_was_done_and_stays_whole(sample_places, actors):
    done = erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    with sample_places.read(COMMAND, ON) as reading:
        batch = reading.get(t.batches, done.batch_id)
        told = (batch["actor"], batch["kind"], batch["reason"])
        assert told == ("bappeda", "erasure", REQUEST)
        seen = reading.visible(t.batches)
        reasons = [row["reason"] for row in reading.rows(select(seen))]
        assert f"Nama {GONE} dibetulkan" in reasons
    with transaction(sample_places.engine, writes=False) as connection:
        assert faults(connection) == {}


def test_a_second_time_there_is_nobody(sample_places, actors):
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    before = everything(sample_places)
    for actor in (actors["bappeda"], COMMAND):
        with pytest.raises(ErasureError, match="Tidak ada orang"):
            erase(sample_places, actor, ON, 1, REQUEST)
    assert everything(sample_places) == before


def test_who_was_taken_back_before_is_erased_by_a_command(sample_places, actors):
    with sample_places.write(actors["rt"], ON, "form", "Salah catat") as work:
        work.void(t.residents, 1, 2)
    with pytest.raises(ErasureError):
        erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    erase(sample_places, COMMAND, ON, 1, REQUEST)
    assert found(TRACES, everything(sample_places)) == []


@pytest.mark.parametrize(
    "reason", ["", "  ", f"Permohonan {OLD_NAME}", f"permohonan {NAME.lower()}"]
)
def test_the_reason_names_nobody(sample_places, actors, reason):
    before = everything(sample_places)
    with pytest.raises(ErasureError) as refused:
        erase(sample_places, actors["bappeda"], ON, 1, reason)
    assert found(TRACES, refused.value.text("id") + refused.value.text("en")) == []
    assert everything(sample_places) == before


def test_only_who_has_the_right_erases_and_only_in_the_own_area(sample_places, actors):
    for who in ("rt", "desa", "kecamatan", "opd", "bupati", "admin", "publik"):
        with pytest.raises(NotAllowed):
            erase(sample_places, actors[who], ON, 1, REQUEST)
    with pytest.raises(ErasureError):
        erase(sample_places, actors["bappeda"], ON, 999, REQUEST)


def test_the_record_of_others_is_not_erased_with_it(sample_places, actors):
    with transaction(sample_places.engine, writes=False) as connection:
        c = t.changes
        query = select(c.c.seq).where(
            c.c.entity == "residents", c.c.row_id != 1, c.c.after.is_not(None)
        )
        before = connection.execute(query).all()
    erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
    with transaction(sample_places.engine, writes=False) as connection:
        assert connection.execute(query).all() == before and len(before) == 3


def test_somebody_who_reads_meanwhile_delays_the_cleaning_only(sample_places, actors):
    if sample_places.engine.dialect.name != "sqlite":
        return  # a reader there waits for the cleaning, or the cleaning for the reader
    with sample_places.read(actors["desa"], ON) as reading:
        reading.rows(select(reading.visible(t.residents)))
        done = erase(sample_places, actors["bappeda"], ON, 1, REQUEST)
        assert not done.is_clean
    assert clean(sample_places.engine)
    assert found(TRACES, files_of(sample_places).decode("latin-1")) == []


def test_the_record_itself_cannot_be_rewritten_by_way_of_an_erasure(sample_places, actors):
    b = t.batches
    for values in (
        {"reason": "lain"},
        {"actor": "lain", "reason": GONE},
        {"reason": GONE, "user_id": 1},
        {"reason": GONE, "about": {"n": 1}},
        {"reason": GONE, "content_hash": "lain"},
    ):
        with (
            pytest.raises(RegistryError),
            transaction(sample_places.engine, writes=True) as connection,
        ):
            connection.execute(update(b).where(b.c.id == 1).values(**values))
