"""Random small districts: internal editions made of drawn households, for attacks on them.

`random_shelf` draws one district, lets its people come, leave, move and change between dates, and
its RTs split, merge, exchange land and move, and writes an internal edition of each date. Numbers
are added up here household by household, apart from the library, so that they check it as well.
"""

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from district_people import (
    GROUPS,
    KABUPATEN,
    PROGRAMMES,
    District,
    Moment,
    Options,
    live_on,
    settle,
)
from shapely.geometry import box

from pbrt_geo.edition import ABOUT, FORMAT, SINCE_FORMAT_2, Edition, content_hash, file_hash
from pbrt_geo.measures import MEASURES
from pbrt_geo.schema import LEVELS
from pbrt_geo.seal import write_boundaries, write_map, write_parquet

# ── numbers of one date ─────────────────────────────────────────────────────────────────────────


def contributions(people: pd.DataFrame, indicator: str, mixed: bool) -> np.ndarray:
    """Return what each household adds (rows) to numerator, denominator, known and everyone."""
    base, _, member = indicator.partition(":")
    persons = people["persons"].to_numpy(dtype=float)
    if base == "coverage_rate":
        return _coverage(people, member, mixed)
    names = {"n_poor": "poor", "poverty_rate": "poor", "af_headcount_rate": "af"}
    term, weight = np.ones(len(people)), persons if _counts_persons(indicator) else persons * 0 + 1
    if base == "desil_1_4_rate":
        term = people["desil"].to_numpy()
    elif member:
        term = (people["af"] * people[member]).to_numpy()
    elif base in names:
        term = people[names[base]].to_numpy()
    known = weight * ~np.isnan(term)
    return np.column_stack([weight * np.nan_to_num(term), known, known, weight])


def programmes_of(group: str, mixed: bool) -> list[str]:
    """Return the programmes of a group."""
    kind, _, name = group.rpartition("/")
    if kind == "pillar":
        first = 2 if name == "empowerment" else 0
        return list(PROGRAMMES[first : 3 if mixed or first else 2])
    return [group] if not kind else [PROGRAMMES[GROUPS.index(group) - len(PROGRAMMES)]]


def _coverage(people: pd.DataFrame, group: str, mixed: bool) -> np.ndarray:
    names = programmes_of(group, mixed)
    poor = people["poor"].to_numpy()
    meant = np.array([poor if name == PROGRAMMES[2] else np.ones(len(poor)) for name in names])
    served = np.where(meant == 1, people[names].to_numpy(dtype=float).T, 0.0)
    is_meant, reached = _any(meant), _any(served)
    counted = is_meant == 1
    known = counted & ~np.isnan(reached)
    return np.column_stack([counted & (reached == 1), known, known, is_meant != 0]).astype(float)


def _any(table: np.ndarray) -> np.ndarray:
    found = (table == 1).any(axis=0)
    return np.where(found, 1.0, np.where(np.isnan(table).any(axis=0), np.nan, 0.0))


def _values(moment: Moment, areas: pd.DataFrame, district: District) -> pd.DataFrame:
    people, blocks = moment.people, []
    for name in (*district.options.indicators, "n_rt"):
        is_rt = name == "n_rt"
        rows = (
            np.ones((len(moment.rts), 4)) if is_rt else contributions(people, name, district.mixed)
        )
        homes = moment.rts.index if is_rt else people["rt"]
        for level in LEVELS:
            ids = areas.index[areas["level"] == level]
            own = homes if level == "rt" else areas.loc[homes, f"{level}_id"]
            inside = ids.to_numpy()[:, None] == np.asarray(own)[None, :]
            parts = inside @ np.column_stack([rows, np.ones(len(rows))])
            blocks.append(_block(parts, ids, name).assign(level=level))
    table = pd.concat(blocks, ignore_index=True).assign(period=pd.Timestamp(moment.date))
    order = ["area_id", "level", "period", "indicator", "value", "numerator"]
    table = table[[*order, "denominator", "known_rate", "state"]]
    return table.astype({"level": "category", "indicator": "category", "state": "category"})


