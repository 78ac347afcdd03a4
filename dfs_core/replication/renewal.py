"""Counting the copies of chunks anew, after the log refused them: some were condemned since they were counted.

The holders are asked again, with the strictest `as_of` there is. A chunk that too few of them still have is brought
from wherever a copy is left: a holder that has not carried out the verdict yet, a node without a place. If none is
left, only whoever stores has the bytes: the window let go of them when they were safe, so that memory stays bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from dfs_core.errors import ChunkNotFound, ChunksCondemned, PeerError
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.budget import Budget
from dfs_core.replication.chunks import Chunks, Placed


async def renew(addresses: Sequence[Address], needed: int, *, chunks: Chunks, window: Budget) -> int:
    """Have `needed` copies of each of these chunks counted as of one log index, and return that.

    `addresses` are different. At most one chunk more than `window` allows is held at a time: waiting for room could be
    waiting for this very store. ChunksCondemned: no copy of one is left. NotEnoughCopies.
    """
    as_of = chunks.fence.newest
    known = await chunks.held_by(addresses, chunks.reachable(), as_of)
    for address in addresses:
        if sum(address in held for held in known.values()) < needed:
            await _bring_back(address, known, needed, as_of, chunks=chunks, window=window)
    return as_of


async def _bring_back(
    address: Address,
    known: Mapping[NodeId, set[Address]],
    needed: int,
    as_of: int,
    *,
    chunks: Chunks,
    window: Budget,
) -> None:
    try:
        data = await chunks.fetch(address)
    except (ChunkNotFound, PeerError):
        text = "a chunk that holders had was collected meanwhile; nothing was stored, store it again"
        raise ChunksCondemned("condemned", text, [str(address)]) from None
    window.overdraw(len(data))
    try:
        enough: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        await chunks.spread(address, memoryview(data), known, needed, enough, as_of)
        await enough
    finally:
        window.give_back(len(data))
