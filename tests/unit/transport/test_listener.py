"""Whoever comes in: strangers are refused or dropped with one line, and the node goes on."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import stat
from pathlib import Path

import pytest

from dfs_core.encoding.control_messages import GetStatus, ListKeys
from dfs_core.encoding.frame import Kind, MessageFlag, encode_frame, encode_header
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown, Propose, ReadIndex, Redeem, StoreChunk
from dfs_core.errors import NotAllowed, PeerUnreachable, RemoteProtocolError, StoreError
from dfs_core.limits import MESSAGE_BYTES_MAX
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.hello import encode_hello
from dfs_core.transport.link import connect_local
from dfs_core.transport.listener import ControlListener
from dfs_core.transport.tls import client_context, joiner_context

from .nodes import ANN, BEN, CAT, CERTIFICATES, EVE, Answers, Node, dial, hello_of, listening, until

QUICK = Timing(hello_s=0.05, frame_s=0.1)


async def still_serves(node: Node) -> bool:
    """Another link works."""
    link = await dial(node, CAT)
    try:
        return await link.call(AskMembers(1), timeout_s=5) == MembersKnown(1, 3, [])
    finally:
        await link.close()


async def raw(node: Node, context: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TLS connection that speaks for itself."""
    return await asyncio.open_connection("127.0.0.1", node.port, ssl=context, server_hostname="")


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Everything until the other side ends the connection."""
    try:
        return await reader.read()
    except (OSError, ssl.SSLError):
        return b""


# -- who they are


async def test_a_node_that_is_not_listed_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable, match="may not know this node as a member"):
            await dial(node, EVE)
        await until(lambda: "dropped" in caplog.text)
        assert "certificate is not in this node's member list" in caplog.text
        assert len(caplog.records) == 1
        assert node.answers.started == []
        assert await still_serves(node)


async def test_a_node_taken_off_the_list_is_refused_even_if_tls_lets_it_in(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        del node.members[BEN.node_id]
        with pytest.raises(PeerUnreachable):
            await dial(node, BEN)
        assert "not in the member list" in caplog.text
        assert await still_serves(node)


async def test_a_node_of_another_cluster_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable, match="another cluster"):
            await dial(node, cluster=b"d" * 16)
        await until(lambda: "another cluster" in caplog.text)
        assert await still_serves(node)


async def test_a_node_that_claims_to_be_another_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable):
            await dial(node, BEN, node=CAT.node_id.digest)
        await until(lambda: "another node than its certificate" in caplog.text)


async def test_the_dialler_says_nothing_to_a_node_with_another_key() -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable, match="another node answers"):
            await dial(node, expected=CAT.node_id)
        with pytest.raises(PeerUnreachable, match="another node answers"):
            await dial(node, expected=EVE.node_id, context=joiner_context(), purpose="join", node=b"", cluster=b"")
        assert node.answers.started == []
        assert node.links.empty()


async def test_the_dialler_refuses_a_node_that_is_not_listed() -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable, match="not in this node's member list"):
            await dial(node, context=client_context(BEN, [BEN.certificate]))
        with pytest.raises(PeerUnreachable, match="another node answers"):
            await dial(node, expected=None, role=lambda found: None)


async def test_a_node_learns_the_owner_of_an_address_from_its_certificate() -> None:
    async with listening() as node:
        link = await dial(node, expected=None, role=node.members.get)
        assert link.peer == ANN.node_id
        await link.close()


@pytest.mark.parametrize("purpose", ["control", "join", "whatever"])
async def test_a_link_must_be_for_what_its_role_is_for(purpose: str, caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable):
            await dial(node, purpose=purpose)
        await until(lambda: "is not for the role 'full'" in caplog.text)


async def test_an_operator_may_control_and_has_no_part_in_chunks_and_log() -> None:
    async with listening() as node:
        node.members[CAT.node_id] = "operator"
        link = await dial(node, CAT, purpose="control")
        for request in (StoreChunk(b"a", 1), Propose([b"entry"]), ReadIndex()):
            with pytest.raises(NotAllowed):
                await link.call(request, timeout_s=5)
        asking = asyncio.create_task(link.call(GetStatus(), timeout_s=5))
        await until(lambda: node.answers.started == [GetStatus()])
        await link.close()
        with pytest.raises(PeerUnreachable):
            await asking


async def test_a_vault_may_not_read_the_catalog() -> None:
    async with listening() as node:
        link = await dial(node, CAT)
        with pytest.raises(NotAllowed, match="not for the role 'vault'"):
            await link.call(ListKeys(), timeout_s=5)
        await link.close()
        assert node.answers.started == []


async def test_without_a_certificate_one_may_only_redeem() -> None:
    async with listening() as node:
        link = await dial(node, context=joiner_context(), purpose="join", node=b"", cluster=b"")
        there = await node.links.get()
        assert (there.role, there.peer) == ("joiner", None)
        for request in (AskMembers(1), StoreChunk(b"a", 1), GetStatus()):
            with pytest.raises(NotAllowed, match="role 'joiner'"):
                await link.call(request, timeout_s=5)
        with pytest.raises(RemoteProtocolError, match="no answer to Redeem"):
            await link.call(Redeem(b"", b"", b"", "", 0, []), timeout_s=5)
        assert [type(request) for request in node.answers.started] == [Redeem]
        with pytest.raises(Exception, match="takes no message"):
            await link.call(Redeem(bytes(70_000), b"", b"", "", 0, []), timeout_s=5)
        await link.close()


async def test_a_joiner_that_pretends_to_be_a_peer_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        with pytest.raises(PeerUnreachable):
            await dial(node, context=joiner_context(), purpose="peer", node=b"")
        assert node.answers.started == []
        assert await still_serves(node)


# -- how they behave


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 100,
        os.urandom(4096),
        bytes(10),
        encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 1, MESSAGE_BYTES_MAX + 1),
        encode_frame(Kind.HELLO, b"\xff" * 200),
        encode_frame(Kind.PING, bytes(8)),
    ],
    ids=["http", "noise", "zeros", "oversized", "no hello", "out of turn"],
)
async def test_garbage_after_the_handshake_is_dropped(noise: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        writer.write(noise)
        said = await rest_of(reader)
        writer.close()
        assert len(said) < 300  # a GOODBYE, or nothing
        await until(lambda: "dropped" in caplog.text)
        assert len(caplog.records) == 1
        assert await still_serves(node)


async def test_garbage_instead_of_a_handshake_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(os.urandom(5000))
        await rest_of(reader)
        writer.close()
        await until(lambda: "dropped" in caplog.text)
        assert await still_serves(node)


async def test_a_garbled_frame_on_an_open_link_ends_only_that_link() -> None:
    async with listening() as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        writer.write(encode_frame(Kind.HELLO, encode_hello(hello_of(BEN))))
        there = await node.links.get()
        writer.write(b"\xff" * 100)
        assert "unknown kind" in await there.wait_closed()
        await rest_of(reader)
        writer.close()
        assert await still_serves(node)


async def test_an_oversized_frame_on_an_open_link_ends_only_that_link() -> None:
    async with listening() as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        writer.write(encode_frame(Kind.HELLO, encode_hello(hello_of(BEN))))
        there = await node.links.get()
        writer.write(encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 1, MESSAGE_BYTES_MAX + 1))
        assert "allowed are" in await there.wait_closed()
        await rest_of(reader)
        writer.close()
        assert await still_serves(node)


async def test_a_stranger_that_says_nothing_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(timing=QUICK) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        await rest_of(reader)
        writer.close()
        await until(lambda: "dropped" in caplog.text)


async def test_a_member_that_says_nothing_after_the_handshake_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(timing=QUICK) as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        await rest_of(reader)
        writer.close()
        await until(lambda: "no HELLO" in caplog.text)


async def test_a_frame_that_never_ends_is_dropped() -> None:
    """What a byte a second comes to, with a frame's time cut down so that no second need pass."""
    async with listening(timing=Timing(frame_s=0.1)) as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        writer.write(encode_frame(Kind.HELLO, encode_hello(hello_of(BEN))))
        there = await node.links.get()
        writer.write(encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 1, 100))
        closed = asyncio.create_task(there.wait_closed())
        while not closed.done():
            writer.write(b"x")
            await asyncio.wait([closed], timeout=0.02)
        assert "a frame took longer than 0.1 s" in await closed
        await rest_of(reader)
        writer.close()
        assert await still_serves(node)


