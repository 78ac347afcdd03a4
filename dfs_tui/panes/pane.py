"""What every pane does: it is told the picture, and names the table that acts on it."""

from __future__ import annotations

from typing import ClassVar

from textual.containers import Container

from dfs_tui.view.picture import Picture
from dfs_tui.widgets.virtual_table import VirtualTable


class Pane(Container):
    """One view of the main screen. `show` is called when something changed, and once a second while it is on screen.

    `ages`: it has times that go on although nothing moves, so it is shown every second even then.
    """

    ages: ClassVar[bool] = True

    def show(self, picture: Picture) -> None:
        """Draw what changed."""
        raise NotImplementedError

    def main_table(self) -> VirtualTable:
        """The table that gets the focus when the view is entered."""
        raise NotImplementedError

    def selected_node(self) -> str:
        """The id of the node row under the cursor, empty when this view has none."""
        return ""

    def selected_transfer(self) -> str:
        """The id of the transfer under the cursor, empty when this view has none."""
        return ""
