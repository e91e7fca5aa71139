"""How sure a proposed event is, and why, in words.

Confidence begins at 1. What speaks against the proposal takes something off, each with its
reason; what speaks for it is said as well and takes nothing off. The amounts are judgements,
not measured: they put what needs a look before what does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from pbrt_geo.codes import bare_name_key
from pbrt_geo.text import vintages as words

LEAST = 0.05
SPELLING = 0.8
"""Names that agree in at least this share of their letters may be two spellings of one."""

_LAND_NOISE = 0.02  # share of land that two drawings of the same units may differ in
_MINUS = {
    "scheme_other": 0.1,
    "code_missing": 0.1,
    "by_name": 0.05,
    "by_land": 0.15,
    "heir_unknown": 0.05,
    "code_elsewhere": 0.2,
    "name_other": 0.3,
    "name_similar": 0.3,
    "third": 0.2,
    "also": 0.1,
    "narrow": 0.2,
    "many": 0.3,
    "shared_out": 0.1,
}


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a proposal (`minus` 0) or against it."""

    key: str
    minus: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def text(self, language: str = "id") -> str:
        """Say it as one sentence."""
        return words.reason(self.key, self.facts, language)


def against(key: str, **facts: Any) -> Reason:
    """Make a reason that lowers the confidence by the amount of its key."""
    return Reason(key, _MINUS[key], facts)


def land(kind: str, overlap: float) -> Reason:
    """Say how well the land before and after agrees; for new and gone units, that none does."""
    if kind in ("bentuk", "bubar"):
        return Reason("no_land", min(overlap, 1.0), {"percent": _percent(overlap)})
    return Reason("land", 2 * max(0.0, 1 - _LAND_NOISE - overlap), {"percent": _percent(overlap)})


def _percent(share: float) -> float:
    return round(100 * share, 1)


def spelling(old: str, new: str) -> Reason | None:
    """Say that two names may be one, where they are nearly alike."""
    alike = SequenceMatcher(None, bare_name_key(old), bare_name_key(new)).ratio()
    return against("name_similar", percent=_percent(alike)) if alike >= SPELLING else None


def confidence(reasons: list[Reason]) -> float:
    """Return the confidence that is left, from 0.05 to 1."""
    return round(max(LEAST, 1 - sum(reason.minus for reason in reasons)), 2)


def told(reasons: list[Reason], language: str) -> Iterator[str]:
    """Say each reason once, what speaks against first."""
    for reason in sorted(reasons, key=lambda reason: -reason.minus):
        yield reason.text(language)
