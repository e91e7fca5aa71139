"""Editions on common boundaries: every carried number says so, in both directions."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
import village
from test_crosswalk import AFTER_SPLIT, BEFORE, BELO, GOA, boundaries, households, rt

from pbrt_geo import build_edition, compare_editions, read_edition, read_shelf, verify_edition
from pbrt_geo.edition import SINCE_FORMAT_2, SINCE_FORMAT_3, content_hash, file_hash
from pbrt_geo.errors import EditionError
from pbrt_geo.lineage import lineage_of
from pbrt_geo.region import Region
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.series import ConvertedEdition, conversion_problem, on_boundaries

DATES = [dt.date(year, 12, 31) for year in (2006, 2007, 2008)]

EVENTS = f"""
2003-01-01 awal > 1:{GOA} 2:{GOA} 3:{BELO}
2007-05-01 pecah 1 > 1 5:{GOA}
2008-03-01 pindah 2 > 2:{BELO}
2008-09-01 bentuk > 6:{BELO}
"""

PEOPLE = """
household year rt x y n
a         2006 1  0 0 2
b         2006 1  1 0 4
c         2006 2  2 0 1
d         2006 3  3 0 1
a         2007 5  0 0 2
b         2007 1  1 0 5
c         2007 2  2 0 1
d         2007 3  3 0 1
a         2008 5  0 0 2
b         2008 1  1 0 5
c         2008 2  2 0 1
d         2008 3  3 0 1
e         2008 6  3 1 3
"""

LAST = AFTER_SPLIT.replace("5 1 2 3", "5 1 2 6", 1)
"""From May 2008, the upper cell of RT 3 is RT 6 (which is formed in September)."""


def region(people=PEOPLE):
    about = {
        "id": "village",
        "name": {"id": "Desa Uji", "en": "Test village"},
        "kabupaten_id": "52.07",
        "round": [{"as_of": date} for date in DATES],
    }
    given = village.event_tables(EVENTS) | {
        "households": households(people),
        "rt_boundaries": boundaries(y2003=BEFORE, y2007=AFTER_SPLIT, y2008=LAST),
    }
    tables = village.tables(**given)
    assert len(lineage_of(tables).on(DATES[2])) == 5
    return Region(None, about, tables)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    for date in DATES:
        build_edition(region(), date, folder / str(date.year))
    return read_shelf(folder)


def cells(edition, indicator, level="rt"):
    column = edition.column(indicator, level)
    return {
        int(area[8:13]) if level == "rt" else area: (
            None if np.isnan(row["value"]) else row["value"],
            row["state"],
            row["evidence"],
        )
        for area, row in column.iterrows()
    }


def test_an_edition_knows_what_happened_up_to_its_date(shelf):
    assert [list(edition.events["kind"]) for edition in shelf] == [
        ["awal"],
        ["awal", "pecah"],
        ["awal", "pecah", "pindah", "bentuk"],
    ]
    units = shelf[1].event_units
    split = units[units["event_id"] == "E00002"]
    assert list(split["role"] + split["unit_id"]) == [
        f"before{rt(1)}", f"after{rt(1)}", f"after{rt(5)}",
    ]  # fmt: skip


def test_who_was_there_from_the_beginning_was_not_born(shelf):
    born = shelf[2].rt_lives["born"]
    assert born[[rt(1), rt(2), rt(3)]].isna().all()
    assert born[rt(5)] == pd.Timestamp("2007-05-01")


def test_numbers_of_before_on_the_boundaries_of_after(shelf):
    there = on_boundaries(shelf, shelf[0], shelf[1])
    assert cells(there, "n_residents") == {
        1: (4, "value", "households"),
        2: (1, "value", ""),
        3: (1, "value", ""),
        5: (2, "value", "households"),
    }
    assert cells(there, "n_residents", "desa")[GOA] == (7, "value", "")


def test_numbers_of_after_on_the_boundaries_of_before(shelf):
    there = on_boundaries(shelf, shelf[2], shelf[0])
    assert cells(there, "n_residents") == {
        1: (7, "value", "lineage"),
        2: (1, "value", "lineage"),
        3: (4, "value", "points"),
    }
    # RT 2 had moved to the other desa with its one resident; the RT that was formed there did not.
    assert cells(there, "n_residents", "desa")[GOA] == (8, "value", "lineage")
    assert cells(there, "n_residents", "desa")[BELO] == (4, "value", "lineage")
    assert cells(there, "n_residents", "kecamatan")["52.07.01"] == (12, "value", "")


def test_an_area_that_was_not_there_and_got_nothing_is_not_yet_formed(shelf):
    there = on_boundaries(shelf, shelf[0], shelf[2])
    assert cells(there, "n_residents")[6] == (None, "not_yet_formed", "")
    assert cells(there, "n_rt")[5] == (None, "not_yet_formed", "")
    assert cells(there, "n_rt", "desa")[GOA] == (2, "value", "")


def test_it_behaves_as_an_edition(shelf):
    there = on_boundaries(shelf, shelf[0], shelf[2])
    assert isinstance(there, ConvertedEdition)
    assert there.is_converted
    assert not shelf[0].is_converted
    assert there.as_of == DATES[0]
    assert there.about["boundary_date"] == "2008-12-31"
    assert there.id not in {edition.id for edition in shelf}
    assert list(there.ids("rt")) == list(shelf[2].ids("rt"))
    assert list(there.boundaries("rt").index) == list(shelf[2].boundaries("rt").index)
    assert there.map_file("rt") == shelf[2].map_file("rt")
    assert there.mapped_levels == shelf[2].mapped_levels
    assert list(there.rt_lives.index) == list(shelf[0].rt_lives.index)
    assert set(there.crosswalk["data_date"]) == {pd.Timestamp(DATES[0])}
    wide = there.wide("rt")
    assert wide.loc[rt(5), "n_households"] == 1
    assert len(there.values) == sum(
        len(there.ids(i_level)) for _, i_level in shelf[0]._blocks
    )  # a row for each area of the other date
    changed = compare_editions(there, shelf[2])
    changed = changed[changed["indicator"] == "n_residents"].set_index("area_id")
    assert changed.loc[rt(1), "change"] == 1
    assert rt(5) not in changed.index


def test_no_column_says_that_nothing_changed(shelf):
    for data in shelf:
        for boundary in shelf:
            there = on_boundaries(shelf, data, boundary)
            found = {
                mark
                for name in there.indicators
                for level in ("rt", "desa")
                if there.has(name.id, level)
                for mark in there.column(name.id, level)["evidence"]
            }
            assert found <= {"", *EVIDENCE[1:]}
            assert (found == {""}) == (data is boundary)


def test_the_same_date_is_the_edition_itself(shelf):
    assert on_boundaries(shelf, shelf[1], shelf[1]) is shelf[1]
    assert (shelf[1].column("n_residents", "rt")["evidence"] == "").all()
    unknown = shelf[0].column_on("n_residents", "rt", pd.Index([rt(1), rt(5)]))
    assert list(unknown["evidence"]) == ["", ""]


def test_the_crosswalk_names_every_way_that_is_not_plain(shelf):
    table = shelf[1].crosswalk
    forth = table[table["boundary_date"] == pd.Timestamp(DATES[1])]
    assert forth[
        ["from_id", "to_id", "weight", "n_households", "evidence"]
    ].to_numpy().tolist() == [
        [rt(1), rt(1), 0.5, 1.0, "households"],
        [rt(1), rt(5), 0.5, 1.0, "households"],
    ]
    told = shelf[2].about["conversions"]
    assert [(entry["data_date"], entry["boundary_date"]) for entry in told] == [
        ("2006-12-31", "2008-12-31"),
        ("2008-12-31", "2006-12-31"),
        ("2007-12-31", "2008-12-31"),
        ("2008-12-31", "2007-12-31"),
    ]
    assert told[1]["evidence"] == {"lineage": 2, "points": 1}
    assert told[1]["n_areas"] == {"rt": 3, "desa": 2, "kecamatan": 0, "kabupaten": 0}
    assert all(entry["n_unplaced"] == 0 for entry in told)


def test_editions_with_conversions_are_sealed_and_the_same_every_time(shelf, tmp_path):
    again = build_edition(region(), DATES[2], tmp_path / "again")
    assert again.id == shelf[2].id
    assert verify_edition(again.path) == []


def test_an_edition_from_other_data_is_not_mixed_in(shelf, tmp_path):
    for date in DATES:
        build_edition(region(), date, tmp_path / str(date.year))
    build_edition(region(PEOPLE.replace("b         2006", "x 2006")), DATES[0], tmp_path / "2006")
    mixed = read_shelf(tmp_path)
    # Another name for the same household: the numbers are the same, and so is the file.
    assert conversion_problem(mixed, mixed[0], mixed[1]) is None
    build_edition(region(PEOPLE.replace("1 0 4", "1 0 5")), DATES[0], tmp_path / "2006")
    mixed = read_shelf(tmp_path)
    for data, boundary in ((mixed[0], mixed[1]), (mixed[1], mixed[0])):
        problem = conversion_problem(mixed, data, boundary)
        assert problem.key == "conversion_of_other_data"
        with pytest.raises(EditionError, match="data yang berbeda"):
            on_boundaries(mixed, data, boundary)
    assert conversion_problem(mixed, mixed[1], mixed[2]) is None


def test_an_edition_of_the_first_format_opens_without_lineage(shelf, tmp_path):
    old = build_edition(region(), DATES[1], tmp_path / "2007")
    about = json.loads((old.path / "edition.json").read_text(encoding="utf-8"))
    for name in (*SINCE_FORMAT_2, *SINCE_FORMAT_3):
        (old.path / f"{name}.parquet").unlink()
        del about["files"][f"{name}.parquet"]
    del about["conversions"]
    about |= {"format": 1}
    about["id"] = content_hash(about)
    (old.path / "edition.json").write_text(json.dumps(about), encoding="utf-8")
    old = read_edition(old.path)
    assert verify_edition(old.path) == []
    for name, columns in (SINCE_FORMAT_2 | SINCE_FORMAT_3).items():
        table = getattr(old, name)
        assert table.empty
        assert list(table.reset_index() if name == "events" else table) == list(columns)
    assert old.column("n_residents", "rt").loc[rt(1), "value"] == 5
    mixed = [shelf[0], old]
    problem = conversion_problem(mixed, old, shelf[0])
    assert problem.key == "conversion_missing"
    assert "Bangun ulang semua edisi" in problem.text("id")
    assert "Build all editions again" in problem.text("en")
    assert file_hash(old.path / "values.parquet") == about["files"]["values.parquet"]


def test_an_edition_of_the_second_format_opens_without_what_changed(tmp_path):
    old = build_edition(region(), DATES[1], tmp_path / "2007")
    about = json.loads((old.path / "edition.json").read_text(encoding="utf-8"))
    for name, columns in SINCE_FORMAT_3.items():
        assert list(getattr(old, name)) == list(columns)
        (old.path / f"{name}.parquet").unlink()
        del about["files"][f"{name}.parquet"]
    about |= {"format": 2}
    about["id"] = content_hash(about)
    (old.path / "edition.json").write_text(json.dumps(about), encoding="utf-8")
    old = read_edition(old.path)
    assert verify_edition(old.path) == []
    for name, columns in SINCE_FORMAT_3.items():
        assert getattr(old, name).empty
        assert list(getattr(old, name)) == list(columns)
    assert len(old.converted) > 0


def test_a_round_that_cannot_be_computed_does_not_stop_a_later_edition(shelf, tmp_path):
    poor = region()
    parameters = poor.tables["parameters"].copy()
    parameters["valid_from"] = pd.Timestamp("2007-01-01")
    later = Region(None, poor.about, poor.tables | {"parameters": parameters})
    built = build_edition(later, DATES[1], tmp_path / "2007")
    assert built.column("n_residents", "rt").loc[rt(1), "value"] == 5
    assert built.about["conversions"] == []
    assert built.converted.empty
    assert verify_edition(built.path) == []
    problem = conversion_problem([shelf[0], built], shelf[0], built)
    assert problem.key == "conversion_impossible"
    assert "poverty_line" in problem.text("id")
    assert "poverty_line" in problem.text("en")
    assert "2006-12-31" in problem.text("en")
