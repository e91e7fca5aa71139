"""The change of one indicator between two dates on common boundaries: rows and sentences.

Both editions are on the same boundaries (`series.on_boundaries`), so an area is compared with
itself. An area without a number on one of the dates is not compared, and its state says why.
"""

from typing import Any

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.show import columns, public_change, ranks, ways, words
from pbrt_geo.show.classes import Classes, classify_change, step_of
from pbrt_geo.show.public_change import missing_sentence
from pbrt_geo.show.words import join_words
from pbrt_geo.text import number, say

UP, DOWN, SAME = "up", "down", "same"


def change_table(
    before: Edition, after: Edition, indicator_id: str, level: str, within: str | None = None
) -> pd.DataFrame:
    """
    Compare the areas of a level on two dates.

    Returns
    -------
    change_table
        By `area_id`: `before` and `after` (NaN without a number), `change`, `state` (`value`, or
        what stands in the way of a number), `evidence_before` and `evidence_after` (empty where
        the number was not converted) and `evidence`, the weaker of them. Of public editions there
        are no numbers where ranges are told; `ways.ways` tells what can be said.
    """
    ids = ranks.areas_within(after, level, within)
    cells = [columns.column_for(e, indicator_id, level, ids) for e in (before, after)]
    change, states = columns.difference(*cells)
    exact = [ranks.has_number(cell) & ~columns.ranges_in(cell) for cell in cells]
    return pd.DataFrame(
        {
            "before": cells[0]["value"].where(exact[0]),
            "after": cells[1]["value"].where(exact[1]),
            "change": change.where(exact[0] & exact[1]),
            "state": states,
            "evidence_before": words.evidences(cells[0]),
            "evidence_after": words.evidences(cells[1]),
            "evidence": columns.weaker_evidence(*cells).where(states == "value", ""),
        },
        index=ids,
    )


def change_classes(before: Edition, after: Edition, indicator_id: str, level: str) -> Classes:
    """Return the classes of the map of this change."""
    table = change_table(before, after, indicator_id, level)
    on_map = after.areas["has_polygon"].reindex(table.index).fillna(False).astype(bool)
    kept = table["change"][on_map] if on_map.any() else table["change"]
    return classify_change(kept, after.indicator(indicator_id).kind)


def way_of(table: pd.DataFrame, kind: str) -> pd.Series:
    """Tell whether each area went `up`, `down` or stayed the `same` as far as is written."""
    change = table["change"].dropna()
    half = step_of(kind, table[["before", "after"]].to_numpy(dtype=float)) / 2
    ways = pd.Series(SAME, index=change.index, dtype=object)
    return ways.mask(change >= half, UP).mask(change <= -half, DOWN)


def rankable_changes(
    before: Edition, after: Edition, indicator_id: str, level: str, within: str | None = None
) -> pd.DataFrame:
    """Return the rows of `change_table` that can be ranked on both dates, largest rise first."""
    table = change_table(before, after, indicator_id, level, within)
    for edition in (before, after):
        known = ranks.rankable(edition, indicator_id, level, within).index
        table = table[table.index.isin(known)]
    table = table[table["state"] == "value"].sort_index()
    return table.sort_values("change", ascending=False, kind="stable")


def write_change(change: float, kind: str, language: str = "id", unit: bool = True) -> str:
    """Write a difference with its sign; one of rates in percentage points, if `unit` is asked."""
    size = abs(change)
    written = (
        number(size * 100, language, 1)
        if kind == "rate"
        else words.format_number(size, kind, language)
    )
    is_nothing = not float(f"{size * 100:.1f}") if kind == "rate" else size == 0
    sign = "\u00b1" if is_nothing else "+" if change > 0 else "\u2212"
    if kind == "rate" and unit:
        written = say("change.points", language, n=written)
    return f"{sign}{written}"


