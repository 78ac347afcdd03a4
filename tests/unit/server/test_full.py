from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=1 << 32)
    async with Node(NodeConfig.load(tmp_path / "one")) as made:
        yield made


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    made = await Client.connect(str(node.ready_line["control"]))
    yield made
    await made.close()


async def test_a_client_finds_what_the_node_itself_stored_and_the_other_way_round(node: Node, client: Client) -> None:
    await node.store("from/inside", b"one")
    await client.store("from/outside", b"two")
    assert [entry.key for entry in (await client.page_keys()).entries] == ["from/inside", "from/outside"]
    assert await client.retrieve("from/inside") == b"one"
    assert await node.retrieve("from/outside") == b"two"


async def test_status_counts_keys_versions_and_bytes(node: Node, client: Client) -> None:
    await client.store("key", b"x" * 100_000)
    await client.store("key", b"y" * 200_000)
    status = await client.status()
    assert (status.keys, status.versions, status.logical_bytes) == (1, 2, 200_000)
    assert not status.recovery_confirmed
    await client.confirm_recovery()
    assert (await client.status()).recovery_confirmed


async def test_its_chunks_are_counted_and_found_well(node: Node, client: Client) -> None:
    await client.store("key", b"x" * 3_000_000)
    async with asyncio.timeout(30):
        while (status := await client.status()).health != "HEALTHY" or not status.copies_found:
            await asyncio.sleep(0.05)
    assert status.copies_found == [0, status.chunks]
    assert (status.under_chunks, status.repair.left) == (0, 0)
