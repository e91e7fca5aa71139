"""A second attacker of public editions, exact in whole numbers, to check the library's own by.

It was written apart from `pbrt_geo.disclosure`, from what an attacker is taken to know: the public
editions as they are on disk, whose tree is public, how many every RT has of what is asked about
(`Background.denominators`), how many households of every group of RTs changed between any two
dates, and how the figures hang together. What it does not know is who is what. For the number
behind every figure of every RT it asks a solver (CP-SAT of OR-Tools) for the least and the largest
value that contradicts nothing.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import ceil, floor

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from pbrt_geo.edition import Edition
from pbrt_geo.poverty import DIMENSIONS

FACT = ("date", "level", "area_id", "quantity", "least", "most")
ABOVE = ("desa_id", "kecamatan_id", "kabupaten_id")
N_WITNESSES = 6
HOUSEHOLD = ("desil", "reached")

Key = tuple[dt.date, str, str]
"""Date, RT and quantity."""


@dataclass(frozen=True)
class Background:
    """Public knowledge: trees and denominators by date, and what changed between dates."""

    areas: dict[dt.date, pd.DataFrame]
    denominators: dict[dt.date, pd.DataFrame]
    turnover: pd.DataFrame
    kin: pd.DataFrame
    members: dict[str, tuple[str, ...]]
    """Programmes by group of programmes."""

    @cached_property
    def sizes(self) -> dict[tuple[dt.date, str], dict[str, float]]:
        """Denominator by RT, of each date and quantity."""
        tables = self.denominators.items()
        return {(date, name): table[name].to_dict() for date, table in tables for name in table}

    @cached_property
    def inside(self) -> dict[tuple[dt.date, str], list[str]]:
        """RTs that made up an area on a date."""
        found: dict[tuple[dt.date, str], list[str]] = {}
        for date, areas in self.areas.items():
            rts = areas[areas["level"] == "rt"]
            homes = [rts[name] for name in rts.columns if name in ABOVE]
            for row in zip(rts.index, rts.index, *homes, strict=True):
                for area in row[1:]:
                    found.setdefault((date, area), []).append(row[0])
        return found


@dataclass(frozen=True)
class Target:
    """A number the attacker is after: what it is, and the sum of signed cells that makes it."""

    what: dict[str, object]
    parts: tuple[tuple[Key, int], ...]
    needed: float


def background_of(internal: Sequence[Edition]) -> Background:
    """Collect what is public knowledge of some rounds from their internal editions."""
    last = internal[-1]
    members = _members(last.programmes)
    return Background(
        areas={edition.as_of: edition.areas for edition in internal},
        denominators={edition.as_of: _denominators(edition, members) for edition in internal},
        turnover=last.turnover,
        kin=last.kin,
        members=members,
    )


def _members(programmes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    found = {name: (name,) for name in programmes.index}
    for kind in ("field", "pillar"):
        for name, part in programmes.groupby(kind):
            found[f"{kind}/{name}"] = tuple(sorted(part.index))
    return found


def _denominators(edition: Edition, members: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    found = {}
    for indicator in edition.indicators:
        quantity = quantity_of(indicator.id, members)
        if quantity and indicator.kind == "rate" and edition.has(indicator.id, "rt"):
            found[quantity] = edition.column(indicator.id, "rt")["denominator"]
    return pd.DataFrame(found).fillna(0.0)


def quantity_of(indicator: str, members: dict[str, tuple[str, ...]]) -> str:
    """Name the number behind an indicator; empty where nobody's circumstances are behind it."""
    base, _, member = indicator.partition(":")
    if base == "coverage_rate":
        return "reached:" + "+".join(members[member])
    names = {"n_poor": "poor", "poverty_rate": "poor", "desil_1_4_rate": "desil"}
    names |= {"af_headcount_rate": "af", "af_censored_rate": f"af:{member}"}
    return names.get(base, "")


def unit_of(quantity: str) -> str:
    """Tell what a quantity counts."""
    return "household" if quantity.startswith(HOUSEHOLD) else "resident"


