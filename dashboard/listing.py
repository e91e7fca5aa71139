"""The tables of the pages: which columns, under which heads."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from dashboard import changes, data, filters, grid, state, wording
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
    rows = rows.assign(written=words.format_column(indicator, rows, chosen.language))
    columns = [
        *_place(level, rows),
        Column("value", wording.indicator(indicator.id), indicator.kind, texts="written"),
        *_basis(rows),
    ]
    rows, marks = _marked(rows)
    columns += marks
    if not rows["state"].isin(("value", "zero")).all():
        rows = rows.assign(why=grid.state_texts(rows["state"], chosen.language))
        columns.append(_column("why"))
    grid.table(rows, columns, f"rows_{level}", chosen.language, on_pick)


def change(rows: pd.DataFrame, level: str, on_pick: Callable[[str], None]) -> None:
    """Show the two years and their difference, with what was converted."""
    chosen = state.choice()
    kind = data.edition().indicator(chosen.indicator).kind
    first, last, _ = data.change_years()
    names = filters.year_names()
    columns = [
        *_place(level, rows),
        Column("before", names[first], kind),
        Column("after", names[last], kind),
        _column("change", f"change:{kind}", head="change_points" if kind == "rate" else ""),
    ]
    for year, name in (("before", first), ("after", last)):
        if rows[f"evidence_{year}"].ne("").any():
            carried = rows[f"evidence_{year}"].map(wording.evidence)
            rows = rows.assign(**{f"carried_{year}": carried})
            head = say("table.carried_of", chosen.language, year=names[name])
            columns.append(Column(f"carried_{year}", head))
    why = wording.missing(rows, names[first], names[last])
    if why.ne("").any():
        rows = rows.assign(why=why)
        columns.append(_column("why"))
    key = f"change_rows_{level}"
    grid.table(rows, columns, key, chosen.language, on_pick)


def ways(rows: pd.DataFrame, level: str, on_pick: Callable[[str], None]) -> None:
    """Show of public editions what is told of the two years, and which way it went."""
    language, (before, after) = _language(), changes.editions()
    names = filters.year_names()
    years = [names[year] for year in data.change_years()[:2]]
    told = {way: library.say(f"map.way.{way}", language) for way in rows["way"].unique() if way}
    rows = rows.assign(way=rows["way"].map(told).fillna("–"))
    columns = _place(level, rows)
    for name, edition, year in zip(("before", "after"), (before, after), years, strict=True):
        rows[name] = changes.written(edition, level, rows.index)
        columns.append(Column(name, year))
    columns.append(_column("way", head="change"))
    grid.table(rows, columns, f"way_rows_{level}", language, on_pick)


def growth(rows: pd.DataFrame) -> None:
    """Show RTs per year, births and ends."""
    level = "desa" if state.choice().kecamatan else "kecamatan"
    years = [
        Column(edition.as_of.isoformat(), words.year_name(edition, _language()), "count")
        for edition in data.shelf().editions
    ]
    columns = [*_place(level, rows), *years, _column("born", "count"), _column("ended", "count")]
    if rows["moved"].any():
        columns.append(_column("moved", "change:count"))
    grid.table(rows, columns, f"growth_rows_{level}", _language())


def born(rows: pd.DataFrame, on_pick: Callable[[str], None]) -> None:
    """Show the RTs formed since the first year; `on_pick` is told the one that is picked."""
    columns = [*_place("rt", rows), _column("born_on", "date")]
    if rows["sk_number"].notna().any():
        language = _language()
        ways = {w: library.say(f"chart.way.{w}", language) for w in rows["way"].dropna().unique()}
        rows = rows.assign(way=rows["way"].map(ways))
        columns += [_column("way"), _column("sk_number")]
    grid.table(rows, columns, "born_rows", _language(), on_pick)


def over_limit(rows: pd.DataFrame, on_pick: Callable[[str], None]) -> None:
    """Show the RTs above the limit of households; `on_pick` is told the one that is picked."""
    numbers = [_column(name, "count") for name in ("households", "limit", "n_asked")]
    grid.table(rows, [*_place("rt", rows), *numbers], "due_rows", _language(), on_pick)


def over_limit_by_area(rows: pd.DataFrame, level: str) -> None:
    """Show how many RTs are above the limit in the areas of a level."""
    numbers = [_column(name, "count") for name in ("n_due", "n_known")]
    grid.table(rows, [*_place(level, rows), *numbers], f"due_{level}", _language())


def splits(rows: pd.DataFrame, on_pick: Callable[[str], None]) -> None:
    """Show the splits beside the rule: households before, the largest RT after."""
    language = _language()
    said = {True: say("table.was_due.yes", language), False: say("table.was_due.no", language)}
    known = rows["was_due"].astype("object").where(rows["was_due"].notna(), None)
    rows = rows.assign(due=known.map(said))
    columns = [
        _column("name", head="parent"),
        _column("desa_name"),
        _column("born", "date", head="split_on"),
        _column("before", "count", head="households_before"),
        _column("limit", "count"),
        _column("due", head="due"),
        _column("n_after", "count"),
        _column("largest_after", "count"),
    ]
    if rows["sk_number"].notna().any():
        columns.append(_column("sk_number"))
    grid.table(rows, columns, "split_rows", language, on_pick)


def proposals(rows: pd.DataFrame, on_pick: Callable[[str], None]) -> None:
    """Show the proposed events of a comparison; `on_pick` is told the one that is picked."""
    columns = [
        _column("proposal"),
        _column("kind"),
        _column("units"),
        _column("moved_ha", "amount"),
        _column("confidence", "share"),
        _column("decision"),
    ]
    grid.table(rows, columns, "proposal_rows", _language(), on_pick)


def programmes(rows: pd.DataFrame) -> None:
    """Show reach and targeting errors of programmes in the chosen area."""
    language, known = _language(), data.edition().programmes
    named = rows.assign(
        name=[words.programme_name(i, language, known) for i in rows.index],
        pillar=[library.say(f"pillar.{pillar}", language) for pillar in rows["pillar"]],
        target=[library.say(f"target.{target}", language) for target in rows["target"]],
    )
    columns = [_column("name", head="programme"), _column("pillar"), _column("target")]
    if data.is_public():
        named = _written(named, [(name, *data.scope()) for name in named.index])
    named, marks = _marked(named)
    grid.table(named, columns + _reach(named) + marks, "programme_rows", language)


def reach(rows: pd.DataFrame, level: str) -> None:
    """Show the reach of one programme, or of all, in the areas of a level."""
    if data.is_public():
        rows = _written(rows, [(state.choice().group, area, level) for area in rows.index])
    rows, marks = _marked(rows)
    columns = [*_place(level, rows), *_reach(rows), *marks]
    grid.table(rows, columns, f"reach_rows_{level}", _language())


def _place(level: str, rows: pd.DataFrame) -> list[Column]:
    names = [name for name in PLACE.get(level, ("name",)) if name != "dusun" or _adds(rows)]
    return [_column(name, head=level if name == "name" else name) for name in names]


def _adds(rows: pd.DataFrame) -> bool:
    """Tell whether the dusun says more than the name, which may hold it already."""
    pairs = zip(rows["dusun"], rows["name"], strict=True)
    return any(isinstance(dusun, str) and dusun not in name for dusun, name in pairs)


def _marked(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Column]]:
    """Add a column that names the evidence of converted rows, where there are any."""
    if not rows["evidence"].ne("").any():
        return rows, []
    return rows.assign(carried=rows["evidence"].map(wording.evidence)), [_column("carried")]


def _basis(rows: pd.DataFrame) -> list[Column]:
    if data.is_public():
        repeated = rows["since"].notna() & rows["since"].ne(pd.Timestamp(data.edition().as_of))
        return [_column("since", "date")] if repeated.any() else []
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
    columns = [_column(name, kinds.get(name, "rate")) for name in names]
    return [
        replace(column, texts=text) if (text := f"{column.name}_written") in rows else column
        for column in columns
    ]


def _written(rows: pd.DataFrame, cells: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Write the public cells of reach, a row for each group, area and level; drop empty columns."""
    rows, edition = rows.copy(), data.edition()
    for base in (*REACH, *ALL_REACH):
        if base not in rows:
            continue
        told = [
            wording.cell(edition, f"{base}:{group}" if base in REACH else base, area, level)
            for group, area, level in cells
        ]
        rows = rows.assign(**{f"{base}_written": told}) if any(told) else rows.drop(columns=base)
    return rows


def _column(name: str, kind: str = "text", head: str = "") -> Column:
    source = {"born_on": "born"}.get(name, name)
    return Column(source, say(f"table.{head or name}", _language()), kind)


def _language() -> str:
    return state.choice().language
