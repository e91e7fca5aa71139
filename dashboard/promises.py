"""What a public edition tells of itself: the rule it keeps, the attack it stood, what it shows."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS
from pbrt_geo.show import words
from pbrt_geo.show.words import join_words

Pairs = list[tuple[str, str]]
Rows = tuple[list[str], list[list[str]]]


def rule(edition: Edition, language: str) -> Pairs:
    """Say in plain words what holds for every figure, each with its reason."""
    applied = edition.about["disclosure"]["rule"]
    reasons = applied.get("reasons", {})
    told = []
    for unit, n in _needed(applied).items():
        name = say(f"method.rule.{unit}", language)
        why = reasons.get(unit, {}).get(language, "")
        told.append((name, _joined(say("method.rule.values", language, n=n), why)))
    return told + [
        (say(f"method.rule.{part}", language), say(f"method.rule.{part}_how", language))
        for part in ("rt", "above", "withheld", "time")
    ]


def certificate(edition: Edition, language: str) -> Pairs:
    """Say what was attacked before publishing, and how little it found."""
    found = edition.about["disclosure"]["certificate"]
    facts: dict[str, Any] = {
        "dates": join_words([_day(day, language) for day in found["dates"]], language),
        "n_claims": library.number(found["n_claims"], language, 0),
        "n_cells": library.number(found["n_cells"], language, 0),
        "narrowest": _narrowest(found["narrowest"], language),
        "narrowest_change": _change(found["narrowest_change"], language),
        "n_fallbacks": library.number(found["n_fallbacks"], language, 0),
    }
    if found.get("n_inherited"):
        facts["n_inherited"] = library.number(found["n_inherited"], language, 0)
    return [
        (say(f"method.certificate.{name}", language), str(fact)) for name, fact in facts.items()
    ]


def shown(edition: Edition, language: str) -> Rows:
    """Tell by indicator of how many areas of each level something is told: 646 / 695."""
    counts = edition.about["disclosure"]["certificate"]["shown"]
    levels = [level for level in LEVELS if any(level in of for of in counts.values())]
    heads = [say("frame.parameter.indicator", language), say("method.shown.classes", language)]
    heads += [_level(level, language) for level in levels]
    rows = [
        [
            words.indicator_short(indicator, language, edition.programmes),
            _classes(indicator.kind, indicator.classes, language),
            *(_of(counts[indicator.id].get(level), language) for level in levels),
        ]
        for indicator in edition.indicators
        if indicator.id in counts
    ]
    return heads, rows


def hidden(edition: Edition, language: str) -> Pairs:
    """Name what is told in no public edition, with the reason."""
    found = edition.about["disclosure"]["certificate"]["not_public"]
    return [(_name(base, language), _text(reason, language)) for base, reason in found.items()]


def reason(edition: Edition, base: str, language: str) -> str:
    """Say why an indicator is told as it is; empty where the rule gives no reason."""
    applied = edition.about.get("disclosure", {}).get("rule", {})
    entries = [*applied.get("entries", []), *applied.get("opened", [])]
    found = (entry["reason"] for entry in entries if entry["base"] == base)
    return _text(next(found, ""), language)


def _needed(applied: Mapping[str, Any]) -> dict[str, int]:
    needed = applied.get("needed", applied)
    return {unit: needed[unit] for unit in ("household", "resident")}


def _narrowest(found: Mapping[str, int | None], language: str) -> str:
    return "; ".join(
        say(f"method.certificate.of_{unit}", language, n=n) for unit, n in found.items() if n
    )


def _change(narrowest: int | None, language: str) -> str:
    if narrowest is None:
        return say("method.certificate.no_change", language)
    return say("method.certificate.possible", language, n=narrowest)


def _classes(kind: str, limits: tuple[float, ...], language: str) -> str:
    """Write the limits of classes in one line: 0–20–40–60–100 %."""
    if not limits:
        return "–"
    ends = [0.0, *limits, *([1.0] if kind == "rate" and limits[-1] < 1 else [])]
    written = [words.format_range(kind, end, end, language) for end in ends]
    unit = "%" if kind == "rate" else ""
    parts = [part.removesuffix(unit).rstrip() for part in written[:-1]] + written[-1:]
    return "–".join(parts) + ("" if ends[-1] == 1.0 else "–…")


def _of(counts: list[int] | None, language: str) -> str:
    """Write how many of the areas something is told of; those without data do not count."""
    if counts is None:
        return "–"
    n_shown, n_withheld, *_ = counts
    total = library.number(n_shown + n_withheld, language, 0)
    return f"{library.number(n_shown, language, 0)}\u00a0/\u00a0{total}"


def _name(base: str, language: str) -> str:
    any_of = {part: say(f"method.any.{part}", language) for part in ("programme", "dimension")}
    key = f"indicator.{base}.name"
    name = library.say(key, language, **any_of) if library.has(key, language) else base
    return name[:1].upper() + name[1:]


def _text(reason: Any, language: str) -> str:
    return str(reason.get(language, "")) if isinstance(reason, Mapping) else str(reason)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _day(text: str, language: str) -> str:
    return words.format_date(dt.date.fromisoformat(text), language)


def _level(level: str, language: str) -> str:
    return library.say(f"level.{level}", language)
