"""Publishing: the only way from an internal edition to a public one.

What may be said is decided, then attacked together with everything that was published before. Where
the attack gets too near, figures around that place are withheld and the rest is attacked again.
Nothing is written before an attack has found nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pbrt_geo.disclosure.attack import Findings, Memory, attack
from pbrt_geo.disclosure.certificate import certificate_of
from pbrt_geo.disclosure.inherited import Inheritance
from pbrt_geo.disclosure.knowledge import heirs, knowledge_of, members, told_by
from pbrt_geo.disclosure.lots import N_STEPS, Lots, Told
from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.disclosure.refusals import check_order, leaky
from pbrt_geo.disclosure.rule import UNITS, Rule, read_rule
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.disclosure.writing import write_public
from pbrt_geo.edition import ABOUT, Edition, read_edition

LEAST = {"household": 3, "resident": 9}
"""No rule gets by with fewer possible numbers than these: two households, of mean size, apart."""

MOST_FALLBACKS = 0.02
"""Share of leaking cells above which the rule itself is at fault, not a place here or there."""

FEW = 20
"""So many leaking cells are still some places here or there, however small the region."""

WORKERS = 2
"""Families of figures attacked at the same time; with more, a laptop has nothing left."""


def publish(
    internal: Edition,
    out: Path | str,
    earlier: Sequence[Edition] = (),
    rule: Rule | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Edition:
    """
    Make the public edition of an internal one in the folder `out`, if it withstands the attack.

    Parameters
    ----------
    internal
        An internal edition of format 3.
    earlier
        All public editions of this region that anybody may have kept.
    rule
        Left out: the defaults of `rule.toml`.
    progress
        Is told the share done, from 0 to 1.

    Returns
    -------
    edition
        The public edition. The same input gives the same bytes.

    Raises
    ------
    PublicationError
        If the attack finds too much, or if it could not judge: an earlier edition that the
        internal one knows nothing about, one of the same or a later date.
    """
    rule = rule or read_rule()
    earlier = sorted(earlier, key=lambda edition: edition.as_of)
    check_order(internal, earlier)
    progress(0.02)
    found = withstanding(internal, earlier, rule, progress)
    certificate = certificate_of(found.knowledge, found.findings, found.table, rule)
    edition = write_public(internal, found.table, rule, certificate, Path(out))
    progress(1.0)
    return edition


def public_shelf(folder: Path | str) -> list[Edition]:
    """Return the editions in the folders inside `folder`, by date; none if there is no folder."""
    found = [read_edition(file.parent) for file in sorted(Path(folder).glob(f"*/{ABOUT}"))]
    return sorted(found, key=lambda edition: edition.as_of)


def needed_by(rule: Rule) -> dict[str, int]:
    """Return how many numbers must stay possible, by unit; at least `LEAST`."""
    return {unit: max(rule.values_needed(unit), LEAST[unit]) for unit in UNITS}


# ── deciding, attacking, withholding ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Withstood:
    """What is said, and the attack that it withstood."""

    table: pd.DataFrame
    knowledge: Knowledge
    findings: Findings


def withstanding(
    internal: Edition, earlier: Sequence[Edition], rule: Rule, progress: Callable[[float], None]
) -> Withstood:
    """Decide and attack; beside what goes by lot, withhold around leaks until there are none."""
    lots = Lots(internal, rule)
    withheld, memory = lots.drawn(), Memory()
    tries: Counter[tuple[str, str]] = Counter()
    needed, start = needed_by(rule), 0.05
    past = Inheritance(needed)
    while True:
        table = decide(internal, earlier, rule, withheld)
        knowledge = knowledge_of(internal, earlier, table)
        findings = attack(
            knowledge,
            needed,
            progress=_part(progress, start, (0.95 - start) * 0.8),
            workers=WORKERS,
            settle=False,
            memory=memory,
        )
        caused = findings.leaks
        if len(caused):
            caused = past.added(caused, knowledge)
        if caused.empty:
            return Withstood(table, knowledge, findings)
        leaks = _leaks(caused, knowledge)
        more = _next(leaks, tries, knowledge, lots, withheld)
        too_many = len(leaks) > max(FEW, MOST_FALLBACKS * len(findings.cells))
        if too_many or not more:
            raise leaky(leaks, knowledge, internal)
        withheld |= more
        start += (0.95 - start) * 0.8


def _part(progress: Callable[[float], None], start: float, width: float) -> Callable[[float], None]:
    return lambda share: progress(start + width * share)


def _leaks(leaks: pd.DataFrame, knowledge: Knowledge) -> Collection[tuple[str, str]]:
    """Return the living RTs and quantities about which too much is known, of whatever date."""
    found: dict[tuple[str, str], None] = {}
    for row in leaks.itertuples():
        if row.kind == "cell":
            rts = heirs(knowledge, row.date, [row.rt_id])
        else:
            rts = members(knowledge, row.before, row.after, row.group)
        found |= {(rt, row.quantity): None for rt in rts}
    return found.keys()


def _next(
    leaks: Collection[tuple[str, str]],
    tries: Counter[tuple[str, str]],
    knowledge: Knowledge,
    lots: Lots,
    withheld: set[Told],
) -> set[Told]:
    """Return what the next step around each leak withholds that is not withheld yet."""
    more: set[Told] = set()
    while not more and min(tries[leak] for leak in leaks) < N_STEPS:
        for rt, quantity in leaks:
            more |= lots.around(rt, told_by(knowledge, quantity), tries[rt, quantity])
        tries.update(leaks)
        more -= withheld
    return more
