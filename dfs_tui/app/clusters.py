"""Going from one cluster to another: a new source, a new picture, the same screen."""

from __future__ import annotations

from collections.abc import Callable

from dfs_tui.app.frame import Frame
from dfs_tui.bridge import Bridge
from dfs_tui.sheets.menu import MenuSheet
from dfs_tui.sources.base import Source
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.menu import Item
from dfs_tui.view.values import Level


class Clusters(Frame):
    """`clusters`: what was asked for on the command line, by label; each is made anew when it is chosen."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self.clusters: dict[str, Callable[[], Source]] = {}
        self._shown = ""

    @property
    def shown_cluster(self) -> str:
        """The label of the cluster on screen."""
        return self._shown or next(iter(self.clusters), "")

    def clusters_named(self) -> tuple[str, ...]:
        return tuple(self.clusters)

    def go_to_cluster(self, label: str) -> None:
        if label in self.clusters:
            self._after_cluster(label)
        else:
            self.say(f"There is no cluster {label} here; w lists those that were named.", Level.WARNING)

    def _do_cluster(self) -> None:
        if len(self.clusters) < 2:
            self.say("Only one cluster was named: give --connect, --control or --data-dir several times.")
            return
        items = [Item(label, str(number), label) for number, label in enumerate(self.clusters, 1)]
        sheet = MenuSheet("Look at which cluster?", items, self.glyphs, chosen=self.shown_cluster)
        self.push_screen(sheet, self._after_cluster)

    def _after_cluster(self, label: str | None) -> None:
        if label is None or label == self.shown_cluster:
            return
        if any(transfer.own and not transfer.ended for transfer in self.bridge.view.transfers.values()):
            self.say("Transfers are under way from here to this cluster: wait, or cancel them first.", Level.WARNING)
            return
        self.run_worker(self._switch(label), name="switch", group="switch", exclusive=True, exit_on_error=False)

    async def _switch(self, label: str) -> None:
        """Nodes that were started here go on: leaving the dashboard is the time to be asked about them."""
        self.workers.cancel_group(self, "watch")
        before = self.bridge
        self.bridge = Bridge(self.clusters[label](), before.clock)
        self.bridge.keys.arrange(before.keys.order, before.wall())
        self._shown = label
        self.run_worker(self.bridge.watch(), name="watch", group="watch", exit_on_error=False)
        self.draw()
        await before.close(stop_nodes=False)
