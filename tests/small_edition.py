"""A very small edition in memory, with every kind of cell and with names that try to do harm."""

from dataclasses import asdict
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.seal import write_map
from pbrt_geo.series import on_boundaries

HOSTILE = (
    "Ma`ruf",
    "=cmd|' /C calc'!A0",
    "<img src=x onerror=alert(1)>",
    "${7*7}",
    "$x$ & $y$",
    "![x](http://example.invalid/x.png)",
    "\uff1dSUM(A1)",
    '@RT; "kutip"',
)

KABUPATEN, KECAMATAN = "52.07", ("52.07.01", "52.07.02")
DESA = ("52.07.01.2001", "52.07.01.2002", "52.07.02.1001", "52.07.02.2002")
DESA_NAMES = ("Goa", "Desa Beru", "Kuang", "Seloto")
PER_DESA = 4


def indicator(id_: str, kind: str, topic: str, better: str | None = None) -> Indicator:
    base, _, member = id_.partition(":")
    breaks = (0.05, 0.1, 0.15, 0.2) if kind in ("rate", "index") else (5.0, 10.0, 50.0, 100.0)
    return Indicator(id_, base, member, kind, topic, better, breaks)


INDICATORS = [
    indicator("n_rt", "count", "growth"),
    indicator("n_households", "count", "population"),
    indicator("n_residents", "count", "population"),
    indicator("density_km2", "density", "population"),
    indicator("n_poor", "count", "poverty", "low"),
    indicator("poverty_rate", "rate", "poverty", "low"),
    indicator("poverty_gap", "index", "poverty", "low"),
    indicator("af_censored_rate:criterion_03", "rate", "multidimensional", "low"),
    indicator("af_censored_rate:criterion_06", "rate", "multidimensional", "low"),
    indicator("n_rt_born", "count", "growth"),
    indicator("n_rt_ended", "count", "growth"),
    indicator("none_reached_rate", "rate", "coverage", "low"),
]
for _subject in ("usaha", "juru", "field/health", "pillar/basic_services"):
    INDICATORS += [
        indicator(f"coverage_rate:{_subject}", "rate", "coverage", "high"),
        indicator(f"n_reached:{_subject}", "count", "coverage"),
        indicator(f"n_missed:{_subject}", "count", "coverage"),
        indicator(f"n_unknown:{_subject}", "count", "coverage"),
    ]
for _subject in ("usaha", "juru"):
    INDICATORS += [
        indicator(f"exclusion_error:{_subject}", "rate", "coverage", "low"),
        indicator(f"inclusion_error:{_subject}", "rate", "coverage", "low"),
    ]


class SmallEdition(Edition):
    """An edition whose tables were put in by hand; only its map files are on disk."""

    def boundaries(self, level: str) -> gpd.GeoDataFrame:
        order = self.areas.index[(self.areas["level"] == level) & self.areas["has_polygon"]]
        shapes = self.__dict__["geometry"].reindex(order)
        return gpd.GeoDataFrame(geometry=shapes.set_crs(4326))

    def map_file(self, level: str) -> Path:
        path = self.path / f"map_{level}.json"
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            write_map(self.boundaries(level), self.areas, path)
        return path


def _areas() -> pd.DataFrame:
    rows = [_area(KABUPATEN, "kabupaten", "Sumbawa Barat", "Kabupaten")]
    for kecamatan, name in zip(KECAMATAN, ("Jereweh", "Taliwang"), strict=True):
        rows.append(_area(kecamatan, "kecamatan", name, "Kecamatan"))
    for desa, name in zip(DESA, DESA_NAMES, strict=True):
        rows.append(_area(desa, "desa", name, "Kelurahan" if desa[9] == "1" else "Desa"))
    for i in range(len(DESA) * PER_DESA):
        desa = i // PER_DESA
        name = HOSTILE[i] if i < len(HOSTILE) else f"RT {i % PER_DESA + 1:03d}"
        row = _area(f"RT-5207-{i + 1:05d}-0", "rt", name, "RT", DESA[desa])
        rows.append(row | {"number": f"{i % PER_DESA + 1:03d}", "desa_name": DESA_NAMES[desa]})
    return pd.DataFrame(rows).set_index("area_id")


