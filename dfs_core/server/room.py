"""Room on this node's disk: looked at once a second, said in words while there is none, and used when it returns.

A full disk is no reason to stop. New chunks go to other nodes (`StoreFull` of the store), what the log says is written
into the reserve that is given up (`store/reserve.py`), and when even that is used up the log waits (`consensus`). Once
there is room, copies that could not be taken are fetched at once instead of after their backoff.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from dfs_core.clock import Clock
from dfs_core.errors import StoreError
from dfs_core.limits import SEALED_BYTES_MAX
from dfs_core.server.events import EventBus
from dfs_core.store.base import ChunkStore
from dfs_core.store.reserve import DiskReserve

_log = logging.getLogger(__name__)

LOOK_S = 1.0


class Room:
    """The task."""

    def __init__(
        self,
        reserve: DiskReserve,
        *,
        store: ChunkStore,
        events: EventBus,
        clock: Clock,
        returned: Callable[[], Awaitable[None]],
    ) -> None:
        """`returned` is called when there is room again."""
        self._reserve, self._store, self._events, self._clock = reserve, store, events, clock
        self._returned = returned
        self._full = self._given_up = False

    def alarm(self) -> list[str]:
        """In words; empty while there is room."""
        if self._given_up:
            return ["the disk of this node is full, others fill it too: free space on it"]
        return ["this node has no room for chunks; others take them"] if self._full else []

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                _log.warning("how much room there is cannot be told: %s", error)
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """See how it is, and say it if it is otherwise than before. StoreError."""
        self._given_up = not await asyncio.to_thread(self._reserve.look)
        # As much again as it takes to be full, lest a single chunk that goes is called room.
        margin_bytes = 2 * SEALED_BYTES_MAX if self._full else 0
        full = (await self._store.usage()).free_bytes <= margin_bytes
        if full == self._full:
            return
        self._full = full
        if full:
            self._events.record("warning", "there is no room left for chunks here; others take them")
        else:
            self._events.record("info", "there is room again; what this node should hold is fetched")
            await self._returned()
