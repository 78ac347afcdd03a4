"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools


class ManualClock:
    """A `Clock` for tests: `advance` is the only thing that makes time pass, and it wakes whoever is due.

    A loop that sleeps again after it was woken counts from the new now, so to see it turn three times, advance three
    times. `sleeping` waits for the tasks under test to get as far as their sleep: no test needs to guess.
    """

    def __init__(self, now: float = 0.0, wall: float = 1_700_000_000.0) -> None:
        self._now, self._wall = now, wall
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._more = asyncio.Condition()

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall

    def set_wall(self, wall: float) -> None:
        """Let the machine's clock jump; `now` stays."""
        self._wall = wall

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        async with self._more:
            self._more.notify_all()
        await woken

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass. Who is due by then runs, in the order of their times, once the caller awaits."""
        if seconds < 0:
            raise ValueError(f"time does not go back, got {seconds}")
        self._now += seconds
        self._wall += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():  # a cancelled sleeper is gone already
                woken.set_result(None)

    async def sleeping(self, count: int = 1) -> None:
        """Return once at least `count` tasks sleep on this clock."""
        async with self._more:
            await self._more.wait_for(lambda: sum(not woken.done() for _, _, woken in self._sleepers) >= count)