def _area(area_id: str, level: str, name: str, kind: str, desa: str | None = None) -> dict:
    code = desa or area_id
    kecamatan = code[:8] if len(code) >= 8 else None
    names = dict(zip(KECAMATAN, ("Jereweh", "Taliwang"), strict=True))
    return {
        "area_id": area_id, "level": level, "name": name, "kind": kind,
        "desa_id": code if len(code) == 13 else None, "kecamatan_id": kecamatan,
        "kabupaten_id": KABUPATEN, "parent_id": None,
        "desa_name": name if level == "desa" else None,
        "kecamatan_name": names.get(kecamatan), "number": None, "rw": None, "dusun": None,
        "has_polygon": area_id != DESA[3], "area_km2": 4.0,
        "boundary_kind": "indicative" if area_id == "RT-5207-00007-0" else "schematic",
    }  # fmt: skip


def _squares(areas: pd.DataFrame) -> gpd.GeoSeries:
    cell = 0.02
    shapes = {}
    for i, rt in enumerate(areas.index[areas["level"] == "rt"]):
        x, y = 116.8 + cell * (i % 4), -8.8 - cell * (i // 4)
        shapes[rt] = box(*(round(part, 2) for part in (x, y, x + cell, y + cell)))
    for level in ("desa", "kecamatan", "kabupaten"):
        for area in areas.index[areas["level"] == level]:
            inside = areas.index[(areas["level"] == "rt") & (areas[f"{level}_id"] == area)]
            shapes[area] = gpd.GeoSeries([shapes[rt] for rt in inside]).union_all()
    return gpd.GeoSeries(shapes, crs=4326)


def _lives(areas: pd.DataFrame, as_of: date) -> pd.DataFrame:
    rts = areas[areas["level"] == "rt"]
    born = [pd.Timestamp(2001 if i < 10 else 2007 if i < 12 else 2008, 3, 1) for i in range(16)]
    lives = pd.DataFrame(
        {"desa_id": rts["desa_id"], "born": born,
         "ended": [pd.Timestamp(2007, 6, 1) if i == 1 else pd.NaT for i in range(16)]},
        index=rts.index.rename("rt_id"),
    )  # fmt: skip
    lives = lives[lives["born"] <= pd.Timestamp(as_of)]
    return lives.assign(ended=lives["ended"].mask(lives["ended"] > pd.Timestamp(as_of)))


def _cell(i: int, indicator_: Indicator, shift: float) -> dict:
    n_poor, n_residents = 3 * i + shift, 60 + 10 * i
    if indicator_.base in ("n_residents", "n_households"):
        value = n_residents if indicator_.base == "n_residents" else n_residents // 4
        return {"value": value, "numerator": value, "denominator": None, "known_rate": 1.0}
    if indicator_.kind == "count":
        value = {"n_poor": n_poor, "n_unknown": 2, "n_missed": i}.get(indicator_.base, i + 1)
        return {"value": value, "numerator": value, "denominator": None, "known_rate": 0.96}
    top = n_poor if "juru" not in indicator_.id else n_poor / 2
    divide = {"density": 4.0, "index": n_residents * 10}.get(indicator_.kind, n_residents)
    return {"value": top / divide, "numerator": top, "denominator": divide, "known_rate": 0.963}


def rt(i: int) -> str:
    """Return the identifier of an RT by its place among the sixteen, from 0."""
    return f"RT-5207-{i + 1:05d}-0"


INDICATIVE = rt(6)
"""The RT whose boundary is indicative; those of all others are schematic."""

# data, boundary, from, to, weight, evidence
_MOVES = [
    (2006, (2007, 2008), 1, 0, 1.0, "lineage"),
    (2006, (2007, 2008), 8, 8, 0.5, "households"),
    (2006, (2007, 2008), 8, 10, 0.25, "households"),
    (2006, (2007, 2008), 8, 11, 0.25, "area"),
    *((year, (2006,), 0, to, 0.5, "points") for year in (2007, 2008) for to in (0, 1)),
    *((year, (2006,), i, 8, 1.0, "lineage") for year in (2007, 2008) for i in (8, 10, 11)),
]

CONVERTED = {rt(0): "lineage", rt(8): "households", rt(10): "households", rt(11): "area"}
"""Evidence of the RTs of 2006 on the boundaries of 2008 that are converted."""


EVENTS = pd.DataFrame(
    columns=["level", "kind", "date", "sk_number", "corrects", "reason", "note", "source"],
    index=pd.Index([], name="event_id"),
)
EVENT_UNITS = pd.DataFrame(
    columns=["event_id", "role", "unit_id", "parent_id", "number", "rw", "dusun", "name", "idsls"]
)


def _moves(as_of: date) -> pd.DataFrame:
    """Return the crosswalk an edition holds: of earlier data, or onto earlier boundaries."""
    rows = [
        (pd.Timestamp(data, 12, 31), pd.Timestamp(onto, 12, 31), rt(a), rt(b), weight, evidence)
        for data, ontos, a, b, weight, evidence in _MOVES
        for onto in ontos
        if max(data, onto) == as_of.year
    ]
    names = ["data_date", "boundary_date", "from_id", "to_id", "weight", "evidence"]
    return pd.DataFrame(rows, columns=names).assign(n_households=15)


def _conversions(as_of: date) -> list[dict]:
    years = [year for year in SHIFT if year < as_of.year]
    pairs = [pair for year in years for pair in ((year, as_of.year), (as_of.year, year))]
    return [
        {"data_date": f"{data}-12-31", "boundary_date": f"{onto}-12-31",
         "values_sha256": f"hash of {min(data, onto)}"}
        for data, onto in pairs
    ]  # fmt: skip


def _converted(as_of: date) -> pd.DataFrame:
    """Return `Edition.converted`: the RTs the crosswalk changes, sums and ratios made anew."""
    parts = []
    for (data, onto), moved in _moves(as_of).groupby(["data_date", "boundary_date"]):
        values = _values(_areas(), data.date(), SHIFT[data.year])
        values = values[values["level"] == "rt"].drop(columns=["level", "period"])
        kept = {"from_id": [rt(0)], "to_id": [rt(0)], "weight": [1.0], "evidence": ["lineage"]}
        # an RT that takes another over keeps its own people
        moves = pd.concat([moved, pd.DataFrame(kept)]) if data.year == 2006 else moved
        parts.append(_carried(values, moves).assign(data_date=data, boundary_date=onto))
    columns = ["data_date", "boundary_date", "area_id", "level", "indicator", "value"]
    columns += ["numerator", "denominator", "known_rate", "state", "evidence"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def _carried(values: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    rows = moves.merge(values, left_on="from_id", right_on="area_id")
    for part in ("numerator", "denominator"):
        rows[part] *= rows["weight"]
    rows["rank"] = rows["evidence"].map(EVIDENCE.index)
    groups = rows.groupby(["indicator", "to_id"], sort=False)
    found = groups[["numerator", "denominator"]].sum(min_count=1)
    found["known_rate"], found["rank"] = groups["known_rate"].min(), groups["rank"].max()
    found = found.reset_index().rename(columns={"to_id": "area_id"})
    found["value"] = found["numerator"] / found["denominator"].fillna(1.0)
    found["state"] = found["value"].map(lambda value: "zero" if value == 0 else "value")
    found["evidence"] = [EVIDENCE[int(rank)] for rank in found["rank"]]
    return found.assign(level="rt").sort_values(["indicator", "area_id"])


SHIFT = {2006: 2, 2007: 1, 2008: 0}

NOTHINGS = {2: "no_data", 5: "withheld", 14: "not_yet_formed", 7: "undefined"}


def _values(areas: pd.DataFrame, as_of: date, shift: float) -> pd.DataFrame:
    rows = []
    for indicator_ in INDICATORS:
        for level in ("rt", "desa", "kecamatan", "kabupaten"):
            for i, area in enumerate(areas.index[areas["level"] == level]):
                cell = _cell(i, indicator_, shift) | {"state": "value"}
                if level == "rt" and i in NOTHINGS and indicator_.base != "n_households":
                    cell |= {"value": None, "state": NOTHINGS[i]}
                    cell["denominator"] = 0.0 if NOTHINGS[i] == "undefined" else None
                    cell["known_rate"] = 1.0 if NOTHINGS[i] == "undefined" else None
                if cell["value"] == 0:
                    cell["state"] = "zero"
                rows.append(cell | {"area_id": area, "level": level, "indicator": indicator_.id})
    frame = pd.DataFrame(rows)
    frame["period"] = pd.Timestamp(as_of)
    numbers = ["value", "numerator", "denominator", "known_rate"]
    frame[numbers] = frame[numbers].astype(float)
    n_rt = frame["indicator"].eq("n_rt") & frame["level"].eq("kabupaten")
    frame.loc[n_rt, "value"] = {2006: 10, 2007: 11, 2008: 15}[as_of.year]
    return frame


def small_edition(year: int = 2008, folder: Path = Path("small")) -> SmallEdition:
    as_of = date(year, 12, 31)
    areas = _areas()
    programmes = pd.DataFrame(
        {"name": ["Bantuan <b>usaha</b>", "Juru pantau"], "name_en": ["Business aid", "Monitors"],
         "pillar": ["empowerment", "basic_services"], "field": ["economic", "health"],
         "target": ["poor", "all"]},
        index=pd.Index(["usaha", "juru"], name="programme_id"),
    )  # fmt: skip
    about = {
        "format": 1, "id": "0123456789abcdef" * 4, "n_polygons": {"rt": 16},
        "region": {"id": "kecil", "kabupaten_id": KABUPATEN, "invented": True,
                   "name": {"id": "Kabupaten Contoh", "en": "Example Regency"}},
        "as_of": as_of.isoformat(), "as_of_estimated": year == 2008,
        "boundary_date": as_of.isoformat(), "method_version": "1", "kind": "internal",
        "sources": [{"what": {"id": "Batas", "en": "Boundaries"},
                     "text": {"id": "Rekaan.", "en": "Invented."}}],
    }  # fmt: skip
    about["indicators"] = [asdict(entry) for entry in INDICATORS]
    about["files"] = {"values.parquet": f"hash of {year}"}
    about["conversions"] = _conversions(as_of)
    edition = SmallEdition(folder, about)
    edition.__dict__.update(
        areas=areas, values=_values(areas, as_of, SHIFT[year]), programmes=programmes,
        rt_lives=_lives(areas, as_of), geometry=_squares(areas), crosswalk=_moves(as_of),
        converted=_converted(as_of), events=EVENTS, event_units=EVENT_UNITS,
    )  # fmt: skip
    return edition


def converted_edition(data: int = 2006, onto: int = 2008, folder: Path = Path("small")) -> Edition:
    """Return the numbers of one year on the boundaries of another."""
    shelf = small_shelf(folder)
    by_year = {edition.as_of.year: edition for edition in shelf}
    return on_boundaries(shelf, by_year[data], by_year[onto])


def small_shelf(folder: Path = Path("small")) -> list[SmallEdition]:
    return [small_edition(year, folder / str(year)) for year in (2006, 2007, 2008)]
