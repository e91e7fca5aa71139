"""What the page on boundary vintages shows of a comparison, and what a person decides on it.

Decisions stay in the session of the reader until they are downloaded: nothing here changes a
region, `pbrt lineage accept` does.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard import state, vintage_map
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.comparison import ComparisonFolder, text_cell
from pbrt_geo.show import words
from pbrt_geo.text.vintages import COLUMNS

KINDS = tuple(vintage_map.COLOURS)
SURE = 0.95
"""Confidence from which proposals can be accepted together."""

MAP_WORDS = ("old", "new", "unchanged", "reset")
DECISIONS = ("", "terima", "tolak")


def chosen(found: Mapping[str, ComparisonFolder]) -> str:
    """Return the name of the comparison that is shown: the one chosen, else the newest."""
    wanted = state.choice().comparison
    return wanted if wanted in found else next(iter(found))


def decided(name: str, comparison: ComparisonFolder) -> pd.DataFrame:
    """Return the proposals by `proposal_id`, with what was decided and edited in this session."""
    rows = comparison.proposals.set_index("proposal_id").copy()
    for proposal, changes in state.decisions(name).items():
        if proposal in rows.index:
            rows.loc[proposal, list(changes)] = list(changes.values())
    return rows


def decide(name: str, proposal: str, **changes: str) -> None:
    """Keep a decision, or another kind or other units, of one proposal."""
    state.decisions(name).setdefault(proposal, {}).update(changes)


def sure(rows: pd.DataFrame) -> list[str]:
    """Return the proposals that are not decided and nearly certain."""
    return list(rows.index[rows["decision"].eq("") & (rows["confidence"] >= SURE)])


def accept(name: str, chosen: Sequence[str]) -> None:
    """Accept several proposals at once."""
    for proposal in chosen:
        decide(name, proposal, decision="terima")


def file_name(name: str) -> str:
    """Name the file of decisions: plain letters, so that it can stand in a command."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name) + "_keputusan.csv"


def to_csv(rows: pd.DataFrame) -> bytes:
    """Write the proposals with their decisions, as `pbrt lineage accept` reads them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    table = rows.reset_index()[list(COLUMNS)]
    writer.writerow(table.columns)
    for row in table.itertuples(index=False):
        writer.writerow(text_cell(cell) for cell in row)
    return out.getvalue().encode("utf-8-sig")


def on_map(comparison: ComparisonFolder, rows: pd.DataFrame) -> vintage_map.Vintages:
    """Return what the map shows of the proposals."""
    language = state.choice().language
    title = say("vintages.title", language)
    names = {kind: kind_name(kind) for kind in KINDS}
    own = {
        word: say(f"vintages.map.{word}", language) for word in ("old", "new", "unchanged", "reset")
    }
    return vintage_map.Vintages(
        old=comparison.old_map,
        new=comparison.new_map,
        proposals=rows["kind"].to_dict(),
        of_old=_units(comparison.proposals, "before"),
        of_new=_units(comparison.proposals, "after"),
        words=names | own,
        title=title,
        language=language,
        selected=state.choice().proposal,
        briefing=state.choice().briefing,
    )


def _units(rows: pd.DataFrame, side: str) -> dict[str, str]:
    """Return the first proposal of each unit of a side; changes of land are listed first."""
    found: dict[str, str] = {}
    for proposal, units in zip(rows["proposal_id"], rows[side], strict=True):
        for unit in filter(None, str(units).split(";")):
            found.setdefault(unit, proposal)
    return found


def kind_name(kind: str) -> str:
    """Name a kind of event."""
    return library.say(f"vintages.kind.{kind}", state.choice().language)


def decision_name(decision: str) -> str:
    """Name a decision."""
    return say(f"vintages.decision.{decision or 'open'}", state.choice().language)


def listed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the proposals as the table shows them, those that are not decided first."""
    return pd.DataFrame(
        {
            "proposal": rows.index,
            "kind": rows["kind"].map(kind_name),
            "units": [_way(row) for row in rows.itertuples()],
            "moved_ha": rows["moved_ha"],
            "confidence": rows["confidence"],
            "decision": rows["decision"].map(decision_name),
        },
        index=rows.index,
    )


def _way(row: object) -> str:
    before, after = (_names(row, side) for side in ("before", "after"))
    return " → ".join(dict.fromkeys(part for part in (before, after) if part))


def _names(row: object, side: str) -> str:
    names = str(getattr(row, f"names_{side}") or "").split(";")
    units = str(getattr(row, side) or "").split(";")
    return ", ".join(name or unit for name, unit in zip(names, units, strict=False))


def heading(row: pd.Series) -> str:
    """Say one proposal in a line: its kind and units."""
    return f"{kind_name(row['kind'])}: {_way(row)}"


def facts(row: pd.Series) -> str:
    """Say how much land a proposal moves, and how sure it is."""
    language = state.choice().language
    ha = library.number(row["moved_ha"], language, words.decimals_for(row["moved_ha"]))
    sure = words.format_share(float(row["confidence"]), language)
    return say("vintages.facts", language, ha=ha, confidence=sure)


def summary(name: str, rows: pd.DataFrame) -> str:
    """Say how many proposals there are and how many are decided."""
    counts = rows["decision"].value_counts()
    facts = {word or "open": int(counts.get(word, 0)) for word in DECISIONS}
    return say("vintages.summary", state.choice().language, n=len(rows), **facts)