def parts_of_one(quantity: str) -> int:
    """Tell in which parts of a person it counts: shares of criteria are halves or thirds."""
    dimension = quantity.removeprefix("af:")
    return len(DIMENSIONS[dimension]) if dimension in DIMENSIONS else 1


# ── what is said ────────────────────────────────────────────────────────────────────────────────


def facts_of(public: Iterable[Edition], background: Background) -> pd.DataFrame:
    """Read what public editions say of numerators, each at the date it was first said of."""
    rows = []
    for edition in public:
        for row in edition.values.itertuples(index=False):
            quantity = quantity_of(str(row.indicator), background.members)
            if quantity and row.state in ("value", "zero"):
                rows.append(_fact(row, quantity, background))
    return pd.DataFrame(rows, columns=list(FACT)).drop_duplicates(ignore_index=True)


def _fact(row: object, quantity: str, background: Background) -> tuple:
    date = pd.Timestamp(row.since).date()
    sizes = background.sizes[date, quantity]
    whole = int(sum(sizes[rt] for rt in background.inside[date, row.area_id]))
    times = 1 if row.indicator == "n_poor" else whole
    scale = parts_of_one(quantity)
    low, high = (Fraction(end).limit_denominator(10**5) * times for end in (row.low, row.high))
    least, most = ceil(low * scale), floor(high * scale)
    if not row.closed and most == high * scale:
        most -= 1
    return date, str(row.level), row.area_id, quantity, least, most


# ── the attack ──────────────────────────────────────────────────────────────────────────────────


