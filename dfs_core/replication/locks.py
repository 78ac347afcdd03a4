"""One lock an address: who asks about a chunk and who deletes it take turns.

Held for a moment, by what must not come between the look at a copy and what is said or done because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dfs_core.model.ids import Address


class AddressLocks:
    """As many locks as there are addresses being held or waited for now; first come, first served on each."""

    def __init__(self) -> None:
        self._locks: dict[Address, asyncio.Lock] = {}
        self._users: dict[Address, int] = {}

    @asynccontextmanager
    async def hold(self, address: Address) -> AsyncIterator[None]:
        """Alone with this address until the block ends. Not to be held twice by one task."""
        lock = self._locks.setdefault(address, asyncio.Lock())
        self._users[address] = self._users.get(address, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[address] -= 1
            if not self._users[address]:
                del self._users[address], self._locks[address]
