"""The verbs about links, against a fake node."""

from __future__ import annotations

import pytest

from dfs_core.client import Client, NotFound
from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.limits import BAN_S_DEFAULT
from dfs_core.testing.fake_node import FakeNode

OTHER = "cd" * 32


async def test_each_verb_names_the_node_and_a_ban_its_time(client: Client, node: FakeNode) -> None:
    await client.ban_peer(OTHER)
    await client.ban_peer(OTHER, 60.0)
    await client.allow_peer(OTHER)
    await client.disconnect_peer(OTHER)
    assert node.asked(BanPeer) == [BanPeer(OTHER, BAN_S_DEFAULT), BanPeer(OTHER, 60.0)]
    assert node.asked(AllowPeer) == [AllowPeer(OTHER)]
    assert node.asked(DisconnectPeer) == [DisconnectPeer(OTHER)]


async def test_a_ban_that_is_not_there_cannot_be_ended(client: Client) -> None:
    with pytest.raises(NotFound, match="not banned"):
        await client.allow_peer(OTHER)
