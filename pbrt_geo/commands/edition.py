"""`pbrt edition …`: build, publish, show, verify and compare editions."""

import argparse
import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pbrt_geo.commands.registry import ADDRESS, opened
from pbrt_geo.commands.tools import Bar, Commands, add, as_date, group, print_csv
from pbrt_geo.text import say

if TYPE_CHECKING:
    from pbrt_geo.region import Region


def declare(commands: Commands) -> None:
    """Declare the commands of this file."""
    commands = group(commands, "edition", "build, publish, show, verify, compare editions")
    built = add(commands, "build", build)
    built.add_argument("--region", type=Path, default=Path("geodata/sample"))
    built.add_argument("--out", type=Path, required=True)
    built.add_argument(
        "--registry",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help=f"count the people of a registry, not of the region (without ADDRESS: {ADDRESS})",
    )
    when = built.add_mutually_exclusive_group(required=True)
    when.add_argument("--date", type=as_date, nargs="+", help="YYYY-MM-DD")
    when.add_argument("--all", action="store_true", help="one edition for each data round")
    published = add(commands, "publish", publish)
    published.add_argument("internal", type=Path, help="folder of an internal edition")
    published.add_argument("--out", type=Path, required=True)
    published.add_argument(
        "--earlier", type=Path, help="folder of earlier public editions; else that of --out"
    )
    published.add_argument("--rule", type=Path, help="another rule than the defaults, TOML")
    for name, command in (("show", show), ("verify", verify)):
        add(commands, name, command).add_argument("edition", type=Path)
    compared = add(commands, "compare", compare)
    compared.add_argument("before", type=Path)
    compared.add_argument("after", type=Path)


def build(options: argparse.Namespace) -> int:
    """Build and seal editions of a region."""
    from pbrt_geo.region import read_region
    from pbrt_geo.seal import build_edition

    region = read_region(options.region)
    dates = sorted(region.rounds) if options.all else options.date
    if options.registry is not None:
        region = _with_people(region, options, dates)
    many = len(dates) > 1 or options.all
    for date in dates:
        out = options.out / f"{region.about['id']}-{date}" if many else options.out
        bar = Bar(say("cli.building", options.lang, date=date.isoformat()))
        edition = build_edition(region, date, out, progress=bar)
        print(say("cli.built", options.lang, folder=out, id=edition.id[:12]))
    return 0


def _with_people(
    region: "Region", options: argparse.Namespace, dates: Collection[dt.date]
) -> "Region":
    """Put the people of a registry into a region, on some dates and the rounds before them."""
    from pbrt_geo.registry.rights import COMMAND
    from pbrt_geo.registry.rounds import region_with_people

    rounds = {day for day in region.rounds if day <= max(dates)}
    with opened(options) as registry:
        region = region_with_people(region, registry, COMMAND, {*rounds, *dates})
    for day, n in region.about["left_out"].items():
        if n and day in dates:
            print(say("registry_rounds.left_out", options.lang, date=day.isoformat(), n=n))
    return region


def publish(options: argparse.Namespace) -> int:
    """Make the public edition of an internal one, if it withstands the attack."""
    from pbrt_geo.disclosure.publish import public_shelf, publish
    from pbrt_geo.disclosure.rule import read_rule
    from pbrt_geo.edition import read_edition

    rule, internal = read_rule(options.rule), read_edition(options.internal)
    earlier = public_shelf(options.earlier or options.out.absolute().parent)
    bar = Bar(say("cli.publishing", options.lang, date=internal.as_of.isoformat()))
    edition = publish(internal, options.out, earlier, rule, progress=bar)
    certificate = edition.about["disclosure"]["certificate"]
    facts = {name: certificate[name] for name in ("n_cells", "n_claims", "n_fallbacks")}
    facts |= certificate["needed"] | {"folder": options.out, "id": edition.id[:12]}
    print(say("cli.published", options.lang, **facts))
    return 0


def show(options: argparse.Namespace) -> int:
    """Print what an edition is."""
    from pbrt_geo.edition import read_edition

    edition = read_edition(options.edition)
    about = edition.about | {"n_indicators": len(edition.indicators)}
    del about["files"], about["indicators"]
    print(json.dumps(about, ensure_ascii=False, indent=1))
    return 0


def verify(options: argparse.Namespace) -> int:
    """Compare an edition with its seal."""
    from pbrt_geo.edition import read_edition
    from pbrt_geo.verification import verify_edition

    problems = verify_edition(options.edition)
    for problem in problems:
        print(problem.text(options.lang))
    if not problems:
        edition = read_edition(options.edition)
        print(say("cli.verified", options.lang, id=edition.id[:12], date=edition.as_of.isoformat()))
    return 1 if problems else 0


def compare(options: argparse.Namespace) -> int:
    """Print, as CSV, the numbers that differ between two editions."""
    from pbrt_geo.edition import read_edition
    from pbrt_geo.verification import compare_editions

    differences = compare_editions(read_edition(options.before), read_edition(options.after))
    print_csv(differences.to_csv(index=False, lineterminator="\n"))
    return 0
