"""`pbrt registry sample`: a registry of invented people, to look at and to practise with."""

import argparse
from pathlib import Path

from pbrt_geo.commands.registry import add_registry, where
from pbrt_geo.commands.tools import Bar, Commands, add
from pbrt_geo.text import say


def declare(registry: Commands) -> None:
    """Declare the commands of this file, in the group `registry`."""
    made = add(registry, "sample", sample)
    made.add_argument("--region", type=Path, default=Path("geodata/sample"))
    add_registry(made)


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
