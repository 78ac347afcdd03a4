"""Joining a real node in this process, over real TLS."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from dfs_core.client import Client
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.invitation import Invitation
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.peer_messages import Admitted, MemberRecord, MembersKnown
from dfs_core.errors import (
    InvalidInput,
    NotAllowed,
    NotEnoughCopies,
    NotFound,
    PeerError,
    PeerUnreachable,
    RemoteProtocolError,
    StoreError,
)
from dfs_core.limits import GIB
from dfs_core.model.ids import NodeId
from dfs_core.server import Node, NodeConfig, joining, lan
from dfs_core.server.founding import init
from dfs_core.server.joining import Joined, join
from dfs_core.server.names import MEMBERS_NAME, SECRETS_NAME
from dfs_core.store.folder import DataFolder
from dfs_core.store.state import NodeState


class Inviter:
    """A running cluster of one, and its client."""

    def __init__(self, node: Node, client: Client) -> None:
        self.node, self.client = node, client

    async def line(self, role: str = "full") -> str:
        async with asyncio.timeout(10):
            return (await self.client.invite(role)).line


@pytest.fixture
async def inviter(tmp_path: Path) -> AsyncIterator[Inviter]:
    await asyncio.to_thread(init, tmp_path / "first", listen="127.0.0.1:0", capacity=GIB)
    async with Node(NodeConfig.load(tmp_path / "first")) as node:
        control = str(node.ready_line["control"])
        async with await Client.connect(control) as client:
            yield Inviter(node, client)


async def joined(line: str, folder: Path, zone: str = "") -> Joined:
    return await asyncio.to_thread(join, line, folder, listen="127.0.0.1:0", zone=zone, capacity=GIB)


def kept_members(folder: Path) -> MembersKnown:
    state = NodeState(folder / "state.sqlite")
    try:
        return msgspec.msgpack.decode(state.get(MEMBERS_NAME) or b"", type=MembersKnown)
    finally:
        state.close()


async def test_a_full_node_has_the_secrets_the_members_and_a_place_to_begin(inviter: Inviter, tmp_path: Path) -> None:
    done = await joined(await inviter.line(), tmp_path / "second", "attic")
    assert (done.role, done.cluster_id) == ("full", str(inviter.node.cluster))
    with DataFolder.open(tmp_path / "second") as folder:
        assert (str(folder.marker.node), folder.marker.role) == (done.node_id, "full")
        ClusterSecrets.decode(folder.read_secret("secrets", SECRETS_NAME))
    mine = [record for record in kept_members(tmp_path / "second").members if record.node.hex() == done.node_id]
    assert [(record.role, record.zone, record.capacity, record.state) for record in mine] == [
        ("full", "attic", GIB, "joined")
    ]
    assert NodeConfig.load(tmp_path / "second").bootstrap == (str(inviter.node.ready_line["listen"]),)


async def test_a_vault_gets_no_secret_and_no_log(inviter: Inviter, tmp_path: Path) -> None:
    assert (await joined(await inviter.line("vault"), tmp_path / "vault")).role == "vault"
    with DataFolder.open(tmp_path / "vault") as folder:
        assert not folder.has_secret("secrets", SECRETS_NAME)
    assert not (tmp_path / "vault" / "log.sqlite").exists()


async def test_who_joined_reads_what_was_stored_before(inviter: Inviter, tmp_path: Path) -> None:
    data = b"tea" * 1_000_000
    await inviter.node.store("before", data)
    await joined(await inviter.line(), tmp_path / "second")
    async with Node(NodeConfig.load(tmp_path / "second")) as second, asyncio.timeout(20):
        found = b""
        while found != data:
            with suppress(PeerError, NotFound):  # it is still dialling, or reading the log
                found = await second.retrieve("before")
            await asyncio.sleep(0.01)


async def test_a_vault_keeps_chunks_however_much_was_stored_since_it_joined(inviter: Inviter, tmp_path: Path) -> None:
    """It reads no log; what full nodes have applied since must not make it refuse them as too far ahead."""
    for number in range(5):
        await inviter.node.store(f"before {number}", b"small")
    await joined(await inviter.line("vault"), tmp_path / "vault")
    config = NodeConfig.load(tmp_path / "vault")
    contents = os.urandom(100_000), os.urandom(100_000)
    async with Node(config), asyncio.timeout(30):
        stored = None
        while stored is None:
            with suppress(NotEnoughCopies):  # the two are still dialling: with two storing nodes both must have it
                stored = await inviter.node.store("first", contents[0])
            await asyncio.sleep(0.01)
    for number in range(5):
        await inviter.node.store(f"meanwhile {number}", b"small")
    async with Node(config), asyncio.timeout(30):
        again = None
        while again is None:
            with suppress(NotEnoughCopies):
                again = await inviter.node.store("again", contents[1])
            await asyncio.sleep(0.01)
    assert stored.copies == again.copies == 2
    held = [path.name for path in (tmp_path / "vault" / "chunks").rglob("*") if len(path.name) == 64]
    assert len(held) == 2


async def test_a_line_works_once(inviter: Inviter, tmp_path: Path) -> None:
    line = await inviter.line()
    await joined(line, tmp_path / "second")
    with pytest.raises(NotAllowed):
        await joined(line, tmp_path / "third")
    assert not (tmp_path / "third").exists(), "what it had made is gone"


async def test_a_join_that_was_cut_off_is_finished_by_running_it_again(
    inviter: Inviter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await inviter.line()

    def cut_off(*arguments: object) -> None:
        raise StoreError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr(joining, "_checked", cut_off)  # admitted, and nothing of it is on disk yet
        with pytest.raises(StoreError, match="cut off"):
            await joined(line, tmp_path / "second")
    (identity,) = (tmp_path / "second" / "identity").iterdir()
    key = identity.read_bytes()
    done = await joined(line, tmp_path / "second")
    members = kept_members(tmp_path / "second").members
    assert sum(record.node.hex() == done.node_id for record in members) == 1
    assert len(members) == 2
    assert identity.read_bytes() == key, "it was admitted, so it stayed"


async def test_an_answer_that_did_not_come_may_have_been_yes_so_the_key_stays(
    inviter: Inviter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await inviter.line()
    with monkeypatch.context() as hurried:
        hurried.setattr(joining, "REDEEM_TIMEOUT_S", 0.0)
        with pytest.raises(PeerError):
            await joined(line, tmp_path / "second")
    assert list((tmp_path / "second" / "identity").iterdir())
    await joined(line, tmp_path / "second")


async def test_a_no_after_a_question_without_an_answer_leaves_the_key_too(
    inviter: Inviter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address had said yes, and before the second was asked the line had expired."""
    line = Invitation.parse(await inviter.line())
    asked = list[str]()

    class Answering:
        async def call(self, request: object, *, timeout_s: float) -> Admitted:
            asked.append("")
            if len(asked) == 1:
                raise PeerUnreachable("the inviter", "the other side closed the connection")
            raise NotAllowed("this invitation is not valid (any more)")

        async def close(self, reason: str) -> None: ...

    async def connect(*_: object, **__: object) -> Answering:
        return Answering()

    monkeypatch.setattr(joining, "connect_tls", connect)
    twice = Invitation((*line.addresses[:1], "127.0.0.1:1"), line.inviter, line.role, line.secret).to_line()
    with pytest.raises(NotAllowed):
        await joined(twice, tmp_path / "second")
    assert len(asked) == 2
    assert list((tmp_path / "second" / "identity").iterdir())


