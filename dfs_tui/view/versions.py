"""How the versions of a key are drawn."""

from __future__ import annotations

from collections.abc import Mapping

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import Version

VERSION_COLUMNS = (
    Column("version", "VERSION", 9, align="right"),
    Column("stored", "STORED", 16),
    Column("size", "SIZE", 9, align="right"),
    Column("by", "BY", 8, priority=1),
    Column("what", "", 10, flex=1),
)


def version_cells(version: Version, names: Mapping[str, str], glyphs: Glyphs, *, current: bool) -> Row:
    """One row; `names` are the nodes' by id."""
    what: Cell = ()
    if version.removed:
        what = cell(f"{glyphs.down} removed", "warn")
    elif current:
        what = cell(f"{glyphs.up} current", "good")
    return {
        "version": cell(str(version.version), "strong" if current else ""),
        "stored": cell(fmt.when(version.stored_s)),
        "size": cell(glyphs.dash if version.removed else fmt.size(version.size_bytes)),
        "by": cell(fmt.printable(names.get(version.stored_by) or fmt.short_id(version.stored_by)), "dim"),
        "what": what,
    }