class Attack:
    """Everything said and known about some quantities, as one problem of whole numbers."""

    def __init__(
        self, facts: pd.DataFrame, background: Background, families: Iterable[str] = ()
    ) -> None:
        self.facts, self.background = facts, background
        self.model = cp_model.CpModel()
        self.cells: dict[Key, cp_model.IntVar] = {}
        self.seen: list[dict[Key, int]] = []
        for date, table in background.denominators.items():
            wanted = set(facts["quantity"]) | set(families)
            for quantity in table.columns.intersection(sorted(wanted)):
                self._add_cells(date, quantity, table[quantity])
        self._hear()
        self._link()
        self._remember()

    def _add_cells(self, date: dt.date, quantity: str, denominators: pd.Series) -> None:
        scale = parts_of_one(quantity)
        for rt, denominator in denominators.items():
            name = f"{date}/{rt}/{quantity}"
            self.cells[date, rt, quantity] = self.model.new_int_var(
                0, int(denominator) * scale, name
            )

    def _hear(self) -> None:
        for fact in self.facts.itertuples(index=False):
            inside = self.background.inside[fact.date, fact.area_id]
            total = sum(self.cells[fact.date, rt, fact.quantity] for rt in inside)
            self.model.add_linear_constraint(total, int(fact.least), int(fact.most))

    def _link(self) -> None:
        """Whoever lacks something and is poor is poor; whom a group reaches, a member reaches."""
        by_place: dict[tuple, dict[str, cp_model.IntVar]] = {}
        for (date, rt, quantity), cell in self.cells.items():
            by_place.setdefault((date, rt), {})[quantity] = cell
        for found in by_place.values():
            for quantity, cell in found.items():
                if quantity.startswith("af:") and "af" in found:
                    self.model.add(cell <= parts_of_one(quantity) * found["af"])
            self._link_groups({q: c for q, c in found.items() if q.startswith("reached:")})

    def _link_groups(self, found: dict[str, cp_model.IntVar]) -> None:
        sets = {name: frozenset(name.removeprefix("reached:").split("+")) for name in found}
        for name, inside in sets.items():
            smaller = [other for other in found if sets[other] < inside]
            for other in smaller:
                self.model.add(found[other] <= found[name])
            for parts in _covers(inside, {other: sets[other] for other in smaller}):
                self.model.add(found[name] <= sum(found[part] for part in parts))

    def _remember(self) -> None:
        """Between two dates no group can have changed by more than its changed households hold."""
        for group in self.groups():
            parts = self._change(group)
            if parts is not None:
                total = sum(sign * self.cells[key] for key, sign in parts)
                bound = int(group["bound"]) * parts_of_one(group["quantity"])
                self.model.add_linear_constraint(total, -bound, bound)

    def groups(self) -> list[dict]:
        """List what changed: `before`, `after`, `group`, `quantity`, `n_changed`, `bound`."""
        table, members = self.background.turnover, self.background.members
        names = {str(name): quantity_of(str(name), members) for name in table["indicator"].unique()}
        named = table.assign(quantity=table["indicator"].astype("str").map(names))
        wanted = {quantity for _, _, quantity in self.cells}
        named = named[named["quantity"].isin(wanted) & (named["indicator"] != "n_poor")]
        named = named.drop_duplicates(["before", "after", "group", "quantity"])
        dates = {name: [day.date() for day in named[name]] for name in ("before", "after")}
        return named.assign(**dates).to_dict(orient="records")

    def _change(self, group: dict) -> tuple[tuple[Key, int], ...] | None:
        sides = {}
        for side, sign in (("before", -1), ("after", 1)):
            for rt in self._kin.get((group["before"], group["after"], group["group"], side), ()):
                sides[group[side], rt, group["quantity"]] = sign
        return tuple(sides.items()) if set(sides) <= set(self.cells) else None

    @property
    def _kin(self) -> dict[tuple, list[str]]:
        if not hasattr(self, "_kin_found"):
            self._kin_found: dict[tuple, list[str]] = {}
            for row in self.background.kin.itertuples(index=False):
                key = row.before.date(), row.after.date(), row.group, row.side
                self._kin_found.setdefault(key, []).append(row.rt_id)
        return self._kin_found

    # ── questions ───────────────────────────────────────────────────────────────────────────────

    def cell_targets(self, needed: dict[str, int]) -> list[Target]:
        """List the numbers of RTs of which, or of whose areas, anything was said."""
        told = {
            (fact.date, rt, fact.quantity)
            for fact in self.facts.itertuples(index=False)
            for rt in self.background.inside[fact.date, fact.area_id]
        }
        found = []
        for date, rt, quantity in sorted(told):
            unit = unit_of(quantity)
            n_values = int(self.background.denominators[date].at[rt, quantity]) + 1
            if n_values > 1:
                what = {"date": date, "rt_id": rt, "quantity": quantity, "unit": unit}
                parts = (((date, rt, quantity), 1),)
                found.append(Target(what, parts, min(needed[unit], n_values)))
        return found

    def change_targets(self) -> list[Target]:
        """List the changes of groups in which any household changed."""
        found = []
        for group in self.groups():
            parts = self._change(group)
            if group["n_changed"] >= 1 and group["bound"] >= 1 and parts:
                what = {k: group[k] for k in ("before", "after", "group", "quantity", "n_changed")}
                found.append(Target(what, parts, 2))
        return found

    def spans(self, targets: Sequence[Target], exact: bool = False) -> pd.DataFrame:
        """
        Find the least and largest value of each target.

        Not `exact`: what solutions already seen prove to be wider than the narrowest is not
        looked at further, and its range is at least as wide as told.
        """
        self._see_some(targets)
        widths = [self._seen_span(target) for target in targets]
        order = np.argsort(
            [_n_possible(t, *w) - t.needed for t, w in zip(targets, widths, strict=True)]
        )
        rows, tightest = [None] * len(targets), np.inf
        for i in order:
            target = targets[i]
            low, high = self._seen_span(target)
            sure = exact or _n_possible(target, low, high) - target.needed < max(tightest, 0.0)
            if sure:
                low, high = self._solve(target.parts, -1), self._solve(target.parts, 1)
                tightest = min(tightest, _n_possible(target, low, high) - target.needed)
            n = _n_possible(target, low, high)
            ends = {"lowest": low, "highest": high, "n_possible": n, "needed": target.needed}
            rows[i] = target.what | ends | {"exact": sure}
        return pd.DataFrame(rows)

    def _see_some(self, targets: Sequence[Target]) -> None:
        """Collect a few far-off solutions, so that most ranges need no question of their own."""
        keys = sorted({key for target in targets for key, _ in target.parts})
        random = np.random.default_rng(0)
        for k in range(N_WITNESSES if keys else 0):
            signs = np.ones(len(keys), int) if k < 2 else random.choice([-1, 1], len(keys))
            parts = tuple(zip(keys, (int(sign) for sign in signs), strict=True))
            self._solve(parts, 1 if k % 2 else -1, seconds=2.0)

    def _seen_span(self, target: Target) -> tuple[int, int]:
        values = [sum(sign * seen[key] for key, sign in target.parts) for seen in self.seen]
        return min(values), max(values)

    def _solve(self, parts: tuple[tuple[Key, int], ...], sign: int, seconds: float = 60.0) -> int:
        """Return the least (sign -1) or largest (1) value of a sum of cells."""
        objective = sum(sign * part * self.cells[key] for key, part in parts)
        self.model.maximize(objective)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(self.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise AssertionError(
                f"the editions contradict each other: {solver.status_name(status)}"
            )
        self.seen.append({key: solver.value(cell) for key, cell in self.cells.items()})
        # without proof of the optimum a range is told as at least so wide, which holds
        return round(solver.objective_value) * sign


def _covers(whole: frozenset, sets: dict[str, frozenset]) -> list[tuple[str, ...]]:
    """List the ways to put a group together from smaller ones, without any to spare."""
    names, found = list(sets), []
    for size in range(2, min(len(names), 4) + 1):
        for parts in combinations(names, size):
            is_whole = frozenset().union(*(sets[part] for part in parts)) == whole
            if is_whole and not any(set(other) <= set(parts) for other in found):
                found.append(parts)
    return found


def _n_possible(target: Target, low: int, high: int) -> float:
    quantity = str(target.what["quantity"])
    return (high - low) / parts_of_one(quantity) + 1


# ── all at once ─────────────────────────────────────────────────────────────────────────────────


def _beside_nothing(told: pd.DataFrame, targets: Sequence[Target], attack: Attack) -> pd.DataFrame:
    """Ask no more of what was said than if nothing had been said: what is known anyway stays so."""
    narrow = (told["n_possible"] < told["needed"]).to_numpy().nonzero()[0] if len(told) else []
    if len(narrow):
        silent = Attack(attack.facts[:0], attack.background, attack.facts["quantity"])
        anyway = silent.spans([targets[i] for i in narrow], exact=True)["n_possible"]
        rows = told.index[narrow]
        told.loc[rows, "needed"] = np.minimum(told.loc[rows, "needed"], anyway.to_numpy())
    return told


FAMILIES = ("poor", "desil", "af", "reached")
"""What hangs together only within itself can be attacked by itself."""


def second_attack(
    facts: pd.DataFrame, background: Background, needed: dict[str, int], exact: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Attack what is said.

    Parameters
    ----------
    facts
        Columns `FACT`: between what numerators of areas lie, both ends included, counted in
        `parts_of_one`.
    needed
        By unit, how many values must stay possible; of an RT with fewer, all it could have.

    Returns
    -------
    cells, changes
        Of each number of an RT, of each change of a group of RTs: `lowest`, `highest`,
        `n_possible`, `needed` and whether the range is `exact` or only at least so wide.
    """
    cells, changes = [pd.DataFrame()], [pd.DataFrame()]
    for family in FAMILIES:
        own = facts[facts["quantity"].str.split(":").str[0] == family]
        if len(own):
            attack = Attack(own, background)
            for found, targets in (
                (cells, attack.cell_targets(needed)),
                (changes, attack.change_targets()),
            ):
                told = attack.spans(targets, exact)
                found.append(_beside_nothing(told, targets, attack))
    return pd.concat(cells, ignore_index=True), pd.concat(changes, ignore_index=True)
