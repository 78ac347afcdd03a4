"""What the generated cluster says of a node that is to be made."""

from __future__ import annotations

import pytest

from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_new_node import proposal
from dfs_tui.view.events import LocalNodesListed
from dfs_tui.view.values import NewNode

from ..worlds import HandClock


def made() -> DemoCluster:
    return DemoCluster(seed=1, keys_wanted=3, busy=False)


def test_what_is_open_is_chosen_and_what_is_typed_stays() -> None:
    found = proposal(made(), NewNode())
    assert (found.chosen.name, found.chosen.port, found.troubles) == ("n6", 5006, {})
    assert proposal(made(), NewNode("tea", port=9000)).chosen.folder.endswith("/tea")


async def test_what_is_taken_is_refused_and_nothing_is_made() -> None:
    cluster = made()
    found = proposal(cluster, NewNode("n1", port=5004))
    assert found.troubles == {
        "name": "there is a node n1 here already; choose another name",
        "port": "port 5004 is n4's; 5006 is free",
    }
    with pytest.raises(SourceError, match="choose another name"):
        await DemoSource(cluster, HandClock()).add_node(NewNode("n1"))
    assert len(cluster.nodes) == 5


async def test_it_is_made_step_by_step() -> None:
    cluster = made()
    await DemoSource(cluster, HandClock()).add_node(NewNode("tea", port=9000))
    steps: list[str] = []
    for _ in range(12):
        for event in cluster.advance(0.1):
            if isinstance(event, LocalNodesListed):
                steps += [f"{node.state} {node.error}".strip() for node in event.nodes if node.name == "tea"]
    assert list(dict.fromkeys(steps)) == ["starting joining", "starting joined, starting", "running"]
    assert cluster.nodes["tea"].listen == "127.0.0.1:9000"


async def test_what_is_chosen_is_never_what_somebody_has_typed_for_another() -> None:
    cluster = made()
    source = DemoSource(cluster, HandClock())
    for wanted in (NewNode("n7", port=5008), NewNode(), NewNode()):
        await source.add_node(wanted)
    assert {name: cluster.nodes[name].listen for name in ("n7", "n8", "n9")} == {
        "n7": "127.0.0.1:5008",
        "n8": "127.0.0.1:5009",
        "n9": "127.0.0.1:5010",
    }
