"""What the pages show as figures and tables, looked up in editions; no Streamlit in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.series import conversion_problem, on_boundaries
from pbrt_geo.show import growth, ranks, ways, words
from pbrt_geo.show.sentences import growth_sentences

KEY_FIGURES = ("n_rt", "n_households", "n_residents", "poverty_rate", "none_reached_rate")
"""What the overview begins with."""

REACH = (
    *("coverage_rate", "n_reached", "n_missed", "n_unknown"),
    *("exclusion_error", "inclusion_error"),
)
"""What is told of the reach of one programme, field or pillar."""

_ABSENT = {"state": "not_yet_formed", "evidence": ""}

ALL_REACH = ("none_reached_rate", "n_programmes_mean")
"""What is told of the reach of all programmes together."""


@dataclass(frozen=True)
class Figure:
    """One number of one area, and the same number a year before."""

    indicator: Indicator
    now: pd.Series
    before: pd.Series | None = None

    @property
    def has_number(self) -> bool:
        """Tell whether there is a number now."""
        return _has_number(self.now)

    @property
    def change(self) -> float | None:
        """Difference to the year before; None where one of the two has no number, or a range."""
        if self.before is None or not (_has_number(self.now) and _has_number(self.before)):
            return None
        if words.is_range(self.now) or words.is_range(self.before):
            return None
        return float(self.now["value"] - self.before["value"])


def _has_number(row: pd.Series) -> bool:
    return row["state"] in ("value", "zero")


def level_of(edition: Edition, area_id: str) -> str:
    """Return the level of an area of an edition."""
    return str(edition.areas.at[area_id, "level"])


def cell(edition: Edition, indicator_id: str, area_id: str, level: str) -> pd.Series | None:
    """Return one row of a column; an area unknown to the edition did not exist then."""
    if not edition.has(indicator_id, level):
        return None
    column = edition.column(indicator_id, level)
    if area_id in column.index:
        return column.loc[area_id]
    return pd.Series({name: _ABSENT.get(name, float("nan")) for name in column}, dtype=object)


def evidence_of(edition: Edition, names: Sequence[str], area_id: str, level: str) -> str:
    """Return what carried the figures of an area to these boundaries; empty if nothing did."""
    rows = (cell(edition, name, area_id, level) for name in names)
    found = [str(row["evidence"]) for row in rows if row is not None and row["evidence"]]
    return max(found, key=EVIDENCE.index, default="")


def figures(
    editions: Sequence[Edition], area_id: str, level: str, indicator_ids: Sequence[str]
) -> list[Figure]:
    """Look up figures of one area in the last edition and in the one before it."""
    newest, before = editions[-1], editions[-2] if len(editions) > 1 else None
    if before is not None and not like_for_like(editions, before, newest, area_id, level):
        before = None
    found = []
    for name in indicator_ids:
        now = cell(newest, name, area_id, level)
        if now is not None:
            then = None if before is None else cell(before, name, area_id, level)
            found.append(Figure(newest.indicator(name), now, then))
    return found


def like_for_like(
    editions: Sequence[Edition], before: Edition, after: Edition, area_id: str, level: str
) -> bool:
    """Tell whether an area was the same in two years, or is shown on the boundaries of one."""
    if area_id not in before.areas.index or area_id not in after.areas.index:
        return False
    if before.about["boundary_date"] == after.about["boundary_date"]:
        return True
    if after.is_public:  # it holds the events, but nothing on other boundaries
        return not _has_moved(before, after, area_id, level)
    if conversion_problem(editions, before, after):
        return level == "kabupaten"  # of anything smaller it is not known
    carried = on_boundaries(editions, before, after).converted
    return area_id not in set(carried.loc[carried["level"] == level, "area_id"])


def _has_moved(before: Edition, after: Edition, area_id: str, level: str) -> bool:
    """Tell whether events gave an RT other land, or an area above other RTs of another area."""
    if level == "rt":
        return area_id in ways.cut_anew(before, after)
    moves = growth.counted(after)
    moves = moves[moves["way"].isin(growth.MOVED) & growth.between(moves["date"], before, after)]
    return area_id in set(growth.area_of(after, moves["desa_id"], level))


def breaks_in(
    editions: Sequence[Edition], area_id: str, level: str
) -> list[tuple[Edition, Edition]]:
    """Return the years one after the other between which the land of an area changed."""
    there = [edition for edition in editions if area_id in edition.areas.index]
    return [
        (before, after)
        for before, after in pairwise(there)
        if not like_for_like(editions, before, after, area_id, level)
    ]


# ── areas of one level ──────────────────────────────────────────────────────────────────────────


def area_rows(edition: Edition, indicator_id: str, level: str, within: str) -> pd.DataFrame:
    """
    Return the rows under a map: names, the value, what it rests on, highest first.

    Of a public edition the value is the middle of a range, for the order only.
    """
    ids = ranks.areas_within(edition, level, within or None)
    places = edition.areas.loc[ids, ["name", "dusun", "desa_name", "kecamatan_name"]]
    column = edition.column(indicator_id, level).loc[ids]
    rows = places.join(column).assign(state=words.states(column))
    return rows.sort_values("value", ascending=False, kind="stable")


def change_rows(
    before: Edition, after: Edition, indicator_id: str, level: str, within: str
) -> pd.DataFrame:
    """
    Return the rows under a map of change, the largest increase first.

    Returns
    -------
    rows
        Indexed by the areas of the common boundaries: names, `before`, `after`, `change` (only
        where both have a number), and of each year `state_…` and `evidence_…`.
    """
    ids = ranks.areas_within(after, level, within or None)
    rows = after.areas.loc[ids, ["name", "dusun", "desa_name", "kecamatan_name"]].copy()
    for name, edition in (("before", before), ("after", after)):
        column = edition.column_on(indicator_id, level, ids)
        rows[name] = column["value"].where(column["state"].isin(("value", "zero")))
        rows[f"state_{name}"] = column["state"].astype(object)
        rows[f"evidence_{name}"] = column["evidence"]
    rows["change"] = rows["after"] - rows["before"]
    return rows.sort_values("change", ascending=False, kind="stable")


def way_rows(
    before: Edition, after: Edition, indicator_id: str, level: str, within: str
) -> pd.DataFrame:
    """
    Return the rows under a map of change between public editions: which way each area went.

    Returns
    -------
    rows
        Names, `way` (one of `ways.WAYS`, or empty), and the state of each year; those that went
        up first.
    """
    ids = ranks.areas_within(after, level, within or None)
    rows = after.areas.loc[ids, ["name", "dusun", "desa_name", "kecamatan_name"]].copy()
    rows["way"] = ways.ways(before, after, indicator_id, level, ids)["way"]
    order = rows["way"].map({way: place for place, way in enumerate(ways.WAYS)}).fillna(-1)
    return rows.loc[order.sort_values(ascending=False, kind="stable").index]


def years_of(
    editions: Sequence[Edition], indicator_id: str, areas: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Return one indicator over the years: a row per edition and area (identifier, level)."""
    rows = []
    for edition in editions:
        for area_id, level in areas:
            row = cell(edition, indicator_id, area_id, level)
            if row is not None:
                rows.append({"as_of": edition.as_of, "area_id": area_id, "level": level, **row})
    return pd.DataFrame(rows)


