"""Events laid out by unit and day: one *touch* for each event that a unit takes part in.

A touch begins a *span*: what the event says of the unit holds until the unit's next touch.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

ATTRIBUTES = ("parent_id", "number", "rw", "dusun", "name", "idsls")
FOREVER = np.datetime64("9999-12-31", "s")

MOVING = ("pecah", "gabung", "ubah_batas", "bubar")
"""Kinds by which people pass from one unit to another."""

EMPTIED = {
    "ganti_nama": ("rw", "dusun"),
    "ganti_nomor": ("rw", "dusun", "idsls"),
    "pindah": ("rw", "dusun", "idsls"),
}
"""Columns of a living unit that an empty cell empties, if the row states a name at all. In every
other column, and for every other kind, an empty cell leaves what was."""

Bools = np.ndarray
Ints = np.ndarray


@dataclass(frozen=True)
class Touches:
    """
    Parallel arrays, sorted by unit and date.

    `unit` and `event` are positions in `ids` and in the standing events; `before` and `after` tell
    the unit's part; `state` holds for each attribute a code into `values` (-1: empty), as it is
    from the touch on; `row` is the row of the unit after the event, -1 where it ends.
    """

    ids: pd.Index
    unit: Ints
    event: Ints
    date: np.ndarray
    kind: np.ndarray
    level: np.ndarray
    before: Bools
    after: Bools
    row: Ints
    state: dict[str, Ints]
    values: dict[str, pd.Series]

    def __len__(self) -> int:
        return len(self.unit)

    @cached_property
    def first(self) -> Bools:
        """The touch is the first of its unit."""
        return np.r_[True, self.unit[1:] != self.unit[:-1]][: len(self)]

    @cached_property
    def end(self) -> np.ndarray:
        """First day on which the span no longer holds."""
        until = np.full(len(self), FOREVER)
        until[:-1] = np.where(self.first[1:], FOREVER, self.date[1:])
        return until

    def living(self, day: np.datetime64) -> Ints:
        """Return the spans that hold on a day."""
        return np.flatnonzero(self.after & (self.date <= day) & (self.end > day))

    def column(self, name: str, at: Ints) -> pd.Series:
        """Return an attribute of some spans as text, missing where it is empty."""
        return decoded(self.values[name], self.state[name][at])

    def changed(self, name: str) -> Bools:
        """Tell where an attribute differs from the unit's span before; False at the first."""
        codes = self.state[name]
        return ~self.first & (codes != np.r_[-1, codes[:-1]][: len(codes)])


def decoded(values: pd.Series, codes: Ints) -> pd.Series:
    """Return `values[codes]`, missing where the code is -1."""
    known = values.reindex(range(len(values) + 1))  # one more, empty: -1 finds it from the end
    return known.iloc[codes].reset_index(drop=True)


def touches_of(events: pd.DataFrame, units: pd.DataFrame) -> Touches:
    """Lay out the standing `events` (indexed by id, sorted by date) and their `units`."""
    unit_of, ids = pd.factorize(units["unit_id"].astype("str"), sort=True)
    event_of = events.index.get_indexer(units["event_id"])
    # Events are sorted by date, so sorting by unit and event sorts by unit and date.
    keys, at = np.unique(unit_of * max(len(events), 1) + event_of, return_inverse=True)
    unit, event = np.divmod(keys, max(len(events), 1))
    is_after = (units["role"] == "after").to_numpy(dtype=bool)
    before = np.zeros(len(keys), dtype=bool)
    before[at[~is_after]] = True
    row = np.full(len(keys), -1)
    row[at[is_after]] = np.flatnonzero(is_after)
    kind = events["kind"].to_numpy(dtype=object)[event]
    date = events["date"].to_numpy().astype("datetime64[s]")[event]
    level = events["level"].to_numpy(dtype=object)[event]
    state, values = _states(units, unit, kind, row)
    return Touches(
        pd.Index(ids), unit, event, date, kind, level, before, row >= 0, row, state, values
    )


def _states(
    units: pd.DataFrame, unit: Ints, kind: np.ndarray, row: Ints
) -> tuple[dict[str, Ints], dict[str, pd.Series]]:
    """Carry each attribute on from touch to touch until one states it anew."""
    first = np.r_[True, unit[1:] != unit[:-1]][: len(unit)]
    stated, values = {}, {}
    for name in ATTRIBUTES:
        cells = units[name] if name in units else pd.Series(np.nan, units.index)
        codes, distinct = pd.factorize(cells.astype("str"))
        stated[name] = np.where(row >= 0, np.r_[codes, -1][row], -1)
        values[name] = pd.Series(distinct, dtype="str")
    named = stated["name"] >= 0
    state = {}
    for name, codes in stated.items():
        emptying = [each for each, columns in EMPTIED.items() if name in columns]
        known = first | (codes >= 0) | (named & np.isin(kind, emptying))
        source = np.maximum.accumulate(np.where(known, np.arange(len(codes)), 0))
        state[name] = codes[source]
    return state, values
