"""What is known too well whatever is published now.

New facts make old claims tell more: that one household changed since a date may settle what a
range of that date left open. No withholding today helps against that, and nothing that was public
can be taken back. Such a leak is not a reason to refuse an edition, as long as the edition adds
nothing to it; the certificate counts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.families import families, puzzles
from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.disclosure.search import Search

_TARGET = ("date", "rt_id", "before", "after", "group", "quantity")

_Key = tuple[str, ...]


class Inheritance:
    """
    What earlier claims alone leave possible: found once, since they do not change.

    Parameters
    ----------
    needed
        How many values must stay possible, by unit.
    """

    def __init__(self, needed: Mapping[str, int]) -> None:
        self._needed = needed
        self._before: dict[_Key, int | None] = {}

    def added(self, leaks: pd.DataFrame, knowledge: Knowledge) -> pd.DataFrame:
        """
        Return the leaks that the newest edition causes, or makes worse.

        Parameters
        ----------
        leaks
            `Findings.leaks` of an attack on `knowledge`.

        Returns
        -------
        added
            Those rows of `leaks` but the ones that leave no fewer values than the claims about
            earlier dates alone would. What is not known exactly of these counts as added.
        """
        keys = _keys(leaks)
        claims = _of_families(knowledge, set(leaks["quantity"]))
        newest = pd.Timestamp(max(knowledge.snapshots))
        old = claims[pd.to_datetime(claims["date"]) < newest]
        self._find(set(keys), replace(knowledge, claims=old))
        before = [self._before[key] for key in keys]
        now = dict(zip(keys, leaks["n_possible"], strict=True))
        # of what an attack has only seen, more may be possible
        doubtful = {
            key
            for key, most, needed in zip(keys, before, leaks["needed"], strict=True)
            if most is not None and now[key] < most < needed
        }
        now |= dict(_settled(replace(knowledge, claims=claims), self._needed, doubtful))
        inherited = [
            most is not None and now[key] >= most for key, most in zip(keys, before, strict=True)
        ]
        return leaks[~np.array(inherited, dtype=bool)]

    def _find(self, wanted: set[_Key], old: Knowledge) -> None:
        new = wanted - self._before.keys()
        found = dict(_settled(old, self._needed, new))
        self._before |= {key: found.get(key) for key in new}


def _of_families(knowledge: Knowledge, quantities: set[str]) -> pd.DataFrame:
    """Return the claims on all that hangs together with some quantities."""
    numerators = knowledge.links.numerators
    terms = {name: [term for term, _ in number.terms] for name, number in numerators.items()}
    wanted = {term for name in quantities for term in terms.get(name, [name])}
    related = {name for family in families(knowledge.links, wanted) for name in family}
    told = [name for name, parts in terms.items() if related & set(parts)]
    return knowledge.claims[knowledge.claims["indicator"].isin(told)]


def _settled(
    knowledge: Knowledge, needed: Mapping[str, int], wanted: set[_Key]
) -> Iterator[tuple[_Key, int]]:
    """Yield how many values some targets can take, where that is known exactly."""
    for puzzle in puzzles(knowledge, needed) if wanted else ():
        named = [
            (key, int(target))
            for names in (puzzle.cells, puzzle.changes)
            for key, target in zip(_keys(names), names["target"], strict=True)
            if key in wanted
        ]
        if not named:
            continue
        sought = np.zeros(puzzle.targets.sums.n, dtype=bool)
        sought[[target for _, target in named]] = True
        search = Search(puzzle, sought)
        search.settle()
        n_possible = search.n_possible()
        yield from ((key, int(n_possible[at])) for key, at in named if search.exact[at])


def _keys(table: pd.DataFrame) -> list[_Key]:
    """Name targets: a cell has no group, a change no RT."""
    found = table.reindex(columns=list(_TARGET))
    for name in ("date", "before", "after"):
        found[name] = pd.to_datetime(found[name])
    found["group"] = found["group"].astype("Int64")
    return list(found.astype("str").itertuples(index=False, name=None))