# ── growth ──────────────────────────────────────────────────────────────────────────────────────


def growth_rows(editions: Sequence[Edition], level: str, within: str) -> pd.DataFrame:
    """
    Count the RTs of every year in the areas of a level, and why they became more or fewer.

    Returns
    -------
    growth
        Indexed by `area_id`, most births first: `name`, `kecamatan_name`, a column for each
        edition under its date, `born`, `ended` and `moved` since the first of them; the first
        year and these three give the last year.
    """
    newest = editions[-1]
    ids = ranks.areas_within(newest, level, within or None)
    table = newest.areas.loc[ids, ["name", "kecamatan_name"]].copy()
    for edition in editions:
        table[edition.as_of.isoformat()] = edition.column_on("n_rt", level, ids)["value"]
    ways = growth.by_area(editions, level, within or None)
    table["born"] = ways[list(growth.BORN)].sum(axis=1)
    table["ended"] = -ways[list(growth.ENDED)].sum(axis=1)
    table["moved"] = ways[list(growth.MOVED)].sum(axis=1)
    return table.sort_values(["born", "name"], ascending=[False, True], kind="stable")


def growth_texts(editions: Sequence[Edition], language: str, within: str) -> list[str]:
    """Say how many RTs an area had in each year, and why they became more or fewer."""
    return growth_sentences(editions, language, within or None)


