"""Three ways to publish the same districts, under one attack; `bench_frontier.py` prints it.

Random districts of `tests/districts.py`, two editions one month apart, one household indicator.
Hiding counts from 1 to 4; complementary suppression by `pytauargus`; and the ranges of the rule.
One attacker for all: he knows the denominators, and how many households of each RT came, left or
changed. Argued from in docs/decisions/0014.

`pytauargus` is not among the packages of this project (0014 says why). Its row is left out where it
is not installed; `PBRT_TAUARGUS` may name a folder of packages that has it.
"""

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd

from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.disclosure.publish import publish
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS

ROOT = Path(__file__).resolve().parents[1]
INDICATOR = "desil_1_4_rate"
NEEDED = 5
"""Values that must stay possible: the rule for households."""
SMALL = 5
"""Counts from 1 up to, not including, this are hidden by suppression."""

DRAWN = {
    "n_desa": (3, 4),
    "n_rt": (3, 6),
    "n_households": (20, 80),
    "months": 1,
    "single": True,
    "lineage": False,
    "extreme": 0.1,
    "indicators": (INDICATOR,),
}
"""How districts are drawn; see `tests/districts.py`."""

Claim = tuple[int, np.ndarray, float, float]
"""Of a date (0, 1) and the RTs of an area (positions), the least and the largest sum."""

Claims = list[Claim]


# ── districts ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class District:
    """One indicator of a district on two dates: RTs alike on both, by position."""

    desa: np.ndarray
    denominator: np.ndarray  # (2, n)
    numerator: np.ndarray  # (2, n)
    n_changed: np.ndarray  # (n,): households that came, left or changed
    editions: tuple[Edition, Edition]
    rts: pd.Index

    @property
    def areas(self) -> Iterable[tuple[str, str, np.ndarray]]:
        """Level, id and RTs of every area above the RT."""
        places = self.editions[1].areas.loc[self.rts]
        for level in ("desa", "kecamatan", "kabupaten"):
            ids = places[f"{level}_id"].astype(str).to_numpy()
            for one in np.unique(ids):
                yield level, one, np.flatnonzero(ids == one)


def districts(n: int, folder: Path) -> Iterable[District]:
    """Draw districts of which one household in some RTs changes within a month."""
    sys.path.insert(0, str(ROOT / "tests"))
    draw = importlib.import_module("districts").random_shelf
    for seed in range(n):
        yield _district(*draw(np.random.default_rng(seed), 2, folder / str(seed), **DRAWN))


def _district(before: Edition, after: Edition) -> District:
    rts = before.ids("rt").intersection(after.ids("rt"))
    cells = [edition.column(INDICATOR, "rt").loc[rts] for edition in (before, after)]
    turnover = after.turnover
    own = turnover[turnover["indicator"].astype(str) == INDICATOR]
    own = own[(own["before"] == pd.Timestamp(before.as_of))]
    own = own[(own["after"] == pd.Timestamp(after.as_of))]
    kin = after.kin
    kin = kin[(kin["before"] == pd.Timestamp(before.as_of)) & (kin["side"] == "after")]
    kin = kin[kin["after"] == pd.Timestamp(after.as_of)].set_index("rt_id")["group"]
    changed = kin.loc[rts].map(own.set_index("group")["n_changed"]).fillna(0)
    return District(
        after.areas.loc[rts, "desa_id"].astype(str).to_numpy(),
        np.stack([cell["denominator"].to_numpy() for cell in cells]),
        np.stack([cell["numerator"].to_numpy() for cell in cells]),
        changed.to_numpy(),
        (before, after),
        rts,
    )


# ── ways to publish ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Published:
    """What is said of two dates, and which RTs are shown and hidden: (2, n)."""

    claims: Claims
    shown: np.ndarray


def hide_small(district: District) -> Published:
    """Counts from 1 to 4 are hidden, all else is exact; the sign itself says "1 to 4"."""
    hidden = (district.numerator > 0) & (district.numerator < SMALL)
    claims = _exact_areas(district, {})
    for date, rt in np.argwhere(hidden):
        claims.append((date, np.array([rt]), 1, SMALL - 1))
    return Published(claims + _exact_rts(district, ~hidden), ~hidden)


