"""The log view."""

from __future__ import annotations

from dfs_tui.panes.logs import LogsPane
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import Noted
from dfs_tui.view.values import Level

from ..hosting import hosted
from ..worlds import WALL_S, healthy, picture_of


async def test_lines_are_shown_with_what_is_left_out() -> None:
    log = EventLog()
    log.add([Noted(Level.INFO, "quiet"), Noted(Level.ERROR, "a damaged copy", "n2")], WALL_S)
    log.show("copy", Level.WARNING)
    pane = LogsPane()
    async with hosted(pane, (90, 10)) as host:
        pane.show(picture_of(healthy(), log=log))
        await host.pilot.pause()
        assert "a damaged copy" in host.text
        assert "quiet" not in host.text
        assert "warnings and errors - /copy - 1 of 2" in host.text
