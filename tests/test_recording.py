"""Events are recorded, corrected and accepted all or nothing; what was written stays."""

import datetime as dt
from pathlib import Path

import boundary_files
import geopandas as gpd
import pandas as pd
import pytest
from drawing import draw
from village import AREAS, RT1, RT2, RT3, event_tables, table

from pbrt_geo.acceptance import accept_proposals
from pbrt_geo.boundaries import import_file
from pbrt_geo.cli import main
from pbrt_geo.codes import rt_id, unit_id
from pbrt_geo.errors import BoundaryError, LineageError
from pbrt_geo.lineage import read_lineage
from pbrt_geo.recording import Draft, correct_event, record_event, record_events
from pbrt_geo.region import read_region, read_table
from pbrt_geo.schema import EVENT_UNITS
from pbrt_geo.schema import EVENTS as EVENTS_TABLE

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


# ── accepted proposals ──────────────────────────────────────────────────────────────────────────


def proposals(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Accepted proposals: kind, before, after, names before, names after."""
    names = ["kind", "before", "after", "names_before", "names_after"]
    table = pd.DataFrame(rows, columns=names)
    ids = [f"P{number:03d}" for number in range(1, len(table) + 1)]
    return table.assign(proposal_id=ids, decision="terima")


DAY = dt.date(2009, 1, 1)


def test_accepted_proposals_become_events_of_one_day(folder: Path) -> None:
    told = proposals(
        ("pecah", RT3, f"{RT3};new#7", "RT 003", "RT 003;RT 008"),
        ("ubah_batas", f"{RT1};{RT2}", f"{RT1};{RT2}", "a;b", "a;b"),
        ("ubah_batas", f"{RT2};{RT4}", f"{RT2};{RT4}", "b;c", "b;c"),
        ("ganti_nomor", RT2, RT2, "RT 002", "RT 022"),
        ("bubar", "", "", "", ""),
    )
    told.loc[4, "decision"] = "tolak"
    ids = accept_proposals(folder, told, DAY, "SK 1/2009")
    assert ids == ["E00003", "E00004"]
    lineage = read_region(folder).lineage
    assert lineage.events.loc[ids, "kind"].tolist() == ["pecah", "ubah_batas"]
    moved = lineage.units[
        (lineage.units["event_id"] == "E00004") & (lineage.units["role"] == "after")
    ]
    assert moved["unit_id"].tolist() == [RT1, RT2, RT4]
    living = lineage.on(DAY)
    assert living.loc[RT5, ["parent_id", "number", "name"]].tolist() == [BELO, "008", "RT 008"]
    assert living.loc[RT2, ["number", "name"]].tolist() == ["022", "RT 022"]


def test_a_desa_without_events_was_there_when_recording_began(folder: Path) -> None:
    areas = pd.read_csv(folder / "areas.csv", dtype=str)
    new = {"area_id": "52.07.01.2009", "level": "desa", "name": "Goa Baru", "kind": "Desa"}
    new["parent_id"] = "52.07.01"
    pd.concat([areas, pd.DataFrame([new])]).to_csv(folder / "areas.csv", index=False)
    told = proposals(("pecah", GOA, f"{GOA};52.07.01.2009", "Goa", "Goa;Goa Baru"))
    assert accept_proposals(folder, told, DAY, source="Perda 3/2008") == ["E00003", "E00004"]
    region = read_region(folder)
    assert "52.07.01.2009" not in region.on(dt.date(2008, 12, 31)).areas.index
    areas_now = region.on(DAY).areas
    assert areas_now.loc["52.07.01.2009", ["name", "parent_id"]].tolist() == [
        "Goa Baru",
        "52.07.01",
    ]
    assert region.lineage.lives("desa")["born"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (("ganti_nomor", RT1, RT5, "RT 001", "RT 001"), "lineage_proposal_recoded"),
        (("gabung", "old#3;old#4", RT1, "a;b", "a"), "lineage_proposal_uncoded"),
        (("pecah", GOA, f"{GOA};new#2", "Goa", "Goa;Baru"), "lineage_proposal_uncoded"),
    ],
)
def test_proposals_without_identity_are_refused(
    folder: Path, row: tuple[str, str, str, str, str], key: str
) -> None:
    before = content(folder)
    with pytest.raises(LineageError, match="P001") as told:
        accept_proposals(folder, proposals(row), DAY)
    assert told.value.problems[0].key == key
    assert content(folder) == before
    with pytest.raises(LineageError, match="dari 1"):
        accept_proposals(folder, proposals(row).assign(decision="tolak"), DAY)


# ── neighbourhoods of BPS in a region with events ───────────────────────────────────────────────


SLS = """
    A a B
    C D D
"""


def sls_file(folder: Path) -> Path:
    codes = (
        "52070200040001",
        "52070200040002",
        "52070200020001",
        "52070200020002",
        "52070200050001",
    )
    told = {"idsls": codes, "nmsls": [f"RT 0{n}" for n in range(1, 6)]}
    path = folder / "sls.geojson"
    draw(SLS).reset_index(drop=True).assign(**told).to_file(path, driver="GeoJSON")
    return path


@pytest.fixture
def bps(folder: Path) -> Path:
    """The region with codes of BPS; its desa Goa has RTs, Belo one, Beru none."""
    boundary_files.AREAS.to_csv(folder / "areas.csv", index=False)
    return folder


def test_what_a_bps_file_founds_is_recorded_as_events(bps: Path, tmp_path: Path) -> None:
    codes = ("52070200040001", "52070200040002", "52070200020001", "52070200020002")
    mapping = pd.DataFrame({"idsls": codes, "rt_id": [RT1, RT2, RT4, RT3]})
    mapping.to_csv(tmp_path / "padanan.csv", index=False)
    path = sls_file(tmp_path)
    before = content(bps)
    with pytest.raises(BoundaryError, match="--mapping"):
        import_file(path, bps, date=DAY)
    assert content(bps) == before
    result = import_file(path, bps, date=DAY, mapping=tmp_path / "padanan.csv")
    assert (result.figures["n_stored"], result.figures["n_new_rt"]) == (5, 1)
    events = pd.read_csv(bps / "events.csv", dtype=str)
    assert events["kind"].tolist()[2:] == ["awal", "ganti_nomor"]
    assert not (bps / "rt.csv").exists()
    lineage = read_lineage(*(read_table(t, bps) for t in (EVENTS_TABLE, EVENT_UNITS)))
    living = lineage.on(DAY)
    assert living["idsls"].tolist() == [*codes[:2], codes[3], codes[2], "52070200050001"]
    assert pd.isna(lineage.lives().at[RT5, "born"])
    stored = gpd.read_parquet(bps / "rt_boundaries.parquet")
    assert sorted(stored["rt_id"]) == [RT1, RT2, RT3, RT4, RT5]


# ── the commands ────────────────────────────────────────────────────────────────────────────────


def test_the_example_of_the_command_can_be_recorded_in_the_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = Path(__file__).parents[1] / "geodata" / "sample"
    for language in ("id", "en"):
        assert main(["--lang", language, "lineage", "record", "--example"]) == 0
        (tmp_path / "peristiwa.toml").write_text(capsys.readouterr().out, encoding="utf-8")
        command = ["--lang", language, "lineage", "record", str(tmp_path / "peristiwa.toml")]
        assert main([*command, "--region", str(region), "--check"]) == 0
        assert "--check" in capsys.readouterr().out


def test_commands_look_record_and_correct(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str, code: int = 0) -> str:
        assert main(["lineage", *words, "--region", str(folder)]) == code
        told = capsys.readouterr()
        return told.out + told.err

    assert run("list").splitlines() == [
        f"E00001 · 2003-12-18 · sudah ada sejak awal: – → {RT1}, {RT2}, {RT3} · –",
        f"E00002 · 2007-05-01 · pecah: {RT1} → {RT1}, {RT4} · –",
        "2 peristiwa.",
    ]
    merger = '[[event]]\nkind = "gabung"\ndate = 2008-03-01\nsource = "arsip"\n'
    merger += f'before = ["{RT1}", "{RT2}"]\nafter = ["{RT1}"]\n'
    file = tmp_path / "gabung.toml"
    file.write_text(merger, encoding="utf-8")
    assert run("record", str(file)) == "1 peristiwa dicatat: E00003.\n"
    assert "warganya dapat berada di 1 satuan:\n- " + RT1 in run(
        "successors", RT2, "--date", "2008-12-31"
    )
    assert f"{RT4} masih ada" in run("successors", RT4, "--date", "2008-12-31")
    shown = run("show", RT4).splitlines()
    assert shown[1].startswith(f"E00002 · 2007-05-01 · pecah: {RT1} → {RT1}, {RT4}")
    assert shown[-1] == f"2007-05-01 sampai kini: RT 004, {GOA}"
    assert run("on", "2008-03-01").count("\n") == 4
    assert "E00004" in run("correct", "E00003", "--reason", "bukan 2008")
    assert run("on", "2008-03-01").count("\n") == 5
    assert "lineage list" in run("show", "RT-5207-99999-1", code=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bukan toml [", "bukan berkas TOML"),
        ("[event]\nkind = 1\n", "bukan berkas TOML"),
        ('[[event]]\nkind = "bubar"\n', "belum ada: date"),
        ('[[event]]\nkind = "bubar"\ndate = 2008-01-01\nsiapa = "x"\n', "siapa"),
        ('[[event]]\nkind = "bubar"\ndate = 2008-01-01\nbefore = "RT"\n', "peristiwa ke-1"),
    ],
)
def test_a_file_that_says_no_events_is_refused(
    folder: Path, tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "salah.toml"
    file.write_text(text, encoding="utf-8")
    assert main(["lineage", "record", str(file), "--region", str(folder)]) == 1
    assert said in capsys.readouterr().err
