"""What the memory store has beyond the contract (`tests/contract`)."""

from __future__ import annotations

import pytest

from dfs_core.errors import ChunkCorrupt, StoreFull
from dfs_core.model.ids import Address
from dfs_core.store.memory import MemoryChunkStore

TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


async def test_a_full_store_takes_no_chunk_and_still_deletes() -> None:
    store = MemoryChunkStore(capacity_bytes=6)
    await store.put(TEA, b"tea")
    with pytest.raises(StoreFull):
        await store.put(MILK, b"milk")
    assert (await store.usage()).free_bytes == 3
    await store.delete(TEA)
    assert await store.put(MILK, b"milk") is True


async def test_a_test_may_damage_a_copy_and_look_into_quarantine() -> None:
    store = MemoryChunkStore()
    await store.put(TEA, b"tea")
    store.chunks[TEA] = b"mud"
    with pytest.raises(ChunkCorrupt):
        await store.get(TEA)
    assert await store.quarantine(TEA) is True
    assert store.quarantined == [(TEA, b"mud")]


async def test_closing_keeps_what_is_held_for_the_next_start() -> None:
    store = MemoryChunkStore()
    await store.put(TEA, b"tea")
    await store.close()
    assert await store.get(TEA) == b"tea"
