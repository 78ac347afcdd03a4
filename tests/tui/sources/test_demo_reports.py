"""Generated reports."""

from __future__ import annotations

import random

from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_reports import DOWN_S, SUSPECT_S, health_of, node_reports


def liveness(cluster: DemoCluster, seen: str) -> str:
    reports = node_reports(cluster.nodes, cluster.keys, cluster.leader, cluster.now, random.Random(1))
    first = next(reports).report
    return next(peer.liveness for peer in first.peers if peer.node == cluster.nodes[seen].node)


def test_a_silent_node_is_up_then_suspect_then_down() -> None:
    cluster = DemoCluster(seed=1, busy=False, keys_wanted=5)
    cluster.kill("n3")
    assert liveness(cluster, "n3") == "up"
    cluster.advance(SUSPECT_S)
    assert liveness(cluster, "n3") == "suspect"
    cluster.advance(DOWN_S - SUSPECT_S)
    assert liveness(cluster, "n3") == "down"
    assert liveness(cluster, "n1") == "self"


def test_health_is_the_worst_keys() -> None:
    cluster = DemoCluster(seed=1, busy=False, keys_wanted=30)
    assert health_of(cluster.keys) == ("HEALTHY", ())
    for name, word in (("n1", "DEGRADED"), ("n2", "AT RISK"), ("n3", "LOST")):
        cluster.kill(name)
        cluster.advance(0.1)
        assert health_of(cluster.keys)[0] == word
    assert health_of({}) == ("HEALTHY", ())


def test_only_nodes_that_run_report() -> None:
    cluster = DemoCluster(seed=1, busy=False, keys_wanted=5)
    cluster.kill("n2")
    told = node_reports(cluster.nodes, cluster.keys, cluster.leader, cluster.now, random.Random(1))
    assert [event.link for event in told] == ["n1", "n3", "n4", "n5"]
