"""Placing the households of one date on the RTs of another."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from pbrt_geo.areal import area_weights
from pbrt_geo.crosswalk.placement import Placement, weakest
from pbrt_geo.lineage import Lineage
from pbrt_geo.schema import EVIDENCE, LEVELS
from pbrt_geo.spatial import PointLocator
from pbrt_geo.state import State, taken

UNCHANGED, BY_LINEAGE, BY_HOUSEHOLDS, BY_POINTS, BY_LABELS, BY_AREA = range(len(EVIDENCE))

Find = Callable[[np.ndarray], np.ndarray]
"""Finds for rows of households the code of their RT on the other date, or -1."""

_SAME_PLACE_DEGREES = 1e-5  # about 1 m


class _Links(NamedTuple):
    """Pairs of RTs that may share people, as codes; `only` is the single target of a source."""

    source: np.ndarray
    target: np.ndarray
    only: np.ndarray
    ways: np.ndarray
    rank: np.ndarray  # of each pair: UNCHANGED or BY_LINEAGE where people went one way, else -1
    n_targets: int

    def keys(self) -> np.ndarray:
        return self.source * self.n_targets + self.target

    def allow(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Mark the pairs that are linked; target -1 never is."""
        return (target >= 0) & np.isin(source * self.n_targets + target, self.keys())


class _Shares(NamedTuple):
    """What goes from RT to RT: codes, share of the source, rank of the evidence."""

    source: np.ndarray
    target: np.ndarray
    share: np.ndarray
    rank: np.ndarray


def place(state: State, onto: State, lineage: Lineage) -> Placement:
    """
    Place the households of `state` on the RTs that live on the date of `onto`.

    An RT with one possible successor (or, going back, forerunner) gives it all its people. Of one
    with several, a household goes where the list of the other date has it, if the house did not
    move; else where its point lies; else it follows the others of its RT in their proportions; if
    none of them is known, the land decides. People of an RT without any relative, because it was
    formed of nothing in between, go where their points lie.
    """
    links = _links(state, onto, lineage)
    source = state.household_codes
    ways = taken(links.ways, source, -1)
    target, rank = np.full(len(source), -1), np.full(len(source), -1)
    single = np.flatnonzero(ways == 1)
    target[single] = links.only[source[single]]
    several, none = np.flatnonzero(ways > 1), np.flatnonzero(ways == 0)
    for rows, find, known in (
        (several, _by_household(state, onto, lineage), BY_HOUSEHOLDS),
        (several, _by_point(state, onto, np.unique(links.target[links.rank < 0])), BY_POINTS),
        (none, _by_point(state, onto), BY_POINTS),
    ):
        open_ = rows[target[rows] < 0]
        found = find(open_) if len(open_) else open_
        fits = links.allow(source[open_], found) if rows is several else found >= 0
        target[open_[fits]], rank[open_[fits]] = found[fits], known
    shares = _shares(state, onto, links, target, rank)
    return _placement(state, onto, links, target, rank, shares)


# ── what the lineage says ───────────────────────────────────────────────────────────────────────


def _links(state: State, onto: State, lineage: Lineage) -> _Links:
    pairs = lineage.links(state.date, onto.date)
    sources, targets = state.ids["rt"], onto.ids["rt"]
    source = sources.get_indexer(pairs["from_id"])
    target = targets.get_indexer(pairs["to_id"])
    known = (source >= 0) & (target >= 0)
    source, target = source[known], target[known]
    ways = np.bincount(source, minlength=len(sources))
    only = np.full(len(sources), -1)
    only[source] = target
    same = sources.take(source) == targets.take(target)
    alone = np.bincount(target, minlength=len(targets))[target] == 1
    desa = state.rt["desa_id"].to_numpy()[source] == onto.rt["desa_id"].to_numpy()[target]
    quiet = same & alone & desa & ~pairs["moved"].to_numpy()[known]
    rank = np.where(ways[source] > 1, -1, np.where(quiet, UNCHANGED, BY_LINEAGE))
    return _Links(source, target, only, ways, rank, len(targets))


# ── what households and points say ──────────────────────────────────────────────────────────────


