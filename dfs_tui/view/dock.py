"""What moves, in a few lines below views that do not list it: all transfers together, and the first ones by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dfs_tui.view.cells import GAP, NOTHING, Cell, Placed, Row, Span, clip_cell, fit
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.transfer_rows import TRANSFER_COLUMNS, summary_line, transfer_cells
from dfs_tui.view.transfers import Transfer, in_order, summarise

ROWS = 3  # transfers by name; there is room for that many whether or not so many move, so that nothing jumps


def dock_lines(
    transfers: Sequence[Transfer], now: float, glyphs: Glyphs, width: int, names: Mapping[str, str] | None = None
) -> list[Cell]:
    """Nothing while nothing is under way; else 1 + ROWS lines. `names`: of nodes, by their ids."""
    summary = summary_line(summarise(transfers, now), glyphs, width)
    if not summary:
        return []
    moving = [transfer for transfer in in_order(transfers) if not transfer.ended][:ROWS]
    placed = fit(TRANSFER_COLUMNS, width - 2)
    name_width = next(each.width for each in placed if each.column.name == "name")
    rows = [transfer_cells(transfer, now, glyphs, name_width=name_width, names=names) for transfer in moving]
    lines: list[Cell] = [((" ", ""), *summary, ("   5 Transfers", "dim"))]
    lines += [((" ", ""), *_joined(row, placed, glyphs.ellipsis)) for row in rows]
    return [*lines, *[()] * (ROWS - len(rows))]


def _joined(row: Row, placed: Sequence[Placed], ellipsis: str) -> Cell:
    """The cells of a row side by side, each as wide as its column."""
    spans: list[Span] = []
    for each in placed:
        clipped, length = clip_cell(row.get(each.column.name, NOTHING), each.width, ellipsis)
        fill: Span = (" " * (each.width - length), "")
        spans += [fill, *clipped] if each.column.align == "right" else [*clipped, fill]
        spans.append((" " * GAP, ""))
    return tuple(spans[:-1])
