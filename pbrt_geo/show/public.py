"""What a map of a public edition says of each area, and how its legend explains that.

An RT is told in a class, a larger area in a range, and some of neither. So no field of a map
holds a number: it holds texts, written where all figures are written (`words`).
"""

import datetime as dt
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from pbrt_geo.show import words
from pbrt_geo.show.columns import ranges_in
from pbrt_geo.text import say

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition, Indicator

Told: TypeAlias = tuple[str, str]
"""What is said of an area in two lines; the second, of which date it is, is often empty."""

UNTOLD: Told = ("", "")


def told_of(
    indicator: "Indicator", column: pd.DataFrame, language: str, as_of: dt.date
) -> list[Told]:
    """Say what the figure of each area is, and of which date if not `as_of`."""
    return [
        (words.value_with_unit(indicator, row, language), words.since_note(row, language, as_of))
        if row["state"] in words.NUMBERS
        else UNTOLD
        for row in column.to_dict("records")
    ]


def distinct(told: list[Told]) -> list[Told]:
    """Return what is told, each pair of lines once."""
    return list(dict.fromkeys(told))


def explanation(level: str, column: pd.DataFrame, language: str) -> str:
    """Say below the legend what ranges are coloured by, and what the hatching means."""
    said = {
        "ranges": level != "rt" and ranges_in(column).any(),
        "withheld": is_hatched(column),
    }
    return " ".join(say(f"map.public.{key}", language) for key, is_said in said.items() if is_said)


def is_hatched(column: pd.DataFrame) -> bool:
    """Tell whether anything on the map is withheld."""
    return bool(column["state"].eq("withheld").any())


def public_content(
    edition: "Edition", level: str, column: pd.DataFrame, told: list[Told], language: str
) -> dict[str, object]:
    """Return what a map of a public edition is sent beside its fields; nothing for another."""
    if not edition.is_public:
        return {}
    found = {"told": distinct(told), "explained": explanation(level, column, language)}
    return {name: value for name, value in found.items() if value} | (
        {"hatched": True} if is_hatched(column) else {}
    )