async def test_nothing_is_said_to_anybody_but_the_holder_of_the_invited_key(inviter: Inviter, tmp_path: Path) -> None:
    genuine = Invitation.parse(await inviter.line())
    elsewhere = Invitation(genuine.addresses, Identity.generate().node_id, genuine.role, genuine.secret)
    with pytest.raises(PeerError):
        await joined(elsewhere.to_line(), tmp_path / "second")
    assert (await joined(genuine.to_line(), tmp_path / "third")).role == "full", "the secret was not given away"


async def test_an_inviter_that_does_not_answer_is_named(tmp_path: Path) -> None:
    line = Invitation(("127.0.0.1:1",), NodeId(b"n" * 32), "full", b"s" * 16).to_line()
    (tmp_path / "second").mkdir()
    for folder in ("second", "third/below"):
        with pytest.raises(PeerError, match=r"127\.0\.0\.1"):
            await joined(line, tmp_path / folder)
    assert list((tmp_path / "second").iterdir()) == [], "it was there, and is as it was"
    assert not (tmp_path / "third").exists()


async def test_a_line_whose_addresses_lead_nowhere_finds_its_inviter_on_the_local_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFS_MDNS", "on")
    monkeypatch.setattr(lan.Lan, "run", asyncio.Event().wait)  # what multicast does: unit/transport/test_discovery.py
    await asyncio.to_thread(init, tmp_path / "first", listen="127.0.0.1:0", capacity=GIB)
    async with Node(NodeConfig.load(tmp_path / "first")) as node:

        async def find(wanted: NodeId, *, interfaces: tuple[str, ...], timeout_s: float) -> tuple[str, ...]:
            return (str(node.ready_line["listen"]),) if wanted == node.node_id else ()

        monkeypatch.setattr(joining, "find_node", find)
        async with await Client.connect(str(node.ready_line["control"])) as client:
            short = (await client.invite("full", addresses=False)).line
        done = await joined(short, tmp_path / "second")
        assert str(node.ready_line["listen"]) in (tmp_path / "second" / "node.toml").read_text()
        genuine = Invitation.parse(await node.invite("operator", 60.0))
        moved = Invitation(("127.0.0.1:1",), genuine.inviter, genuine.role, genuine.secret)
        await joined(moved.to_line(), tmp_path / "operator")
        async with await Client.connect_tls(tmp_path / "operator") as client:
            assert done.node_id in {peer.node for peer in await client.peers()}


