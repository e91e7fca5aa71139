"""The rule on the size of an RT (30 households in a desa, 50 in a kelurahan): which splits were
due by it, and which RTs are due now.

The limit of an RT is the denominator of `limit_use_rate`, so it is the rule of the date of the
edition; without a rule among the parameters nothing is said. Household counts of single RTs are
not for a meeting (`rapat`): there only numbers of RTs are told. A public edition holds no such
counts; it says of each RT whether it is above the limit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import growth, ranks, words
from pbrt_geo.show.words import join_words
from pbrt_geo.text import number, say

LIMIT_USE, OVER_LIMIT = "limit_use_rate", "n_rt_over_limit"

SIZES = ("within", "to_half_more", "to_twice", "beyond")
"""Sizes of an RT: up to the limit, up to one and a half of it, up to twice, more."""

_SPLITS = ["event_id", "date", "sk_number", "parent_id", "desa_id", "before", "limit", "was_due"]


def use_of_limit(edition: Edition) -> pd.DataFrame:
    """
    Return what RTs have and may have.

    Returns
    -------
    use_of_limit
        By `rt_id`: `households`, `limit` (households). RTs without either are absent, all of them
        where the edition knows no rule.
    """
    if not edition.has(LIMIT_USE, "rt"):
        return pd.DataFrame({"households": [], "limit": []}, dtype=float)
    column = edition.column(LIMIT_USE, "rt")
    column = column[ranks.has_number(column) & (column["denominator"] > 0)]
    return column.rename(columns={"numerator": "households", "denominator": "limit"})[
        ["households", "limit"]
    ].astype(float)


def over_limit(edition: Edition) -> pd.Series:
    """Tell of each RT whether it is above the limit, by `rt_id`; RTs of which it is not known are
    absent."""
    if not edition.is_public:
        use = use_of_limit(edition)
        return use["households"] > use["limit"]
    if not edition.has(OVER_LIMIT, "rt"):
        return pd.Series(dtype=bool)
    column = edition.column(OVER_LIMIT, "rt")
    return column.loc[ranks.has_number(column), "value"] > 0


def due_now(edition: Edition, within: str | None = None) -> pd.DataFrame:
    """
    List the RTs with more households than the rule allows, those furthest above it first.

    Returns
    -------
    due_now
        By `rt_id`: `households`, `limit`, `n_asked` (RTs the rule would make of it). Empty of a
        public edition, which holds none of these.
    """
    table = use_of_limit(edition)
    table = table[table.index.isin(ranks.areas_within(edition, "rt", within))]
    table = table[table["households"] > table["limit"]]
    table["n_asked"] = np.ceil(table["households"] / table["limit"]).astype("int64")
    order = (table["households"] / table["limit"]).sort_values(ascending=False, kind="stable")
    return table.loc[order.index]


def due_by_area(edition: Edition, level: str, within: str | None = None) -> pd.DataFrame:
    """Count the RTs above the limit (`n_due`) and those it is known of (`n_known`), by area."""
    areas = ranks.areas_within(edition, level, within)
    known = over_limit(edition)
    due = known[known]
    homes = edition.areas[f"{level}_id"]
    counts = {
        name: homes.reindex(table.index).value_counts().reindex(areas, fill_value=0)
        for name, table in (("n_due", due), ("n_known", known))
    }
    table = pd.DataFrame(counts, index=areas)
    return table.sort_values("n_due", ascending=False, kind="stable")


def splits_and_rule(shelf: Sequence[Edition], within: str | None = None) -> pd.DataFrame:
    """
    Set every split between the editions against the rule.

    Returns
    -------
    splits_and_rule
        `event_id`, `date`, `sk_number`, `parent_id`, `desa_id`, `before` (households of the parent
        in the last edition before), `limit` (of that edition), `was_due` (missing where one of
        the two is), `children` (RTs after the split, the parent among them if it lives on) and
        `after` and `limits_after` (households and limit of each in the first edition from the
        date on; NaN where not known).
    """
    last = shelf[-1]
    rows = growth.unit_rows(last)
    rows = rows[rows["kind"].eq("pecah") & growth.between(rows["date"], shelf[0], last)]
    inside = growth.area_of(last, rows["parent_id"], _level(last, within)).eq(within or "")
    rows = rows if within is None else rows[inside]
    uses = {pd.Timestamp(edition.as_of): use_of_limit(edition) for edition in shelf}
    over = {pd.Timestamp(edition.as_of): over_limit(edition) for edition in shelf}
    found = []
    for event_id, event in rows.groupby("event_id", sort=False):
        parent = event[event["role"] == "before"].iloc[0]
        children = tuple(event.loc[event["role"] == "after", "unit_id"])
        # the event is after the first edition and not after the last
        last_before = max(date for date in uses if date < parent["date"])
        earlier = uses[last_before]
        later = uses[min(date for date in uses if date >= parent["date"])]
        before, limit = _count(earlier, parent["unit_id"])
        facts = [event_id, *parent[["date", "sk_number", "unit_id", "parent_id"]], before, limit]
        due = over[last_before].get(parent["unit_id"], pd.NA)
        after, limits = zip(*(_count(later, unit) for unit in children), strict=True)
        found.append([*facts, due, children, after, limits])
    return pd.DataFrame(found, columns=[*_SPLITS, "children", "after", "limits_after"])


def sizes_of_splits(shelf: Sequence[Edition], within: str | None = None) -> pd.DataFrame:
    """
    Count the RTs of splits by their size, before and after.

    Returns
    -------
    sizes_of_splits
        Indexed by `SIZES`: `before` (parents) and `after` (children, and parents that live on);
        RTs of unknown size are left out.
    """
    splits = splits_and_rule(shelf, within)
    after = splits[["after", "limits_after"]].explode(["after", "limits_after"]).astype(float)
    uses = {"before": splits["before"] / splits["limit"]}
    uses["after"] = after["after"] / after["limits_after"]
    ends = [-1.0, 1.0, 1.5, 2.0, np.inf]
    counts = {
        when: pd.cut(use.astype(float), ends, labels=list(SIZES)).value_counts()
        for when, use in uses.items()
    }
    return pd.DataFrame(counts).reindex(list(SIZES), fill_value=0)


def _level(edition: Edition, area_id: str | None) -> str:
    return "kabupaten" if area_id is None else str(edition.areas.at[area_id, "level"])


def _count(table: pd.DataFrame, rt_id: str) -> tuple[float, float]:
    """Return households and limit of an RT; NaN where they are not known."""
    if rt_id not in table.index:
        return float("nan"), float("nan")
    return float(table.at[rt_id, "households"]), float(table.at[rt_id, "limit"])


def rule_sentences(
    shelf: Sequence[Edition],
    language: str = "id",
    within: str | None = None,
    rapat: bool = False,
) -> list[str]:
    """Say what the rule is, how many splits were due by it, and how many RTs are due now."""
    edition = shelf[-1]
    if edition.is_public:
        return _public_sentences(shelf, language, within)
    known = use_of_limit(edition)
    known = known[known.index.isin(ranks.areas_within(edition, "rt", within))]
    if known.empty:
        return [say("rule.unknown", language)]
    told = [_limits(edition, known, language), _splits(shelf, within, language)]
    told.append(_due(edition, known, within, language, rapat))
    return [sentence for sentence in told if sentence]


def _public_sentences(shelf: Sequence[Edition], language: str, within: str | None) -> list[str]:
    known = over_limit(shelf[-1])
    known = known[known.index.isin(ranks.areas_within(shelf[-1], "rt", within))]
    if known.empty:
        return [say("rule.unknown", language)]
    date = words.period_name(shelf[-1], language)
    key = "public_due" if known.any() else "none_due"
    counts: dict[str, Any] = {"n": int(known.sum()), "of": len(known)}
    told = [_splits(shelf, within, language), say(f"rule.{key}", language, date=date, **counts)]
    return [sentence for sentence in told if sentence]


def _limits(edition: Edition, known: pd.DataFrame, language: str) -> str:
    kinds = edition.areas.loc[known.index, "desa_id"].map(edition.areas["kind"])
    limits = known["limit"].groupby(kinds).max().sort_values(kind="stable")
    parts = [
        say("rule.limit_of", language, limit=number(limit, language, 0), kind=str(kind).lower())
        for kind, limit in limits.items()
    ]
    return say("rule.limits", language, limits=join_words(parts, language))


def _splits(shelf: Sequence[Edition], within: str | None, language: str) -> str | None:
    if len(shelf) < 2:
        return None
    splits = splits_and_rule(shelf, within)
    since = words.format_date(shelf[0].as_of, language)
    if splits.empty:
        return say("rule.no_splits", language, date=since)
    due = splits["was_due"].astype("boolean")
    counts: dict[str, Any] = {"n": len(splits), "due": int(due.sum()), "not_due": int((~due).sum())}
    text = say("rule.splits", language, date=since, **counts)
    unknown = int(due.isna().sum())
    return text + (" " + say("rule.splits_unknown", language, n=unknown) if unknown else "")


def _due(
    edition: Edition, known: pd.DataFrame, within: str | None, language: str, rapat: bool
) -> str:
    due = due_now(edition, within)
    date = words.period_name(edition, language)
    if due.empty:
        return say("rule.none_due", language, date=date, of=len(known))
    counts: dict[str, Any] = {"n": len(due), "of": len(known), "asked": int(due["n_asked"].sum())}
    text = say("rule.due", language, date=date, **counts)
    if rapat:
        return text
    first = due.iloc[0]
    largest = {
        "area": words.area_name(edition.areas.loc[due.index[0]]),
        "households": number(first["households"], language, 0),
        "limit": number(first["limit"], language, 0),
    }
    return text + " " + say("rule.largest", language, **largest)
