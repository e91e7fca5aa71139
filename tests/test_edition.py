"""Editions: same input, same bytes; one changed byte is found; nothing personal inside."""

import datetime as dt
import json

import pandas as pd
import pytest
import shapely
import village

from pbrt_geo import build_edition, compare_editions, read_edition, read_shelf, verify_edition
from pbrt_geo.edition import CELL, RANGE, file_hash
from pbrt_geo.errors import EditionError
from pbrt_geo.files import write_parquet
from pbrt_geo.region import Region

HOUSEHOLDS = """
household_id rt n_residents spending_idr
SECRET-A     1  4           50
SECRET-B     1  2           150
SECRET-C     2  3           .
SECRET-D     3  1           150
"""


def region(**given):
    about = {
        "id": "village",
        "name": {"id": "Desa Uji", "en": "Test village"},
        "kabupaten_id": "52.07",
        "round": [{"as_of": village.DATE, "estimated": True}],
    }
    defaults = {
        "households": village.households(HOUSEHOLDS),
        "rt_boundaries": village.boundaries(village.RT1, village.RT2, village.RT3),
    }
    return Region(None, about, village.tables(**(defaults | given)))


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return build_edition(region(), village.DATE, tmp_path_factory.mktemp("shelf") / "a")


def test_equal_input_gives_equal_bytes(edition, tmp_path):
    again = build_edition(region(), village.DATE, tmp_path / "b")
    assert again.id == edition.id
    for file in edition.path.iterdir():
        assert file_hash(file) == file_hash(again.path / file.name)


def test_a_whole_edition_verifies(edition):
    assert verify_edition(edition.path) == []


def test_one_changed_byte_is_found_in_any_file(edition, tmp_path):
    names = [file.name for file in edition.path.iterdir() if file.name != "edition.json"]
    copy = build_edition(region(), village.DATE, tmp_path / "copy").path
    for name in names:
        whole = (copy / name).read_bytes()
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 1
        (copy / name).write_bytes(damaged)
        assert [p.facts["file"] for p in verify_edition(copy)] == [name]
        (copy / name).write_bytes(whole)
    about = json.loads((copy / "edition.json").read_text(encoding="utf-8"))
    (copy / "edition.json").write_text(json.dumps(about | {"as_of": "2009-12-31"}))
    assert [p.key for p in verify_edition(copy)] == ["changed_file"]


def test_nothing_personal_is_inside(edition):
    content = b"".join(file.read_bytes() for file in edition.path.iterdir())
    assert b"SECRET" not in content
    tables = [pd.read_parquet(file) for file in edition.path.glob("*.parquet")]
    assert not any(
        t.astype("str").apply(lambda c: c.str.contains("SECRET")).any().any()
        for t in tables
        if "geometry" not in t
    )


def test_a_personal_column_is_found(edition, tmp_path):
    copy = build_edition(region(), village.DATE, tmp_path / "copy").path
    table = pd.read_parquet(copy / "programmes.parquet").assign(spending_idr=1.0)
    table.to_parquet(copy / "programmes.parquet")
    reseal(copy)
    assert [p.key for p in verify_edition(copy)] == ["personal_column"]


def reseal(folder):
    from pbrt_geo.edition import content_hash

    about = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    about["files"] = {name: file_hash(folder / name) for name in about["files"]}
    about["id"] = content_hash(about)
    (folder / "edition.json").write_text(json.dumps(about), encoding="utf-8")


def test_the_four_nothings_and_the_value(edition):
    states = edition.column("poverty_rate", "rt")["state"]
    assert states[village.RT1] == "value"
    assert states[village.RT2] == "no_data"
    assert states[village.RT3] == "zero"
    later = edition.column_on("poverty_rate", "rt", pd.Index([village.RT1, "RT-5207-00009-1"]))
    assert list(later["state"]) == ["value", "not_yet_formed"]


def test_a_number_shows_what_it_rests_on(edition):
    row = edition.column("poverty_rate", "kabupaten").loc["52.07"]
    assert (row["numerator"], row["denominator"]) == (4, 7)
    assert row["known_rate"] == pytest.approx(7 / 10)


