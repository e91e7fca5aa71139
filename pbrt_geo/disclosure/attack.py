"""The attack on public editions before they are public: what can be computed back from them?

The attacker holds every public edition, the tree of areas, every denominator, and how many
households of each RT came, left or changed (`model.Knowledge`). The auditor computes between which
limits each protected number must lie, and how far each change between two dates is known. Both
are sound: what is called wide enough has been seen to be, in solutions with whole people.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.families import AttackError, Puzzle, puzzles
from pbrt_geo.disclosure.lp import Contradiction, Unsolved
from pbrt_geo.disclosure.model import Knowledge, Links
from pbrt_geo.disclosure.search import Search

CELLS = ("date", "rt_id", "quantity", "lowest", "highest", "n_possible", "needed", "exact")
CHANGES = (
    "before", "after", "group", "quantity", "lowest", "highest", "n_possible", "needed", "exact",
)  # fmt: skip

Progress = Callable[[float], None]


Memory = dict[bytes, Search]
"""Searches done, by what was searched: of two attacks on much the same, the second is short."""


@dataclass(frozen=True)
class Findings:
    """
    What an attacker can find out.

    Attributes
    ----------
    cells
        Columns `CELLS`: each quantity of each RT on each date about which, or about an area with
        that RT, something was published. It can be anything from `lowest` to `highest`, which are
        `n_possible` values (for sums that are not whole, steps of 1); at least that, where it is
        not `exact`. `needed` is what the rule wants, or all values that were possible without any
        edition where those are fewer.
    changes
        Columns `CHANGES`: likewise for the change of a group's number between two dates on which
        households of it came, left or changed.
    n_problems
        Linear programs that were solved.
    """

    cells: pd.DataFrame
    changes: pd.DataFrame
    n_problems: int
    unit: Mapping[str, str]
    values: Mapping[str, int]

    @property
    def leaks(self) -> pd.DataFrame:
        """Cells and changes that are known too well; `kind` is `cell` or `change`."""
        parts = [("cell", self.cells), ("change", self.changes)]
        found = [t[t["n_possible"] < t["needed"]].assign(kind=kind) for kind, t in parts]
        found = [part for part in found if len(part)] or found[:1]
        columns = ["kind", *dict.fromkeys((*CELLS, *CHANGES))]
        return pd.concat(found, ignore_index=True).reindex(columns=columns)

    def narrowest(self, unit: str) -> int | None:
        """
        Return the fewest possible values of a cell of `household` or `resident`.

        Cells that have fewer than the rule wants without any edition (an RT of two households) are
        left out: about them nothing was given away. None if there is no cell.
        """
        of_unit = self.cells["quantity"].map(self.unit).eq(unit)
        found = self.cells.loc[of_unit & (self.cells["needed"] >= self.values[unit]), "n_possible"]
        return int(found.min()) if len(found) else None

    @property
    def narrowest_change(self) -> int | None:
        """Fewest possible values of a change that could take several; None if there is none."""
        found = self.changes.loc[self.changes["needed"] >= 2, "n_possible"]
        return int(found.min()) if len(found) else None


def attack(
    knowledge: Knowledge,
    needed: Mapping[str, int],
    progress: Progress | None = None,
    workers: int | None = None,
    settle: bool = True,
    memory: Memory | None = None,
) -> Findings:
    """
    Find out how well an attacker knows the numbers behind public editions.

    Parameters
    ----------
    knowledge
        All that the attacker holds.
    needed
        How many values a number of `household` and of `resident` must be able to take.
    progress
        Called with the share that is done, from 0 to 1.
    workers
        Families of quantities attacked at the same time; 1 if left out.
    settle
        Whether the ranges of what is too narrow are found exactly, which takes longest. Without
        it everything that was not proven wide enough counts as a leak.
    memory
        What is searched is remembered here, and is not searched again.

    Raises
    ------
    AttackError
        If the claims contradict each other, so that some of them cannot be true, or are about
        areas that are not there; or if the solver fails, so that nothing is proven.
    """
    laid_out = sorted(puzzles(knowledge, needed), key=lambda puzzle: -puzzle.system.n)
    told = _Told(progress, [puzzle.system.n for puzzle in laid_out])
    memory = {} if memory is None else memory
    if workers is None or workers == 1:
        searches = [_search(puzzle, told, i, settle, memory) for i, puzzle in enumerate(laid_out)]
    else:
        searches = _side_by_side(laid_out, told, workers, settle, memory)
    pairs = list(zip(laid_out, searches, strict=True))
    told.all_done()
    return Findings(
        _table([_found(p.cells, s) for p, s in pairs], CELLS),
        _table([_found(p.changes, s) for p, s in pairs], CHANGES),
        sum(search.n_solved for search in searches),
        _units(knowledge.links),
        dict(needed),
    )


def _units(links: Links) -> dict[str, str]:
    """Return what each quantity counts, and each numerator that is a sum of several."""
    sums = {key: n.terms[0][0] for key, n in links.numerators.items() if len(n.terms) > 1}
    return dict(links.unit) | {key: links.unit[first] for key, first in sums.items()}


class _Told:
    """Tells the share that is done of several searches."""

    def __init__(self, progress: Progress | None, sizes: list[int]) -> None:
        self._progress = progress
        self._weights = np.array(sizes, dtype=float) / max(1, sum(sizes))
        self._done = np.zeros(len(sizes))

    def share(self, number: int, done: float) -> None:
        self._done[number] = done
        if self._progress is not None:
            self._progress(float(min(1.0, (self._done * self._weights).sum())))

    def all_done(self) -> None:
        if self._progress is not None:
            self._progress(1.0)


def _side_by_side(
    laid_out: list[Puzzle], told: _Told, workers: int, settle: bool, memory: Memory
) -> list[Search]:
    """Attack several families at once; progress is told family by family, by this thread."""
    silent = _Told(None, [puzzle.system.n for puzzle in laid_out])
    with ThreadPoolExecutor(workers) as pool:
        number = {
            pool.submit(_search, puzzle, silent, i, settle, memory): i
            for i, puzzle in enumerate(laid_out)
        }
        for future in as_completed(number):
            future.result()
            told.share(number[future], 1.0)
    return [future.result() for future in number]


def _search(puzzle: Puzzle, told: _Told, number: int, settle: bool, memory: Memory) -> Search:
    key = bytes([settle]) + puzzle.fingerprint()
    if key not in memory:
        memory[key] = _searched(puzzle, told, number, settle)
    return memory[key]


def _searched(puzzle: Puzzle, told: _Told, number: int, settle: bool) -> Search:
    try:
        search = Search(puzzle)
        for share in search.run(settle):
            told.share(number, share)
    except Contradiction as contradiction:
        names = ", ".join(puzzle.quantities)
        raise AttackError.of("attack_contradiction", quantities=names) from contradiction
    except Unsolved as unsolved:
        names = ", ".join(puzzle.quantities)
        raise AttackError.of("attack_unsolved", quantities=names) from unsolved
    return search


def _found(names: pd.DataFrame, search: Search) -> pd.DataFrame:
    """Fill in what was found of the targets that a table names."""
    at = names["target"].to_numpy(dtype=int)
    offset = names.get("offset", 0.0)
    return names.assign(
        lowest=search.low[at] + offset,
        highest=search.high[at] + offset,
        n_possible=search.n_possible()[at],
        exact=search.exact[at],
    )


def _table(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: [] for name in columns})
    return pd.concat(filled, ignore_index=True)[list(columns)]
