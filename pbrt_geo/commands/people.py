"""`pbrt registry sample`, `pbrt registry export`: people into a registry, and out of it."""

import argparse
from pathlib import Path
from typing import Any

from pbrt_geo.commands.registry import add_registry, opened, where
from pbrt_geo.commands.tools import Bar, Commands, add, as_date
from pbrt_geo.text import say


def declare(registry: Commands) -> None:
    """Declare the commands of this file, in the group `registry`."""
    made = add(registry, "sample", sample)
    made.add_argument("--region", type=Path, default=Path("geodata/sample"))
    taken = add(registry, "export", export)
    taken.add_argument("file", type=Path, help="FILE.xlsx or FILE.csv")
    taken.add_argument("--date", type=as_date, required=True, help="YYYY-MM-DD")
    taken.add_argument("--reason", required=True, help="why; stands on the file and in the record")
    taken.add_argument("--area", default="", help="RT, desa or kecamatan; else everybody")
    taken.add_argument("--evidence", action="store_true", help="what is known of households too")
    for parser in (made, taken):
        add_registry(parser)


def sample(options: argparse.Namespace) -> int:
    """Make a registry with the people of a region, under invented names and numbers."""
    from pbrt_geo.region import read_region
    from pbrt_geo.registry.invented import fill_from
    from pbrt_geo.registry.store import Registry

    region = read_region(options.region)
    registry = Registry.create(where(options))
    try:
        bar = Bar(say("registry_rounds.filling", options.lang))
        counts = fill_from(registry, region, progress=bar)
    finally:
        registry.close()
    n_households, n_residents = counts["households"], counts["residents"]
    told = say(
        "registry_rounds.filled", options.lang, n_households=n_households, n_residents=n_residents
    )
    print(told)
    return 0


def export(options: argparse.Namespace) -> int:
    """Write people into a file that says who took it and why; the registry records it."""
    from pbrt_geo.files import write_all
    from pbrt_geo.registry.export import USUAL, Form, Part, export_people
    from pbrt_geo.registry.rights import COMMAND

    chosen: tuple[Part, ...] = ("people", "evidence") if options.evidence else ("people",)
    form: Form = "csv" if options.file.suffix.lower() == ".csv" else "xlsx"
    with opened(options) as registry:
        found = export_people(
            registry,
            COMMAND,
            options.date,
            options.reason,
            area_id=options.area,
            parts={part: USUAL[part] for part in chosen},
            form=form,
            language=options.lang,
        )
    write_all({options.file: found.data})  # for the eyes of its owner only
    facts: dict[str, Any] = {"n_households": found.n_households, "number": str(found.number)}
    print(say("export_people.done", options.lang, file=options.file, **facts))
    return 0
