from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from dfs_core.crypto.identity import Identity
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.surroundings import Surroundings
from dfs_core.store.base import ChunkStore, Durability
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.transport.memory import MemoryDoor, MemoryNetwork


async def test_a_node_uses_the_network_store_and_chances_it_is_given_and_no_socket(tmp_path: Path) -> None:
    store, doors = MemoryChunkStore(), list[MemoryDoor]()
    network = MemoryNetwork(Random(1))

    async def opened(place: Path, *, capacity_bytes: int | None, durability: Durability) -> ChunkStore:
        return store

    def door(identity: Identity) -> MemoryDoor:
        doors.append(MemoryDoor(network, identity.node_id))
        return doors[-1]

    random = Random(7)
    around = Surroundings(random=random, token=random.randbytes, network=door, open_store=opened, local_clients=False)
    folder = tmp_path / "n1"
    await asyncio.to_thread(init, folder, listen="10.0.0.1:7420", capacity=1 << 32, token=Random(2).randbytes)
    async with Node(NodeConfig.load(folder), around) as node:
        await node.store("large", b"x" * 100_000)
        assert await node.retrieve("large") == b"x" * 100_000
        assert network.door_at("10.0.0.1:7420") is doors[0]
    assert store.chunks
    assert not (folder / "control.sock").exists()


def test_the_same_chances_found_the_same_cluster(tmp_path: Path) -> None:
    founded = [init(tmp_path / name, capacity=1 << 32, token=Random(3).randbytes) for name in "ab"]
    assert founded[0].node_id == founded[1].node_id
    assert founded[0].recovery_sheet == founded[1].recovery_sheet
