"""The tables of the region folder, put together from land, lineage and people."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.people import ROUNDS, Town
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import KABUPATEN, read_facts
from pbrt_geo.sample.reach import Reach
from pbrt_geo.sample.terrain import random_of
from pbrt_geo.sample.welfare import Welfare, criteria, desil, known_spending
from pbrt_geo.schema import AREAS

LABEL_DECIMALS = 5
KABUPATEN_ROW = {
    "area_id": KABUPATEN,
    "level": "kabupaten",
    "name": "Sumbawa Barat",
    "kind": "Kabupaten",
    "bps_code": "5207",
}


def areas_table(places: Places, lineage: Lineage, boundaries: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return kabupaten, kecamatan and desa; the label point lies inside the drawn polygon."""
    current = boundaries[boundaries["valid_to"].isna()].set_index("rt_id")["geometry"]
    desa_of = lineage.desa_on(ROUNDS[-1]).set_axis(lineage.rt["rt_id"]).reindex(current.index)
    shapes = current.groupby(desa_of.to_numpy()).apply(
        lambda g: shapely.coverage_union_all(g.values)
    )
    desa = places.desa.assign(level="desa", parent_id=places.desa["kecamatan_id"])
    desa["shape"] = shapes.reindex(desa.index)
    kecamatan = _kecamatan(desa)
    top = pd.DataFrame(KABUPATEN_ROW | {"shape": [_union(desa["shape"])]})
    top["area_km2"] = round(desa["area_km2"].sum(), 3)
    table = pd.concat([top, kecamatan, desa.rename(columns={"desa_id": "area_id"})])
    return _with_labels(table.rename(columns={"area_km2": "official_area_km2"}))


def _kecamatan(desa: pd.DataFrame) -> pd.DataFrame:
    table = read_facts("kecamatan.csv").rename(columns={"kecamatan_id": "area_id"})
    table = table.assign(level="kecamatan", kind="Kecamatan", parent_id=KABUPATEN)
    groups = desa.groupby("kecamatan_id")
    table["area_km2"] = table["area_id"].map(groups["area_km2"].sum().round(3))
    table["shape"] = table["area_id"].map(groups["shape"].agg(_union))
    return table


def _union(shapes: pd.Series) -> shapely.Geometry:
    return shapely.coverage_union_all(shapes.dropna().to_numpy())


def _with_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the known point of a desa if it lies inside; otherwise take the middle of the shape."""
    known = shapely.points(table["label_lon"], table["label_lat"])
    shapes = [s if isinstance(s, shapely.Geometry) else shapely.Polygon() for s in table["shape"]]
    inside = shapely.contains(shapes, known)
    for row in np.flatnonzero(~inside & ~shapely.is_empty(shapes)):
        circle = shapely.maximum_inscribed_circle(shapes[row], tolerance=1e-4)
        middle = np.round(circle.coords[0], LABEL_DECIMALS)
        table.iloc[row, table.columns.get_indexer(["label_lon", "label_lat"])] = middle
    return table[[column.name for column in AREAS.columns]].reset_index(drop=True)


def household_id(numbers: pd.Index | pd.Series) -> list[str]:
    """Write household numbers as pseudonyms."""
    return [f"H{number + 1:06d}" for number in numbers]


def households_table(
    lineage: Lineage, towns: list[Town], welfare: list[Welfare], seed: int
) -> pd.DataFrame:
    """Return the households of every round, with what is known of them."""
    random = random_of(seed, "what is known")
    hidden = random.random(len(towns[-1].households)) < 0.03
    rounds = []
    for today, town, truth in zip(ROUNDS, towns, welfare, strict=True):
        number = truth.n_residents.index
        home = town.households.loc[number]
        rt = lineage.rt_on(today)[home["block"]]
        table = pd.DataFrame({"household_id": household_id(number), "as_of": today}, index=number)
        table["rt_id"] = lineage.rt["rt_id"].to_numpy()[rt]
        table["n_residents"] = truth.n_residents.astype("int16")
        table["spending_idr"] = known_spending(truth, rt, random)
        table["dtsen_desil"] = desil(truth, random)
        table = table.join(criteria(truth, random))
        table[["lon", "lat"]] = home[["lon", "lat"]]
        table.loc[hidden[number], ["lon", "lat"]] = np.nan
        rounds.append(table)
    return pd.concat(rounds, ignore_index=True)


def residents_table(towns: list[Town], seed: int) -> pd.DataFrame:
    """Return the people of every round; a few birth dates and sexes are not known."""
    random = random_of(seed, "what is known of people")
    n = towns[-1].n_people_ever
    no_birth, no_sex = random.random(n) < 0.012, random.random(n) < 0.002
    rounds = []
    for today, town in zip(ROUNDS, towns, strict=True):
        people = town.people.sort_index()
        number = people.index
        sex = pd.Series(np.where(people["male"], "male", "female")).mask(no_sex[number])
        born = pd.to_datetime(people["born"], unit="D").reset_index(drop=True)
        columns = {
            "resident_id": [f"P{k + 1:07d}" for k in number],
            "as_of": today,
            "household_id": household_id(people["household"]),
            "sex": sex,
            "birth_date": born.mask(no_birth[number]),
        }
        rounds.append(pd.DataFrame(columns))
    return pd.concat(rounds, ignore_index=True)


def reports_table(reach: Reach, lineage: Lineage) -> pd.DataFrame:
    """Return which lists came in."""
    rt_id = lineage.rt["rt_id"].to_numpy()[reach.reports["rt"]]
    table = reach.reports.drop(columns="rt").assign(rt_id=rt_id)
    return table.sort_values(["programme_id", "as_of", "rt_id"]).reset_index(drop=True)


def enrolments_table(reach: Reach) -> pd.DataFrame:
    """Return which households are on the lists."""
    table = reach.enrolments.drop(columns="household")
    table["household_id"] = household_id(reach.enrolments["household"])
    return table.sort_values(["programme_id", "as_of", "household_id"]).reset_index(drop=True)
