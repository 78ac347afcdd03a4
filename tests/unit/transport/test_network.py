"""TlsNetwork: what a mesh asks of the world, over TLS."""

from __future__ import annotations

import asyncio

import pytest

from dfs_core.encoding.peer_messages import AskMembers, MembersKnown
from dfs_core.errors import PeerUnreachable
from dfs_core.transport.link import Link
from dfs_core.transport.network import TlsNetwork, Welcome

from .nodes import ANN, BEN, CERTIFICATES, EVE, MEMBERS, Answers, hello_of


async def test_a_listening_network_is_dialled_by_another() -> None:
    networks = {identity: TlsNetwork(identity) for identity in (ANN, BEN)}
    welcomes = {}
    for identity, network in networks.items():
        network.trust(CERTIFICATES)
        answers = Answers()
        welcomes[identity] = Welcome(
            MEMBERS.get, lambda identity=identity: hello_of(identity), answers, answers.notified
        )
    accepted: asyncio.Queue[Link] = asyncio.Queue()
    port = await networks[ANN].listen("127.0.0.1", 0, welcomes[ANN], accepted.put_nowait)
    link = await networks[BEN].dial(f"127.0.0.1:{port}", welcomes[BEN], expected=ANN.node_id, role=MEMBERS.get)
    there = await accepted.get()
    assert await link.call(AskMembers(1), timeout_s=5) == MembersKnown(1, 3, [])
    assert await there.call(AskMembers(1), timeout_s=5) == MembersKnown(1, 3, [])
    networks[ANN].trust([ANN.certificate])
    with pytest.raises(PeerUnreachable, match="may not know this node"):
        await networks[BEN].dial(f"127.0.0.1:{port}", welcomes[BEN], expected=ANN.node_id, role=MEMBERS.get)
    await networks[ANN].close()
    assert "the node stops" in await link.wait_closed()
    await networks[BEN].close()


@pytest.mark.parametrize("address", ["", "nonsense", "host:0", "host:99999", ":::5", "host"])
async def test_what_is_no_address_is_unreachable(address: str) -> None:
    network, answers = TlsNetwork(EVE), Answers()
    welcome = Welcome(MEMBERS.get, lambda: hello_of(EVE), answers, answers.notified)
    with pytest.raises(PeerUnreachable, match="not an address"):
        await network.dial(address, welcome, expected=None, role=MEMBERS.get)
