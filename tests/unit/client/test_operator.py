"""An operator's folder, and a real node that it leads to over TLS."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client, ConfigError, InvalidInput, NotAdmitted, NotAllowed, PeerUnreachable
from dfs_core.client.operator import IDENTITY_PATH, Operator
from dfs_core.encoding.operator_record import OPERATOR_NAME, decode_operator, encode_operator
from dfs_core.model.ids import NodeId
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.joining import join


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=1 << 32)
    async with Node(NodeConfig.load(tmp_path / "one")) as made:
        yield made


@pytest.fixture
async def folder(node: Node, tmp_path: Path) -> Path:
    line = await node.invite("operator", 60.0)
    await asyncio.to_thread(join, line, tmp_path / "operator")
    return tmp_path / "operator"


@pytest.fixture
def address(node: Node) -> str:
    return str(node.ready_line["listen"])


async def test_an_operator_does_from_elsewhere_what_a_local_client_does(folder: Path, address: str) -> None:
    async with await Client.connect_tls(folder, address) as client:
        await client.store("key", b"x" * 100_000)
        assert await client.retrieve("key") == b"x" * 100_000
        assert (await client.status()).keys == 1
        async with asyncio.timeout(10):
            async for event in client.watch(interval_s=0.1):
                assert event is not None
                break


async def test_without_an_address_it_goes_to_a_node_that_it_knows_of(folder: Path) -> None:
    async with await Client.connect_tls(str(folder)) as client:
        assert (await client.status()).state == "ready"


async def test_it_may_not_invite_full_nodes(folder: Path, address: str) -> None:
    async with await Client.connect_tls(folder, address) as client:
        with pytest.raises(NotAllowed):
            await client.invite("full")
        assert (await client.invite("vault")).role == "vault"


async def test_a_node_that_is_not_on_its_list_is_told_nothing(folder: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(init, tmp_path / "other", listen="127.0.0.1:0", capacity=1 << 32)
    async with Node(NodeConfig.load(tmp_path / "other")) as other:
        with pytest.raises(NotAdmitted, match="a node of another cluster"):
            await Client.connect_tls(folder, str(other.ready_line["listen"]))


async def test_once_it_is_removed_it_reaches_nothing_any_more(folder: Path, address: str, node: Node) -> None:
    async with await Client.connect_tls(folder, address) as client:
        me = Operator.load(folder)._identity.node_id
        await node.full.admission.remove(me)
        with pytest.raises(PeerUnreachable):
            while True:
                await client.status()
                await asyncio.sleep(0.01)
    with pytest.raises(NotAdmitted, match="this operator is refused: it was removed from the cluster"):
        await Client.connect_tls(folder, address)
    with pytest.raises(PeerUnreachable, match="refused") as away:
        await Client.connect_tls(folder, "127.0.0.1:1")
    assert not isinstance(away.value, NotAdmitted), "nobody is there: that may change by itself"


async def test_it_learns_of_the_members_of_today_whenever_it_connects(
    folder: Path, address: str, node: Node, tmp_path: Path
) -> None:
    before = Operator.load(folder).members
    done = await asyncio.to_thread(join, await node.invite("vault", 60.0), tmp_path / "vault", listen="127.0.0.1:0")
    async with asyncio.timeout(10):
        while Operator.load(folder).members.revision == before.revision:
            await (await Client.connect_tls(folder, address)).close()
    assert done.node_id in {NodeId(member.node).digest.hex() for member in Operator.load(folder).members.members}


async def test_a_removed_node_is_not_trusted_whatever_it_answers(folder: Path, address: str) -> None:
    record = decode_operator((folder / OPERATOR_NAME).read_bytes())
    members = [
        type(member)(**{**{name: getattr(member, name) for name in member.__struct_fields__}, "state": "removed"})
        for member in record.members.members
    ]
    changed = type(record)(record.cluster, type(record.members)(99, 3, members), record.addresses)
    (folder / OPERATOR_NAME).write_bytes(encode_operator(changed))
    with pytest.raises(PeerUnreachable):
        await Client.connect_tls(folder, address)


async def test_a_client_dials_again_when_its_link_is_gone(folder: Path, address: str) -> None:
    async with await Client.connect_tls(folder, address) as client:
        await client._link.close()
        assert (await client.status()).state == "ready"


async def test_an_address_that_is_none_is_refused_before_anything_is_dialled(folder: Path) -> None:
    with pytest.raises(InvalidInput):
        await Client.connect_tls(folder, "nowhere")


async def test_what_is_no_operators_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="invite --role operator"):
        await Client.connect_tls(tmp_path, "127.0.0.1:1")


async def test_a_key_that_others_may_read_is_not_used(folder: Path, address: str) -> None:
    key = folder / IDENTITY_PATH
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        await Client.connect_tls(folder, address)
