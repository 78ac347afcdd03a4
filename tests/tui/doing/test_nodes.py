"""Local nodes: every deed ends in words and in the activity."""

from __future__ import annotations

from dfs_tui.bridge import Bridge
from dfs_tui.messages import AddRequested
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.values import NewNode, NodeProposal

from ..worlds import HandClock


def made() -> tuple[Bridge, DemoSource]:
    source = DemoSource(DemoCluster(seed=1, keys_wanted=3, busy=False), HandClock())
    return Bridge(source, HandClock()), source


def notes(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [line.text for line in bridge.log.lines.values()]


async def test_each_deed_says_what_it_did() -> None:
    bridge, source = made()
    await bridge.run_node("kill", "n2")
    source.cluster.advance(1.0)
    await bridge.run_node("start", "n2")
    await bridge.run_node("remove", "n5")
    await bridge.add_node(AddRequested(NewNode(), "dfs-core local add"))
    assert notes(bridge) == [
        "Killed n2; S starts it again",
        "Started n2",
        "Removed n5 for ever",
        "Adding a node ...",
        "Added n6",
    ]
    assert [deed.line for deed in bridge.activity.deeds.values()] == [
        ":node kill n2",
        ":node start n2",
        ":node remove n5",
        "dfs-core local add",
    ]


async def test_a_deed_that_fails_says_why() -> None:
    bridge, source = made()

    async def refuse(name: str, *, force: bool = False) -> None:
        raise SourceError("it holds the last copy of 3 chunks")

    source.remove_node = refuse  # type: ignore[method-assign]
    await bridge.run_node("remove", "n1")
    assert notes(bridge) == ["n1 was not removed: it holds the last copy of 3 chunks"]
    assert bridge.activity.deeds[bridge.activity.ids[0]].failed


async def test_the_end_of_a_nodes_own_log() -> None:
    bridge, _ = made()
    lines = await bridge.node_log("n1")
    assert isinstance(lines, tuple)
    assert "joined the cluster" in "\n".join(lines)


async def test_a_node_that_cannot_be_made_is_said_and_what_cannot_be_proposed_is_told_why() -> None:
    bridge, source = made()
    await bridge.add_node(AddRequested(NewNode("n1"), "dfs-core local add --name n1"))
    assert notes(bridge)[-1] == "no node was added: there is a node n1 here already; choose another name"
    assert isinstance(await bridge.propose_node(NewNode()), NodeProposal)

    async def refuse(new: NewNode) -> NodeProposal:
        raise SourceError("no folder")

    source.propose_node = refuse  # type: ignore[method-assign]
    assert await bridge.propose_node(NewNode()) == "no folder"