def _block(parts: np.ndarray, ids: pd.Index, indicator: str) -> pd.DataFrame:
    """Divide sums (areas by `num`, `den`, `known`, `everyone`, `rows`) into values."""
    num, den, known, everyone, rows = parts.T
    is_known = (known > 0) | ((everyone == 0) & (rows > 0))
    is_count = MEASURES[indicator.partition(":")[0]].kind == "count"
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(is_known, num if is_count else num / den, np.nan)
        known_rate = known / everyone
    kinds = [~is_known, np.isnan(value), value == 0]
    return pd.DataFrame(
        {
            "area_id": ids,
            "indicator": indicator,
            "value": value,
            "numerator": num,
            "denominator": np.nan if is_count else den,
            "known_rate": known_rate,
            "state": np.select(kinds, ["no_data", "undefined", "zero"], "value"),
        }
    )


# ── what changed ────────────────────────────────────────────────────────────────────────────────


def _kin(moments: list[Moment], i: int, j: int) -> pd.DataFrame:
    """Group the RTs of two dates that a chain of changes connects."""
    group = {(k, rt): {(k, rt)} for k in (i, j) for rt in moments[k].rts.index}
    for k in range(i + 1, j + 1):
        for old, new in moments[k].edges:
            _join(group, (k - 1, old), (k, new))
    sides = {i: "before", j: "after"}
    parts = {tuple(sorted(n for n in part if n[0] in sides)) for part in group.values()}
    rows = [
        (group, sides[k], rt)
        for group, part in enumerate(sorted(part for part in parts if part))
        for k, rt in part
    ]
    dates = {"before": pd.Timestamp(moments[i].date), "after": pd.Timestamp(moments[j].date)}
    found = pd.DataFrame(rows, columns=["group", "side", "rt_id"]).assign(**dates)
    return found[["before", "after", "group", "side", "rt_id"]]


def _join(group: dict, one: tuple[int, str], other: tuple[int, str]) -> None:
    together = group.get(one, {one}) | group.get(other, {other})
    group.update(dict.fromkeys(together, together))


def _turnover(
    pair: tuple[Moment, Moment], kin: pd.DataFrame, district: District
) -> list[pd.DataFrame]:
    """Count the households of each group that came, left, or add something else."""
    group = {side: part.set_index("rt_id")["group"] for side, part in kin.groupby("side")}
    homes = [m.people["rt"].map(group[s]) for m, s in zip(pair, ("before", "after"), strict=True)]
    homes = pd.concat(homes, axis=1, keys=["before", "after"])
    persons = pd.concat([m.people["persons"] for m in pair], axis=1).max(axis=1)
    rows = [m.people.index.get_indexer(homes.index) for m in pair]
    found = []
    for name in district.options.indicators:
        parts = [contributions(m.people, name, district.mixed)[:, :2] for m in pair]
        added = [
            np.where(at[:, None] >= 0, part[at], 0.0) for part, at in zip(parts, rows, strict=True)
        ]
        moved = (homes["before"] != homes["after"]).to_numpy()
        # who adds nothing neither comes nor goes
        changed = (added[0] != added[1]).any(axis=1)
        changed |= moved & ((added[0] > 0) | (added[1] > 0)).any(axis=1)
        most = (persons if _counts_persons(name) else persons * 0 + 1).reindex(homes.index)
        found.append(_by_group(homes[changed], most[changed], kin).assign(indicator=name))
    return found


def _counts_persons(indicator: str) -> bool:
    return not indicator.startswith(("n_households", "desil_1_4_rate", "coverage_rate"))


def _by_group(homes: pd.DataFrame, most: pd.Series, kin: pd.DataFrame) -> pd.DataFrame:
    after = homes["after"].where(homes["after"] != homes["before"])
    n_groups = kin["group"].max() + 1
    found = pd.DataFrame({"group": np.arange(n_groups), "n_changed": 0.0, "bound": 0.0})
    for side in (homes["before"], after):
        here = side.notna().to_numpy()
        codes = side[here].to_numpy(dtype=int)
        found["n_changed"] += np.bincount(codes, minlength=n_groups)
        found["bound"] += np.bincount(codes, most.to_numpy()[here], minlength=n_groups)
    return found


