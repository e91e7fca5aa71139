"""The numbers of an edition as one would write them with pandas, without this library.

`terms` brings people, areas and programmes together with merges and writes for each indicator what
every row adds: numerator, denominator and what is known. `by_apply` then calls a Python function
for each indicator, level and area; `by_groupby` adds all columns up with one `groupby` for each
level, which is the best practice with pandas. Only the constants of the method and the geodesic
area are borrowed.
"""

import datetime as dt

import numpy as np
import pandas as pd

from pbrt_geo.poverty import DIMENSIONS, criterion_weights
from pbrt_geo.schema import CRITERIA, LEVELS, PILLARS
from pbrt_geo.spatial import geodesic_area_km2

Tables = dict[str, pd.DataFrame]
Terms = dict[str, tuple[pd.DataFrame, dict[str, "Term"]]]


class Term(dict):
    """
    What each row adds to one indicator: numerator, denominator (none for counts) and known.

    `may` marks rows that may be concerned: a count is 0 where it concerns nobody.
    """

    def __init__(
        self,
        num: pd.Series,
        den: pd.Series | None,
        known: pd.Series,
        may: pd.Series | None = None,
    ) -> None:
        parts = {"num": num, "den": den, "known": known, "may": may}
        super().__init__({k: v.astype(float) for k, v in parts.items() if v is not None})


def by_apply(tables: Tables, date: dt.date) -> pd.Series:
    """Call a Python function for each indicator, level and area."""
    found = {}
    for frame, indicators in terms(tables, date).values():
        for name, term in indicators.items():
            table = frame.assign(**term)
            for level in _levels(frame):
                groups = table.groupby(level)[list(term)]
                found[name, level] = groups.apply(_value_of_group)
    return pd.concat(found, names=["indicator", "level", "area_id"])


def _value_of_group(group: pd.DataFrame) -> float:
    if group["known"].sum() == 0 and ("may" not in group or group["may"].sum() > 0):
        return np.nan
    if "den" not in group:
        return group["num"].sum()
    denominator = group["den"].sum()
    return group["num"].sum() / denominator if denominator > 0 else np.nan


def by_groupby(tables: Tables, date: dt.date) -> pd.Series:
    """Add all columns up at once, with one groupby for each level."""
    found = {}
    for frame, indicators in terms(tables, date).values():
        columns = {(name, part): v for name, term in indicators.items() for part, v in term.items()}
        table = pd.DataFrame(columns)
        for level in _levels(frame):
            sums = table.groupby(frame[level].to_numpy()).sum()
            for name, term in indicators.items():
                value = sums[name, "num"]
                if "den" in term:
                    value = value / sums[name, "den"].where(sums[name, "den"] > 0)
                known = sums[name, "known"] > 0
                if "may" in term:
                    known |= sums[name, "may"] == 0
                found[name, level] = value.where(known)
    return pd.concat(found, names=["indicator", "level", "area_id"])


def _levels(frame: pd.DataFrame) -> list[str]:
    return [level for level in LEVELS if level in frame]


# ── what every row adds ─────────────────────────────────────────────────────────────────────────


def terms(tables: Tables, date: dt.date) -> Terms:
    """Return for each unit (household, resident, rt, desa) its rows and its indicators."""
    value = _valid(tables["parameters"], date).set_index("parameter_id")["value"]
    places = _places(tables, date)
    households = _round(tables["households"], date).merge(places, on="rt_id", how="left")
    spending = households["spending_idr"]
    households["poor"] = (spending < value["poverty_line"]).astype(float).where(spending.notna())
    residents = _round(tables["residents"], date).merge(
        households[["household_id", "poor", *LEVELS]], on="household_id", how="left"
    )
    residents["age"] = _ages(residents["birth_date"], date)
    meant, reached = _reach(tables, date, households, residents, value)
    programmes = _valid(tables["programmes"], date).set_index("programme_id")
    return {
        "household": (
            households[list(LEVELS)],
            _poverty(households, value)
            | _deprivation(households, value)
            | _coverage(households, programmes, meant, reached),
        ),
        "resident": (residents[list(LEVELS)], _people(residents, value)),
        "rt": (places[list(LEVELS)], _neighbourhoods(tables, date, places, households, value)),
        "desa": _growth(tables, date),
    }


