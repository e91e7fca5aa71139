"""The current view as a file: CSV, XLSX, GeoJSON or GeoPackage.

A view is what the table under a map shows: the areas of one level and some indicators, each with
what it rests on. All formats hold the same rows, the edition's id and its date, and equal views
give equal bytes. They are made from an edition, so no personal column can be among them.
"""

import csv
import datetime as dt
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import ranks, words
from pbrt_geo.text import number, say

PARTS = ("value", "numerator", "denominator", "known_rate", "state")
"""What is told of each indicator and area."""

_PLACE = ("bps_code", "name", "kind", "desa_name", "kecamatan_name")
_SAYS_NOTHING: dict[str, tuple[str, ...]] = {
    "rt": ("kind",),
    "desa": ("desa_name",),
    "kecamatan": ("kind", "desa_name", "kecamatan_name"),
    "kabupaten": ("kind", "desa_name", "kecamatan_name"),
}
_FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_DECIMALS = 6  # of a coordinate: 0.1 m
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

        Columns of the place, then `<indicator>.<part>` for each of `PARTS`; the state in words.
        """
        columns: dict[str, pd.Series] = {}
        places = self.edition.areas.loc[self.areas]
        for name in self.place_columns:
            columns[name] = places[name].astype("object").where(places[name].notna(), "")
        for indicator in self.indicators:
            column = self.edition.column(indicator.id, self.level).loc[self.areas]
            for part in PARTS[:-1]:
                columns[f"{indicator.id}.{part}"] = column[part].astype("float64")
            said = {name: say(f"state.{name}", self.language) for name in words.STATES}
            columns[f"{indicator.id}.state"] = words.states(column).map(said)
        return pd.DataFrame(columns, index=self.areas).rename_axis("area_id")

    @property
    def place_columns(self) -> list[str]:
        """Columns that say which area a row is, those without any content left out."""
        drop = _SAYS_NOTHING[self.level]
        places = self.edition.areas.loc[self.areas]
        kept = [c for c in _PLACE if c not in drop and c in places]
        return [c for c in kept if c == "name" or places[c].notna().any()]

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
    def file_stem(self) -> str:
        """Name of a file with this view, without its ending: only letters, digits, `-` and `_`."""
        region = re.sub(r"[^a-zA-Z0-9-]+", "-", self.edition.about["region"]["id"]).strip("-")
        day = self.edition.as_of.isoformat()
        return f"{region}_{self.level}_{day}_{self.edition.id[:_SHORT_ID]}"


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


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────


def to_csv(chosen: View) -> bytes:
    """
    Write the view as Excel of the language reads it: UTF-8 with mark, `;` and decimal comma.

    English uses `,` and a decimal point. Text that a spreadsheet would run as a formula gets a
    leading apostrophe. Rates are in per cent.
    """
    out = io.StringIO(newline="")
    separator = ";" if chosen.language == "id" else ","
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    columns = ["area_id", *chosen.table.columns]
    writer.writerow([_inert(chosen.heading(c)) for c in [*columns, "as_of", "edition"]])
    kinds = [_kind_of(chosen, column) for column in columns]
    seal = [chosen.edition.as_of.isoformat(), chosen.edition.id[:_SHORT_ID]]
    for row in chosen.table.itertuples(name=None):
        cells = [_csv_cell(c, k, chosen.language) for c, k in zip(row, kinds, strict=True)]
        writer.writerow(cells + seal)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _kind_of(chosen: View, column: str) -> str:
    """Return how a column is written: `text`, `count` or the kind of its indicator."""
    indicator, part = chosen.indicator_of(column), column.rpartition(".")[2]
    if indicator is None or part == "state":
        return "text"
    return {"value": indicator.kind, "known_rate": "rate"}.get(part, "amount")


def _csv_cell(cell: object, kind: str, language: str) -> str:
    if kind == "text":
        return _inert(str(cell))
    if pd.isna(cell):
        return ""
    value = float(cell) * (100 if kind == "rate" else 1)  # type: ignore[arg-type]
    written = f"{value:.6f}".rstrip("0").rstrip(".")
    return written.replace(".", ",") if language == "id" else written


def _inert(text: str) -> str:
    """Keep a spreadsheet from running text as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


# ── XLSX ────────────────────────────────────────────────────────────────────────────────────────

_FORMATS = {
    "count": "#,##0",
    "amount": "#,##0.##",
    "rate": "0.0%",
    "density": "#,##0.0",
    "mean": "0.0",
    "index": "0.000",
    "known_rate": "0%",
}


