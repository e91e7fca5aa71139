"""The tables of the pages: which columns, under which heads."""

from collections.abc import Callable

import pandas as pd

from dashboard import data, grid, state, wording
from dashboard.grid import Column
from dashboard.tables import ALL_REACH, REACH
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.show import words

PLACE = {
    "rt": ("name", "dusun", "desa_name", "kecamatan_name"),
    "desa": ("name", "kecamatan_name"),
}
"""Columns that say which area a row is, by level."""


def areas(rows: pd.DataFrame, level: str, on_pick: Callable[[str], None]) -> None:
    """Show the rows under a map; `on_pick` is told the area of a row that is picked."""
    chosen = state.choice()
    indicator = data.edition().indicator(chosen.indicator)
    columns = [
        *_place(level, rows),
        Column("value", wording.indicator(indicator.id), indicator.kind),
        *_basis(rows),
    ]
    if not rows["state"].isin(("value", "zero")).all():
        rows = rows.assign(why=grid.state_texts(rows["state"], chosen.language))
        columns.append(_column("why"))
    if level != chosen.level:
        grid.table(rows, columns, f"rows_{level}", chosen.language)
        return
    key = f"rows_{level}"
    grid.table(rows, columns, key, chosen.language, on_pick=on_pick)


def growth(rows: pd.DataFrame) -> None:
    """Show RTs per year, births and ends."""
    level = "desa" if state.choice().kecamatan else "kecamatan"
    years = [
        Column(edition.as_of.isoformat(), words.year_name(edition, _language()), "count")
        for edition in data.editions_up_to_chosen()
    ]
    columns = [*_place(level, rows), *years, _column("born", "count"), _column("ended", "count")]
    grid.table(rows, columns, "growth_rows", _language())


def born(rows: pd.DataFrame) -> None:
    """Show the RTs formed since the first year."""
    grid.table(rows, [*_place("rt", rows), _column("born_on", "date")], "born_rows", _language())


def programmes(rows: pd.DataFrame) -> None:
    """Show reach and targeting errors of programmes in the chosen area."""
    language, known = _language(), data.edition().programmes
    named = rows.assign(
        name=[words.programme_name(i, language, known) for i in rows.index],
        pillar=[library.say(f"pillar.{pillar}", language) for pillar in rows["pillar"]],
        target=[library.say(f"target.{target}", language) for target in rows["target"]],
    )
    columns = [_column("name", head="programme"), _column("pillar"), _column("target")]
    grid.table(named, columns + _reach(named), "programme_rows", language)


def reach(rows: pd.DataFrame, level: str) -> None:
    """Show the reach of one programme, or of all, in the areas of a level."""
    grid.table(rows, [*_place(level, rows), *_reach(rows)], f"reach_rows_{level}", _language())


def _place(level: str, rows: pd.DataFrame) -> list[Column]:
    names = [name for name in PLACE.get(level, ("name",)) if name != "dusun" or _adds(rows)]
    return [_column(name, head=level if name == "name" else name) for name in names]


def _adds(rows: pd.DataFrame) -> bool:
    """Tell whether the dusun says more than the name, which may hold it already."""
    pairs = zip(rows["dusun"], rows["name"], strict=True)
    return any(isinstance(dusun, str) and dusun not in name for dusun, name in pairs)


def _basis(rows: pd.DataFrame) -> list[Column]:
    known = [_column("known_rate", "rate")] if (rows["known_rate"] < 1).any() else []
    if not rows["denominator"].notna().any():
        return known
    parts = ("numerator", "denominator")
    return [*(_column(part, _whole_or_not(rows[part])) for part in parts), *known]


def _whole_or_not(values: pd.Series) -> str:
    return "count" if (values.dropna() % 1 == 0).all() else "amount"


def _reach(rows: pd.DataFrame) -> list[Column]:
    kinds = {"n_reached": "count", "n_missed": "count", "n_unknown": "count"}
    kinds |= {"n_programmes_mean": "mean"}
    names = [name for name in (*REACH, *ALL_REACH) if name in rows]
    return [_column(name, kinds.get(name, "rate")) for name in names]


def _column(name: str, kind: str = "text", head: str = "") -> Column:
    source = {"born_on": "born"}.get(name, name)
    return Column(source, say(f"table.{head or name}", _language()), kind)


def _language() -> str:
    return state.choice().language
