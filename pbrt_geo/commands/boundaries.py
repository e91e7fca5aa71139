"""`pbrt boundaries …`: check, import and compare boundaries."""

import argparse
import json
from pathlib import Path
from typing import Any

from pbrt_geo.commands.indicative import declare_indicative
from pbrt_geo.commands.tools import Commands, add, as_date, group


def declare(commands: Commands) -> None:
    """Declare the commands of this file."""
    commands = group(commands, "boundaries", "check, import and compare boundaries")
    checked = add(commands, "check", check)
    checked.add_argument("--json", action="store_true")
    checked.add_argument("--date", type=as_date, help="day on which the RTs must live")
    brought = add(commands, "import", bring)
    brought.add_argument("--date", type=as_date, help="first day on which they hold")
    brought.add_argument("--mapping", type=Path, help="CSV with idsls and rt_id")
    brought.add_argument("--kind", choices=("official", "indicative"), default="indicative")
    for command, required in ((checked, False), (brought, True)):
        command.add_argument("file", type=Path)
        command.add_argument("--region", type=Path, required=required)
        _add_said(command)
    compared = add(commands, "compare", compare)
    compared.add_argument("old", help="boundary file, or REGION@YYYY-MM-DD")
    compared.add_argument("new", help="boundary file, or REGION@YYYY-MM-DD")
    compared.add_argument("--region", type=Path, help="whose tables tell the codes of files")
    compared.add_argument("--out", type=Path, help="folder for the proposals and the two maps")
    compared.add_argument("--json", action="store_true")
    compared.add_argument(
        "--tolerance-m", type=float, default=25.0, help="narrower differences are noise"
    )
    _add_said(compared)
    declare_indicative(commands)


def _add_said(command: argparse.ArgumentParser) -> None:
    """Declare what the user may say of a file because the file does not."""
    command.add_argument("--scheme", choices=("kemendagri", "bps"), help="of the code column")
    command.add_argument("--level", choices=("rt", "desa"))
    command.add_argument("--layer", help="which layer, where the file has several")
    command.add_argument("--crs", help="coordinate system the file does not declare: EPSG:32750")
    command.add_argument("--max-mb", type=int, help="larger files than usual, if you trust them")
    command.add_argument("--swap", action="store_true", help="latitude comes first in the file")


def check(options: argparse.Namespace) -> int:
    """Report everything about a boundary file, at once."""
    from pbrt_geo.boundaries import check_file

    report = check_file(options.file, options.region, date=options.date, **_said(options))
    if options.json:
        print(json.dumps(report.as_dict(options.lang), ensure_ascii=False, indent=1))
    else:
        print(report.text(options.lang))
    return 0 if report.usable else 1


def bring(options: argparse.Namespace) -> int:
    """Repair a boundary file and put it into a region, or refuse it and change nothing."""
    from pbrt_geo.boundaries import import_file

    result = import_file(
        options.file,
        options.region,
        date=options.date,
        mapping=options.mapping,
        boundary_kind=options.kind,
        **_said(options),
    )
    print(result.text(options.lang))
    return 0


def compare(options: argparse.Namespace) -> int:
    """Compare two vintages of boundaries and propose the events between them; nothing changes."""
    from pbrt_geo.boundaries import FileOptions, compare_vintages
    from pbrt_geo.comparison import write_comparison
    from pbrt_geo.text import say

    said = _said(options)
    comparison = compare_vintages(
        options.old,
        options.new,
        region_dir=options.region,
        level=said.pop("level"),
        tolerance_m=options.tolerance_m,
        options=FileOptions(**said),
    )
    if options.out:  # first, so that it is there even if nobody reads the text to its end
        write_comparison(comparison, options.out, options.lang)
    if options.json:
        print(json.dumps(comparison.as_dict(options.lang), ensure_ascii=False, indent=1))
        return 0
    print(comparison.text(options.lang))
    if options.out:
        print(say("vintages.written", options.lang, folder=options.out))
    return 0


def _said(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the user says of a file because the file does not."""
    from pbrt_geo.read.sandbox import Limits

    said = {name: getattr(options, name) for name in ("scheme", "level", "layer", "crs", "swap")}
    return said | {"limits": Limits.of_megabytes(options.max_mb) if options.max_mb else None}
