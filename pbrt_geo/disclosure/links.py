"""How published figures hang together: which numbers they share, and what always holds of them.

The attack knows nothing but this of the meaning of a figure, so every identity between figures
that may be published stands here, also of those that are not public by default: a rule that
publishes them must be seen through. Each follows from `pbrt_geo.poverty` or `pbrt_geo.coverage`,
holds RT by RT, and is tested against the true numbers of the sample.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.model import Links, Numerator, Relation
from pbrt_geo.edition import Edition
from pbrt_geo.poverty import DIMENSIONS

UNIT_OF = {
    "poverty_rate": "resident",
    "n_poor": "resident",
    "poverty_gap": "resident",
    "poverty_severity": "resident",
    "watts": "resident",
    "desil_1_4_rate": "household",
    "criteria_poor_rate": "household",
    "child_in_poor_rate": "resident",
    "elderly_in_poor_rate": "resident",
    "af_headcount_rate": "resident",
    "af_m0": "resident",
    "af_censored_rate": "resident",
    "coverage_rate": "household",
    "n_reached": "household",
    "n_missed": "household",
    "exclusion_error": "household",
    "none_reached_rate": "household",
}
"""What each protected indicator counts. Others, whose denominator is itself a secret (intensity,
inclusion error) or that have no place in these links, cannot be published."""

UNBOUNDED = frozenset({"watts"})
"""Indicators that can be above 1."""

_QUANTITY = {
    "poverty_rate": "poor",
    "n_poor": "poor",
    "poverty_gap": "gap",
    "poverty_severity": "severity",
    "watts": "watts",
    "desil_1_4_rate": "desil_1_4",
    "criteria_poor_rate": "criteria_poor",
    "child_in_poor_rate": "poor_children",
    "elderly_in_poor_rate": "poor_elderly",
    "af_headcount_rate": "af_poor",
}
_FRACTIONAL = ("gap", "severity", "watts", "af:")

_NESTED = (
    ("severity", "gap"),
    ("gap", "poor"),
    ("severity", "poor"),
    *((f"af:{dimension}", "af_poor") for dimension in DIMENSIONS),
)
"""Pairs of which the first is never more than the second. The gap is not always below the Watts
index, which leaves out who spends nothing."""


def base_of(indicator_id: str) -> str:
    """Return the family of an indicator: the part before the colon."""
    return indicator_id.partition(":")[0]


def is_whole(quantity: str) -> bool:
    """Tell whether a quantity counts people, unlike sums of gaps or of deprivations."""
    return not quantity.startswith(_FRACTIONAL)


def parts_of(quantity: str) -> int:
    """
    Return in which parts of a person a quantity counts; 0 if it may be any number.

    Of a dimension with three criteria every household adds thirds of its persons.
    """
    kind, _, dimension = quantity.partition(":")
    if kind == "af" and dimension:
        return len(DIMENSIONS.get(dimension, ()))
    return int(is_whole(quantity))


def parts_of_indicator(indicator_id: str) -> int:
    """Return in which parts of a person the numerator of an indicator counts, as `parts_of`."""
    base, _, member = indicator_id.partition(":")
    if base == "af_censored_rate":
        return parts_of(f"af:{member}")
    return int(is_whole_indicator(indicator_id))


def is_whole_indicator(indicator_id: str) -> bool:
    """Tell whether the numerator of an indicator counts people."""
    base = base_of(indicator_id)
    return base not in ("af_m0", "af_censored_rate") and is_whole(_QUANTITY.get(base, "reached:"))


def members_of(group: str, programmes: pd.DataFrame) -> frozenset[str]:
    """
    Return the programmes of a group: a programme id, `field/<field>` or `pillar/<pillar>`.

    `programmes` is the table of an edition, by `programme_id`.
    """
    kind, _, name = group.rpartition("/")
    if not kind:
        return frozenset([group])
    return frozenset(programmes.index[programmes[kind] == name])


def is_for_everyone(group: str, programmes: pd.DataFrame) -> bool:
    """Tell whether every programme of a group is meant for every household."""
    return bool((programmes.loc[sorted(members_of(group, programmes)), "target"] == "all").all())


def links_of(indicator_ids: Iterable[str], programmes: pd.DataFrame) -> Links:
    """
    Say how indicators hang together.

    Parameters
    ----------
    indicator_ids
        Those published, `base` or `base:member`; of the bases in `UNIT_OF`.
    programmes
        Table of an edition: `target`, `field`, `pillar` by `programme_id`.

    Returns
    -------
    links
        Quantities `reached:<programmes>` are the households that any of the programmes is meant
        for and reaches; groups of the same programmes share one.
    """
    numerators = {name: _numerator(name, programmes) for name in indicator_ids}
    quantities = {term: base_of(name) for name, n in numerators.items() for term, _ in n.terms}
    groups = {name for name in quantities if name.startswith("reached:")}
    for single in sorted({f"reached:{p}" for group in groups for p in _programmes_in(group)}):
        quantities.setdefault(single, "coverage_rate")
    return Links(
        numerators=numerators,
        relations=(*_relations(quantities), *_unions(quantities)),
        whole=frozenset(filter(is_whole, quantities)),
        unit={quantity: UNIT_OF[base] for quantity, base in quantities.items()},
    )


def _numerator(indicator_id: str, programmes: pd.DataFrame) -> Numerator:
    base, _, member = indicator_id.partition(":")
    if base in _QUANTITY:
        return Numerator(((_QUANTITY[base], 1.0),))
    if base == "af_censored_rate":
        return Numerator(((f"af:{member}", 1.0),))
    if base == "af_m0":
        return Numerator(tuple((f"af:{name}", 1 / len(DIMENSIONS)) for name in DIMENSIONS))
    if base == "none_reached_rate":  # the poor less those whom a programme for the poor reaches
        targeted = programmes.index[programmes["target"] != "all"]
        return Numerator(((_reached(targeted), -1.0),), 1.0)
    reached = _reached(members_of(member, programmes))
    if base in ("n_missed", "exclusion_error"):
        return Numerator(((reached, -1.0),), 1.0)
    return Numerator(((reached, 1.0),))


def _reached(programmes: Iterable[str]) -> str:
    return "reached:" + "+".join(sorted(programmes))


def _programmes_in(quantity: str) -> frozenset[str]:
    return frozenset(filter(None, quantity.removeprefix("reached:").split("+")))


def _relations(quantities: Collection[str]) -> list[Relation]:
    """Return what holds of the poor: gaps, dimensions, children and elderly are parts of them."""
    found = [
        Relation(((lesser, 1.0), (greater, -1.0)))
        for lesser, greater in _NESTED
        if lesser in quantities and greater in quantities
    ]
    ages = [name for name in ("poor_children", "poor_elderly") if name in quantities]
    if ages and "poor" in quantities:
        found.append(Relation((*((name, 1.0) for name in ages), ("poor", -1.0))))
    return found


def _unions(quantities: Collection[str]) -> list[Relation]:
    """
    Return what holds of groups of programmes.

    Whom a group reaches is the union of whom its programmes reach: no less than any part of the
    group, no more than all parts together. It holds whatever the programmes' targets.
    """
    sets = {name: _programmes_in(name) for name in quantities if name.startswith("reached:")}
    found = []
    for group, inside in sorted(sets.items()):
        parts = sorted(name for name, part in sets.items() if part and part < inside)
        found += [Relation(((part, 1.0), (group, -1.0))) for part in parts]
        singles = [name for name in parts if len(sets[name]) == 1]
        if singles:
            found.append(Relation(((group, 1.0), *((name, -1.0) for name in singles))))
        found += _covers(group, sets)
    return found


def _covers(group: str, sets: dict[str, frozenset[str]]) -> list[Relation]:
    """Return that a group is no more than two of the sets that have all its programmes."""
    inside = sets[group]
    larger = sorted(name for name, part in sets.items() if len(part) > 1 and part < inside)
    return [
        Relation(((group, 1.0), (one, -1.0), (other, -1.0)))
        for i, one in enumerate(larger)
        for other in larger[i + 1 :]
        if sets[one] | sets[other] == inside
    ]


def true_quantities(edition: Edition, links: Links) -> pd.DataFrame:
    """Return the quantities of an internal edition by RT, where one indicator tells them."""
    found: dict[str, pd.Series] = {}
    for name, numerator in links.numerators.items():
        column = edition.column(name, "rt")
        whole = column["denominator"] * numerator.of_denominator if numerator.of_denominator else 0
        for quantity, weight in numerator.terms[:1]:
            true = (column["numerator"] - whole) / weight
            if len(numerator.terms) == 1 and true.notna().all():  # a count has no denominator
                found[quantity] = true
    return pd.DataFrame(found, index=edition.ids("rt"))


def holding(links: Links, edition: Edition) -> Links:
    """
    Return the links without relations that an internal edition contradicts.

    More children and elderly than a household has members is a fault of the data, from which a
    reader who believes the relation would conclude nothing that is true.
    """
    true = true_quantities(edition, links)
    kept = tuple(relation for relation in links.relations if _holds(relation, true))
    return replace(links, relations=kept)


def _holds(relation: Relation, true: pd.DataFrame) -> bool:
    names = [name for name, _ in relation.terms]
    if not set(names) <= set(true.columns):
        return True
    total = true[names].to_numpy() @ np.array([weight for _, weight in relation.terms])
    return bool((np.abs(total) if relation.equal else total).max(initial=0.0) < 1e-6)
