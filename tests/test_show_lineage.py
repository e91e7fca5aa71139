"""Births, ends and families of RTs: what charts and tables of the growth page are made of."""

from pathlib import Path

import pandas as pd
import pytest
from small_edition import DESA, KABUPATEN, KECAMATAN, SmallEdition, small_edition

from pbrt_geo.show import growth

A, B, C, D, E, F, G, H = (f"RT-5207-{n:05d}-0" for n in range(1, 9))
NEW = "RT-5207-00099-0"

# date, kind, before, after (RT: desa); the RTs of DESA[0] and [1] are in one kecamatan
STORY = [
    ("2003-12-18", "awal", [], {A: 0, B: 0, E: 1, G: 2, H: 2}),
    ("2006-12-31", "ganti_nama", [A], {A: 0}),
    ("2007-03-01", "pecah", [A], {A: 0, C: 0}),  # born: C
    ("2007-04-01", "bentuk", [], {F: 1}),  # born: F
    ("2007-06-01", "gabung", [G, H], {G: 2}),  # ended: H
    ("2007-12-31", "pindah", [B], {B: 1}),  # inside the kecamatan
    ("2008-01-01", "pindah", [E], {E: 2}),  # to the other kecamatan
    ("2008-02-01", "pecah", [F], {D: 1, NEW: 1}),  # born: two, ended: F
    ("2008-03-01", "bubar", [B], {}),
]
ON = {2006: [A, B, E, G, H], 2007: [A, B, C, E, F, G], 2008: [A, C, E, G, D, NEW]}
HOME = {
    2006: dict(zip(ON[2006], (0, 0, 1, 2, 2), strict=True)),
    2007: dict(zip(ON[2007], (0, 1, 0, 1, 1, 2), strict=True)),
    2008: dict(zip(ON[2008], (0, 0, 2, 2, 1, 1), strict=True)),
}


def told(edition: SmallEdition, story: list[tuple], level: str = "rt") -> SmallEdition:
    """Put events into an edition, those up to its date, and the counts of RT that `HOME` tells."""
    events, units = [], []
    for k, (date, kind, before, after) in enumerate(story):
        if pd.Timestamp(date) > pd.Timestamp(edition.as_of):
            continue
        event = {"event_id": f"E{k:05d}", "level": level, "kind": kind, "date": date}
        event |= {"sk_number": f"SK {k}", "corrects": None, "reason": None, "note": None}
        events.append(event)
        own = {"event_id": event["event_id"]}
        units += [own | {"role": "before", "unit_id": unit} for unit in before]
        units += [
            own | {"role": "after", "unit_id": unit, "parent_id": DESA[desa], "number": unit[11:14],
                   "name": f"RT {unit[11:14]}"}
            for unit, desa in after.items()
        ]  # fmt: skip
    table = pd.DataFrame(events).assign(date=lambda t: pd.to_datetime(t["date"]))
    edition.__dict__.update(events=table.set_index("event_id"), event_units=pd.DataFrame(units))
    counts = pd.Series(HOME[edition.as_of.year]).map(dict(enumerate(DESA))).value_counts()
    for area in (KABUPATEN, *KECAMATAN, *DESA):
        n = int(counts[counts.index.str.startswith(area)].sum())
        rows = edition.values["indicator"].eq("n_rt") & edition.values["area_id"].eq(area)
        edition.values.loc[rows, ["value", "state"]] = [float(n), "value" if n else "zero"]
    return edition


@pytest.fixture
def shelf(tmp_path: Path) -> list[SmallEdition]:
    return [told(small_edition(year, tmp_path / str(year)), STORY) for year in (2006, 2007, 2008)]


def test_every_way_of_coming_and_going_is_counted_once(shelf):
    table = growth.steps(shelf)
    first, second = (row[row != 0].to_dict() for _, row in table.iterrows())
    assert first == {
        "before": 5, "after": 6, "pecah_born": 1, "bentuk_born": 1, "gabung_ended": -1,
    }  # fmt: skip
    assert second == {
        "before": 6, "after": 6, "pecah_born": 2, "pecah_ended": -1, "bubar_ended": -1,
    }  # fmt: skip


@pytest.mark.parametrize("area", [None, *KECAMATAN, *DESA])
def test_births_ends_and_moves_explain_every_area_without_a_rest(shelf, area):
    table = growth.steps(shelf, area)
    assert (table["before"] + table[list(growth.WAYS)].sum(axis=1)).eq(table["after"]).all()
    assert table["other"].eq(0).all()


def test_a_move_counts_only_where_it_crosses_the_area(shelf):
    assert growth.steps(shelf, DESA[0])["pindah_out"].tolist() == [-1, 0]
    assert growth.steps(shelf, DESA[1])["pindah_in"].tolist() == [1, 0]
    assert growth.steps(shelf, KECAMATAN[0])[["pindah_in", "pindah_out"]].sum().tolist() == [0, -1]
    table = growth.by_area(shelf, "kecamatan")
    assert table["pindah_in"].tolist() == [0, 1]
    assert table["pindah_out"].tolist() == [-1, 0]
    assert table["other"].eq(0).all()
    assert growth.by_area(shelf, "desa", KECAMATAN[0]).index.tolist() == list(DESA[:2])


def test_shares_of_the_kinds_are_of_all_births_and_of_all_ends(shelf):
    table = growth.kinds_table(shelf)
    assert table["n"].to_dict() == {
        "pecah_born": 3, "bentuk_born": 1, "gabung_ended": 1, "bubar_ended": 1, "pecah_ended": 1,
    }  # fmt: skip
    assert table["share"].tolist() == pytest.approx([3 / 4, 1 / 4, 1 / 3, 1 / 3, 1 / 3])
