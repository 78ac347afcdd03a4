"""5 Transfers: everything that moves or moved since the dashboard was opened, in tabs."""

from __future__ import annotations

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import transfers_empty
from dfs_tui.view.transfer_rows import TRANSFER_COLUMNS, counts, summary_line, what_is_left
from dfs_tui.view.transfer_tabs import in_tab, tab_line
from dfs_tui.view.transfers import in_order, summarise
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.virtual_table import VirtualTable


class TransfersPane(Pane):
    """All transfers, those under way first, and the progress of all of them together."""

    def __init__(self) -> None:
        super().__init__(id="transfers")
        self.table = VirtualTable("transfers", TRANSFER_COLUMNS, sorts="rows", noun="transfer")
        self.tabs = Lines("transfer-tabs")
        self.total = Lines("transfer-total")
        self.tab = "all"

    def compose(self) -> ComposeResult:
        yield self.tabs
        yield self.table
        yield self.total

    def main_table(self) -> VirtualTable:
        return self.table

    def selected_transfer(self) -> str:
        return self.table.cursor_id

    def show(self, picture: Picture) -> None:
        every = in_order(picture.view.transfers.values())
        summary = summarise(every, picture.now)
        marks = self.table.marked = picture.row_marks.get("transfers")
        if marks:
            marks.keep(picture.view.transfers)
        said = [f"{len(marks)} marked"] if marks else []
        said += ["range: v ends it"] if marks is not None and marks.anchor else []
        said += [*counts(summary), *what_is_left(summary)]
        said += [f"{summary.failed} failed"] if summary.failed else []
        self.table.set_title("Transfers", f" {picture.glyphs.dot} ".join(said))
        self.tabs.set_lines([tab_line(every, self.tab)])
        total = summary_line(summary, picture.glyphs, self.total.size.width)
        self.total.set_class(bool(total), "-on")
        self.total.set_lines([((" all  ", "dim"), *total)] if total else [])
        self.list_transfers(self.table, picture, in_tab(every, self.tab), self._empty(picture))

    def _empty(self, picture: Picture) -> list[Cell]:
        if self.tab == "all" or not picture.view.transfers:
            return transfers_empty(picture)
        return [cell(f"No transfer is in '{self.tab}'.", ""), (), cell("[ and ] go through the tabs", "dim")]
