"""What all commands share: how one is declared, a date, a progress bar."""

import argparse
import datetime as dt
import sys
from collections.abc import Callable

from pbrt_geo.text import percent

Command = Callable[[argparse.Namespace], int]
Commands = argparse._SubParsersAction


def group(commands: Commands, name: str, about: str) -> Commands:
    """Declare a group of commands, `pbrt NAME …`."""
    parser = commands.add_parser(name, help=about)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def add(commands: Commands, name: str, run: Command) -> argparse.ArgumentParser:
    """Declare a command; its help is the docstring of what it runs."""
    about = (run.__doc__ or "").strip()
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def as_date(text: str) -> dt.date:
    """Read a date of the command line."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("YYYY-MM-DD") from error


def print_csv(text: str) -> None:
    """Print a table as it is, for a pipe or a file."""
    sys.stdout.write(text)


class Bar:
    """A progress bar on a terminal; silent where the output is not one."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, share: float) -> None:
        """Draw the bar again with this share done."""
        if not sys.stderr.isatty():
            return
        done = round(share * 30)
        line = f"\r{self.label} [{'█' * done}{'·' * (30 - done)}] {percent(share, decimals=0)}"
        print(line, end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
