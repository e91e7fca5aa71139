"""Which areas of an edition can be compared with each other, and their order.

A rate over a handful of households jumps from 0 to 100 % with one family, so an RT with fewer
than `MIN_KNOWN_HOUSEHOLDS` known households is shown but never ranked.

A public edition ranks no RT: the order of RTs in a class is not known. Larger areas are drawn in
the order of the middles of their ranges, but no place is told, since ranges overlap.
"""

import pandas as pd

from pbrt_geo.edition import Edition

MIN_KNOWN_HOUSEHOLDS = 10
"""Known households below which an area is not ranked."""

ABOVE = {"rt": "desa", "desa": "kecamatan", "kecamatan": "kabupaten"}
"""The level above each level."""


def areas_within(edition: Edition, level: str, area_id: str | None = None) -> pd.Index:
    """Return the areas of a level that lie in `area_id` (or are it); all without `area_id`."""
    areas = edition.areas[edition.areas["level"] == level]
    if area_id is None:
        return areas.index
    own = edition.areas.loc[area_id, "level"]
    if own == level:
        return areas.index[areas.index == area_id]
    column = f"{own}_id"
    return areas.index[areas[column] == area_id] if column in areas else areas.index[:0]


def kabupaten_id(edition: Edition) -> str | None:
    """Return the area that holds the whole edition."""
    found = areas_within(edition, "kabupaten")
    return str(found[0]) if len(found) else None


def has_number(column: pd.DataFrame) -> pd.Series:
    """Mark the rows of `edition.column(...)` that hold a number."""
    return column["state"].isin(("value", "zero")) & column["value"].notna()


def rankable(
    edition: Edition, indicator_id: str, level: str, within: str | None = None
) -> pd.DataFrame:
    """
    Return the rows of `edition.column(...)` that can be compared with each other.

    Areas without a number are left out, and so are areas with fewer than
    `MIN_KNOWN_HOUSEHOLDS` households about which the indicator is known. No RT of a public
    edition can be compared.
    """
    column = edition.column(indicator_id, level)
    if edition.is_public and level == "rt":
        return column[:0]
    column = column[column.index.isin(areas_within(edition, level, within))]
    if not edition.has("n_households", level):
        return column[has_number(column)]
    households = edition.column("n_households", level)["value"].reindex(column.index)
    known = households * column["known_rate"].fillna(1.0)
    return column[has_number(column) & ~(known < MIN_KNOWN_HOUSEHOLDS)]


def ranked(
    edition: Edition, indicator_id: str, level: str, within: str | None = None
) -> pd.DataFrame:
    """Return the comparable areas, the highest value first, ties in the order of the codes."""
    column = rankable(edition, indicator_id, level, within).sort_index()
    return column.sort_values("value", ascending=False, kind="stable")


def rank_of(edition: Edition, indicator_id: str, area_id: str) -> tuple[int, int] | None:
    """
    Return the place of an area among its siblings, and how many there are (1 = highest).

    None where it is not ranked, as in a public edition.
    """
    if edition.is_public:
        return None
    area = edition.areas.loc[area_id]
    parent = area.get(f"{ABOVE.get(area['level'])}_id")
    values = ranked(edition, indicator_id, area["level"], parent)["value"]
    if area_id not in values.index:
        return None
    return int((values > values[area_id]).sum()) + 1, len(values)


def certain_ends(column: pd.DataFrame) -> dict[str, str]:
    """
    Return the area with certainly the `highest` and the `lowest` figure of a public column.

    Its range overlaps no other one. Nothing is certain where one is withheld or of an earlier
    date, or of one area.
    """
    known = column[has_number(column)]
    is_certain = not column["state"].eq("withheld").any() and known["since"].nunique() == 1
    if len(known) < 2 or not is_certain:
        return {}
    found = {}
    by_low, by_high = known.sort_values("low"), known.sort_values("high")
    if by_low["low"].iloc[-1] >= by_high["high"].drop(by_low.index[-1]).max():
        found["highest"] = str(by_low.index[-1])
    if by_high["high"].iloc[0] <= by_low["low"].drop(by_high.index[0]).min():
        found["lowest"] = str(by_high.index[0])
    return found
