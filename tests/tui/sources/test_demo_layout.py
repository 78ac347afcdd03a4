"""Emptying nodes of the demo."""

from __future__ import annotations

from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_layout import TOO_FEW, drains, preview


def cluster_of(nodes: int) -> DemoCluster:
    cluster = DemoCluster(seed=5, nodes_wanted=nodes, keys_wanted=12, busy=False)
    cluster.advance(0.0)
    return cluster


def test_what_is_on_it_moves_to_those_that_stay() -> None:
    cluster = cluster_of(5)
    node = cluster.nodes["n2"]
    held = sum(key.entry.size_bytes for key in cluster.keys.values() if "n2" in key.holders)
    found = preview(cluster, node.node, "draining")
    assert found.moved_bytes == held > 0
    assert found.usable_after < found.usable_before
    assert found.shares[0] == (node.node, held, 0)
    assert sum(after - before for _, before, after in found.shares[1:]) <= held
    assert preview(cluster, node.node, "joined").moved_bytes == 0


def test_with_too_few_others_it_is_refused() -> None:
    assert preview(cluster_of(3), cluster_of(3).nodes["n1"].node, "draining").refused == TOO_FEW
    assert preview(cluster_of(5), "f" * 64, "removed").refused == TOO_FEW


def test_how_far_it_is_can_be_followed_to_the_end() -> None:
    cluster = cluster_of(5)
    assert drains(cluster) == ()
    cluster.drain(cluster.nodes["n2"].node, undo=False)
    (first,) = drains(cluster)
    for _ in range(5):
        cluster.advance(1.0)
    (last,) = drains(cluster)
    assert first.left > last.left == 0
