"""The client's calls, over a real link to a fake node."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dfs_core.client import (
    Client,
    InvalidInput,
    KeyNotFound,
    NodeNotRunning,
    NotFound,
    PeerUnreachable,
    StatusReported,
    VersionNotFound,
)
from dfs_core.encoding.control_messages import CopyKey, ListKeys
from dfs_core.encoding.history_messages import GetHistory
from dfs_core.testing.fake_node import NODE_ID, FakeNode


async def test_connecting_where_no_node_listens_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NodeNotRunning, match="dfs-core local up"):
        await Client.connect(tmp_path / "nobody.sock")


async def test_status_and_peers_come_as_values(client: Client) -> None:
    assert (await client.status()).node == NODE_ID
    assert [peer.liveness for peer in await client.peers()] == ["self"]


async def test_an_error_of_the_node_arrives_as_itself_with_its_facts(client: Client) -> None:
    with pytest.raises(KeyNotFound) as caught:
        await client.stat("nothing")
    assert caught.value.key == "nothing"
    with pytest.raises(VersionNotFound) as other:
        await client.retrieve("nothing", version=7)
    assert other.value.version == 7


async def test_all_keys_come_page_by_page(client: Client, node: FakeNode) -> None:
    wanted = [f"k{number:04}" for number in range(2500)]
    for key in wanted:
        node.put(key, b"")
    assert [entry.key async for entry in client.keys("k")] == wanted
    assert len(node.asked(ListKeys)) == 3


async def test_removing_tells_what_was_there_and_what_was_not(client: Client, node: FakeNode) -> None:
    node.put("here", b"x")
    outcome = await client.remove(["here", "not here"])
    assert (outcome.removed, outcome.missing) == (["here"], ["not here"])


async def test_copying_and_moving_keep_the_content(client: Client, node: FakeNode) -> None:
    node.put("a", b"tea")
    await client.copy("a", "b")
    await client.move("a", "c")
    assert node.keys() == ["b", "c"]
    assert await client.retrieve("c") == b"tea"


async def test_an_invalid_new_name_is_refused_before_it_is_sent(client: Client, node: FakeNode) -> None:
    node.put("a", b"tea")
    with pytest.raises(Exception, match="cannot be empty"):
        await client.copy("a", "b//c")
    assert [type(request).__name__ for request in node.requests] == []


async def test_a_client_outlives_a_restart_of_its_node(client: Client, node: FakeNode) -> None:
    assert await client.peers()
    async with asyncio.timeout(10):
        await node.__aexit__(None, None, None)
        with pytest.raises((NodeNotRunning, PeerUnreachable)):
            await client.peers()
        async with FakeNode(node.control):
            assert await client.peers()


async def test_a_lost_link_is_said_of_the_node_and_not_of_a_path(client: Client, node: FakeNode) -> None:
    node.put("a", b"x" * 100_000)
    node.faults.lose_link_after_sending = 10
    with pytest.raises(PeerUnreachable, match=r"^the node: "):
        await client.retrieve("a")


async def test_watching_gives_events_until_the_node_ends_it(client: Client) -> None:
    events = [event async for event in client.watch()]
    assert [type(event) for event in events] == [StatusReported, StatusReported]


async def test_the_smaller_verbs_reach_the_node(client: Client, node: FakeNode) -> None:
    assert (await client.invite("vault", 60.0)).role == "vault"
    await client.remove_member(NODE_ID, force=True)
    await client.cancel_transfer("t1")
    await client.confirm_recovery()
    names = [type(request).__name__ for request in node.requests]
    assert names == ["Invite", "RemoveMember", "CancelTransfer", "ConfirmRecovery"]


async def test_a_history_comes_page_by_page(client: Client, node: FakeNode) -> None:
    numbers = [node.put("k", b"x").version for _ in range(2100)]
    assert [entry.version async for entry in client.history("k")] == numbers[::-1]
    assert len(node.asked(GetHistory)) == 3


async def test_a_removal_is_undone_by_what_the_key_was_before(client: Client, node: FakeNode) -> None:
    node.put("k", b"one")
    node.put("k", b"two")
    await client.remove(["k"])
    await client.restore("k")
    assert await client.retrieve("k") == b"two"
    await client.restore("k", version=1)
    assert await client.retrieve("k") == b"one"


async def test_what_is_not_removed_is_restored_only_to_a_version_that_is_named(client: Client, node: FakeNode) -> None:
    node.put("k", b"one")
    with pytest.raises(InvalidInput, match="not removed"):
        await client.restore("k")
    with pytest.raises(KeyNotFound):
        await client.restore("nothing")
    with pytest.raises(VersionNotFound):
        await client.restore("k", version=99)
    assert len(node.files["k"]) == 1


async def test_a_removal_of_which_nothing_else_is_left_cannot_be_undone(client: Client, node: FakeNode) -> None:
    node.put("k", b"one")
    await client.remove(["k"])
    del node.files["k"][0]
    with pytest.raises(NotFound, match="nothing is left"):
        await client.restore("k")
    assert node.asked(CopyKey) == []


async def test_purging_is_asked_for_and_leaves_nothing(client: Client, node: FakeNode) -> None:
    node.put("k", b"one")
    await client.remove(["k"])
    assert (await client.remove(["k"], purge=True)).removed == ["k"]
    with pytest.raises(KeyNotFound):
        await client.page_history("k")


async def test_keys_are_found_and_settings_changed(client: Client, node: FakeNode) -> None:
    for key in ("tea", "steam", "coffee"):
        node.put(key, b"")
    assert [entry.key for entry in (await client.page_found("tea")).entries] == ["steam", "tea"]
    await client.change_setting("history_versions", 3)
    assert {one.name: one.value for one in (await client.settings()).settings}["history_versions"] == 3
