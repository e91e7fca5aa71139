"""Bringing checked boundaries into a region: repaired, all or nothing.

| file | what is written |
|---|---|
| polygons of desa | `area_boundaries.parquet` |
| RT, column `rt_id` | `rt_boundaries.parquet`; the RTs must exist |
| neighbourhoods of BPS, column `idsls` | `rt_boundaries.parquet` and `rt.csv` or the events |

A neighbourhood finds its RT by the column `idsls` of the RTs, or by a table that tells it.
It is never matched by its name or number, for these repeat within a desa. Where a desa has no RT
yet, its neighbourhoods become RTs; where it has, those without a match are refused. In a region
with events, new RTs are recorded as `awal` (they were there; when they began is not known), a
code that the table tells as `ganti_nomor`; else `rt.csv` is written.

A polygon holds from the day of the import. What the region knew before that day stays.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from pbrt_geo.boundaries.check import BoundaryReport, check_file
from pbrt_geo.boundaries.compare import compare_boundaries
from pbrt_geo.boundaries.lives import ends_of
from pbrt_geo.boundaries.merging import Merged, merge
from pbrt_geo.boundaries.repair import Repair
from pbrt_geo.boundaries.shapes import area_m2
from pbrt_geo.boundaries.tables import (
    has_events,
    last_serial,
    read_areas,
    read_boundary_table,
    read_rt,
    rt_living,
    write_all,
)
from pbrt_geo.codes import Scheme, area_ids, desa_of_sls, rt_id
from pbrt_geo.errors import BoundaryError, Problem
from pbrt_geo.read.boundaries import read_mapping
from pbrt_geo.read.sandbox import Limits
from pbrt_geo.recording import Draft, event_files
from pbrt_geo.schema import AREA_BOUNDARIES, RT, RT_BOUNDARIES, Table
from pbrt_geo.text import say

BOUNDARY_KINDS = RT_BOUNDARIES.column("boundary_kind").allowed


@dataclass(frozen=True)
class ImportResult:
    """What an import stored, and what the repair changed."""

    file: str
    figures: dict[str, Any]
    problems: list[Problem]

    def text(self, language: str = "id") -> str:
        """Say what was stored, then what was noticed."""
        lines = [say(f"boundaries.stored.{self.figures['kind']}", language, **self._told())]
        if self.figures["n_overlaps"] or self.figures["n_gaps"] or self.figures["n_invalid"]:
            lines.append(say("boundaries.repaired", language, **self._told()))
        if self.figures["n_gave_way"] or self.figures["n_trimmed"]:
            lines.append(say("vintages.gave_way", language, **self._told()))
        if self.figures["comparison"]:
            lines.append(say("vintages.imported", language, **self.figures["comparison"]))
        lines += [f"- {problem.text(language)}" for problem in self.problems]
        return "\n".join(lines)

    def _told(self) -> dict[str, Any]:
        percent = round(self.figures["largest_change"] * 100, 2)
        return self.figures | {"file": self.file, "percent": percent}

    def as_dict(self, language: str = "id") -> dict[str, Any]:
        """Return the result in a form that JSON can hold."""
        told = [problem.as_dict(language) for problem in self.problems]
        return {"file": self.file, "figures": self.figures, "problems": told}


def import_file(
    path: Path | str | bytes,
    region_dir: Path | str,
    *,
    date: dt.date | None,
    scheme: Scheme | None = None,
    level: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    swap: bool = False,
    mapping: Path | str | None = None,
    boundary_kind: str = "indicative",
    name: str | None = None,
    limits: Limits | None = None,
) -> ImportResult:
    """
    Check, repair and store a boundary file that need not be trusted.

    Parameters
    ----------
    path
        The file, or its bytes.
    region_dir
        Region folder; it must have `areas.csv`.
    date
        First day on which the boundaries hold.
    scheme, level, layer, crs, swap
        What the file itself does not say; see `check_file`.
    mapping
        CSV file with `idsls` and `rt_id`, for neighbourhoods of BPS in desa that have RTs.
    boundary_kind
        "official" where a regulation sets the boundary, else "indicative".
    name, limits
        As in `check_file`.

    Raises
    ------
    FileRefused
        If the file is not read.
    BoundaryError
        With every problem that stands against it. The region is then as it was.
    """
    if date is None:
        raise BoundaryError.of("boundary_date_missing")
    report = check_file(
        path,
        region_dir,
        date=date,
        scheme=scheme,
        level=level,
        layer=layer,
        crs=crs,
        swap=swap,
        name=name,
        limits=limits,
    )
    table = None if mapping is None else read_mapping(mapping)
    return import_boundaries(
        report, region_dir, date=date, mapping=table, boundary_kind=boundary_kind
    )


def import_boundaries(
    report: BoundaryReport,
    region_dir: Path | str,
    *,
    date: dt.date,
    mapping: pd.DataFrame | None = None,
    boundary_kind: str = "indicative",
) -> ImportResult:
    """
    Repair the boundaries of a check and store them in a region from `date` on, all or nothing.

    Raises
    ------
    BoundaryError
        If the report holds errors, the repair would change an area by more than 1 %, RTs
        cannot be told, or the result would overlap polygons that stay.
    """
    if report.repair is None:
        raise BoundaryError(*report.errors)
    if not report.compared:
        raise BoundaryError.of("boundary_not_compared")
    if boundary_kind not in BOUNDARY_KINDS:
        raise BoundaryError.of("boundary_kind", kind=boundary_kind, known=", ".join(BOUNDARY_KINDS))
    region = Path(region_dir)
    repair = report.repair
    new, rt = _as_table(report, repair, region, date, mapping)
    table = AREA_BOUNDARIES if report.kind == "desa" else RT_BOUNDARIES
    source = say("boundaries.source", "id", file=report.file, date=date.isoformat())
    new = new.assign(valid_from=date, valid_to=None, boundary_kind=boundary_kind, source=source)
    ends = ends_of(read_rt(region), date) if table is RT_BOUNDARIES else None
    merged = merge(read_boundary_table(region, table), new, table, date, ends)
    contents: dict[Path, bytes | None] = {region / f"{table.name}.parquet": merged.parquet()}
    if rt is not None:
        contents = _rt_files(region, rt, date) | contents  # an RT may wait for its polygon
    compared = _compared(merged, new, table)
    write_all(contents)
    stored = _result(report, repair, len(new), 0 if rt is None else int(rt.attrs["n_new"]))
    stored.figures.update(compared)
    return stored


def _compared(merged: Merged, new: gpd.GeoDataFrame, table: Table) -> dict[str, Any]:
    """Say in figures how the new polygons differ from those that held on the day."""
    figures: dict[str, Any] = {"n_gave_way": merged.n_gave_way, "n_trimmed": merged.n_trimmed}
    key = table.key[0]
    if merged.before.empty:
        return figures | {"comparison": None}
    before, after = (rows.rename(columns={key: "code"}) for rows in (merged.before, new))
    found = compare_boundaries(before, after, level="rt" if key == "rt_id" else "desa")
    drawn_before = set(new[key]) & set(before["code"])
    redrawn = set(";".join(found.proposals["before"]).split(";")) & drawn_before
    outlined = (set(found.outline["unit_id"]) & drawn_before) - redrawn
    told = {
        "n_unchanged": len(drawn_before) - len(redrawn) - len(outlined),
        "n_redrawn": len(redrawn),
        "moved_ha": found.counts["moved_ha"],
        "n_outline": len(outlined),
        "n_first": len(new) - len(drawn_before),
    }
    return figures | {"comparison": told}


def _result(report: BoundaryReport, repair: Repair, n: int, n_new: int) -> ImportResult:
    worst = repair.changes["change_rate"].abs()
    figures = {
        "kind": report.kind,
        "n_stored": n,
        "n_new_rt": n_new,
        "n_missing": report.figures["n_missing"],
        "missing": report.figures["missing"],
        "n_invalid": report.figures["n_invalid"],
        "n_overlaps": repair.n_overlaps,
        "overlap_ha": report.figures["overlap_ha"],
        "n_gaps": repair.n_gaps,
        "gap_ha": report.figures["gap_ha"],
        "area_km2": round(float(area_m2(repair.boundaries.geometry.to_numpy()).sum()) / 1e6, 4),
        "largest_change": round(float(worst.max()), 6),
        "largest_change_in": str(worst.idxmax()),
    }
    repaired = ("boundary_overlaps", "boundary_gaps", "boundary_invalid")
    return ImportResult(
        report.file,
        figures,
        [problem for problem in report.problems if problem.key not in repaired],
    )


def _as_table(
    report: BoundaryReport,
    repair: Repair,
    region: Path,
    date: dt.date,
    mapping: pd.DataFrame | None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame | None]:
    """Return the polygons under the key of their table, and `rt.csv` where it changes."""
    key = "area_id" if report.kind == "desa" else "rt_id"
    shapes = repair.boundaries
    rt = None
    if report.kind == "sls":
        ids, rt = _rt_of_sls(shapes, region, date, mapping)
        shapes = shapes.set_index(pd.Index(ids))
    return shapes[["geometry"]].rename_axis(key).reset_index(), rt


# ── neighbourhoods of BPS ───────────────────────────────────────────────────────────────────────


def _rt_of_sls(
    shapes: gpd.GeoDataFrame, region: Path, date: dt.date, mapping: pd.DataFrame | None
) -> tuple[list[str], pd.DataFrame | None]:
    """Find the RT of each neighbourhood, or found it where its desa has none."""
    areas, old = read_areas(region), read_rt(region)
    rt = _empty_rt() if old is None else old
    if "idsls" not in rt:
        rt.insert(list(rt.columns).index("source"), "idsls", None)
    if mapping is not None:
        rt = rt.assign(
            idsls=rt["rt_id"].map(mapping.set_index("rt_id")["idsls"]).fillna(rt["idsls"])
        )
    living = rt_living(rt, date)
    matched = living.dropna(subset="idsls")
    known = dict(zip(matched["idsls"], matched["rt_id"], strict=True))
    lost = shapes[~shapes.index.isin(list(known))]
    desa = area_ids(pd.Series(lost.index, lost.index).map(desa_of_sls), "bps", areas)
    taken = desa.isin(living["desa_id"])
    if taken.any():
        examples = ", ".join(taken.index[taken][:5])
        raise BoundaryError.of("boundary_sls_unmapped", n=int(taken.sum()), ids=examples)
    new = _new_rt(lost, desa, rt, date, last_serial(region, rt))
    known |= dict(zip(new["idsls"], new["rt_id"], strict=True))
    return [known[idsls] for idsls in shapes.index], _appended(rt, new)


def _appended(rt: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    both = pd.DataFrame({column: [*rt[column], *new[column]] for column in rt.columns})
    both.attrs["n_new"] = len(new)
    return both


def _empty_rt() -> pd.DataFrame:
    return pd.DataFrame({column.name: pd.Series(dtype=object) for column in RT.columns})


def _new_rt(
    lost: gpd.GeoDataFrame, desa: pd.Series, rt: pd.DataFrame, date: dt.date, last: int
) -> pd.DataFrame:
    """RTs for desa that have none: the next free serials, in the order of the BPS codes."""
    lost = lost.sort_index()
    rows = []
    for serial, (idsls, name) in enumerate(lost["name"].items(), last + 1):
        told = {"rt_id": rt_id(desa[idsls][:5], serial), "desa_id": desa[idsls], "idsls": idsls}
        dates = {"valid_from": date.isoformat(), "valid_to": None}
        source = say("boundaries.source_sls", "id", date=date.isoformat())
        rows.append(told | dates | sls_name(str(idsls), name) | {"source": source})
    return pd.DataFrame(rows, columns=rt.columns)


def _rt_files(region: Path, rt: pd.DataFrame, date: dt.date) -> dict[Path, bytes | None]:
    """Return the files that hold RTs with what is new of them: events if there are any."""
    if not has_events(region):
        return {region / "rt.csv": _csv(rt)}
    old, new = read_rt(region), rt.tail(int(rt.attrs["n_new"]))
    told = rt.head(len(rt) - len(new))
    changed = told["idsls"].notna() & (told["idsls"].to_numpy() != _idsls(old))
    coded = rt_living(told[changed], date)
    drafts = []
    if len(new):
        drafts.append(_event("awal", new, date))
    if len(coded):
        drafts.append(_event("ganti_nomor", coded, date))
    return event_files(region, drafts)[1] if drafts else {}


def _idsls(rt: pd.DataFrame | None) -> Any:
    return [] if rt is None else rt["idsls"].to_numpy()


def _event(kind: str, rt: pd.DataFrame, date: dt.date) -> Draft:
    source = say("boundaries.source_sls", "id", date=date.isoformat())
    rows = rt.rename(columns={"rt_id": "unit_id", "desa_id": "parent_id"})
    names = ["unit_id", "parent_id", "number", "rw", "dusun", "name", "idsls"]
    units = rows[names].assign(role="after").to_dict(orient="records")
    if kind != "awal":
        units = [{"role": "before", "unit_id": unit["unit_id"]} for unit in units] + units
    return Draft({"kind": kind, "date": date, "source": source}, units)


def sls_name(idsls: str, name: Any) -> dict[str, Any]:
    """
    Take a BPS name apart: "RT 03 DUSUN I" is number 003 in Dusun I.

    Without a number in the name, the serial of BPS within the desa stands in.
    """
    text = " ".join(str(name).split()) if pd.notna(name) else ""
    number = re.search(r"\bRT\.? *0*(\d{1,3})\b", text, re.IGNORECASE)
    rw = re.search(r"\bRW\.? *0*(\d{1,3})\b", text, re.IGNORECASE)
    dusun = re.search(r"\b(?:DUSUN|DSN|LINGKUNGAN|LINK)\.? +(.+)$", text, re.IGNORECASE)
    written = number[1] if number else str(int(idsls[10:14]))
    return {
        "number": f"{int(written):03d}",
        "rw": f"{int(rw[1]):03d}" if rw else None,
        "dusun": dusun[1] if dusun else None,
        "name": text or f"RT {int(written):03d}",
    }


def _csv(rows: pd.DataFrame) -> bytes:
    return rows.to_csv(index=False, lineterminator="\n").encode("utf-8")
