"""The file store keeps the contract, durable or relaxed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.store.base import ChunkStore, Durability
from dfs_core.store.open import open_store
from dfs_core.testing.store_contract import ChunkStoreContract


class TestFileChunkStore(ChunkStoreContract):
    @pytest.fixture(params=["durable", "relaxed"])
    async def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[ChunkStore]:
        durability: Durability = request.param
        store = await open_store(tmp_path, durability=durability)
        yield store
        assert list((tmp_path / "tmp").iterdir()) == [], "no call leaves a temporary file"
        await store.close()
