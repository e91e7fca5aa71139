"""The attack on public editions: 695 RTs with four dates, and growth to 10,000 RTs.

What is attacked is invented (`disclosure_maker.py`): households that come, leave and change, and
ranges said of them in four editions. The baseline asks two programs of scipy for every number of
one indicator of a small region, each over the whole region; the attack must find no range narrower
than the baseline's where both call a number too well known.
"""

import time
from functools import cache

import numpy as np

from benchmarks import harness
from benchmarks.disclosure_maker import NEEDED, knowledge
from benchmarks.harness import Row
from pbrt_geo.disclosure.attack import Findings, attack
from pbrt_geo.disclosure.families import Puzzle, puzzles
from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.disclosure.needs import n_values
from pbrt_geo.disclosure.search import Search

BENCH = "disclosure"
OURS = "ours: attack"
ONE = "ours: one indicator"
PLAIN = "two programs a number, scipy"
SIZE, SIZES, SMALL = 695, (1_250, 2_500, 5_000, 10_000), 150
SINGLE = "criteria_poor_rate"
MOST_S = 40.0

made = cache(knowledge)


def case(n_rt: int, n_dates: int) -> Row:
    """Attack everything once: it takes long, and its work is the same each time."""
    known = made(n_rt, n_dates)
    findings, wall, cpu = harness.timed(lambda k: attack(k, NEEDED, settle=False), known)
    note = f"{len(findings.cells):,} cells, {len(findings.changes):,} changes, {_found(findings)}"
    label = f"{n_rt:,} RT, {n_dates} dates"
    return Row(BENCH, label, OURS, wall, cpu, 1.0, load=harness.load(), note=note)


def _found(findings: Findings) -> str:
    return f"{findings.n_problems:,} programs, {len(findings.leaks)} not proven"


def _single(known: Knowledge) -> Puzzle:
    return next(p for p in puzzles(known, NEEDED) if p.quantities == (SINGLE,))


def ours(puzzle: Puzzle) -> np.ndarray:
    search = Search(puzzle)
    for _ in search.run():
        pass
    return search.n_possible() < puzzle.targets.needed


def plain(puzzle: Puzzle) -> np.ndarray:
    """Two programs for every number, over everything that is known."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    system, aims = puzzle.system, puzzle.targets
    entries = system.sums.weight, (system.sums.row, system.sums.column)
    matrix = coo_array(entries, shape=(system.sums.n, system.n)).tocsr()
    rows = LinearConstraint(matrix, system.least, system.most)
    bounds = Bounds(system.lower, system.upper)
    ends = np.empty((2, aims.sums.n))
    for target in range(aims.sums.n):
        at = aims.sums.row == target
        objective = np.bincount(aims.sums.column[at], aims.sums.weight[at], minlength=system.n)
        for end, sign in enumerate((1.0, -1.0)):
            found = milp(sign * objective, bounds=bounds, constraints=rows)
            ends[end, target] = sign * found.fun
    low, high = np.maximum(ends[0], aims.first), np.minimum(ends[1], aims.last)
    return n_values(low, high, aims.whole) < aims.needed


def ratio(n_rt: int, n_dates: int) -> list[Row]:
    """One indicator in a small region, ours and in the plain way; both must find the same."""
    puzzle = _single(made(n_rt, n_dates))
    label = f"{n_rt:,} RT, {n_dates} dates, 1 indicator, {puzzle.targets.sums.n:,} numbers"
    times = {}
    for name, run in ((ONE, ours), (PLAIN, plain)):
        start = time.process_time()
        answer, wall, _ = harness.timed(run, puzzle)
        times[name] = answer, wall, time.process_time() - start
    # ours also knows that people are whole, and so may find more
    assert not (times[PLAIN][0] & ~times[ONE][0]).any(), "the attack missed a leak"
    base = times[ONE][1]
    return [
        Row(BENCH, label, name, wall, cpu, wall / base, load=harness.load())
        for name, (_, wall, cpu) in times.items()
    ]


def rows(quick: bool = False) -> list[Row]:
    if quick:
        return [case(60, 2), *ratio(30, 2)]
    found = [case(SIZE, 4)]
    met = "yes" if found[0].wall_s <= MOST_S else "**no**"
    found[0].note += f"; must be <= {MOST_S:g} s: {met}"
    grown = [case(n_rt, 2) for n_rt in SIZES]
    harness.add_growth(grown, dict(zip([row.case for row in grown], SIZES, strict=True)))
    return [*found, *grown, *ratio(SMALL, 2)]


if __name__ == "__main__":
    harness.main(rows)
