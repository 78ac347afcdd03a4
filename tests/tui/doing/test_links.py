"""Links dropped, peers banned and allowed, and what is said of it."""

from __future__ import annotations

from dfs_tui.bridge import Bridge
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.live import LiveSource
from dfs_tui.view.peers import PeerLink, peer_links

from ..worlds import HandClock


def made() -> tuple[Bridge, DemoCluster]:
    clock = HandClock()
    cluster = DemoCluster(seed=1, nodes_wanted=3, keys_wanted=3, busy=False, wall_s=clock.wall())
    bridge = Bridge(DemoSource(cluster, clock), clock)
    for event in cluster.advance(1.0):
        bridge.receive(event)
    bridge.pump()
    return bridge, cluster


def said(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [note.text for note in bridge.take_notices()]


def link(bridge: Bridge, by: str, name: str) -> PeerLink:
    return next(each for each in peer_links(bridge.view) if (each.seen_by, each.name) == (by, name))


async def test_the_node_that_the_link_starts_from_is_told_and_the_command_says_so() -> None:
    bridge, cluster = made()
    n3 = cluster.nodes["n3"].node
    await bridge.disconnect(link(bridge, "n1", "n3"))
    await bridge.ban(link(bridge, "n1", "n3"), "hour")
    assert cluster.nodes["n1"].bans == {n3: cluster.now + 3600.0}
    await bridge.allow(link(bridge, "n1", "n3"))
    assert cluster.nodes["n1"].bans == {}
    assert said(bridge) == [
        "n1 has dropped its link to n3; it is dialled again",
        "n1 refuses n3 for 1h; B lifts it",
        "n1 lets n3 in again",
    ]
    assert [deed.line for deed in bridge.activity.deeds.values()] == [
        f"dfs-core peers disconnect {n3[:12]}  # on n1",
        f"dfs-core peers ban {n3[:12]} --for 1h  # on n1",
        f"dfs-core peers allow {n3[:12]}  # on n1",
    ]


async def test_a_refusal_is_said_and_nothing_is_banned() -> None:
    bridge, cluster = made()
    await bridge.ban(link(bridge, "n1", "n3"), "short")
    await bridge.ban(link(bridge, "n1", "n2"), "short")
    assert any("n1 to n2: without it this node reaches 1 of 3 voters" in text for text in said(bridge))
    assert len(cluster.nodes["n1"].bans) == 1


async def test_a_link_is_slow_for_a_while_in_a_generated_cluster_and_nowhere_else() -> None:
    bridge, cluster = made()
    await bridge.slow_link(link(bridge, "n1", "n3"), 5.0)
    assert cluster.nodes["n1"].slow == {cluster.nodes["n3"].node: cluster.now + 5.0}
    bridge.source = LiveSource(HandClock(), control="/nowhere")
    await bridge.slow_link(link(bridge, "n1", "n3"), 5.0)
    assert said(bridge) == [
        "The link from n1 to n3 is slow for 5 s",
        "n1 to n3: links of real nodes are as slow as they are",
    ]
