"""One copy of this node's own, read again: what a peer's doubt, a confirmation and `verify` ask of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dfs_core.encoding.peer_messages import ChunkChecked
from dfs_core.errors import ChunkCorrupt, ChunkNotFound
from dfs_core.model.ids import Address
from dfs_core.store.base import ChunkStore


async def reread(
    store: ChunkStore, address: Address, damaged_here: Callable[[Address, str], Awaitable[None]]
) -> ChunkChecked:
    """How the copy is now. `damaged_here` has dealt with a bad one on return. StoreError: it cannot be read at all."""
    try:
        await store.get(address)
    except ChunkNotFound:
        return ChunkChecked(held=False, damaged=False)
    except ChunkCorrupt as error:
        await damaged_here(address, str(error))
        return ChunkChecked(held=False, damaged=True)
    return ChunkChecked(held=True, damaged=False)
