"""Going from one cluster to another: a new source, a new picture, the same screen.

Nodes that this dashboard has started in a cluster it then left are still its own: leaving asks about them as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dfs_tui.app.frame import Frame
from dfs_tui.bridge import Bridge
from dfs_tui.sheets.menu import MenuSheet
from dfs_tui.sources.base import Source, SourceError
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.menu import Item
from dfs_tui.view.values import Level

_STAY = "Transfers are under way from here to this cluster: wait, or cancel them first."


class Clusters(Frame):
    """`clusters`: what was asked for on the command line, by label; each is made anew when it is chosen."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self.clusters: dict[str, Callable[[], Source]] = {}
        self.operator_folder = ""  # of the certificate that nodes elsewhere are reached with; empty: the usual one
        self.left: list[Source] = []  # with nodes that were started from here
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

    async def reach_cluster(self, name: str) -> bool:
        """Be at the cluster of this label, or at the only one that has `name` in it. False: why not was said."""
        found = [label for label in self.clusters if label == name] or [
            label for label in self.clusters if name in label
        ]
        if len(found) != 1:
            which = (
                f"Which one: {', '.join(found)}?" if found else "w lists those that were named, :attach finds others."
            )
            self.say(f"There is no cluster {name} here. {which}", Level.WARNING)
            return False
        if found[0] != self.shown_cluster:
            if self._under_way():
                self.say(_STAY, Level.WARNING)
                return False
            await self._switch(found[0])
        return True

    def _do_cluster(self) -> None:
        if len(self.clusters) < 2:
            self.say(
                "Only one cluster was named: ':attach HOST:PORT' goes to another, --connect names it at the start."
            )
            return
        items = [Item(label, str(number), label) for number, label in enumerate(self.clusters, 1)]
        sheet = MenuSheet("Look at which cluster?", items, self.glyphs, chosen=self.shown_cluster)
        self.push_screen(sheet, self._after_cluster)

    def _after_cluster(self, label: str | None) -> None:
        if label is None or label == self.shown_cluster:
            return
        if self._under_way():
            self.say(_STAY, Level.WARNING)
            return
        self.run_worker(self._switch(label), name="switch", group="switch", exclusive=True, exit_on_error=False)

    def _under_way(self) -> bool:
        return self.bridge.carrying > 0

    async def attach(self, place: str, *, instead_of: str = "") -> None:
        """Go to the cluster at `place` once somebody answers there; until then everything stays as it is.

        `instead_of`: the label of the one that this is another way to; it is no longer named afterwards.
        """
        if place in self.clusters:
            self._after_cluster(place)
            return
        if self._under_way():
            self.say(_STAY, Level.WARNING)
            return
        from dfs_tui.sources.attach import reach  # here: most never go anywhere else

        self.say(f"Reaching {place} ...")
        try:
            make = await reach(place, self.operator_folder)
        except SourceError as error:
            self.say(f"Not attached: {error}", Level.ERROR)
            return
        if self.read_only:
            from dfs_tui.sources.read_only import only_looking

            make = only_looking(make)
        self.clusters[place] = partial(make, self.bridge.clock)
        if instead_of:
            self.clusters.pop(instead_of, None)
            await self._switch(place)
        else:
            self._after_cluster(place)

    async def _switch(self, label: str) -> None:
        """Nodes that were started here go on: leaving the dashboard is the time to be asked about them."""
        if self.bridge.source.nodes_to_stop():
            self.left.append(self.bridge.source)
        self.workers.cancel_group(self, "watch")
        before = self.bridge
        self.bridge = Bridge(self.clusters[label](), before.clock)
        self.bridge.hurry = before.hurry
        self.bridge.keys.arrange(before.keys.order, before.wall())
        back = " w goes back." if self.shown_cluster != label and self.shown_cluster in self.clusters else ""
        self._shown = label
        self.run_worker(self.bridge.watch(), name="watch", group="watch", exit_on_error=False)
        self.say(f"This is {label}.{back}")
        await before.close(stop_nodes=False)
