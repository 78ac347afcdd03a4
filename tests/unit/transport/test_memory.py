"""The network in memory: the real mesh in any weather, the same from the same seed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from dfs_core.encoding.peer_messages import AskMembers, FetchChunk, MembersKnown, ReadIndex, StoreChunk, Stored
from dfs_core.errors import NotAllowed, PeerTimeout, PeerUnreachable
from dfs_core.limits import MIB
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_messages import TimeoutNow
from dfs_core.transport.memory import MemoryNetwork, MemoryPeers

from .nodes import Answers, content, until

ONE, TWO, THREE = (NodeId(bytes([number]) * 32) for number in (1, 2, 3))
ASK = AskMembers(1)
ANSWER = MembersKnown(1, 3, [])


@asynccontextmanager
async def network(
    *nodes: NodeId, seed: int = 1, **weather: Any
) -> AsyncIterator[tuple[MemoryNetwork, dict[NodeId, MemoryPeers], dict[NodeId, Answers]]]:
    made = MemoryNetwork(Random(seed), **weather)
    answers = {node: Answers() for node in nodes}
    peers = {node: await made.add(node, handler=answers[node], notified=answers[node].notified) for node in nodes}
    try:
        await until(lambda: all(each.alive() == set(nodes) - {node} for node, each in peers.items()))
        yield made, peers, answers
    finally:
        made.heal()
        await asyncio.gather(*(each.close() for each in peers.values()))


async def test_nodes_of_one_process_talk_like_others() -> None:
    async with network(ONE, TWO, THREE) as (_, peers, answers):
        for node, each in peers.items():
            for other in peers.keys() - {node}:
                assert await each.call(other, ASK, timeout_s=5) == ANSWER
        data = content(3 * MIB)
        assert await peers[ONE].send_bytes(TWO, StoreChunk(b"a", len(data)), data, timeout_s=9) == Stored(False, True)
        _, fetched = await peers[ONE].fetch_bytes(TWO, FetchChunk(b"any 300000"), size_max=MIB, timeout_s=9)
        assert fetched == content(300_000)
        assert peers[ONE].notify(THREE, TimeoutNow(1))
        await until(lambda: answers[THREE].notes == [TimeoutNow(1)])


async def test_nothing_is_shared_but_bytes() -> None:
    async with network(ONE, TWO) as (_, peers, answers):
        request = StoreChunk(b"have it", 1)
        await peers[ONE].call(TWO, request, timeout_s=5)
        (heard,) = answers[TWO].started
        assert heard == request
        assert heard is not request


async def test_a_lossy_slow_network_is_only_slower() -> None:
    async with network(ONE, TWO, delay_s=(0.0, 0.02), loss=0.1) as (_, peers, _):
        data = content(200_000)
        assert await peers[ONE].send_bytes(TWO, StoreChunk(b"a", len(data)), data, timeout_s=20) == Stored(False, True)


async def test_a_cut_holds_bytes_until_it_is_healed() -> None:
    async with network(ONE, TWO) as (made, peers, _):
        made.part([ONE], [TWO])
        with pytest.raises(PeerTimeout):
            await peers[ONE].call(TWO, ASK, timeout_s=0.05)
        asking = asyncio.create_task(peers[ONE].call(TWO, ASK, timeout_s=20))
        made.heal()
        assert await asking == ANSWER


@pytest.mark.parametrize(("source", "target", "heard"), [(ONE, TWO, 0), (TWO, ONE, 1)])
async def test_a_cut_may_be_one_way(source: NodeId, target: NodeId, heard: int) -> None:
    async with network(ONE, TWO) as (made, peers, answers):
        made.cut(source, target)
        with pytest.raises(PeerTimeout):
            await peers[ONE].call(TWO, ASK, timeout_s=0.05)
        assert len(answers[TWO].started) == heard
        made.heal(source, target)
        assert await peers[ONE].call(TWO, ASK, timeout_s=20) == ANSWER


async def test_healing_one_way_leaves_the_other_cut() -> None:
    async with network(ONE, TWO, THREE) as (made, peers, _):
        made.part([ONE], [TWO, THREE])
        made.heal(ONE)
        assert not made.is_cut(ONE, TWO)
        assert made.is_cut(TWO, ONE)
        assert await peers[TWO].call(THREE, ASK, timeout_s=5) == ANSWER


async def test_broken_links_are_made_again() -> None:
    async with network(ONE, TWO) as (made, peers, _):
        asking = asyncio.create_task(peers[ONE].call(TWO, FetchChunk(b"later 1"), timeout_s=20))
        await asyncio.sleep(0)
        made.break_links(ONE, TWO)
        with pytest.raises(PeerUnreachable):
            await asking
        await until(lambda: TWO in peers[ONE].alive() and ONE in peers[TWO].alive())
        assert await peers[ONE].call(TWO, ASK, timeout_s=5) == ANSWER


async def test_a_stopped_node_is_gone_and_a_restarted_one_is_back() -> None:
    async with network(ONE, TWO) as (made, peers, _):
        await peers[TWO].close()
        await until(lambda: peers[ONE].alive() == frozenset())
        with pytest.raises(PeerUnreachable):
            await peers[ONE].call(TWO, ASK, timeout_s=5)
        peers[TWO] = await made.add(TWO, handler=Answers())
        await until(lambda: peers[ONE].alive() == {TWO})
        assert await peers[ONE].call(TWO, ASK, timeout_s=5) == ANSWER


async def test_roles_are_kept_in_memory_too() -> None:
    made = MemoryNetwork(Random(1))
    full, vault = await made.add(ONE, handler=Answers()), await made.add(TWO, role="vault", handler=Answers())
    await until(lambda: bool(full.alive() and vault.alive()))
    assert await vault.call(ONE, ASK, timeout_s=5) == ANSWER
    with pytest.raises(NotAllowed):
        await vault.call(ONE, ReadIndex(), timeout_s=5)
    await asyncio.gather(full.close(), vault.close())


async def test_a_node_without_a_handler_answers_nothing() -> None:
    made = MemoryNetwork(Random(1))
    one, two = await made.add(ONE), await made.add(TWO)
    await until(lambda: bool(one.alive()))
    with pytest.raises(PeerUnreachable, match="answers nothing"):
        await one.call(TWO, ASK, timeout_s=5)
    await asyncio.gather(one.close(), two.close())


def test_the_same_seed_draws_the_same_weather() -> None:
    def weather(seed: int) -> list[float]:
        made = MemoryNetwork(Random(seed), delay_s=(0.1, 0.5), loss=0.3)
        return [made.delay_s() for _ in range(50)]

    assert weather(1) == weather(1) != weather(2)
    assert any(delay > 0.6 for delay in weather(1))


async def test_a_slow_reader_is_waited_for() -> None:
    async with network(ONE, TWO) as (_, peers, _):
        link = peers[ONE].link(TWO)
        assert link is not None
        async with await link.open(FetchChunk(b"any %d" % (8 * MIB)), timeout_s=5) as exchange:
            await exchange.reply(timeout_s=5)
            data = bytearray()
            while piece := await exchange.read(70_000):
                data += piece
        assert data == content(8 * MIB)