async def test_one_byte_at_a_time_is_slow_but_right() -> None:
    async with listening() as node:
        reader, writer = await raw(node, client_context(BEN, CERTIFICATES))
        for byte in encode_frame(Kind.HELLO, encode_hello(hello_of(BEN))):
            writer.write(bytes([byte]))
            await writer.drain()
        there = await node.links.get()
        assert there.peer == BEN.node_id
        assert await reader.readexactly(10)
        writer.close()
        await there.wait_closed()


async def test_a_port_that_is_taken_is_said_so() -> None:
    async with listening() as node, listening(CAT) as other:
        with pytest.raises(StoreError, match=f"127.0.0.1:{node.port}"):
            await other.listener.listen("127.0.0.1", node.port)


# -- the control socket


async def test_the_control_socket_is_this_users_alone(tmp_path: Path) -> None:
    listener = ControlListener(Answers())
    path = tmp_path / "control"
    await listener.listen(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await listener.close()
    assert not path.exists()


async def test_another_user_on_the_control_socket_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dfs_core.transport.listener.peer_uid", lambda connection: os.getuid() + 1)
    answers = Answers()
    listener = ControlListener(answers)
    await listener.listen(tmp_path / "control")
    with pytest.raises(PeerUnreachable):
        await connect_local(tmp_path / "control")
    assert f"not for user {os.getuid() + 1}" in caplog.text
    assert answers.started == []
    await listener.close()


async def test_a_socket_left_behind_by_a_crash_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    listener = ControlListener(Answers())
    await listener.listen(path)
    link = await connect_local(path)
    await link.close()
    await listener.close()


async def test_a_control_socket_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="control socket"):
        await ControlListener(Answers()).listen(tmp_path / "no" / "such" / "folder")


async def test_garbage_on_the_control_socket_is_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    listener = ControlListener(Answers())
    await listener.listen(tmp_path / "control")
    reader, writer = await asyncio.open_unix_connection(tmp_path / "control")
    writer.write(b"status\n" * 10)
    await rest_of(reader)
    writer.close()
    await until(lambda: "dropped" in caplog.text)
    link = await connect_local(tmp_path / "control")
    await link.close()
    await listener.close()


async def test_closing_the_listener_ends_its_links_and_their_handlers(tmp_path: Path) -> None:
    answers = Answers()
    listener = ControlListener(answers)
    await listener.listen(tmp_path / "control")
    link = await connect_local(tmp_path / "control")
    asking = asyncio.create_task(link.call(GetStatus(), timeout_s=60))
    await answers.begun.wait()
    await listener.close()
    assert answers.ended == ["CancelledError"]
    with pytest.raises(PeerUnreachable, match="the node stops"):
        await asking
    await link.close()