def _round(table: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    past = table[table["as_of"] <= pd.Timestamp(date)]
    return past[past["as_of"] == past["as_of"].max()].reset_index(drop=True)


def _valid(table: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    day = pd.Timestamp(date)
    return table[(table["valid_from"] <= day) & ~(table["valid_to"] <= day)]


def _places(tables: Tables, date: dt.date) -> pd.DataFrame:
    """Return living RTs with all areas above them."""
    parent = tables["areas"].set_index("area_id")["parent_id"]
    places = _valid(tables["rt"], date)[["rt_id", "desa_id"]].rename(columns={"desa_id": "desa"})
    places["rt"] = places["rt_id"]
    places["kecamatan"] = places["desa"].map(parent)
    places["kabupaten"] = places["kecamatan"].map(parent)
    return places


def _ages(born: pd.Series, date: dt.date) -> pd.Series:
    early = (born.dt.month * 100 + born.dt.day) <= date.month * 100 + date.day
    return date.year - born.dt.year - (~early).astype(int)


def _weighted(persons: pd.Series, term: pd.Series) -> Term:
    known = persons.where(term.notna(), 0)
    return Term((persons * term).fillna(0), known, known)


def _poverty(h: pd.DataFrame, value: pd.Series) -> dict[str, Term]:
    line, spending = value["poverty_line"], h["spending_idr"]
    persons = h["n_residents"].astype(float)
    ones = pd.Series(1.0, h.index)
    gap = ((line - spending) / line).clip(lower=0)
    poor = _weighted(persons, h["poor"])
    desil = h["dtsen_desil"]
    answers = h[list(CRITERIA)].astype(float)
    met, unanswered = answers.sum(axis=1), answers.isna().sum(axis=1)
    enough = met >= value["criteria_threshold"]
    decided = enough | (met + unanswered < value["criteria_threshold"])
    positive = spending.where(spending > 0)
    return {
        "n_households": Term(ones, None, ones),
        "n_residents": Term(persons, None, ones),
        "n_poor": Term(poor["num"], None, poor["known"]),
        "poverty_rate": poor,
        "poverty_gap": _weighted(persons, gap),
        "poverty_severity": _weighted(persons, gap**2),
        "watts": _weighted(persons, np.log(line / positive).clip(lower=0)),
        "desil_1_4_rate": Term((desil <= 4).fillna(False), desil.notna(), desil.notna()),
        "criteria_poor_rate": Term(enough, decided, decided),
    }


def _deprivation(h: pd.DataFrame, value: pd.Series) -> dict[str, Term]:
    persons = h["n_residents"].astype(float)
    answers = h[list(CRITERIA)].astype(float)
    score = (answers * criterion_weights()).sum(axis=1).where(answers.notna().all(axis=1))
    poor = (score >= value["af_cutoff"] - 1e-9).astype(float).where(score.notna())
    known = persons.where(score.notna(), 0)
    found = {
        "af_headcount_rate": _weighted(persons, poor),
        "af_intensity": Term((persons * score * poor).fillna(0), (persons * poor).fillna(0), known),
        "af_m0": _weighted(persons, score * poor),
    }
    for dimension, numbers in DIMENSIONS.items():
        columns = [CRITERIA[number - 1] for number in numbers]
        censored = answers[columns].mean(axis=1, skipna=False) * poor
        found[f"af_censored_rate:{dimension}"] = _weighted(persons, censored)
    return found


def _people(r: pd.DataFrame, value: pd.Series) -> dict[str, Term]:
    groups = {
        "child_in_poor_rate": r["age"] < value["children_under_age"],
        "elderly_in_poor_rate": r["age"] >= value["elderly_from_age"],
    }
    counted = {name: group & r["poor"].notna() for name, group in groups.items()}
    return {name: Term((r["poor"] == 1) & rows, rows, rows) for name, rows in counted.items()}


def _reach(
    tables: Tables, date: dt.date, h: pd.DataFrame, r: pd.DataFrame, value: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return for households by programmes: is it meant for them, does it reach them (1, 0, NaN)."""
    reports, enrolments = (_round(tables[n], date) for n in ("programme_reports", "enrolments"))
    at_school = r[(r["age"] >= value["school_age_from"]) & (r["age"] < value["school_age_below"])]
    school = h["household_id"].isin(at_school["household_id"])
    target = {
        "all": pd.Series(1.0, h.index),
        "poor": h["poor"],
        "poor_with_school_children": h["poor"].where(school, 0.0),
    }
    programmes = _valid(tables["programmes"], date).set_index("programme_id")
    enrolled = _crossed(enrolments, "household_id", h, programmes)
    reported = _crossed(reports, "rt_id", h, programmes)
    meant = {name: target[kind] for name, kind in programmes["target"].items()}
    return pd.DataFrame(meant), enrolled.where((enrolled == 1) | (reported == 1))


def _crossed(pairs: pd.DataFrame, key: str, h: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each household and a column for each programme: 1 if the pair exists."""
    wide = pairs.assign(one=1.0).pivot(index=key, columns="programme_id", values="one")
    wide = wide.reindex(index=h[key], columns=columns.index).fillna(0.0)
    return wide.set_axis(h.index)


def _any(table: pd.DataFrame) -> pd.Series:
    found = (table == 1).any(axis=1)
    return found.astype(float).where(found | table.notna().all(axis=1))


def _coverage(
    h: pd.DataFrame, programmes: pd.DataFrame, meant: pd.DataFrame, reached: pd.DataFrame
) -> dict[str, Term]:
    groups = {name: [name] for name in programmes.index}
    for field in programmes["field"].unique():
        groups[f"field/{field}"] = list(programmes.index[programmes["field"] == field])
    for pillar in PILLARS:
        groups[f"pillar/{pillar}"] = list(programmes.index[programmes["pillar"] == pillar])
    found = {}
    for name, members in groups.items():
        is_meant = _any(meant[members])
        served = _any(reached[members].where(meant[members] == 1, 0.0))
        known = (is_meant == 1) & served.notna()
        good, missed, may = known & (served == 1), known & (served == 0), is_meant != 0
        found[f"coverage_rate:{name}"] = Term(good, known, known)
        found[f"n_reached:{name}"] = Term(good, None, known, may)
        found[f"n_missed:{name}"] = Term(missed, None, known, may)
        found[f"n_unknown:{name}"] = Term(may & ~known, None, may, may)
        if name in programmes.index and programmes.at[name, "target"] != "all":
            found[f"exclusion_error:{name}"] = Term(missed, known, known)
            judged = (reached[name] == 1) & meant[name].notna()
            found[f"inclusion_error:{name}"] = Term(judged & (meant[name] == 0), judged, judged)
    return found | _of_the_poor(h, programmes, meant, reached)


def _of_the_poor(
    h: pd.DataFrame, programmes: pd.DataFrame, meant: pd.DataFrame, reached: pd.DataFrame
) -> dict[str, Term]:
    number = reached.sum(axis=1, skipna=False)
    known = (h["poor"] == 1) & number.notna()
    targeted = list(programmes.index[programmes["target"] != "all"])
    served = _any(reached[targeted].where(meant[targeted] == 1, 0.0))
    judged = (h["poor"] == 1) & served.notna()
    return {
        "n_programmes_mean": Term(number.where(known, 0), known, known),
        "none_reached_rate": Term(judged & (served == 0), judged, judged),
    }


def _neighbourhoods(
    tables: Tables, date: dt.date, places: pd.DataFrame, h: pd.DataFrame, value: pd.Series
) -> dict[str, Term]:
    ones = pd.Series(1.0, places.index)
    size = places["rt_id"].map(h["rt_id"].value_counts()).fillna(0)
    kind = places["desa"].map(tables["areas"].set_index("area_id")["kind"]).str.lower()
    limit = ("rt_max_households_" + kind).map(value)
    sized = (size > 0) & limit.notna()
    polygons = _valid(tables["rt_boundaries"], date)
    areas = pd.Series(geodesic_area_km2(polygons.geometry), polygons["rt_id"])
    area = places["rt_id"].map(areas).fillna(0)
    people = places["rt_id"].map(h.groupby("rt_id")["n_residents"].sum()).fillna(0)
    people = people.where(area > 0, 0)
    return {
        "n_rt": Term(ones, None, ones),
        "density_km2": Term(people, area, people),
        "limit_use_rate": Term(size.where(sized, 0), limit.where(sized, 0), sized),
        "n_rt_over_limit": Term(sized & (size > limit), None, sized),
    }


def _growth(tables: Tables, date: dt.date) -> tuple[pd.DataFrame, dict[str, Term]]:
    areas = tables["areas"]
    desa = areas[areas["level"] == "desa"].rename(
        columns={"area_id": "desa", "parent_id": "kecamatan"}
    )
    desa["kabupaten"] = desa["kecamatan"].map(areas.set_index("area_id")["parent_id"])
    rows = tables["rt"][tables["rt"]["valid_from"] <= pd.Timestamp(date)].sort_values("valid_from")
    lives = rows.drop_duplicates("rt_id", keep="last").set_index("rt_id")
    born = rows.groupby("rt_id")["valid_from"].min()
    ended = lives["valid_to"].where(lives["valid_to"] <= pd.Timestamp(date))
    ones = pd.Series(1.0, desa.index)
    found = {}
    for name, event in (("n_rt_born", born), ("n_rt_ended", ended)):
        of_desa = lives.loc[event.index[event.dt.year == date.year], "desa_id"].value_counts()
        found[name] = Term(desa["desa"].map(of_desa).fillna(0), None, ones)
    return desa[["desa", "kecamatan", "kabupaten"]], found
