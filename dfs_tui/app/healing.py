"""How fast healing may go, changed on the recovery board while one watches it."""

from __future__ import annotations

import asyncio

from dfs_tui.app.frame import Frame
from dfs_tui.bridge import Bridge
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.recovery import limit_words, next_limit
from dfs_tui.view.values import Level


class HealingActions(Frame):
    """One step a key press; the limit is the cluster's, so the log has to take it before it holds."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._limiting = asyncio.Lock()  # or a quick second step could be overtaken by the first

    def _do_limit_less(self) -> None:
        self._limit(-1)

    def _do_limit_more(self) -> None:
        self._limit(1)

    def _limit(self, step: int) -> None:
        self.pump()  # what was asked for by the key press before
        view = self.bridge.view
        newest = view.freshest
        if newest is None or view.repair_limit < 0:
            self.say("How fast healing may go is not known yet.", Level.WARNING)
            return
        limit = next_limit(view.repair_limit, step, newest.report.repair.rate)
        if limit == view.repair_limit:
            self.say(f"It goes no {'faster' if step > 0 else 'slower'}: the limit is {limit_words(limit)}.")
            return
        self.bridge.ask_limit(limit)
        self.run_worker(self._set_limit(limit), name="limit", group="actions", exit_on_error=False)
        self.pump()

    async def _set_limit(self, limit: int) -> None:
        async with self._limiting:
            await self.bridge.limit_repair(limit)
