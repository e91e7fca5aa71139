"""Events are recorded, corrected and accepted all or nothing; what was written stays."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from village import AREAS, RT1, RT2, RT3, event_tables, table

from pbrt_geo.codes import rt_id, unit_id
from pbrt_geo.errors import LineageError
from pbrt_geo.recording import Draft, correct_event, record_event, record_events
from pbrt_geo.region import Region, read_region

RT4, RT5 = rt_id("52.07", 4), rt_id("52.07", 5)
GOA, BELO = "52.07.01.2001", "52.07.01.2002"
EVENTS = f"""
2003-12-18 awal    > 1:{GOA} 2:{GOA} 3:{BELO}
2007-05-01 pecah 1 > 1 4:{GOA}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A region with four RTs and two events."""
    (tmp_path / "region.toml").write_text(
        'id = "contoh"\nname = "Contoh"\nkabupaten_id = "52.07"\n[[round]]\nas_of = 2008-12-31\n',
        encoding="utf-8",
    )
    table("areas", AREAS).to_csv(tmp_path / "areas.csv", index=False)
    for name, rows in event_tables(EVENTS).items():
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def unit(role: str, unit_id: str | None = None, **told: str) -> dict[str, str | None]:
    return {"role": role, "unit_id": unit_id, **told}


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def name_of(region: Region, rt: str, date: dt.date) -> str:
    return str(region.rt_on(date).at[rt, "name"])


MERGER = {"kind": "gabung", "date": dt.date(2008, 3, 1), "sk_number": "SK 4/2008"}
UNITS = [unit("before", RT1), unit("before", RT2), unit("after", RT1)]


def test_an_event_is_recorded_before_any_polygon_exists(folder: Path) -> None:
    before = pd.read_csv(folder / "events.csv", dtype=str)
    assert record_event(folder, MERGER, UNITS) == "E00003"
    region = read_region(folder)
    assert list(region.rt_on(dt.date(2008, 2, 29)).index) == [RT1, RT2, RT3, RT4]
    assert list(region.rt_on(dt.date(2008, 3, 1)).index) == [RT1, RT3, RT4]
    assert region.lineage.successors(RT2, dt.date(2008, 12, 31)) == [RT1]
    after = pd.read_csv(folder / "events.csv", dtype=str)
    pd.testing.assert_frame_equal(after.iloc[:2], before)
    assert after.loc[2, "source"] == "SK 4/2008"


def test_new_units_get_the_next_free_id_and_the_parent_of_those_before(folder: Path) -> None:
    units = [unit("before", RT2), unit("after", RT2), unit("after", number="007")]
    event = {"kind": "pecah", "date": dt.date(2008, 4, 1), "source": "arsip"}
    record_event(folder, event, units)
    row = read_region(folder).rt_on(dt.date(2008, 4, 1)).loc[RT5]
    assert (row["desa_id"], row["number"], row["name"]) == (GOA, "007", "RT 007")
    dusun = [unit("after", parent_id=GOA, name="Dusun Melati")]
    about = {"level": "dusun", "kind": "bentuk", "date": dt.date(2008, 1, 1), "source": "arsip"}
    record_event(folder, about, dusun)
    living = read_region(folder).lineage.on(dt.date(2008, 1, 1), "dusun")
    assert list(living.index) == [unit_id("dusun", "52.07", 1)]


def test_what_a_new_name_does_not_say_stays(folder: Path) -> None:
    number = {"kind": "ganti_nomor", "date": dt.date(2008, 1, 1), "source": "arsip"}
    units = [unit("before", RT1), unit("after", RT1, number="011", rw="002", name="RT 011")]
    name = {"kind": "ganti_nama", "date": dt.date(2008, 2, 1), "source": "arsip"}
    renamed = [unit("before", RT1), unit("after", RT1, name="RT Anggrek")]
    bare = [unit("before", RT1), unit("after", RT1, name="RT Anggrek", rw="")]
    drafts = [
        Draft(number, units),
        Draft(name, renamed),
        Draft(name | {"date": "2008-03-01"}, bare),
    ]
    assert record_events(folder, drafts) == ["E00003", "E00004", "E00005"]
    region = read_region(folder)
    row = region.rt_on(dt.date(2008, 2, 1)).loc[RT1]
    assert (row["number"], row["rw"], row["name"]) == ("011", "002", "RT Anggrek")
    assert pd.isna(region.rt_on(dt.date(2008, 3, 1)).at[RT1, "rw"])


def test_what_contradicts_is_refused_and_nothing_is_written(folder: Path) -> None:
    before = content(folder)
    late = [unit("before", RT2), unit("after", RT2, name="RT Baru")]
    rename = Draft({"kind": "ganti_nama", "date": dt.date(2009, 1, 1), "source": "arsip"}, late)
    with pytest.raises(LineageError) as told:
        record_events(folder, [Draft(MERGER, UNITS), rename])
    assert told.value.problems[0].key == "lineage_ended_unit"
    assert f"E00004 ({RT2})" in told.value.text()
    assert content(folder) == before


def test_a_dry_run_gives_the_ids_and_writes_nothing(folder: Path) -> None:
    before = content(folder)
    assert record_events(folder, [Draft(MERGER, UNITS)], check_only=True) == ["E00003"]
    assert content(folder) == before


def test_a_correction_replaces_the_event_and_keeps_its_row(folder: Path) -> None:
    again = {"kind": "pecah", "date": dt.date(2008, 6, 1), "source": "arsip"}
    units = [unit("before", RT1), unit("after", RT1), unit("after", RT4, number="004")]
    assert correct_event(folder, "E00002", "tanggal salah", again, units) == "E00003"
    region = read_region(folder)
    assert RT4 not in region.rt_on(dt.date(2008, 5, 31)).index
    assert region.rt_on(dt.date(2008, 6, 1)).at[RT4, "desa_id"] == GOA
    rows = pd.read_csv(folder / "events.csv", dtype=str).set_index("event_id")
    assert rows.loc["E00002", "date"] == "2007-05-01"
    assert rows.loc["E00003", ["corrects", "reason"]].tolist() == ["E00002", "tanggal salah"]
    assert list(region.lineage.events.index) == ["E00001", "E00003"]


def test_an_event_can_be_cancelled_and_the_cancellation_taken_back(folder: Path) -> None:
    assert correct_event(folder, "E00002", "tidak pernah terjadi") == "E00003"
    assert RT4 not in read_region(folder).lineage.periods["unit_id"].tolist()
    again = {"kind": "pecah", "date": dt.date(2007, 5, 1), "source": "arsip"}
    units = [unit("before", RT1), unit("after", RT1), unit("after", RT4, number="004")]
    correct_event(folder, "E00003", "terjadi juga", again, units)
    assert read_region(folder).rt_on(dt.date(2008, 1, 1)).at[RT4, "name"] == "RT 004"


def test_no_correction_leaves_data_without_their_rt(folder: Path) -> None:
    reports = pd.DataFrame({"programme_id": ["pangan"], "as_of": ["2008-12-31"], "rt_id": [RT4]})
    reports.to_csv(folder / "programme_reports.csv", index=False)
    before = content(folder)
    with pytest.raises(LineageError, match=f"1 baris tabel programme_reports .* {RT4}"):
        correct_event(folder, "E00002", "tidak pernah terjadi")
    assert content(folder) == before


def test_the_first_event_turns_the_list_of_rts_into_events(folder: Path) -> None:
    rt = read_region(folder).tables["rt"]
    (folder / "events.csv").unlink()
    (folder / "event_units.csv").unlink()
    rt.to_csv(folder / "rt.csv", index=False)
    assert record_event(folder, MERGER, UNITS) == "E00005"
    assert not (folder / "rt.csv").exists()
    region = read_region(folder)
    kinds = ["awal", "awal", "awal", "bentuk", "gabung"]
    assert region.lineage.events["kind"].tolist() == kinds
    assert list(region.rt_on(dt.date(2008, 3, 1)).index) == [RT1, RT3, RT4]


def test_a_list_of_rts_that_disagrees_with_the_events_is_refused(folder: Path) -> None:
    rt = read_region(folder).tables["rt"]
    rt.to_csv(folder / "rt.csv", index=False)
    assert len(read_region(folder).tables["rt"]) == 4
    rt.loc[1, "name"] = "RT Lain"
    rt.to_csv(folder / "rt.csv", index=False)
    with pytest.raises(LineageError, match=f"berbeda di 2 baris, pada RT {RT2}"):
        read_region(folder)
    with pytest.raises(LineageError, match="berbeda di 2 baris"):
        record_event(folder, MERGER, UNITS)


def test_parquet_stays_parquet(folder: Path) -> None:
    for name in ("events", "event_units"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        (folder / f"{name}.csv").unlink()
    record_event(folder, MERGER, UNITS)
    assert not list(folder.glob("event*.csv"))
    assert len(read_region(folder).lineage.events) == 3
