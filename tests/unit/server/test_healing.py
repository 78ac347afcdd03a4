"""What a node does about its chunks by itself, put together over a store in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.control_messages import ChunkDamaged, EventRecorded
from dfs_core.encoding.peer_messages import NodeReport
from dfs_core.model.ids import Address, ClusterId, NodeId
from dfs_core.replication.inventory import Inventory
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.config import NodeConfig
from dfs_core.server.events import EventBus
from dfs_core.server.healing import Healing
from dfs_core.server.status import NodeFacts
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

from ..replication.chunk_world import World, node_id

ME = node_id(1)
TEA = Address.of(b"tea")


class Bench:
    """One node's healing among three nodes' stores."""

    def __init__(self, folder: Path) -> None:
        self.world, clock = World(), ManualClock()
        self.state = NodeState(folder / "state.sqlite")
        self.events = EventBus(clock)
        self.watcher = self.events.subscribe()
        self.facts = NodeFacts(
            node=ME,
            cluster=ClusterId(bytes(16)),
            role="vault",
            boot=1,
            config=NodeConfig(folder),
            listen="",
            advertise=(),
            control="",
            pid=1,
        )
        self.healing = Healing(
            state=self.state,
            store=self.world.stores[ME],
            inventory=Inventory(b"n" * 16),
            peers=self.world,
            members=MemberList(known_members(1, 3, self.world.layout.members)),
            facts=self.facts,
            events=self.events,
            clock=clock,
            capacity_bytes=1,
        )

    async def close(self) -> None:
        await self.healing.close()
        await self.world.chunks.close()
        self.state.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_a_vault_has_its_workers_too(bench: Bench) -> None:
    assert [one.name for one in bench.healing.crew.listing()] == ["resync", "rebalance", "scrub"]


async def test_a_damaged_copy_is_set_aside_told_and_replaced(bench: Bench) -> None:
    await bench.world.stores[node_id(2)].put(TEA, b"tea")
    bench.world.stores[ME].chunks[TEA] = b"rot"
    await bench.healing.damaged_here(TEA, "it is damaged")
    assert bench.world.stores[ME].quarantined == [(TEA, b"rot")]
    assert bench.facts.damaged == 1
    damaged, noted = await bench.watcher.next(), await bench.watcher.next()
    assert isinstance(damaged, ChunkDamaged) and damaged.address == str(TEA)
    assert isinstance(noted, EventRecorded) and noted.level == "error"
    assert await bench.healing.resync.step()
    assert bench.world.stores[ME].chunks[TEA] == b"tea"
    assert bench.facts.resync_length == 0
    assert bench.facts.stored_bytes > 0, "what was fetched was taken in"
    noted = await bench.watcher.next()
    assert isinstance(noted, EventRecorded) and "has replaced" in noted.text


async def test_a_copy_that_a_writer_missed_is_owed(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.healing.owed.owe(TEA, node_id(3))
    assert await bench.healing.resync.step()
    assert bench.world.stores[node_id(3)].chunks[TEA] == b"tea"


def report(node: NodeId, free: int) -> NodeReport:
    return NodeReport(node.digest, 1, "0", 0.0, "vault", "ready", 0, b"", 0, 0, 0, 1 << 30, free)


async def test_nodes_that_report_no_room_and_can_be_reached_are_named(bench: Bench) -> None:
    bench.facts.own_report = report(ME, 0)
    bench.facts.reports = {node_id(2): report(node_id(2), 1), node_id(3): report(node_id(3), 0)}
    assert bench.healing.full_nodes() == [ME, node_id(3)]
    bench.world.down.add(node_id(3))
    assert bench.healing.full_nodes() == [ME]


async def test_the_layout_says_how_much_the_store_may_hold(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    members = bench.world.layout.members
    wanted = next(member.capacity for member in members if member.node == ME)
    assert (await bench.world.stores[ME].usage()).capacity_bytes == wanted
    await bench.close()
