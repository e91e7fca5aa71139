"""All indicators of a state, computed in one pass: the table of numbers that an edition seals.

To add an indicator, declare one function with `@measure` in the file of its topic below, and
write its texts; nothing else needs to know of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

# Imported for their declarations: each file of measures registers its own.
from pbrt_geo import coverage, growth, population, poverty  # noqa: F401
from pbrt_geo.crosswalk import Placement
from pbrt_geo.errors import RegionError
from pbrt_geo.measures import (
    PEOPLE,
    Measure,
    Sums,
    Tally,
    declared_measures,
    roll_up,
    states_of,
    values_of,
)
from pbrt_geo.state import State

CELL = ("value", "numerator", "denominator", "known_rate", "state")


def compute(
    state: State, placement: Placement | None = None, onto: State | None = None
) -> pd.DataFrame:
    """
    Compute every indicator for every area of every level.

    With a `placement` of the households of `state` on the RTs of `onto`, the areas are those of
    `onto` and the numbers those of `state`; indicators of the RT as an institution, which cannot
    be carried, are left out.

    Returns
    -------
    values
        One row per indicator and area: `area_id`, `level`, `period` (date of the state),
        `indicator`, `value` (NaN where not known or not defined), `numerator`, `denominator`
        (NaN for counts), `known_rate` (share from 0 to 1; NaN where nothing is to be known) and
        `state`. Rows of one indicator and level stand together, in the order of `state.ids`.
    """
    if placement is None or onto is None:
        return compute_on(state, [None])[0]
    return compute_on(state, [Target(placement, onto)])[0]


class Target(NamedTuple):
    """
    Boundaries to add up on: a placement on the RTs of `onto`.

    `areas` are the positions of the areas of each level that are asked for (without it, all), and
    `evidence` what their numbers rest on.
    """

    placement: Placement
    onto: State
    areas: dict[str, np.ndarray] = {}  # noqa: RUF012 - never changed
    evidence: dict[str, pd.Series] = {}  # noqa: RUF012


class Job(NamedTuple):
    """A state, and the boundaries on which its numbers are asked for; None: its own."""

    state: State
    targets: Sequence[Target | None] = (None,)


Watch = Callable[[str, Sequence[Tally | None]], None]
"""Is told every indicator and its tally of each job; None where a state does not have it."""


def compute_on(state: State, targets: Sequence[Target | None]) -> list[pd.DataFrame]:
    """
    Compute all indicators on several boundaries, each row tallied once; None: on its own.

    Returns
    -------
    tables
        As `compute`, one for each target.
    """
    (found,) = compute_together([Job(state, targets)])
    if isinstance(found, RegionError):
        raise found
    return found


def compute_together(
    jobs: Sequence[Job], watch: Watch = lambda identifier, tallies: None
) -> list[list[pd.DataFrame] | RegionError]:
    """
    Compute all indicators of several states, indicator by indicator, each tallied once.

    Returns
    -------
    found
        For each job its tables, as `compute_on`; or, where an indicator cannot be computed of
        its state, the error that says why.
    """
    rooms = [_Found(job) for job in jobs]
    for identifier in _in_order(rooms):
        watch(identifier, [room.take(identifier) for room in rooms])
    return [room.error or room.tables() for room in rooms]


class _Found:
    """The cells of one job, by indicator, as far as they are computed."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.error: RegionError | None = None
        self.cells: dict[str, list[list[dict[str, Any]]]] = {}
        self.members = {
            identifier: (measure, member)
            for measure in declared_measures()
            for identifier, member in measure.names(job.state)
        }

    def take(self, identifier: str) -> Tally | None:
        """Tally one indicator and keep its cells on all boundaries."""
        if self.error or identifier not in self.members:
            return None
        state = self.job.state
        measure, member = self.members[identifier]
        try:
            tally = measure.of(state, member)
        except RegionError as error:
            self.error = error
            return None
        sums = [(target, _sums(state, measure, tally, target)) for target in self.job.targets]
        self.cells[identifier] = [_blocks(measure, identifier, s, target) for target, s in sums]
        return tally

    def tables(self) -> list[pd.DataFrame]:
        """Put the cells of each boundary into a table, in the order of the state's indicators."""
        state, targets = self.job
        return [
            _table([block for name in self.members for block in self.cells[name][at]], state,
                   state if target is None else target.onto)
            for at, target in enumerate(targets)
        ]  # fmt: skip


