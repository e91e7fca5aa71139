"""The rule of publishing: which figures are told, at which levels, and how roughly.

It is configuration, not code: `rule.toml` holds the defaults with the reason of each, and another
file of the same form may be named when publishing. A rule cannot name a figure of which `links`
does not know how it hangs together with the others, since no attack could then vouch for it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pbrt_geo.disclosure.links import UNIT_OF
from pbrt_geo.errors import Problem, RuleError
from pbrt_geo.schema import LEVELS

DEFAULT = Path(__file__).with_name("rule.toml")

UNITS = ("household", "resident")
MOST_CLASSES = 5

Reason = dict[str, str]
"""Why, by language."""


@dataclass(frozen=True)
class Entry:
    """
    How a protected indicator, or family by programme or dimension, is told.

    `classes` are the inner limits of the classes of RTs. A count is told `like` a rate. With
    `only` = `everyone` RTs are told of only where a programme is meant for everyone; with `single`
    groups of several programmes are not told at all.
    """

    base: str
    unit: str
    levels: tuple[str, ...]
    reason: Reason
    classes: tuple[float, ...] = ()
    like: str = ""
    only: str = ""
    single: bool = False


@dataclass(frozen=True)
class Open:
    """A figure that everybody in the village knows; RTs in the classes of its map, or `exact`."""

    base: str
    levels: tuple[str, ...]
    reason: Reason
    exact: bool = False


@dataclass(frozen=True)
class Rule:
    """
    The rule of one publication.

    Attributes
    ----------
    needed
        By unit, how many numbers must stay possible for what is behind every figure.
    ladder
        Widths of ranges, ascending, as shares.
    step
        By level above the RT, the smallest width.
    lots
        By level above the RT, the share of figures that are withheld by lot.
    reasons
        Why `needed`, `ladder`, `step` and `lots` are as they are.
    entries, opened
        Protected and open figures.
    hidden
        Reason by base of figures that are not public.
    """

    needed: Mapping[str, int]
    ladder: tuple[float, ...]
    step: Mapping[str, float]
    lots: Mapping[str, float]
    reasons: Mapping[str, Reason]
    entries: tuple[Entry, ...]
    opened: tuple[Open, ...]
    hidden: Mapping[str, Reason]

    def values_needed(self, unit: str) -> int:
        """Return how many numbers of households or residents must stay possible."""
        return self.needed[unit]

    def entry(self, base: str) -> Entry | None:
        """Return how a protected indicator is told; None if it is open or not public."""
        return next((entry for entry in self.entries if entry.base == base), None)

    def open_entry(self, base: str) -> Open | None:
        """Return how an open indicator is told; None if it is protected or not public."""
        return next((entry for entry in self.opened if entry.base == base), None)

    def levels(self, base: str, everyone: bool = True) -> tuple[str, ...]:
        """Return where an indicator is told; `everyone`: its programmes are meant for all."""
        entry = self.entry(base) or self.open_entry(base)
        if entry is None:
            return ()
        narrow = isinstance(entry, Entry) and entry.only == "everyone" and not everyone
        return tuple(level for level in entry.levels if not (narrow and level == "rt"))

    def with_values(self, **needed: int) -> "Rule":
        """Return the rule with another number of possibilities, by unit."""
        return replace(self, needed={**self.needed, **needed})

    def without_lots(self) -> "Rule":
        """Return the rule with nothing withheld by lot."""
        return replace(self, lots=dict.fromkeys(self.lots, 0.0))

    def as_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold, as it is sealed in a public edition."""
        levels = {"step": dict(self.step), "lots": dict(self.lots)}
        return asdict(self) | {"needed": dict(self.needed)} | levels


def read_rule(path: Path | str | None = None) -> Rule:
    """
    Read a rule of publishing; without a path the defaults.

    Raises
    ------
    RuleError
        If the file is not there, is no TOML, or holds anything that cannot be followed; all
        problems at once.
    """
    file = DEFAULT if path is None else Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError.of("rule_unreadable", file=file.name) from error
    problems = list(_problems(content))
    if problems:
        raise RuleError(*problems)
    return Rule(
        needed={unit: content[unit] for unit in UNITS},
        ladder=tuple(map(float, content["ladder"])),
        step={level: float(width) for level, width in content["step"].items()},
        lots={level: float(share) for level, share in content["lots"].items()},
        reasons=content["reason"],
        entries=tuple(Entry(**_frozen(entry)) for entry in content["indicator"]),
        opened=tuple(Open(**_frozen(entry)) for entry in content.get("open", [])),
        hidden={
            base: entry["reason"] for entry in content.get("hidden", []) for base in entry["base"]
        },
    )


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


# ── checks ──────────────────────────────────────────────────────────────────────────────────────

_KEYS = {
    "": {*UNITS, "ladder", "step", "lots", "reason", "indicator", "open", "hidden"},
    "indicator": {"base", "unit", "levels", "reason", "classes", "like", "only", "single"},
    "open": {"base", "levels", "reason", "exact"},
    "hidden": {"base", "reason"},
}
_NEEDED = {
    "": {*UNITS, "ladder", "step", "lots", "reason", "indicator"},
    "indicator": {"base", "unit", "levels", "reason"},
    "open": {"base", "levels", "reason"},
    "hidden": {"base", "reason"},
}
_ABOVE_RT = LEVELS[1:]


def _problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    shape = list(_shape_problems(content))
    if shape:  # what follows could not be read
        yield from shape
        return
    yield from _limit_problems(content)
    yield from _base_problems(content)
    for entry in content["indicator"]:
        yield from _entry_problems(entry, content["indicator"])
    for kind in ("indicator", "open"):
        for entry in content.get(kind, []):
            if not entry["levels"] or not _are(entry["levels"], LEVELS):
                yield Problem("rule_levels", {"base": entry["base"], "levels": ", ".join(LEVELS)})


