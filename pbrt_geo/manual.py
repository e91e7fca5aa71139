"""The pages of `docs/` that follow from the code: data dictionary and list of indicators."""

import inspect
from pathlib import Path

from pbrt_geo import indicators as _declares_all  # noqa: F401
from pbrt_geo.measures import Measure, declared_measures
from pbrt_geo.schema import TABLES, Column, Table

_MADE = "<!-- Written by `pbrt docs` from {source}: change that file, not this page. -->\n"


def pages(folder: Path) -> dict[Path, str]:
    """Return the generated pages by path."""
    return {
        folder / "data-dictionary.md": data_dictionary(),
        folder / "indicators.md": indicator_list(),
    }


def data_dictionary() -> str:
    """Write every table and column, with rules and personal columns, as Markdown."""
    head = [
        _MADE.format(source="`pbrt_geo/schema.py`"),
        "# Data dictionary\n",
        "A region is a folder with `region.toml` and these tables, each as `<table>.csv` (UTF-8)",
        "or `<table>.parquet`. Intervals are half-open: a row holds from `valid_from` up to, not",
        "including, `valid_to`. Columns marked **personal** never enter an edition, a log or",
        "a message.",
    ]
    return "\n".join(head) + "\n" + "".join(_table(table) for table in TABLES)


def _table(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"\n## {table.name}\n",
        f"{table.row} Key: {key}.\n",
        "| column | type | meaning | rule |",
        "|---|---|---|---|",
        *(_column(column) for column in table.columns),
    ]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> str:
    unit = f", {column.unit}" if column.unit else ""
    personal = " **Personal.**" if column.personal else ""
    rule = column.rule("en").replace("|", "\\|")
    return f"| `{column.name}` | {column.type}{unit} | {column.meaning}{personal} | {rule} |"


def indicator_list() -> str:
    """Write every indicator with its definition, from the docstrings of their functions."""
    head = [
        _MADE.format(source="the docstrings of the measures"),
        "# Indicators\n",
        "Each is one function. A family has one indicator per programme, field, pillar or",
        "dimension.",
    ]
    topics = dict.fromkeys(measure.topic for measure in declared_measures())
    parts = [_topic(topic) for topic in topics]
    return "\n".join(head) + "\n" + "".join(parts)


def _topic(topic: str) -> str:
    chosen = [measure for measure in declared_measures() if measure.topic == topic]
    return f"\n## {topic}\n" + "".join(_indicator(measure) for measure in chosen)


def _indicator(measure: Measure) -> str:
    family = " (family)" if measure.members else ""
    module = measure.tally.__module__.split(".")[-1]
    breaks = ", ".join(f"{limit:g}" for limit in measure.breaks)
    text = inspect.cleandoc(measure.__doc__ or "")
    text = text.replace("References\n----------\n", "*Source:* ")
    return (
        f"\n### `{measure.base}`{family}\n\n{text}\n\n"
        f"Kind: {measure.kind}. Fixed class limits: {breaks}. In `pbrt_geo/{module}.py`.\n"
    )