def _in_order(rooms: Sequence[_Found]) -> list[str]:
    """Return the indicators of any job, families as declared."""
    families = {measure.base: at for at, measure in enumerate(declared_measures())}
    names = dict.fromkeys(name for room in rooms for name in room.members)
    return sorted(names, key=lambda name: families[name.partition(":")[0]])


def _sums(state: State, measure: Measure, tally: Tally, target: Target | None) -> dict[str, Sums]:
    if target is None:
        return roll_up(state, tally)
    if tally.unit in PEOPLE:
        return roll_up(state, tally, target.placement, target.onto)
    if measure.carry is None:
        return {}
    return roll_up(target.onto, measure.carry(state, target.placement, target.onto))


def _blocks(
    measure: Measure, identifier: str, by_level: dict[str, Sums], target: Target | None
) -> list[dict[str, Any]]:
    """Return the cells of each level, of the areas that are asked for; `at` are their positions."""
    asked = {level: np.arange(len(sums.rows)) for level, sums in by_level.items()}
    if target is not None and target.areas:
        asked = {level: target.areas[level] for level in by_level}
        by_level = {
            level: Sums(*(part[asked[level]] for part in sums)) for level, sums in by_level.items()
        }
    return [
        _block(measure, identifier, level, sums) | {"at": asked[level]}
        for level, sums in by_level.items()
        if len(asked[level])
    ]


def _table(blocks: list[dict[str, Any]], state: State, areas: State) -> pd.DataFrame:
    sizes = [len(block["value"]) for block in blocks]
    levels = [block["level"] for block in blocks]
    table = pd.DataFrame({name: _stacked([b[name] for b in blocks]) for name in CELL})
    names = {level: ids.to_numpy(dtype=object) for level, ids in areas.ids.items()}
    ids = _stacked([names[block["level"]][block["at"]] for block in blocks])
    table.insert(0, "area_id", ids)
    table.insert(1, "level", _repeated(levels, sizes))
    table.insert(2, "period", pd.Timestamp(state.date))
    table.insert(3, "indicator", _repeated([block["indicator"] for block in blocks], sizes))
    table["state"] = pd.Categorical(table["state"])
    return table


def _stacked(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)


def catalogue(state: State) -> list[dict[str, object]]:
    """Describe every indicator of a state: identifier, family, kind, classes, programme group."""
    return [
        {
            "id": identifier,
            "base": measure.base,
            "member": member,
            "kind": measure.kind,
            "topic": measure.topic,
            "better": measure.better,
            "breaks": list(measure.breaks),
        }
        for measure in declared_measures()
        for identifier, member in measure.names(state)
    ]


def _block(measure: Measure, identifier: str, level: str, sums: Sums) -> dict[str, Any]:
    numerator, denominator, known, everyone, _ = sums
    value = values_of(sums, measure.kind)
    with np.errstate(divide="ignore", invalid="ignore"):
        known_rate = np.where(everyone > 0, known / everyone, np.nan)
    return {
        "indicator": identifier,
        "level": level,
        "value": value,
        "numerator": numerator,
        "denominator": np.full_like(value, np.nan) if measure.kind == "count" else denominator,
        "known_rate": known_rate,
        "state": states_of(value, sums),
    }


def _repeated(names: list[str], sizes: list[int]) -> pd.Categorical:
    categories = list(dict.fromkeys(names))
    codes = np.repeat([categories.index(name) for name in names], sizes)
    return pd.Categorical.from_codes(codes, categories)
