"""t Timeline: every incident since the dashboard was opened, moment by moment."""

from __future__ import annotations

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.absence import why_empty
from dfs_tui.view.picture import Picture
from dfs_tui.view.timeline import TIMELINE_LONG_COLUMNS, moment_cells, timeline_empty
from dfs_tui.widgets.virtual_table import VirtualTable


class TimelinePane(Pane):
    """Newest incident first, each from its beginning."""

    def __init__(self) -> None:
        super().__init__(id="timeline")
        self.table = VirtualTable("timeline", TIMELINE_LONG_COLUMNS, noun="moment")

    def compose(self) -> ComposeResult:
        yield self.table

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        rows = {moment.id: (incident, moment) for incident, moment in picture.timeline.rows()}
        self.table.set_title("Timeline", fmt.plural(len(picture.timeline.incidents), "incident") if rows else "")
        self.table.set_rows(
            list(rows),
            lambda row: moment_cells(*rows[row], picture.glyphs),
            empty=why_empty(picture.view, picture.now, "Incidents", changeable=picture.changeable)
            or timeline_empty(changeable=picture.changeable),
        )
