"""Opening a socket: every way it fails is one of our errors, with words."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from dfs_core.errors import NodeNotRunning, NotAllowed, PeerUnreachable
from dfs_core.transport.dial import open_local, open_tls
from dfs_core.transport.tls import client_context

from .nodes import ANN, BEN, CAT, CERTIFICATES, listening

CONTEXT = client_context(BEN, CERTIFICATES)


async def test_an_open_port_is_reached() -> None:
    async with listening() as node:
        transport, wire = await open_tls("127.0.0.1", node.port, context=CONTEXT, name="ann", timeout_s=5)
        assert wire.received_bytes == wire.sent_bytes == 0
        transport.abort()


async def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(PeerUnreachable, match="ann: Connection refused"):
            await open_tls("127.0.0.1", unused.getsockname()[1], context=CONTEXT, name="ann", timeout_s=5)


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(PeerUnreachable):
        await open_tls("no-such-host.invalid", 3000, context=CONTEXT, name="ann", timeout_s=5)


async def test_a_port_that_never_shakes_hands_is_given_up() -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    with pytest.raises(PeerUnreachable, match="no connection within"):
        await open_tls("127.0.0.1", server.sockets[0].getsockname()[1], context=CONTEXT, name="ann", timeout_s=0.05)
    server.close()


async def test_a_certificate_that_is_not_listed_is_told_in_words() -> None:
    async with listening(ANN) as node:
        narrow = client_context(BEN, [BEN.certificate, CAT.certificate])
        with pytest.raises(PeerUnreachable, match="not in this node's member list"):
            await open_tls("127.0.0.1", node.port, context=narrow, name="ann", timeout_s=5)


async def test_a_file_that_is_no_socket_is_no_node(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path, tmp_path / ("long" * 50)):
        with pytest.raises(NodeNotRunning):
            await open_local(path, timeout_s=5)


async def test_a_socket_of_another_user_is_told_from_one_where_nobody_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")  # root, who runs these tests at times, may open all

    monkeypatch.setattr(asyncio.get_running_loop(), "create_unix_connection", refuse)
    with pytest.raises(NotAllowed, match="another user's"):
        await open_local(tmp_path / "s", timeout_s=5)
