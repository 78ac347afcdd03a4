"""The home screen from one picture, at two sizes."""

from __future__ import annotations

import pytest

from dfs_tui.panes.cluster import ClusterPane
from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import Noted
from dfs_tui.view.values import Direction, Level

from ..hosting import hosted
from ..worlds import WALL_S, healthy, picture_of, view_of


@pytest.mark.parametrize("size", [(80, 24), (120, 32)])
async def test_it_shows_nodes_transfers_and_what_happened(size: tuple[int, int]) -> None:
    view = reduce(healthy(), events.TransferQueued("own/1", Direction.STORE, "a.raw", 10, 1), 0.0)
    log = EventLog()
    log.add([Noted(Level.INFO, "first"), Noted(Level.WARNING, "lost n3", "n1")], WALL_S)
    pane = ClusterPane()
    async with hosted(pane, size) as host:
        for _ in range(2):
            pane.show(picture_of(view, log=log))
            await host.pilot.pause()
        assert "n1 L" in host.text
        assert "^ a.raw" in host.text
        assert "1 queued" in host.text
        assert host.text.index("lost n3") < host.text.index("first")
        assert pane.selected_node() == "n1"
        assert pane.selected_transfer() == "", "only with the focus"
        pane.transfers.focus()
        await host.pilot.pause()
        assert pane.selected_transfer() == "own/1"


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (ClusterView(), "Opening"),
        (view_of(events.SourceOpened("local", can_run_nodes=True)), "Starting three nodes"),
        (view_of(events.SourceFailed("n1: no space left on device")), "no space left on device"),
    ],
)
async def test_it_says_what_goes_on_before_there_is_anything_to_show(view: ClusterView, text: str) -> None:
    pane = ClusterPane()
    async with hosted(pane, (80, 20)) as host:
        for _ in range(2):
            pane.show(picture_of(view))
            await host.pilot.pause()
        assert text in host.text
