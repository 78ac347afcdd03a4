"""Turns: so many things at once, and who waits goes by rank, then by who came first.

A rank is asked for when a turn becomes free, not when the wait began: who is put before others while all of them wait
gets the next turn. What has its turn keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

Rank = Callable[[], int]


@dataclass(eq=False, slots=True)
class _Waiting:
    rank: Rank
    turn: asyncio.Future[None]


class Turns:
    """At most `at_once` are inside `turn` at any time."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[_Waiting] = []  # in the order in which they came

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[None]:
        """Wait for a turn and have it inside; the highest rank first. Cancelled while waiting, it takes none."""
        await self._take(rank)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, rank: Rank) -> None:
        if self._free:
            self._free -= 1
            return
        waiting = _Waiting(rank, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.turn.cancelled():  # it was given a turn in the same moment
                self._give_back()
            raise

    def _give_back(self) -> None:
        there = [waiting for waiting in self._waiting if not waiting.turn.done()]
        if not there:
            self._free += 1
            return
        first = max(there, key=lambda waiting: waiting.rank())  # of equal ones, the first
        self._waiting.remove(first)
        first.turn.set_result(None)
