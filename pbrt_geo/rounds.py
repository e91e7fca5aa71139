"""A date among the data rounds before it: its numbers, what is carried, and what changed.

Everything that an edition holds of other dates is counted here, in one pass in which each round is
tallied once: numbers on the boundaries of another date (`converted`, `crosswalk`), and what the
door to the public must know of the past (`turnover`, `kin`, `earlier`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pbrt_geo.crosswalk import evidence_by_level, place
from pbrt_geo.edition import SINCE_FORMAT_2, SINCE_FORMAT_3
from pbrt_geo.errors import RegionError
from pbrt_geo.files import parquet_hash
from pbrt_geo.indicators import Job, Target, compute_together
from pbrt_geo.region import Region
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.state import State
from pbrt_geo.text import LANGUAGES
from pbrt_geo.turnover import Register

Told = list[dict[str, Any]]

_COLUMNS = {name: SINCE_FORMAT_2[name] for name in ("converted", "crosswalk")}
_COLUMNS["earlier"] = SINCE_FORMAT_3["earlier"]


@dataclass(frozen=True)
class Company:
    """
    What an edition holds of its own date and, beside it, of the rounds before.

    `tables` by name: `values`, `converted`, `crosswalk`, `turnover`, `kin`, `earlier`;
    `conversions` and `not_converted` as in the description of an edition.
    """

    tables: dict[str, pd.DataFrame]
    conversions: Told
    not_converted: Told


def among_rounds(region: Region, state: State) -> Company:
    """
    Count a date together with every earlier round.

    A round of which some indicator cannot be computed is left out, and said to be.

    Raises
    ------
    RegionError
        If an indicator of the date itself cannot be computed.
    """
    rounds = [region.on(date) for date in sorted(r for r in region.rounds if r < state.date)]
    forth = [_target(earlier, state) for earlier in rounds]
    back = [_target(state, earlier) for earlier in rounds]
    jobs = [Job(earlier, [None, target]) for earlier, target in zip(rounds, forth, strict=True)]
    register = Register([*rounds, state])
    *earlier, own = compute_together([*jobs, Job(state, [None, *back])], register.see)
    if isinstance(own, RegionError):
        raise own
    carried = {
        at: [(forth[at], found[1], found[0]), (back[at], own[1 + at], found[0])]
        for at, found in enumerate(earlier)
        if not isinstance(found, RegionError)
    }
    refused = {at: e for at, e in enumerate(earlier) if isinstance(e, RegionError)}
    return _company(rounds, register, own[0], carried, refused)


Carried = dict[int, list[tuple[Target, pd.DataFrame, pd.DataFrame]]]
"""By position of an earlier round: what is carried each way, and the values of the round."""


def _company(
    rounds: list[State],
    register: Register,
    values: pd.DataFrame,
    carried: Carried,
    refused: dict[int, RegionError],
) -> Company:
    ways = [way for ways in carried.values() for way in ways]
    parts = {
        "converted": [_converted(table, target) for target, table, _ in ways],
        "crosswalk": [_changed_links(target) for target, _, _ in ways],
        "earlier": [_denominators(forth[2]) for forth, _ in carried.values()],
    }
    tables = {name: _joined(found, list(_COLUMNS[name])) for name, found in parts.items()}
    tables |= {"turnover": register.turnover(without=refused), "kin": register.kin(without=refused)}
    hashes = {at: parquet_hash(forth[2]) for at, (forth, _) in carried.items()}
    conversions = [
        _about(target) | {"values_sha256": hashes[at]}
        for at, ways in carried.items()
        for target, _, _ in ways
    ]
    reasons = [_refused(rounds[at], error) for at, error in refused.items()]
    return Company({"values": values} | tables, conversions, reasons)


def _refused(state: State, error: RegionError) -> dict[str, Any]:
    reason = {language: error.text(language) for language in LANGUAGES}
    return {"date": state.date.isoformat(), "reason": reason}


def _denominators(values: pd.DataFrame) -> pd.DataFrame:
    return values[values["level"] == "rt"].rename(columns={"period": "date"})


def _target(state: State, onto: State) -> Target:
    """Place the people of one date on the RTs of another; ask for areas that are not the same."""
    placement = place(state, onto, state.lineage)
    evidence = evidence_by_level(placement, state, onto)
    areas = {level: np.flatnonzero(found != EVIDENCE[0]) for level, found in evidence.items()}
    return Target(placement, onto, areas, evidence)


def _dates(target: Target) -> dict[str, pd.Timestamp]:
    placement = target.placement
    return {
        "data_date": pd.Timestamp(placement.state_date),
        "boundary_date": pd.Timestamp(placement.date),
    }


def _converted(table: pd.DataFrame, target: Target) -> pd.DataFrame:
    evidence = pd.concat(target.evidence.values()).reindex(table["area_id"])
    names = pd.Index(EVIDENCE)
    return table.assign(evidence=names.take(names.get_indexer(evidence)), **_dates(target))


def _changed_links(target: Target) -> pd.DataFrame:
    links = target.placement.weights_table
    return links[links["evidence"] != EVIDENCE[0]].assign(**_dates(target))


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Put tables under each other; names that repeat become categories, which files hold once."""
    if not parts:
        return pd.DataFrame(columns=columns, dtype=object)
    whole = pd.concat([part[columns] for part in parts], ignore_index=True)
    repeated = [name for name in ("level", "indicator", "state", "evidence") if name in whole]
    return whole.astype(dict.fromkeys(repeated, "str")).astype(dict.fromkeys(repeated, "category"))


def _about(target: Target) -> dict[str, Any]:
    placement = target.placement
    kinds = placement.evidence.value_counts()
    return {
        "data_date": placement.state_date.isoformat(),
        "boundary_date": placement.date.isoformat(),
        "n_areas": {level: len(positions) for level, positions in target.areas.items()},
        "evidence": {name: int(kinds[name]) for name in EVIDENCE if name in kinds},
        "n_unplaced": len(placement.unplaced),
    }
