"""Which unit of an old set of boundaries is which unit of a new one: by code, name and land.

| what speaks | when it decides |
|---|---|
| code | where codes of both sets are of one scheme: equal, and some land in common |
| name | where a code is missing or of another scheme: equal, and some land in common |
| land | for what is left: more than half in common, and no third unit with the same claim |

A code by itself decides nothing: it may have gone to other land, and two schemes may write
different areas alike.
"""

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pbrt_geo.boundaries.overlay import Overlay
from pbrt_geo.codes import bare_name_key

MAINLY = 0.5
"""More than this share of its land makes a unit a part of another."""

SOME_LAND = 0.1
"""A unit keeps its code or name only with at least this share of the old or of the new land."""

SAME_LAND = 0.9
"""With more than this share of the old and of the new land in common, the land stayed."""

_FEW = 3  # units with another code on the same land, below which codes are not judged as a whole


@dataclass(frozen=True)
class Pairing:
    """
    Units of two sets, told apart.

    `same` has for each old unit the position of the new unit that continues it, or -1; `back`
    the same from new to old. `how` says for each old unit what decided: "code", "name", "land"
    or "". `codes_compare` tells whether the codes of both sets are of one scheme;
    `n_other_codes` counts the units on unchanged land whose codes differ.
    """

    overlay: Overlay
    same: np.ndarray
    back: np.ndarray
    how: np.ndarray
    codes_compare: bool
    n_other_codes: int
    goes_to: np.ndarray
    comes_from: np.ndarray


def pair_units(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, laid: Overlay) -> Pairing:
    """Find for each old unit the new unit that continues it, if there is one."""
    pairs = _described(laid.pairs, old, new)
    claims = _Claims(len(old), len(new))
    near = pairs[pairs["wide_m2"] > 0]
    near = near[near[["share_old", "share_new"]].max(axis=1) >= SOME_LAND]
    compare, n_other = _codes_compare(pairs, near)
    claims = _Claims(len(old), len(new))
    if compare:
        claims.take(near[near["codes"] & near["code_equal"]], "code")
    lone = near if not compare else near[~near["codes"]]
    claims.take(lone[lone["name_equal"]], "name")
    goes = _main(pairs, "share_old", "old", "new", len(old))
    comes = _main(pairs, "share_new", "new", "old", len(new))
    claims.take(_by_land(near, claims, goes, comes), "land")
    return Pairing(laid, claims.same, claims.back, claims.how, compare, n_other, goes, comes)


def _described(pairs: pd.DataFrame, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say of each pair that shares land whether codes and names speak for it."""
    codes = [_code_keys(side["code"])[pairs[at]] for side, at in ((old, "old"), (new, "new"))]
    names = [_name_keys(side["name"])[pairs[at]] for side, at in ((old, "old"), (new, "new"))]
    return pairs.assign(
        codes=(codes[0] != "") & (codes[1] != ""),
        code_equal=(codes[0] == codes[1]) & (codes[0] != ""),
        name_equal=(names[0] == names[1]) & (names[0] != ""),
    )


def code_key(code: Any) -> str:
    """Return a code without dots and spaces: one scheme may be written both ways."""
    return "" if pd.isna(code) else re.sub(r"[.\s]", "", str(code)).upper()


def _code_keys(codes: pd.Series) -> np.ndarray:
    return np.array([code_key(code) for code in codes], dtype=object)


def _name_keys(names: pd.Series) -> np.ndarray:
    return np.array(["" if pd.isna(n) else bare_name_key(n) for n in names], dtype=object)


def _codes_compare(pairs: pd.DataFrame, near: pd.DataFrame) -> tuple[bool, int]:
    """Codes are of two schemes if more units got another on the same land than kept theirs."""
    stayed = pairs["codes"] & (pairs[["share_old", "share_new"]].min(axis=1) > SAME_LAND)
    n_other = int((stayed & ~pairs["code_equal"]).sum())
    return n_other < _FEW or n_other <= int(near["code_equal"].sum()), n_other


def _main(pairs: pd.DataFrame, share: str, of: str, at: str, n: int) -> np.ndarray:
    """Position of the unit that holds more than half of each, or -1."""
    found = np.full(n, -1)
    mainly = pairs[pairs[share] > MAINLY].sort_values(share)
    found[mainly[of]] = mainly[at]
    return found


def _by_land(
    near: pd.DataFrame, claims: "_Claims", goes: np.ndarray, comes: np.ndarray
) -> pd.DataFrame:
    """Pairs where either is mainly the other, and no third unit has the same claim."""
    first, second = near["old"].to_numpy(), near["new"].to_numpy()
    free = (claims.same[first] < 0) & (claims.back[second] < 0)
    mainly = (goes[first] == second) | (comes[second] == first)
    parts = np.bincount(comes[(comes >= 0) & (claims.back < 0)], minlength=len(goes))
    wholes = np.bincount(goes[(goes >= 0) & (claims.same < 0)], minlength=len(comes))
    rivals_new = parts[first] - (comes[second] == first)
    rivals_old = wholes[second] - (goes[first] == second)
    return near[free & mainly & (rivals_new == 0) & (rivals_old == 0)]


class _Claims:
    """Who continues whom, so far; the pair with more land in common comes first."""

    def __init__(self, n_old: int, n_new: int) -> None:
        self.same, self.back = np.full(n_old, -1), np.full(n_new, -1)
        self.how = np.full(n_old, "", dtype=object)

    def take(self, pairs: pd.DataFrame, how: str) -> None:
        """Let pairs of units that are both still free be one unit."""
        rows = pairs.sort_values("m2", ascending=False, kind="stable")
        for first, second in zip(rows["old"], rows["new"], strict=True):
            if self.same[first] < 0 and self.back[second] < 0:
                self.same[first], self.back[second], self.how[first] = second, first, how
