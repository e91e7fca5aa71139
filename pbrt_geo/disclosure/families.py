"""What the attacker holds, as systems of linear limits: one for each family of quantities.

Quantities that no relation and no numerator connects know nothing of each other, and areas that no
claim and no kinship connects neither; each such part is a puzzle of its own.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.disclosure import needs
from pbrt_geo.disclosure.links import UNBOUNDED, base_of, parts_of
from pbrt_geo.disclosure.lp import FREE, Contradiction, Sums, System
from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Numerator, numerator_limits
from pbrt_geo.disclosure.needs import Targets
from pbrt_geo.disclosure.places import Places
from pbrt_geo.errors import PbrtError
from pbrt_geo.turnover import connected


class AttackError(PbrtError):
    """What was published contradicts itself, or is about areas that are not there."""


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

    def fingerprint(self) -> bytes:
        """Return the same for the same limits and the same that must stay uncertain."""
        system, aims, digest = self.system, self.targets, hashlib.sha256()
        arrays = [system.lower, system.upper, system.whole, system.least, system.most]
        arrays += [aims.needed, aims.first, aims.last, aims.whole, *self.parts]
        for part in (system.sums, aims.sums):
            arrays += [part.row, part.column, part.weight]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes() + str(array.shape).encode())
        return digest.digest()


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
        return Sums(*_joined_entries(self._entries), self.n)

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
        try:
            yield _Family(quantities, links, places, needed).puzzle(by_claim, by_turnover)
        except Contradiction as error:
            names = ", ".join(quantities)
            raise AttackError.of("attack_contradiction", quantities=names) from error


class _Family:
    """Lays out one family; column q·P + p is quantity q at place p of P."""

    def __init__(
        self, quantities: tuple[str, ...], links: Links, places: Places, needed: Mapping[str, int]
    ) -> None:
        self.quantities, self.links, self.places = quantities, links, places
        self.number = {name: i for i, name in enumerate(quantities)}
        self.whole = np.repeat([name in links.whole for name in quantities], places.n)
        units = [links.unit.get(name, "household") for name in quantities]
        self.needed = np.array([needed[unit] for unit in units])
        self.numerators = {
            key: number
            for key, number in links.numerators.items()
            if number.terms and number.terms[0][0] in self.number
        }
        self.known = _Rows()
        self.claimed = np.zeros(len(self.whole), dtype=bool)
        self.told: dict[str, np.ndarray] = {}

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
        return self._puzzle(n_known, [table for table in moved if len(table)])

    # ── what is known anyway ────────────────────────────────────────────────────────────────────

    def _entries(self, number: Numerator, row: np.ndarray, place: np.ndarray) -> _Entries:
        return [
            (row, self.number[name] * self.places.n + place, np.full(len(place), float(weight)))
            for name, weight in number.terms
        ]

    def _denominators(self) -> None:
        """A numerator lies between 0 and the denominator; any is 0 where nobody is known."""
        everywhere = np.arange(self.places.n)
        for key, number in self.numerators.items():
            denominator = self.places.denominator(key)
            least, most = np.zeros(self.places.n), np.full(self.places.n, np.inf)
            if denominator is not None:
                part = number.of_denominator * denominator
                if base_of(key) in UNBOUNDED:
                    most = np.where(denominator == 0, 0.0, np.inf)
                else:
                    most = denominator
                least, most = least - part, most - part
                told = self.places.is_told_of(key)  # elsewhere the sum means nothing
                least, most = np.where(told, least, -np.inf), np.where(told, most, np.inf)
            self.known.add(self._entries(number, everywhere, everywhere), least, most)

    def _relations(self) -> None:
        everywhere = np.arange(self.places.n)
        nothing = np.zeros(self.places.n)
        for relation in self.links.relations:
            if relation.terms[0][0] in self.number:
                entries = self._entries(Numerator(relation.terms), everywhere, everywhere)
                least = nothing if relation.equal else nothing - np.inf
                self.known.add(entries, least, nothing)

    def _turnover(self, key: str, turnover: pd.DataFrame) -> pd.DataFrame:
        """Add by how much the numerators of groups can have changed; return the changes."""
        number, codes = self.numerators[key], turnover["code"].to_numpy()
        place, sign, row = self.places.of_groups(codes)
        entries = [(r, c, w * sign) for r, c, w in self._entries(number, row, place)]
        denominator = self.places.denominator(key)
        if denominator is None:
            denominator = np.zeros(self.places.n)
        grown = np.bincount(row, sign * denominator[place], minlength=len(codes))
        bound = turnover["bound"].to_numpy(dtype=float)
        offset = number.of_denominator * grown
        first = self.known.n
        self.known.add(entries, -bound - offset, bound - offset)
        return turnover.assign(
            quantity=number.terms[0][0] if len(number.terms) == 1 else key,
            row=first + np.arange(len(codes)),
            grown=grown,
            offset=offset,
        )

    # ── what was published ──────────────────────────────────────────────────────────────────────

    def _claims(self, key: str, level: str, claims: pd.DataFrame) -> None:
        number, places = self.numerators[key], self.places
        area = places.area_codes(level, claims["date"], claims["area_id"])
        if (area < 0).any():
            unknown = claims.loc[area < 0, "area_id"].iloc[0]
            raise AttackError.of("attack_unknown_area", area=str(unknown), indicator=key)
        place, row = places.of_areas(level, area)
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
        if len(number.terms) > 1:
            self.told.setdefault(key, np.zeros(places.n, dtype=bool))[place] = True

    def _limits(
        self, number: Numerator, claims: pd.DataFrame, total: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        parts = self._parts(number)
        low = claims["low"].fillna(0.0).to_numpy(dtype=float)
        high = claims["high"].fillna(np.inf).to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):  # without an upper limit, for nobody
            limits = numerator_limits(low, high, claims["closed"].to_numpy(bool), total, parts)
        return limits[0], np.nan_to_num(limits[1], nan=0.0, posinf=np.inf)

    def _parts(self, number: Numerator) -> int:
        """Return in which parts of a person a numerator counts; 0 if it may be any number."""
        if not all(float(weight).is_integer() for _, weight in number.terms):
            return 0
        if all(name in self.links.whole for name, _ in number.terms):
            return 1
        return parts_of(number.terms[0][0]) if len(number.terms) == 1 else 0

    # ── what must stay uncertain ────────────────────────────────────────────────────────────────

    def _puzzle(self, n_known: int, moved: list[pd.DataFrame]) -> Puzzle:
        lower, upper = np.zeros(len(self.whole)), np.full(len(self.whole), FREE)
        system = System(lower, upper, self.whole, self.known.sums(), *self.known.limits())
        system, number = system.merged()
        before = system.with_rows(np.arange(system.sums.n) < n_known).tightened()
        targets, named = self._cells(system, before, number)
        for key in self.told:
            more, names = self._sums_told(key, system, before, number)
            names["target"] += targets.sums.n
            targets, named = targets.and_more(more), pd.concat([named, names], ignore_index=True)
        changed, names = _changes(system, before, moved)
        names["target"] += targets.sums.n
        parts = tuple(self._of_columns(part, number, system.n) for part in self.places.parts)
        return Puzzle(self.quantities, system, targets.and_more(changed), parts, named, names)

    def _of_columns(self, part: np.ndarray, number: np.ndarray, n: int) -> np.ndarray:
        """Return the part of each column from the part of each place."""
        label = np.zeros(n, dtype=np.int64)
        label[number] = np.tile(part, len(self.quantities))
        return label

    def _cells(
        self, system: System, before: System, number: np.ndarray
    ) -> tuple[Targets, pd.DataFrame]:
        """Return the quantities that claims are about; one target where they are equal."""
        columns = np.flatnonzero(self.claimed)
        merged, target = np.unique(number[columns], return_inverse=True)
        wanted = np.zeros(system.n, dtype=int)
        np.maximum.at(wanted, number, np.repeat(self.needed, self.places.n))
        at = np.arange(len(merged))
        sums = Sums(at, merged, np.ones(len(merged)), len(merged))
        targets = needs.cells(sums, system, before, wanted[merged])
        quantities = np.array(self.quantities)[columns // self.places.n]
        names = self._named(columns % self.places.n, quantities, target, targets.needed[target])
        return targets, names

    def _sums_told(
        self, key: str, system: System, before: System, number: np.ndarray
    ) -> tuple[Targets, pd.DataFrame]:
        """Return the numerators of an indicator that is a sum of several quantities."""
        place = np.flatnonzero(self.told[key])
        rows = np.arange(len(place))
        row, column, weight = _joined_entries(self._entries(self.numerators[key], rows, place))
        sums = Sums(row, column, weight, len(place)).with_columns(number, system.n)
        wanted = self.needed[self.number[self.numerators[key].terms[0][0]]]
        targets = needs.cells(sums, system, before, np.full(len(place), wanted))
        return targets, self._named(place, np.full(len(place), key), rows, targets.needed)

    def _named(
        self, place: np.ndarray, quantity: np.ndarray, target: np.ndarray, needed: np.ndarray
    ) -> pd.DataFrame:
        columns = {
            "date": self.places.date.to_numpy()[place],
            "rt_id": self.places.rt_id.to_numpy()[place],
            "quantity": quantity,
        }
        return pd.DataFrame(columns | {"target": target, "needed": needed})


def _changes(
    system: System, before: System, moved: list[pd.DataFrame]
) -> tuple[Targets, pd.DataFrame]:
    """Return the changes of groups with a household that changed, each once."""
    table = pd.concat(moved, ignore_index=True) if moved else _NO_CHANGES
    table = table[table["n_changed"] >= 1].sort_values("bound", kind="stable")
    table = table.drop_duplicates(["quantity", "code"]).sort_values("row", ignore_index=True)
    chosen = np.zeros(system.sums.n, dtype=bool)
    chosen[table["row"].to_numpy(dtype=int)] = True
    sums = system.sums.chosen(chosen)
    moves = np.bincount(sums.row, minlength=sums.n) > 0  # else equal on both dates after all
    sums, table = sums.chosen(moves), table[moves]
    targets = needs.changes(sums, system, before, table)
    names = table[["before", "after", "group", "quantity", "offset"]]
    return targets, names.assign(target=np.arange(sums.n), needed=targets.needed)


def _joined_entries(entries: _Entries) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, column, weight = (np.concatenate(part) for part in zip(*entries, strict=True))
    return row, column, weight


_NO_CHANGES = pd.DataFrame(
    {name: [] for name in ("before", "after", "group", "indicator", "n_changed", "bound")}
    | {name: [] for name in ("code", "quantity", "row", "grown", "offset")}
)
