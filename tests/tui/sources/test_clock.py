"""The real clock."""

from __future__ import annotations

import asyncio

from dfs_tui.sources.clock import SystemClock


async def test_sleeping_moves_the_clock_by_at_least_as_much() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert clock.now() - before >= 0.009
    assert clock.now() <= asyncio.get_running_loop().time()
    assert clock.wall() > 1_700_000_000
