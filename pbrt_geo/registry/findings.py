"""What counts as known of a household on a date, of all that was ever found."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from pbrt_geo.errors import RuleError
from pbrt_geo.registry.tables import EVIDENCE_SOURCES

_YEARS = ("evidence_years", "report_years")


@dataclass(frozen=True)
class EvidenceRule:
    """Which evidence counts; told with the reasons in `evidence.toml`."""

    order: tuple[str, ...]
    renewed: frozenset[str]
    evidence_years: int
    report_years: int


def read_evidence_rule(path: Path | None = None) -> EvidenceRule:
    """
    Read a rule; without a path the defaults.

    Raises
    ------
    RuleError
        If it is no such file, or names sources or years that cannot be.
    """
    told = files(__package__).joinpath("evidence.toml") if path is None else path
    name = "evidence.toml" if path is None else path.name
    try:
        found = tomllib.loads(told.read_text(encoding="utf-8"))
        order, renewed = tuple(found["order"]), frozenset(found["renewed"])
        years = {key: found[key] for key in _YEARS}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise RuleError.of("evidence_rule_unreadable", file=name) from error
    whole = sorted(order) == sorted(EVIDENCE_SOURCES) and renewed <= set(order)
    if not whole or not all(type(n) is int and n >= 1 for n in years.values()):
        sources = ", ".join(EVIDENCE_SOURCES)
        raise RuleError.of("evidence_rule_values", file=name, sources=sources)
    return EvidenceRule(order, renewed, **years)


def years_before(date: dt.date, years: int) -> dt.date:
    """Return the day some years earlier; of 29 February, 28 February."""
    try:
        return date.replace(year=date.year - years)
    except ValueError:
        return date.replace(year=date.year - years, day=28)


class Findings:
    """The evidence up to a date that still counts, ready to be asked column by column."""

    def __init__(self, evidence: pd.DataFrame, date: dt.date, rule: EvidenceRule) -> None:
        since = pd.Timestamp(years_before(date, rule.evidence_years))
        day = evidence["as_of"]
        rows = evidence[(day > since) & (day <= pd.Timestamp(date))]
        rank = rows["source"].map({name: -at for at, name in enumerate(rule.order)})
        self.rows = rows.assign(rank=rank).sort_values(["as_of", "rank"], ignore_index=True)
        self._rule = rule
        self._round = self.rows.groupby(["source", "as_of"]).ngroup().to_numpy()
        self._codes, self.households = pd.factorize(self.rows["household_id"])

    def column(self, name: str, households: pd.Index) -> pd.Series:
        """Return the value that counts for each household; missing where nothing does."""
        return self._of(self.rows[name], name, households)

    def day(self, name: str, households: pd.Index) -> pd.Series:
        """Return the day for which that value was found."""
        return self._of(self.rows["as_of"], name, households)

    def _of(self, values: pd.Series, name: str, households: pd.Index) -> pd.Series:
        latest = self._latest(name)
        found = latest >= 0
        told = values.iloc[latest[found]].set_axis(self.households[found])
        return told.reindex(households)

    def _latest(self, name: str) -> np.ndarray:
        """Return the row that counts for each household in `households`, -1 where none does."""
        known = self.rows[name].notna().to_numpy()
        if not known.any():
            return np.full(len(self.households), -1)
        answered = np.bincount(self._round, weights=known) > 0
        best = np.full(len(self.households), -1)
        for source in self._rule.order:
            speaks = answered[self._round] if source in self._rule.renewed else known
            rows = np.flatnonzero((self.rows["source"] == source).to_numpy() & speaks)
            last = np.full(len(best), -1)
            last[self._codes[rows]] = rows  # of several rows the last one stays
            best = np.maximum(best, np.where(known[last] & (last >= 0), last, -1))
        return best
