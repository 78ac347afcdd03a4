"""A list of things one may choose from, each with its key; what is not possible now says why."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.menu import Item
from dfs_tui.widgets.virtual_table import VirtualTable

LABEL_WIDTH, LABEL_WIDTH_MAX = 14, 50
_FRAME_LINES = 3


class MenuSheet(Sheet[str]):
    """Dismissed with the id of an item, by its key or with enter."""

    def __init__(self, title: str, items: Sequence[Item], glyphs: Glyphs, *, chosen: str = "") -> None:
        super().__init__(glyphs)
        self._heading = title
        self._items = {item.id: item for item in items}
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        longest = max((len(item.label) for item in self._items.values()), default=0)
        label = Column("label", "", min(max(longest, LABEL_WIDTH), LABEL_WIDTH_MAX))
        table = VirtualTable("menu", (Column("key", "", 6), label, Column("text", "", 4, flex=1)))
        table.glyphs = self.glyphs
        table.set_rows(list(self._items), self._cells)
        frame = self.frame(self._heading, table)
        frame.border_subtitle = "enter chooses, esc closes"
        frame.add_class("-menu")
        frame.styles.height = len(self._items) + _FRAME_LINES
        yield frame

    def on_mount(self) -> None:
        table = self.query_one(VirtualTable)
        table.focus()
        table.select(self._chosen)

    def _cells(self, row: str) -> Row:
        item = self._items[row]
        text: Cell = cell(item.why_not, "warn") if item.why_not else cell(fmt.printable(item.text), "dim")
        return {
            "key": cell(item.key, "dim" if item.why_not else "accent"),
            "label": cell(fmt.printable(item.label), "dim" if item.why_not else "strong"),
            "text": text,
        }

    def on_key(self, event: events.Key) -> None:
        for item in self._items.values():
            if item.key and (event.key == item.key or event.character == item.key):
                event.stop()
                self._choose(item.id)
                return

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        self._choose(message.row)

    def _choose(self, row: str) -> None:
        if not self._items[row].why_not:
            self.dismiss(row)
