"""Search for how far what must stay uncertain can move: every solution is a witness for all of it.

A range is proven wide enough by two solutions at its ends, so few programs prove many ranges: some
with random objectives, desa by desa, while all other desa stay at one solution. That is more than
an attacker knows, so what is wide enough there is wide enough. Only what is not goes on to circles
of some desa, to the kecamatan, to wider circles, to the whole, and at last to two programs of its
own. A solution counts only if its numbers of people are whole: the attacker knows that people are.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from pbrt_geo.disclosure.families import Puzzle
from pbrt_geo.disclosure.leeway import across, centred, roomy
from pbrt_geo.disclosure.lp import NEAR, Contradiction, Program, Sums, System, Unsolved
from pbrt_geo.disclosure.needs import Targets, n_values

_ROUNDS = 12
"""Random objectives before each target that is left gets objectives of its own."""

_CIRCLES, _CIRCLE = 4, (800, 2_500)
"""Circles drawn around a desa before its whole kecamatan, and around that before the whole; and
how many columns one has."""

_FEW = 2
"""So few targets get objectives of their own at once."""

_MOST_SETTLED = 200
"""Targets of one part of a puzzle whose range is found exactly; more are told with what is seen."""


@dataclass(frozen=True)
class Part:
    """
    Some columns of a system with the others held.

    `targets` are the numbers of its targets; `shared` marks rows that others have a share in.
    """

    columns: np.ndarray
    system: System
    targets: np.ndarray
    sums: Sums
    shared: np.ndarray


class Divided:
    """A system and its targets, to be taken apart by labels of the columns."""

    def __init__(self, system: System, targets: Sums, label: np.ndarray) -> None:
        self.system, self.n = system, int(label.max(initial=-1)) + 1
        self._columns, self._column_ends = _by_label(label, self.n)
        self._local = np.empty(system.n, dtype=int)
        starts = np.concatenate([[0], self._column_ends[:-1]])
        self._local[self._columns] = np.arange(system.n) - starts[label[self._columns]]
        self._sums, self._targets = system.sums, targets
        self._entries, self._ends = _by_label(label[system.sums.column], self.n, system.sums.row)
        self.label_of_target = np.zeros(targets.n, dtype=int)
        self.label_of_target[targets.row] = label[targets.column]
        of_target = self.label_of_target[targets.row]
        self._target_entries, self._target_ends = _by_label(of_target, self.n, targets.row)

    def part(self, number: int, values: np.ndarray, totals: np.ndarray) -> Part:
        """Return one part, all other columns held at `values`, whose sums are `totals`."""
        columns, local = _slice(self._columns, self._column_ends, number), self._local
        entries = _slice(self._entries, self._ends, number)
        rows, sums = _local_sums(self._sums, entries, local)
        held = np.round(totals[rows] - sums.of(values[columns]), 9)
        whole = self.system
        system = System(
            whole.lower[columns],
            whole.upper[columns],
            whole.whole[columns],
            sums,
            whole.least[rows] - held,
            whole.most[rows] - held,
        )
        entries = _slice(self._target_entries, self._target_ends, number)
        targets, target_sums = _local_sums(self._targets, entries, local)
        binds = system.binding()
        return Part(columns, system.with_rows(binds), targets, target_sums, (held != 0)[binds])


def _by_label(
    label: np.ndarray, n: int, then: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions in the order of their labels, and where each label ends."""
    order = np.argsort(label, kind="stable") if then is None else np.lexsort((then, label))
    return order, np.cumsum(np.bincount(label, minlength=n))


def _slice(ordered: np.ndarray, ends: np.ndarray, number: int) -> np.ndarray:
    return ordered[ends[number - 1] if number else 0 : ends[number]]


def _local_sums(sums: Sums, entries: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, Sums]:
    """Take some entries, in the order of rows; return their rows and the sums, numbered anew."""
    row = sums.row[entries]
    new = np.diff(row, prepend=-1) != 0
    taken = Sums(
        np.cumsum(new) - 1, local[sums.column[entries]], sums.weight[entries], int(new.sum())
    )
    return row[new], taken


