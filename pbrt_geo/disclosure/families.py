"""What the attacker holds, as systems of linear limits: one for each family of quantities.

Quantities that no relation and no numerator connects know nothing of each other, and areas that no
claim and no kinship connects neither; each such part is a puzzle of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.lp import FREE, Sums, System, connected
from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Numerator, numerator_limits
from pbrt_geo.errors import PbrtError

LEVELS = ("rt", "desa", "kecamatan", "kabupaten")


class AttackError(PbrtError):
    """What was published contradicts itself, or is about areas that are not there."""


# ── where people live ───────────────────────────────────────────────────────────────────────────


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

    def denominator(self, indicator: str) -> np.ndarray | None:
        """Return the denominators of an indicator, 0 where nobody is known; None for counts."""
        if indicator not in self._denominators:
            parts = [self._denominator_on(date, indicator) for date in self._snapshots]
            self._denominators[indicator] = np.concatenate(parts)
        found = self._denominators[indicator]
        return None if np.isnan(found).all() else np.nan_to_num(found)

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


# ── families ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Targets:
    """
    What must stay uncertain in a puzzle.

    `sums` gives its value from the columns; `needed` how many values it must be able to take, of
    those between `first` and `last`; `whole` whether it is a whole number.
    """

    sums: Sums
    needed: np.ndarray
    first: np.ndarray
    last: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Puzzle:
    """
    One family of quantities: limits, what must stay uncertain, and how it can be divided.

    `cells` (`date`, `rt_id`, `quantity`) and `changes` (`before`, `after`, `group`, `quantity`)
    name the rows of the result; `target` there is the number of the target. `parts` are the parts
    of the columns by desa, kecamatan and kabupaten.
    """

    quantities: tuple[str, ...]
    system: System
    targets: Targets
    parts: tuple[np.ndarray, ...]
    cells: pd.DataFrame
    changes: pd.DataFrame


class _Rows:
    """Collects rows of a system."""

    def __init__(self) -> None:
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._least: list[np.ndarray] = []
        self._most: list[np.ndarray] = []
        self.n = 0

    def add(self, entries: "_Entries", least: np.ndarray, most: np.ndarray) -> None:
        """Add rows; those of the entries are numbered from 0."""
        self._entries += [(row + self.n, column, weight) for row, column, weight in entries]
        self._least.append(least)
        self._most.append(most)
        self.n += len(least)

    def sums(self) -> Sums:
        """Return what was collected."""
        row, column, weight = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        return Sums(row, column, weight, self.n)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return least and most of each row."""
        return np.concatenate(self._least), np.concatenate(self._most)


_Entries = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def families(links: Links, claimed: set[str]) -> list[tuple[str, ...]]:
    """Return the quantities that claims are about, and what hangs together with them."""
    terms = [number.terms for number in links.numerators.values()]
    terms += [relation.terms for relation in links.relations]
    names = sorted({name for part in terms for name, _ in part})
    number = {name: i for i, name in enumerate(names)}
    pairs = [(number[part[0][0]], number[name]) for part in terms for name, _ in part if part]
    left, right = np.array(pairs, dtype=int).reshape(-1, 2).T
    labels = connected(left, right, len(names))
    wanted = sorted({labels[number[name]] for name in claimed})
    return [tuple(name for name in names if labels[number[name]] == label) for label in wanted]


def puzzles(knowledge: Knowledge, needed: Mapping[str, int]) -> Iterator[Puzzle]:
    """
    Lay out everything the attacker holds.

    Raises
    ------
    AttackError
        If a claim is about an area that is not there on its date.
    """
    links = knowledge.links
    claims = knowledge.claims[list(CLAIM)].drop_duplicates()
    claims = claims[claims["indicator"].isin(links.numerators.keys())]
    claims = claims.assign(date=pd.to_datetime(claims["date"]))
    places = Places(knowledge)
    turnover = knowledge.turnover.assign(code=places.group_codes(knowledge.turnover))
    turnover = turnover[turnover["code"] >= 0]
    by_claim = dict(list(claims.groupby("indicator")))
    by_turnover = dict(list(turnover.groupby("indicator")))
    claimed = {name for key in by_claim for name, _ in links.numerators[key].terms}
    for quantities in families(links, claimed):
        yield _Family(quantities, links, places, needed).puzzle(by_claim, by_turnover)


