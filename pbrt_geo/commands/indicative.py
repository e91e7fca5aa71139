"""`pbrt boundaries indicative`: draw the RT that nobody has drawn."""

import argparse
from pathlib import Path

from pbrt_geo.commands.tools import Commands, add, as_date
from pbrt_geo.text import say


def declare_indicative(commands: Commands) -> None:
    """Declare the command within the group `pbrt boundaries`."""
    drawn = add(commands, "indicative", indicative)
    drawn.add_argument("--region", type=Path, required=True)
    drawn.add_argument("--date", type=as_date, required=True, help="first day on which they hold")
    drawn.add_argument("--labels", type=Path, help="CSV with rt_id, lon, lat")
    drawn.add_argument("--square-m", type=float, default=50.0, help="houses are counted in squares")


def indicative(options: argparse.Namespace) -> int:
    """Draw indicative boundaries for RT without a polygon, from points of houses or labels."""
    from pbrt_geo.boundaries.build import build_indicative

    made = build_indicative(options.region, options.date, options.labels, options.square_m)
    print(made.text(options.lang))
    print(say("indicative.stored", options.lang, date=options.date.isoformat()))
    return 0
