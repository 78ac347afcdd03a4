"""The views in one line."""

from __future__ import annotations

from dfs_tui.keys import VIEWS
from dfs_tui.widgets.tabs import Tabs

from ..hosting import ActionRequested, hosted


async def test_the_current_view_is_marked_and_a_click_asks_for_another() -> None:
    tabs = Tabs(VIEWS)
    async with hosted(tabs, (100, 3)) as host:
        tabs.set_view("keys")
        await host.pilot.pause()
        assert "[4 Keys]" in host.lines[0]
        await host.pilot.click(tabs, offset=(host.lines[0].index("6 Logs"), 0))
        await host.pilot.pause()
        (asked,) = host.said(ActionRequested)
        assert isinstance(asked, ActionRequested)
        assert asked.action == "view_logs"


async def test_a_narrow_line_keeps_the_numbers_and_the_name_of_the_current_one() -> None:
    tabs = Tabs(VIEWS)
    async with hosted(tabs, (50, 3)) as host:
        tabs.set_view("transfers")
        await host.pilot.pause()
        assert "[5 Transfers]" in host.lines[0]
        assert "Cluster" not in host.lines[0]
        assert len(host.lines[0]) <= 50