def _earlier(moments: list[Moment], values: list[pd.DataFrame]) -> pd.DataFrame:
    names = ["date", "area_id", "indicator", "denominator"]
    parts = [
        table[(table["level"] == "rt") & (table["indicator"] != "n_rt")].assign(
            date=pd.Timestamp(moment.date)
        )[names]
        for moment, table in zip(moments, values, strict=True)
    ]
    empty = pd.DataFrame(columns=names)
    return pd.concat(parts, ignore_index=True).astype({"indicator": "str"}) if parts else empty


# ── writing editions ────────────────────────────────────────────────────────────────────────────


@cache
def _square(place: int) -> object:
    x, y = 116.8 + 0.01 * (place % 20), -8.8 - 0.01 * (place // 20)
    return box(x, y, x + 0.01, y + 0.01)


def _polygons(moment: Moment, areas: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    squares = gpd.GeoSeries({rt: _square(place) for rt, place in moment.rts["place"].items()})
    found = {}
    for level in LEVELS:
        home = pd.Series(areas.loc[squares.index, f"{level}_id"]) if level != "rt" else None
        shapes = squares if home is None else squares.groupby(home).agg(lambda s: s.union_all())
        table = gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs=4326)).rename_axis("area_id")
        found[level] = table.loc[areas.index[areas["level"] == level]]
    return found


def _areas(moment: Moment) -> pd.DataFrame:
    rows = [_area(rt, "rt", desa) for rt, desa in moment.rts["desa"].items()]
    desas = sorted(set(moment.rts["desa"]))
    rows += [_area(desa, "desa", desa) for desa in desas]
    rows += [_area(code, "kecamatan", code) for code in sorted({desa[:8] for desa in desas})]
    rows.append(_area(KABUPATEN, "kabupaten", KABUPATEN))
    return pd.DataFrame(rows).set_index("area_id").astype({"born": "datetime64[ns]"})


def _area(area_id: str, level: str, code: str) -> dict:
    parents = {"rt": code, "desa": code[:8], "kecamatan": code[:5], "kabupaten": None}
    kinds = {"rt": "RT", "desa": "Desa", "kecamatan": "Kecamatan", "kabupaten": "Kabupaten"}
    is_desa, is_kecamatan = len(code) == 13, len(code) >= 8
    return {
        "area_id": area_id, "level": level, "name": f"{kinds[level]} {area_id[-7:]}",
        "kind": kinds[level], "parent_id": parents[level], "bps_code": None,
        "number": area_id[-4:-2] if level == "rt" else None, "rw": None, "dusun": None,
        "born": pd.NaT, "desa_id": code if is_desa else None,
        "kecamatan_id": code[:8] if is_kecamatan else None, "kabupaten_id": KABUPATEN,
        "desa_name": f"Desa {code[-7:]}" if is_desa else None,
        "kecamatan_name": f"Kecamatan {code[:8][-7:]}" if is_kecamatan else None,
        "area_km2": 1.2, "label_lon": 116.8, "label_lat": -8.8, "boundary_kind": "schematic",
        "has_polygon": True,
    }  # fmt: skip


def _programmes(mixed: bool) -> pd.DataFrame:
    pillars = ["basic_services", "basic_services", "basic_services" if mixed else "empowerment"]
    return pd.DataFrame(
        {
            "programme_id": PROGRAMMES, "name": PROGRAMMES, "name_en": PROGRAMMES,
            "pillar": pillars, "field": [g.split("/")[1] for g in GROUPS[3:6]],
            "target": ["all", "all", "poor"], "valid_from": pd.Timestamp(2006, 1, 1),
            "valid_to": pd.Series([pd.NaT] * 3, dtype="datetime64[ns]"), "source": "drawn",
        }
    )  # fmt: skip


def _lives(moment: Moment) -> pd.DataFrame:
    lives = pd.DataFrame.from_dict(moment.lives, orient="index").rename_axis("rt_id")
    return lives.astype({"born": "datetime64[ns]", "ended": "datetime64[ns]"}).reset_index()