def _shape_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _key_problems("", content)
    for kind in ("indicator", "open", "hidden"):
        entries = content.get(kind, [])
        if not _is_list_of(entries, dict):
            yield Problem("rule_form", {"name": kind})
            continue
        for entry in entries:
            yield from _key_problems(kind, entry)
    for key in ("step", "lots", "reason"):
        if not isinstance(content.get(key, {}), dict):
            yield Problem("rule_form", {"name": key})


def _key_problems(kind: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    where = entry.get("base", kind) if kind else "rule"
    where = where if isinstance(where, str) else kind
    for key in sorted(_NEEDED[kind] - entry.keys()):
        yield Problem("rule_key_missing", {"where": where, "name": key})
    for key in sorted(entry.keys() - _KEYS[kind]):
        yield Problem("rule_key_unknown", {"where": where, "name": key})
    for key, form in (("levels", str), ("classes", int | float)):
        if not _is_list_of(entry.get(key, []), form):
            yield Problem("rule_form", {"name": f"{where}.{key}"})
    name = entry.get("base")
    if kind and not (_is_list_of(name, str) if kind == "hidden" else isinstance(name, str)):
        yield Problem("rule_form", {"name": f"{kind}.base"})
    if kind and not _is_reason(entry.get("reason")):
        yield Problem("rule_reason", {"where": where})


def _limit_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    for unit in UNITS:
        if type(content[unit]) is not int or content[unit] < 2:
            yield Problem("rule_needed", {"unit": unit})
    ladder, step = content["ladder"], content["step"]
    if not _is_ladder(ladder):
        yield Problem("rule_ladder", {"name": "ladder"})
    if set(step) != set(_ABOVE_RT) or not set(step.values()) <= set(_shares(ladder)):
        yield Problem("rule_step", {"levels": ", ".join(_ABOVE_RT)})
    lots = content["lots"]
    shares = [share for share in _shares([*lots.values()]) if 0 <= share < 1]
    if set(lots) != set(_ABOVE_RT) or len(shares) < len(lots):
        yield Problem("rule_lots", {"levels": ", ".join(_ABOVE_RT)})
    for key in (*UNITS, "ladder", "step", "lots"):
        if not _is_reason(content["reason"].get(key)):
            yield Problem("rule_reason", {"where": key})


def _base_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    bases = [entry["base"] for kind in ("indicator", "open") for entry in content.get(kind, [])]
    bases += [base for entry in content.get("hidden", []) for base in entry["base"]]
    for base in sorted({base for base in bases if bases.count(base) > 1}):
        yield Problem("rule_base_twice", {"base": base})
    for entry in content.get("open", []):
        if entry["base"] not in OPENABLE:
            yield Problem("rule_not_open", {"base": entry["base"], "known": ", ".join(OPENABLE)})


def _entry_problems(
    entry: Mapping[str, Any], entries: list[Mapping[str, Any]]
) -> Iterator[Problem]:
    base = entry["base"]
    if base not in UNIT_OF:
        yield Problem("rule_base_unknown", {"base": base, "known": ", ".join(UNIT_OF)})
        return
    if entry["unit"] != UNIT_OF[base]:
        yield Problem("rule_unit", {"base": base, "unit": UNIT_OF[base]})
    if not isinstance(entry.get("single", False), bool):
        yield Problem("rule_form", {"name": f"{base}.single"})
    if entry.get("only", "") not in ("", "everyone"):
        yield Problem("rule_only", {"base": base})
    classes, is_rt = entry.get("classes", []), "rt" in entry["levels"]
    if (not _is_ladder(classes) if is_rt else bool(classes)) or len(classes) >= MOST_CLASSES:
        yield Problem("rule_classes", {"base": base, "most": MOST_CLASSES})
    yield from _like_problems(entry, entries)


def _like_problems(entry: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """A count needs the rate it repeats, told wherever the count is."""
    base, like = entry["base"], entry.get("like", "")
    if like != LIKE.get(base, ""):
        yield Problem("rule_like", {"base": base, "like": LIKE.get(base, "—")})
        return
    told = next((set(other["levels"]) for other in entries if other["base"] == like), set())
    if like and ("rt" in entry["levels"] or not set(entry["levels"]) <= told):
        yield Problem("rule_like_levels", {"base": base, "like": like})


OPENABLE = (
    *("n_households", "n_residents", "density_km2"),
    *("n_rt", "n_rt_born", "n_rt_ended", "limit_use_rate", "n_rt_over_limit"),
)
"""Figures that say nothing about the circumstances of anybody."""

LIKE = {"n_poor": "poverty_rate", "n_reached": "coverage_rate", "n_missed": "exclusion_error"}
"""The rate whose numerator a count is."""


def _is_list_of(values: Any, form: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, form) for value in values)


def _are(values: list[str], known: tuple[str, ...]) -> bool:
    return set(values) <= set(known) and len(set(values)) == len(values)


def _shares(values: Any) -> list[float]:
    return [v for v in values if isinstance(v, int | float)] if isinstance(values, list) else []


def _is_ladder(values: Any) -> bool:
    """Tell whether values are shares between 0 and 1, ascending, at least one."""
    shares = _shares(values)
    ascends = all(a < b for a, b in pairwise(shares))
    return len(shares) > 0 and ascends and shares[0] > 0 and shares[-1] < 1


def _is_reason(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(k), str) for k in ("id", "en"))
