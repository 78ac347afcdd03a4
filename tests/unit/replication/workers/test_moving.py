"""One chunk on its way to where it is owed. What the workers do with it is in `test_resync.py`, `test_rebalance.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.errors import ChunkNotFound, PeerError
from dfs_core.model.ids import Address

from .repairing import Cluster

TEA = Address.of(b"tea")


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    made = Cluster(tmp_path, nodes=4, copies=3)
    yield made
    await made.close()


async def test_what_is_moved_is_counted_and_what_is_there_is_not(cluster: Cluster) -> None:
    here, there, *_ = cluster.placed(TEA)
    await there.store.put(TEA, b"tea")
    assert await here.mover.settle(TEA, here.node) == 3
    assert await here.mover.settle(TEA, here.node) == 0
    other = cluster.placed(TEA)[2]
    assert await here.mover.settle(TEA, other.node) == 3
    assert await here.mover.settle(TEA, other.node) == 0


async def test_a_copy_on_a_node_that_is_not_placed_is_found(cluster: Cluster) -> None:
    here = cluster.placed(TEA)[0]
    await cluster.misplaced(TEA).store.put(TEA, b"tea")
    assert await here.mover.settle(TEA, here.node) == 3


async def test_fetching_makes_no_others_look_for_what_they_are_told_to_fetch_as_well(cluster: Cluster) -> None:
    here, other, last = cluster.placed(TEA)
    await last.store.put(TEA, b"tea")
    await here.mover.settle(TEA, here.node)
    assert cluster.asked == []
    await here.owed.flush()
    assert here.owed.length() == 0
    assert TEA not in other.store.chunks


async def test_what_nobody_has_is_not_found_and_what_somebody_may_have_is_not_lost(cluster: Cluster) -> None:
    here, other, _ = cluster.placed(TEA)
    with pytest.raises(ChunkNotFound):
        await here.mover.settle(TEA, here.node)
    cluster.down.add(other.node)
    with pytest.raises(PeerError):
        await here.mover.settle(TEA, here.node)


async def test_what_was_collected_since_it_was_owed_is_owed_no_more(cluster: Cluster) -> None:
    here, other, _ = cluster.placed(TEA)
    here.referenced = False
    assert await here.mover.settle(TEA, here.node) == 0
    assert await here.mover.settle(TEA, other.node) == 0
    await asyncio.gather(*here.chunks._checks)
    await here.owed.flush()
    assert here.owed.length() == 0, "looking for it owed it anew"
    cluster.down.add(cluster.misplaced(TEA).node)
    with pytest.raises(PeerError):
        await here.mover.settle(TEA, here.node)