def _by_household(state: State, onto: State, lineage: Lineage) -> Find:
    """Find rows of households in the list of the other date, if their house did not move."""

    def find(rows: np.ndarray) -> np.ndarray:
        if onto.households.empty:
            return np.full(len(rows), -1)
        there = onto.household_index.get_indexer(state.households["household_id"].iloc[rows])
        code = taken(onto.household_codes, there, -1)
        # A list made before an RT changed does not say who went where.
        since = lineage.links(onto.households["as_of"].iloc[0].date(), onto.date)
        stale = onto.ids["rt"].isin(since.loc[since["moved"], "from_id"])
        code[taken(stale, code, False)] = -1
        code[_moved(state.households.iloc[rows], onto.households, there)] = -1
        return code

    return find


def _moved(here: pd.DataFrame, others: pd.DataFrame, there: np.ndarray) -> np.ndarray:
    """Mark the households whose house stands elsewhere; a point not known says nothing."""
    moved = np.zeros(len(here), dtype=bool)
    for axis in ("lon", "lat"):
        before = here[axis].to_numpy(dtype=float, na_value=np.nan)
        after = taken(others[axis].to_numpy(dtype=float, na_value=np.nan), there, np.nan)
        moved |= np.abs(after - before) > _SAME_PLACE_DEGREES
    return moved


def _by_point(state: State, onto: State, codes: np.ndarray | None = None) -> Find:
    """Find the RT in whose polygon each house stands, among all or the given RTs."""

    def find(rows: np.ndarray) -> np.ndarray:
        ids = onto.ids["rt"] if codes is None else onto.ids["rt"].take(codes)
        polygons = onto.boundaries.geometry[onto.boundaries.index.isin(ids)]
        houses = state.households.iloc[rows]
        lon, lat = (houses[c].to_numpy(dtype=float, na_value=np.nan) for c in ("lon", "lat"))
        # Few polygons have one of the houses in their rectangle; only those are indexed.
        near = shapely.STRtree(polygons).query(shapely.points(lon, lat))[1]
        polygons = polygons.iloc[np.unique(near)]
        if not len(polygons):
            return np.full(len(rows), -1)
        found = PointLocator(polygons).locate(lon, lat)
        return taken(onto.ids["rt"].get_indexer(polygons.index), found, -1)

    return find


# ── what is shared out ──────────────────────────────────────────────────────────────────────────


def _shares(
    state: State, onto: State, links: _Links, target: np.ndarray, rank: np.ndarray
) -> _Shares:
    """Return for each RT with several ways how households are shared of which nothing is known."""
    source = state.household_codes
    placed = np.flatnonzero((rank >= 0) & (taken(links.ways, source, -1) > 1))
    keys, inverse = np.unique(
        source[placed] * links.n_targets + target[placed], return_inverse=True
    )
    number = np.bincount(inverse, minlength=len(keys)).astype(float)
    from_, to = np.divmod(keys, max(links.n_targets, 1))
    weakest = np.full(len(links.ways), -1)
    np.maximum.at(weakest, source[placed], rank[placed])
    whole = np.bincount(from_, number, minlength=len(links.ways))
    people = _Shares(from_, to, number / whole[from_], weakest[from_])
    left = np.flatnonzero((links.ways > 1) & (whole == 0))
    land = _land(state, onto, links, left)
    return _Shares(*(np.concatenate(parts) for parts in zip(people, land, strict=True)))


def _land(state: State, onto: State, links: _Links, sources: np.ndarray) -> _Shares:
    """Share RTs out by the land they have in common with their relatives."""
    asked = np.isin(links.source, sources)
    ids = {"from_id": state.ids["rt"].take(links.source[asked])}
    ids["to_id"] = onto.ids["rt"].take(links.target[asked])
    before = state.boundaries.geometry.reindex(ids["from_id"].unique()).dropna()
    after = onto.boundaries.geometry.reindex(ids["to_id"].unique()).dropna()
    found = area_weights(before, after, pd.DataFrame(ids))
    from_, to = found["from_id"], found["to_id"]
    kinds = [
        table["boundary_kind"].reindex(rts).eq("indicative").to_numpy()
        for table, rts in ((state.boundaries, from_), (onto.boundaries, to))
    ]
    rank = np.where(kinds[0] | kinds[1], BY_LABELS, BY_AREA)
    codes = state.ids["rt"].get_indexer(from_), onto.ids["rt"].get_indexer(to)
    return _Shares(*codes, found["weight"].to_numpy(dtype=float), rank)


