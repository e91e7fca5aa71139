"""The attack in its plainest form: two programs for every number, by scipy, from loops."""

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from pbrt_geo.disclosure.model import numerator_limits


class Plain:
    """Everything an attacker holds, as one dense system."""

    def __init__(self, knowledge):
        self.knowledge, self.links = knowledge, knowledge.links
        names = {name for n in self.links.numerators.values() for name, _ in n.terms}
        names |= {name for r in self.links.relations for name, _ in r.terms}
        self.rts = {
            pd.Timestamp(date): list(s.areas.index[s.areas["level"] == "rt"])
            for date, s in knowledge.snapshots.items()
        }
        keys = [(q, d, rt) for q in sorted(names) for d in self.rts for rt in self.rts[d]]
        self.column = {key: i for i, key in enumerate(keys)}
        self.rows, self.low, self.high = [], [], []
        self.whole = np.array([q in self.links.whole for q, _, _ in keys])
        self._known()
        self._claims()
        self._turnover()

    def denominator(self, indicator, date, rt):
        table = self.knowledge.snapshots[date.date()].denominators
        return float(table.at[rt, indicator]) if indicator in table else np.nan

    def _add(self, parts, low, high):
        """Add a row of (weight, quantity, date, rt)."""
        row = np.zeros(len(self.column))
        for weight, *key in parts:
            row[self.column[tuple(key)]] += weight
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def numerator(self, indicator, date, rts, sign=1.0):
        terms = self.links.numerators[indicator].terms
        return [(sign * w, q, date, rt) for q, w in terms for rt in rts]

    def _known(self):
        for date, rts in self.rts.items():
            for rt in rts:
                for name, number in self.links.numerators.items():
                    most = self.denominator(name, date, rt)
                    part = number.of_denominator * most
                    self._add(self.numerator(name, date, [rt]), -part, most - part)
                for relation in self.links.relations:
                    parts = [(w, q, date, rt) for q, w in relation.terms]
                    self._add(parts, 0 if relation.equal else -np.inf, 0)

    def _claims(self):
        for claim in self.knowledge.claims.itertuples():
            date, number = pd.Timestamp(claim.date), self.links.numerators[claim.indicator]
            areas = self.knowledge.snapshots[date.date()].areas
            column = areas.index if claim.level == "rt" else areas[f"{claim.level}_id"]
            rts = list(areas.index[(areas["level"] == "rt") & (column == claim.area_id)])
            total = sum(self.denominator(claim.indicator, date, rt) for rt in rts)
            whole = all(q in self.links.whole and w == round(w) for q, w in number.terms)
            ends = numerator_limits(claim.low, claim.high, claim.closed, total, whole)
            part = number.of_denominator * total
            self._add(self.numerator(claim.indicator, date, rts), ends[0] - part, ends[1] - part)

    def change(self, row):
        """Parts of the change of a group's numerator, and what denominators add to it."""
        kin = self.knowledge.kin
        mine = kin[
            (kin[["before", "after", "group"]] == row[["before", "after", "group"]]).all(axis=1)
        ]
        parts, offset = [], 0.0
        for side, sign in (("before", -1.0), ("after", 1.0)):
            rts, date = list(mine.loc[mine["side"] == side, "rt_id"]), row[side]
            parts += self.numerator(row["indicator"], date, rts, sign)
            total = sum(self.denominator(row["indicator"], date, rt) for rt in rts)
            offset += sign * self.links.numerators[row["indicator"]].of_denominator * total
        return parts, offset

    def _turnover(self):
        for _, row in self.knowledge.turnover.iterrows():
            parts, offset = self.change(row)
            self._add(parts, -row["bound"] - offset, row["bound"] - offset)

    def ends(self, parts, whole):
        """Least and largest value of a weighted sum."""
        objective = np.zeros(len(self.column))
        for weight, *key in parts:
            objective[self.column[tuple(key)]] += weight
        found = [
            milp(
                sign * objective,
                integrality=self.whole * whole,
                bounds=Bounds(0, np.inf),
                constraints=LinearConstraint(np.array(self.rows), self.low, self.high),
            )
            for sign in (1, -1)
        ]
        assert all(result.success for result in found)
        return found[0].fun, -found[1].fun
