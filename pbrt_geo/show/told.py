"""Events in words: what happened to an RT, when, by which decision, and whether it was corrected.

The words are plain text with names from the data in them: escape them where markup is read.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import words
from pbrt_geo.show.lineage import Family, desa_name
from pbrt_geo.show.words import join_words
from pbrt_geo.text import say


@dataclass(frozen=True)
class Told:
    """One event in words: its date, what happened, the decision, and what else is to be known."""

    event_id: str
    date: pd.Timestamp
    kind: str
    units: tuple[str, ...]
    day: str
    what: str
    decision: str
    remark: str

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        told = f"{self.day}: {self.what}" + (f" ({self.decision})" if self.decision else "")
        return f"{told}. {self.remark}".strip()


def events_told(family: Family, edition: Edition, language: str = "id") -> list[Told]:
    """Put the events of a family into words, oldest first; `awal` is told by `life_told`."""
    rows = family.rows[family.rows["kind"] != "awal"]
    found = []
    for _, event in rows.groupby(["date", "event_id"], sort=True):
        first = event.iloc[0]
        found.append(
            Told(
                event_id=str(first["event_id"]),
                date=first["date"],
                kind=str(first["kind"]),
                units=_marked(event, family),
                day=words.format_date(first["date"].date(), language),
                what=_what(event, family, edition, language),
                decision=decision(first["sk_number"], language),
                remark=_remark(first, language),
            )
        )
    return found


def _marked(event: pd.DataFrame, family: Family) -> tuple[str, ...]:
    """Return the members on whose line an event is marked: those it starts from or goes to."""
    before, after = (list(event.loc[event["role"] == r, "unit_id"]) for r in ("before", "after"))
    kind = event["kind"].iloc[0]
    chosen = {"pecah": before, "bubar": [u for u in before if u not in after]}.get(kind, after)
    return tuple(unit for unit in chosen if unit in family.members.index)


def decision(sk_number: object, language: str = "id") -> str:
    """Name a decision: SK 141/12/2007; empty where its number is not recorded."""
    if not isinstance(sk_number, str) or not sk_number:
        return ""
    if not sk_number[0].isdigit():
        return sk_number
    return say("family.decision", language, sk=sk_number)


def _remark(event: pd.Series, language: str) -> str:
    parts = [event["note"]] if isinstance(event["note"], str) else []
    if isinstance(event["corrects"], str) and event["corrects"]:
        parts.append(say("family.corrected", language, reason=event["reason"]))
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def _what(event: pd.DataFrame, family: Family, edition: Edition, language: str) -> str:
    kind = str(event["kind"].iloc[0])
    before, after = (event[event["role"] == role] for role in ("before", "after"))
    was, now = list(before["unit_id"]), list(after["unit_id"])
    new, gone = [u for u in now if u not in was], [u for u in was if u not in now]

    def names(rows: pd.DataFrame, units: list[str]) -> str:
        # as they were called on that day, which is how the decision names them
        own = rows[rows["unit_id"].isin(units)]
        held = own[["name", "number", "parent_id"]].itertuples(index=False, name=None)
        called = [_called(family, edition, a, b, c, language) for a, b, c in held]
        return join_words(called, language)

    facts: dict[str, Any] = {"before": names(before, was), "after": names(after, now)}
    facts |= {"new": names(after, new), "gone": names(before, gone)}
    facts |= {"stays": names(after, [unit for unit in now if unit in was])}
    facts |= _old_and_new(before, after, edition)
    return say(f"family.{_key(kind, new, gone, now, facts)}", language, **facts)


def _key(kind: str, new: list[str], gone: list[str], now: list[str], facts: dict[str, Any]) -> str:
    if kind == "pecah":
        return "pecah_ends" if gone else "pecah"
    if kind == "gabung":
        return "gabung_new" if new else "gabung"
    if kind == "bubar":
        return "bubar_into" if now else "bubar"
    if kind == "ganti_nama" and facts["old_name"] == facts["new_name"]:
        return "ganti_rincian"
    if kind == "pindah" and facts["old_name"] != facts["new_name"]:
        return "pindah_nama"
    return kind


def _old_and_new(before: pd.DataFrame, after: pd.DataFrame, edition: Edition) -> dict[str, str]:
    if before.empty or after.empty:
        return {"old_name": "", "new_name": ""}
    old, new = before.iloc[0], after.iloc[0]
    return {
        "old_name": str(old["name"]),
        "new_name": str(new["name"]),
        "old_desa": _desa(edition, old["parent_id"]),
        "new_desa": _desa(edition, new["parent_id"]),
    }


def _desa(edition: Edition, desa_id: str) -> str:
    if desa_id in edition.areas.index:
        return words.area_name(edition.areas.loc[desa_id])
    return str(desa_id)


def unit_name(family: Family, edition: Edition, unit: str, language: str = "id") -> str:
    """Name a member of a family as it was called last."""
    member = family.members.loc[unit]
    held = (member["name"], member["number"], member["desa_id"])
    return _called(family, edition, *held, language)


def _called(
    family: Family, edition: Edition, name: str, number: object, desa: str, language: str
) -> str:
    """Name an RT with its number; with its desa where the events are of several."""
    if isinstance(number, str) and number not in name:
        name = say("family.numbered", language, name=name, number=number)
    if family.rows["parent_id"].dropna().nunique() < 2:
        return name
    return say("value.rt_of_desa", language, rt=name, desa=desa_name(edition, desa))


def life_told(family: Family, unit: str, language: str = "id") -> str:
    """Say how long an RT lives or lived: an RT that was there at first has no founding date."""
    member = family.members.loc[unit]
    began = words.format_date(member["begun"].date(), language)
    parts = [say("family.awal" if member["is_awal"] else "family.since", language, date=began)]
    if pd.notna(member["ended"]):
        ended = words.format_date(member["ended"].date(), language)
        parts.append(say("family.until", language, date=ended))
    return ", ".join(parts)


def family_sentences(edition: Edition, family: Family, language: str = "id") -> list[str]:
    """Tell a family in sentences: the RT itself, each event, and how many kin are left out."""
    if family.rt_id not in family.members.index:
        return []
    name = unit_name(family, edition, family.rt_id, language)
    life = life_told(family, family.rt_id, language)
    told = [say("family.chosen", language, name=name, life=life)]
    told += [event.sentence for event in events_told(family, edition, language)]
    if family.n_left_out:
        told.append(say("family.left_out", language, n=family.n_left_out))
    return told


def family_rows(
    edition: Edition, family: Family, language: str = "id"
) -> tuple[list[str], list[list[str]]]:
    """Return the heads and rows of the table of a family's events, oldest first."""
    heads = [say(f"family.head_{name}", language) for name in ("date", "what", "sk", "remark")]
    rows = [
        [event.day, event.what[:1].upper() + event.what[1:], event.decision or "–", event.remark]
        for event in events_told(family, edition, language)
    ]
    if any(row[3] for row in rows):
        return heads, [[*row[:3], row[3] or "–"] for row in rows]
    return heads[:3], [row[:3] for row in rows]
