"""The last line never overflows."""

from __future__ import annotations

import pytest

from dfs_tui.keys import VIEWS, hints
from dfs_tui.widgets.hints import Hints

from ..hosting import ActionRequested, hosted


@pytest.mark.parametrize("width", [20, 60, 80, 120])
async def test_hints_fit_and_help_is_always_among_them(width: int) -> None:
    line = Hints()
    async with hosted(line, (width, 2)) as host:
        for view, _, _ in VIEWS:
            line.set_actions(hints(view))
            await host.pilot.pause()
            assert len(host.lines[0]) <= width
            assert host.lines[0].endswith("? Help")
            assert ("…" in host.lines[0]) == (len(line._starts) < len(hints(view)))


async def test_a_click_on_a_hint_asks_for_it() -> None:
    line = Hints()
    async with hosted(line, (120, 2)) as host:
        line.set_actions(hints("cluster"))
        await host.pilot.pause()
        await host.pilot.click(line, offset=(host.lines[0].index("Kill"), 0))
        await host.pilot.pause()
        (asked,) = host.said(ActionRequested)
        assert isinstance(asked, ActionRequested)
        assert asked.action == "kill"
