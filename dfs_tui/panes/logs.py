"""6 Logs: what the nodes and the dashboard said happened, newest at the bottom; the cursor at the end follows."""

from __future__ import annotations

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.event_log import LOG_COLUMNS, log_cells
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import log_empty
from dfs_tui.view.values import Level
from dfs_tui.widgets.virtual_table import VirtualTable

_LEVELS = {Level.INFO: "all levels", Level.WARNING: "warnings and errors", Level.ERROR: "errors only"}


class LogsPane(Pane):
    """The log, filtered as it says itself."""

    def __init__(self) -> None:
        super().__init__(id="logs")
        self.table = VirtualTable("logs", LOG_COLUMNS, follow="end")

    def compose(self) -> ComposeResult:
        yield self.table

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        log = picture.log
        said = [_LEVELS[log.level]]
        if log.node:
            said.append(f"only {fmt.printable(log.node)}")
        if log.words:
            said.append("/" + fmt.clip(fmt.printable(" ".join(log.words)), 30, picture.glyphs.ellipsis))
        said.append(f"{fmt.count(len(log.visible))} of {fmt.count(len(log.lines))}")
        self.table.set_title("Logs", f" {picture.glyphs.dot} ".join(said))
        self.table.set_rows(
            log.visible, lambda name: log_cells(log.lines[name], picture.glyphs), empty=log_empty(picture)
        )
