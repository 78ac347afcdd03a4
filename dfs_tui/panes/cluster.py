"""1 Cluster: the nodes, how the cluster is, what moves, what happened; while it heals, the recovery board."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.absence import brief
from dfs_tui.view.cells import Cell, Row, Tone
from dfs_tui.view.counts import of_node
from dfs_tui.view.graph import graph_lines
from dfs_tui.view.log_rows import HOME_LOG_COLUMNS, home_log_cells
from dfs_tui.view.nodes import NODE_COLUMNS, node_cells, node_rows
from dfs_tui.view.picture import Picture, Sample
from dfs_tui.view.recovery import heal_line, limit_line
from dfs_tui.view.status import log_empty, nodes_empty, status_lines, transfers_empty
from dfs_tui.view.timeline import TIMELINE_COLUMNS, Incident, moment_cells
from dfs_tui.view.transfer_rows import TRANSFER_COLUMNS, counts, what_is_left
from dfs_tui.view.transfers import recent, summarise
from dfs_tui.view.weak import WEAK_COLUMNS, WeakKeys, weak_cells
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable

LOG_LINES = 50
_GRAPH_FRAME = 2


class ClusterPane(Pane):
    """The home screen."""

    ages = False

    def __init__(self) -> None:
        super().__init__(id="cluster")
        self.nodes = VirtualTable("home-nodes", NODE_COLUMNS, sorts="rows", noun="node")
        self.status = Lines("status", classes="panel")
        self.heal = Lines("heal")
        self.graph = Lines("graph", classes="panel")
        self.transfers = VirtualTable("home-transfers", TRANSFER_COLUMNS, follow="start", sorts="rows", noun="transfer")
        self.weak = VirtualTable("home-weak", WEAK_COLUMNS, sorts="rows", noun="key")
        self.events = VirtualTable("home-log", HOME_LOG_COLUMNS, follow="start", noun="line")
        self._weakest = WeakKeys()
        self._top_height = 0
        self._newest: Sample | None = None  # what the graph was drawn with last
        self._graph_drawn = (0, 0, False)

    def compose(self) -> ComposeResult:
        with Container(id="top"):
            yield self.nodes
            yield self.status
        yield self.heal
        with Container(id="middle"):
            yield self.graph
            yield self.events
        with Container(id="bottom"):
            yield self.transfers
            yield self.weak

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        return (self.nodes, self.status, self.weak), ()

    def main_table(self) -> VirtualTable:
        return self.nodes

    def selected_node(self) -> str:
        return self.nodes.cursor_id

    def selected_transfer(self) -> str:
        return self.transfers.cursor_id if self.transfers.has_focus else ""

    def show(self, picture: Picture) -> None:
        self._show_nodes(picture)
        graph = bool(self.graph.size.width)
        said = status_lines(picture, self.status.size.width, graph=graph) if self.status.size.width else []
        self.status.set_title("Health")
        self.status.set_lines(said)
        self._share_height(max(self.nodes.lines_wanted + 2, len(said) + 2 if said else 0))
        self._show_healing(picture)
        if graph:
            self._show_graph(picture)
        self._show_transfers(picture)
        incident = picture.incident
        if incident is not None:
            self._show_incident(picture, incident)
        else:
            self._show_events(picture)

    def _share_height(self, wanted: int) -> None:
        """Give the upper part what it needs, but never more than half of the pane."""
        height = max(min(wanted, self.size.height // 2), 6)
        if height != self._top_height:
            self._top_height = height
            self.query_one("#top").styles.height = height

    def _show_nodes(self, picture: Picture) -> None:
        rows = {row.id: row for row in node_rows(picture.view, picture.now)}
        here = sum(row.local and row.wish is None for row in rows.values())
        marked = self.carry_marks(self.nodes, picture, rows)
        self.nodes.set_title("Nodes", marked or (f"{here} on this machine" if here else ""))

        def cells(name: str) -> Row:
            way = picture.way(of_node(name))
            return node_cells(rows[name], picture.glyphs, changeable=picture.changeable, way=way)

        self.nodes.set_rows(
            list(rows), cells, empty=nodes_empty(picture.view, picture.now, changeable=picture.changeable)
        )

    def _show_healing(self, picture: Picture) -> None:
        """Without the panel beside the nodes, one line says how far healing is, and one how fast it may go."""
        newest = picture.view.freshest
        lines: list[Cell] = []
        if newest is not None and not self.status.size.width:
            line = heal_line(newest.report, picture.glyphs)
            lines = [line] if line else []
            if picture.incident is not None:
                lines += limit_line(picture.view.repair_limit, changeable=picture.changeable)
        self.heal.set_class(bool(lines), "-on")
        self.heal.styles.height = len(lines) or 1
        self.heal.set_lines([((" ", ""), *line) for line in lines])
        weakest = self._weakest.rows(picture) if picture.incident is not None else []
        self.weak.set_class(bool(weakest), "-on")
        if weakest:
            entries = picture.keys.entries
            wanted = picture.copies_wanted
            width = self.weak.name_width("key")
            self.weak.set_title(f"Keys below {wanted} copies", fmt.plural(self._weakest.count, "key"))
            self.weak.set_rows(weakest, lambda key: weak_cells(entries[key], wanted, picture.glyphs, width=width))

    def _show_graph(self, picture: Picture) -> None:
        newest = picture.samples[-1] if picture.samples else None
        healing = picture.incident is not None
        width, height = self.graph.size.width, self.graph.size.height
        if newest is self._newest and (width, height, healing) == self._graph_drawn:
            return
        self._newest, self._graph_drawn = newest, (width, height, healing)
        samples = list(picture.samples)
        up = [sample.store + sample.retrieve if healing else sample.store for sample in samples]
        down = [sample.repair if healing else sample.retrieve for sample in samples]
        names = ("clients", "repair") if healing else ("stored", "retrieved")
        rates = [fmt.rate(values[-1]) if values else "" for values in (up, down)]
        glyphs = picture.glyphs
        signs = (glyphs.store, glyphs.repair if healing else glyphs.retrieve)
        said = "   ".join(f"{sign} {name} {rate}" for sign, name, rate in zip(signs, names, rates, strict=True))
        self.graph.set_title(f"Throughput  {said}")
        tones: tuple[Tone, Tone] = ("accent", "warn" if healing else "good")
        self.graph.set_lines(graph_lines(up, down, width, height, glyphs, tones))

    def _show_transfers(self, picture: Picture) -> None:
        summary = summarise(picture.view.transfers.values(), picture.now)
        said = [*counts(summary), *what_is_left(summary)]
        self.transfers.set_title("Transfers", f" {picture.glyphs.dot} ".join(said))
        shown = recent(picture.view.transfers.values(), picture.now)
        empty = brief(picture.view, "Transfers") or transfers_empty(picture)
        self.list_transfers(self.transfers, picture, shown, empty)

    def _show_events(self, picture: Picture) -> None:
        lines = picture.log.latest(LOG_LINES)
        by_id = {line.id: line for line in lines}
        self.events.set_columns(HOME_LOG_COLUMNS)
        self.events.set_title("Events")
        self.events.set_rows(
            list(by_id),
            lambda name: home_log_cells(by_id[name], picture.glyphs),
            empty=brief(picture.view, "Lines") or log_empty(picture),
        )

    def _show_incident(self, picture: Picture, incident: Incident) -> None:
        moments = {moment.id: moment for moment in reversed(incident.moments)}
        end = incident.healed_at or picture.now
        said = f"{'healed in' if incident.healed_at else 'for'} {fmt.duration(end - incident.begun_at)}"
        self.events.set_columns(TIMELINE_COLUMNS)
        self.events.set_title(f"Recovery: {fmt.printable(incident.title)}", f"{said}, t shows more")
        self.events.set_rows(list(moments), lambda name: moment_cells(incident, moments[name], picture.glyphs))
