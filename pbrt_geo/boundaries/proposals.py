"""Proposed events as a table: ids, names, land that moved, how sure, and the reasons in words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pbrt_geo.boundaries import reasons as why
from pbrt_geo.boundaries.classify import Change, changes_of_land
from pbrt_geo.boundaries.pairing import Pairing, code_key
from pbrt_geo.boundaries.reasons import Reason, against, confidence
from pbrt_geo.codes import bare_name_key
from pbrt_geo.errors import Problem
from pbrt_geo.text.vintages import COLUMNS, KINDS

MANY = 1 / 3
"""Where more units than this exchanged land, the sets were rather drawn differently."""

_NEIGHBOURS = 4  # so many may well exchange land by one decision

_SHORT = 2.0  # land that moved is hardly wider than the tolerance: its side, in tolerances


class Scribe:
    """Writes down what was found between two prepared sets, with the reasons for each proposal."""

    def __init__(
        self,
        old: gpd.GeoDataFrame,
        new: gpd.GeoDataFrame,
        level: str,
        tolerance_m: float,
        pairing: Pairing,
    ) -> None:
        self.old, self.new, self.level, self.tolerance_m = old, new, level, tolerance_m
        self.pairing, self.laid = pairing, pairing.overlay
        self.old_keys = [code_key(code) for code in old["code"]]
        self.new_keys = [code_key(code) for code in new["code"]]
        self.old_names, self.new_names = list(old["name"]), list(new["name"])
        self._new_with_code = {key: at for at, key in enumerate(self.new_keys)}
        self.n_spelling = 0
        self.changes = sorted(
            [*changes_of_land(pairing), *self._changes_of_names()],
            key=lambda change: (KINDS.index(change.kind), change.before or (len(old),)),
        )

    def _changes_of_names(self) -> Iterator[Change]:
        """Units that live on under another code or name."""
        for old, new in enumerate(self.pairing.same.tolist()):
            if new < 0:
                continue
            kind = "ganti_nomor" if self._other_code(old, new) else self._other_name(old, new)
            if kind:
                yield Change(kind, (old,), (new,))

    def _other_code(self, old: int, new: int) -> bool:
        keys = self.old_keys[old], self.new_keys[new]
        return self.pairing.codes_compare and all(keys) and keys[0] != keys[1]

    def _other_name(self, old: int, new: int) -> str:
        names = self.old_names[old], self.new_names[new]
        if not all(names) or bare_name_key(names[0]) == bare_name_key(names[1]):
            self.n_spelling += bool(all(names) and names[0] != names[1])
            return ""
        numbers = [re.search(r"\d+", name) for name in names]
        renumbered = all(numbers) and int(numbers[0][0]) != int(numbers[1][0])  # type: ignore[index]
        return "ganti_nomor" if self.level == "rt" and renumbered else "ganti_nama"

    # ── ids ─────────────────────────────────────────────────────────────────────────────────────

    def id_of(self, side: str, position: int) -> str:
        """Return the id of a unit: that of the old one while it lives on under its code."""
        if side == "new" and self.pairing.back[position] >= 0:
            old = int(self.pairing.back[position])
            if not self._other_code(old, position):
                return self.id_of("old", old)
        codes, rows = self._told[side]
        code = codes[position]
        if code is None and side == "old" and self.pairing.same[position] >= 0:
            code = self._told["new"][0][self.pairing.same[position]]
        return str(code) if code else f"{side}#{rows[position]}"

    @cached_property
    def _told(self) -> dict[str, tuple[list[str | None], list[int]]]:
        """Code and row of each unit of a side."""
        sides = {"old": self.old, "new": self.new}
        return {side: (list(rows["code"]), list(rows["row"])) for side, rows in sides.items()}

    def _names(self, side: str, positions: tuple[int, ...]) -> str:
        names = self.old_names if side == "old" else self.new_names
        return ";".join(str(names[at] or "").replace(";", ",") for at in positions)

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def proposals(self) -> pd.DataFrame:
        """The table of proposals."""
        rows = [self._row(f"P{n:03d}", change) for n, change in enumerate(self.changes, 1)]
        return pd.DataFrame(rows, columns=[*COLUMNS, "reasons"])

    def _row(self, proposal_id: str, change: Change) -> dict[str, Any]:
        overlap = self._overlap(change)
        found = list(self._reasons(change, overlap))
        return {
            "proposal_id": proposal_id,
            "kind": change.kind,
            "before": ";".join(self.id_of("old", at) for at in change.before),
            "after": ";".join(self.id_of("new", at) for at in change.after),
            "names_before": self._names("old", change.before),
            "names_after": self._names("new", change.after),
            "moved_ha": round(change.moved_m2 / 1e4, 2),
            "overlap": round(overlap, 4),
            "confidence": confidence(found),
            "decision": "",
            "reasons": found,
        }

    def _overlap(self, change: Change) -> float:
        """Share of the land before and after, taken together, that is in both."""
        pairs, rows = self.laid.pairs, self._rows
        if not change.before:
            return min(1.0, float(pairs["share_new"].to_numpy()[rows("new", change.after)].sum()))
        of_old = rows("old", change.before)
        if not change.after:
            return min(1.0, float(pairs["share_old"].to_numpy()[of_old].sum()))
        both = of_old[np.isin(pairs["new"].to_numpy()[of_old], change.after)]
        common = float(pairs["m2"].to_numpy()[both].sum())
        land = self.laid.old_m2[list(change.before)].sum()
        land += self.laid.new_m2[list(change.after)].sum()
        return min(1.0, common / float(land - common))

    @cached_property
    def _places(self) -> dict[str, dict[int, np.ndarray]]:
        return {side: self.laid.pairs.groupby(side).indices for side in ("old", "new")}

    def _rows(self, side: str, units: tuple[int, ...]) -> np.ndarray:
        """Rows of the pairs that hold any of the units of a side."""
        found = [self._places[side][unit] for unit in units if unit in self._places[side]]
        return np.concatenate(found) if found else np.zeros(0, dtype=int)

    # ── reasons ─────────────────────────────────────────────────────────────────────────────────

    def _reasons(self, change: Change, overlap: float) -> Iterator[Reason]:
        if change.kind == "bubar" and change.after:
            yield against("shared_out", n=len(change.after))
        else:
            yield why.land(change.kind, overlap)
        yield from self._identity_reasons(change)
        if change.kind in ("ganti_nama", "ganti_nomor"):
            yield from self._name_reasons(change)
        if change.kind == "ubah_batas" and change.moved_m2 < (_SHORT * self.tolerance_m) ** 2:
            yield against("narrow", ha=round(change.moved_m2 / 1e4, 2))
        if len(change.before) > max(MANY * len(self.old), _NEIGHBOURS):
            yield against("many", n=len(change.before))
        yield from self._context_reasons(change)

    def _identity_reasons(self, change: Change) -> Iterator[Reason]:
        """What tells who lives on, and whether that can be relied on."""
        heirs = [old for old in change.before if self.pairing.same[old] in change.after]
        how = {self.pairing.how[old] for old in heirs}
        if "code" in how:
            yield Reason("by_code", facts={"n": len(heirs)})
        if not self.pairing.codes_compare:
            yield against("scheme_other")
        elif how & {"name", "land"} and not self._coded(change):
            yield against("code_missing")
        yield from (against(f"by_{word}") for word in ("name", "land") if word in how)
        if change.kind == "pecah" and not heirs:
            known = self.pairing.codes_compare and self._coded(change)
            yield Reason("heir_none") if known else against("heir_unknown")
        yield from self._codes_elsewhere(change)

    def _coded(self, change: Change) -> bool:
        old = [self.old_keys[at] for at in change.before]
        return all(old) and all(self.new_keys[at] for at in change.after)

    def _codes_elsewhere(self, change: Change) -> Iterator[Reason]:
        """An old code that other land bears now: the codes may have been mixed up."""
        if not self.pairing.codes_compare:
            return
        for old in change.before:
            new = self._new_with_code.get(self.old_keys[old]) if self.old_keys[old] else None
            if new is not None and self.pairing.same[old] != new:
                yield against("code_elsewhere", code=str(self.old["code"][old]))

    def _name_reasons(self, change: Change) -> Iterator[Reason]:
        old = self.old_names[change.before[0]]
        new = self.new_names[change.after[0]]
        if not old or not new:
            return
        if bare_name_key(old) == bare_name_key(new):
            yield Reason("name_kept")
        elif change.kind == "ganti_nama":
            yield why.spelling(old, new) or Reason("name_new")
        elif self._other_code(change.before[0], change.after[0]):
            yield against("name_other")

    def _context_reasons(self, change: Change) -> Iterator[Reason]:
        """What else happened to the same units."""
        third = self._unexplained
        third = third[third["old"].isin(change.before) | third["new"].isin(change.after)]
        if change.kind not in ("ganti_nama", "ganti_nomor") and len(third):
            yield against("third", ha=round(float(third["wide_m2"].sum()) / 1e4, 2))
        touching = {
            n
            for side, units in (("old", change.before), ("new", change.after))
            for unit in units
            for n in self._changes_of[side, unit]
        }
        others = [f"P{n:03d}" for n in sorted(touching) if self.changes[n - 1] is not change]
        if others:
            yield against("also", ids=", ".join(others))

    @cached_property
    def _changes_of(self) -> dict[tuple[str, int], list[int]]:
        """Numbers of the proposals that a unit of a side is in."""
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for n, change in enumerate(self.changes, 1):
            for side, units in (("old", change.before), ("new", change.after)):
                for unit in units:
                    found[side, unit].append(n)
        return found

    @cached_property
    def _unexplained(self) -> pd.DataFrame:
        """Land that moved between units that no proposal has together."""
        pairs = self.laid.pairs
        moved = pairs[
            (self.pairing.same[pairs["old"]] != pairs["new"].to_numpy()) & (pairs["wide_m2"] > 0)
        ]
        known = {(b, a) for change in self.changes for b in change.before for a in change.after}
        rows = zip(moved["old"], moved["new"], strict=True)
        return moved[np.array([pair not in known for pair in rows], dtype=bool)]

    # ── the whole ───────────────────────────────────────────────────────────────────────────────

    def units(self) -> pd.DataFrame:
        """Tell every unit of both sides and who it is on the other."""
        parts = []
        for side, rows, partner in (
            ("old", self.old, self.pairing.same),
            ("new", self.new, self.pairing.back),
        ):
            other = "new" if side == "old" else "old"
            ids = [self.id_of(side, at) for at in range(len(rows))]
            mates = [self.id_of(other, at) if at >= 0 else "" for at in partner.tolist()]
            told = {"side": side, "position": range(len(rows)), "unit_id": ids, "partner": mates}
            parts.append(pd.DataFrame(told | {"name": rows["name"].to_numpy()}))
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def _outlined(self) -> np.ndarray:
        lives = np.flatnonzero(self.pairing.same >= 0)
        gained = self.laid.gained_m2[self.pairing.same[lives]]
        return lives[(self.laid.lost_m2[lives] > 0) | (gained > 0)]

    def outline(self) -> pd.DataFrame:
        """List units whose outer line changed: `unit_id`, `name`, `gained_ha`, `lost_ha`."""
        at = self._outlined
        columns = {
            "unit_id": [self.id_of("old", old) for old in at.tolist()],
            "name": self.old["name"].to_numpy()[at],
            "gained_ha": (self.laid.gained_m2[self.pairing.same[at]] / 1e4).round(2),
            "lost_ha": (self.laid.lost_m2[at] / 1e4).round(2),
        }
        return pd.DataFrame(columns)

    def counts(self) -> dict[str, Any]:
        """Count what stayed and what is proposed; `noise_ha` is land within the tolerance."""
        pairs = self.laid.pairs
        apart = self.pairing.same[pairs["old"]] != pairs["new"].to_numpy()
        touched = {old for change in self.changes for old in change.before}
        touched |= set(self._outlined.tolist())
        kinds = Counter(change.kind for change in self.changes)
        return {
            "n_old": len(self.old),
            "n_new": len(self.new),
            "n_unchanged": len(set(np.flatnonzero(self.pairing.same >= 0).tolist()) - touched),
            "n_proposals": len(self.changes),
            **{kind: kinds.get(kind, 0) for kind in KINDS},
            "n_outline": len(self._outlined),
            "moved_ha": round(sum(change.moved_m2 for change in self.changes) / 1e4, 2),
            "noise_ha": round(float((pairs["m2"] - pairs["wide_m2"])[apart].sum()) / 1e4, 2),
        }

    def notes(self) -> list[Problem]:
        """What must be known to judge the proposals."""
        notes = []
        if not self.pairing.codes_compare:
            facts = {"n": self.pairing.n_other_codes}
            notes.append(Problem("vintage_scheme_other", facts, "warning"))
        redrawn = {old for c in self.changes if c.kind == "ubah_batas" for old in c.before}
        if len(redrawn) > max(MANY * len(self.old), _NEIGHBOURS):
            told = {"n": len(redrawn), "n_old": len(self.old), "tolerance": self.tolerance_m}
            notes.append(Problem("vintage_drawn_apart", told, "warning"))
        if self.n_spelling:
            notes.append(Problem("vintage_spelling", {"n": self.n_spelling}, "note"))
        if len(self._outlined):
            outline = self.outline()
            ha = round(float(outline[["gained_ha", "lost_ha"]].to_numpy().sum()), 2)
            notes.append(Problem("vintage_outline", {"n": len(outline), "ha": ha}, "note"))
        return notes
