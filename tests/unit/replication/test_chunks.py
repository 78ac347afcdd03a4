from __future__ import annotations

import asyncio
import gc

import pytest

from dfs_core.encoding.message import Message
from dfs_core.errors import (
    ChunkCorrupt,
    ChunkNotFound,
    DfsError,
    NotAllowed,
    NotEnoughCopies,
    PeerError,
    RemoteProtocolError,
    StoreError,
    StoreFull,
)
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.placement import holders, ranked
from dfs_core.replication.chunks import Placed

from .chunk_world import World, node_id

TEA = b"tea" * 1000
ADDRESS = Address.of(TEA)


async def spread(world: World, needed: int = 2) -> Placed:
    enough: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
    await world.chunks.spread(ADDRESS, TEA, {}, needed, enough, 0)
    return await enough


async def holding(world: World) -> set[NodeId]:
    return {node for node, store in world.stores.items() if await store.has(ADDRESS)}


async def test_a_chunk_goes_to_all_its_holders() -> None:
    world = World(nodes=5)
    await spread(world)
    assert await holding(world) == set(holders(ADDRESS.digest, world.layout))


async def test_a_holder_that_is_down_is_stood_in_for_by_the_next_and_owed_a_copy() -> None:
    world = World(nodes=5)
    order = ranked(ADDRESS.digest, world.layout)
    lost = next(node for node in order[:3] if node != world.me)
    world.down = {lost}
    await spread(world)
    assert await holding(world) == (set(order[:3]) - {lost}) | {order[3] if order[3] != lost else order[4]}
    assert world.missed == [(ADDRESS, lost)]


async def test_a_holder_that_fails_while_it_is_sent_to_is_stood_in_for_too() -> None:
    world = World(nodes=5)
    order = ranked(ADDRESS.digest, world.layout)
    full = next(node for node in order[:3] if node != world.me)
    world.failing = {full: StoreFull("no room")}
    placed = await spread(world, needed=3)
    assert len(placed.holders) == 3
    assert full not in await holding(world)


async def test_too_few_holders_are_an_error_that_names_each_node_and_why() -> None:
    world = World()
    world.down = {node_id(2), node_id(3)}
    with pytest.raises(NotEnoughCopies) as caught:
        await spread(world)
    assert caught.value.failures == {str(node_id(2)): "switched off", str(node_id(3)): "switched off"}
    assert (caught.value.needed, caught.value.reached) == (2, 1)


async def test_a_chunk_that_a_holder_has_is_not_sent_to_it() -> None:
    world = World()
    await spread(world)
    world.sent.clear()
    known = await world.chunks.held_by([ADDRESS], world.stores, 0)
    enough: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
    await world.chunks.spread(ADDRESS, TEA, known, 2, enough, 0)
    assert world.sent == []
    assert enough.result().sent == 0


async def test_a_damaged_copy_is_never_returned_and_its_holder_is_told() -> None:
    world = World()
    await spread(world)
    await world.stores[world.me].delete(ADDRESS)
    world.answering = {node_id(2): b"not tea", node_id(3): b"not tea"}
    with pytest.raises(
        ChunkCorrupt, match=rf"{node_id(2).short}.*{node_id(3).short}|{node_id(3).short}.*{node_id(2).short}"
    ):
        await world.chunks.fetch(ADDRESS)
    del world.answering[node_id(3)]
    assert await world.chunks.fetch(ADDRESS) == TEA
    await asyncio.sleep(0)
    assert (node_id(2), ADDRESS) in world.damaged
    assert (node_id(2), ADDRESS) in world.checks


async def test_a_missing_copy_is_fetched_from_the_next_holder_and_owed() -> None:
    world = World()
    await spread(world)
    await world.stores[world.me].delete(ADDRESS)
    assert await world.chunks.fetch(ADDRESS) == TEA
    assert (ADDRESS, world.me) in world.missed


async def test_a_chunk_that_nobody_has_is_not_found_but_only_if_everybody_was_asked() -> None:
    world = World()
    with pytest.raises(ChunkNotFound):
        await world.chunks.fetch(ADDRESS)
    world.down = {node_id(3)}
    with pytest.raises(PeerError):
        await world.chunks.fetch(ADDRESS)


async def test_what_nobody_has_is_owed_to_nobody_though_its_holders_look_again() -> None:
    """Each attempt to bring it to one of them would owe it to all, and so on for ever."""
    world = World()
    with pytest.raises(ChunkNotFound):
        await world.chunks.fetch(ADDRESS)
    await asyncio.gather(*world.chunks._checks)
    assert sorted(world.checks) == [(node_id(2), ADDRESS), (node_id(3), ADDRESS)]
    assert world.missed == []
    world.down = {node_id(3)}
    with pytest.raises(PeerError):
        await world.chunks.fetch(ADDRESS)
    await asyncio.gather(*world.chunks._checks)
    assert set(world.missed) == {(ADDRESS, world.me), (ADDRESS, node_id(2))}, "the third one may have it"


async def test_a_copy_on_a_node_where_it_does_not_belong_is_found() -> None:
    world = World(nodes=6)
    stray = ranked(ADDRESS.digest, world.layout)[5]
    await world.stores[stray].put(ADDRESS, TEA)
    assert await world.chunks.fetch(ADDRESS) == TEA


@pytest.mark.parametrize(
    "failure", [StoreError("the disk cannot be read"), RemoteProtocolError("nonsense"), NotAllowed("who are you?")]
)
async def test_a_node_that_cannot_answer_is_passed_over(failure: DfsError) -> None:
    world = World()
    await spread(world)
    for good in world.stores:
        world.failing = {node: failure for node in world.stores if node not in (good, world.me)}
        if good != world.me:
            await world.stores[world.me].delete(ADDRESS)
        assert await world.chunks.fetch(ADDRESS) == TEA
        assert set(await world.chunks.held_by([ADDRESS], world.stores, 0)) == {good, world.me}


async def test_an_own_disk_that_fails_does_not_keep_a_chunk_from_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    await spread(world)

    async def fail(address: Address) -> bytes:
        raise StoreError("the disk cannot be read")

    monkeypatch.setattr(world.stores[world.me], "get", fail)
    assert await world.chunks.fetch(ADDRESS) == TEA
    world.down = {node_id(2), node_id(3)}
    with pytest.raises(PeerError, match="the disk cannot be read"):
        await world.chunks.fetch(ADDRESS)


async def test_a_holder_that_cannot_look_again_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: unhandled.append(context))

    async def refuse(node: NodeId, request: Message, *, timeout_s: float) -> Message:
        raise NotAllowed("who are you?")

    await spread(world)
    await world.stores[world.me].delete(ADDRESS)
    world.answering = {node_id(2): b"not tea", node_id(3): b"not tea"}
    monkeypatch.setattr(world, "call", refuse)
    with pytest.raises(ChunkCorrupt):
        await world.chunks.fetch(ADDRESS)
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert unhandled == []
    assert world.missed == [(ADDRESS, world.me)]
