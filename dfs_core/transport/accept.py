"""Accepting connections: bound sockets in, greeted links out, however strangers behave.

Each accepted socket gets a task of its own, from its greeting to the end of its link, so that a slow stranger holds up
nobody; there are at most LINKS_MAX of them. Whoever fails the greeting is dropped with one line in the log.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from dfs_core.errors import PeerUnreachable
from dfs_core.limits import LINKS_MAX
from dfs_core.transport.link import Link

_log = logging.getLogger(__name__)

_BACKLOG = 128
_ACCEPT_PAUSE_S = 0.5  # when the system has no file descriptor left


class Acceptor:
    """Accepts on bound sockets until it is closed."""

    def __init__(self, greet: Callable[[socket.socket], Awaitable[Link]], accepted: Callable[[Link], None]) -> None:
        """`greet` owns the socket it is given, and raises PeerUnreachable; `accepted` gets every link it made."""
        self._greet, self._accepted = greet, accepted
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._links: set[Link] = set()

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Accept on these, which are closed with the acceptor."""
        for bound in sockets:
            bound.listen(_BACKLOG)
            self._sockets.append(bound)
            self._accepting.append(asyncio.get_running_loop().create_task(self._accept(bound)))

    async def close(self) -> None:
        """Accept no more; close every link. Handlers have ended on return."""
        for task in (*self._accepting, *self._serving):
            task.cancel()
        await asyncio.gather(*self._accepting, *self._serving, return_exceptions=True)
        for bound in self._sockets:
            bound.close()
        await asyncio.gather(*(link.close("the node stops") for link in list(self._links)))

    async def _accept(self, bound: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(bound)
            except OSError as error:
                _log.warning("cannot accept a connection: %s", error.strerror or error)
                await asyncio.sleep(_ACCEPT_PAUSE_S)
                continue
            if len(self._serving) >= LINKS_MAX:
                _log.warning("%s: dropped: %d links are open already", address_of(accepted), LINKS_MAX)
                accepted.close()
                continue
            task = loop.create_task(self._serve(accepted))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _serve(self, accepted: socket.socket) -> None:
        address = address_of(accepted)
        try:
            link = await self._greet(accepted)
        except PeerUnreachable as error:
            _log.warning("%s: dropped: %s", address, error.reason)
            return
        self._links.add(link)
        try:
            self._accepted(link)
            await link.wait_closed()
        finally:
            if link.closed:
                self._links.discard(link)


async def bind_tcp(host: str, port: int) -> list[socket.socket]:
    """One socket for each address that `host` means; empty: all of this machine. OSError: taken or not ours."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            ip, wanted, *scope = address
            if sockets and port == 0:  # the system's choice for the first holds for all
                wanted = sockets[0].getsockname()[1]
            bound = socket.socket(family, kind, protocol)
            sockets.append(bound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.setblocking(False)
            bound.bind((ip, wanted, *scope))
    except OSError:
        for bound in sockets:
            bound.close()
        raise
    return sockets


def bind_unix(path: Path) -> socket.socket:
    """A socket at `path`, for this user only, replacing one left behind. Blocks. OSError: it cannot be bound."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def peer_uid(connection: socket.socket) -> int:
    """The user on the other end of a Unix socket, as the kernel says."""
    if sys.platform == "darwin":
        credentials = connection.getsockopt(0, 0x001, 76)  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred
        return int(struct.unpack_from("=II", credentials)[1])
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def address_of(connection: socket.socket) -> str:
    """Who is at the other end, for log lines: host:port, or "control socket"."""
    if connection.family == socket.AF_UNIX:
        return "control socket"
    try:
        host, port = connection.getpeername()[:2]
    except OSError:
        return "somebody who is gone"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
