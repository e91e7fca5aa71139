"""How a comparison of boundaries is said, by what compares and by what only reads the result."""

from typing import Any

from pbrt_geo.text import say

KINDS = ("pecah", "gabung", "bentuk", "bubar", "ubah_batas", "ganti_nomor", "ganti_nama")
"""What can be proposed, in the order in which it is listed."""

COLUMNS = (
    *("proposal_id", "kind", "before", "after", "names_before", "names_after"),
    *("moved_ha", "overlap", "confidence", "decision"),
)
"""Columns of a table of proposals that any reader can rely on."""


_NAMED = 6  # units that are named in a sentence


def summary(counts: dict[str, Any], tolerance_m: float, language: str = "id") -> str:
    """Say in figures what stayed and what is proposed."""
    kinds = [
        f"{say(f'vintages.kind.{kind}', language)} {counts[kind]}" for kind in KINDS if counts[kind]
    ]
    listed = f" ({', '.join(kinds)})" if kinds else ""
    return say("vintages.summary", language, **counts, tolerance=tolerance_m, kinds=listed)


def proposal(row: Any, language: str = "id") -> str:
    """Say one proposal, a row with `COLUMNS`: what, from which units to which, how sure."""
    before, after = _listed(row.names_before, row.before), _listed(row.names_after, row.after)
    facts = {
        "id": row.proposal_id,
        "kind": say(f"vintages.kind.{row.kind}", language),
        "units": " → ".join(dict.fromkeys(units for units in (before, after) if units)),
        "ha": float(row.moved_ha),
        "confidence": round(100 * row.confidence),
    }
    moved = row.before and row.after
    return say(f"vintages.{'line' if moved else 'line_of_one_side'}", language, **facts)


def _listed(names: str, ids: str) -> str:
    units = ids.split(";")
    names_of = dict(zip(units, names.split(";"), strict=False))
    told = [f"{names_of[u]} ({u})" if names_of.get(u) else u for u in units[:_NAMED]]
    return ", ".join(told) + (f", … (+{len(units) - _NAMED})" if len(units) > _NAMED else "")


def reason(key: str, facts: dict[str, Any], language: str = "id") -> str:
    """Say one reason for or against a proposal."""
    return say(f"vintages.reason.{key}", language, **facts)
