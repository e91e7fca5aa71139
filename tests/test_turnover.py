"""What changed between two rounds: counted household by household, worked by hand and at random.

The worked region has three rounds. RT 1 splits, RT 2 moves to the other desa, RTs 3 and 4 merge,
RT 6 is formed. `n` are the persons, `spends` what each of them spends; the poverty line is 100.
"""

import datetime as dt
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import village
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import History, histories

from pbrt_geo import build_edition, schema, verify_edition
from pbrt_geo.codes import rt_id
from pbrt_geo.edition import SINCE_FORMAT_3
from pbrt_geo.indicators import Job, compute_together
from pbrt_geo.lineage import read_lineage
from pbrt_geo.parameters import Parameters
from pbrt_geo.region import Region, empty_table, typed
from pbrt_geo.state import State, state_on
from pbrt_geo.turnover import Register, kin_of

GOA, BELO = "52.07.01.2001", "52.07.01.2002"
DATES = [dt.date(year, 12, 31) for year in (2006, 2007, 2008)]

EVENTS = f"""
2003-01-01 awal > 1:{GOA} 2:{GOA} 3:{BELO} 4:{BELO}
2007-05-01 pecah 1 > 1 5:{GOA}
2008-03-01 pindah 2 > 2:{BELO}
2008-06-01 gabung 3 4 > 3
2008-09-01 bentuk > 6:{BELO}
"""

PEOPLE = """
household year rt n spends
a         2006 1  4 50
b         2006 1  2 150
c         2006 2  3 .
d         2006 3  1 150
e         2006 4  5 50
a         2007 5  4 50
b         2007 1  2 50
c         2007 2  3 150
d         2007 4  1 150
e         2007 4  6 50
b         2008 1  2 50
c         2008 2  3 150
d         2008 3  1 150
e         2008 4  6 50
f         2008 6  7 .
"""


def households(text):
    cells = pd.read_csv(StringIO(text.strip()), sep=r"\s+", na_values=["."])
    made = pd.DataFrame(
        {
            "household_id": cells["household"],
            "as_of": pd.to_datetime(cells["year"].astype(str) + "-12-31"),
            "rt_id": [rt_id("52.07", serial) for serial in cells["rt"]],
            "n_residents": cells["n"],
            "spending_idr": cells["spends"],
        }
    )
    columns = [column.name for column in schema.HOUSEHOLDS.columns]
    return typed(made.reindex(columns=columns), schema.HOUSEHOLDS)


def region(people=PEOPLE, rounds=DATES):
    about = {
        "id": "village",
        "name": {"id": "Desa Uji", "en": "Test village"},
        "kabupaten_id": "52.07",
        "round": [{"as_of": date} for date in rounds],
    }
    tables = village.event_tables(EVENTS) | {"households": households(people)}
    return Region(None, about, village.tables(**tables))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    return [build_edition(region(), date, folder / str(date.year)) for date in DATES]


def pair(table, before, after):
    dates = [pd.Timestamp(year, 12, 31) for year in (before, after)]
    return table[(table["before"] == dates[0]) & (table["after"] == dates[1])]


def kin(edition, before, after):
    """Serials of the RTs of each group: those before, those after."""
    rows = pair(edition.kin, before, after)
    rows = rows.assign(serial=[int(name[8:13]) for name in rows["rt_id"]])
    return [
        tuple(tuple(group.loc[group["side"] == side, "serial"]) for side in ("before", "after"))
        for _, group in rows.groupby("group")
    ]


def turnover(edition, before, after, indicator):
    rows = pair(edition.turnover, before, after)
    rows = rows[rows["indicator"] == indicator]
    assert list(rows["group"]) == list(range(len(rows)))
    return list(zip(rows["n_changed"], rows["bound"], strict=True))


# ── worked by hand ──────────────────────────────────────────────────────────────────────────────


def test_kin_are_those_between_whom_people_or_land_passed(shelf):
    assert kin(shelf[2], 2006, 2007) == [
        ((1,), (1, 5)), ((2,), (2,)), ((3,), (3,)), ((4,), (4,)),
    ]  # fmt: skip
    assert kin(shelf[2], 2007, 2008) == [
        ((1,), (1,)), ((2,), (2,)), ((3, 4), (3,)), ((5,), (5,)), ((), (6,)),
    ]  # fmt: skip
    assert kin(shelf[2], 2006, 2008) == [
        ((1,), (1, 5)), ((2,), (2,)), ((3, 4), (3,)), ((), (6,)),
    ]  # fmt: skip