def change_sentences(
    before: Edition,
    after: Edition,
    indicator_id: str,
    level: str,
    language: str = "id",
    within: str | None = None,
    rapat: bool = False,
) -> list[str]:
    """
    Say what rose and fell, how much was converted on what evidence, and what is not compared.

    In a meeting (`rapat`) no figure of a single RT is told, and of public editions only which way
    classes and ranges went.
    """
    if after.is_public and ways.are_told(before, after, indicator_id, level):
        return public_change.sentences(before, after, indicator_id, level, language, within)
    indicator = after.indicator(indicator_id)
    table = change_table(before, after, indicator_id, level, within)
    told = [_whole(before, after, indicator, language, within, rapat)]
    if table["state"].eq("value").any():
        told.append(_counts(table, indicator, level, language, (before, after)))
        if not (rapat and level == "rt"):
            told.append(_ends(before, after, indicator, level, within, language))
        told.append(_converted(table, language, after))
    told.append(missing_sentence(table["state"], level, language))
    return [sentence for sentence in told if sentence]


def _whole(
    before: Edition,
    after: Edition,
    indicator: Indicator,
    language: str,
    within: str | None,
    rapat: bool,
) -> str | None:
    area = within or ranks.kabupaten_id(after)
    if area not in after.areas.index:
        return None
    level = str(after.areas.at[area, "level"])
    if (rapat and level == "rt") or not (
        before.has(indicator.id, level) and after.has(indicator.id, level)
    ):
        return None
    table = change_table(before, after, indicator.id, level, area)
    row = table.loc[area]
    if row["state"] != "value":
        return None
    facts = _from_to(row, indicator, language)
    years = [words.year_name(edition, language) for edition in (before, after)]
    name = words.indicator_name(indicator, language, after.programmes)
    place = words.area_name(after.areas.loc[area])
    return say(
        "change.whole", language, indicator=name, area=place, first=years[0], last=years[1], **facts
    )


def _from_to(row: pd.Series, indicator: Indicator, language: str) -> dict[str, Any]:
    def written(when: str) -> str:
        value = row[when]
        cell = {"value": value, "state": "value" if value else "zero"}
        cell["evidence"] = row[f"evidence_{when}"]
        return words.format_value(indicator, cell, language)

    change = write_change(row["change"], indicator.kind, language)
    return {"old": written("before"), "new": written("after"), "change": change}


def _counts(
    table: pd.DataFrame,
    indicator: Indicator,
    level: str,
    language: str,
    editions: tuple[Edition, Edition],
) -> str:
    ways = way_of(table, indicator.kind).value_counts()
    years = [words.year_name(edition, language) for edition in editions]
    facts: dict[str, Any] = {way: int(ways.get(way, 0)) for way in (UP, DOWN, SAME)}
    facts |= {"n": int(ways.sum()), "level": say(f"change.level_{level}", language)}
    return say("change.counts", language, first=years[0], last=years[1], **facts)


def _ends(
    before: Edition,
    after: Edition,
    indicator: Indicator,
    level: str,
    within: str | None,
    language: str,
) -> str | None:
    order = rankable_changes(before, after, indicator.id, level, within)
    ways = way_of(order, indicator.kind)
    parts = []
    for way, place in ((UP, 0), (DOWN, -1)):
        found = order[ways.eq(way)]
        if len(found):
            row = found.iloc[place]
            name = words.area_name(after.areas.loc[row.name])
            facts = _from_to(row, indicator, language)
            parts.append(say(f"change.most_{way}", language, area=name, **facts))
    return " ".join(parts) or None


def _converted(table: pd.DataFrame, language: str, after: Edition) -> str | None:
    counts = table["evidence"].value_counts()
    named = [
        say("change.evidence", language, n=int(counts[e]), evidence=say(f"evidence.{e}", language))
        for e in EVIDENCE
        if counts.get(e, 0)
    ]
    if not named:
        return None
    n: Any = int(table["evidence"].ne("").sum())
    date = words.format_date(pd.Timestamp(after.about["boundary_date"]).date(), language)
    said = join_words(named, language)
    return say("change.converted", language, n=n, date=date, evidence=said, sign=words.SIGN)
