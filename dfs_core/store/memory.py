"""Chunks in a dictionary: the reference implementation, and what the simulation runs on.

No thread and no await inside a call, so each call is one step of the event loop. "Durable" means here: as long as the
object lives, which is what a simulated restart keeps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from dfs_core.errors import ChunkCorrupt, ChunkNotFound, StoreFull
from dfs_core.limits import GIB
from dfs_core.model.ids import Address
from dfs_core.store.base import Buffer, ChunkStore, Usage, check_content, size_of

_HERE = "this node"


class MemoryChunkStore(ChunkStore):
    """`chunks` and `quarantined` are open to tests that damage or lose a copy."""

    def __init__(self, *, capacity_bytes: int | None = None) -> None:
        self.chunks: dict[Address, bytes] = {}
        self.quarantined: list[tuple[Address, bytes]] = []
        self._capacity_bytes = GIB if capacity_bytes is None else capacity_bytes

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        size_bytes = size_of(data)
        if verify:
            check_content(address, data)
        if address in self.chunks and not await self.quarantine(address):
            return False
        if size_bytes > (await self.usage()).free_bytes:
            raise StoreFull(f"the store in memory holds at most {self._capacity_bytes} bytes; delete chunks first")
        self.chunks[address] = bytes(data)
        return True

    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        data = self._find(address)
        if verify:
            check_content(address, data, _HERE)
        return data

    async def get_range(self, address: Address, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError(f"a range starts and extends at or above 0, got {start} and {length}")
        return self._find(address)[start : start + length]

    async def has(self, address: Address) -> bool:
        return address in self.chunks

    async def which(self, addresses: Sequence[Address]) -> list[bool]:
        return [address in self.chunks for address in addresses]

    async def delete(self, address: Address) -> bool:
        return self.chunks.pop(address, None) is not None

    async def quarantine(self, address: Address) -> bool:
        data = self.chunks.get(address)
        if data is None:
            return False
        try:
            check_content(address, data)
        except ChunkCorrupt:
            self.quarantined.append((address, self.chunks.pop(address)))
            return True
        return False

    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        if limit < 1:
            raise ValueError(f"a page has at least one chunk, got {limit}")
        held = sorted(self.chunks)
        start = 0 if after is None else bisect_right(held, after)
        return [(address, len(self.chunks[address])) for address in held[start : start + limit]]

    def set_capacity(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes

    async def usage(self) -> Usage:
        stored_bytes = sum(map(len, self.chunks.values()))
        free_bytes = max(0, self._capacity_bytes - stored_bytes)
        return Usage(len(self.chunks), stored_bytes, self._capacity_bytes, free_bytes)

    async def recount(self) -> None:
        """It is counted each time anyway."""

    async def close(self) -> None:
        """Nothing to release: what is held outlives a simulated restart."""

    def _find(self, address: Address) -> bytes:
        try:
            return self.chunks[address]
        except KeyError:
            raise ChunkNotFound(str(address), "this node has no copy") from None
