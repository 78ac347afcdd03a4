"""The link view."""

from __future__ import annotations

from dfs_tui.panes.peers import PeersPane
from dfs_tui.view.cluster import ClusterView

from ..hosting import hosted
from ..worlds import healthy, picture_of


async def test_every_link_is_a_row() -> None:
    pane = PeersPane()
    async with hosted(pane, (100, 20)) as host:
        pane.show(picture_of(healthy()))
        await host.pilot.pause()
        assert "n3 -> n1" in host.text
        assert "6 of 6 links up" in host.text
        pane.show(picture_of(ClusterView()))
        await host.pilot.pause()
        assert "as soon as a node answers" in host.text
        assert pane.main_table() is pane.table
