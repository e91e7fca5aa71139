"""Personal rows as a file, for whom the role allows it: marked, counted and logged.

A file leaves the registry's rights behind, so it holds only what was asked for. Its first line says
who took it, when and why; the registry keeps one row in `batches` for the file and one in
`sightings` for each household, written before anybody gets a byte.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select
from xlsxwriter import Workbook

from pbrt_geo.errors import PbrtError
from pbrt_geo.files import TEXT_STAYS_TEXT, inert
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import Actor, holds_on
from pbrt_geo.registry.store import Reading, Registry, Work
from pbrt_geo.registry.watermark import Watermark
from pbrt_geo.schema import CRITERIA
from pbrt_geo.text import say

Part = Literal["people", "evidence"]
Form = Literal["xlsx", "csv"]

COLUMNS: Mapping[Part, tuple[str, ...]] = {
    "people": (
        *("desa", "rt", "rt_id", "no_kk", "nik", "name", "role", "sex", "birth_date", "address"),
        *("disability", "lat", "lon"),
    ),
    "evidence": (
        *("rt_id", "no_kk", "as_of", "source", "n_residents", "spending_idr", "dtsen_desil"),
        *("dtsen_edition", *CRITERIA, "floor_area_m2", "floor", "wall", "roof", "toilet"),
        *("sewage", "water", "lighting", "cooking_fuel", "tenure"),
    ),
}
"""What each part can hold."""

USUAL: Mapping[Part, tuple[str, ...]] = {
    "people": COLUMNS["people"][:10],
    "evidence": COLUMNS["evidence"],
}
"""What a part holds unless told otherwise: disability and where the house is only if asked for."""

FEWEST_LETTERS = 10
"""Letters of a reason that says something."""

_CODED = ("role", "sex", "source")
_ORDER = {role: at for at, role in enumerate(t.MEMBER_ROLES)}


class ExportRefused(PbrtError):
    """No file was made, and nothing left the registry."""


@dataclass(frozen=True)
class Export:
    """A file of personal rows; `number` is its row in `batches`."""

    data: bytes
    number: int
    n_households: int
    n_rows: int


def export_people(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    reason: str,
    *,
    area_id: str = "",
    parts: Mapping[Part, Sequence[str]] | None = None,
    form: Form = "xlsx",
    language: str = "id",
) -> Export:
    """
    Make a file of the people that an actor sees on a day, and record that it was made.

    Parameters
    ----------
    reason
        Why, in words; stands on the file and in the record.
    area_id
        Only those who live there: an RT, desa, kecamatan. Empty: all that the actor sees.
    parts
        Sheets and their columns, of `COLUMNS`; without it `people` with the usual ones. A CSV
        holds one part.

    Raises
    ------
    NotAllowed
        If the role may not export people.
    ExportRefused
        If no reason is given, nobody is found, or a CSV is asked for several parts.
    """
    actor.require("export_people")
    parts = {"people": USUAL["people"]} if parts is None else parts
    _check(reason, parts, form)
    with registry.write(actor, on, "export", reason.strip()) as work:
        rows = {part: _ROWS[part](work, area_id) for part in parts}
        seen = sorted({row["household_id"] for found in rows.values() for row in found})
        if not seen:
            raise ExportRefused.of("export_nobody", date=on.isoformat())
        n_rows = sum(map(len, rows.values()))
        about = {"parts": {part: list(names) for part, names in parts.items()}, "form": form}
        number = work.record(**about, area_id=area_id, n_households=len(seen), n_rows=n_rows)
    registry.saw(actor, "export", [{"household_id": key} for key in seen])
    mark = Watermark(actor, registry.clock(), reason, number)
    tables = {part: _table(rows[part], names, language) for part, names in parts.items()}
    data = _FORMS[form](tables, mark, language)
    return Export(data, number, len(seen), n_rows)


def _check(reason: str, parts: Mapping[Part, Sequence[str]], form: Form) -> None:
    if sum(map(str.isalpha, reason)) < FEWEST_LETTERS:
        raise ExportRefused.of("export_reason", n=FEWEST_LETTERS)
    unknown = [name for part, names in parts.items() for name in names if name not in COLUMNS[part]]
    if unknown or not parts:
        raise ValueError(f"no such columns: {unknown}")
    if form == "csv" and len(parts) > 1:
        raise ExportRefused.of("export_csv_parts", n=len(parts))


# ── whose rows ──────────────────────────────────────────────────────────────────────────────────


def _homes(reading: Reading, area_id: str) -> Select[Any]:
    """Return households that live in an area on the day, with what their RT is called."""
    h, r, p = (reading.visible(table) for table in (t.households, t.residences, t.places))
    told = [r.c.household_id, r.c.rt_id, p.c.name.label("rt"), p.c.desa_name.label("desa")]
    about = [h.c.no_kk, h.c.address, h.c.lat, h.c.lon]
    named = (p.c.rt_id == r.c.rt_id) & holds_on(p, reading.on)
    query = select(*told, *about).join_from(r, h, r.c.household_id == h.c.id)
    query = query.outerjoin(p, named).where(holds_on(r, reading.on))
    return query.where(_inside(r.c.rt_id, p, area_id)) if area_id else query


def _inside(rt_id: ColumnElement[str], p: Any, area_id: str) -> ColumnElement[bool]:
    upper = (p.c.desa_id, p.c.kecamatan_id, p.c.kabupaten_id)
    return or_(rt_id == area_id, *(column == area_id for column in upper))


def _people(reading: Work, area_id: str) -> list[RowMapping]:
    homes = _homes(reading, area_id).subquery("homes")
    m, p = reading.visible(t.memberships), reading.visible(t.residents)
    told = [p.c.nik, p.c.name, p.c.sex, p.c.birth_date, p.c.disability, m.c.role]
    query = select(homes, *told).join_from(homes, m, m.c.household_id == homes.c.household_id)
    query = query.join(p, m.c.resident_id == p.c.id).where(holds_on(m, reading.on))
    alive = or_(p.c.death_date.is_(None), p.c.death_date > reading.on)
    return sorted(reading.rows(query.where(alive)), key=_person_key)


def _person_key(row: RowMapping) -> tuple[Any, ...]:
    born = row["birth_date"] or dt.date.max
    return (row["rt_id"], row["household_id"], _ORDER[row["role"]], born, row["name"])


def _evidence(reading: Work, area_id: str) -> list[RowMapping]:
    homes = _homes(reading, area_id).subquery("homes")
    e = reading.visible(t.evidence)
    found = [column for column in e.c if column.name in COLUMNS["evidence"]]
    query = select(homes.c.household_id, homes.c.rt_id, homes.c.no_kk, *found)
    query = query.join_from(homes, e, e.c.household_id == homes.c.household_id)
    rows = reading.rows(query.where(e.c.as_of <= reading.on))
    key = ("rt_id", "household_id", "as_of", "source")
    return sorted(rows, key=lambda row: tuple(row[name] for name in key))


_ROWS: Mapping[Part, Callable[[Work, str], list[RowMapping]]] = {
    "people": _people,
    "evidence": _evidence,
}


# ── as a file ───────────────────────────────────────────────────────────────────────────────────

Table = tuple[list[str], list[list[Any]]]
"""Headings, and rows of values."""


def _table(rows: Iterable[RowMapping], names: Sequence[str], language: str) -> Table:
    headings = [say(f"export_people.column.{name}", language) for name in names]
    words = {
        f"{name}.{value}": say(f"export_people.{name}.{value}", language)
        for name, values in zip(_CODED, _VALUES, strict=True)
        for value in values
    }
    return headings, [[words.get(f"{n}.{row[n]}", row[n]) for n in names] for row in rows]


_VALUES = (t.MEMBER_ROLES, t.SEXES, t.EVIDENCE_SOURCES)


def _to_csv(tables: Mapping[Part, Table], mark: Watermark, language: str) -> bytes:
    """Write one table as Excel of the language reads it; the watermark is the first line."""
    ((headings, rows),) = tables.values()
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if language == "id" else ",", lineterminator="\r\n")
    writer.writerow([inert(mark.line(language))])
    writer.writerow([inert(heading) for heading in headings])
    for row in rows:
        writer.writerow([_csv_cell(value, language) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _csv_cell(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _yes_or_no(value, language)
    if isinstance(value, float):
        written = f"{value:.6f}".rstrip("0").rstrip(".")
        return written.replace(".", ",") if language == "id" else written
    return inert(str(value))


def _yes_or_no(value: bool, language: str) -> str:
    return say(f"export_people.{'yes' if value else 'no'}", language)


def _to_xlsx(tables: Mapping[Part, Table], mark: Watermark, language: str) -> bytes:
    """Write a sheet for each table; the watermark is its first row, and on each printed page."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        book.set_properties(
            {"title": say("watermark.title", language), "created": mark.at.replace(tzinfo=None)}
        )
        look = {
            "mark": book.add_format({"bold": True, "font_color": "#A4262C"}),
            "head": book.add_format({"bold": True, "bottom": 1, "bg_color": "#F2EFEA"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for part, (headings, rows) in tables.items():
            sheet = book.add_worksheet(say(f"export_people.part.{part}", language))
            top = mark.put_on(sheet, look["mark"], language)
            for column, heading in enumerate(headings):
                sheet.write_string(top, column, heading, look["head"])
                sheet.set_column(column, column, 20)
            _write_rows(sheet, top + 1, rows, look["day"], language)
            sheet.freeze_panes(top + 1, 0)
            sheet.repeat_rows(0, top)
            sheet.set_landscape()
    return out.getvalue()


def _write_rows(sheet: Any, top: int, rows: list[list[Any]], day: Any, language: str) -> None:
    for line, row in enumerate(rows, top):
        for column, value in enumerate(row):
            match value:
                case None:
                    continue
                case bool():
                    sheet.write_string(line, column, _yes_or_no(value, language))
                case int() | float():
                    sheet.write_number(line, column, value)
                case dt.date() if value.year >= 1901:
                    sheet.write_datetime(line, column, value, day)
                case _:
                    sheet.write_string(line, column, str(value))


_FORMS: Mapping[Form, Callable[[Mapping[Part, Table], Watermark, str], bytes]] = {
    "xlsx": _to_xlsx,
    "csv": _to_csv,
}