async def test_a_line_without_an_address_needs_the_local_network(inviter: Inviter, tmp_path: Path) -> None:
    short = (await inviter.client.invite("vault", addresses=False)).line
    with pytest.raises(PeerError, match="names no address"):  # 'auto' on loopback: nobody is asked
        await joined(short, tmp_path / "second")


async def test_a_later_address_is_tried_when_the_first_does_not_answer(inviter: Inviter, tmp_path: Path) -> None:
    genuine = Invitation.parse(await inviter.line())
    both = Invitation(("127.0.0.1:1", *genuine.addresses), genuine.inviter, genuine.role, genuine.secret)
    assert (await joined(both.to_line(), tmp_path / "second")).role == "full"


@pytest.mark.parametrize("line", ["", "dfs1-", "hello"])
def test_what_is_no_line_makes_nothing(line: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        join(line, tmp_path / "second")
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("wrong", ["another role", "another node", "nobody", "another role in the list"])
def test_a_welcome_that_is_not_what_the_line_promised_is_refused(wrong: str) -> None:
    me, inviter = Identity.generate(), Identity.generate()
    invitation = Invitation(("10.0.0.1:7420",), inviter.node_id, "vault", b"s" * 16)
    node = inviter.node_id if wrong == "another node" else me.node_id
    listed = MemberRecord(node.digest, b"cert", "full" if "list" in wrong else "vault", "", GIB, "joined", [])
    role = "full" if wrong == "another role" else "vault"
    admitted = Admitted(b"c" * 16, role, 3, 3, [] if wrong == "nobody" else [listed], b"")
    with pytest.raises(RemoteProtocolError):
        joining._checked(admitted, me.node_id, invitation)


async def test_a_node_does_not_join_twice(inviter: Inviter, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await joined(await inviter.line(), tmp_path / "first")