def suppress(district: District) -> Published:
    """Counts from 1 to 4 and what pytauargus hides besides; one sign for both."""
    claims: Claims = []
    shown = np.zeros(district.numerator.shape, dtype=bool)
    for date in (0, 1):
        hidden = _suppressed(district, date)
        shown[date] = [f"{rt:03d}" not in hidden for rt in range(len(district.desa))]
        claims += [c for c in _exact_areas(district, hidden) if c[0] == date]
    return Published(claims + _exact_rts(district, shown), shown)


def _suppressed(district: District, date: int) -> set[str]:
    """Return what pytauargus hides: RTs by position, areas by id."""
    codes = _codes(district)
    n, poor = (
        part[date].astype(int).tolist() for part in (district.denominator, district.numerator)
    )
    hidden = ask_suppression({"codes": codes, "n": n, "poor": poor, "small": SMALL})
    desa = dict(zip((code[:4] for code in codes), district.desa, strict=True))
    above = desa | {code[:2]: one[:8] for code, one in desa.items()}
    return {above.get(code, code[4:]) for code in hidden or ()}


@cache
def _suppression() -> subprocess.Popen:
    command = [sys.executable, "-m", "benchmarks.suppression"]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask_suppression(table: dict[str, Any] | None = None) -> list[str] | None:
    """Ask for what is hidden of a table; without one, first, whether pytauargus is there."""
    process = _suppression()
    if table is not None:
        print(json.dumps(table), file=process.stdin, flush=True)
    answer = json.loads(process.stdout.readline())
    return answer if answer is None else list(answer)


def _codes(district: District) -> list[str]:
    """Write kecamatan, desa and RT of each RT with digits, as pytauargus reads them."""
    kecamatan = sorted({desa[:8] for desa in district.desa})
    desa = sorted(set(district.desa))
    return [
        f"{kecamatan.index(one[:8]):02d}{desa.index(one):02d}{rt:03d}"
        for rt, one in enumerate(district.desa)
    ]


def ranges(district: District) -> Published:
    """What the rule says: a class or nothing of an RT, ranges of the areas above."""
    folder = district.editions[0].path.parent
    public: list[Edition] = []
    claims: Claims = []
    shown = np.zeros(district.numerator.shape, dtype=bool)
    for date, edition in enumerate(district.editions):
        out = folder / f"public-{date}"
        public.append(publish(edition, out, list(public), read_rule(None)))
        parts = {name: rts for _, name, rts in district.areas}
        parts |= {rt: np.array([at]) for at, rt in enumerate(district.rts)}
        for level in LEVELS:
            cells = public[-1].column(INDICATOR, level)
            told = cells[cells["state"] == "value"]
            for area, cell in told.iterrows():
                if level == "rt" and area in district.rts:
                    shown[date, district.rts.get_loc(area)] = True
                if pd.Timestamp(cell["since"]).date() == edition.as_of and area in parts:
                    claims.append(_claim(district, date, parts[area], cell))
    return Published(claims, shown)


def _claim(district: District, date: int, rts: np.ndarray, cell: pd.Series) -> Claim:
    whole = district.denominator[date, rts].sum()
    low, high, closed = (np.array(cell[name]) for name in ("low", "high", "closed"))
    least, most = numerator_limits(low, high, closed, whole, parts=1)
    return date, rts, float(least), float(most)


def _exact_areas(district: District, hidden: Iterable[str]) -> Claims:
    names = set(hidden)
    return [
        (date, rts, sum_, sum_)
        for _, one, rts in district.areas
        if one not in names
        for date, sum_ in enumerate(district.numerator[:, rts].sum(axis=1))
    ]


def _exact_rts(district: District, shown: np.ndarray) -> Claims:
    number = district.numerator
    return [
        (date, np.array([rt]), number[date, rt], number[date, rt])
        for date, rt in np.argwhere(shown)
    ]


# ── the attack ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Found:
    """What an attack knows: least and largest numerator (2, n), and change (n,), of each RT."""

    cells: tuple[np.ndarray, np.ndarray]
    changes: tuple[np.ndarray, np.ndarray]


