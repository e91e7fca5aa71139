"""What an edition tells of its events and of what it carried to other boundaries, as texts."""

import datetime as dt

from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition
from pbrt_geo.schema import EVENT_KINDS, EVENT_LEVELS, EVIDENCE
from pbrt_geo.show import words

Rows = tuple[list[str], list[list[str]]]


def counts(edition: Edition, language: str) -> Rows:
    """Count the events of an edition by kind and level."""
    found = edition.events.groupby(["kind", "level"], observed=True).size().unstack(fill_value=0)
    levels = [level for level in EVENT_LEVELS[::-1] if level in found.columns]
    heads = [say("method.events.kind", language), *(_level(level, language) for level in levels)]
    kinds = [kind for kind in EVENT_KINDS if kind in found.index]
    rows = [
        [_kind(kind, language), *(library.number(found.at[kind, lv], language) for lv in levels)]
        for kind in kinds
    ]
    return heads, rows


def corrections(edition: Edition, language: str) -> list[tuple[str, str]]:
    """List the events that correct an earlier entry, with the reason."""
    rows = edition.events[edition.events["corrects"].notna()]
    return [
        (f"{words.format_date(row.date.date(), language)}, {_kind(row.kind, language)}", row.reason)
        for row in rows.itertuples()
    ]


def conversions(edition: Edition, language: str) -> Rows | None:
    """Tell from which date to which boundaries figures were carried, and how many RTs by what."""
    entries = edition.about.get("conversions") or []
    if not entries:
        return None
    used = [name for name in EVIDENCE[1:] if any(name in entry["evidence"] for entry in entries)]
    heads = [say(f"method.conversions.{name}", language) for name in ("data", "boundary")]
    heads += [library.say(f"evidence.{name}", language) for name in used]
    heads.append(say("method.conversions.unplaced", language))
    rows = []
    for entry in entries:
        numbers = [entry["evidence"].get(name, 0) for name in used] + [entry["n_unplaced"]]
        dates = [_day(entry[name], language) for name in ("data_date", "boundary_date")]
        rows.append([*dates, *(library.number(n, language) for n in numbers)])
    return heads, rows


def remarks(edition: Edition, language: str) -> list[str]:
    """Tell of rows whose RT does not live on the date, and of dates that could not be carried."""
    rows = [row for row in edition.about["match"] if row["reason"] == "rt_not_alive"]
    told = [
        say(f"method.unmatched.{row['table']}", language, n=row["n_unmatched"], of=row["n_rows"])
        for row in rows
    ]
    return told + [
        say(
            "method.conversions.refused",
            language,
            date=_day(entry["date"], language),
            reason=entry["reason"][language],
        )
        for entry in edition.about.get("not_converted", [])
    ]


def _day(text: str, language: str) -> str:
    return words.format_date(dt.date.fromisoformat(text), language)


def _kind(kind: str, language: str) -> str:
    return say(f"method.kind.{kind}", language)


def _level(level: str, language: str) -> str:
    key = f"level.{level}"
    return library.say(key, language) if library.has(key, language) else _plain_level(level)


def _plain_level(level: str) -> str:
    return level.upper() if level == "rw" else level.capitalize()
