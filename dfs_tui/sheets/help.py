"""All keys, from the key table. Enter does what the line says; / leaves out lines that do not have the words typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from dfs_tui.keys import ACTIONS, BY_ID, MOVES, in_view, shown_keys
from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.virtual_table import VirtualTable

_COLUMNS = (Column("key", "KEY", 18), Column("label", "", 12, priority=1), Column("text", "WHAT IT DOES", 30, flex=1))


class HelpSheet(Sheet[str]):
    """Dismissed with the action that was chosen. Those of other views are dimmed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q", "leave", show=False),
        Binding("slash", "filter", show=False),
    ]

    def __init__(self, view: str, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._view = view
        self._filter = Input(id="help-filter", compact=True, placeholder="words")
        self._table = VirtualTable("help", _COLUMNS)

    def compose(self) -> ComposeResult:
        self._table.glyphs = self.glyphs
        self._table.set_rows(self._ids(), self._cells)
        sheet = self.frame("Keys", self._filter, self._table)
        sheet.border_subtitle = "enter does it, / filters, esc closes"
        sheet.id = "help-sheet"
        yield sheet

    def on_mount(self) -> None:
        self._table.focus()

    def action_filter(self) -> None:
        """Type words; only lines that have all of them stay."""
        self._filter.add_class("-on")
        self._filter.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        words = event.value.casefold().split()
        kept = [row for row in self._ids() if all(word in self._said(row) for word in words)] if words else self._ids()
        self._table.set_rows(kept, self._cells, empty=[cell("No key does that.", "dim")])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._table.focus()

    @staticmethod
    def _said(row: str) -> str:
        action = BY_ID.get(row)
        return "" if action is None else f"{shown_keys(action)} {action.label} {action.text}".casefold()

    @staticmethod
    def _ids() -> list[str]:
        ids: list[str] = []
        for group in dict.fromkeys(action.group for action in ACTIONS):
            ids.append(f"group {group}")
            ids += [action.id for action in ACTIONS if action.group == group]
        return [*ids, "group Moving", *(f"move {number}" for number in range(len(MOVES)))]

    def _cells(self, row: str) -> Row:
        kind, _, rest = row.partition(" ")
        if kind == "group":
            return {"key": cell(rest, "strong")}
        if kind == "move":
            keys, text = MOVES[int(rest)]
            return {"key": cell(f"  {keys}", "accent"), "text": cell(text)}
        action = BY_ID[row]
        here = in_view(action, self._view)
        where = "" if not action.views else f"  ({', '.join(action.views)})"
        return {
            "key": cell(f"  {shown_keys(action)}", "accent" if here else "dim"),
            "label": cell(action.label, "" if here else "dim"),
            "text": ((action.text, "" if here else "dim"), (where, "dim")),
        }

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        if message.row in BY_ID:
            self.dismiss(message.row)
