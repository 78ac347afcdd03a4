"""What a full node does about its cluster's members. Putting out and letting in: tests/cluster/test_absence.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.errors import Refused
from dfs_core.model.ids import NodeId
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


async def test_a_node_does_not_remove_itself_nor_whom_it_does_not_know(node: Node, client: Client) -> None:
    for force in (False, True):
        with pytest.raises(Refused) as caught:
            await client.remove_member(str(node.node_id), force=force)
        assert caught.value.reason == "self"
    with pytest.raises(Refused) as caught:
        await client.remove_member("ab" * 32, force=False)
    assert caught.value.reason == "unknown"


async def test_who_joins_is_told_the_member_list_of_this_moment(node: Node) -> None:
    assert await node.full.consensus.catch_up(leader_wait_s=10.0)
    known = await asyncio.to_thread(node.full.membership._known)
    assert [NodeId(record.node) for record in known.members] == [node.node_id]