def _catalogue(options: Options) -> list[dict]:
    found = []
    for name in (*options.indicators, "n_rt"):
        base, _, member = name.partition(":")
        about = MEASURES[base]
        texts = {"id": name, "base": base, "member": member, "kind": about.kind}
        texts |= {"topic": about.topic, "better": about.better, "breaks": list(about.breaks)}
        found.append(texts)
    return found


def _write(
    folder: Path, moment: Moment, district: District, tables: dict[str, pd.DataFrame]
) -> Edition:
    folder.mkdir(parents=True)
    areas, polygons = tables["areas"], _polygons(moment, tables["areas"])
    empty = {n: pd.DataFrame(columns=list(c), dtype=object) for n, c in SINCE_FORMAT_2.items()}
    overlaps = pd.DataFrame(columns=["programme_id", *PROGRAMMES])
    tables = empty | tables | {"areas": areas.reset_index(), "lives": _lives(moment)}
    tables["rt_lives"] = tables.pop("lives")
    for name, table in (tables | {"overlaps": overlaps}).items():
        write_parquet(table, folder / f"{name}.parquet")
    for level, shapes in polygons.items():
        write_boundaries(shapes, folder / f"boundaries_{level}.parquet")
        write_map(shapes, areas, folder / f"map_{level}.json")
    about = _about(moment, district, polygons, folder)
    (folder / ABOUT).write_text(json.dumps(about, sort_keys=True), encoding="utf-8")
    return Edition(folder, about)


def _about(moment: Moment, district: District, polygons: dict, folder: Path) -> dict:
    about = {
        "format": FORMAT, "kind": "internal", "as_of": moment.date.isoformat(),
        "as_of_estimated": False, "boundary_date": moment.date.isoformat(), "method_version": "1",
        "region": {"id": "district", "kabupaten_id": KABUPATEN, "invented": True,
                   "name": {"id": "Kabupaten acak", "en": "Random regency"}},
        "sources": [], "match": [], "conversions": [], "not_converted": [],
        "n_polygons": {level: len(table) for level, table in polygons.items()},
        "indicators": _catalogue(district.options),
        "files": {file.name: file_hash(file) for file in sorted(folder.iterdir())},
    }  # fmt: skip
    return about | {"id": content_hash(about)}


def _together(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=columns, dtype=object)
    return pd.concat(parts, ignore_index=True)[columns]


def _change_tables(moments: list[Moment], district: District) -> dict[str, pd.DataFrame]:
    kin, turnover = [], []
    for i, j in combinations(range(len(moments)), 2):
        kin.append(_kin(moments, i, j))
        dates = {"before": kin[-1]["before"].iloc[0], "after": kin[-1]["after"].iloc[0]}
        found = _turnover((moments[i], moments[j]), kin[-1], district)
        turnover += [part.assign(**dates) for part in found]
    columns = ["before", "after", "indicator", "group", "n_changed", "bound"]
    names = ["before", "after", "group", "side", "rt_id"]
    return {"kin": _together(kin, names), "turnover": _together(turnover, columns)}


def random_shelf(
    rng: np.random.Generator, n_editions: int, folder: Path, **options: object
) -> list[Edition]:
    """Draw a district and write internal editions of it, the earliest first; see `Options`."""
    district = settle(rng, Options(**options))
    moments: list[Moment] = []
    values: list[pd.DataFrame] = []
    shelf = []
    for k in range(n_editions):
        if k:
            live_on(district)
        edges = district.edges[-1] if k else []
        lives = dict(district.lives)
        moments.append(
            Moment(district.date, district.people.copy(), district.rts.copy(), lives, edges)
        )
        areas = _areas(moments[-1])
        earlier = _earlier(moments[:-1], values)
        values.append(_values(moments[-1], areas, district))
        tables = {"areas": areas, "values": values[-1], "programmes": _programmes(district.mixed)}
        tables |= _change_tables(moments, district) | {"earlier": earlier}
        shelf.append(_write(folder / district.date.isoformat(), moments[-1], district, tables))
    return shelf
