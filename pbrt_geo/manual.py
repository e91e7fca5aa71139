"""The pages of `docs/` that follow from the code: data dictionaries and list of indicators."""

import datetime as dt
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbrt_geo import indicators as _declares_all  # noqa: F401
from pbrt_geo.measures import Measure, declared_measures
from pbrt_geo.schema import TABLES, Column, Table

if TYPE_CHECKING:
    import sqlalchemy

_MADE = "<!-- Written by `pbrt docs` from {source}: change that file, not this page. -->\n"


def pages(folder: Path) -> dict[Path, str]:
    """Return the generated pages by path."""
    return {
        folder / "data-dictionary.md": data_dictionary(),
        folder / "indicators.md": indicator_list(),
        folder / "registry-tables.md": registry_tables(),
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


def registry_tables() -> str:
    """Write every table and column of the registry, with its personal columns, as Markdown."""
    from pbrt_geo.registry.tables import metadata

    head = [
        _MADE.format(source="`pbrt_geo/registry/tables.py`"),
        "# Tables of the registry\n",
        "What SIOS holds about people. Nothing here enters an edition by itself: editions are",
        "counted from it. Rows with a `version` are changed and voided, never deleted; columns",
        "marked **personal** leave the registry only by an export, with a reason and a trace.",
    ]
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    return "\n".join(head) + "\n" + "".join(_registry_table(table) for table in tables)


def _registry_table(table: "sqlalchemy.Table") -> str:
    lines = [
        f"\n## {table.name}\n",
        f"{table.comment}\n",
        "| column | type | meaning | empty | refers to |",
        "|---|---|---|---|---|",
        *(_registry_column(column) for column in table.columns),
    ]
    return "\n".join(lines) + "\n"


_KINDS = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    dt.date: "date",
    object: "JSON",
}


def _registry_column(column: "sqlalchemy.Column[Any]") -> str:
    personal = " **Personal.**" if column.info.get("personal") else ""
    kind = _KINDS[column.type.python_type]
    parents = ", ".join(f"`{key.column.table.name}`" for key in column.foreign_keys)
    may_lack = "may be" if column.nullable else ""
    return f"| `{column.name}` | {kind} | {column.comment}{personal} | {may_lack} | {parents} |"


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
