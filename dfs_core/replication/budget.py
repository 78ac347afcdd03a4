"""A number of bytes that many may share and none may exceed: what keeps memory bounded when a peer is slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dfs_core.limits import (
    PEER_WINDOW_BYTES,
    PEERS_WINDOW_BYTES,
    RETRIEVE_WINDOW_BYTES,
    RETRIEVES_WINDOW_BYTES,
    STORE_WINDOW_BYTES,
    STORES_WINDOW_BYTES,
)
from dfs_core.model.ids import NodeId


@dataclass(frozen=True, slots=True)
class Windows:
    """How many bytes of chunks a node holds at once: of one store, of all, the same of retrieves and of peers."""

    store: int = STORE_WINDOW_BYTES
    stores: int = STORES_WINDOW_BYTES
    retrieve: int = RETRIEVE_WINDOW_BYTES
    retrieves: int = RETRIEVES_WINDOW_BYTES
    peer: int = PEER_WINDOW_BYTES
    peers: int = PEERS_WINDOW_BYTES


class Budget:
    """`size_bytes` to hand out, first come, first served.

    A request larger than the whole is granted alone, so that it cannot wait for ever. What is overdrawn is paid back
    before anything is granted again.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size = size_bytes
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def used(self) -> int:
        """Bytes that are taken now."""
        return self._used

    async def take(self, count: int) -> None:
        """Wait until `count` bytes are free and nobody waits in front, then hold them. Cancelled: nothing is held."""
        if not self._waiting and self._fits(count):
            self._used += count
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, future))
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give_back(count)  # granted and cancelled in the same turn of the loop
            else:
                self._grant()  # it may have stood in the way of others
            raise

    def try_take(self, count: int) -> bool:
        """Hold `count` bytes if they are free and nobody waits for any. False: nothing is held."""
        if self._waiting or not self._fits(count):
            return False
        self._used += count
        return True

    def overdraw(self, count: int) -> None:
        """Hold `count` bytes even if they are not free: for the little without which its taker could not go on."""
        self._used += count

    def give_back(self, count: int) -> None:
        """Return bytes that `take` gave."""
        self._used -= count
        self._grant()

    def _fits(self, count: int) -> bool:
        return self._used == 0 or self._used + count <= self._size

    def _grant(self) -> None:
        while self._waiting:
            count, future = self._waiting[0]
            if not future.cancelled():  # who has stopped waiting is dropped here and nowhere else
                if not self._fits(count):
                    return
                self._used += count
                future.set_result(None)
            self._waiting.popleft()


class PeerShares:
    """A budget that peers take from, and of which none has more than a part: who is slow holds up only itself."""

    def __init__(self, size_bytes: int, each_bytes: int) -> None:
        self._all, self._each_bytes = Budget(size_bytes), each_bytes
        self._own: dict[NodeId | None, Budget] = {}

    @property
    def used(self) -> int:
        """Bytes that are taken now, by all."""
        return self._all.used

    @asynccontextmanager
    async def taken(self, by: NodeId | None, count: int) -> AsyncIterator[None]:
        """Hold `count` bytes in `by`'s name as long as the block lasts, once they are free."""
        own = self._own.setdefault(by, Budget(self._each_bytes))
        await own.take(count)
        try:
            await self._all.take(count)
            try:
                yield
            finally:
                self._all.give_back(count)
        finally:
            own.give_back(count)
