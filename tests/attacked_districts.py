"""Random districts published and attacked, beside the usual "hide below five"."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from districts import random_shelf
from second_attack import (
    FACT,
    Background,
    background_of,
    facts_of,
    parts_of_one,
    quantity_of,
    second_attack,
)

from pbrt_geo.disclosure.publish import publish
from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.edition import Edition, read_shelf
from pbrt_geo.errors import PublicationError

LEAST_SHOWN = 5
A_MONTH_APART = {"months": 1, "single": True}


@dataclass(frozen=True)
class Attacked:
    """What an attack found: `cells` and `changes` as `second_attack`."""

    cells: pd.DataFrame
    changes: pd.DataFrame
    n_refused: int = 0
    """Editions that the door did not let through."""

    @property
    def n_recovered(self) -> int:
        """Numbers of RTs that are known exactly, and would not be if nothing were published."""
        return _n_narrower(self.cells, 2)

    @property
    def n_too_narrow(self) -> int:
        """Numbers of RTs of which fewer values are possible than the rule asks."""
        if self.cells.empty:
            return 0
        return _n_narrower(self.cells, np.inf)

    @property
    def n_changes_recovered(self) -> int:
        """Changes between two dates that are known exactly, and otherwise would not be."""
        return _n_narrower(self.changes, 2)

    def narrowest(self, unit: str) -> float:
        """Fewest possible values of a number of an RT that could have as many as the rule asks."""
        if self.cells.empty:
            return np.inf
        own = self.cells[self.cells["unit"] == unit]
        return float(own.loc[own["needed"] == own["needed"].max(), "n_possible"].min())


def _n_narrower(table: pd.DataFrame, than: float) -> int:
    if table.empty:
        return 0
    least = np.minimum(table["needed"], than)
    return int((table["n_possible"] < least - 1e-9).sum())


def needed_of(rule: Rule) -> dict[str, int]:
    """Return how many values must stay possible, by unit."""
    return {unit: rule.values_needed(unit) for unit in ("household", "resident")}


def draw(seed: int, folder: Path, n_editions: int = 3, **options: object) -> list[Edition]:
    """Draw one district by its number."""
    return random_shelf(np.random.default_rng(seed), n_editions, folder / "internal", **options)


def publish_all(internal: Sequence[Edition], folder: Path, rule: Rule) -> list[Edition]:
    """Publish editions in turn, each beside all earlier ones; leave out those that are refused."""
    public: list[Edition] = []
    for edition in internal:
        out = folder / "public" / edition.as_of.isoformat()
        with suppress(PublicationError):
            public.append(publish(edition, out, list(public), rule))
    return public


def attacked(
    internal: Sequence[Edition], facts: pd.DataFrame, background: Background, rule: Rule
) -> Attacked:
    """Attack what is said of a district; see that the truth is among what is found possible."""
    cells, changes = second_attack(facts, background, needed_of(rule))
    for date, part in cells.groupby("date") if len(cells) else ():
        truth = true_numbers(next(e for e in internal if e.as_of == date), background)
        found = part.merge(truth, on=["rt_id", "quantity"])
        is_among = found["number"].between(found["lowest"], found["highest"]) | ~found["exact"]
        assert is_among.all(), "the attack found the truth impossible"
    return Attacked(cells, changes)


def true_numbers(edition: Edition, background: Background) -> pd.DataFrame:
    """Return `rt_id`, `quantity` and the true `number`, in `parts_of_one`."""
    values = edition.values[edition.values["level"] == "rt"]
    names = {n: quantity_of(str(n), background.members) for n in values["indicator"].unique()}
    values = values.assign(quantity=values["indicator"].astype("str").map(names))
    values = values[values["quantity"] != ""].drop_duplicates(["area_id", "quantity"])
    scale = values["quantity"].map(parts_of_one)
    number = (values["numerator"] * scale).round()
    return values.assign(number=number, rt_id=values["area_id"])[["rt_id", "quantity", "number"]]


def door(seed: int, folder: Path, rule: Rule, **options: object) -> Attacked:
    """Draw a district, publish it through the door, attack what is on disk."""
    internal = draw(seed, folder, **options)
    n_refused = len(internal) - len(publish_all(internal, folder, rule))
    background = background_of(internal)
    facts = facts_of(read_shelf(folder / "public"), background)
    return replace(attacked(internal, facts, background, rule), n_refused=n_refused)


def naive(seed: int, folder: Path, rule: Rule, **options: object) -> Attacked:
    """Attack a district of which all sums are told and only counts below five hidden: those."""
    internal = draw(seed, folder, **options)
    background = background_of(internal)
    facts = hide_below_five(internal, background)
    found = attacked(internal, facts, background, rule)
    hidden = facts[(facts["level"] == "rt") & (facts["least"] < facts["most"])]
    hidden = hidden.rename(columns={"area_id": "rt_id"})[["date", "rt_id", "quantity"]]
    return Attacked(found.cells.merge(hidden), found.changes)


def hide_below_five(internal: Sequence[Edition], background: Background) -> pd.DataFrame:
    """Say every number exactly but those of RTs below five, of which that alone is said."""
    rows = []
    for edition in internal:
        for row in edition.values.itertuples(index=False):
            quantity = quantity_of(str(row.indicator), background.members)
            if quantity and row.indicator != "n_poor" and row.state != "no_data":
                scale = parts_of_one(quantity)
                number = round(row.numerator * scale)
                ends = (number, number)
                if row.level == "rt" and row.numerator < LEAST_SHOWN:
                    ends = (0, LEAST_SHOWN * scale - 1)
                rows.append((edition.as_of, str(row.level), row.area_id, quantity, *ends))
    return pd.DataFrame(rows, columns=list(FACT)).drop_duplicates(ignore_index=True)
