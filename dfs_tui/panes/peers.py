"""3 Peers: every link between two nodes, as the one it starts from sees it, and the selected one in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.absence import why_empty
from dfs_tui.view.cells import Cell, Row, cell
from dfs_tui.view.link_detail import link_detail
from dfs_tui.view.peers import PEER_COLUMNS, peer_cells, peer_links, peers_empty
from dfs_tui.view.picture import Picture
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable


class PeersPane(Pane):
    """One row a link."""

    ages = False

    def __init__(self) -> None:
        super().__init__(id="peers")
        self.table = VirtualTable("peers", PEER_COLUMNS, sorts="rows", noun="link")
        self.detail = Lines("peer-detail", classes="panel")

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.detail

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        return (self.table,), (self.detail,)

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        links = {link.id: link for link in peer_links(picture.view)}
        up = sum(link.liveness == "up" for link in links.values())
        marked = self.carry_marks(self.table, picture, links)
        self.table.set_title("Peers", marked or (f"{up} of {len(links)} links up" if links else ""))
        traffic = picture.traffic

        def cells(name: str) -> Row:
            return peer_cells(
                links[name], picture.glyphs, traffic.round_trips(*links[name].nodes), changeable=picture.changeable
            )

        self.table.set_rows(
            list(links),
            cells,
            empty=why_empty(picture.view, picture.now, "Links", changeable=picture.changeable)
            or peers_empty(picture.view),
        )
        if self.detail.size.width:
            chosen = links.get(self.table.cursor_id)
            self.detail.set_title(fmt.printable(f"{chosen.seen_by} to {chosen.name}") if chosen is not None else "")
            width = self.detail.size.width
            others = list(links.values())
            lines: list[Cell] = [cell("The selected link is shown here in full.", "dim")]
            if chosen is not None:
                trips = traffic.round_trips(*chosen.nodes)
                lines = link_detail(chosen, others, picture.glyphs, width, trips, changeable=picture.changeable)
            self.detail.set_lines(lines)
