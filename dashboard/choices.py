"""What can be chosen on a shelf of editions: years, areas, indicators, levels of the map."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import words

LEVELS = ("rt", "desa", "kecamatan")
"""Levels a map is drawn at, smallest first."""

BREAKS = ("fixed", "equal", "quantile")
"""Ways to cut the classes of a map, the usual one first."""

TOPICS = ("poverty", "coverage", "population", "growth", "multidimensional")
"""Topics of indicators, what is asked for most first."""

USUAL_INDICATOR = "poverty_rate"

_LOOKS = [
    *("level", "name", "kind", "kabupaten_id", "kecamatan_id", "desa_id"),
    *("kecamatan_name", "desa_name", "number", "rw", "dusun"),
]


class Areas:
    """Every area of every edition of a shelf, and what holds what."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        newest_first = [edition.areas[_LOOKS] for edition in reversed(editions)]
        table = pd.concat(newest_first)
        self.table = table[~table.index.duplicated()].sort_index()
        self.ids = frozenset(self.table.index)
        self._by_level = {
            level: tuple(part.index) for level, part in self.table.groupby("level", observed=True)
        }
        self._children = {
            level: self._grouped(level, parent)
            for level, parent in (("desa", "kecamatan_id"), ("rt", "desa_id"))
        }

    def _grouped(self, level: str, parent: str) -> dict[str, tuple[str, ...]]:
        rows = self.table[self.table["level"] == level]
        return {str(key): tuple(part.index) for key, part in rows.groupby(parent, observed=True)}

    def of_level(self, level: str) -> tuple[str, ...]:
        """Return the areas of a level, in the order of their codes."""
        return self._by_level.get(level, ())

    def children(self, level: str, parent: str) -> tuple[str, ...]:
        """Return the desa of a kecamatan, or the RT of a desa."""
        return self._children[level].get(parent, ())

    def level(self, area_id: str) -> str:
        """Return the level of an area."""
        return str(self.table.at[area_id, "level"])

    def above(self, area_id: str) -> dict[str, str]:
        """Return the kecamatan, desa and RT that hold an area, itself among them."""
        row = self.table.loc[area_id]
        held = {"kecamatan": row["kecamatan_id"], "desa": row["desa_id"], "rt": ""}
        held[row["level"]] = area_id
        return {
            level: str(area) if isinstance(area, str) else ""
            for level, area in held.items()
            if level in LEVELS
        }

    def within(self, area_id: str, level: str) -> tuple[str, ...]:
        """Return the areas of a level inside an area; all of them for the empty area."""
        if not area_id:
            return self.of_level(level)
        own = self.level(area_id)
        if own == level or LEVELS.index(own) < LEVELS.index(level):
            return (self.above(area_id)[level],)
        rows = self.table[(self.table["level"] == level) & (self.table[f"{own}_id"] == area_id)]
        return tuple(rows.index)

    def label(self, area_id: str) -> str:
        """Name an area in a list under its parent: Menala; RT 003 · Dusun Sampar."""
        return self._labels[area_id]

    @cached_property
    def _labels(self) -> dict[str, str]:
        rows = self.table[["level", "name", "dusun", "rw"]].itertuples()
        return {row.Index: _label(row.level, row.name, row.dusun, row.rw) for row in rows}

    def long_label(self, area_id: str) -> str:
        """Name an RT with its desa and kecamatan, to be searched by any of them."""
        row = self.table.loc[area_id]
        return f"{self.label(area_id)} — {row['desa_name']}, {row['kecamatan_name']}"

    def path(self, area_id: str) -> list[str]:
        """Name an area after the areas that hold it, largest first."""
        held = [area for area in self.above(area_id).values() if area]
        return [
            words.area_name(self.table.loc[area]) if area[:2] != "RT" else self.label(area)
            for area in held
        ]


def _label(level: str, name: str, dusun: object, rw: object) -> str:
    if level != "rt":
        return name
    extra = [dusun, f"RW {rw}" if isinstance(rw, str) else None]
    return " · ".join([name, *(str(part) for part in extra if _adds(part, name))])


def _adds(part: object, name: str) -> bool:
    return isinstance(part, str) and part != "" and part.lower() not in name.lower()


@dataclass(frozen=True)
class Choices:
    """What the filters offer; the first indicator and level and the last year are the usual."""

    years: tuple[str, ...]
    areas: Areas
    indicators: tuple[str, ...]
    topics: tuple[str, ...]
    groups: tuple[str, ...]
    levels: tuple[str, ...]
    is_public: bool = False

    @property
    def boundaries(self) -> tuple[str, ...]:
        """Years on whose boundaries figures can be shown; the public sees each year on its own."""
        return () if self.is_public else self.years

    @property
    def breaks(self) -> tuple[str, ...]:
        """Ways to cut classes; those of a public edition are fixed, others would tell more."""
        return BREAKS[:1] if self.is_public else BREAKS

    @classmethod
    def of(cls, editions: Sequence[Edition]) -> "Choices":
        """Collect what a shelf of editions of one region offers."""
        newest = editions[-1]
        topics = {indicator.topic for indicator in newest.indicators}
        ids = [indicator.id for indicator in newest.indicators]
        return cls(
            years=tuple(year_keys(editions)),
            areas=Areas(editions),
            indicators=tuple(_first(USUAL_INDICATOR, ids)),
            topics=tuple(topic for topic in TOPICS if topic in topics),
            groups=tuple(i.partition(":")[2] for i in ids if i.startswith("coverage_rate:")),
            levels=tuple(level for level in LEVELS if level in newest.mapped_levels) or LEVELS[1:2],
            is_public=all(edition.is_public for edition in editions),
        )


def year_keys(editions: Sequence[Edition]) -> list[str]:
    """Name editions by their year, by the date where a year has several."""
    count = Counter(edition.as_of.year for edition in editions)
    return [
        str(edition.as_of.year if count[edition.as_of.year] == 1 else edition.as_of)
        for edition in editions
    ]


def _first(wanted: str, values: Iterable[str]) -> list[str]:
    return sorted(values, key=lambda value: value != wanted)
