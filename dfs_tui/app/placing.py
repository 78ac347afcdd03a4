"""Where keys are, asked of the nodes for as long as somebody filters by it: `node:n3` in Keys."""

from __future__ import annotations

import asyncio

from dfs_tui.app.marking import Marking
from dfs_tui.view import filter as filters
from dfs_tui.view.peers import node_names
from dfs_tui.view.places import ASKED_MAX
from dfs_tui.view.values import KeyFacts

AT_ONCE = 4


class Placing(Marking):
    """The first keys that the rest of the line lets through are asked about; the others are counted as not known."""

    _learned = False

    def pump(self) -> None:
        if self._learned:
            self._learned = False
            self.bridge.keys.settle(self.bridge.wall())
        super().pump()

    def show_keys(self, text: str) -> None:
        """Filter the keys by this line, and ask what it takes."""
        self.bridge.keys.show(filters.parse(text), self.bridge.wall())
        if self.bridge.keys.filter.nodes:
            self.run_worker(self._ask_places(), name="places", group="places", exclusive=True, exit_on_error=False)

    async def _ask_places(self) -> None:
        bridge = self.bridge
        asked = iter(bridge.keys.unplaced[:ASKED_MAX])

        async def ask() -> None:
            for key in asked:
                found = await bridge.inspect(key)
                if bridge is not self.bridge or not bridge.keys.filter.nodes:  # another cluster, or another filter
                    return
                self.learn_place(found)

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))

    def learn_place(self, found: KeyFacts | str) -> None:
        """Keep what a node told of a key's copies."""
        if isinstance(found, str):
            return
        names = node_names(self.bridge.view)
        nodes = [holding.node for holding in found.holders if holding.held]
        told = [*nodes, *(names[node] for node in nodes if node in names)]
        if self.bridge.keys.place(found.key, found.current.version, told):
            self._learned = True
            self.draw_soon()
