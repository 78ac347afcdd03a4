"""JSON and tables on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dfs_core.cli.terminal import out, shown

STALE = "may be stale: no leader reachable, this is what the node last knew"


def out_json(value: msgspec.Struct, **more: object) -> None:
    """One line: the struct's fields by their names, then `more`. All of it ASCII, so no terminal acts upon a name."""
    fields: dict[str, Any] = {**msgspec.to_builtins(value), **more}
    fields.pop("type", None)  # the wire's tag, which is no field
    out(json.dumps(fields))


def out_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
    """Columns of the width they need, those numbered in `right` aligned to the right; the last is never padded."""
    lines = [list(titles), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out("  ".join(cells).rstrip())


def out_facts(facts: Iterable[tuple[str, str]]) -> None:
    """ "name  value" lines with the values in one column."""
    listed = [(name, shown(value)) for name, value in facts]
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        out(f"{name.ljust(width)}  {value}")