def test_a_public_edition_says_ranges_and_counts_nobody(edition, tmp_path):
    folder = build_edition(region(), village.DATE, tmp_path / "public").path
    table = pd.read_parquet(folder / "values.parquet")
    ranges = {"low": 0.2, "high": 0.4, "closed": False, "since": table["period"]}
    nothing = dict.fromkeys(("numerator", "denominator", "known_rate"), float("nan"))
    write_parquet(table.assign(value=0.3, **nothing, **ranges), folder / "values.parquet")
    about = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    about["indicators"] = [entry | {"classes": [0.2, 0.4]} for entry in about["indicators"]]
    (folder / "edition.json").write_text(json.dumps(about | {"kind": "public"}))
    reseal(folder)
    public = read_edition(folder)
    assert verify_edition(folder) == []
    assert public.is_public
    assert not edition.is_public
    assert public.indicator("poverty_rate").classes == (0.2, 0.4)
    assert edition.indicator("poverty_rate").classes == ()
    cell = public.column("poverty_rate", "rt").loc[village.RT1]
    assert list(cell.index) == [*CELL, *RANGE, "evidence"]
    assert (cell["low"], cell["high"], bool(cell["closed"])) == (0.2, 0.4, False)
    assert cell["since"] == pd.Timestamp(village.DATE)
    assert list(edition.column("poverty_rate", "rt")) == [*CELL, "evidence"]
    later = public.column_on("poverty_rate", "rt", pd.Index([village.RT1, "RT-5207-00009-1"]))
    assert list(later["state"]) == ["value", "not_yet_formed"]
    assert later["closed"].dtype == bool
    assert later["since"].isna().tolist() == [False, True]


def test_totals_of_each_level_agree(edition):
    for indicator in ("n_households", "n_residents", "n_rt"):
        totals = {
            level: edition.column(indicator, level)["value"].sum()
            for level in ("rt", "desa", "kecamatan", "kabupaten")
        }
        assert len(set(totals.values())) == 1


def test_map_names_are_escaped(tmp_path):
    rts = village.rt_table(village.RTS)
    rts["name"] = "<img src=x onerror=alert(1)> Ma`ruf"
    built = build_edition(region(rt=rts), village.DATE, tmp_path / "e")
    feature = json.loads(built.map_file("rt").read_text(encoding="utf-8"))["features"][0]
    assert feature["properties"]["n"] == "&lt;img src=x onerror=alert(1)&gt; Ma`ruf"
    assert feature["properties"]["i"] == 0


def test_upper_levels_are_the_union_of_the_lower(edition):
    rt, kabupaten = (shapely.area(edition.boundaries(n).geometry) for n in ("rt", "kabupaten"))
    assert kabupaten.sum() == pytest.approx(rt.sum())


def test_a_region_with_desa_boundaries_only(tmp_path):
    from pbrt_geo import schema
    from pbrt_geo.region import empty_table

    desa = village.boundaries("52.07.01.2001", "52.07.01.2002").rename(columns={"rt_id": "area_id"})
    bare = region(
        rt_boundaries=empty_table(schema.RT_BOUNDARIES),
        households=empty_table(schema.HOUSEHOLDS),
        rt=empty_table(schema.RT),
        area_boundaries=desa,
        parameters=empty_table(schema.PARAMETERS),
    )
    built = build_edition(bare, village.DATE, tmp_path / "e")
    assert built.mapped_levels == ("desa", "kecamatan", "kabupaten")
    for indicator in ("poverty_rate", "n_rt", "n_rt_born"):
        assert (built.column(indicator, "desa")["state"] == "no_data").all()


def test_comparing_finds_what_changed(edition, tmp_path):
    more = village.households(HOUSEHOLDS.replace("150", "50"))
    after = build_edition(region(households=more), village.DATE, tmp_path / "e")
    changed = compare_editions(edition, after)
    rates = changed[(changed["indicator"] == "poverty_rate") & (changed["level"] == "rt")]
    assert list(rates["area_id"]) == [village.RT1, village.RT3]
    assert compare_editions(edition, edition).empty


def test_a_failed_build_leaves_the_old_edition(edition, tmp_path):
    built = build_edition(region(), village.DATE, tmp_path / "e")

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_edition(region(), village.DATE, tmp_path / "e", progress=stop)
    assert verify_edition(built.path) == []
    assert [file.name for file in tmp_path.iterdir()] == ["e"]


def test_a_shelf_is_sorted_by_date(tmp_path):
    for year in (2008, 2007):
        build_edition(region(), dt.date(year, 12, 31), tmp_path / f"z{2010 - year}")
    assert [edition.as_of.year for edition in read_shelf(tmp_path)] == [2007, 2008]
    assert len(read_shelf(tmp_path / "z2")) == 1


def test_editions_of_several_regions_or_twice_of_a_date_do_not_share_a_shelf(tmp_path):
    build_edition(region(), village.DATE, tmp_path / "a")
    build_edition(region(), village.DATE, tmp_path / "b")
    with pytest.raises(EditionError, match="tanggal yang sama"):
        read_shelf(tmp_path)
    other = region()
    other.about["id"] = "other"
    build_edition(other, dt.date(2007, 12, 31), tmp_path / "b")
    with pytest.raises(EditionError, match="beberapa wilayah"):
        read_shelf(tmp_path)


def test_what_is_no_edition_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(EditionError, match="pbrt edition build"):
        read_edition(tmp_path)
    (tmp_path / "edition.json").write_text("{")
    with pytest.raises(EditionError, match="rusak"):
        read_edition(tmp_path)
    (tmp_path / "edition.json").write_text('{"format": 99}')
    with pytest.raises(EditionError, match="lebih baru"):
        read_edition(tmp_path)
