"""The commands of `pbrt`: a thin door to the library; every command says what it did.

Exit codes: 0 done, 1 the input has problems (they are listed), 2 the command was misspelt.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pbrt_geo.commands import boundaries, edition, intake, lineage, people, registry, users
from pbrt_geo.commands.tools import Bar, add, print_csv
from pbrt_geo.errors import PbrtError
from pbrt_geo.text import say

ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; problems are told in one or two sentences, never as a traceback."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except PbrtError as error:
        print(error.text(options.lang), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(say("cli.stopped", options.lang), file=sys.stderr)
        return 130
    except BrokenPipeError:  # who read the output has seen enough: `pbrt … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def sample(options: argparse.Namespace) -> int:
    """Write the schematic sample region."""
    from pbrt_geo.sample import write_sample

    bar = Bar(say("cli.sample", options.lang))
    write_sample(options.folder, progress=lambda share, what: bar(share))
    print(say("cli.sample_done", options.lang, folder=options.folder))
    return 0


def growth(options: argparse.Namespace) -> int:
    """Print RTs, births and ends of each data round."""
    from pbrt_geo.growth import growth_table
    from pbrt_geo.region import read_region

    table = growth_table(read_region(options.region))
    if options.csv:
        table = table.drop(columns="estimated")
        print_csv(table.to_csv(index=False, lineterminator="\n"))
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
    add(commands, "sample", sample).add_argument("folder", type=Path)
    edition.declare(commands)
    boundaries.declare(commands)
    lineage.declare(commands)
    people_of = registry.declare(commands)
    people.declare(people_of)
    intake.declare(people_of)
    users.declare(commands)
    grown = add(commands, "growth", growth)
    grown.add_argument("--region", type=Path, default=Path("geodata/sample"))
    grown.add_argument("--csv", action="store_true", help="counts of each year, by kind of event")
    documents = add(commands, "docs", docs)
    documents.add_argument("--folder", type=Path, default=Path("docs"))
    documents.add_argument(
        "--check", action="store_true", help="only tell whether they are current"
    )
    served = add(commands, "serve", serve)
    served.add_argument("--port", type=int, default=8501)
    served.add_argument("--edition", type=Path, help="folder of one edition, or of several")
    add(commands, "test", test)
    add(commands, "check", check)
    measured = add(commands, "bench", bench)
    measured.add_argument("--quick", action="store_true", help="smallest cases; writes nothing")
    measured.add_argument("only", nargs="*", help="some of the benchmarks, by name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
