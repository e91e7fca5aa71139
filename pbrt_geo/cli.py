"""The commands of `pbrt`: a thin door to the library; every command says what it did.

Exit codes: 0 done, 1 the input has problems (they are listed), 2 the command was misspelt.
"""

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pbrt_geo.errors import PbrtError
from pbrt_geo.text import percent, say

ROOT = Path(__file__).parents[1]
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; problems are told in one or two sentences, never as a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except PbrtError as error:
        print(error.text(options.lang), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(say("cli.stopped", options.lang), file=sys.stderr)
        return 130


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def sample(options: argparse.Namespace) -> int:
    """Write the schematic sample region."""
    from pbrt_geo.sample import write_sample

    bar = _Bar(say("cli.sample", options.lang))
    write_sample(options.folder, progress=lambda share, what: bar(share))
    print(say("cli.sample_done", options.lang, folder=options.folder))
    return 0


def edition_build(options: argparse.Namespace) -> int:
    """Build and seal editions of a region."""
    from pbrt_geo.region import read_region
    from pbrt_geo.seal import build_edition

    region = read_region(options.region)
    dates = sorted(region.rounds) if options.all else options.date
    many = len(dates) > 1 or options.all
    for date in dates:
        out = options.out / f"{region.about['id']}-{date}" if many else options.out
        bar = _Bar(say("cli.building", options.lang, date=date.isoformat()))
        edition = build_edition(region, date, out, progress=bar)
        print(say("cli.built", options.lang, folder=out, id=edition.id[:12]))
    return 0


def edition_show(options: argparse.Namespace) -> int:
    """Print what an edition is."""
    from pbrt_geo.edition import read_edition

    edition = read_edition(options.edition)
    about = edition.about | {"n_indicators": len(edition.indicators)}
    del about["files"], about["indicators"]
    print(json.dumps(about, ensure_ascii=False, indent=1))
    return 0


def edition_verify(options: argparse.Namespace) -> int:
    """Compare an edition with its seal."""
    from pbrt_geo.edition import read_edition, verify_edition

    problems = verify_edition(options.edition)
    for problem in problems:
        print(problem.text(options.lang))
    if not problems:
        edition = read_edition(options.edition)
        print(say("cli.verified", options.lang, id=edition.id[:12], date=edition.as_of.isoformat()))
    return 1 if problems else 0


def edition_compare(options: argparse.Namespace) -> int:
    """Print, as CSV, the numbers that differ between two editions."""
    from pbrt_geo.edition import compare_editions, read_edition

    differences = compare_editions(read_edition(options.before), read_edition(options.after))
    _print_csv(differences.to_csv(index=False, lineterminator="\n"))
    return 0


def boundaries_check(options: argparse.Namespace) -> int:
    """Report everything about a boundary file, at once."""
    from pbrt_geo.boundaries import check_file

    report = check_file(options.file, options.region, date=options.date, **_said(options))
    if options.json:
        print(json.dumps(report.as_dict(options.lang), ensure_ascii=False, indent=1))
    else:
        print(report.text(options.lang))
    return 0 if report.usable else 1


def boundaries_import(options: argparse.Namespace) -> int:
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


def _said(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the user says of a file because the file does not."""
    from pbrt_geo.read.sandbox import Limits

    said = {name: getattr(options, name) for name in ("scheme", "level", "layer", "crs", "swap")}
    return said | {"limits": Limits.of_megabytes(options.max_mb) if options.max_mb else None}


def growth(options: argparse.Namespace) -> int:
    """Print RTs, births and ends of each data round."""
    from pbrt_geo.growth import growth_table
    from pbrt_geo.region import read_region

    table = growth_table(read_region(options.region))
    if options.csv:
        columns = ["year", "n_rt", "born", "ended"]
        _print_csv(table[columns].to_csv(index=False, lineterminator="\n"))
        return 0
    for row in table.fillna(0).itertuples():
        key = "cli.growth_estimated" if row.estimated else "cli.growth"
        facts = {"n_rt": row.n_rt, "born": row.born, "ended": row.ended}
        print(say(key, options.lang, year=str(row.year), **facts))
    return 0


def docs(options: argparse.Namespace) -> int:
    """Write the data dictionary and the list of indicators, or check that they are current."""
    from pbrt_geo.manual import pages

    stale = []
    for path, text in pages(options.folder).items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    if options.check and stale:
        print(say("cli.docs_stale", options.lang, files=", ".join(stale)))
        return 1
    print(say("cli.docs_current", options.lang))
    return 0


def serve(options: argparse.Namespace) -> int:
    """Serve the dashboard on this computer."""
    import subprocess

    if options.edition:
        os.environ["PBRT_EDITIONS"] = str(options.edition)
    port = ["--server.port", str(options.port)]
    streamlit = [sys.executable, "-m", "streamlit", "run", "dashboard/serve.py", *port]
    return subprocess.call(streamlit, cwd=ROOT)


def test(options: argparse.Namespace) -> int:
    """Run all tests, as `start.py test` does."""
    return _start("test")


def check(options: argparse.Namespace) -> int:
    """Check format, lint, types and documents, as `start.py check` does."""
    return _start("check")


def _start(command: str) -> int:
    import subprocess

    return subprocess.call([sys.executable, "start.py", command], cwd=ROOT)


def bench(options: argparse.Namespace) -> int:
    """Measure the speed, print the table, write `benchmarks/RESULTS.md`."""
    import subprocess

    quick = ["--quick"] if options.quick else []
    return subprocess.call([sys.executable, "-m", "benchmarks", *quick, *options.only], cwd=ROOT)


# ── the command line ────────────────────────────────────────────────────────────────────────────


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pbrt", description=__doc__.splitlines()[0])
    parser.add_argument("--lang", choices=("id", "en"), default=os.environ.get("PBRT_LANG", "id"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "sample", sample).add_argument("folder", type=Path)
    _edition_commands(_group(commands, "edition", "build, show, verify, compare editions"))
    _boundary_commands(_group(commands, "boundaries", "check and import boundary files"))
    grown = _add(commands, "growth", growth)
    grown.add_argument("--region", type=Path, default=Path("geodata/sample"))
    grown.add_argument("--csv", action="store_true", help="year, n_rt, born, ended")
    documents = _add(commands, "docs", docs)
    documents.add_argument("--folder", type=Path, default=Path("docs"))
    documents.add_argument(
        "--check", action="store_true", help="only tell whether they are current"
    )
    served = _add(commands, "serve", serve)
    served.add_argument("--port", type=int, default=8501)
    served.add_argument("--edition", type=Path, help="folder of one edition, or of several")
    _add(commands, "test", test)
    _add(commands, "check", check)
    measured = _add(commands, "bench", bench)
    measured.add_argument("--quick", action="store_true", help="smallest cases; writes nothing")
    measured.add_argument("only", nargs="*", help="some of the benchmarks, by name")
    return parser


def _edition_commands(commands: argparse._SubParsersAction) -> None:
    build = _add(commands, "build", edition_build)
    build.add_argument("--region", type=Path, default=Path("geodata/sample"))
    build.add_argument("--out", type=Path, required=True)
    when = build.add_mutually_exclusive_group(required=True)
    when.add_argument("--date", type=_date, nargs="+", help="YYYY-MM-DD")
    when.add_argument("--all", action="store_true", help="one edition for each data round")
    for name, command in (("show", edition_show), ("verify", edition_verify)):
        _add(commands, name, command).add_argument("edition", type=Path)
    compare = _add(commands, "compare", edition_compare)
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)


def _boundary_commands(commands: argparse._SubParsersAction) -> None:
    check = _add(commands, "check", boundaries_check)
    check.add_argument("--json", action="store_true")
    check.add_argument("--date", type=_date, help="day on which the RTs must live")
    bring = _add(commands, "import", boundaries_import)
    bring.add_argument("--date", type=_date, help="first day on which they hold")
    bring.add_argument("--mapping", type=Path, help="CSV with idsls and rt_id")
    bring.add_argument("--kind", choices=("official", "indicative"), default="indicative")
    for command, required in ((check, False), (bring, True)):
        command.add_argument("file", type=Path)
        command.add_argument("--region", type=Path, required=required)
        command.add_argument("--scheme", choices=("kemendagri", "bps"), help="of the code column")
        command.add_argument("--level", choices=("rt", "desa"))
        command.add_argument("--layer", help="which layer, where the file has several")
        command.add_argument(
            "--crs", help="coordinate system the file does not declare: EPSG:32750"
        )
        command.add_argument(
            "--max-mb", type=int, help="larger files than usual, if you trust them"
        )
        command.add_argument("--swap", action="store_true", help="latitude comes first in the file")


def _group(
    commands: argparse._SubParsersAction, name: str, about: str
) -> argparse._SubParsersAction:
    parser = commands.add_parser(name, help=about)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def _add(commands: argparse._SubParsersAction, name: str, run: Command) -> argparse.ArgumentParser:
    about = (run.__doc__ or "").strip()
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("YYYY-MM-DD") from error


def _print_csv(text: str) -> None:
    sys.stdout.write(text)


class _Bar:
    """A progress bar on a terminal; silent where the output is not one."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, share: float) -> None:
        if not sys.stderr.isatty():
            return
        done = round(share * 30)
        line = f"\r{self.label} [{'█' * done}{'·' * (30 - done)}] {percent(share, decimals=0)}"
        print(line, end="\n" if share >= 1 else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
