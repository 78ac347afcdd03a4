"""The file store as the event loop sees it: it never holds the loop up. The rest is in `tests/contract`."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from dfs_core.errors import ChunkNotFound
from dfs_core.model.ids import Address
from dfs_core.store.disk import Disk
from dfs_core.store.files import FileChunkStore

TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


class SlowDisk(Disk):
    """Syncs of files wait until told."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self.go_on = threading.Event()

    def sync(self, file: int) -> None:
        self.waiting.release()
        assert self.go_on.wait(30)
        super().sync(file)


async def test_the_loop_runs_and_others_read_while_a_disk_is_slow(tmp_path: Path) -> None:
    disk = SlowDisk()
    disk.go_on.set()
    store = await FileChunkStore.open(tmp_path, disk=disk)
    await store.put(MILK, b"milk")
    disk.go_on.clear()
    async with asyncio.TaskGroup() as group:
        put = group.create_task(store.put(TEA, b"tea"))
        assert await store.get(MILK) == b"milk"
        assert not put.done()
        disk.go_on.set()
    assert put.result() is True
    await store.close()


async def test_puts_of_different_chunks_sync_side_by_side(tmp_path: Path) -> None:
    disk = SlowDisk()
    store = await FileChunkStore.open(tmp_path, disk=disk)
    async with asyncio.TaskGroup() as group:
        for chunk in (b"tea", b"milk"):
            group.create_task(store.put(Address.of(chunk), chunk))
        for _ in range(2):
            assert await asyncio.to_thread(disk.waiting.acquire, timeout=30)
        disk.go_on.set()
    assert await store.which([TEA, MILK]) == [True, True]
    await store.close()


async def test_what_is_stored_is_there_in_the_next_process(tmp_path: Path) -> None:
    store = await FileChunkStore.open(tmp_path)
    await store.put(TEA, b"tea")
    await store.close()
    again = await FileChunkStore.open(tmp_path)
    assert await again.get(TEA) == b"tea"
    with pytest.raises(ChunkNotFound):
        await again.get(MILK)
    await again.close()
