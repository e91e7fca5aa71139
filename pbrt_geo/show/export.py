"""The current view as a file: CSV, XLSX, GeoJSON or GeoPackage.

All formats hold the rows of the view, the edition's id, its date and that of the boundaries, and
equal views give equal bytes.
"""

import csv
import datetime as dt
import io
import json
import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from pbrt_geo.files import TEXT_STAYS_TEXT, inert
from pbrt_geo.show import words
from pbrt_geo.show.view import View, about_rows, view, view_table
from pbrt_geo.text import say

__all__ = ["View", "about_rows", "to_csv", "to_geojson", "to_gpkg", "to_xlsx", "view", "view_table"]

_DECIMALS = 6  # of a coordinate: 0.1 m


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
    writer.writerow([inert(chosen.heading(c)) for c in [*columns, *chosen.seal]])
    kinds = [_kind_of(chosen, column) for column in columns]
    seal = list(chosen.seal.values())
    for row in chosen.table.itertuples(name=None):
        cells = [_csv_cell(c, k, chosen.language) for c, k in zip(row, kinds, strict=True)]
        writer.writerow(cells + seal)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _kind_of(chosen: View, column: str) -> str:
    """Return how a column is written: `text`, `count` or the kind of its indicator."""
    indicator, part = chosen.indicator_of(column), column.rpartition(".")[2]
    if indicator is None or part in ("state", "evidence", "since", "way"):
        return "text"
    kinds = dict.fromkeys(("value", "low", "high"), indicator.kind)
    return (kinds | {"known_rate": "rate"}).get(part, "amount")


def _csv_cell(cell: object, kind: str, language: str) -> str:
    if kind == "text":
        return inert(str(cell))
    if pd.isna(cell):
        return ""
    value = float(cell) * (100 if kind == "rate" else 1)  # type: ignore[arg-type]
    written = f"{value:.6f}".rstrip("0").rstrip(".")
    return written.replace(".", ",") if language == "id" else written


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
    with xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        # the date of the data, not of today: equal views give equal bytes
        day = dt.datetime.combine(chosen.edition.as_of, dt.time())
        title = say("export.sheet.data", chosen.language)
        book.set_properties(
            {"title": title, "comments": words.sealed_id(chosen.edition), "created": day}
        )
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
            if kind == "text" and cell != "":
                sheet.write_string(line, position, str(cell), look)
            elif kind != "text" and not pd.isna(cell):
                sheet.write_number(line, position, float(cell), look)
        longest = max((len(str(cell)) for cell in cells), default=0)
        sheet.set_column(position, position, min(longest + 2, 32) if kind == "text" else 15)
    # on paper the sheet stands alone
    sheet.set_footer("".join(f"&L{_printed(text)}" for text in chosen.use.values()))
    sheet.set_header(
        f"&L{_printed(words.region_name(chosen.edition, chosen.language))}&R{_dates(chosen)}"
    )
    sheet.freeze_panes(1, columns.index("name") + 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)


def _printed(text: str) -> str:
    """Keep `&` from being read as a code of the header."""
    return text.replace("&", "&&")


def _dates(chosen: View) -> str:
    edition, language = chosen.edition, chosen.language
    dates = (words.period_name(edition, language), words.boundary_note(edition, language))
    return _printed(", ".join(filter(None, dates)))


def _write_about(book: Any, sheet: Any, chosen: View) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    for line, (key, text) in enumerate(about_rows(chosen)):
        sheet.write_string(line, 0, key, bold)
        sheet.write_string(line, 1, text, wrap)


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
        **chosen.seal,
        "edition": words.sealed_id(chosen.edition),
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
    table = table.assign(**chosen.seal)
    return gpd.GeoDataFrame(table, geometry=polygons, crs=4326)


def _field_name(column: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", column.removesuffix(".value"))


def to_gpkg(chosen: View) -> bytes:
    """Write the view as a GeoPackage with one layer, named after level and date."""
    layer = f"{chosen.level}_{chosen.day}"
    frame = _spatial(chosen).reset_index()
    frame.geometry = frame.geometry.map(_as_multi, na_action="ignore")
    facts = chosen.seal | {"edition": words.sealed_id(chosen.edition)}
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
