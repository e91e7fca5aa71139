"""Publishing the sample year by year, growth to 10,000 RTs, and two plain programs a number.

The sample gets a fourth round (`fourth_round.py`), and its four years are published one after the
other, each beside all before it; the last also with other households exchanging, where more is
open. Larger cases are copies of the sample side by side (`many_regions.py`): what may be said of
2008 beside the statements of 2007 is decided and attacked, until nothing leaks, as in publishing.
The statements of 2007 are not attacked before, only with those of 2008.

The baseline asks two programs of scipy for every number of one indicator, each over the whole
region. There 2008 is told as if nothing had been said of 2007, so that there is something to find;
the attack must miss nothing that the baseline finds.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import fourth_round, harness, many_regions
from benchmarks.harness import Row
from pbrt_geo import build_edition, read_region
from pbrt_geo.disclosure.attack import Findings
from pbrt_geo.disclosure.families import Puzzle, puzzles
from pbrt_geo.disclosure.knowledge import knowledge_of
from pbrt_geo.disclosure.needs import Targets, n_values
from pbrt_geo.disclosure.publish import needed_by, publish, withstanding
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.disclosure.search import Search
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.edition import Edition

BENCH = "disclosure"
PUBLISH = "ours: publish"
HOLD = "ours: decide and attack"
ONE = "ours: one indicator"
PLAIN = "two programs a number, scipy"

YEARS = (2006, 2007, 2008, 2009)
EXCHANGES = (11, 12, 13)
"""Other fourth rounds; in that of 11 an earlier range gives away a change, whatever is told now."""
EARLIER, LATER = 2007, 2008
COPIES = (1, 2, 4, 8, 14)
SINGLE = "criteria_poor"
MOST_S = 60.0
QUICK_SHARE = 50
"""Of so many numbers the quick run asks the baseline for one."""

Years = dict[int, Edition]


def built(folder: Path, years: tuple[int, ...], **exchange: int) -> Years:
    """Build the internal editions of some years of the sample with its fourth round."""
    region = read_region(fourth_round.make(folder / "region", **exchange))
    return {
        date.year: build_edition(region, date, folder / "internal" / str(date.year))
        for date in region.rounds
        if date.year in years
    }


# ── publishing, year by year ────────────────────────────────────────────────────────────────────


def yearly(internal: Years, years: tuple[int, ...], folder: Path) -> Iterator[Row]:
    """Publish each year beside all before it, once: the work is the same each time."""
    earlier: list[Edition] = []
    for year in years:
        found, row = published(internal[year], earlier, folder / str(year))
        yield row
        earlier.append(found)
    for seed in EXCHANGES if years == YEARS else ():
        last = built(folder / f"others {seed}", years[-1:], seed=seed)[years[-1]]
        yield published(last, earlier[:-1], folder / str(seed), f", others ({seed})")[1]


def published(
    internal: Edition, earlier: list[Edition], out: Path, who: str = ""
) -> tuple[Edition, Row]:
    run = partial(publish, internal, earlier=tuple(earlier))
    found, wall, cpu = harness.timed(run, out)
    case = f"sample {internal.as_of.year} beside {len(earlier)} earlier{who}"
    note = _certified(found)
    if len(earlier) == len(YEARS) - 1:
        note += f"; must be <= {MOST_S:g} s: {'yes' if wall <= MOST_S else '**no**'}"
    return found, Row(BENCH, case, PUBLISH, wall, cpu, 1.0, load=harness.load(), note=note)


def _certified(edition: Edition) -> str:
    told = edition.about["disclosure"]["certificate"]
    return f"{told['n_cells']:,} cells, {told['n_claims']:,} claims"


# ── growth ──────────────────────────────────────────────────────────────────────────────────────


def side_by_side(
    internal: Years, n: int, folder: Path, province: bool = False
) -> tuple[Edition, Edition]:
    """Return copies of the later year, and what is said publicly of the same copies before."""
    since = pd.Timestamp(internal[EARLIER].as_of)
    before, after = (
        many_regions.internally(internal[year], n, folder / str(year), since, province)
        for year in (EARLIER, LATER)
    )
    said = decide(before, [], read_rule())
    return after, many_regions.publicly(before, said, folder / "public")


def case(internal: Years, n: int, province: bool = False) -> tuple[Row, int]:
    """Decide and attack once, beside one earlier edition; tell also how many RTs there are."""
    with tempfile.TemporaryDirectory() as folder:
        after, before = side_by_side(internal, n, Path(folder), province)
        n_rt = len(after.ids("rt"))
        held, wall, cpu = harness.timed(
            lambda earlier: withstanding(after, earlier, read_rule(), lambda share: None), [before]
        )
    label = f"{n_rt:,} RT, {n if province else 1} kabupaten, beside 1 earlier"
    note = _found(held.findings)
    return Row(BENCH, label, HOLD, wall, cpu, 1.0, load=harness.load(), note=note), n_rt


def _found(findings: Findings) -> str:
    n = len(findings.cells), len(findings.changes), findings.n_problems
    return "{:,} cells, {:,} changes, {:,} programs".format(*n)


def growing(internal: Years, copies: tuple[int, ...]) -> list[Row]:
    """Let one kabupaten grow; the last row tells how the time does."""
    grown = [case(internal, n) for n in copies]
    rows = [row for row, _ in grown]
    harness.add_growth(rows, {row.case: n_rt for row, n_rt in grown})
    return rows


# ── two plain programs a number ─────────────────────────────────────────────────────────────────


def single(internal: Years, folder: Path) -> Puzzle:
    """Return what is known of one indicator of which too much was told."""
    after, before = side_by_side(internal, 1, folder)
    careless = decide(after, [], read_rule())
    known = knowledge_of(after, [before], careless)
    found = puzzles(known, needed_by(read_rule()))
    return next(puzzle for puzzle in found if puzzle.quantities == (SINGLE,))


def fewer(puzzle: Puzzle, share: int) -> Puzzle:
    """Ask for every so many-th number only; all that is known stays."""
    aims = puzzle.targets
    kept = np.arange(aims.sums.n) % share == 0
    parts = (part[kept] for part in (aims.needed, aims.first, aims.last, aims.whole))
    return replace(puzzle, targets=Targets(aims.sums.chosen(kept), *parts))


def ours(puzzle: Puzzle) -> np.ndarray:
    """Mark the numbers that are known too well."""
    search = Search(puzzle)
    for _ in search.run():
        pass
    return search.n_possible() < puzzle.targets.needed


def plain(puzzle: Puzzle) -> np.ndarray:
    """Mark the same by two programs for every number, over everything that is known."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    system, aims = puzzle.system, puzzle.targets
    entries = system.sums.weight, (system.sums.row, system.sums.column)
    matrix = coo_array(entries, shape=(system.sums.n, system.n)).tocsr()
    known = {
        "constraints": LinearConstraint(matrix, system.least, system.most),
        "bounds": Bounds(system.lower, system.upper),
    }
    ends = np.empty((2, aims.sums.n))
    for target in range(aims.sums.n):
        at = aims.sums.row == target
        objective = np.bincount(aims.sums.column[at], aims.sums.weight[at], minlength=system.n)
        for end, sign in enumerate((1.0, -1.0)):
            ends[end, target] = sign * milp(sign * objective, **known).fun
    low, high = np.maximum(ends[0], aims.first), np.minimum(ends[1], aims.last)
    return n_values(low, high, aims.whole) < aims.needed


