"""A vault that knows none of today's members is told of them under the recovery authority."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.server.restoring import restore

from .lost_cluster import LostCluster, until


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[LostCluster]:
    async with LostCluster(tmp_path) as made:
        yield made


async def test_a_linked_vault_needs_no_introduction(cluster: LostCluster) -> None:
    introducer = cluster.full.full.recovery.introducer
    assert introducer.strangers() == []
    assert await introducer.step() == 0


async def test_a_vault_follows_the_new_node_and_lets_the_lost_one_in_no_more(cluster: LostCluster) -> None:
    lost = cluster.full.node_id
    await cluster.lose_full_node()
    await asyncio.to_thread(
        restore,
        cluster.sheet,
        cluster.folder / "new",
        [cluster.vault_address],
        agree=lambda found: True,
        listen="127.0.0.1:0",
        capacity=1 << 32,
    )
    node = await cluster.start("new")
    introducer = node.full.recovery.introducer
    assert introducer.strangers() == [cluster.vault.node_id]
    await introducer.step()
    assert cluster.vault._mesh._role(node.node_id) == "full"
    assert cluster.vault._mesh._role(lost) is None
    await until(lambda: introducer.strangers() == [])


async def test_a_vault_that_is_away_is_tried_again(cluster: LostCluster) -> None:
    introducer = cluster.full.full.recovery.introducer
    await cluster.vault._mesh.close()
    await until(lambda: introducer.strangers() == [cluster.vault.node_id])
    assert await introducer.step() == 0


async def test_an_older_member_list_is_not_taken(cluster: LostCluster) -> None:
    introducer = cluster.full.full.recovery.introducer
    cluster.vault._members.offer(MembersKnown(10**6, 2, cluster.vault._members.known.members))
    introducer._peers = type("Nobody", (), {"alive": lambda self: frozenset()})()
    introducer._bootstrap = (cluster.vault_address,)
    assert await introducer.step() == 0
    assert cluster.vault._members.revision == 10**6
