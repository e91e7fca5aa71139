"""Numbers of many areas as one short text, so that a change of the map is a few kilobytes.

The fields of an area become one integer (mixed radix), and the integer a few characters. Every
area takes equally many characters, so the browser reads only the area that is pointed at.
"""

import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

DIGITS = "".join(c for c in string.printable[:94] if c not in "\"'\\<>&`${}_")
"""Characters that mean nothing to JSON, HTML, Jinja or the templates of folium."""

_EXACT = 2**53  # JavaScript's numbers are whole up to here


@dataclass(frozen=True)
class Field:
    """One whole number per area, NaN where there is none; shown divided by `scale`."""

    name: str
    values: np.ndarray
    scale: int = 1

    @property
    def low(self) -> int:
        """Smallest value."""
        known = self.values[~np.isnan(self.values)]
        return int(known.min()) if len(known) else 0

    @property
    def size(self) -> int:
        """Number of codes the field needs: its span, and one for "no number"."""
        known = self.values[~np.isnan(self.values)]
        return int(known.max() - known.min()) + 2 if len(known) else 1

    @property
    def codes(self) -> np.ndarray:
        """Whole numbers from 0, the code of NaN."""
        codes = np.nan_to_num(self.values - self.low + 1, nan=0.0)
        return codes.astype(np.int64)


def pack(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Pack fields of equal length into as few texts as stay exact in a browser."""
    return [_pack_exact(group) for group in _groups(fields)]


def unpack(packs: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Read packed fields back, as the browser does."""
    found: dict[str, np.ndarray] = {}
    for packed in packs:
        digits = np.array([DIGITS.index(c) for c in packed["text"]], dtype=np.int64)
        powers = len(DIGITS) ** np.arange(packed["width"] - 1, -1, -1)
        whole = digits.reshape(-1, packed["width"]) @ powers
        for name, size, low, scale in packed["fields"]:
            whole, codes = np.divmod(whole, size)
            found[name] = np.where(codes == 0, np.nan, codes - 1 + low) / scale
    return found


def _groups(fields: Sequence[Field]) -> list[list[Field]]:
    groups: list[list[Field]] = [[]]
    for field in fields:
        if math.prod(member.size for member in [*groups[-1], field]) >= _EXACT:
            groups.append([])
        groups[-1].append(field)
    return groups


def _pack_exact(fields: Sequence[Field]) -> dict[str, Any]:
    whole = np.zeros(len(fields[0].values), dtype=np.int64)
    for field in reversed(fields):
        whole = whole * field.size + field.codes
    span = math.prod(field.size for field in fields)
    width = max(1, math.ceil(math.log(span, len(DIGITS)) - 1e-12)) if span > 1 else 1
    powers = len(DIGITS) ** np.arange(width - 1, -1, -1)
    digits = whole[:, None] // powers % len(DIGITS)
    letters = np.frombuffer(DIGITS.encode("ascii"), dtype=np.uint8)[digits]
    facts = [[field.name, field.size, field.low, field.scale] for field in fields]
    return {"text": letters.tobytes().decode("ascii"), "width": width, "fields": facts}