def attack(district: District, claims: Claims, dates: tuple[int, ...]) -> Found:
    """Minimise and maximise every cell and every change under all claims on `dates`."""
    n = len(district.desa)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)  # as the auditor: HiGHS takes one number in a process
    for date in (0, 1):
        for rt in range(n):
            solver.addVar(0, float(district.denominator[date, rt]))
    for date, rts, least, most in claims:
        if date in dates:
            at = (date * n + rts).astype(np.int32)
            solver.addRow(float(least), float(most), len(at), at, np.ones(len(at)))
    if len(dates) == 2:
        for rt in range(n):
            bound = float(district.n_changed[rt])
            at = np.array([rt, n + rt], dtype=np.int32)
            solver.addRow(-bound, bound, 2, at, np.array([-1.0, 1.0]))
    targets = np.eye(2 * n)
    steps = targets[n:] - targets[:n]
    least, most = zip(*(_limits(solver, goal) for goal in (*targets, *steps)), strict=True)
    low, high = np.ceil(np.array(least) - 1e-6), np.floor(np.array(most) + 1e-6)
    cells = low[: 2 * n].reshape(2, n), high[: 2 * n].reshape(2, n)
    return Found(cells, (low[2 * n :], high[2 * n :]))


def _limits(solver: highspy.Highs, goal: np.ndarray) -> tuple[float, float]:
    at = np.arange(len(goal), dtype=np.int32)
    solver.changeColsCost(len(goal), at, goal)
    found = []
    for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
        solver.changeObjectiveSense(sense)
        solver.run()
        found.append(solver.getInfo().objective_function_value)
    return found[0], found[1]


# ── what comes of it ────────────────────────────────────────────────────────────────────────────


@dataclass
class Score:
    """Counts over all districts, for one way to publish."""

    n_rt: int = 0
    n_shown: int = 0
    n_hidden: int = 0
    n_hidden_exact: int = 0
    n_hidden_narrow: int = 0
    n_both_exact: int = 0
    n_both_narrow: int = 0
    n_known: int = 0
    n_steps: int = 0
    n_steps_known: int = 0

    def add(self, district: District, published: Published, counts_shown: bool) -> None:
        """Attack each edition by itself, then both together."""
        alone = [attack(district, published.claims, (date,)).cells for date in (0, 1)]
        both = attack(district, published.claims, (0, 1))
        protected = ~published.shown if counts_shown else np.ones_like(published.shown)
        # of three households no more than four numbers are possible, whatever is said
        least = np.minimum(NEEDED - 1, district.denominator)
        self.n_rt += published.shown.size
        self.n_shown += int(published.shown.sum())
        self.n_hidden += int(protected.sum())
        for date in (0, 1):
            width = (alone[date][1] - alone[date][0])[date][protected[date]]
            self.n_hidden_exact += int((width == 0).sum())
            self.n_hidden_narrow += int((width < least[date][protected[date]]).sum())
        width = both.cells[1] - both.cells[0]
        self.n_both_exact += int((width[protected] == 0).sum())
        self.n_both_narrow += int((width < least)[protected].sum())
        self.n_known += int((width == 0).sum())
        single = (district.n_changed == 1) & (district.numerator[0] != district.numerator[1])
        self.n_steps += int(single.sum())
        self.n_steps_known += int((both.changes[0] == both.changes[1])[single].sum())


WAYS = {
    "hide 1 to 4, all else exact": (hide_small, True),
    "pytauargus, totals exact": (suppress, True),
    "ranges of the rule": (ranges, False),
}


def compare(n: int) -> dict[str, Score]:
    """Publish the same districts in every way and attack each."""
    ways = dict(WAYS)
    if ask_suppression() is None:
        del ways["pytauargus, totals exact"]
    scores = {name: Score() for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        for district in districts(n, Path(folder)):
            for name, (way, counts_shown) in ways.items():
                scores[name].add(district, way(district), counts_shown)
    return scores


def score_table(scores: dict[str, Score]) -> str:
    """Write what the attack found of every way to publish."""
    heads = (
        *("way", "RT shown", "guarded", "exact, one edition", "narrow, one edition"),
        *("exact, both", "narrow, both", "RT known to the person", "single steps seen"),
    )
    lines = [list(heads), ["---", *["---:"] * (len(heads) - 1)]]
    for name, score in scores.items():
        of = [score.n_hidden_exact, score.n_hidden_narrow, score.n_both_exact, score.n_both_narrow]
        lines.append(
            [
                name,
                _part(score.n_shown, score.n_rt),
                str(score.n_hidden),
                *(_part(n, score.n_hidden) for n in of),
                _part(score.n_known, score.n_rt),
                _part(score.n_steps_known, score.n_steps),
            ]
        )
    return markdown(lines)


def _part(n: int, of: int) -> str:
    return f"{n} ({n / of:.1%})" if of else str(n)


def markdown(lines: list[list[str]]) -> str:
    """Write lines of cells as a Markdown table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