def to_xlsx(chosen: View) -> bytes:
    """Write the view as a workbook: the rows as real numbers, and a sheet that explains them."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        # the date of the data, not of today: equal views give equal bytes
        day = dt.datetime.combine(chosen.edition.as_of, dt.time())
        title = say("export.sheet.data", chosen.language)
        book.set_properties({"title": title, "comments": chosen.edition.id, "created": day})
        _write_data(book, book.add_worksheet(title), chosen)
        _write_about(book, book.add_worksheet(say("export.sheet.about", chosen.language)), chosen)
    return out.getvalue()


def _write_data(book: Any, sheet: Any, chosen: View) -> None:
    look = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#F2EFEA"}
    head = book.add_format(look)
    columns = ["area_id", *chosen.table.columns]
    for position, column in enumerate(columns):
        sheet.write_string(0, position, chosen.heading(column), head)
    sheet.set_row(0, 62)
    rows = list(chosen.table.itertuples(name=None))
    for position, column in enumerate(columns):
        kind = "known_rate" if column.endswith(".known_rate") else _kind_of(chosen, column)
        cells = [row[position] for row in rows]
        look = book.add_format({"num_format": _FORMATS[kind]} if kind in _FORMATS else {})
        for line, cell in enumerate(cells, 1):
            if kind == "text":
                sheet.write_string(line, position, str(cell), look)
            elif not pd.isna(cell):
                sheet.write_number(line, position, float(cell), look)
        longest = max((len(str(cell)) for cell in cells), default=0)
        sheet.set_column(position, position, min(longest + 2, 32) if kind == "text" else 15)
    sheet.freeze_panes(1, columns.index("name") + 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)


def _write_about(book: Any, sheet: Any, chosen: View) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    for line, (key, text) in enumerate(about_rows(chosen)):
        sheet.write_string(line, 0, key, bold)
        sheet.write_string(line, 1, text, wrap)


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
        "edition": edition.id,
        "method_version": str(about["method_version"]),
    }
    for key, text in facts.items():
        yield say(f"export.about.{key}", language), text
    if about["region"]["invented"]:
        yield say("export.about.invented", language), say("export.invented", language)
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
    yield "", ""
    for state in words.STATES[1:]:
        yield say(f"state.{state}", language), say(f"state_meaning.{state}", language)


def _definition(indicator: Indicator, language: str) -> str:
    return " ".join(
        words.indicator_text(indicator, p, language) for p in ("meaning", "how", "source")
    )


# ── GeoJSON and GeoPackage ──────────────────────────────────────────────────────────────────────


def to_geojson(chosen: View) -> bytes:
    """
    Write the view as GeoJSON (RFC 7946), names and numbers as properties, rates as shares 0 to 1.

    An area without a polygon keeps its row with `geometry: null`.
    """
    frame = _spatial(chosen)
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 10.0**-_DECIMALS, mode="pointwise")
    shapes = shapely.orient_polygons(shapes)  # outer rings counter-clockwise, as RFC 7946 asks
    written = [None if s is None else json.loads(shapely.to_geojson(s)) for s in shapes]
    rows = frame.drop(columns="geometry").reset_index().to_dict("records")
    features = [
        {"type": "Feature", "id": row["area_id"], "properties": _json_row(row), "geometry": shape}
        for row, shape in zip(rows, written, strict=True)
    ]
    members = {
        "type": "FeatureCollection",
        "edition": chosen.edition.id,
        "as_of": chosen.edition.as_of.isoformat(),
        "about": [f"{key}: {text}" for key, text in about_rows(chosen) if key],
    }
    return json.dumps(
        members | {"features": features},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    ).encode("utf-8")


def _json_row(row: dict[str, Any]) -> dict[str, Any]:
    return {str(k): None if isinstance(v, float) and pd.isna(v) else v for k, v in row.items()}


def _spatial(chosen: View) -> gpd.GeoDataFrame:
    """Join the rows with their polygons, under names that GIS programs can use in formulas."""
    polygons = chosen.edition.boundaries(chosen.level).geometry.reindex(chosen.table.index)
    table = chosen.table.rename(columns=_field_name)
    table = table.assign(
        as_of=chosen.edition.as_of.isoformat(), edition=chosen.edition.id[:_SHORT_ID]
    )
    return gpd.GeoDataFrame(table, geometry=polygons, crs=4326)


def _field_name(column: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", column.removesuffix(".value"))


def to_gpkg(chosen: View) -> bytes:
    """Write the view as a GeoPackage with one layer, named after level and date."""
    layer = f"{chosen.level}_{chosen.edition.as_of.isoformat()}"
    frame = _spatial(chosen).reset_index()
    frame.geometry = frame.geometry.map(_as_multi, na_action="ignore")
    facts = {"edition": chosen.edition.id, "as_of": chosen.edition.as_of.isoformat()}
    about = "\n".join(f"{key}: {text}" for key, text in about_rows(chosen) if key)
    with tempfile.TemporaryDirectory(prefix="pbrt-") as folder:
        path = Path(folder) / "view.gpkg"
        frame.to_file(
            path,
            driver="GPKG",
            layer=layer,
            engine="pyogrio",
            geometry_type="MultiPolygon",
            layer_metadata=facts,
            layer_options={"IDENTIFIER": layer, "DESCRIPTION": about},
        )
        _stamp(path, chosen.edition.as_of)
        return path.read_bytes()


def _as_multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _stamp(path: Path, day: dt.date) -> None:
    """Replace the clock's time in a GeoPackage by the date of the data."""
    when = f"{day.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE gpkg_contents SET last_change = ?", (when,))
        database.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (when,))
