"""What is exported: some indicators of some areas of one level, in rows, with what explains them.

A view is what the table under a map shows, each number with what it rests on. Every format in
`export` holds the same rows. They are made from an edition, so no personal column can be there.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE, VALUE_STATES
from pbrt_geo.show import ranks, words
from pbrt_geo.text import number, say

PARTS = ("value", "numerator", "denominator", "known_rate", "state", "evidence")
"""What is told of each indicator and area; `evidence` only on the boundaries of another date."""

PUBLIC_PARTS = ("low", "high", "state", "since")
"""What is told of each in a public edition: both ends of its range, and the date of that."""

_PLACE = ("bps_code", "name", "kind", "desa_name", "kecamatan_name", "boundary_kind")
_SAYS_NOTHING: dict[str, tuple[str, ...]] = {
    "rt": ("kind",),
    "desa": ("desa_name",),
    "kecamatan": ("kind", "desa_name", "kecamatan_name"),
    "kabupaten": ("kind", "desa_name", "kecamatan_name"),
}
_SHORT_ID = 12


@dataclass(frozen=True)
class View:
    """Some indicators of some areas of one level, as of one edition."""

    edition: Edition
    level: str
    indicators: tuple[Indicator, ...]
    language: str
    areas: pd.Index

    @cached_property
    def table(self) -> pd.DataFrame:
        """
        One row per area, indexed by `area_id`, in the edition's order.

        Columns of the place, then `<indicator>.<part>` for each of `PARTS`; state and evidence in
        words. `evidence` holds the mark of a converted number, and nothing beside any other.
        Of a public edition the parts are `PUBLIC_PARTS`, the ends as `words.range_ends`.
        """
        columns = self.place_texts()
        for indicator in self.indicators:
            column = self.edition.column(indicator.id, self.level).loc[self.areas]
            if self.edition.is_public:
                columns |= public_columns(indicator, column, indicator.id, self.language)
                continue
            for part in PARTS[:4]:
                columns[f"{indicator.id}.{part}"] = column[part].astype("float64")
            said = {name: say(f"state.{name}", self.language) for name in VALUE_STATES}
            columns[f"{indicator.id}.state"] = column["state"].astype("object").map(said)
            if self.edition.is_converted:
                marks = {name: words.conversion_mark(name, self.language) for name in EVIDENCE}
                evidence = words.evidences(column).map(marks | {"": ""})
                columns[f"{indicator.id}.evidence"] = evidence
        return pd.DataFrame(columns, index=self.areas).rename_axis("area_id")

    def place_texts(self) -> dict[str, pd.Series]:
        """Return the columns that say which area a row is, as texts."""
        columns: dict[str, pd.Series] = {}
        places = self.edition.areas.loc[self.areas]
        for name in self.place_columns:
            columns[name] = places[name].astype("object").where(places[name].notna(), "")
        if "boundary_kind" in columns:
            columns["boundary_kind"] = self._indicative.map(
                {True: self._indicative_text, False: ""}
            )
        return columns

    @property
    def _indicative(self) -> pd.Series:
        return self.edition.areas.loc[self.areas, "boundary_kind"].eq("indicative")

    @property
    def _indicative_text(self) -> str:
        return say("boundary_kind.indicative", self.language)

    @property
    def seal(self) -> dict[str, str]:
        """What every row ends with: date of the data, date of the boundaries, edition."""
        about = self.edition.about
        return {
            "as_of": about["as_of"],
            "boundary_date": about["boundary_date"],
            "edition": words.sealed_id(self.edition, _SHORT_ID),
        } | self.use

    @property
    def use(self) -> dict[str, str]:
        """Say that an internal edition is not to be handed out; nothing of a public one."""
        text = words.use_note(self.edition, self.language)
        return {"use": text} if text else {}

    @property
    def place_columns(self) -> list[str]:
        """Columns that say which area a row is, those without any content left out."""
        drop = _SAYS_NOTHING[self.level]
        places = self.edition.areas.loc[self.areas]
        kept = [c for c in _PLACE if c not in drop and c in places]
        told = {"name": True, "boundary_kind": bool(self._indicative.any())}
        return [c for c in kept if told.get(c, bool(places[c].notna().any()))]

    def heading(self, column: str) -> str:
        """Write the head of a column in the language of the view."""
        indicator = self.indicator_of(column)
        if indicator is None:
            return say(f"export.column.{column}", self.language)
        name = words.indicator_name(indicator, self.language, self.edition.programmes)
        part = column.rpartition(".")[2]
        unit = words.indicator_text(indicator, "unit", self.language)
        return say(f"export.part.{part}", self.language, name=name, unit=unit)

    def indicator_of(self, column: str) -> Indicator | None:
        """Return the indicator whose column this is; None for the columns of the place."""
        identifier = column.rpartition(".")[0]
        return next((i for i in self.indicators if i.id == identifier), None)

    @property
    def day(self) -> str:
        """Date of the data, for names; with that of the boundaries where they are of another."""
        day, boundary_date = self.seal["as_of"], self.seal["boundary_date"]
        return f"{day}_batas_{boundary_date}" if self.edition.is_converted else day

    @property
    def file_stem(self) -> str:
        """Name of a file with this view, without its ending: only letters, digits, `-` and `_`."""
        sealed = self.seal["edition"].replace("+", "_")
        return f"{region_stem(self.edition)}_{self.level}_{self.day}_{sealed}"


def region_stem(edition: Edition) -> str:
    """Name the region for a file name: only letters, digits and `-`."""
    return re.sub(r"[^a-zA-Z0-9-]+", "-", edition.about["region"]["id"]).strip("-")


def view(
    edition: Edition,
    level: str,
    indicator_ids: Sequence[str],
    language: str = "id",
    where: Sequence[str] | pd.Index | None = None,
) -> View:
    """
    Choose what to export.

    Parameters
    ----------
    indicator_ids
        In the order of the columns; those the edition does not have at this level are left out.
    where
        Areas of `level` to keep; all where left out.
    """
    indicators = tuple(edition.indicator(i) for i in indicator_ids if edition.has(i, level))
    areas = ranks.areas_within(edition, level)
    if where is not None:
        areas = areas[areas.isin(where)]
    return View(edition, level, indicators, language, areas)


def view_table(
    edition: Edition,
    level: str,
    indicator_ids: Sequence[str],
    language: str = "id",
    where: Sequence[str] | pd.Index | None = None,
) -> pd.DataFrame:
    """Return the rows under a map with heads in the language; see `View.table`."""
    chosen = view(edition, level, indicator_ids, language, where)
    table = chosen.table.rename(columns=chosen.heading)
    return table.rename_axis(chosen.heading("area_id"))


def about_rows(chosen: View) -> Iterator[tuple[str, str]]:
    """Explain a view in rows of two cells: where it comes from, and what each figure means."""
    edition, language = chosen.edition, chosen.language
    about = edition.about
    boundary_date = dt.date.fromisoformat(about["boundary_date"])
    facts = {
        "region": words.region_name(edition, language),
        "level": say(f"level.{chosen.level}", language),
        "n_areas": number(len(chosen.areas), language),
        "as_of": words.period_name(edition, language),
        "boundary_date": words.format_date(boundary_date, language),
        "edition": words.sealed_id(edition),
        "method_version": str(about["method_version"]),
    }
    for key, text in facts.items():
        yield say(f"export.about.{key}", language), text
    if about["region"]["invented"]:
        yield say("export.about.invented", language), say("export.invented", language)
    for text in chosen.use.values():
        yield say("export.column.use", language), text
    for source in about["sources"]:
        yield (
            f"{say('export.about.source', language)}: {source['what'][language]}",
            source["text"][language],
        )
    yield "", ""
    for indicator in chosen.indicators:
        yield (
            words.indicator_name(indicator, language, edition.programmes),
            _definition(indicator, language),
        )
    if edition.is_public:
        yield "", ""
        yield say("export.about.ranges", language), say("export.ranges", language)
    yield "", ""
    for state in VALUE_STATES[1:]:
        yield say(f"state.{state}", language), say(f"state_meaning.{state}", language)
    yield from _mark_rows(chosen)


def _mark_rows(chosen: View) -> Iterator[tuple[str, str]]:
    """Explain the marks that occur: converted numbers by their evidence, indicative boundaries."""
    language = chosen.language
    columns = [chosen.table[c] for c in chosen.table if c.endswith(".evidence")]
    found = set(pd.concat(columns)) if columns else set()
    for name in EVIDENCE:
        mark = words.conversion_mark(name, language)
        if mark in found:
            yield mark, say(f"evidence_meaning.{name}", language)
    if "boundary_kind" in chosen.table:
        kind = "boundary_kind.indicative"
        yield say(kind, language), say("boundary_kind_meaning.indicative", language)


def _definition(indicator: Indicator, language: str) -> str:
    return " ".join(
        words.indicator_text(indicator, p, language) for p in ("meaning", "how", "source")
    )


def public_columns(
    indicator: Indicator, column: pd.DataFrame, prefix: str, language: str
) -> dict[str, pd.Series]:
    """Return the columns `PUBLIC_PARTS` of a public column, named after `prefix`."""
    known = column["state"].isin(words.NUMBERS)
    ends = [
        words.range_ends(indicator.kind, row["low"], row["high"], bool(row["closed"]))
        if is_known
        else (float("nan"),) * 2
        for row, is_known in zip(column.to_dict("records"), known, strict=True)
    ]
    said = {name: say(f"state.{name}", language) for name in VALUE_STATES}
    since = column["since"].where(known).dt.strftime("%Y-%m-%d")
    return {
        f"{prefix}.low": pd.Series([low for low, _ in ends], column.index, dtype=float),
        f"{prefix}.high": pd.Series([high for _, high in ends], column.index, dtype=float),
        f"{prefix}.state": column["state"].astype("object").map(said),
        f"{prefix}.since": since.astype(object).where(since.notna(), ""),
    }