class Search:
    """
    The ranges of the targets of one puzzle, as far as they have been seen.

    Attributes
    ----------
    low, high
        Least and largest value seen of each target.
    exact
        Whether the range is known to end there.
    n_solved
        Programs solved.
    """

    def __init__(self, puzzle: Puzzle, wanted: np.ndarray | None = None) -> None:
        """Seek all targets, or those marked `wanted`; `Contradiction` if nothing fulfils all."""
        self.system, self.parts = puzzle.system.tightened(), puzzle.parts
        self.targets: Targets = puzzle.targets
        n = self.targets.sums.n
        self.low, self.high = np.full(n, np.inf), np.full(n, -np.inf)
        self.exact = np.zeros(n, dtype=bool)
        self.outer = self.targets.sums.reach(self.system.lower, self.system.upper)
        self.wanted = np.ones(n, dtype=bool) if wanted is None else wanted
        self.hopeless = (self._n_values(*self.outer) < self.targets.needed) | ~self.wanted
        self.n_solved = 0
        self._random = np.random.default_rng(0)

    def n_possible(self) -> np.ndarray:
        """Return how many values each target is known to be able to take."""
        return self._n_values(self.low, self.high)

    def run(self, settle: bool = True) -> Iterator[float]:
        """Search, and `settle` what is too narrow; tells now and then which share is done."""
        regions = Divided(self.system, self.targets.sums, self.parts[-1])
        for number in range(regions.n):
            for share in self._search(self._alone(regions, number), settle):
                yield (number + share) / regions.n
        at_ends = (self.low <= self.outer[0] + NEAR) & (self.high >= self.outer[1] - NEAR)
        self.exact |= at_ends

    def settle(self) -> None:
        """Find the ranges of the wanted targets exactly, with no search before."""
        regions = Divided(self.system, self.targets.sums, self.parts[-1])
        for number in np.unique(regions.label_of_target[self.wanted]):
            self._settle(self._alone(regions, number))

    def _alone(self, regions: Divided, number: int) -> Part:
        """Return a region, which shares nothing with others."""
        return regions.part(number, np.zeros(self.system.n), np.zeros(self.system.sums.n))

    def _n_values(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        aims = self.targets
        return n_values(np.maximum(low, aims.first), np.minimum(high, aims.last), aims.whole)

    def _open(self, targets: np.ndarray) -> np.ndarray:
        """Mark the targets that are not yet wide enough."""
        aims = self.targets
        low = np.maximum(self.low[targets], aims.first[targets])
        high = np.minimum(self.high[targets], aims.last[targets])
        return n_values(low, high, aims.whole[targets]) < aims.needed[targets]

    def _see(self, part: Part, values: np.ndarray) -> None:
        seen, at = part.sums.of(values), part.targets
        self.low[at] = np.minimum(self.low[at], seen)
        self.high[at] = np.maximum(self.high[at], seen)

    # ── one region ──────────────────────────────────────────────────────────────────────────────

    def _search(self, region: Part, settle: bool) -> Iterator[float]:
        values = self._middle(region)
        self._see(region, values)
        totals = region.system.sums.of(values)

        def left() -> np.ndarray:
            hopeful = self._open(region.targets) & ~self.hopeless[region.targets]
            return region.sums.chosen(hopeful).column

        for share, (divided, number) in self._zones(region, left):
            part = divided.part(number, values, totals)
            self._widen(replace(part, targets=region.targets[part.targets]))
            yield 0.1 + 0.8 * share
        if settle:
            self._settle(region)
        else:
            self._widen(region)

    def _zones(
        self, region: Part, left: Callable[[], np.ndarray]
    ) -> Iterator[tuple[float, tuple[Divided, int]]]:
        """
        Go through a region in zones, each worked on with all else held, from small to large.

        First every desa in which there are columns `left` to work on; then circles around those
        where some still are; then likewise kecamatan. Tells also the share that is done.
        """
        labels = [np.unique(part[region.columns], return_inverse=True)[1] for part in self.parts]
        for level, label in enumerate(labels[:-1]):
            divided = Divided(region.system, region.sums, label)
            numbers = np.unique(label[left()])
            for count, number in enumerate(numbers):
                yield (level + 0.7 * count / len(numbers)) / 2, (divided, number)
            for number in np.unique(label[left()]):
                for circle in self._circles(labels, level, number):
                    if number not in label[left()]:
                        break
                    yield (level + 0.8) / 2, (Divided(region.system, region.sums, circle), 1)

    def _circles(self, labels: list[np.ndarray], level: int, number: int) -> Iterator[np.ndarray]:
        """Draw circles around a part: it and some desa of what it lies in, others each time."""
        inside, desa, upper = labels[level] == number, labels[0], labels[level + 1]
        size = np.bincount(desa)
        near = np.setdiff1d(desa[upper == upper[inside][0]], desa[inside])
        for _ in range(_CIRCLES):
            order = self._random.permutation(near)
            kept = order[np.cumsum(size[order]) <= _CIRCLE[level] - inside.sum()]
            yield (inside | np.isin(desa, kept)).astype(int)
            if len(kept) == len(near):
                break

    def _middle(self, region: Part) -> np.ndarray:
        """Find a whole solution with what several desa share away from its limits."""
        shared = across(region.system.sums, self.parts[0][region.columns])
        system, objective = roomy(region.system, shared)
        program = Program(system, presolve=True)
        found = program.best(objective)
        self.n_solved += program.n_solved
        if found is None:
            raise Unsolved
        rounded, n = program.rounded(found), region.system.n
        return self._made_whole(region, found[:n]) if rounded is None else rounded[:n]

    def _made_whole(self, region: Part, values: np.ndarray) -> np.ndarray:
        """Make a solution whole, zone by zone, each with the others as they are by then."""
        whole = region.system.whole
        values = np.where(whole & ~_is_off(values), np.round(values), values)

        def left() -> np.ndarray:
            return np.flatnonzero(whole & _is_off(values))

        for _, (divided, number) in self._zones(region, left):
            part = divided.part(number, values, region.system.sums.of(values))
            self._make_whole(part, values)
        if len(left()):
            self._make_whole(region, values)
        if len(left()) or not region.system.holds(values):
            raise Unsolved
        return values

    def _make_whole(self, part: Part, values: np.ndarray) -> None:
        """Make the values of one part whole, if that goes with all others as they are."""
        wanted = part.system.sums.of(values[part.columns])
        system, objective = centred(part.system, part.shared, wanted)
        program = Program(system)
        with suppress(Contradiction):
            found, _ = program.best_whole(objective, gap=0.1)
            if found is not None:
                values[part.columns] = found[: part.system.n]
        self.n_solved += program.n_solved

    def _widen(self, part: Part) -> None:
        """Push what is not yet wide enough to and fro, first all at once, then one by one."""
        targets = part.targets
        hopeful = ~self.hopeless[targets]
        if not (self._open(targets) & hopeful).any():
            return
        program = Program(part.system)
        signs = np.ones(len(targets))
        for number in range(_ROUNDS):
            wanted = self._open(targets) & hopeful
            if wanted.sum() <= _FEW:
                break
            signs = -signs if number % 2 else self._random_signs(len(targets))
            self._push(program, part, np.where(wanted, signs, 0.0), number % 4 > 1)
        for target in np.flatnonzero(self._open(targets) & hopeful):
            for sign in (1.0, -1.0):
                if self._open(targets[[target]])[0]:
                    self._push(program, part, sign * (np.arange(len(targets)) == target), True)
        self.n_solved += program.n_solved

    def _random_signs(self, n: int) -> np.ndarray:
        return self._random.uniform(0.5, 1.5, n) * self._random.choice([-1.0, 1.0], n)

    def _push(self, program: Program, part: Part, signs: np.ndarray, insist: bool) -> None:
        """See where an objective leads; `insist` on whole people if they do not come easily."""
        objective = _objective(part.sums, signs, part.system.n)
        values = program.best(objective)
        if values is None:
            return
        found = program.rounded(values)
        if found is None:
            found = program.whole_near(values)
        if found is None and insist and self._may_gain(part, signs, values):
            found, _ = program.best_whole(objective, gap=0.1)
        if found is not None:
            self._see(part, found)

    def _may_gain(self, part: Part, signs: np.ndarray, values: np.ndarray) -> bool:
        """Tell whether whole people could go further than was seen, given how far parts can."""
        pushed = np.flatnonzero(signs)
        if len(pushed) > 1:  # the best of all together is no limit for each
            return True
        target, reached = part.targets[pushed], part.sums.of(values)[pushed]
        whole = self.targets.whole[target]
        above = np.where(whole, np.floor(reached + NEAR), reached) > self.high[target] + NEAR
        below = np.where(whole, np.ceil(reached - NEAR), reached) < self.low[target] - NEAR
        return bool(np.where(signs[pushed] > 0, above, below).any())

    def _settle(self, region: Part) -> None:
        """Find the ranges of what is still too narrow: first for an attacker who knows no whole."""
        left = np.flatnonzero(self._open(region.targets) & self.wanted[region.targets])
        if not len(left):
            return
        program = Program(region.system)
        undecided_first = np.argsort(self.hopeless[region.targets[left]], kind="stable")
        for at in left[undecided_first][:_MOST_SETTLED]:
            target = region.targets[[at]]
            if not self._open(target)[0]:
                continue
            for end in (self._end, self._whole_end):
                ends = [end(program, region, at, sign) for sign in (-1.0, 1.0)]
                self.exact[target] = None not in ends
                if None not in ends:
                    self.low[target], self.high[target] = ends[0], ends[1]
                if self._open(target)[0]:
                    break
        self.n_solved += program.n_solved

    def _end(self, program: Program, region: Part, at: int, sign: float) -> float | None:
        """Return the largest (sign 1) or least value of a target; None if it was not found."""
        values = program.best(_at(region, at, sign))
        if values is None:
            return None
        rounded = program.rounded(values)
        if rounded is not None:
            self._see(region, rounded)
        return float(region.sums.of(values)[at])

    def _whole_end(self, program: Program, region: Part, at: int, sign: float) -> float | None:
        """Return the same for an attacker who knows that people are whole."""
        values, done = program.best_whole(_at(region, at, sign))
        if values is None:
            return None
        self._see(region, values)
        return float(region.sums.of(values)[at]) if done else None


def _is_off(values: np.ndarray) -> np.ndarray:
    """Mark values that are not whole."""
    return np.abs(values - np.round(values)) > NEAR


def _at(part: Part, at: int, sign: float) -> np.ndarray:
    return _objective(part.sums, sign * (np.arange(part.sums.n) == at), part.system.n)


def _objective(sums: Sums, signs: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(sums.column, signs[sums.row] * sums.weight, minlength=n)
