"""`pbrt registry import`: what a file of people would change, and storing it when asked to."""

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbrt_geo.commands.registry import add_registry, opened
from pbrt_geo.commands.tools import Bar, Commands, add, as_date
from pbrt_geo.text import number, say

if TYPE_CHECKING:
    from pbrt_geo.intake.doctor import Choices, Examination, Receipt
    from pbrt_geo.read.sheets import SheetFile
    from pbrt_geo.region import Region
    from pbrt_geo.registry.store import Registry


def declare(registry: Commands) -> None:
    """Declare the commands of this file, in the group `registry`."""
    command = add(registry, "import", import_people)
    command.add_argument("file", type=Path, help="XLSX or CSV")
    add_registry(command)
    command.add_argument("--region", type=Path, help="its areas are brought into the registry")
    command.add_argument("--date", type=as_date, help="day for which the file tells, YYYY-MM-DD")
    command.add_argument("--sheet", help="name of the sheet")
    command.add_argument("--source", choices=("plain", "dtsen", "kobo", "ksb_housing"))
    command.add_argument("--scheme", choices=("kemendagri", "bps"), help="of codes of areas")
    for option, metavar, about in (
        ("--column", "HEADER=FIELD", "take a column for a field; for none without FIELD"),
        ("--set", "HEADER:SETTING=VALUE", "how a column is read"),
        ("--place", "KEY=ID", "RT or desa for a way of writing"),
        ("--decide", "QUESTION=ANSWER", "answer to a question, or to all of its kind"),
    ):
        command.add_argument(option, action="append", type=_pair, metavar=metavar, help=about)
    command.add_argument("--marked", type=Path, metavar="OUT.xlsx", help="the file, marked")
    command.add_argument("--most", type=int, default=20, help="problems to print")
    command.add_argument("--accept", action="store_true", help="store it")
    command.add_argument("--reason", default="pbrt registry import", help="why, for the record")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError("NAME=VALUE")
    return name, value


def import_people(options: argparse.Namespace) -> int:
    """Say what a file of people would change, with every problem; store it with --accept."""
    from pbrt_geo.read.sheets import read_sheet_file
    from pbrt_geo.region import read_region

    file = read_sheet_file(options.file)
    region = read_region(options.region) if options.region else None
    with opened(options) as registry:
        examination = _examined(registry, file, region, options)
        for line in _report(examination, options.lang, options.most):
            print(line)
        if options.marked:
            _write_marked(file, examination, options)
        if options.accept:
            print(_stored(_accepted(registry, examination, options), options.lang))
            return 0
    print(say("intake.cli.dry", options.lang))
    return 1 if any(problem.severity == "error" for problem in examination.problems) else 0


def _examined(
    registry: "Registry", file: "SheetFile", region: "Region | None", options: argparse.Namespace
) -> "Examination":
    from pbrt_geo.intake.doctor import examine
    from pbrt_geo.registry.places import sync_places
    from pbrt_geo.registry.rights import COMMAND

    more: dict[str, Any] = {}
    if region is not None:
        sync_places(registry, region)
        programmes = region.tables["programmes"]
        more["areas"] = region.tables["areas"]
        more["programmes"] = list(zip(programmes["programme_id"], programmes["name"], strict=True))
    bar = Bar(say("intake.cli.examining", options.lang))
    today = dt.date.today()
    return examine(registry, COMMAND, today, file, _choices(options), progress=bar, **more)


def _choices(options: argparse.Namespace) -> "Choices":
    from pbrt_geo.intake.doctor import Choices

    settings: dict[str, dict[str, str]] = {}
    for name, value in options.set or ():
        header, _, setting = name.rpartition(":")
        settings.setdefault(header, {})[setting] = value
    return Choices(
        sheet=options.sheet,
        source=options.source,
        mapping=dict(options.column or ()),
        settings=settings,
        scheme=options.scheme,
        as_of=options.date,
        places=dict(options.place or ()),
        decisions=dict(options.decide or ()),
    )


