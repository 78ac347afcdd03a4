"""The layout of one real node, asked for and changed by a client. Several nodes: tests/cluster/test_layout.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client, InvalidInput, MemberChange, Refused
from dfs_core.errors import StaleLayout
from dfs_core.limits import GIB
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.joining import join
from dfs_core.server.layout_api import why_not


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=4 * GIB)
    async with Node(NodeConfig.load(tmp_path / "one")) as made:
        yield made


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    async with await Client.connect(str(node.ready_line["control"])) as made:
        yield made


async def test_the_layout_says_what_each_node_holds_and_what_fits(node: Node, client: Client) -> None:
    await client.store("key", b"x" * 100_000)
    found = await client.layout()
    (only,) = found.nodes
    assert (only.node, only.role, only.capacity, only.state, only.up) == (
        str(node.node_id),
        "full",
        4 * GIB,
        "joined",
        True,
    )
    assert (found.copies, found.usable_bytes, found.stale) == (1, 4 * GIB, False)
    assert found.stored_bytes == only.placed_bytes >= 100_000


async def test_a_zone_and_a_capacity_are_given_and_taken_away(node: Node, client: Client) -> None:
    me = str(node.node_id)
    await client.change_layout([MemberChange(me, zone="attic", capacity=2 * GIB)])
    (only,) = (await client.layout()).nodes
    assert (only.zone, only.capacity) == ("attic", 2 * GIB)
    async with asyncio.timeout(10):
        while (await client.status()).capacity != 2 * GIB:
            await asyncio.sleep(0.01)
    await client.change_layout([MemberChange(me, zone="")])
    assert (await client.layout()).nodes[0].zone == ""


async def test_a_preview_changes_nothing(node: Node, client: Client) -> None:
    before = await client.layout()
    found = await client.preview_layout([MemberChange(str(node.node_id), capacity=GIB)], copies=2)
    assert (found.usable_before, found.usable_after, found.exact, found.refused) == (4 * GIB, GIB, True, "")
    assert (await client.layout()).revision == before.revision == found.revision


async def test_a_change_that_was_previewed_on_another_layout_is_refused(node: Node, client: Client) -> None:
    found = await client.preview_layout([])
    await client.change_layout([MemberChange(str(node.node_id), zone="attic")], found.revision)
    with pytest.raises(StaleLayout):
        await client.change_layout([MemberChange(str(node.node_id), zone="cellar")], found.revision)
    assert (await client.layout()).nodes[0].zone == "attic"


async def test_the_last_storing_node_is_not_drained(node: Node, client: Client) -> None:
    draining = [MemberChange(str(node.node_id), state="draining")]
    assert "no node" in (await client.preview_layout(draining)).refused
    with pytest.raises(Refused):
        await client.change_layout(draining)


async def test_a_node_is_drained_and_the_draining_undone(node: Node, client: Client, tmp_path: Path) -> None:
    other = await asyncio.to_thread(join, await node.invite("vault", 60.0), tmp_path / "vault", capacity=GIB)
    assert (await client.preview_layout([])).storing_after == 2
    found = await client.preview_layout([MemberChange(other.node_id, state="draining")])
    assert (found.storing_after, found.copies_after) == (1, 2), "told while nothing is stored, too"
    await client.change_layout([MemberChange(other.node_id, state="draining")])
    states = {each.node: each.state for each in (await client.layout()).nodes}
    assert states[other.node_id] == "draining"
    await client.change_layout([MemberChange(other.node_id, state="joined")])
    assert {each.state for each in (await client.layout()).nodes} == {"joined"}
    with pytest.raises(InvalidInput, match="dfs-core remove"):
        await client.change_layout([MemberChange(other.node_id, state="removed")])


@pytest.mark.parametrize("state", ["out", "gone"])
async def test_what_nobody_sets_by_hand_is_refused(node: Node, client: Client, state: str) -> None:
    with pytest.raises(InvalidInput):
        await client.preview_layout([MemberChange(str(node.node_id), state=state)])


async def test_no_capacity_at_all_is_refused_not_passed_over(node: Node, client: Client) -> None:
    nothing = [MemberChange(str(node.node_id), capacity=0)]
    for change in (client.preview_layout, client.change_layout):
        with pytest.raises(InvalidInput, match="dfs-core drain"):
            await change(nothing)


async def test_a_node_named_twice_or_unknown_is_refused(node: Node, client: Client) -> None:
    me = MemberChange(str(node.node_id), zone="attic")
    for changes in ([me, me], [MemberChange("ab" * 32, zone="attic")], [MemberChange("zz")]):
        with pytest.raises(InvalidInput):
            await client.change_layout(changes)


async def test_there_is_no_reason_against_a_layout_that_stores(node: Node) -> None:
    assert await node.full.consensus.catch_up(leader_wait_s=10.0)
    assert why_not(await asyncio.to_thread(node.full.catalog.layout)) == ""
