"""The chunk store of files, as the event loop sees it. How the files are kept is in `chunk_files`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dfs_core.model.ids import Address
from dfs_core.store.base import Buffer, ChunkStore, Durability, Usage
from dfs_core.store.chunk_files import ChunkFiles
from dfs_core.store.disk import Disk
from dfs_core.store.thread import finish_in_thread


class FileChunkStore(ChunkStore):
    """Opened by `open`; its folder belongs to one process (`DataFolder` holds the lock)."""

    def __init__(self, files: ChunkFiles) -> None:
        self._files = files

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        capacity_bytes: int | None = None,
        durability: Durability = "durable",
        disk: Disk | None = None,
    ) -> FileChunkStore:
        """The store in `folder`, made if it is new; everything found in it is durable once this returned.

        `capacity_bytes`: how much it may hold; by default the whole file system. StoreError: the folder is missing
        or cannot be used.
        """
        files = ChunkFiles(folder, capacity_bytes=capacity_bytes, durability=durability, disk=disk or Disk())
        await finish_in_thread(files.open)
        return cls(files)

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        return await finish_in_thread(self._files.put, address, data, verify)

    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        return await finish_in_thread(self._files.get, address, verify)

    async def get_range(self, address: Address, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError(f"a range starts and extends at or above 0, got {start} and {length}")
        return await finish_in_thread(self._files.get_range, address, start, length)

    async def has(self, address: Address) -> bool:
        return (await self.which([address]))[0]

    async def which(self, addresses: Sequence[Address]) -> list[bool]:
        return await finish_in_thread(self._files.which, addresses)

    async def delete(self, address: Address) -> bool:
        return await finish_in_thread(self._files.delete, address)

    async def quarantine(self, address: Address) -> bool:
        return await finish_in_thread(self._files.quarantine, address)

    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        if limit < 1:
            raise ValueError(f"a page has at least one chunk, got {limit}")
        return await finish_in_thread(self._files.page, after, limit)

    def set_capacity(self, capacity_bytes: int) -> None:
        self._files.set_capacity(capacity_bytes)

    async def usage(self) -> Usage:
        return await finish_in_thread(self._files.usage)

    async def recount(self) -> None:
        await finish_in_thread(self._files.recount)

    async def close(self) -> None:
        await finish_in_thread(self._files.close)