def born_since(editions: Sequence[Edition], within: str) -> pd.DataFrame:
    """
    List the RTs born after the first edition that live in the last one, the oldest first.

    Returns
    -------
    born
        Indexed by `area_id`: names, `born`, and `kind` and `sk_number` of the event where the
        edition knows it.
    """
    newest, first = editions[-1], pd.Timestamp(editions[0].as_of)
    areas = newest.areas.loc[ranks.areas_within(newest, "rt", within or None)]
    columns = ["name", "dusun", "desa_name", "kecamatan_name", "born"]
    born = areas.loc[areas["born"] > first, columns]
    events = growth.counted(newest)
    births = events[events["way"].isin(growth.BORN)].drop_duplicates("unit_id", keep="last")
    born = born.join(births.set_index("unit_id")[["way", "sk_number"]])
    return born.sort_values(["born", "kecamatan_name", "desa_name", "name"], kind="stable")


# ── coverage ────────────────────────────────────────────────────────────────────────────────────


def programmes_of(edition: Edition, group: str) -> list[str]:
    """Return the programmes of a pillar, a field, one programme, or (empty) all."""
    kind, _, name = group.rpartition("/")
    programmes = edition.programmes
    if not group:
        return list(programmes.index)
    return [group] if not kind else list(programmes.index[programmes[kind] == name])


def programme_rows(edition: Edition, area_id: str, level: str, group: str) -> pd.DataFrame:
    """Return reach and targeting errors of the programmes of a group in one area."""
    programmes = edition.programmes.loc[programmes_of(edition, group)]
    rows = [_reach(edition, name, area_id, level) for name in programmes.index]
    table = pd.DataFrame(rows, index=programmes.index)
    table["evidence"] = [
        evidence_of(edition, [f"{base}:{name}" for base in REACH], area_id, level)
        for name in programmes.index
    ]
    return programmes[["pillar", "field", "target"]].join(table)


def _reach(edition: Edition, group: str, area_id: str, level: str) -> dict[str, float | None]:
    found = {}
    for base in REACH:
        row = cell(edition, f"{base}:{group}", area_id, level)
        found[base] = None if row is None else row["value"]
    return found


def reach_by_area(edition: Edition, group: str, level: str, within: str) -> pd.DataFrame:
    """
    Return the reach of one group, or (empty) of all programmes, in every area of a level.

    `evidence` is the weakest that carried a figure of the area to these boundaries; empty if none.
    """
    ids = ranks.areas_within(edition, level, within or None)
    table = edition.areas.loc[ids, ["name", "dusun", "desa_name", "kecamatan_name"]].copy()
    wanted = {base: f"{base}:{group}" for base in REACH} if group else {b: b for b in ALL_REACH}
    table["evidence"] = ""
    for column, name in wanted.items():
        if edition.has(name, level):
            found = edition.column(name, level).loc[ids]
            table[column] = found["value"]
            table["evidence"] = _weaker(table["evidence"], words.evidences(found))
    return table.sort_values("name", kind="stable")


def _weaker(one: pd.Series, other: pd.Series) -> pd.Series:
    order = {name: place for place, name in enumerate(EVIDENCE)}
    return one.where(one.map(order).fillna(-1) >= other.map(order).fillna(-1), other)


# ── one area beside those that hold it ──────────────────────────────────────────────────────────


def beside(
    edition: Edition, areas: Sequence[tuple[str, str]], indicator_ids: Sequence[str]
) -> pd.DataFrame:
    """Return the cells of several indicators (rows) for several areas (columns)."""
    return pd.DataFrame(
        {
            area_id: [cell(edition, name, area_id, level) for name in indicator_ids]
            for area_id, level in areas
        },
        index=list(indicator_ids),
        dtype=object,
    )
