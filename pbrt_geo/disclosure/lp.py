"""Systems of linear limits, and their solutions by HiGHS.

A system says of columns (unknown numbers) that each lies between two limits, and of rows (weighted
sums of columns) the same; columns of people are whole. It is kept as flat arrays: entry k adds
`weight[k]` times column `column[k]` to row `row[k]`.
"""

from dataclasses import dataclass, replace

import highspy
import numpy as np

from pbrt_geo.turnover import connected

FREE = 1e7
"""A limit as large as this is none: no region of this country has as many people in it."""

NEAR = 1e-6
"""Results of the solver may miss a limit, or a whole number, by this."""

_PASSES = 30

_NODES = 500
"""Branches the solver may try for whole numbers; a limit of time would not repeat itself."""


class Contradiction(Exception):
    """No numbers at all fulfil the system; `column` tells where it was seen, -1 if unknown."""

    def __init__(self, column: int = -1) -> None:
        self.column = column
        super().__init__("no solution")


class Unsolved(Exception):
    """The solver found no numbers that fulfil the system, within the effort that is made."""


@dataclass(frozen=True)
class Sums:
    """Weighted sums of columns, without limits: entries, by row, of `n` rows."""

    row: np.ndarray
    column: np.ndarray
    weight: np.ndarray
    n: int

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the sums of some values of the columns, by row."""
        return np.bincount(self.row, self.weight * values[self.column], minlength=self.n)

    def reach(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest sums that limits of the columns allow."""
        low, high = _products(self.weight, lower[self.column], upper[self.column])
        return (
            np.bincount(self.row, low, minlength=self.n),
            np.bincount(self.row, high, minlength=self.n),
        )

    def chosen(self, rows: np.ndarray) -> "Sums":
        """Return some rows, marked by True, numbered anew."""
        number = np.cumsum(rows) - 1
        keep = rows[self.row]
        entries = number[self.row[keep]], self.column[keep], self.weight[keep]
        return Sums(*entries, int(rows.sum()))

    def above(self, other: "Sums") -> "Sums":
        """Return these rows with, below them, those of `other`."""
        return Sums(
            np.concatenate([self.row, other.row + self.n]),
            np.concatenate([self.column, other.column]),
            np.concatenate([self.weight, other.weight]),
            self.n + other.n,
        )

    def with_columns(self, number: np.ndarray, n_columns: int) -> "Sums":
        """Return the same sums over columns that were merged: column j is `number[j]` now."""
        key = self.row * np.int64(n_columns) + number[self.column]
        keys, position = np.unique(key, return_inverse=True)
        weight = np.bincount(position, self.weight, minlength=len(keys))
        keep = np.abs(weight) > 1e-12
        keys, weight = keys[keep], weight[keep]
        return Sums(keys // n_columns, keys % n_columns, weight, self.n)


def _products(
    weight: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    first, second = weight * lower, weight * upper
    return np.minimum(first, second), np.maximum(first, second)


@dataclass(frozen=True)
class System:
    """Limits of columns and of sums of columns; `whole` marks columns of whole numbers."""

    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    sums: Sums
    least: np.ndarray
    most: np.ndarray

    @property
    def n(self) -> int:
        """Number of columns."""
        return len(self.lower)

    def holds(self, values: np.ndarray) -> bool:
        """Tell whether some values fulfil every limit, whole numbers and all."""
        sums = self.sums.of(values)
        inside = (values >= self.lower - NEAR).all() and (values <= self.upper + NEAR).all()
        inside &= (sums >= self.least - 10 * NEAR).all()
        inside &= (sums <= self.most + 10 * NEAR).all()
        return bool(inside and (values == np.round(values))[self.whole].all())

    def tightened(self) -> "System":
        """
        Return the system with limits of columns that each row alone implies, row after row.

        What holds of the one holds of the other; rows that can no longer bind are gone.

        Raises
        ------
        Contradiction
            If nothing fulfils the system and that shows on the way; it need not show.
        """
        lower, upper = self.lower.copy(), self.upper.copy()
        for _ in range(_PASSES):
            before = lower.copy(), upper.copy()
            self._tighten(lower, upper)
            crossed = lower > upper + NEAR
            if crossed.any():
                raise Contradiction(int(np.flatnonzero(crossed)[0]))
            if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
                break
        tight = replace(self, lower=lower, upper=np.maximum(lower, upper))
        return tight.with_rows(tight.binding())

    def _tighten(self, lower: np.ndarray, upper: np.ndarray) -> None:
        row, column, weight = self.sums.row, self.sums.column, self.sums.weight
        least, most = self.sums.reach(lower, upper)
        if (least > self.most + NEAR).any() or (most < self.least - NEAR).any():
            bad = (least > self.most + NEAR) | (most < self.least - NEAR)
            raise Contradiction(int(column[bad[row]][0]) if bad[row].any() else -1)
        low, high = _products(weight, lower[column], upper[column])
        ends = (
            (self.most[row] - (least[row] - low)) / weight,
            (self.least[row] - (most[row] - high)) / weight,
        )
        new_upper = np.where(weight > 0, ends[0], ends[1])
        new_lower = np.where(weight > 0, ends[1], ends[0])
        whole = self.whole[column]
        new_upper = np.where(whole, np.floor(new_upper + NEAR), new_upper)
        new_lower = np.where(whole, np.ceil(new_lower - NEAR), new_lower)
        # steps below a thousandth would go on for ever
        better = new_upper < upper[column] - 1e-3
        np.minimum.at(upper, column[better], new_upper[better])
        better = new_lower > lower[column] + 1e-3
        np.maximum.at(lower, column[better], new_lower[better])

    def binding(self) -> np.ndarray:
        """Mark the rows that the limits of the columns do not fulfil anyway."""
        least, most = self.sums.reach(self.lower, self.upper)
        return (least < self.least - 1e-9) | (most > self.most + 1e-9)

    def with_rows(self, rows: np.ndarray) -> "System":
        """Return the system with some of its rows only, marked by True."""
        return replace(
            self, sums=self.sums.chosen(rows), least=self.least[rows], most=self.most[rows]
        )

    def merged(self) -> tuple["System", np.ndarray]:
        """
        Make one column of those that a row says are equal.

        Returns
        -------
        system, number
            `number` tells for each old column its new one.
        """
        number, n = _numbered(self._equal_columns(), self.n)
        lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
        np.maximum.at(lower, number, self.lower)
        np.minimum.at(upper, number, self.upper)
        whole = np.bincount(number, self.whole, minlength=n) > 0
        sums = self.sums.with_columns(number, n)
        return System(lower, upper, whole, sums, self.least, self.most), number

    def _equal_columns(self) -> np.ndarray:
        """Return pairs of columns, as two rows, of which one row says x − y = 0."""
        count = np.bincount(self.sums.row, minlength=self.sums.n)
        total = np.bincount(self.sums.row, self.sums.weight, minlength=self.sums.n)
        equal = (count == 2) & (total == 0) & (self.least == 0) & (self.most == 0)
        entries = self.sums.chosen(equal)
        return entries.column[np.argsort(entries.row, kind="stable")].reshape(-1, 2).T


def _numbered(pairs: np.ndarray, n: int) -> tuple[np.ndarray, int]:
    """Number columns so that connected ones get the same number."""
    labels = connected(pairs[0], pairs[1], n)
    kinds, number = np.unique(labels, return_inverse=True)
    return number, len(kinds)


def _without_limit(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return limits as the solver writes them."""
    infinite = highspy.kHighsInf
    return np.where(low <= -FREE, -infinite, low), np.where(high >= FREE, infinite, high)


class _Quiet(highspy.Highs):
    """The solver, told to be silent before it prints who it is."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the solver's own first step
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Program:
    """A system handed to the solver, to be asked for the largest value of many objectives."""

    def __init__(self, system: System, presolve: bool = False) -> None:
        self.system = system
        self.n_solved = 0
        self._columns = np.arange(system.n, dtype=np.int32)
        self._solver = _Quiet()
        options: dict[str, bool | int | str] = {
            "threads": 1,
            "parallel": "off",
            "presolve": "choose" if presolve else "off",
            "mip_max_nodes": _NODES,
        }
        for option, value in options.items():
            self._solver.setOptionValue(option, value)
        self._pass(system)

    def _pass(self, system: System) -> None:
        sums = system.sums
        order = np.argsort(sums.row, kind="stable")
        start = np.searchsorted(sums.row[order], np.arange(sums.n + 1)).astype(np.int32)
        self._solver.passModel(
            system.n,
            sums.n,
            len(order),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMaximize),
            0.0,
            np.zeros(system.n),
            *_without_limit(system.lower, system.upper),
            *_without_limit(system.least, system.most),
            start,
            sums.column[order].astype(np.int32),
            sums.weight[order],
            np.zeros(system.n, dtype=np.int32),
        )

    def best(self, objective: np.ndarray) -> np.ndarray | None:
        """
        Return the values at which the objective is largest; parts of people are allowed.

        None if the solver found no answer (the objective has no limit, or it ran into numbers
        it could not manage).

        Raises
        ------
        Contradiction
            If no values fulfil the system.
        """
        self._solver.changeColsCost(self.system.n, self._columns, objective)
        return self._run()

    def whole_near(self, values: np.ndarray) -> np.ndarray | None:
        """Return values with whole people that round some values; None if that way has none."""
        whole = self.system.whole
        for way in (np.round, np.ceil, np.floor):
            # the solver may be off by a millionth, which is not to become one person
            fixed = way(np.where(way is np.ceil, values - NEAR, values + NEAR * (way is np.floor)))
            found = self._with_fixed(fixed) if not whole.all() else fixed
            if found is not None:
                found = np.where(whole, fixed, found)
                if self.system.holds(found):
                    return found
        return None

    def _with_fixed(self, values: np.ndarray) -> np.ndarray | None:
        """Return the best values where whole columns are what they are told to be."""
        system, whole = self.system, self.system.whole
        if ((values < system.lower) | (values > system.upper))[whole].any():
            return None
        lower, upper = _without_limit(system.lower, system.upper)
        low, high = np.where(whole, values, lower), np.where(whole, values, upper)
        self._solver.changeColsBounds(system.n, self._columns, low, high)
        try:
            return self._run()
        except Contradiction:
            return None
        finally:
            self._solver.changeColsBounds(system.n, self._columns, lower, upper)

    def best_whole(self, objective: np.ndarray, gap: float = 0.0) -> tuple[np.ndarray | None, bool]:
        """
        Return values with whole people, and whether none are better, up to a share `gap`.

        None if none were found, or none are known within the effort that is made.

        Raises
        ------
        Contradiction
            If there are none.
        """
        self._integrality(self.system.whole.astype(np.uint8))
        self._solver.setOptionValue("presolve", "choose")
        self._solver.setOptionValue("mip_rel_gap", gap)
        self._solver.changeColsCost(self.system.n, self._columns, objective)
        values = self._run(any_solution=True)
        done = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self._integrality(np.zeros(self.system.n, dtype=np.uint8))
        self._solver.setOptionValue("presolve", "off")
        return (None if values is None else self.rounded(values)), done

    def _integrality(self, kinds: np.ndarray) -> None:
        self._solver.changeColsIntegrality(self.system.n, self._columns, kinds)

    def _run(self, any_solution: bool = False) -> np.ndarray | None:
        self._solver.run()
        self.n_solved += 1
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Contradiction
        found = status == highspy.HighsModelStatus.kOptimal
        if any_solution and not found:
            found = self._solver.getInfo().primal_solution_status == int(
                highspy.SolutionStatus.kSolutionStatusFeasible
            )
        return np.array(self._solver.getSolution().col_value) if found else None

    def rounded(self, values: np.ndarray) -> np.ndarray | None:
        """Return the values with whole people, checked against the system; None if they fail."""
        whole = self.system.whole
        values = np.where(whole, np.round(values), values)
        return values if self.system.holds(values) else None
