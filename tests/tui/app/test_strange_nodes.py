"""Nodes that are dead, silent, of another version, or no nodes at all: the reason is said, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dfs_core.client.operator import IDENTITY_PATH
from dfs_core.crypto.identity import Identity
from dfs_core.encoding.frame import Kind, encode_frame
from dfs_core.encoding.operator_record import OPERATOR_NAME, OperatorRecord, encode_operator
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.transport.hello import Hello, encode_hello
from dfs_core.transport.tls import server_context
from dfs_tui.sources import link, live
from dfs_tui.sources.live import attached_source, connected_source

from ..driving import Drive, dashboard
from ..worlds import HandClock

NODE, OPERATOR, STRANGER = (Identity.from_seed(bytes([number]) * 32) for number in range(1, 4))
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _babbling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


async def _of_another_version(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    hello = Hello(protocol_min=98, protocol_max=99, purpose="client", codecs=["none"])
    writer.write(encode_frame(Kind.HELLO, encode_hello(hello)))
    await reader.read()


async def _hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0)


def _meeting(behave: Behave) -> Behave:
    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    return met


@asynccontextmanager
async def strange(path: Path, behave: Behave) -> AsyncIterator[Drive]:
    server = await asyncio.start_unix_server(_meeting(behave), path)
    try:
        async with dashboard(source=attached_source(HandClock(), str(path))) as drive:
            yield drive
    finally:
        server.close()


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (_silent, "takes the call and says nothing"),
        (_babbling, "that is no node of dfs, by how it talks"),
        (_of_another_version, "upgrade the older of the two"),
        (_hanging_up, "closed the connection"),
    ],
)
async def test_it_is_said_why_nothing_is_shown_and_the_dashboard_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behave: Behave, reason: str
) -> None:
    if behave is _silent:
        monkeypatch.setattr(link, "DIAL_S", 0.3)
    async with strange(tmp_path / "s", behave) as drive:
        await drive.sees("RECONNECTING")
        await drive.sees("trying again")
        assert reason in drive.app.bridge.view.next_try().reason  # type: ignore[union-attr]
        assert "e edits the address" in drive.text
        for key in ("2", "3", "4", "5", "6", "7", "s", "r", "K", "colon", "escape"):
            await drive.press(key)
        assert drive.app.is_running
        assert len(drive.app.screen_stack) == 1


def operators_folder(folder: Path) -> Path:
    """Of an operator who knows one member, whose key is NODE's."""
    member = MemberRecord(NODE.node_id.digest, NODE.certificate, "full", "", 1 << 30, "joined", [])
    (folder / IDENTITY_PATH).parent.mkdir(parents=True)
    (folder / IDENTITY_PATH).write_bytes(OPERATOR.to_pem())
    (folder / IDENTITY_PATH).chmod(0o600)
    record = OperatorRecord(b"c" * 16, MembersKnown(1, 3, [member]), [])
    (folder / OPERATOR_NAME).write_bytes(encode_operator(record))
    return folder


def why(drive: Drive) -> str:
    link = drive.app.bridge.view.next_try()
    return link.reason if link is not None else ""


@asynccontextmanager
async def elsewhere(folder: Path, behave: Behave, identity: Identity | None) -> AsyncIterator[Drive]:
    """A dashboard with an operator's certificate, of who answers at a port; over TLS with a key, if it has one."""
    context = None
    if identity is not None:
        context = await asyncio.to_thread(server_context, identity, [OPERATOR.certificate])
    server = await asyncio.start_server(_meeting(behave), "127.0.0.1", 0, ssl=context)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with dashboard(source=connected_source(HandClock(), address, str(folder))) as drive:
            yield drive
    finally:
        server.close()


@pytest.mark.parametrize(
    ("behave", "identity", "state", "reason"),
    [
        (_silent, NODE, "RECONNECTING", "says nothing"),
        (_babbling, NODE, "RECONNECTING", "that is no node of dfs"),
        (_of_another_version, NODE, "RECONNECTING", "upgrade the older of the two"),
        (_hanging_up, NODE, "NOT LET IN", "it may not know this operator"),
        (_silent, STRANGER, "NOT LET IN", "a node of another cluster answers there"),
        (_silent, None, "RECONNECTING", "no connection within"),
        (_babbling, None, "RECONNECTING", "speaks no TLS"),
    ],
)
async def test_elsewhere_too_it_is_said_what_is_wrong_with_a_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behave: Behave, identity: Identity | None, state: str, reason: str
) -> None:
    if behave is _silent and identity is not STRANGER:
        monkeypatch.setattr(live, "DIAL_S", 0.5)
    async with elsewhere(operators_folder(tmp_path / "operator"), behave, identity) as drive:
        await drive.sees(state)
        await drive.sees("again")
        await drive.until(lambda: reason in why(drive))  # a busy machine may not even shake hands the first time
        assert "e Edit address" in drive.text
        assert ("--role operator" in drive.text) == (state == "NOT LET IN")
        await drive.press("2", "4", "escape")
        await drive.sees("given up")
        await drive.press("e")
        assert "Where is the cluster?" in drive.text


async def test_where_no_node_listens_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with dashboard(source=attached_source(HandClock(), str(tmp_path / "none"))) as drive:
        await drive.sees("no node is running")
        await drive.press("s")
        assert "No node answers, so nothing can be stored now" in drive.message
