"""A list as a sheet to print, to take to the musyawarah and to sign; marked and recorded.

Before the musyawarah decision and reason are empty, to be filled in by hand.
"""

import io
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from xlsxwriter import Workbook

from pbrt_geo.files import TEXT_STAYS_TEXT
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.export import FEWEST_LETTERS, ExportRefused
from pbrt_geo.registry.lists import Entry, ShownList, read_list
from pbrt_geo.registry.rights import Actor, holds_on
from pbrt_geo.registry.store import Reading, Registry
from pbrt_geo.registry.watermark import Watermark
from pbrt_geo.registry.welfare import RULES
from pbrt_geo.text import say

COLUMNS = {
    "number": 5,
    "head": 26,
    "members": 7,
    "address": 26,
    "criteria": 9,
    "desil": 7,
    "decision": 20,
    "reason": 36,
}
"""Columns of the sheet and their width."""
SIGNED = ("rt", "recorded", "confirmed")
"""Who signs below."""


def list_file(
    registry: Registry, actor: Actor, on: Any, list_id: int, *, reason: str, language: str = "id"
) -> bytes:
    """
    Make an XLSX of a list, and record that it was made and who is on it.

    Raises
    ------
    NotAllowed
        If the role may not export people.
    ExportRefused
        If no reason is given.
    VerificationError
        If there is no such list, or the actor does not see it.
    """
    actor.require("export_people")
    if sum(map(str.isalpha, reason)) < FEWEST_LETTERS:
        raise ExportRefused.of("export_reason", n=FEWEST_LETTERS)
    with registry.write(actor, on, "export", reason.strip()) as work:
        shown = read_list(work, list_id)
        heads = _heads(shown, _place(work, shown), language)
        number = work.record(form="xlsx", list_id=list_id, n_households=len(shown.entries))
    seen = [{"household_id": entry.household.household_id} for entry in shown.entries]
    registry.saw(actor, "export", seen)
    mark = Watermark(actor, registry.clock(), reason, number)
    return _written(heads, _rows(shown, language), mark, language)


def rule_text(rule: str, language: str = "id") -> str:
    """Say whom a rule proposes; empty for a rule that is not declared any more."""
    if rule not in RULES:
        return ""
    asked = {"criteria": RULES[rule].criteria_at_least, "desil": RULES[rule].desil_at_most}
    facts: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    key = "either" if len(facts) == len(asked) else next(iter(facts))
    return say(f"list_file.rule.{key}", language, **facts)


def decision_name(decision: str, language: str = "id") -> str:
    """Name a decision; empty is none yet."""
    return say(f"list_file.decision.{decision or 'none'}", language)


def _place(reading: Reading, shown: ShownList) -> str:
    p = reading.visible(t.places)
    at = (p.c.rt_id == shown.row["rt_id"]) & holds_on(p, shown.row["as_of"])
    rows = reading.rows(select(p.c.name, p.c.desa_name).where(at))
    return f"{rows[0]['name']}, {rows[0]['desa_name']}" if rows else str(shown.row["rt_id"])


def _heads(shown: ShownList, place: str, language: str) -> list[str]:
    row = shown.row
    facts = {"as_of": row["as_of"], "held": row["deliberated_on"], "minutes": shown.minutes}
    facts |= {"confirmed": row["confirmed_on"], "seal": shown.seal}
    lines = [
        say("list_file.title", language, place=place),
        say(f"list_file.{row['state']}", language, **{k: str(v) for k, v in facts.items()}),
        rule_text(shown.rule, language),
    ]
    if shown.n_hidden:
        lines.append(say("list_file.hidden", language, n=shown.n_hidden))
    return lines


def _rows(shown: ShownList, language: str) -> list[list[Any]]:
    """Return who is on the list, then whom the musyawarah took off."""
    order = sorted(shown.entries, key=lambda entry: entry.decision == "remove")
    return [_row(number, entry, language) for number, entry in enumerate(order, 1)]


def _row(number: int, entry: Entry, language: str) -> list[Any]:
    household, known = entry.household, entry.household.known
    met = None if known.criteria_on is None else known.n_met
    decision = decision_name(entry.decision, language) if entry.decision else ""
    about = [household.head, household.n_members, household.address]
    return [number, *about, met, known.desil, decision, entry.reason]


def _written(heads: Iterable[str], rows: list[list[Any]], mark: Watermark, language: str) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        bold = book.add_format({"bold": True})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        head = book.add_format({"border": 1, "bold": True, "text_wrap": True})
        sheet = book.add_worksheet(say("list_file.sheet", language))
        top = mark.put_on(sheet, bold, language)
        for top, text in enumerate(heads, top):  # noqa: B020 (goes on from where it is)
            sheet.write_string(top, 0, text, bold if top == 1 else None)
        top += 2
        for column, (name, width) in enumerate(COLUMNS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(top, column, say(f"list_file.column.{name}", language), head)
        for line, row in enumerate(rows, top + 1):
            for column, value in enumerate(row):
                _cell(sheet, line, column, value, cell)
        _signatures(sheet, top + len(rows) + 3, language)
        sheet.repeat_rows(top)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
    return out.getvalue()


def _cell(sheet: Any, line: int, column: int, value: Any, look: Any) -> None:
    if isinstance(value, int):
        sheet.write_number(line, column, value, look)
    else:
        sheet.write_string(line, column, value or "", look)


def _signatures(sheet: Any, top: int, language: str) -> None:
    for place, who in zip((1, 3, 6), SIGNED, strict=True):
        sheet.write_string(top, place, say(f"list_file.signed.{who}", language))
        sheet.write_string(top + 4, place, "(" + "." * 30 + ")")
