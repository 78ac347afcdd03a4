"""The memory store keeps the contract."""

from __future__ import annotations

import pytest

from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.store_contract import ChunkStoreContract


class TestMemoryChunkStore(ChunkStoreContract):
    @pytest.fixture
    def store(self) -> MemoryChunkStore:
        return MemoryChunkStore()
