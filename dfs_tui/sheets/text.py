"""Lines to read: the difference of two versions, a node's own log, a record in full. They scroll; esc closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import Cell, Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.virtual_table import VirtualTable

_COLUMNS = (Column("text", "", 20, flex=1),)


class TextSheet(Sheet[str]):
    """Fills the screen but for its margin. `again` says what `r` asks the app for; empty: nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "leave", show=False),
        Binding("r", "again", show=False),
    ]

    def __init__(
        self,
        title: str,
        lines: Sequence[Cell],
        glyphs: Glyphs,
        *,
        start: Literal["top", "end"] = "top",
        again: str = "",
    ) -> None:
        super().__init__(glyphs)
        self._heading = title
        self._lines = tuple(lines) or (cell("There is nothing in it.", "dim"),)
        self._start = start
        self._again = again

    def compose(self) -> ComposeResult:
        table = VirtualTable("text", _COLUMNS)
        table.glyphs = self.glyphs
        table.set_rows([str(number) for number in range(len(self._lines))], self._cells)
        frame = self.frame(self._heading, table)
        frame.border_subtitle = f"{self._again}, esc closes" if self._again else "esc closes"
        frame.add_class("-text")
        yield frame

    def on_mount(self) -> None:
        table = self.query_one(VirtualTable)
        table.focus()
        if self._start == "end":
            self.call_after_refresh(table.action_edge, 1)

    def _cells(self, row: str) -> Row:
        return {"text": self._lines[int(row)]}

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        self.dismiss(None)

    def action_again(self) -> None:
        """Ask the app for it."""
        if self._again:
            self.dismiss("again")
