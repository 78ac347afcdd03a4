"""@ Activity: what this dashboard did, as the command line would say it, and what came of it."""

from __future__ import annotations

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view.activity import ACTIVITY_COLUMNS, activity_cells, activity_empty
from dfs_tui.view.picture import Picture
from dfs_tui.widgets.virtual_table import VirtualTable


class ActivityPane(Pane):
    """Newest first."""

    def __init__(self) -> None:
        super().__init__(id="activity")
        self.table = VirtualTable("activity", ACTIVITY_COLUMNS, follow="start", sorts="rows", noun="deed")

    def compose(self) -> ComposeResult:
        yield self.table

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        deeds = picture.activity.deeds
        self.table.set_title("Activity", "what was done here, as the command line says it")
        self.table.set_rows(
            picture.activity.ids, lambda row: activity_cells(deeds[row], picture.glyphs), empty=activity_empty()
        )
