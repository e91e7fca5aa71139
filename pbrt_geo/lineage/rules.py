"""What an event may do: every rule, checked on all events at once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pbrt_geo.errors import Problem
from pbrt_geo.lineage.told import listed
from pbrt_geo.lineage.touches import FOREVER, Bools, Touches
from pbrt_geo.text import say

MANY = np.inf


class Parts(NamedTuple):
    """How many units a kind of event has before and after, how many are new and how many end."""

    before: tuple[float, float]
    after: tuple[float, float]
    new: tuple[float, float]
    ended: tuple[float, float]


KINDS = {
    "awal": Parts((0, 0), (1, MANY), (1, MANY), (0, 0)),
    "bentuk": Parts((0, 0), (1, MANY), (1, MANY), (0, 0)),
    "pecah": Parts((1, 1), (2, MANY), (1, MANY), (0, 1)),
    "gabung": Parts((2, MANY), (1, 1), (0, 1), (1, MANY)),
    "ganti_nama": Parts((1, MANY), (1, MANY), (0, 0), (0, 0)),
    "ganti_nomor": Parts((1, MANY), (1, MANY), (0, 0), (0, 0)),
    "pindah": Parts((1, MANY), (1, MANY), (0, 0), (0, 0)),
    "ubah_batas": Parts((2, MANY), (2, MANY), (0, 0), (0, 0)),
    "bubar": Parts((1, MANY), (0, MANY), (0, 0), (1, MANY)),
}
PARENT_LEVEL = {
    **dict.fromkeys(("rt", "rw", "dusun"), "desa"),
    "desa": "kecamatan",
    "kecamatan": "kabupaten",
}
_BY_LENGTH = {13: "desa", 8: "kecamatan", 5: "kabupaten", 2: "provinsi"}
_BY_PREFIX = {"RT": "rt", "RW": "rw", "DS": "dusun"}


def rule_problems(
    events: pd.DataFrame, touches: Touches, areas: pd.DataFrame | None
) -> list[Problem]:
    """List every rule that the standing events break; `areas` are checked where they are given."""
    checks = (_parts(events, touches), _lives(touches), _changes(events, touches))
    found = [each for check in checks for each in check]
    found += _units(touches, areas)
    found += _parents(touches, areas)
    return [_problem(key, events, touches, bad, **facts) for key, bad, facts in found]


Found = Iterator[tuple[str, Bools, dict[str, Any]]]


def _problem(key: str, events: pd.DataFrame, touches: Touches, bad: Bools, **facts: Any) -> Problem:
    at = np.flatnonzero(bad)
    n, where = listed(events.index[touches.event[at]], _names(touches, at, key))
    return Problem(key, {"n": n, "where": where, **facts})


def _names(touches: Touches, at: np.ndarray, key: str) -> pd.Series:
    units = pd.Series(touches.ids[touches.unit[at]], dtype="str")
    if not key.startswith("lineage_parent"):
        return units
    return units + " → " + touches.column("parent_id", at).fillna("?")


def _parts(events: pd.DataFrame, touches: Touches) -> Found:
    """Units before and after, new and ended, as the kind wants them."""
    counts = {
        "before": touches.before,
        "after": touches.after,
        "new": touches.after & ~touches.before,
        "ended": touches.before & ~touches.after,
    }
    kinds = events["kind"].to_numpy(dtype=object)
    for kind, parts in KINDS.items():
        bad = np.zeros(len(events), dtype=bool)
        for name, (least, most) in zip(Parts._fields, parts, strict=True):
            n = np.bincount(touches.event[counts[name]], minlength=len(events))
            bad |= (n < least) | (n > most)
        wrong = (bad & (kinds == kind))[touches.event]
        if wrong.any():
            yield "lineage_kind_rule", wrong, _kind_facts(kind)


def _kind_facts(kind: str) -> dict[str, Any]:
    return {"kind": kind, "rule": lambda language: say(f"lineage.rule.{kind}", language)}


def without_units(events: pd.DataFrame, touches: Touches) -> list[Problem]:
    """List the events that name no unit at all."""
    bare = np.bincount(touches.event, minlength=len(events)) == 0
    if not bare.any():
        return []
    n, where = listed(events.index[bare], [None] * int(bare.sum()))
    return [Problem("lineage_no_units", {"n": n, "where": where})]


def _lives(touches: Touches) -> Found:
    """A unit is born once, acts while it lives, and once a day."""
    first = touches.first
    lived = ~first & np.r_[False, touches.after[:-1]][: len(touches)]
    twice = ~first & (touches.date == np.r_[touches.date[:1], touches.date[:-1]][: len(touches)])
    unknown = touches.before & first
    began_ill = unknown[np.maximum.accumulate(np.where(first, np.arange(len(touches)), 0))]
    checks = {
        "lineage_two_a_day": twice,
        "lineage_unknown_unit": unknown,
        "lineage_ended_unit": touches.before & ~first & ~lived & ~twice & ~began_ill,
        "lineage_born_twice": ~touches.before & ~first & ~twice & ~began_ill,
    }
    yield from ((key, bad, {}) for key, bad in checks.items() if bad.any())


def _changes(events: pd.DataFrame, touches: Touches) -> Found:
    """Only what the kind changes is changed; parents change by pindah alone."""
    continues = touches.before & touches.after & ~touches.first
    renamed = continues & (touches.kind == "ganti_nama")
    numbered = renamed & (touches.changed("number") | touches.changed("idsls"))
    if numbered.any():
        yield "lineage_kind_rule", numbered, _kind_facts("ganti_nama")
    moved = touches.changed("parent_id")
    strays = continues & moved & (touches.kind != "pindah")
    stays = continues & ~moved & (touches.kind == "pindah")
    across = _across_parents(len(events), touches)
    checks = {
        "lineage_moved_aside": strays & ~across,
        "lineage_not_moved": stays,
        "lineage_across": across,
    }
    yield from ((key, bad, {}) for key, bad in checks.items() if bad.any())


def _across_parents(n_events: int, touches: Touches) -> Bools:
    """Splits and mergers whose units, before and after, do not all have one parent."""
    lived = ~(touches.before & touches.first)  # of others it is not known to whom they belonged
    joined = np.isin(touches.kind, ("pecah", "gabung")) & lived
    parent = touches.state["parent_id"]
    previous = np.where(touches.first, parent, np.r_[-1, parent[:-1]][: len(parent)])
    low, high = np.full(n_events, len(touches) + 1), np.full(n_events, -2)
    for codes in (np.where(touches.after, parent, previous), previous):
        np.minimum.at(low, touches.event[joined], codes[joined])
        np.maximum.at(high, touches.event[joined], codes[joined])
    return joined & (low < high)[touches.event]


def _units(touches: Touches, areas: pd.DataFrame | None) -> Found:
    """Ids fit the level, new units are described, areas are known."""
    levels = level_of_units(touches.ids)[touches.unit]
    born = touches.after & ~touches.before & touches.first
    lacks = (touches.state["name"] < 0) | (touches.state["parent_id"] < 0)
    lacks |= (touches.level == "rt") & (touches.state["number"] < 0)
    checks = {"lineage_level": levels != touches.level, "lineage_incomplete": born & lacks}
    if areas is not None:
        upper = np.isin(touches.level, ("desa", "kecamatan"))
        known = touches.ids.isin(_area_levels(areas).index)[touches.unit]
        checks["lineage_area_unknown"] = upper & ~known
    yield from ((key, bad, {}) for key, bad in checks.items() if bad.any())


def level_of_units(ids: pd.Index) -> np.ndarray:
    """Return the level that each id belongs to by its form; "" for none."""
    text = pd.Series(ids, dtype="str")
    by_prefix = text.str.slice(0, 2).map(_BY_PREFIX)
    return by_prefix.fillna(text.str.len().map(_BY_LENGTH)).fillna("").to_numpy(dtype=object)


def _area_levels(areas: pd.DataFrame) -> pd.Series:
    indexed = areas.set_index("area_id") if "area_id" in areas else areas
    return indexed["level"]


def _parents(touches: Touches, areas: pd.DataFrame | None) -> Found:
    """The parent is an area of the level above, and lives as long as the unit belongs to it."""
    parent = touches.state["parent_id"]
    held = touches.after & (parent >= 0)
    names = pd.Index(touches.values["parent_id"])
    if areas is None:
        level = level_of_units(names)
    else:
        level = names.map(_area_levels(areas)).fillna("").to_numpy(dtype=object)
    wanted = pd.Series(touches.level, dtype=object).map(PARENT_LEVEL).to_numpy(dtype=object)
    wrong = held & (np.array([*level, ""], dtype=object)[parent] != wanted)
    born, ended = _life_of(touches, names)
    outside = held & ~wrong & ((touches.date < born[parent]) | (touches.end > ended[parent]))
    checks = {"lineage_parent_unknown": wrong, "lineage_parent_gone": outside}
    yield from ((key, bad, {}) for key, bad in checks.items() if bad.any())


def _life_of(touches: Touches, names: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """First day, and first day no longer, of each area; one without events is always there."""
    starts = np.flatnonzero(touches.first)
    lasts = np.r_[starts[1:], len(touches)] - 1 if len(starts) else starts
    at = touches.ids.get_indexer(names)
    always = np.datetime64("0001-01-01", "s")
    born = np.r_[touches.date[starts], always][at]
    ends = np.where(touches.after[lasts], FOREVER, touches.date[lasts])
    ended = np.r_[ends, FOREVER][at]
    return np.r_[born, always], np.r_[ended, FOREVER]
