"""A copy is read again. Whom it serves has tests of its own: test_verifier.py, test_peer_api.py, test_repair_api.py."""

from __future__ import annotations

import pytest

from dfs_core.encoding.peer_messages import ChunkChecked
from dfs_core.model.ids import Address
from dfs_core.replication.reread import reread
from dfs_core.store.memory import MemoryChunkStore

DATA = b"sealed"
ADDRESS = Address.of(DATA)


async def test_a_copy_is_good_missing_or_bad_and_a_bad_one_is_dealt_with(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryChunkStore()
    dealt: list[tuple[Address, str]] = []

    async def damaged_here(address: Address, why: str) -> None:
        dealt.append((address, why))

    assert await reread(store, ADDRESS, damaged_here) == ChunkChecked(held=False, damaged=False)
    await store.put(ADDRESS, DATA)
    assert await reread(store, ADDRESS, damaged_here) == ChunkChecked(held=True, damaged=False)
    assert dealt == []

    store.chunks[ADDRESS] = b"sealeD"
    assert await reread(store, ADDRESS, damaged_here) == ChunkChecked(held=False, damaged=True)
    assert [address for address, _ in dealt] == [ADDRESS] and dealt[0][1]
