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


def summary(counts: dict[str, Any], tolerance_m: float, language: str = "id") -> str:
    """Say in figures what stayed and what is proposed."""
    kinds = [
        f"{say(f'vintages.kind.{kind}', language)} {counts[kind]}" for kind in KINDS if counts[kind]
    ]
    listed = f" ({', '.join(kinds)})" if kinds else ""
    return say("vintages.summary", language, **counts, tolerance=tolerance_m, kinds=listed)


def proposal(row: Any, language: str = "id") -> str:
    """Say one proposal, a row with `COLUMNS`: what, from which units to which, how sure."""
    facts = {
        "id": row.proposal_id,
        "kind": say(f"vintages.kind.{row.kind}", language),
        "before": _listed(row.names_before, row.before),
        "after": _listed(row.names_after, row.after),
        "ha": float(row.moved_ha),
        "confidence": round(100 * row.confidence),
    }
    return say(f"vintages.{_shape(row)}", language, **facts)


def _shape(row: Any) -> str:
    if not row.before:
        return "born"
    return "line" if row.after else "gone"


def _listed(names: str, ids: str) -> str:
    units = ids.split(";")
    names_of = dict(zip(units, names.split(";"), strict=False))
    return ", ".join(f"{names_of[unit]} ({unit})" if names_of.get(unit) else unit for unit in units)


def reason(key: str, facts: dict[str, Any], language: str = "id") -> str:
    """Say one reason for or against a proposal."""
    return say(f"vintages.reason.{key}", language, **facts)
