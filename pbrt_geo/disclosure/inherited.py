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


def added(leaks: pd.DataFrame, knowledge: Knowledge, needed: Mapping[str, int]) -> pd.DataFrame:
    """
    Return the leaks that the newest edition causes, or makes worse.

    Parameters
    ----------
    leaks
        `Findings.leaks` of an attack on `knowledge`.
    needed
        How many values must stay possible, by unit.

    Returns
    -------
    added
        Those rows of `leaks` but the ones that leave no fewer values than the claims about earlier
        dates alone would. Both must be known exactly; what is not counts as added.
    """
    newest = pd.Timestamp(max(knowledge.snapshots))
    claims = _of_families(knowledge, set(leaks["quantity"]))
    old = claims[pd.to_datetime(claims["date"]) < newest]
    wanted = set(_keys(leaks))
    now, before = (
        dict(_settled(replace(knowledge, claims=part), needed, wanted)) for part in (claims, old)
    )
    inherited = [key in before and now.get(key, 0) >= before[key] for key in _keys(leaks)]
    return leaks[~np.array(inherited, dtype=bool)]


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
    for puzzle in puzzles(knowledge, needed):
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
