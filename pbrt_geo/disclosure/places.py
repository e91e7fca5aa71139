"""Where people live: every RT on every date, its areas, its denominators and its kin."""

from functools import cached_property

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.turnover import connected

LEVELS = ("rt", "desa", "kecamatan", "kabupaten")


class Places:
    """
    Every RT on every date: a place, with its number; what is public of it.

    Attributes
    ----------
    date, rt_id
        Of each place.
    codes
        For each level the number of the area a place belongs to, on its date.
    members
        Places of each group of kin, both sides: `code`, `sign` (−1 before, 1 after), `place`.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._snapshots = {pd.Timestamp(d): s for d, s in sorted(knowledge.snapshots.items())}
        frames = [self._of_date(date) for date in self._snapshots]
        table = pd.concat(frames, ignore_index=True)
        self.n = len(table)
        self.date, self.rt_id = table["date"], table["rt_id"]
        self._names = {level: table[level] for level in ("desa", "kecamatan", "kabupaten")}
        self._areas = {level: _index(table["date"], table[level]) for level in LEVELS}
        self._kinds = {level: index.unique() for level, index in self._areas.items()}
        self.codes = {level: self._kinds[level].get_indexer(self._areas[level]) for level in LEVELS}
        self._denominators: dict[str, np.ndarray] = {}
        self._take_kin(knowledge.kin)

    def _of_date(self, date: pd.Timestamp) -> pd.DataFrame:
        areas = self._snapshots[date].areas
        rts = areas[areas["level"] == "rt"] if "level" in areas else areas
        names = {level: rts[f"{level}_id"].to_numpy() for level in LEVELS[1:]}
        ids = rts.index.to_numpy()
        return pd.DataFrame({"date": date, "rt_id": ids, "rt": ids, **names})

    def _take_kin(self, kin: pd.DataFrame) -> None:
        before, after = pd.to_datetime(kin["before"]), pd.to_datetime(kin["after"])
        is_after = (kin["side"] == "after").to_numpy()
        place = self.area_codes("rt", before.where(~is_after, after), kin["rt_id"])
        keep = place >= 0
        groups = _index(before, after, kin["group"])[keep]
        self._groups = groups.unique()
        code, sign = self._groups.get_indexer(groups), np.where(is_after[keep], 1.0, -1.0)
        self.members = pd.DataFrame({"code": code, "sign": sign, "place": place[keep]})
        self.members = self.members.sort_values("code", ignore_index=True)

    def area_codes(self, level: str, date: pd.Series, area_id: pd.Series) -> np.ndarray:
        """Return the numbers of areas on dates; −1 where there is no such area."""
        return self._kinds[level].get_indexer(_index(date, area_id))

    def group_codes(self, turnover: pd.DataFrame) -> np.ndarray:
        """Return the numbers of groups of kin; −1 where a date is not known."""
        before, after = pd.to_datetime(turnover["before"]), pd.to_datetime(turnover["after"])
        code = self._groups.get_indexer(_index(before, after, turnover["group"]))
        known = before.isin(list(self._snapshots)) & after.isin(list(self._snapshots))
        return np.where(known, code, -1)

    def of_areas(self, level: str, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the places in each of some areas, and which of the areas each is in."""
        order = np.argsort(self.codes[level], kind="stable")
        counts = np.bincount(self.codes[level], minlength=area.max(initial=0) + 1)
        starts = np.cumsum(counts) - counts
        chosen, row = ranges(starts[area], counts[area])
        return order[chosen], row

    def of_groups(self, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the places of each of some groups, their signs, and whose each is."""
        code, place, sign = (self.members[name].to_numpy() for name in ("code", "place", "sign"))
        starts, ends = (np.searchsorted(code, groups, side) for side in ("left", "right"))
        chosen, row = ranges(starts, ends - starts)
        return place[chosen], sign[chosen], row

    def denominator(self, indicator: str) -> np.ndarray | None:
        """Return the denominators of an indicator, 0 where nobody is known; None for counts."""
        if indicator not in self._denominators:
            parts = [self._denominator_on(date, indicator) for date in self._snapshots]
            self._denominators[indicator] = np.concatenate(parts)
        found = self._denominators[indicator]
        return None if np.isnan(found).all() else np.nan_to_num(found)

    def is_told_of(self, indicator: str) -> np.ndarray:
        """Mark the places on dates that know an indicator: programmes begin and end."""
        told = [date for date, one in self._snapshots.items() if indicator in one.denominators]
        return self.date.isin(told).to_numpy()

    def _denominator_on(self, date: pd.Timestamp, indicator: str) -> np.ndarray:
        table, ids = self._snapshots[date].denominators, self.rt_id[self.date == date]
        if indicator not in table:
            return np.full(len(ids), np.nan)
        return table[indicator].reindex(ids).to_numpy(dtype=float)

    @cached_property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Return for each place its part: by desa, by kecamatan and by kabupaten.

        The same area is one part on all dates, and areas that exchanged RTs are one part, too.
        """
        kin = self.members["code"].to_numpy(), self.members["place"].to_numpy()
        finer = np.arange(self.n)
        found = []
        for level in ("desa", "kecamatan", "kabupaten"):
            areas, _ = pd.factorize(self._names[level])
            finer = _joined(self.n, finer, areas, *kin)
            found.append(finer)
        return found[0], found[1], found[2]


def _index(*columns: pd.Series) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([_plain(column) for column in columns])


def _plain(column: pd.Series) -> np.ndarray:
    """Return the values; dates in one resolution, whichever they were read with."""
    is_date = pd.api.types.is_datetime64_any_dtype(column)
    return np.asarray(column, dtype="datetime64[s]" if is_date else None)


def _joined(
    n: int, finer: np.ndarray, areas: np.ndarray, code: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """Number the parts of places that share a finer part, an area or a group of kin."""
    hubs = [finer, areas + n, code + n + areas.max(initial=0) + 1]
    ends = [np.arange(n), np.arange(n), place]
    offset = n  # places are numbered first, then what joins them
    left = np.concatenate(ends)
    right = np.concatenate(hubs) + offset
    labels = connected(left, right, int(right.max(initial=n)) + 1)[:n]
    return np.unique(labels, return_inverse=True)[1]


def ranges(starts: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers start, start+1, … of several ranges in a row, and whose each is."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return starts[owner] + np.arange(len(owner)) - first[owner], owner
