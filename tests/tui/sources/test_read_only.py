"""A source for looking at refuses every deed, also those it does not know."""

from __future__ import annotations

import pytest

from dfs_tui.sources.base import Source, SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.read_only import READING, ReadOnlySource

from ..worlds import HandClock

DEEDS = sorted(name for name in vars(Source) if not name.startswith("_") and name not in READING)


def looking() -> tuple[ReadOnlySource, DemoCluster]:
    cluster = DemoCluster(seed=1, keys_wanted=5, busy=False)
    return ReadOnlySource(DemoSource(cluster, HandClock())), cluster


def test_storing_removing_and_killing_are_deeds() -> None:
    assert {"store", "remove", "restore", "kill_node", "start_node", "stop_node", "add_node"} <= set(DEEDS)


@pytest.mark.parametrize("deed", DEEDS)
async def test_no_deed_is_carried_out(deed: str) -> None:
    source, cluster = looking()
    before = (dict(cluster.keys), {name: node.state for name, node in cluster.nodes.items()})
    with pytest.raises(SourceError, match="--read-only") as refused:
        await getattr(source, deed)("n1", "x", "y")
    assert refused.value.everything
    assert (dict(cluster.keys), {name: node.state for name, node in cluster.nodes.items()}) == before


async def test_no_node_is_its_to_stop() -> None:
    source, _ = looking()
    assert source.nodes_to_stop() == ()
    await source.close(stop_nodes=True)
