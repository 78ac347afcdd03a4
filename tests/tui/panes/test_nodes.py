"""The node view."""

from __future__ import annotations

from dfs_tui.panes.nodes import NodesPane

from ..hosting import hosted
from ..worlds import N2, healthy, picture_of


async def test_the_detail_follows_the_cursor() -> None:
    pane = NodesPane()
    async with hosted(pane, (100, 30)) as host:
        pane.show(picture_of(healthy()))
        await host.pilot.pause()
        pane.table.focus()
        await host.press("j")
        pane.show(picture_of(healthy()))
        await host.pilot.pause()
        assert pane.selected_node() == "n2"
        assert N2 in host.text
