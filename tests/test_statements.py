"""What may be said of a number: small villages by hand, and random districts for what must hold."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from districts import random_shelf
from publications import public_of, ranges_of_rts

from pbrt_geo.disclosure.links import UNIT_OF, base_of, is_whole_indicator
from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.disclosure.statements import STATEMENT, WHY, decide
from pbrt_geo.edition import Edition
from pbrt_geo.measures import MEASURES
from pbrt_geo.schema import LEVELS

RULE = read_rule()
SIOS = "coverage_rate:sios"
YEARS = [dt.date(year, 12, 31) for year in (2006, 2007, 2008)]


# ── villages by hand ────────────────────────────────────────────────────────────────────────────


def village(rts, year=0, indicator=SIOS, changed=None, kin=None, earlier=None):
    """
    Return an internal edition without files.

    `rts`: numerator, denominator by RT id, whose first letter is its desa. `changed`: households
    changed since the year before, by RT; `kin`: group of each RT before and after.
    """
    edition = Edition(Path("village"), _about(year, indicator))
    areas = _areas(rts)
    tables = {"areas": areas, "values": _values(rts, areas, year, indicator)}
    tables["programmes"] = pd.DataFrame(
        {"target": ["all"], "field": ["registry"], "pillar": ["sios"]}, index=["sios"]
    )
    tables |= _time(rts, year, indicator, changed or {}, kin, earlier or [])
    edition.__dict__.update(tables)
    return edition


def _about(year, indicator):
    base, _, member = indicator.partition(":")
    entry = {"id": indicator, "base": base, "member": member, "breaks": MEASURES[base].breaks}
    entry |= {"kind": MEASURES[base].kind, "topic": MEASURES[base].topic, "better": None}
    counts = [entry | {"id": "n_poor", "base": "n_poor", "kind": "count"}]
    entries = [entry, *(counts if base == "poverty_rate" else [])]
    return {"format": 3, "kind": "internal", "as_of": str(YEARS[year]), "indicators": entries}


def _areas(rts):
    rows = [(rt, "rt", rt[0], "kec", "kab") for rt in rts]
    rows += [(desa, "desa", desa, "kec", "kab") for desa in sorted({rt[0] for rt in rts})]
    rows += [("kec", "kecamatan", None, "kec", "kab"), ("kab", "kabupaten", None, None, "kab")]
    names = ["area_id", "level", "desa_id", "kecamatan_id", "kabupaten_id"]
    return pd.DataFrame(rows, columns=names).set_index("area_id")


def _values(rts, areas, year, indicator):
    sums = pd.DataFrame(rts.values(), index=list(rts), columns=["numerator", "denominator"])
    blocks = []
    for level in LEVELS:
        homes = sums.index if level == "rt" else areas.loc[sums.index, f"{level}_id"]
        blocks.append(sums.groupby(homes.to_numpy(), sort=False).sum().assign(level=level))
    table = pd.concat(blocks).rename_axis("area_id").reset_index().assign(indicator=indicator)
    with np.errstate(invalid="ignore"):
        table["value"] = table["numerator"] / table["denominator"]
    kinds = [table["denominator"] == 0, table["value"] == 0]
    table["state"] = np.select(kinds, ["no_data", "zero"], "value")
    count = table.assign(indicator="n_poor", value=table["numerator"], denominator=np.nan)
    tables = [table, count] if indicator == "poverty_rate" else [table]
    return pd.concat(tables, ignore_index=True).assign(period=pd.Timestamp(YEARS[year]))


def _time(rts, year, indicator, changed, kin, earlier):
    """Tables on the step from the year before; `earlier` is the village then."""
    if not earlier:
        return {
            "kin": pd.DataFrame(columns=["before", "after", "group", "side", "rt_id"]),
            "turnover": pd.DataFrame(columns=["before", "after", "indicator", "group"]),
            "earlier": pd.DataFrame(columns=["date", "area_id", "indicator", "denominator"]),
        }
    kin = kin or {rt: [[rt], [rt]] for rt in rts}
    dates = {"before": pd.Timestamp(YEARS[year - 1]), "after": pd.Timestamp(YEARS[year])}
    sides = ("before", "after")
    rows = [
        (group, sides[k], rt)
        for group, parts in enumerate(kin.values())
        for k in (0, 1)
        for rt in parts[k]
    ]
    per_household = 4 if UNIT_OF[base_of(indicator)] == "resident" else 1
    n_changed = [changed.get(name, 0) for name in kin]
    turnover = pd.DataFrame({"group": range(len(kin)), "n_changed": n_changed}).assign(
        bound=np.array(n_changed) * float(per_household), indicator=indicator, **dates
    )
    then = pd.DataFrame(
        {"area_id": list(earlier), "denominator": [float(of) for _, of in earlier.values()]}
    ).assign(date=dates["before"], indicator=indicator)
    kin_table = pd.DataFrame(rows, columns=["group", "side", "rt_id"]).assign(**dates)
    return {"kin": kin_table, "turnover": turnover, "earlier": then}


def said(table, level="rt", indicator=SIOS):
    rows = table[(table["level"] == level) & (table["indicator"] == indicator)]
    return rows.set_index("area_id")


def two_years(before, after, *, withheld=(), **facts):
    """Publish one year, then decide on the next."""
    first = village(before)
    public = public_of(first, decide(first, [], RULE))
    return decide(village(after, 1, earlier=before, **facts), [public], RULE, withheld)


def test_an_rt_is_told_in_a_class_whose_limits_belong_to_the_upper_one():
    rows = said(decide(village({"A1": (12, 50), "A2": (10, 50), "A3": (50, 50)}), [], RULE))
    assert rows["low"].tolist() == [0.2, 0.2, 0.8]
    assert rows["high"].tolist() == [0.4, 0.4, 1.0]
    assert rows["closed"].tolist() == [False, False, True]
    assert rows["value"].tolist() == pytest.approx([0.3, 0.3, 0.9])
    assert (rows["since"] == "2006-12-31").all()


def test_an_rt_is_told_only_where_every_class_leaves_five_possibilities():
    """Of 23 households the class from 40 to 60 % holds 10 to 13, of 24 it holds 10 to 14."""
    rows = said(decide(village({"A1": (1, 23), "A2": (1, 24)}), [], RULE))
    assert rows["state"].tolist() == ["withheld", "value"]
    assert rows["why"].tolist() == ["small", ""]
    assert rows.loc["A1", ["low", "high", "since", "value"]].isna().all()


@pytest.mark.parametrize("numerator", range(24))
def test_whether_a_small_rt_is_told_does_not_depend_on_its_number(numerator):
    assert said(decide(village({"A1": (numerator, 23)}), [], RULE))["state"].tolist() == [
        "withheld"
    ]


def test_no_data_stays_no_data_and_zero_is_never_told():
    rows = said(decide(village({"A1": (0, 0), "A2": (0, 40)}), [], RULE))
    assert rows["state"].tolist() == ["no_data", "value"]
    assert rows.loc["A2", ["low", "high"]].tolist() == [0.0, 0.2]


def test_ranges_of_a_desa_follow_from_the_classes_of_its_rts():
    """
    Five RTs of 50 households in the class from 20 to 40 %, which is 10 to 19 of each.

    So 50 to 95 are known of the desa, of 250. A bin of 2 % is 5 households. The lowest range must
    reach 55 or more, so bins up to the 11th (55 to 59) are one; the highest begins at 90, the 18th.
    It begins where the classes of the RTs do, at 50: what they leave no number for tells nothing.
    """
    for numerator, low, high in (
        (52, 0.2, 0.24),
        (59, 0.2, 0.24),
        (60, 0.24, 0.26),
        (89, 0.34, 0.36),
    ):
        parts = np.full(5, numerator // 5) + (np.arange(5) < numerator % 5)
        rts = {f"A{i}": (int(part), 50) for i, part in enumerate(parts)}
        row = said(decide(village(rts), [], RULE), "desa").loc["A"]
        assert (row["low"], row["high"], row["closed"]) == (low, high, False)
    row = said(decide(village({f"A{i}": (18, 50) for i in range(5)}), [], RULE), "desa").loc["A"]
    assert (row["low"], row["high"], row["closed"]) == (0.36, 0.4, False)


def test_a_desa_of_one_rt_is_withheld_where_its_class_is_all_that_may_be_said():
    table = decide(village({"A1": (12, 30), "B1": (20, 60), "B2": (20, 60)}), [], RULE)
    row = said(table, "desa").loc["A"]
    assert (row["state"], row["why"]) == ("withheld", "too_coarse")
    assert said(table, "desa").loc["B", "state"] == "value"


def test_residents_need_sixteen_possibilities():
    """Of 78 residents the class from 40 to 60 % holds 32 to 46, of 79 it holds 32 to 47."""
    rts = {"A1": (3, 78), "A2": (3, 79), "A3": (3, 300)}
    table = decide(village(rts, indicator="af_headcount_rate"), [], RULE)
    assert said(table, "rt", "af_headcount_rate")["state"].tolist() == [
        "withheld",
        "value",
        "value",
    ]


def test_a_count_repeats_the_range_of_its_rate_in_persons():
    rts = {f"A{i}": (50, 200) for i in range(10)}
    table = decide(village(rts, indicator="poverty_rate"), [], RULE)
    rate, count = (said(table, "desa", name).loc["A"] for name in ("poverty_rate", "n_poor"))
    limits = numerator_limits(rate["low"], rate["high"], rate["closed"], np.array([2000.0]), True)
    assert (count["low"], count["high"]) == (limits[0][0], limits[1][0])
    assert count["closed"]
    assert count["low"] <= 500 <= count["high"]
    assert "n_poor" not in set(table[table["level"] == "rt"]["indicator"])


# ── time ────────────────────────────────────────────────────────────────────────────────────────

BEFORE = {"A1": (12, 50), "A2": (20, 50), "B1": (20, 60), "B2": (20, 60)}
AFTER = {"A1": (22, 50), "A2": (30, 50), "B1": (20, 60), "B2": (20, 60)}


def test_a_claim_is_held_with_its_date_until_six_households_have_changed():
    rows = said(two_years(BEFORE, AFTER, changed={"A1": 5, "A2": 6}))
    assert rows["why"].tolist() == ["held", "", "held", "held"]
    assert rows["low"].tolist() == [0.2, 0.6, 0.2, 0.2]
    assert rows["since"].dt.year.tolist() == [2006, 2007, 2006, 2006]
    assert (rows["state"] == "value").all()


@pytest.mark.parametrize(("n", "why"), [(10, ""), (11, "held"), (14, "held"), (15, "")])
@pytest.mark.parametrize("numerator", [3, 12, 20])
def test_no_class_is_told_anew_where_one_could_be_reached_by_its_edge_alone(n, why, numerator):
    """
    Nine at most were reached before. Ten changes reach up to 19, the whole class up to 40 %;
    eleven reach 20, the edge of the next class, which would tell who was reached then and now;
    fifteen reach 20 to 24, five possibilities. Which class it is does not matter.
    """
    rows = said(two_years({"A1": (9, 50)}, {"A1": (numerator, 50)}, changed={"A1": n}))
    assert rows["why"].tolist() == [why]


@pytest.mark.parametrize(("n", "state"), [(2, "withheld"), (8, "value")])
def test_what_was_said_of_a_desa_of_one_rt_was_said_of_the_rt(n, state):
    """
    Of 23 households no class is told, but of the desa that it is below half: 0 to 11.

    Two changes later there are 24, and at most 13 can be reached: in the class from 40 to 60 %
    only 10 to 13. Eight changes reach the class up to 80 %, 15 to 19, from 7 to 11 then.
    """
    table = two_years({"A1": (8, 23)}, {"A1": (8, 24)}, changed={"A1": n})
    row = said(table).loc["A1"]
    assert (row["state"], row["why"]) == (state, "" if state == "value" else "group_changed")


def test_a_desa_is_held_until_six_households_of_all_its_rts_have_changed():
    rts = {f"{desa}{i}": (15, 50) for desa in "AB" for i in range(5)}
    rows = said(two_years(rts, rts, changed={"A0": 3, "A1": 2, "B0": 3, "B3": 3}), "desa")
    assert rows["why"].tolist() == ["held", ""]
    assert rows["since"].dt.year.tolist() == [2006, 2007]


def test_residents_are_renewed_only_if_seventeen_can_have_changed():
    first = {"A1": (20, 200), "A2": (20, 200)}
    before = village(first, indicator="poverty_rate")
    public = public_of(before, decide(before, [], RULE))
    now = village(first, 1, "poverty_rate", {"A1": 6, "A2": 6}, earlier=first)
    now.turnover.loc[0, "bound"] = 16.0
    rows = said(decide(now, [public], RULE), "rt", "poverty_rate")
    assert rows["why"].tolist() == ["held", ""]


def test_an_rt_that_split_is_told_again_only_among_enough_changes():
    kin = {"split": [["A1"], ["A1", "A3"]], "A2": [["A2"], ["A2"]]}
    kin |= {"B1": [["B1"], ["B1"]], "B2": [["B2"], ["B2"]]}
    after = BEFORE | {"A1": (12, 30), "A3": (12, 30)}
    for n, why in ((5, "group_changed"), (6, "")):
        rows = said(two_years(BEFORE, after, kin=kin, changed={"split": n}))
        assert rows.loc[["A1", "A3"], "why"].tolist() == [why, why]
        assert rows.loc["A2", "why"] == "held"


def test_an_rt_of_which_nothing_was_said_is_new():
    before = BEFORE | {"A1": (12, 20)}
    rows = said(two_years(before, AFTER, changed={}))
    assert rows.loc["A1", ["state", "why"]].tolist() == ["value", ""]


def test_what_was_said_before_confines_the_ranges_of_a_desa_today():
    """
    Twenty RTs of 24 households, of which 5 to 9 are reached each; a bin of 2 % is 9.6 of all 480.

    The year before, 116 to 124 were told. Six households changed, so at least 110 are reached
    today: the lowest range must hold 115 too, and now takes in the bin from 22 to 24 %.
    """
    rts = {f"A{i:02}": (6, 24) for i in range(20)}
    after = rts | {"A00": (0, 24)}
    before = said(decide(village(rts), [], RULE), "desa").loc["A"]
    assert (before["low"], before["high"]) == (0.24, 0.26)
    alone = said(decide(village(after), [], RULE), "desa").loc["A"]
    assert (alone["low"], alone["high"]) == (0.22, 0.24)
    row = said(two_years(rts, after, changed={"A00": 6}), "desa").loc["A"]
    assert (row["low"], row["high"], row["why"]) == (0.22, 0.24, "")


def test_a_figure_taken_back_is_the_earlier_one_or_nothing():
    withheld = {("rt", "A2", SIOS), ("desa", "B", SIOS)}
    table = two_years(BEFORE, AFTER, changed={"A1": 9, "A2": 9}, withheld=withheld)
    row = said(table).loc["A2"]
    assert (row["why"], row["state"], row["since"].year) == ("fallback", "value", 2006)
    first = village(BEFORE)
    row = said(decide(first, [], RULE, withheld)).loc["A2"]
    assert (row["why"], row["state"]) == ("fallback", "withheld")


def test_a_group_of_several_programmes_is_not_told():
    """Where one of them has not reported, the known are those that another reaches."""
    edition = village(BEFORE, indicator="coverage_rate:pillar/sios")
    assert len(decide(edition, [], RULE)) == 8
    two_in_pillar(edition)
    assert decide(edition, [], RULE).empty


def test_programmes_of_a_group_that_changed_make_it_another_figure():
    coverage = replace(RULE.entry("coverage_rate"), single=False)
    rule = replace(RULE, entries=(coverage,))
    first = village(BEFORE, indicator="coverage_rate:pillar/sios")
    public = public_of(first, decide(first, [], rule))
    now = village(AFTER, 1, "coverage_rate:pillar/sios", {}, earlier=BEFORE)
    held = said(decide(now, [public], rule), "rt", "coverage_rate:pillar/sios")
    assert (held["why"] == "held").all()
    two_in_pillar(now)
    new = said(decide(now, [public], rule), "rt", "coverage_rate:pillar/sios")
    assert (new["why"] == "").all()


def two_in_pillar(edition):
    row = {"target": "all", "field": "health", "pillar": "sios"}
    other = pd.DataFrame(row, index=["juru_pantau"])
    edition.__dict__["programmes"] = pd.concat([edition.programmes, other])


# ── random districts ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    """Random districts with what is said of each date: pairs of internal edition and table."""
    found = []
    for seed in (1, 3):
        folder = tmp_path_factory.mktemp("district")
        shelf, public = random_shelf(np.random.default_rng(seed), 3, folder), []
        tables = []
        for edition in shelf:
            tables.append(decide(edition, public, RULE))
            public.append(public_of(edition, tables[-1]))
        found.append((shelf, tables, public))
    return found


def each(shelves):
    return [
        (shelf[k], tables[k], public[:k])
        for shelf, tables, public in shelves
        for k in range(len(shelf))
    ]


def protected(table):
    names = [name for name in table["indicator"].unique() if base_of(name) in UNIT_OF]
    return [name for name in names if base_of(name) != "n_poor"]


def test_tables_of_districts_have_the_promised_form(shelves):
    for edition, table, _ in each(shelves):
        assert tuple(table.columns) == STATEMENT
        assert set(table["why"]) <= set(WHY)
        assert set(table["state"]) <= {"value", "zero", "withheld", "no_data"}
        shown = table["state"].isin(["value", "zero"])
        assert table.loc[~shown, ["low", "high", "value", "since"]].isna().all(axis=None)
        assert (table.loc[shown, "since"] <= pd.Timestamp(edition.as_of)).all()
        assert not table.duplicated(["level", "area_id", "indicator"]).any()
        is_zero = table["state"].eq("zero")
        assert not set(table.loc[is_zero, "indicator"].map(base_of)) & set(UNIT_OF)


def test_every_number_lies_in_its_range(shelves):
    for edition, table, _ in each(shelves):
        new = table[(table["state"] == "value") & (table["why"] != "held")]
        both = new.merge(edition.values, on=["level", "area_id", "indicator"], suffixes=("", "_of"))
        true = both["value_of"]
        assert len(both) == len(new)
        assert (true >= both["low"] - 1e-12).all()
        below = (true < both["high"]) | (both["closed"] & (true <= both["high"]))
        assert (below | both["high"].isna()).all()


def test_every_rt_keeps_as_many_possibilities_as_the_rule_asks_for(shelves):
    """One indicator and one date; an RT of fewer people than that keeps all it has."""
    narrowest = {}
    for edition, table, _ in each(shelves):
        for name in protected(table):
            whole, unit = is_whole_indicator(name), UNIT_OF[base_of(name)]
            left = ranges_of_rts(edition, table, name, whole)
            n_possible = left["most"] - left["least"] + (1 if whole else 0)
            all_there_are = left["denominator"] + (1 if whole else 0)
            needed = np.minimum(RULE.values_needed(unit), all_there_are)
            assert (n_possible >= needed - 1e-9).all(), (name, left[n_possible < needed])
            true = edition.column(name, "rt")["numerator"]
            assert (true.between(left["least"] - 1e-9, left["most"] + 1e-9)).all(), name
            large = (left["denominator"] >= needed.max()) & whole
            narrowest[unit] = min(narrowest.get(unit, np.inf), n_possible[large].min())
    assert narrowest["household"] >= 5
    assert narrowest["resident"] >= 16


def test_what_is_held_is_what_was_said(shelves):
    n_held = 0
    keys = ["level", "area_id", "indicator", "low", "high", "closed", "since"]
    for shelf, tables, _ in shelves:
        for k in range(1, len(shelf)):
            held = tables[k][tables[k]["why"] == "held"]
            before = tables[k - 1][tables[k - 1]["state"] == "value"]
            assert len(held.merge(before, on=keys)) == len(held)
            n_held += len(held)
    assert n_held > 50


# ── shown or withheld tells nothing by itself ───────────────────────────────────────────────────


def redrawn(edition, table, rng, keep_desa=False):
    """
    Return the edition with other numbers that the claims about its RTs allow all the same.

    With `keep_desa` households are exchanged within a desa, so that its number stays.
    """
    values = edition.values.copy().astype({"state": "object"})
    for name in protected(table):
        block = values["indicator"].eq(name)
        rows = values[block & values["level"].eq("rt")].set_index("area_id")
        least, most = _allowed(rows, said(table, "rt", name), is_whole_indicator(name))
        drawn = pd.Series(rng.integers(least, most + 1), rows.index).astype(float)
        if keep_desa:
            drawn = _exchange(rows["numerator"], least, most, edition.areas["desa_id"], rng)
        for level in LEVELS:
            at = block & values["level"].eq(level)
            home = drawn.index if level == "rt" else edition.areas.loc[drawn.index, f"{level}_id"]
            total = drawn.groupby(np.asarray(home)).sum()
            values.loc[at, "numerator"] = total[values.loc[at, "area_id"]].to_numpy()
        of = values.loc[block, "denominator"]
        values.loc[block, "value"] = (values.loc[block, "numerator"] / of).where(of > 0)
        known = block & values["state"].isin(["value", "zero"])
        values.loc[known, "state"] = np.where(values.loc[known, "numerator"] == 0, "zero", "value")
    changed = Edition(edition.path, edition.about)
    changed.__dict__["values"] = values
    return changed


def _allowed(rows, claims, whole):
    """Return the whole numbers an RT can have: all there are, or those of its class of today."""
    of = rows["denominator"].to_numpy()
    new = (claims["state"].eq("value") & claims["why"].eq("")).reindex(rows.index, fill_value=False)
    claims = claims.reindex(rows.index)
    limits = (claims[name].fillna(0).to_numpy(dtype=float) for name in ("low", "high"))
    least, most = numerator_limits(*limits, claims["closed"].eq(True).to_numpy(), of, whole)
    least, most = np.where(new, least, 0), np.where(new, most, of)
    top = np.where(new & ~claims["closed"].eq(True), np.ceil(most) - (0 if whole else 1), most)
    return np.ceil(least).astype(int), np.floor(np.maximum(top, np.ceil(least))).astype(int)


def _exchange(numerator, least, most, desa, rng):
    drawn, home = numerator.to_numpy(copy=True), desa[numerator.index].to_numpy()
    for _ in range(40):
        one, other = rng.integers(len(drawn), size=2)
        fits = drawn[one] + 1 <= most[one] and drawn[other] - 1 >= least[other]
        if one != other and home[one] == home[other] and fits:
            drawn[one] += 1
            drawn[other] -= 1
    return pd.Series(drawn, numerator.index)


def test_other_numbers_in_the_same_classes_and_desa_say_the_same(shelves):
    rng = np.random.default_rng(4)
    for edition, table, public in each(shelves):
        again = decide(redrawn(edition, table, rng, keep_desa=True), public, RULE)
        count = table["indicator"].map(base_of).isin(UNIT_OF)
        pd.testing.assert_frame_equal(again[count], table[count])


def test_other_numbers_in_the_same_classes_choose_among_the_same_ranges(shelves):
    """What is shown, and which ranges there are, must not follow the numbers themselves."""
    rng = np.random.default_rng(5)
    keys, n_moved = ["level", "area_id", "indicator"], 0
    for edition, table, public in each(shelves):
        for _ in range(2):
            other = decide(redrawn(edition, table, rng), public, RULE)
            both = table.merge(other, on=keys, suffixes=("", "_other"))
            both = both[both["indicator"].map(base_of).isin(UNIT_OF)]
            rts, desa = (both[both["level"] == level] for level in ("rt", "desa"))
            for name in ("state", "why", "low", "high"):
                assert rts[name].equals(rts[f"{name}_other"].rename(name)), name
            for name in ("state", "why"):
                assert desa[name].equals(desa[f"{name}_other"].rename(name)), name
            same = desa["low"].eq(desa["low_other"]) & desa["high"].eq(desa["high_other"])
            apart = desa["high"].le(desa["low_other"]) | desa["low"].ge(desa["high_other"])
            assert (same | apart | desa["low"].isna()).all()
            n_moved += int(apart.sum())
    assert n_moved > 50, "the numbers were not moved far enough to test anything"
