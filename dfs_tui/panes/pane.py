"""What every pane does: it is told the picture, and names the table that acts on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

from textual.containers import Container

from dfs_tui.view.box_state import age_note, box_note
from dfs_tui.view.cells import Cell, Row
from dfs_tui.view.peers import node_names
from dfs_tui.view.picture import Picture
from dfs_tui.view.transfer_rows import transfer_cells
from dfs_tui.view.transfers import Transfer
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable


class Pane(Container):
    """One view of the main screen. `show` is called when something changed, and once a second while it is on screen.

    `ages`: it has times that go on although nothing moves, so it is shown every second even then.
    """

    ages: ClassVar[bool] = True

    def on_mount(self) -> None:
        self.main_table().regains_focus = True

    def show(self, picture: Picture) -> None:
        """Draw what changed."""
        raise NotImplementedError

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        """Boxes of what nodes tell, and details of one thing among it."""
        return (), ()

    def say_state(self, picture: Picture) -> None:
        """Say in the frames of these boxes how old it is, and who did not tell."""
        boxes, details = self.told()
        note, age = box_note(picture), age_note(picture)
        for box in boxes:
            box.set_note(note)
        for detail in details:
            detail.set_note(age)

    def carry_marks(self, table: VirtualTable, picture: Picture, rows: Collection[str]) -> str:
        """Show the marks of this view in a table that has room for them only while there are some; how many there are.

        Marks of rows that are gone go, too.
        """
        marks = picture.row_marks.get(self.id or "")
        if not marks:
            table.marked = None
            return ""
        marks.keep(rows)
        table.marked = marks or None
        return f"{len(marks)} marked" if marks else ""

    def list_transfers(
        self, table: VirtualTable, picture: Picture, shown: Iterable[Transfer], empty: Sequence[Cell]
    ) -> None:
        """Show these transfers in a table of TRANSFER_COLUMNS."""
        by_id = {transfer.id: transfer for transfer in shown}
        width, names = table.name_width("name"), node_names(picture.view)

        def draw(row: str) -> Row:
            return transfer_cells(by_id[row], picture.now, picture.glyphs, name_width=width, names=names)

        table.set_rows(list(by_id), draw, empty=empty)

    def main_table(self) -> VirtualTable:
        """The table that gets the focus when the view is entered."""
        raise NotImplementedError

    def selected_node(self) -> str:
        """The id of the node row under the cursor, empty when this view has none."""
        return ""

    def selected_transfer(self) -> str:
        """The id of the transfer under the cursor, empty when this view has none."""
        return ""
