"""6 Logs: what the nodes and the dashboard said happened, newest at the bottom; the cursor at the end follows."""

from __future__ import annotations

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Row
from dfs_tui.view.log_rows import LogLook, LogRows, line_of, window_words
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import log_empty
from dfs_tui.view.values import Level
from dfs_tui.widgets.virtual_table import VirtualTable

_LEVELS = {Level.INFO: "all levels", Level.WARNING: "warnings and errors", Level.ERROR: "errors only"}


class LogsPane(Pane):
    """The log, filtered as it says itself."""

    def __init__(self) -> None:
        super().__init__(id="logs")
        self.look = LogLook()
        self.table = VirtualTable("logs", self.look.columns, follow="end")
        self._rows = LogRows()

    def compose(self) -> ComposeResult:
        yield self.table

    def main_table(self) -> VirtualTable:
        return self.table

    @property
    def line(self) -> str:
        """The number of the line under the cursor."""
        return line_of(self.table.cursor_id)

    @property
    def follows(self) -> bool:
        """Does the cursor go with new lines?"""
        return self.table.follow == "end" and self.table.at_end

    def follow(self, *, on: bool) -> None:
        """Go to the end and stay there; or stay on this line, even if it is the last."""
        self.table.follow = "end" if on else ""
        if on:
            self.table.action_edge(1)

    def show(self, picture: Picture) -> None:
        log, glyphs, look = picture.log, picture.glyphs, self.look
        log.pass_time(picture.wall_s)
        self.table.set_columns(look.columns)
        width = self.table.name_width("text") if look.wrapped else 0
        self._rows.lay_out(log.lines, log.visible, log.revision, width)

        def cells(row: str) -> Row:
            return self._rows.cells(log.lines[line_of(row)], row, look, picture.wall_s, glyphs)

        self.table.set_rows(self._rows.ids, cells, empty=log_empty(picture))
        self.table.set_title("Logs", f" {glyphs.dot} ".join(self._said(picture)))

    def _said(self, picture: Picture) -> list[str]:
        log = picture.log
        said = ["following"] if self.follows else ["standing still"] if self.table.follow != "end" else []
        said.append(_LEVELS[log.level])
        if log.node:
            said.append(f"only {fmt.printable(log.node)}")
        if log.window_s:
            said.append(window_words(log.window_s))
        if log.filter:
            said.append("/" + fmt.clip(fmt.printable(log.filter.text), 30, picture.glyphs.ellipsis))
        return [*said, f"{fmt.count(len(log.visible))} of {fmt.count(len(log.lines))}"]
