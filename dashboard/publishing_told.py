"""What the page Penerbitan says: the rule that is tried, sentences, tables, the command."""

import math

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from dashboard import door, drawings, grid, listing, publishing, state, wording
from dashboard.grid import Column
from dashboard.text import esc_md, say
from pbrt_geo import text as library
from pbrt_geo.disclosure.frontier import LARGE, OUTCOMES, rule_at
from pbrt_geo.show import words
from pbrt_geo.show.charts.frontier import frontier

_RULE = "publishing_rule"
_RT_REASONS = ("held", "small", "group_changed", "fallback", "no_data")
_DESA_REASONS = ("held", "small", "too_coarse", "fallback")
_LARGER = ("desa", "kecamatan", "kabupaten")


def slider() -> int:
    """Offer the rule to try; return the households that must stay possible."""
    values, usual = publishing.VALUES, publishing.usual()
    label = _say("rule.label") + ". " + _say("rule.usual", n=usual)
    least, most = min(*values, usual), max(*values, usual)
    return st.slider(label, least, most, usual, key=_RULE, help=_say("rule.help"))


def before() -> str:
    """Say which public editions are reckoned with."""
    found = publishing.earlier().editions
    dates = ", ".join(words.format_date(edition.as_of, _language()) for edition in found)
    return _say("after", n=len(found), dates=dates) if found else _say("first")


def chart(indicator: str, rule: int) -> Figure:
    """Draw how many RTs keep a class as the rule grows stricter, the tried one marked."""
    table = publishing.frontier(indicator)
    return frontier(table, rule, wording.indicator(indicator), drawings.look())


def sentences(indicator: str, rule: int) -> list[str]:
    """Say how much of the map of RTs a rule leaves, and what becomes of the others."""
    row, counts = publishing.frontier(indicator).loc[rule], publishing.counts(indicator, rule)
    return [
        _shown(indicator, rule, row),
        _say("told.large", large=LARGE, share=_share(row["shown_rate_large"])),
        _order(row["rank_correlation"]),
        *(_say(f"told.{why}", n=int(counts[why])) for why in _RT_REASONS if counts[why]),
    ]


def _shown(indicator: str, rule: int, row: pd.Series) -> str:
    entry = publishing.rule().entry(indicator.partition(":")[0])
    unit = entry.unit if entry else "household"
    facts = {"shown": int(row["n_shown"]), "known": int(row["n_rt"])}
    facts |= {"n": rule, "needed": int(row["n_needed"])}
    return _say(f"told.rule_{unit}", share=_share(row["shown_rate"]), **facts)


def _order(correlation: float) -> str:
    if math.isnan(correlation):
        return _say("told.no_order")
    return _say("told.order", rho=library.number(correlation, _language(), 2))


def withheld(indicator: str, rule: int) -> None:
    """List the RTs that get no class, and why."""
    cells = publishing.withheld(indicator, rule)
    if cells.empty:
        st.markdown(_say("withheld.none"))
        return
    edition = publishing.edition()
    places = edition.areas.loc[cells.index, list(listing.PLACE["rt"])]
    why = cells["why"].astype("str").map(lambda reason: _say(f"why.{reason}"))
    households = edition.column("n_households", "rt")["value"].reindex(cells.index)
    rows = places.assign(households=households, why=why).sort_values("households", kind="stable")
    columns = [
        *(Column(name, say(f"table.{name}", _language())) for name in listing.PLACE["rt"]),
        *(_column("households", "count"), _column("why")),
    ]
    grid.table(rows, columns, "publishing_withheld", _language())


def of_rts(rule: int) -> None:
    """Count for each indicator the RTs that are shown and withheld, and why."""
    counts = publishing.outcomes(rule).xs("rt", level="level")
    rows = counts[[publishing.is_protected_by(name) for name in counts.index]]
    rows = rows.assign(shown_rate=_rate(rows), indicator=[*map(wording.indicator, rows.index)])
    columns = [
        *(_column("indicator"), _column("shown_rate", "share"), _column("shown", "count")),
        *(_column(why, "count") for why in _RT_REASONS if rows[why].any()),
    ]
    grid.table(rows, columns, "publishing_rts", _language())


def of_larger(rule: int) -> None:
    """Count for each indicator the larger areas that are shown, and why desa are withheld."""
    counts = publishing.outcomes(rule)
    counts = counts[[publishing.is_protected_by(name) for name, _ in counts.index]]
    rows = pd.DataFrame(index=counts.index.get_level_values("indicator").unique())
    rows["indicator"] = [*map(wording.indicator, rows.index)]
    for level in _LARGER:
        part = counts.xs(level, level="level")
        told, known = part["shown"] + part["held"], _known(part)
        texts = [_say("of", shown=int(n), known=int(of)) for n, of in zip(told, known, strict=True)]
        rows[level] = pd.Series(texts, index=part.index).reindex(rows.index, fill_value="")
    desa = counts.xs("desa", level="level").reindex(rows.index)
    reasons = [why for why in _DESA_REASONS if desa[why].any()]
    columns = [
        _column("indicator"),
        *(Column(level, wording.level(level)) for level in _LARGER),
        *(_column(f"desa_{why}", "count") for why in reasons),
    ]
    rows = rows.join(desa[reasons].add_prefix("desa_"))
    grid.table(rows, columns, "publishing_larger", _language())


def hidden() -> None:
    """List the indicators that are published nowhere, and why."""
    by_reason: dict[str, list[str]] = {}
    for base, reason in publishing.rule().hidden.items():
        name = library.say(f"indicator.{base}.short", _language(), **_any_member())
        by_reason.setdefault(reason[_language()], []).append(name)
    lines = [
        f"- **{esc_md('; '.join(dict.fromkeys(names)))}:** {esc_md(reason)}"
        for reason, names in by_reason.items()
    ]
    st.markdown("\n".join(lines))


def command(rule: int) -> None:
    """Write the command that publishes the edition, and what another rule needs."""
    edition, folder = publishing.edition(), door.public_folder()
    name, shelf = edition.path.name, edition.path.parent.name
    st.code(f"pbrt edition publish {shelf}/{name} --out {folder.name}/{name}", language="shell")
    if publishing.is_published():
        st.warning(_say("command.exists"))
    usual = publishing.usual()
    if rule != usual:
        resident = rule_at(publishing.rule(), rule).needed["resident"]
        st.markdown(_say("command.other", n=rule, usual=usual, resident=resident))


def _rate(counts: pd.DataFrame) -> pd.Series:
    known = _known(counts)
    return (counts["shown"] + counts["held"]) / known.where(known > 0)


def _known(counts: pd.DataFrame) -> pd.Series:
    return counts[[name for name in OUTCOMES if name != "no_data"]].sum(axis=1)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else library.percent(value, _language(), 0)


def _column(name: str, kind: str = "text") -> Column:
    return Column(name, _say(f"column.{name}"), kind)


def _any_member() -> dict[str, str]:
    return {part: say(f"method.any.{part}", _language()) for part in ("programme", "dimension")}


def _say(key: str, **facts: object) -> str:
    return say(f"publishing.{key}", _language(), **facts)


def _language() -> str:
    return state.choice().language
