"""What a public edition says of every number: a range and its date, or nothing.

Decided from the RT upwards, since what may be said of a whole depends on what was said of its
parts. What is decided depends on things that a reader may know anyway: denominators, how many
households changed, earlier claims, and the claims of this edition about smaller areas. The number
itself only chooses among ranges that stand already.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pbrt_geo.disclosure import drift
from pbrt_geo.disclosure.bins import Range, Said, class_limits, grid_of, rt_classes
from pbrt_geo.disclosure.cells import UPPER, Cells, Figures, cells_of, is_protected, rate_of, told
from pbrt_geo.disclosure.links import UNBOUNDED, parts_of_indicator
from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.disclosure.past import Claims, Past
from pbrt_geo.disclosure.rule import Entry, Rule
from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import LEVELS

STATEMENT = (
    *("level", "area_id", "indicator", "state", "low", "high", "closed", "since", "value", "why"),
)
"""Columns of a table of statements."""

WHY = ("", "small", "group_changed", "too_coarse", "fallback", "held")
"""Why nothing is said, or something old: too few people for any class, RTs that split, merged or
were not told before with too few changes to hide, no two ranges left, taken back after an attack,
repeated."""

_REASONS = ("", "fallback", "held", "group_changed", "small")
"""Those of `WHY` that are asked before `too_coarse`, in this order."""

Withheld = Collection[tuple[str, str, str]]
"""Level, area and indicator of figures that an attack asks not to tell."""


@dataclass
class Block:
    """Statements about one indicator at one level, in the order of the areas."""

    indicator: str
    level: str
    ids: pd.Index
    low: np.ndarray
    high: np.ndarray
    closed: np.ndarray
    state: np.ndarray
    why: np.ndarray
    since: np.ndarray
    value: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        shown = (self.state == "value") | (self.state == "zero")
        self.low = np.where(shown, self.low, np.nan)
        self.high = np.where(shown, self.high, np.nan)
        self.closed = self.closed & shown
        self.since = np.where(shown, self.since, np.datetime64("NaT"))
        ends = np.isfinite(self.high)
        self.value = np.where(ends, (self.low + np.where(ends, self.high, 0.0)) / 2, self.low)


def decide(
    internal: Edition, earlier: Sequence[Edition], rule: Rule, withheld: Withheld = ()
) -> pd.DataFrame:
    """
    Decide what is said publicly of an internal edition.

    Parameters
    ----------
    internal
        Edition with exact numbers, and with the turnover since the dates of `earlier`.
    earlier
        Public editions before it, in any order.
    rule
        What is told, and how roughly.
    withheld
        Figures that are not to be told anew, whatever the rule allows.

    Returns
    -------
    statements
        Columns `STATEMENT`, one row for each area that the rule tells an indicator of, protected
        and open. The number lies in [low, high), or [low, high] where `closed`; `high` is NaN
        where there is no end, both where nothing is said (`state` `withheld` or `no_data`).
        `since` is the date of the claim, before the edition where an earlier one is held; `value`
        the middle of the range; `why` one of `WHY`.
    """
    cells = cells_of(internal)
    history = Past(cells, earlier, [entry.base for entry in rule.entries])
    blocks: list[Block] = []
    by_indicator: dict[str, dict[str, Block]] = {}
    for name, levels in _rates_first(told(internal, rule), internal, rule):
        indicator = internal.indicator(name)
        if not is_protected(indicator, rule):
            by_indicator[name] = {level: _open(indicator, level, rule, cells) for level in levels}
        elif rate := rate_of(indicator, rule):
            by_indicator[name] = {
                level: _count(indicator, by_indicator[rate][level], cells, history)
                for level in levels
            }
        else:
            deciding = Deciding(indicator, levels, cells, history, rule, withheld)
            by_indicator[name] = {block.level: block for block in deciding.blocks()}
    for indicator in internal.indicators:
        blocks += by_indicator.get(indicator.id, {}).values()
    return _table(blocks)


def _rates_first(
    levels: dict[str, tuple[str, ...]], edition: Edition, rule: Rule
) -> list[tuple[str, tuple[str, ...]]]:
    """Put counts behind the rates that they repeat."""
    return sorted(levels.items(), key=lambda item: bool(rate_of(edition.indicator(item[0]), rule)))


# ── protected rates ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Deciding:
    """The decisions about one protected indicator, from the RT up."""

    indicator: Indicator
    levels: tuple[str, ...]
    cells: Cells
    history: Past
    rule: Rule
    withheld: Withheld

    @property
    def _entry(self) -> Entry:
        entry = self.rule.entry(self.indicator.base)
        assert entry is not None, self.indicator.base
        return entry

    @property
    def _needed(self) -> int:
        return self.rule.values_needed(self._entry.unit)

    @property
    def _parts(self) -> int:
        return parts_of_indicator(self.indicator.id)

    @property
    def _bounded(self) -> bool:
        return self.indicator.base not in UNBOUNDED

    @cached_property
    def _implied(self) -> list[Claims]:
        return drift.implied(self.history, self.indicator.id)

    def blocks(self) -> Iterator[Block]:
        """Yield what is said at each level, the smallest areas first."""
        name, history = self.indicator.id, self.history
        claims = history.claims(name, "rt")
        known = drift.narrowed_rts(self._implied, name, self._nothing_known())
        if "rt" in self.levels:
            block, said = self._decide("rt", claims, known)
            yield block
            known = known.within(said)
        groups = drift.groups_since(history, self._implied, name, known)
        known = drift.desa_sums(self.cells, known, groups.values())
        for level in UPPER:
            claims = history.claims(name, level)
            known = drift.narrowed(claims, level, known, groups)
            if level in self.levels:
                block, said = self._decide(level, claims, known)
                yield block
                known = known.within(said)
            if level != LEVELS[-1]:
                known = Range(self.cells.up(level, known.least), self.cells.up(level, known.most))

    def _nothing_known(self) -> Range:
        of = self.cells.figures(self.indicator.id, "rt").denominator
        return Range(np.zeros(len(of)), of if self._bounded else np.where(of > 0, np.inf, 0.0))

    def _decide(self, level: str, claims: Sequence[Claims], known: Range) -> tuple[Block, Range]:
        """Return what is said at one level, and to what numerators the new claims confine."""
        figures, ids = self.cells.figures(self.indicator.id, level), self.cells.ids[level]
        said, old = self._range(level, figures, known), Held.of(claims, level, len(ids))
        fallback, no_data = self._fallbacks(level, ids), figures.state == "no_data"
        may_renew = self._may_renew(level, claims, figures)
        new = may_renew & said.shown & ~fallback & ~no_data
        held = old.has & ~new & ~no_data
        small = np.full(len(ids), level == "rt") | (figures.denominator < 2 * self._needed)
        reasons = [no_data | new, fallback, held, ~may_renew, small]
        block = Block(
            indicator=self.indicator.id,
            level=level,
            ids=ids,
            low=np.where(held, old.low, said.low),
            high=np.where(held, old.high, said.high),
            closed=np.where(held, old.closed, said.closed),
            state=np.select([no_data, new | held], ["no_data", "value"], "withheld"),
            why=np.select(reasons, _REASONS, "too_coarse"),
            since=np.where(held, old.since, np.datetime64(self.cells.date)),
        )
        limits = said.limits(figures.denominator, self._parts)
        return block, Range(
            np.where(new, limits.least, -np.inf), np.where(new, limits.most, np.inf)
        )

    def _may_renew(self, level: str, claims: Sequence[Claims], figures: Figures) -> np.ndarray:
        """Mark the areas of which something new may be said, given how much changed."""
        name, n = self.indicator.id, len(figures.value)
        least = (self.rule.values_needed("household") + 1, self._needed + 1)
        enough = drift.enough_changed(claims, name, level, n, least)
        if level != "rt":
            return enough
        classes = class_limits(figures.denominator, self._entry.classes, self._parts, self._bounded)
        return enough & drift.leaves_enough(self._implied, name, classes, self._needed)

    def _range(self, level: str, figures: Figures, known: Range) -> Said:
        if level == "rt":
            return rt_classes(
                figures.value,
                figures.denominator,
                self._entry.classes,
                self._needed,
                parts=self._parts,
                bounded=self._bounded,
            )
        widths = tuple(w for w in self.rule.ladder if w >= self.rule.step[level])
        grid = grid_of(figures.denominator, known, self._needed, widths, self._bounded)
        return grid.say(figures.numerator, figures.denominator)

    def _fallbacks(self, level: str, ids: pd.Index) -> np.ndarray:
        names = [
            area for at, area, name in self.withheld if (at, name) == (level, self.indicator.id)
        ]
        return ids.isin(names)


@dataclass(frozen=True)
class Held:
    """The latest claim about each area, where it is still about the same area."""

    low: np.ndarray
    high: np.ndarray
    closed: np.ndarray
    since: np.ndarray
    has: np.ndarray

    @classmethod
    def of(cls, claims: Sequence[Claims], level: str, n: int) -> "Held":
        """Return the latest of the claims, which come by date; an RT must not have changed."""
        low, high = np.full(n, np.nan), np.full(n, np.nan)
        closed, has = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        since = np.full(n, np.datetime64("NaT"), dtype="datetime64[ns]")
        for claim in claims:
            kept = claim.at >= 0
            if level == "rt":
                kept &= claim.step.alone[claim.at]
            at = claim.at[kept]
            low[at], high[at], closed[at] = claim.low[kept], claim.high[kept], claim.closed[kept]
            since[at], has[at] = np.datetime64(claim.step.date), True
        return cls(low, high, closed, since, has)


# ── counts that repeat a rate, and open figures ─────────────────────────────────────────────────


def _count(indicator: Indicator, rate: Block, cells: Cells, history: Past) -> Block:
    """Write the ranges of a rate as numbers of people; one held is the number said then."""
    level, name = rate.level, rate.indicator
    denominator = cells.figures(name, level).denominator
    with np.errstate(invalid="ignore"):
        low, high = numerator_limits(rate.low, rate.high, rate.closed, denominator, parts=1)
    held = rate.since < np.datetime64(cells.date)
    low[held] = high[held] = np.nan
    for claim in history.claims(indicator.id, level):
        same = (claim.at >= 0) & (rate.since[claim.at] == np.datetime64(claim.step.date))
        low[claim.at[same]], high[claim.at[same]] = claim.low[same], claim.high[same]
    state = np.where((rate.state == "value") & np.isnan(low), "withheld", rate.state)
    closed = np.ones(len(low), dtype=bool)
    return Block(
        indicator.id, level, rate.ids, low, high, closed, state, rate.why.copy(), rate.since
    )


def _open(indicator: Indicator, level: str, rule: Rule, cells: Cells) -> Block:
    """Tell an open figure: exactly, but for most figures of RTs in the classes of the map."""
    figures, entry = cells.figures(indicator.id, level), rule.open_entry(indicator.base)
    has = np.isfinite(figures.value)
    low = high = figures.value
    closed = has
    state = np.where(figures.state == "undefined", "withheld", figures.state)
    if level == "rt" and entry is not None and not entry.exact:
        edges = np.array([0.0, *indicator.breaks, np.nan])
        code = np.searchsorted(np.array(indicator.breaks), np.nan_to_num(low), side="right")
        low, high, closed = edges[code], edges[code + 1], np.zeros(len(code), dtype=bool)
        state = np.where(state == "zero", "value", state)
    why = np.where(state == "withheld", "small", "")
    since = np.full(len(low), np.datetime64(cells.date))
    return Block(indicator.id, level, cells.ids[level], low, high, closed, state, why, since)


def _table(blocks: Sequence[Block]) -> pd.DataFrame:
    sizes = [len(block.ids) for block in blocks]
    columns: dict[str, Any] = {
        "level": _repeated([block.level for block in blocks], sizes),
        "area_id": _stacked([block.ids.to_numpy(dtype=object) for block in blocks]),
        "indicator": _repeated([block.indicator for block in blocks], sizes),
    }
    for name in STATEMENT[3:]:
        columns[name] = _stacked([getattr(block, name) for block in blocks])
    table = pd.DataFrame(columns, columns=list(STATEMENT))
    return table.astype({"area_id": "str", "state": "str", "why": "str", "closed": "bool"})


def _stacked(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)


def _repeated(names: Sequence[str], sizes: Sequence[int]) -> pd.Categorical:
    categories = list(dict.fromkeys(names))
    codes = np.repeat([categories.index(name) for name in names], sizes)
    return pd.Categorical.from_codes(codes.astype(int), categories)
