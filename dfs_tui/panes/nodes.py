"""2 Nodes: the nodes over the whole width, and everything known about the selected one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view.cells import Row, cell
from dfs_tui.view.counts import of_node
from dfs_tui.view.node_detail import node_detail
from dfs_tui.view.nodes import NODE_COLUMNS_WIDE, node_cells, node_rows
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import nodes_empty
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable

_NONE = (cell("The selected node is shown here in full.", "dim"),)


class NodesPane(Pane):
    """All nodes, one of them in detail."""

    ages = False

    def __init__(self) -> None:
        super().__init__(id="nodes")
        self.table = VirtualTable("nodes", NODE_COLUMNS_WIDE, sorts="rows", noun="node")
        self.detail = Lines("node-detail", classes="panel")

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.detail

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        return (self.table,), (self.detail,)

    def main_table(self) -> VirtualTable:
        return self.table

    def selected_node(self) -> str:
        return self.table.cursor_id

    def show(self, picture: Picture) -> None:
        rows = {row.id: row for row in node_rows(picture.view, picture.now)}

        def cells(name: str) -> Row:
            moved, way = picture.traffic.moved(rows[name].node), picture.way(of_node(name))
            return node_cells(rows[name], picture.glyphs, moved, changeable=picture.changeable, way=way)

        self.table.set_title("Nodes", self.carry_marks(self.table, picture, rows))
        self.table.set_rows(
            list(rows), cells, empty=nodes_empty(picture.view, picture.now, changeable=picture.changeable)
        )
        chosen = rows.get(self.table.cursor_id)
        self.detail.set_title(chosen.name if chosen is not None else "")
        self.detail.set_lines(node_detail(chosen, picture) if chosen is not None else _NONE)