def ratio(puzzle: Puzzle) -> list[Row]:
    """Attack one indicator in our way and in the plain one."""
    label = f"sample {LATER} beside 1 earlier, 1 indicator, {puzzle.targets.sums.n:,} numbers"
    times = {name: harness.timed(run, puzzle) for name, run in ((ONE, ours), (PLAIN, plain))}
    # ours also knows that people are whole, and so may find more
    assert not (times[PLAIN][0] & ~times[ONE][0]).any(), "the attack missed a leak"
    base, load = times[ONE][1], harness.load()
    return [
        Row(BENCH, label, name, wall, cpu, wall / base, load=load, note=f"{leaks.sum()} leaks")
        for name, (leaks, wall, cpu) in times.items()
    ]


def rows(quick: bool = False) -> list[Row]:
    years, copies = (YEARS[:2], COPIES[:1]) if quick else (YEARS, COPIES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        internal = built(folder, (*years, LATER))
        found = [*yearly(internal, years, folder / "public"), *growing(internal, copies)]
        if not quick:
            found.append(case(internal, COPIES[-1], province=True)[0])
        puzzle = single(internal, folder / "one")
    return found + ratio(fewer(puzzle, QUICK_SHARE) if quick else puzzle)


if __name__ == "__main__":
    harness.main(rows)
