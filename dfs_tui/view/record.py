"""A line of the log in full, or something that was done here."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.activity import Deed
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.format import wrap
from dfs_tui.view.log_rows import LEVEL_TONES


def record_lines(line: LogLine, width: int) -> list[Cell]:
    """A line in full: when, how much it matters, who said it, and every word."""
    about: list[Cell] = [
        (("when   ", "dim"), (fmt.exact_time(line.wall_s), "")),
        (("level  ", "dim"), (line.level, LEVEL_TONES[line.level])),
        (("node   ", "dim"), (fmt.printable(line.node) or "this dashboard", "")),
        (),
    ]
    return [*about, *(cell(text) for text in wrap(fmt.printable(line.text), max(width, 20)))]


def deed_lines(deed: Deed, width: int) -> list[Cell]:
    """One of them in full."""
    came = deed.outcome or "it is still being done"
    return [
        (("when   ", "dim"), (fmt.exact_time(deed.wall_s), "")),
        (("took   ", "dim"), (fmt.duration(deed.took_s) if deed.outcome else "", "")),
        (),
        *(cell(text, "accent") for text in wrap(deed.line, width)),
        (),
        *(cell(text, "bad" if deed.failed else "") for text in wrap(came, width)),
    ]
