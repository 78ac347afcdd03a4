"""Listeners: where links come in. TLS for peers, joiners and operators; a Unix socket for programs of the same user.

A stranger costs little and learns nothing: it gets a few seconds for the handshake and its HELLO, is told nothing
before that, and is dropped with one line in the log. The TLS context is asked for at every accept, so a changed member
list counts from the next handshake on.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from dfs_core.errors import PeerUnreachable, StoreError
from dfs_core.limits import (
    HELLO_TIMEOUT_S,
    STRANGER_MESSAGE_BYTES_MAX,
    STRANGER_REQUESTS_MAX,
)
from dfs_core.model.ids import NodeId
from dfs_core.transport.accept import Acceptor, address_of, bind_tcp, bind_unix, peer_uid
from dfs_core.transport.deadlines import LOCAL_TIMING, Timing
from dfs_core.transport.dial import TLS_SHUTDOWN_S
from dfs_core.transport.exchange import Handler
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import Link, Notified
from dfs_core.transport.roles import RECOVERY
from dfs_core.transport.tls import node_of
from dfs_core.transport.wire import Wire, tls_reason


class Listener:
    """Accepts TLS links."""

    def __init__(
        self,
        *,
        context: Callable[[], Awaitable[ssl.SSLContext]],
        role: Callable[[NodeId], str | None],
        hello: Callable[[], Hello],
        handler: Handler,
        notified: Notified,
        accepted: Callable[[Link], None],
        judge: Callable[[NodeId, Hello], str] = lambda node, hello: "",
        timing: Timing | None = None,
    ) -> None:
        """`role`: the member list's word on a node, None: not listed. `accepted` is given each link once it is open."""
        self._context, self._role, self._hello = context, role, hello
        self._handler, self._notified, self._judge = handler, notified, judge
        self._timing = timing or Timing()
        self._acceptor = Acceptor(self._greet, accepted)

    async def listen(self, host: str, port: int) -> int:
        """Accept links from now on; the port, which the system chose when `port` was 0. StoreError: it is taken."""
        try:
            sockets = await bind_tcp(host, port)
        except OSError as error:
            raise StoreError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self._acceptor.start(sockets)
        bound: int = sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Accept no more, close what was accepted. Handlers have ended on return."""
        await self._acceptor.close()

    async def _greet(self, accepted: socket.socket) -> Link:
        loop = asyncio.get_running_loop()
        address = address_of(accepted)
        wire = Wire()
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport, _ = await loop.connect_accepted_socket(
                lambda: wire,
                accepted,
                ssl=await self._context(),
                ssl_handshake_timeout=self._timing.hello_s,
                ssl_shutdown_timeout=TLS_SHUTDOWN_S,
            )
        except ssl.SSLError as error:
            raise PeerUnreachable(address, tls_reason(error)) from error
        except (OSError, TimeoutError) as error:
            raise PeerUnreachable(address, f"no TLS handshake: {error}") from error
        stranger = not transport.get_extra_info("ssl_object").getpeercert(True)
        peer = None if stranger else node_of(transport)
        role = "joiner" if stranger else None if peer is None else self._role(peer)
        if role is None:
            transport.abort()
            raise PeerUnreachable(address, "its certificate is not in the member list")
        hello = self._hello()
        if stranger:
            hello = _for_strangers(hello)
        link = Link(
            wire,
            hello,
            address=address,
            dialled=False,
            peer=peer,
            role=role,
            handler=self._handler,
            notified=self._notified,
            timing=self._timing,
        )
        await link.greet(
            transport, timeout_s=self._timing.hello_s, judge=lambda theirs: self._why_not(peer, role, theirs)
        )
        return link

    def _why_not(self, peer: NodeId | None, role: str, theirs: Hello) -> str:
        return _judge(theirs, role) or ("" if peer is None else self._judge(peer, theirs))


def _for_strangers(hello: Hello) -> Hello:
    return Hello(
        protocol_min=hello.protocol_min,
        protocol_max=hello.protocol_max,
        node=hello.node,
        codecs=hello.codecs,
        message_bytes_max=STRANGER_MESSAGE_BYTES_MAX,
        requests_max=STRANGER_REQUESTS_MAX,
        version=hello.version,
    )


def _judge(theirs: Hello, role: str) -> str:
    """Why a HELLO does not fit its role; empty when it does."""
    fits = {"full": "peer", "vault": "peer", "operator": "control", "joiner": "join", RECOVERY: "control"}
    if theirs.purpose != fits.get(role):
        return f"a link for {theirs.purpose!r} is not for the role {role!r}"
    return ""


class ControlListener:
    """Accepts programs of the same user on a Unix socket."""

    def __init__(self, handler: Handler, *, facts: Callable[[], HelloFacts] = HelloFacts) -> None:
        """Every link has the role `local`; its requests go to `handler`."""
        self._handler, self._facts = handler, facts
        self._acceptor = Acceptor(self._greet, lambda link: None)
        self._path: Path | None = None

    async def listen(self, path: Path | str) -> None:
        """Accept from now on. A socket left behind there is replaced: the node's lock says that nobody serves it.

        StoreError: the path cannot be bound.
        """
        self._path = Path(path)
        try:
            bound = await asyncio.to_thread(bind_unix, self._path)
        except OSError as error:
            raise StoreError(f"cannot make the control socket {path}: {error.strerror or error}") from error
        self._acceptor.start([bound])

    async def close(self) -> None:
        """Accept no more, close every link, remove the socket. Handlers have ended on return."""
        await self._acceptor.close()
        if self._path is not None:
            await asyncio.to_thread(self._path.unlink, missing_ok=True)

    async def _greet(self, accepted: socket.socket) -> Link:
        loop = asyncio.get_running_loop()
        uid = peer_uid(accepted)
        if uid != os.getuid():
            accepted.close()
            raise PeerUnreachable("control socket", f"it is for user {os.getuid()}, not for user {uid}")
        wire = Wire()
        transport, _ = await loop.connect_accepted_socket(lambda: wire, accepted)
        hello = Hello.of(self._facts(), purpose="control")
        link = Link(
            wire,
            hello,
            address="control socket",
            dialled=False,
            peer=None,
            role="local",
            handler=self._handler,
            notified=None,
            timing=LOCAL_TIMING,
        )
        await link.greet(transport, timeout_s=HELLO_TIMEOUT_S)
        return link