class _Family:
    """Lays out one family; column q·P + p is quantity q at place p of P."""

    def __init__(
        self, quantities: tuple[str, ...], links: Links, places: Places, needed: Mapping[str, int]
    ) -> None:
        self.quantities, self.links, self.places = quantities, links, places
        self.number = {name: i for i, name in enumerate(quantities)}
        self.whole = np.repeat([name in links.whole for name in quantities], places.n)
        units = [links.unit.get(name, "household") for name in quantities]
        self.needed = np.repeat([needed[unit] for unit in units], places.n)
        self.numerators = {
            key: number
            for key, number in links.numerators.items()
            if number.terms and number.terms[0][0] in self.number
        }
        self.known = _Rows()
        self.claimed = np.zeros(len(self.whole), dtype=bool)

    def puzzle(self, claims: dict[str, pd.DataFrame], turnover: dict[str, pd.DataFrame]) -> Puzzle:
        """Lay out the limits, first those that are known without any edition."""
        self._denominators()
        self._relations()
        moved = [self._turnover(key, turnover[key]) for key in self.numerators if key in turnover]
        n_known = self.known.n
        for key in self.numerators:
            if key in claims:
                for level, part in claims[key].groupby("level"):
                    self._claims(key, str(level), part)
        lower, upper = np.zeros(len(self.whole)), np.full(len(self.whole), FREE)
        system = System(lower, upper, self.whole, self.known.sums(), *self.known.limits())
        system, number = system.merged()
        before = system.with_rows(np.arange(system.sums.n) < n_known).tightened()
        moved = [table for table in moved if table is not None]
        changes = pd.concat(moved, ignore_index=True) if moved else _NO_CHANGES
        return self._puzzle(system, before, number, changes)

    # ── what is known anyway ────────────────────────────────────────────────────────────────────

    def _entries(self, number: Numerator, row: np.ndarray, place: np.ndarray) -> _Entries:
        return [
            (row, self.number[name] * self.places.n + place, np.full(len(place), float(weight)))
            for name, weight in number.terms
        ]

    def _denominators(self) -> None:
        """A numerator of people lies between 0 and the denominator; any is 0 where nobody is."""
        everywhere = np.arange(self.places.n)
        for key, number in self.numerators.items():
            denominator = self.places.denominator(key)
            least, most = np.zeros(self.places.n), np.full(self.places.n, np.inf)
            if denominator is not None:
                people = all(name in self.links.whole for name, _ in number.terms)
                part = number.of_denominator * denominator
                most = np.where(people | (denominator == 0), denominator, np.inf)
                least, most = least - part, most - part
            self.known.add(self._entries(number, everywhere, everywhere), least, most)

    def _relations(self) -> None:
        everywhere = np.arange(self.places.n)
        nothing = np.zeros(self.places.n)
        for relation in self.links.relations:
            if relation.terms[0][0] in self.number:
                entries = self._entries(Numerator(relation.terms), everywhere, everywhere)
                least = nothing if relation.equal else nothing - np.inf
                self.known.add(entries, least, nothing)

    def _turnover(self, key: str, turnover: pd.DataFrame) -> pd.DataFrame | None:
        """Add by how much the numerators of groups can have changed; return the changes."""
        members, number = self.places.members, self.numerators[key]
        codes = turnover["code"].to_numpy()
        starts, ends = (np.searchsorted(members["code"], codes, side) for side in ("left", "right"))
        chosen, row = ranges(starts, ends - starts)
        place, sign = members["place"].to_numpy()[chosen], members["sign"].to_numpy()[chosen]
        entries = [(r, c, w * sign) for r, c, w in self._entries(number, row, place)]
        denominator = self.places.denominator(key)
        if denominator is None:
            denominator = np.zeros(self.places.n)
        grown = np.bincount(row, sign * denominator[place], minlength=len(codes))
        bound = turnover["bound"].to_numpy(dtype=float)
        offset = number.of_denominator * grown
        first = self.known.n
        self.known.add(entries, -bound - offset, bound - offset)
        if len(number.terms) != 1 or abs(number.terms[0][1]) != 1 or number.of_denominator:
            return None
        return turnover.assign(
            quantity=number.terms[0][0], row=first + np.arange(len(codes)), grown=grown
        )

    # ── what was published ──────────────────────────────────────────────────────────────────────

    def _claims(self, key: str, level: str, claims: pd.DataFrame) -> None:
        number, places = self.numerators[key], self.places
        area = places.area_codes(level, claims["date"], claims["area_id"])
        if (area < 0).any():
            unknown = claims.loc[area < 0, "area_id"].iloc[0]
            raise AttackError.of("attack_unknown_area", area=str(unknown), indicator=key)
        order = np.argsort(places.codes[level], kind="stable")
        counts = np.bincount(places.codes[level], minlength=area.max(initial=0) + 1)
        starts = np.cumsum(counts) - counts
        chosen, row = ranges(starts[area], counts[area])
        place = order[chosen]
        denominator = places.denominator(key)
        each = np.zeros(places.n) if denominator is None else denominator
        total = np.bincount(row, each[place], minlength=len(area))
        if denominator is None:
            total = np.ones_like(total)  # limits of a count are told as they are
        least, most = self._limits(number, claims, total)
        part = number.of_denominator * total
        self.known.add(self._entries(number, row, place), least - part, most - part)
        for name, _ in number.terms:
            self.claimed[self.number[name] * places.n + place] = True

    def _limits(
        self, number: Numerator, claims: pd.DataFrame, total: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        whole = all(name in self.links.whole for name, _ in number.terms)
        whole &= all(float(weight).is_integer() for _, weight in number.terms)
        low = claims["low"].fillna(0.0).to_numpy(dtype=float)
        high = claims["high"].fillna(np.inf).to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):  # without an upper limit, for nobody
            limits = numerator_limits(low, high, claims["closed"].to_numpy(bool), total, whole)
        return limits[0], np.nan_to_num(limits[1], nan=0.0, posinf=np.inf)

    # ── what must stay uncertain ────────────────────────────────────────────────────────────────

    def _puzzle(
        self, system: System, before: System, number: np.ndarray, changes: pd.DataFrame
    ) -> Puzzle:
        places = self.places
        columns = np.flatnonzero(self.claimed)
        cells = pd.DataFrame(
            {
                "date": places.date.to_numpy()[columns % places.n],
                "rt_id": places.rt_id.to_numpy()[columns % places.n],
                "quantity": np.array(self.quantities)[columns // places.n],
            }
        )
        merged, cells["target"] = np.unique(number[columns], return_inverse=True)
        n_cells = len(merged)
        possible = n_values(before.lower[merged], before.upper[merged], system.whole[merged])
        wanted = np.zeros(system.n, dtype=int)
        np.maximum.at(wanted, number, self.needed)
        cells["needed"] = np.minimum(wanted[merged], possible)[cells["target"]]
        sums = Sums(np.arange(n_cells), merged, np.ones(n_cells), n_cells)
        targets = Targets(
            sums,
            np.minimum(wanted[merged], possible),
            np.full(n_cells, -np.inf),
            np.full(n_cells, np.inf),
            system.whole[merged],
        )
        targets, changes = self._with_changes(targets, changes, system, before)
        n = system.n
        parts = []
        for part in places.parts:
            label = np.zeros(n, dtype=np.int64)
            label[number] = np.tile(part, len(self.quantities))
            parts.append(label)
        return Puzzle(self.quantities, system, targets, tuple(parts), cells, changes)

    def _with_changes(
        self, targets: Targets, changes: pd.DataFrame, system: System, before: System
    ) -> tuple[Targets, pd.DataFrame]:
        changes = changes[changes["n_changed"] >= 1]
        changes = changes.sort_values("bound").drop_duplicates(["quantity", "code"])
        chosen = np.zeros(system.sums.n, dtype=bool)
        chosen[changes["row"].to_numpy(dtype=int)] = True
        changes = changes.sort_values("row")
        sums = system.sums.chosen(chosen)
        flat = np.bincount(sums.row, minlength=sums.n) == 0  # nobody is known on either date
        sums, changes = sums.chosen(~flat), changes[~flat]
        whole = np.ones(sums.n, dtype=bool)
        whole[sums.row[~system.whole[sums.column]]] = False
        first, last, needed = _change_needs(changes, sums.reach(before.lower, before.upper), whole)
        n = targets.sums.n
        both = Sums(
            np.concatenate([targets.sums.row, sums.row + n]),
            np.concatenate([targets.sums.column, sums.column]),
            np.concatenate([targets.sums.weight, sums.weight]),
            n + sums.n,
        )
        columns = changes[["before", "after", "group", "quantity"]].assign(
            target=n + np.arange(sums.n), needed=needed
        )
        ends = zip(
            (targets.needed, targets.first, targets.last, targets.whole),
            (needed, first, last, whole),
            strict=True,
        )
        return Targets(both, *(np.concatenate(pair) for pair in ends)), columns


_NO_CHANGES = pd.DataFrame(
    {name: [] for name in ("before", "after", "group", "indicator", "n_changed", "bound")}
    | {name: [] for name in ("code", "quantity", "row", "grown")}
)


def _change_needs(
    changes: pd.DataFrame, reach: tuple[np.ndarray, np.ndarray], whole: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return from where to where changes count, and how many values they must be able to take.

    Where a single household changed, more is known than a bound. If the denominator stayed, the
    numerator did not; if the denominator grew by that household, the numerator stayed or grew by
    it. Either way it is the ends that must be possible.
    """
    bound = changes["bound"].to_numpy(dtype=float)
    grown = changes["grown"].to_numpy(dtype=float)
    one = changes["n_changed"].to_numpy() == 1
    came = one & (grown != 0)
    first = np.maximum(np.where(came, np.minimum(0, grown), -bound), reach[0])
    last = np.minimum(np.where(came, np.maximum(0, grown), bound), reach[1])
    possible = n_values(first, last, whole)
    return first, last, np.where(one & whole, possible, np.minimum(2, possible))


def n_values(lowest: np.ndarray, highest: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return how many whole values lie in ranges, or how many steps of 1 with one more."""
    exact = np.floor(highest + 1e-6) - np.ceil(lowest - 1e-6) + 1
    steps = np.floor(highest - lowest + 1e-6) + 1
    return np.maximum(0, np.where(whole, exact, steps)).astype(int)
