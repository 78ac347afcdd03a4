"""Nodes that are dead, silent, of another version, or no nodes at all: the reason is said, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dfs_core.encoding.frame import Kind, encode_frame
from dfs_core.transport.hello import Hello, encode_hello
from dfs_tui.sources import link
from dfs_tui.sources.live import attached_source

from ..driving import Drive, dashboard
from ..worlds import HandClock

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


@asynccontextmanager
async def strange(path: Path, behave: Behave) -> AsyncIterator[Drive]:
    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(met, path)
    try:
        async with dashboard(source=attached_source(HandClock(), str(path))) as drive:
            yield drive
    finally:
        server.close()


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (_silent, "no HELLO"),
        (_babbling, ""),
        (_of_another_version, "protocol"),
        (_hanging_up, ""),
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
        assert reason in drive.text
        for key in ("2", "3", "4", "5", "6", "7", "s", "r", "K", "colon", "escape"):
            await drive.press(key)
        assert drive.app.is_running
        assert len(drive.app.screen_stack) == 1


async def test_where_no_node_listens_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with dashboard(source=attached_source(HandClock(), str(tmp_path / "none"))) as drive:
        await drive.sees("no node is running")
        await drive.press("s")
        assert "No node answers, so nothing can be stored now" in drive.message
