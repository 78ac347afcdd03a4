"""JSON and tables on standard output."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dfs_core.cli.terminal import out, shown

_GAP = "  "  # between columns
_NARROWEST = 40  # no note is wrapped to less
STALE = "may be stale: no leader reachable, this is what the node last knew"


def out_json(value: msgspec.Struct, **more: object) -> None:
    """One line: the struct's fields by their names, then `more`. All of it ASCII, so no terminal acts upon a name."""
    fields: dict[str, Any] = {**msgspec.to_builtins(value), **more}
    fields.pop("type", None)  # the wire's tag, which is no field
    out(json.dumps(fields))


def out_table(
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    width: int = 0,
    spare: Sequence[int] = (),
    notes: Sequence[Sequence[str]] = (),
) -> None:
    """Columns of the width they need, those numbered in `right` aligned to the right; the last is never padded.

    With `width`, columns of `spare` are left out, one after the other, until a line is no longer than that. `notes`:
    what is said of each row, below it and wrapped to `width`.
    """
    lines = [list(titles), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    kept = _fitting(widths, width, spare)
    for number, line in enumerate(lines):
        cells = [
            line[column].rjust(widths[column]) if column in right else line[column].ljust(widths[column])
            for column in kept
        ]
        out(_GAP.join(cells).rstrip())
        for note in notes[number - 1] if notes and number else ():
            out(textwrap.fill(shown(note), max(width, _NARROWEST), initial_indent="  ", subsequent_indent="    "))


def _fitting(widths: Sequence[int], width: int, spare: Sequence[int]) -> list[int]:
    """The columns that are shown."""
    kept = list(range(len(widths)))
    for column in spare:
        if not width or sum(widths[each] for each in kept) + len(_GAP) * (len(kept) - 1) <= width:
            break
        kept.remove(column)
    return kept


def out_facts(facts: Iterable[tuple[str, str]]) -> None:
    """ "name  value" lines with the values in one column."""
    listed = [(name, shown(value)) for name, value in facts]
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        out(f"{name.ljust(width)}  {value}")