def _accepted(
    registry: "Registry", examination: "Examination", options: argparse.Namespace
) -> "Receipt":
    from pbrt_geo.intake.doctor import accept
    from pbrt_geo.registry.rights import COMMAND

    bar = Bar(say("intake.cli.storing", options.lang))
    today = dt.date.today()
    return accept(registry, COMMAND, today, examination, options.reason, progress=bar)


def _write_marked(
    file: "SheetFile", examination: "Examination", options: argparse.Namespace
) -> None:
    from pbrt_geo.files import write_all
    from pbrt_geo.intake.marked import marked_file

    write_all({options.marked: marked_file(file, examination.problems, options.lang)})
    print(say("intake.cli.marked", options.lang, file=options.marked.name))


# ── saying it ───────────────────────────────────────────────────────────────────────────────────


def _report(examination: "Examination", language: str, most: int) -> list[str]:
    layout = examination.layout
    about: dict[str, Any] = {"sheet": layout.sheet, "n": len(layout.rows), "source": layout.source}
    lines = [say("intake.cli.read_as", language, as_of=examination.as_of.isoformat(), **about)]
    lines += _columns(examination, language)
    lines += [note.text(language) for note in examination.notes]
    for what in ("households", "people"):
        told = _counts(getattr(examination, what), language)
        lines.append(say(f"intake.cli.{what}", language, told=told))
    for key, n in (("copies", len(examination.copies)), ("older", examination.n_older)):
        if n:
            lines.append(say(f"intake.cli.{key}", language, n=n))
    return lines + _questions(examination, language) + _problems(examination, language, most)


def _columns(examination: "Examination", language: str) -> list[str]:
    from pbrt_geo.intake.mapping import field_label
    from pbrt_geo.intake.problems import letters

    lines = []
    for match in examination.layout.columns.matches:
        none = say("intake.cli.left_out", language)
        name = field_label(match.field, language) if match.field else none
        facts = {"letter": letters(match.column), "header": match.header, "field": name}
        lines.append(say("intake.cli.column", language, **facts))
    return lines


def _counts(counts: Mapping[str, int], language: str) -> str:
    told = [
        f"{say(f'intake.kind.{kind}', language)} {number(n, language)}"
        for kind, n in counts.items()
        if n
    ]
    return ", ".join(told) or "0"


def _questions(examination: "Examination", language: str) -> list[str]:
    from pbrt_geo.intake.problems import letters

    lines = []
    for asked in examination.columns:
        facts = {"letter": letters(asked.column), "header": asked.header}
        facts |= {"setting": asked.setting, "options": "|".join(asked.options)}
        lines.append(say("intake.cli.question", language, **facts))
    for place in examination.places:
        told = ", ".join(f"{name} ({area})" for area, name in place.candidates) or "–"
        facts = {"written": place.written, "candidates": told, "place": place.key}
        lines.append(say("intake.cli.place", language, n=len(place.rows), **facts))
    kinds = Counter(question.kind for question in examination.questions)
    options = {question.kind: question.options for question in examination.questions}
    for kind, n in kinds.items():
        facts = {"kind": kind, "options": "|".join(options[kind])}
        what = say(f"intake.question.{kind}", language)
        lines.append(say("intake.cli.decide", language, what=what, n=n, **facts))
    return lines


def _problems(examination: "Examination", language: str, most: int) -> list[str]:
    found = sorted(
        examination.problems, key=lambda p: ("error", "warning", "note").index(p.severity)
    )
    if not found:
        return []
    shown = found[:most]
    head = say("intake.cli.problems", language, n=len(found), n_shown=len(shown))
    return [head, *(problem.line(language) for problem in shown)]


def _stored(receipt: "Receipt", language: str) -> str:
    if receipt.batch_id is None:
        return say("intake.cli.nothing", language)
    facts: dict[str, Any] = {"n_new": receipt.n_new, "n_changed": receipt.n_changed}
    facts |= {"n_unchanged": receipt.n_unchanged, "batch": receipt.batch_id}
    return say("intake.cli.stored", language, **facts)
