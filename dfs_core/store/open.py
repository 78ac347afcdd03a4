"""From a URL or a path to a chunk store: the only module that names the backends."""

from __future__ import annotations

from pathlib import Path

from dfs_core.errors import ConfigError
from dfs_core.store.base import ChunkStore, Durability
from dfs_core.store.files import FileChunkStore
from dfs_core.store.memory import MemoryChunkStore


async def open_store(
    place: str | Path, *, capacity_bytes: int | None = None, durability: Durability = "durable"
) -> ChunkStore:
    """The chunk store at `place`: a folder (as a path or `file:///path`), or `memory:` for one that dies with us.

    `capacity_bytes`: how much it may hold; None: the whole disk, less the reserve. `durability`: whether `put` and
    `delete` wait for the medium; "relaxed" may lose the last half minute in a power cut.
    The folder must exist and belong to this process (see `DataFolder`).
    ConfigError: no backend knows such a place. StoreError: the folder cannot be used.
    """
    if place == "memory:":
        return MemoryChunkStore(capacity_bytes=capacity_bytes)
    return await FileChunkStore.open(_folder(place), capacity_bytes=capacity_bytes, durability=durability)


def _folder(place: str | Path) -> Path:
    if isinstance(place, Path):
        return place
    if place.startswith("file:///"):
        return Path(place.removeprefix("file://"))
    if "://" in place:
        raise ConfigError(f"no store knows {place!r}: give a folder, file:///FOLDER or memory:")
    return Path(place)