def _placement(
    state: State,
    onto: State,
    links: _Links,
    target: np.ndarray,
    rank: np.ndarray,
    shares: _Shares,
) -> Placement:
    """Put together who is placed whole and who is shared out."""
    source = state.household_codes
    whole = np.flatnonzero(target >= 0)
    open_ = np.flatnonzero((target < 0) & (taken(links.ways, source, -1) > 1))
    row, share = _joined(open_, source, shares)
    rows = np.concatenate([whole, row])
    codes = np.concatenate([target[whole], shares.target[share]])
    weights = np.concatenate([np.ones(len(whole)), shares.share[share]])
    ranks = np.concatenate([rank[whole], shares.rank[share]])
    unplaced = np.setdiff1d(np.flatnonzero(source >= 0), rows)
    table = _weights_table(state, onto, links, shares, (source[rows], codes, weights, ranks))
    evidence = weakest(table["to_id"], table["evidence"]).reindex(onto.ids["rt"])
    return Placement(
        state.date,
        onto.date,
        onto.ids["rt"],
        rows,
        codes,
        weights,
        table,
        evidence.fillna(EVIDENCE[UNCHANGED]),
        unplaced,
        _strays(state, onto, unplaced),
    )


def _joined(rows: np.ndarray, source: np.ndarray, shares: _Shares) -> tuple[np.ndarray, np.ndarray]:
    """Join household rows with the shares of their RT: positions in `rows` and in `shares`."""
    order = np.argsort(shares.source, kind="stable")
    first = np.searchsorted(shares.source[order], source[rows], side="left")
    last = np.searchsorted(shares.source[order], source[rows], side="right")
    number = last - first
    start = np.repeat(first - np.append(0, np.cumsum(number)[:-1]), number)
    return np.repeat(rows, number), order[start + np.arange(number.sum())]


def _weights_table(
    state: State, onto: State, links: _Links, shares: _Shares, entries: tuple[np.ndarray, ...]
) -> pd.DataFrame:
    """List every pair that is linked or shares people, with its weight and weakest evidence."""
    source, target, weight, rank = entries
    n = max(links.n_targets, 1)
    keys, inverse = np.unique(
        np.concatenate([links.keys(), shares.source * n + shares.target, source * n + target]),
        return_inverse=True,
    )
    link, share, entry = np.split(inverse, np.cumsum([len(links.source), len(shares.source)]))
    people = np.bincount(entry, weight, minlength=len(keys))
    from_, to = np.divmod(keys, n)
    placed = np.bincount(from_, people, minlength=len(links.ways))[from_]
    nobody = np.zeros(len(keys))  # an RT without households still has ways, or shares of land
    nobody[share] = shares.share
    nobody[link[links.rank >= 0]] = 1.0
    ranks = np.full(len(keys), -1)
    np.maximum.at(ranks, link, links.rank)
    np.maximum.at(ranks, share, np.where(placed[share] > 0, -1, shares.rank))
    np.maximum.at(ranks, entry, rank)
    with np.errstate(invalid="ignore"):
        weights = np.where(placed > 0, people / placed, nobody)
    return pd.DataFrame(
        {
            "from_id": state.ids["rt"].take(from_),
            "to_id": onto.ids["rt"].take(to),
            "weight": weights,
            "n_households": people,
            "evidence": np.array(EVIDENCE, dtype=object)[_of_empty_pairs(ranks, from_)],
        }
    )


def _of_empty_pairs(ranks: np.ndarray, from_: np.ndarray) -> np.ndarray:
    """Say of a pair through which nobody passes how that is known: as its source was placed."""
    of_source = np.full(from_.max(initial=-1) + 1, -1)
    np.maximum.at(of_source, from_, ranks)
    known = of_source[from_]
    return np.where(ranks >= 0, ranks, np.where(known >= 0, known, BY_AREA))


def _strays(
    state: State, onto: State, unplaced: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Let households that no RT takes count in the smallest area around that is the same."""
    found = {}
    rows, codes = unplaced, state.household_codes[unplaced]
    for lower, upper in pairwise(LEVELS):
        codes = taken(state.parent_codes[lower], codes, -1)
        there = taken(onto.ids[upper].get_indexer(state.ids[upper]), codes, -1)
        found[upper] = rows[there >= 0], there[there >= 0]
        rows, codes = rows[there < 0], codes[there < 0]
    return found
