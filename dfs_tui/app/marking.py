"""What an action is about: the marked rows, else the one under the cursor; how rows are marked, and keys folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dfs_tui.app.frame import Frame
from dfs_tui.view.marks import NOUNS, Marks
from dfs_tui.view.values import Level
from dfs_tui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from dfs_tui.panes.keys import KeysPane


class Marking(Frame):
    """Each list whose rows can be marked has marks of its own."""

    @property
    def keys_pane(self) -> KeysPane:
        from dfs_tui.panes.keys import KeysPane

        return self.main(KeysPane, "#keys")

    def selected_keys(self) -> list[str]:
        """Marked keys in their order, else the key under the cursor, else nothing."""
        pane, marks = self.keys_pane, self.bridge.marks
        rows = sorted(marks.marked) or ([pane.table.cursor_id] if pane.table.cursor_id else [])
        return pane.keys_of(rows, self.bridge.keys)

    def selected_rows(self) -> list[str]:
        """Rows of the list on screen: the marked ones from top to bottom, else the one under the cursor.

        Those that a filter hides come last: they are counted as marked, so they are meant.
        """
        table, marks = self.pane.main_table(), self.bridge.row_marks[self.view_name]
        marked = [row for row in table.ids if row in marks]
        marked += sorted(marks.marked.difference(marked))
        return marked or ([table.cursor_id] if table.cursor_id else [])

    def after_marks(self) -> None:
        """What was marked has been acted upon."""
        self.clear_marks()
        self.draw()

    def clear_marks(self) -> bool:
        """Give up a range that was begun, else all marks of the list on screen; False when there was neither."""
        marks = self.bridge.row_marks.get(self.view_name)
        return marks is not None and marks.clear()

    def show_tab(self, tab: str) -> None:
        """Show the transfers in this state. What was marked among others is meant no more."""
        from dfs_tui.panes.transfers import TransfersPane

        self.bridge.row_marks["transfers"].drop()
        self.main(TransfersPane, "#transfers").tab = tab
        self.draw()

    def _markable(self) -> bool:
        """Is the focus where rows are marked? A list beside it has a cursor, too, but no marks."""
        table = self.pane.main_table()
        if isinstance(self.focused, VirtualTable) and self.focused is not table:
            self.say(f"Marks are for {NOUNS[self.view_name]} here; tab goes from list to list.", Level.WARNING)
            return False
        return bool(table.cursor_id)

    def _do_mark(self) -> None:
        table = self.pane.main_table()
        if self._markable():
            self.bridge.row_marks[self.view_name].toggle(table.cursor_id)
            table.action_move(1)
            self.draw()

    def _do_range(self) -> None:
        self._mark(lambda marks, rows, row: marks.span(rows, row))

    def _do_mark_to(self) -> None:
        self._mark(lambda marks, rows, row: marks.up_to(rows, row))

    def _do_invert(self) -> None:
        self._mark(lambda marks, rows, row: marks.invert(rows))

    def _mark(self, act: Callable[[Marks, list[str], str], object]) -> None:
        table = self.pane.main_table()
        if self._markable():
            act(self.bridge.row_marks[self.view_name], list(table.ids), table.cursor_id)
            self.draw()

    def _do_fold(self) -> None:
        pane = self.keys_pane
        if not self.bridge.keys.order.natural:
            self.say("Folders are folded in the order of keys only; o sorts.", Level.WARNING)
            return
        row = pane.table.cursor_id
        if row in pane.folds.folded:
            first = next(iter(sorted(self.bridge.keys.below(row))), "")
            pane.folds.toggle(row)
            self.draw()
            pane.table.select(first)
        elif not pane.folds.toggle(row):
            self.say("This key is in no folder.", Level.WARNING)
        else:
            folder = f"{row.rpartition('/')[0]}/"
            self.draw()
            pane.table.select(folder)
        self.draw()
