"""What peers ask of a node about its copies. Refusals on the way to a deletion are in `test_surplus.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.inventory_messages import OweChunks, ReleaseChunks
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.repair_messages import ChunksConfirmed, ConfirmChunks, HurryRepair
from dfs_core.errors import RemoteProtocolError, StaleLayout
from dfs_core.limits import CONFIRM_CHUNKS_MAX, OWE_CHUNKS_MAX
from dfs_core.model.ids import Address

from ..replication.workers.repairing import Cluster, RepairNode

TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[RepairNode]:
    """One of three nodes, on which every chunk is placed."""
    cluster = Cluster(tmp_path, nodes=3, copies=3)
    yield next(iter(cluster.nodes.values()))
    await cluster.close()


async def test_what_a_node_should_hold_is_queued_when_it_answers(node: RepairNode) -> None:
    assert await node.answer(OweChunks(TEA.digest + MILK.digest, bytes([1, 2]))) == Done()
    assert (node.owed.length(1, 1), node.owed.length(2, 2)) == (1, 1)


async def test_a_leader_tells_itself_the_same_way(node: RepairNode) -> None:
    await node.api.take(OweChunks(TEA.digest, bytes([1])))
    await node.api.take(ReleaseChunks(MILK.digest, 1, 5))
    assert (node.owed.length(1, 1), node.surplus.length) == (1, 1)


async def test_what_a_node_may_release_is_noted(node: RepairNode) -> None:
    assert await node.answer(ReleaseChunks(TEA.digest, 1, 5)) == Done()
    assert node.surplus.length == 1


@pytest.mark.parametrize("revision", [0, 2])
async def test_what_may_be_released_under_another_layout_is_not_noted(node: RepairNode, revision: int) -> None:
    with pytest.raises(StaleLayout):
        await node.answer(ReleaseChunks(TEA.digest, revision, 5))
    assert node.surplus.length == 0


async def test_what_is_owed_under_a_layout_that_was_not_read_yet_is_not_noted(node: RepairNode) -> None:
    """It would be dropped if this node had no place in the older one."""
    with pytest.raises(StaleLayout):
        await node.answer(OweChunks(TEA.digest, bytes([1]), revision=2))
    assert node.owed.length(0, 9) == 0
    assert await node.answer(OweChunks(TEA.digest, bytes([1]), revision=0)) == Done()


async def test_a_confirmation_says_of_each_chunk_what_was_read_just_now(node: RepairNode) -> None:
    rotten = Address.of(b"sugar")
    await node.store.put(TEA, b"tea")
    node.store.chunks[rotten] = b"rot"
    reply = await node.answer(ConfirmChunks(TEA.digest + MILK.digest + rotten.digest, 1, as_of=9))
    assert reply == ChunksConfirmed(b"\x01\x00\x02")
    assert (node.damaged, node.fenced) == ([rotten], [9])


@pytest.mark.parametrize("revision", [0, 2])
async def test_nothing_is_confirmed_under_another_layout(node: RepairNode, revision: int) -> None:
    await node.store.put(TEA, b"tea")
    with pytest.raises(StaleLayout):
        await node.answer(ConfirmChunks(TEA.digest, revision))
    assert node.fenced == []


async def test_a_copy_that_this_node_will_not_keep_is_none(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, nodes=4, copies=3)
    misplaced = cluster.misplaced(TEA)
    await misplaced.store.put(TEA, b"tea")
    assert await misplaced.answer(ConfirmChunks(TEA.digest, 1)) == ChunksConfirmed(b"\x00")
    await cluster.close()


async def test_whoever_wants_repair_to_hurry_is_heard(node: RepairNode) -> None:
    assert await node.answer(HurryRepair()) == Done()
    assert node.hurried == 1


@pytest.mark.parametrize(
    "request_",
    [
        OweChunks(b"short", b"\x01"),
        OweChunks(TEA.digest, b""),
        OweChunks(bytes(32) * (OWE_CHUNKS_MAX + 1), bytes(OWE_CHUNKS_MAX + 1)),
        ReleaseChunks(b"short", 1),
        ConfirmChunks(b"short", 1),
        ConfirmChunks(bytes(32) * (CONFIRM_CHUNKS_MAX + 1), 1),
    ],
)
async def test_what_is_malformed_or_too_much_is_refused(node: RepairNode, request_: Message) -> None:
    with pytest.raises(RemoteProtocolError):
        await node.answer(request_)
