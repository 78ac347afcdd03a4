"""A line of the log in full."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.log_rows import LEVEL_TONES
from dfs_tui.view.status import wrap


def record_lines(line: LogLine, width: int) -> list[Cell]:
    """A line in full: when, how much it matters, who said it, and every word."""
    about: list[Cell] = [
        (("when   ", "dim"), (fmt.exact_time(line.wall_s), "")),
        (("level  ", "dim"), (line.level, LEVEL_TONES[line.level])),
        (("node   ", "dim"), (fmt.printable(line.node) or "this dashboard", "")),
        (),
    ]
    return [*about, *(cell(text) for text in wrap(fmt.printable(line.text), max(width, 20)))]
