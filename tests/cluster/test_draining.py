"""A node that is drained hands everything on, and then it may go. In virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.encoding.commands import SetMember
from dfs_core.testing.cluster import SimCluster, SimNode

from .test_healing import FILES, all_are, placed_right, simulated


async def drain(cluster: SimCluster, asked: SimNode, node: SimNode, *, undo: bool = False) -> None:
    expects, state = ("draining", "joined") if undo else ("joined", "draining")
    command = SetMember(cluster.random.randbytes(16), node.node_id.digest, state=state, expects=expects)
    outcome = await cluster.ask(asked, asked.ready.full.consensus.propose(command))
    assert not outcome.reason


async def all_readable(cluster: SimCluster, asked: SimNode) -> None:
    for key, content in FILES.items():
        assert await cluster.ask(asked, asked.ready.retrieve(key)) == content


@pytest.mark.parametrize("number", [0, 3])
def test_a_drained_node_ends_empty_and_nothing_ever_has_a_copy_less(tmp_path: Path, number: int) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY") and placed_right(cluster), "all is well", 60.0)
        node = cluster.nodes[number]
        asked = cluster.nodes[(number + 1) % 4]
        chunks = {address for place in cluster.nodes for address in place.store.chunks}

        def fewest() -> int:
            return min(sum(address in place.store.chunks for place in cluster.nodes) for address in chunks)

        await drain(cluster, asked, node)

        def is_empty() -> bool:
            assert fewest() >= 3, "a copy went before the others were there"
            return not node.store.chunks and all_are(cluster, "HEALTHY")

        await cluster.until(is_empty, "it is empty", 120.0)
        assert await cluster.ask(asked, asked.ready.full.membership._removal.check(node.node_id, False)) is None
        await all_readable(cluster, asked)

    simulated(tmp_path, work)


def test_draining_that_is_undone_leaves_everything_where_it_belongs(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY") and placed_right(cluster), "all is well", 60.0)
        asked, node = cluster.nodes[0], cluster.nodes[2]
        before = {place.number: set(place.store.chunks) for place in cluster.nodes}
        await drain(cluster, asked, node)
        await cluster.until(lambda: set(node.store.chunks) != before[node.number], "it has begun", 60.0)
        await drain(cluster, asked, node, undo=True)
        await cluster.until(
            lambda: {place.number: set(place.store.chunks) for place in cluster.nodes} == before, "as it was", 120.0
        )

    simulated(tmp_path, work)
