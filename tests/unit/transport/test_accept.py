"""Accepting: many at once, a bound on all, one line for each that fails."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from dfs_core.errors import PeerUnreachable
from dfs_core.transport.accept import Acceptor, address_of, bind_tcp, bind_unix, peer_uid
from dfs_core.transport.link import Link

from .nodes import until


async def refuse(accepted: socket.socket) -> Link:
    accepted.close()
    raise PeerUnreachable("somebody", "no entry")


async def test_whoever_fails_the_greeting_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    acceptor = Acceptor(refuse, lambda link: None)
    sockets = await bind_tcp("127.0.0.1", 0)
    acceptor.start(sockets)
    for number in range(1, 4):
        reader, writer = await asyncio.open_connection("127.0.0.1", sockets[0].getsockname()[1])
        assert await reader.read() == b""
        writer.close()
        await until(lambda expected=number: caplog.text.count("dropped: no entry") == expected)
    await acceptor.close()
    assert len(caplog.records) == 3


async def test_beyond_the_bound_connections_are_dropped(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dfs_core.transport.accept.LINKS_MAX", 2)
    greeting: list[socket.socket] = []

    async def greet(accepted: socket.socket) -> Link:
        greeting.append(accepted)
        await asyncio.Event().wait()
        raise AssertionError

    acceptor = Acceptor(greet, lambda link: None)
    sockets = await bind_tcp("127.0.0.1", 0)
    acceptor.start(sockets)
    dialled = [await asyncio.open_connection("127.0.0.1", sockets[0].getsockname()[1]) for _ in range(3)]
    await until(lambda: "2 links are open already" in caplog.text)
    assert len(greeting) == 2
    await acceptor.close()
    for each in greeting:
        each.close()
    for _, writer in dialled:
        writer.close()


async def test_a_name_may_mean_several_addresses_under_one_port() -> None:
    sockets = await bind_tcp("localhost", 0)
    try:
        assert len({bound.getsockname()[1] for bound in sockets}) == 1
    finally:
        for bound in sockets:
            bound.close()


async def test_no_host_means_all_of_this_machine() -> None:
    sockets = await bind_tcp("", 0)
    try:
        assert {bound.getsockname()[0] for bound in sockets} <= {"0.0.0.0", "::"}
    finally:
        for bound in sockets:
            bound.close()


async def test_an_address_that_is_not_ours_cannot_be_bound() -> None:
    with pytest.raises(OSError, match=r".+"):
        await bind_tcp("192.0.2.1", 0)


def test_the_kernel_says_who_is_at_the_other_end(tmp_path: Path) -> None:
    bound = bind_unix(tmp_path / "socket")
    bound.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(tmp_path / "socket"))
    accepted, _ = bound.accept()
    assert peer_uid(accepted) == os.getuid()
    assert address_of(accepted) == "control socket"
    for each in (accepted, client, bound):
        each.close()


def test_who_is_gone_has_no_address() -> None:
    with socket.socket() as never_connected:
        assert address_of(never_connected) == "somebody who is gone"
