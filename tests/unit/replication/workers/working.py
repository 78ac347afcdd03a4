"""A worker that does as it is told, for tests of what runs workers."""

from __future__ import annotations

import asyncio

from dfs_core.replication.workers.worker import Figures
from dfs_core.testing.clock import ManualClock


class Diligent:
    """Does what is in `work`: a number of seconds that a step takes, or an error it raises. Waits when it is empty."""

    def __init__(self, clock: ManualClock, name: str = "diligent") -> None:
        self.name = name
        self.figures = Figures()
        self.work: list[float | Exception] = []
        self.stepped, self.waited = 0, 0
        self.wake = asyncio.Event()
        self.turn = asyncio.Event()  # set after each step and before each wait
        self._clock = clock

    def give(self, *work: float | Exception) -> None:
        self.work += work
        self.figures.waiting = len(self.work)
        self.wake.set()

    async def step(self) -> bool:
        self.wake.clear()
        self.stepped += 1
        self.turn.set()
        if not self.work:
            return False
        next_one = self.work[0]
        if isinstance(next_one, Exception):
            self.work.pop(0)
            raise next_one
        if next_one:
            await self._clock.sleep(next_one)
        self.work.pop(0)
        self.figures.done += 1
        self.figures.done_bytes += 1000
        self.figures.waiting = len(self.work)
        return True

    async def wait(self) -> None:
        self.waited += 1
        self.turn.set()
        await self.wake.wait()

    async def idle(self, stepped: int) -> None:
        """Return once it has taken so many steps and waits."""
        async with asyncio.timeout(10):
            while not (self.stepped >= stepped and not self.work):
                self.turn.clear()
                await self.turn.wait()
        await settle()


async def settle() -> None:
    """Let every task go as far as it can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)
