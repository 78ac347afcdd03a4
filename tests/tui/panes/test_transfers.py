"""The transfer view."""

from __future__ import annotations

from dfs_tui.panes.transfers import TransfersPane
from dfs_tui.view import events
from dfs_tui.view.cluster import reduce
from dfs_tui.view.values import Direction, TransferState

from ..hosting import hosted
from ..worlds import healthy, picture_of


async def test_all_transfers_of_the_day_are_listed_and_counted() -> None:
    view = healthy()
    for number in range(3):
        view = reduce(view, events.TransferQueued(f"own/{number}", Direction.STORE, f"f{number}", 2048, 1), 0.0)
    view = reduce(view, events.TransferEnded("own/0", TransferState.FAILED, "disk full"), 1.0)
    view = reduce(view, events.TransferAdvanced("own/1", 1024, 0), 1.0)
    pane = TransfersPane()
    async with hosted(pane, (110, 14)) as host:
        for _ in range(2):
            pane.show(picture_of(view, now=2.0))
            await host.pilot.pause()
        assert "1 active - 1 queued - 3.00 KiB left - 1 failed" in host.text
        assert "failed after 1.0 s: disk full" in host.text
        assert pane.selected_transfer() == "own/1"