def test_households_that_changed_their_part_of_the_poor(shelf):
    # b became poor; of c it became known; d moved from RT 3 to RT 4; e grew from 5 to 6.
    assert turnover(shelf[1], 2006, 2007, "poverty_rate") == [(1, 2), (1, 3), (1, 1), (2, 7)]
    # a left; d moved within its group; e is listed in an RT that has ended; of f nothing is known.
    assert turnover(shelf[2], 2007, 2008, "poverty_rate") == [
        (0, 0), (0, 0), (1, 6), (1, 4), (0, 0),
    ]  # fmt: skip
    # a left and b became poor; of c it became known; e is gone.
    assert turnover(shelf[2], 2006, 2008, "poverty_rate") == [(2, 6), (1, 3), (1, 5), (0, 0)]


def test_households_that_came_or_left(shelf):
    assert turnover(shelf[1], 2006, 2007, "n_households") == [(0, 0), (0, 0), (1, 1), (1, 1)]
    assert turnover(shelf[2], 2007, 2008, "n_households") == [
        (0, 0), (0, 0), (1, 1), (1, 1), (1, 1),
    ]  # fmt: skip


def test_a_count_has_the_turnover_of_its_rate(shelf):
    for before, after in ((2006, 2007), (2007, 2008), (2006, 2008)):
        rate, count = (
            turnover(shelf[2], before, after, name) for name in ("poverty_rate", "n_poor")
        )
        assert rate == count


def test_every_pair_of_rounds_is_there_and_only_what_counts_people(shelf):
    assert shelf[0].turnover.empty
    assert shelf[0].kin.empty
    assert shelf[0].earlier.empty
    assert [len(e.turnover[["before", "after"]].drop_duplicates()) for e in shelf] == [0, 1, 3]
    names = set(shelf[2].turnover["indicator"])
    assert {"poverty_rate", "watts", "child_in_poor_rate", "n_households"} <= names
    assert not {"n_rt", "density_km2", "limit_use_rate", "n_rt_over_limit"} & names
    for name, columns in SINCE_FORMAT_3.items():
        assert all(list(getattr(edition, name)) == list(columns) for edition in shelf)


def test_the_denominators_of_before_are_those_of_the_edition_of_then(shelf):
    table = shelf[2].earlier
    for edition in shelf[:2]:
        then = table[table["date"] == pd.Timestamp(edition.as_of)].set_index("area_id")
        for name in ("poverty_rate", "n_poor", "desil_1_4_rate"):
            kept = then.loc[then["indicator"] == name, "denominator"]
            column = edition.column(name, "rt")["denominator"]
            pd.testing.assert_series_equal(kept, column)


def test_the_tables_are_sealed_and_the_same_every_time(shelf, tmp_path):
    again = build_edition(region(), DATES[2], tmp_path / "again")
    assert again.id == shelf[2].id
    assert {f"{name}.parquet" for name in SINCE_FORMAT_3} <= set(again.about["files"])
    assert verify_edition(again.path) == []


def test_a_round_that_cannot_be_computed_is_in_no_pair(tmp_path):
    poor = region()
    parameters = poor.tables["parameters"].assign(valid_from=pd.Timestamp("2007-01-01"))
    later = Region(None, poor.about, poor.tables | {"parameters": parameters})
    built = build_edition(later, DATES[2], tmp_path / "e")
    for table in (built.turnover, built.kin):
        assert set(table["before"]) == {pd.Timestamp(DATES[1])}
        assert set(table["after"]) == {pd.Timestamp(DATES[2])}
    assert set(built.earlier["date"]) == {pd.Timestamp(DATES[1])}
    assert [entry["date"] for entry in built.about["not_converted"]] == ["2006-12-31"]


def test_what_anybody_adds_beyond_its_weight_widens_the_bound(tmp_path):
    """Watts terms have no upper end: a household of one may add ln(100 / 1), about 4.6."""
    people = PEOPLE.replace("b         2007 1  2 50", "b         2007 1  2 1")
    built = build_edition(region(people), DATES[1], tmp_path / "e")
    changed = turnover(built, 2006, 2007, "watts")
    most = np.log(100 / 1)
    assert changed == [(1, 2 * most), (1, 3 * most), (1, most), (2, 7 * most)]


# ── at random ───────────────────────────────────────────────────────────────────────────────────

PROGRAMMES = village.table(
    "programmes",
    """
programme_id name name_en pillar         field     target                    valid_from source
usaha        a    a       empowerment    economic  poor                      2003-01-01 test
sekolah      b    b       empowerment    education poor_with_school_children 2003-01-01 test
lansia       c    c       basic_services health    all                       2003-01-01 test
baru         d    d       basic_services health    all                       2007-01-01 test
""",
)


def drawn_states(history: History, days: list[dt.date]) -> list[State]:
    """States on some days, with people who change, move, come and leave between them."""
    rng = np.random.default_rng(history.seed)
    rounds = [_drawn(rng, history, day) for day in days]
    names = ("households", "residents", "enrolments", "programme_reports")
    tables = {name: pd.concat([r[name] for r in rounds], ignore_index=True) for name in names}
    tables = village.tables(programmes=PROGRAMMES) | {
        name: typed(table, next(t for t in schema.TABLES if t.name == name))
        for name, table in tables.items()
    }
    lineage = read_lineage(history.events, history.units)
    parameters = Parameters(tables["parameters"])
    return [state_on(tables, parameters, day, lineage) for day in days]


