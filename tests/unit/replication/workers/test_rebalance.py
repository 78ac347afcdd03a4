"""What has all its copies goes where the layout wants it, and only then are old places freed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.model.ids import Address

from .repairing import Cluster

CHUNKS = [b"chunk %d" % number for number in range(30)]
ADDRESSES = [Address.of(data) for data in CHUNKS]


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Five nodes, three copies, everything in its place."""
    made = Cluster(tmp_path, nodes=5, copies=3)
    for data in CHUNKS:
        for holder in made.placed(Address.of(data)):
            await holder.store.put(Address.of(data), data)
    yield made
    await made.close()


async def test_a_chunk_moves_to_its_new_holder_and_then_leaves_its_old_one(cluster: Cluster) -> None:
    leaving = next(iter(cluster.nodes.values()))
    held = sorted(leaving.store.chunks)
    assert held
    cluster.set_state(leaving, "draining")
    leaving.surplus.release(held, 1)
    assert await leaving.rebalance.step()
    assert sorted(leaving.store.chunks) == held, "the new holders have nothing yet"
    assert "release once" in leaving.rebalance.figures.detail
    for node in cluster.nodes.values():
        lacking = [one for one in held if node in cluster.placed(one) and one not in node.store.chunks]
        await node.owed.owe_here(lacking, bytes([3] * len(lacking)))
        while await node.rebalance.step():
            pass
        assert not await node.resync.step(), "nothing was short of copies"
    cluster.clock.advance(1000.0)
    while leaving.surplus.due:
        await leaving.rebalance.step()
    assert leaving.store.chunks == {}
    assert leaving.rebalance.released == len(held)
    for address in ADDRESSES:
        assert all(address in holder.store.chunks for holder in cluster.placed(address))


async def test_what_a_holder_turns_out_to_lack_is_handed_to_it(cluster: Cluster) -> None:
    """Offloading: the misplaced copy is the one that the missing one is made from."""
    address = ADDRESSES[0]
    misplaced, holder = cluster.misplaced(address), cluster.placed(address)[0]
    await misplaced.store.put(address, CHUNKS[0])
    await holder.store.delete(address)
    misplaced.surplus.release([address], 1)
    assert await misplaced.rebalance.step()
    assert await misplaced.rebalance.step()
    assert address in holder.store.chunks
    cluster.clock.advance(2.0)
    assert await misplaced.rebalance.step()
    assert address not in misplaced.store.chunks


async def test_nothing_to_do_is_idleness(cluster: Cluster) -> None:
    node = next(iter(cluster.nodes.values()))
    assert not await node.rebalance.step()
    assert (node.rebalance.figures.waiting, node.rebalance.figures.oldest_s) == (0, -1.0)


async def test_what_waits_for_its_turn_is_counted_and_not_worked_on(cluster: Cluster) -> None:
    address = ADDRESSES[0]
    misplaced = cluster.misplaced(address)
    await misplaced.store.put(address, CHUNKS[0])
    cluster.down.add(cluster.placed(address)[0].node)
    misplaced.surplus.release([address], 1)
    assert await misplaced.rebalance.step()
    assert not await misplaced.rebalance.step()
    assert misplaced.rebalance.figures.waiting == 1
