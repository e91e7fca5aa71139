"""Safety against use: the frontier of the rule, and three ways to publish under one attack.

    python -m benchmarks.bench_frontier              # both tables
    python -m benchmarks.bench_frontier --quick      # few values, few districts

1. *Frontier*, argued from in docs/privacy.md: for some classes and values of the rule, the share of
   all RTs that keep a class, the same of RTs with 30 households or more, and Spearman's
   correlation of true rates and classes shown.
2. *Ways to publish*, argued from in docs/decisions/0014: see `ways_to_publish.py`.

It measures shares, not seconds, so it is not one of the benchmarks that `start.py bench` runs.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmarks.ways_to_publish import compare, markdown, score_table
from pbrt_geo.disclosure.frontier import frontier
from pbrt_geo.disclosure.rule import Rule, read_rule
from pbrt_geo.edition import read_shelf

ROOT = Path(__file__).resolve().parents[1]

FRONTIER = (
    *("poverty_rate", "criteria_poor_rate", "desil_1_4_rate", "af_headcount_rate"),
    *("af_censored_rate:sanitation_water", "coverage_rate:kebersihan"),
)
THIRD = 1 / 3
CLASSES: dict[str, tuple[float, ...]] = {
    "10, 20, 30, 40": (0.1, 0.2, 0.3, 0.4),
    "15, 30, 45, 60": (0.15, 0.3, 0.45, 0.6),
    "16, 35, 55, 75": (0.16, 0.35, 0.55, 0.75),
    "sixths": (1 / 6, 2 / 6, 3 / 6, 4 / 6),
    "20, 40, 60": (0.2, 0.4, 0.6),
    "20, 40, 60, 80": (0.2, 0.4, 0.6, 0.8),
    "25, 50, 75": (0.25, 0.5, 0.75),
    "30, 60": (0.3, 0.6),
    "thirds": (THIRD, 2 * THIRD),
}
VALUES = (3, 4, 5, 6, 8, 10)


def frontier_table(quick: bool) -> str:
    """Write the frontier of the newest sample edition, by indicator and classes."""
    newest = read_shelf(ROOT / "editions")[-1]
    values = VALUES[2:3] if quick else VALUES
    heads = ["indicator", "classes", *(f"V={n}" for n in values)]
    lines = [heads, ["---", "---", *["---:"] * len(values)]]
    for name in FRONTIER[:1] if quick else FRONTIER:
        for classes, breaks in CLASSES.items():
            rule = _with_classes(read_rule(None).without_lots(), name.partition(":")[0], breaks)
            table = frontier(newest, [], name, rule, values)
            lines.append([f"`{name}`", classes, *(_cell(row) for _, row in table.iterrows())])
    return markdown(lines)


def _with_classes(rule: Rule, base: str, breaks: tuple[float, ...]) -> Rule:
    entries = [
        replace(entry, classes=breaks) if entry.base == base else entry for entry in rule.entries
    ]
    return replace(rule, entries=tuple(entries))


def _cell(row: pd.Series) -> str:
    parts = [f"{row['shown_rate']:.0%}", f"{row['shown_rate_large']:.0%}"]
    return " · ".join([*parts, f"{row['rank_correlation']:.2f}"])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few values, few districts")
    parser.add_argument("--districts", type=int, default=200)
    options = parser.parse_args()
    print(frontier_table(options.quick), end="\n\n", flush=True)
    print(score_table(compare(5 if options.quick else options.districts)))


if __name__ == "__main__":
    main()