def _drawn(rng: np.random.Generator, history: History, day: dt.date) -> dict[str, pd.DataFrame]:
    homes = {str(key): rt for key, rt in history.homes_on(day).items() if rng.random() < 0.9}
    rts = sorted(history.desa_on(day))
    ids = list(homes)
    n, as_of = len(ids), pd.Timestamp(day)
    stays = rng.random(n) < 0.9
    persons = rng.integers(1, 5, n)
    about = empty_table(schema.HOUSEHOLDS).reindex(range(n)).assign(
        household_id=ids, as_of=as_of, n_residents=persons,
        rt_id=[homes[i] if s else str(rng.choice(rts)) for i, s in zip(ids, stays, strict=True)],
        spending_idr=rng.choice([20.0, 70.0, 150.0, np.nan], n),
        dtsen_desil=rng.integers(1, 11, n),
        **{f"criterion_{i:02d}": rng.random(n) < 0.5 for i in range(1, 15)},
    )  # fmt: skip
    households_of = np.repeat(ids, persons)
    people = pd.DataFrame(
        {"resident_id": [f"{i}-{day}" for i in range(len(households_of))], "as_of": as_of,
         "household_id": households_of, "sex": None,
         "birth_date": pd.Timestamp("2008-01-01")
         - pd.to_timedelta(rng.integers(0, 80, len(households_of)) * 365, unit="D")}
    )  # fmt: skip
    keys = pd.DataFrame({"programme_id": PROGRAMMES["programme_id"], "as_of": as_of})
    told = keys.merge(pd.DataFrame({"rt_id": rts}), how="cross")
    reached = keys.merge(pd.DataFrame({"household_id": ids}), how="cross")
    return {
        "households": about,
        "residents": people,
        "programme_reports": told[rng.random(len(told)) < 0.8],
        "enrolments": reached[rng.random(len(reached)) < 0.3],
    }


@settings(max_examples=15, deadline=None, derandomize=True)
@given(histories(), st.data())
def test_no_group_moves_by_more_than_its_bound(history, data):
    days = sorted({data.draw(st.sampled_from(history.days)) for _ in range(3)})
    states = drawn_states(history, days)
    register = Register(states)
    found = compute_together([Job(state) for state in states], register.see)
    values = [tables[0][tables[0]["level"] == "rt"] for tables in found]
    by_day = dict(zip(map(pd.Timestamp, days), values, strict=True))
    groups, parts = register.kin(), ["before", "after", "indicator"]
    for (before, after, indicator), part in register.turnover().groupby(parts, observed=True):
        table = part.reset_index(drop=True)
        of_pair = groups[(groups["before"] == before) & (groups["after"] == after)]
        sums = [
            _group_sums(by_day[day], of_pair[of_pair["side"] == side], indicator, len(table))
            for day, side in ((before, "before"), (after, "after"))
        ]
        moved = np.abs(sums[1] - sums[0])
        assert (moved <= table["bound"] + 1e-9).all()
        assert (table.loc[moved > 1e-9, "n_changed"] >= 1).all()


def _group_sums(
    values: pd.DataFrame, groups: pd.DataFrame, indicator: str, n_groups: int
) -> np.ndarray:
    own = values[values["indicator"] == indicator].set_index("area_id")["numerator"]
    return np.bincount(groups["group"], own.reindex(groups["rt_id"]), minlength=n_groups)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(histories(5), st.data())
def test_every_rt_is_in_one_group_and_families_do_not_overlap(history, data):
    days = sorted({data.draw(st.sampled_from(history.days)) for _ in range(2)})
    states = drawn_states(history, days)
    before, after = states[0], states[-1]
    kin_ = kin_of(before, after)
    for state, groups in ((before, kin_.before), (after, kin_.after)):
        assert len(groups) == len(state.ids["rt"])
    assert set(kin_.before) | set(kin_.after) == set(range(kin_.n_groups))
    links = before.lineage.links(before.date, after.date)
    from_ = kin_.before[before.ids["rt"].get_indexer(links["from_id"])]
    to = kin_.after[after.ids["rt"].get_indexer(links["to_id"])]
    assert (from_ == to).all()
    # and a group is no larger than its links make it
    alone = ~before.ids["rt"].isin(links["from_id"])
    assert np.isin(np.unique(kin_.before[alone], return_counts=True)[1], [1]).all()
    n_links = np.bincount(from_, minlength=kin_.n_groups)
    n_rts = np.bincount(np.r_[kin_.before, kin_.after], minlength=kin_.n_groups)
    assert (n_links >= n_rts - 1).all()
