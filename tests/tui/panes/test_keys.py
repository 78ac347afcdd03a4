"""The key view."""

from __future__ import annotations

from dfs_tui.panes.keys import KeysPane
from dfs_tui.view import events
from dfs_tui.view import filter as filters
from dfs_tui.view.cluster import reduce
from dfs_tui.view.values import KeyEntry

from ..hosting import hosted
from ..worlds import IDS, WALL_S, healthy, index_of, picture_of

KEYS = [KeyEntry(f"photos/{number:03}.raw", 1, 1 << 20, WALL_S - 60, 3) for number in range(30)]


async def test_it_says_how_many_there_are_and_how_many_are_shown() -> None:
    pane, index = KeysPane(), index_of(*KEYS)
    async with hosted(pane, (90, 14)) as host:
        pane.show(picture_of(healthy(), index))
        await host.pilot.pause()
        assert "30 keys - 30.0 MiB" in host.text
        index.show(filters.parse("/00"), WALL_S)
        pane.show(picture_of(healthy(), index))
        await host.pilot.pause()
        assert "10 of 30 - //00" in host.text


async def test_it_can_be_used_while_it_loads() -> None:
    pane = KeysPane()
    async with hosted(pane, (90, 14)) as host:
        pane.show(picture_of(healthy(), index_of(*KEYS, loading=True)))
        await host.pilot.pause()
        assert "loading, 30 so far" in host.text
        assert "photos/000.raw" in host.text


async def test_old_data_stays_when_nobody_answers() -> None:
    view = healthy()
    for name in IDS:
        view = reduce(view, events.LinkLost(name, "gone", 2.0), 1.0)
    pane = KeysPane()
    async with hosted(pane, (90, 14)) as host:
        pane.show(picture_of(view, index_of(*KEYS)))
        await host.pilot.pause()
        assert "photos/000.raw" in host.text
