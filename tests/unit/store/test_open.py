"""From a place to its store."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.errors import ConfigError, StoreError
from dfs_core.store.files import FileChunkStore
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.store.open import open_store


async def test_a_folder_may_be_a_path_its_text_or_a_url(tmp_path: Path) -> None:
    for place in (tmp_path, str(tmp_path), f"file://{tmp_path}"):
        store = await open_store(place)
        assert isinstance(store, FileChunkStore)
        await store.close()
    assert (tmp_path / "chunks").is_dir()


async def test_memory_is_a_place(tmp_path: Path) -> None:
    store = await open_store("memory:", capacity_bytes=5)
    assert isinstance(store, MemoryChunkStore)
    assert (await store.usage()).capacity_bytes == 5


async def test_capacity_reaches_the_folder(tmp_path: Path) -> None:
    store = await open_store(tmp_path, capacity_bytes=12345)
    assert (await store.usage()).capacity_bytes == 12345


@pytest.mark.parametrize("place", ["s3://bucket/x", "file://host/x", "http://x", "://x"])
async def test_a_place_that_no_store_knows_is_a_wrong_setting(place: str) -> None:
    with pytest.raises(ConfigError, match="no store knows"):
        await open_store(place)


async def test_an_absent_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="mounted"):
        await open_store(tmp_path / "absent")
