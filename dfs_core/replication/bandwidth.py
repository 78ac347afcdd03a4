"""How many bytes a second repair may move, for all of it on one node together: a bucket of tokens.

The limit is asked for anew while somebody waits, so that a change holds at once, in either direction. What is taken
may be more than the bucket holds: then it is overdrawn, and whoever comes next waits until that is paid back. So one
chunk larger than the limit still moves, and on average the limit holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dfs_core.clock import Clock

BURST_S = 1.0  # so much of the limit may be saved up
LOOK_S = 0.5  # between looks at the limit while waiting


class Bandwidth:
    """`limit()` bytes a second; 0 or less: as many as there are."""

    def __init__(self, clock: Clock, limit: Callable[[], int]) -> None:
        self._clock, self._limit = clock, limit
        self._tokens = 0.0
        self._filled: float | None = None
        self._turn = asyncio.Lock()

    @property
    def limit(self) -> int:
        """In bytes a second, as of now; 0: none."""
        return max(0, self._limit())

    async def take(self, count: int) -> None:
        """Return when `count` more bytes may move. First come, first served. Cancelled: nothing was taken."""
        async with self._turn:
            while (limit := self.limit) > 0:
                self._fill(limit)
                if self._tokens > 0:
                    self._tokens -= count
                    return
                await self._clock.sleep(min(-self._tokens / limit + 0.001, LOOK_S))
            self._filled, self._tokens = None, 0.0

    def give_back(self, count: int) -> None:
        """So many bytes of what was taken were not needed after all (or, negative, so many more were)."""
        if self._filled is not None:
            self._tokens += count

    def _fill(self, limit: int) -> None:
        now = self._clock.now()
        if self._filled is None:
            self._tokens = limit * BURST_S
        else:
            self._tokens = min(self._tokens + (now - self._filled) * limit, limit * BURST_S)
        self._filled = now
