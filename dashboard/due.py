"""Rows on the rule of 30 and 50 households: RTs due to split, and splits before and after."""

from collections.abc import Sequence

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import growth, ranks, rule


def over_limit(editions: Sequence[Edition], within: str) -> pd.DataFrame:
    """
    List the RTs that have more households than the rule allows, the furthest above it first.

    Returns
    -------
    over_limit
        By `area_id`: names, `households`, `limit`, `n_asked`.
    """
    due = rule.due_now(editions[-1], within or None)
    names = ["name", "dusun", "desa_name", "kecamatan_name"]
    return editions[-1].areas.loc[due.index, names].join(due)


def over_limit_by_area(editions: Sequence[Edition], level: str, within: str) -> pd.DataFrame:
    """Count the RTs above the limit in the areas of a level: names, `n_due`, `n_known`."""
    counts = rule.due_by_area(editions[-1], level, within or None)
    return editions[-1].areas.loc[counts.index, ["name", "kecamatan_name"]].join(counts)


def splits(editions: Sequence[Edition], within: str) -> pd.DataFrame:
    """
    Set the splits between the editions beside the rule, the latest first.

    Returns
    -------
    splits
        By `rt_id` of the parent: `name`, `desa_name`, `born` (date of the split), `sk_number`,
        `before`, `limit`, `was_due` (missing where unknown), `n_after` (RTs), `largest_after`.
    """
    newest = editions[-1]
    rows = rule.splits_and_rule(editions, within or None)
    named = growth.unit_rows(newest).dropna(subset=["name"])
    names = named.drop_duplicates("unit_id", keep="last").set_index("unit_id")["name"]
    table = pd.DataFrame(
        {
            "name": rows["parent_id"].map(names).fillna(rows["parent_id"]),
            "desa_name": rows["desa_id"].map(newest.areas["name"]).fillna(rows["desa_id"]),
            "born": rows["date"],
            "sk_number": rows["sk_number"],
            "before": rows["before"],
            "limit": rows["limit"],
            "was_due": rows["was_due"],
            "n_after": rows["children"].map(len),
            "largest_after": pd.Series(rows["after"].map(max), dtype="float64"),
        }
    ).set_index(pd.Index(rows["parent_id"], name="rt_id"))
    return table.sort_values("born", ascending=False, kind="stable")


def sentences(editions: Sequence[Edition], language: str, within: str, briefing: bool) -> list[str]:
    """Say what the rule is, how many splits were due by it, and how many RTs are due now."""
    if not len(ranks.areas_within(editions[-1], "rt", within or None)):
        return []
    return rule.rule_sentences(editions, language, within or None, briefing)
