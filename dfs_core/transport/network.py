"""Where a mesh's links come from. `TlsNetwork` is the real one; `memory.MemoryNetwork` joins nodes of one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dfs_core.crypto.identity import Identity
from dfs_core.errors import InvalidInput, PeerUnreachable
from dfs_core.limits import HELLO_TIMEOUT_S
from dfs_core.model.ids import NodeId
from dfs_core.model.member import split_host_port
from dfs_core.transport.contexts import Contexts
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.exchange import Handler
from dfs_core.transport.hello import Hello
from dfs_core.transport.link import Link, Notified, connect_tls
from dfs_core.transport.listener import Listener


@dataclass(frozen=True, slots=True)
class Welcome:
    """What every link of a node needs to know of it."""

    role: Callable[[NodeId], str | None]  # the member list's word; None: not listed
    hello: Callable[[], Hello]
    handler: Handler
    notified: Notified
    judge: Callable[[NodeId, Hello], str] = lambda node, hello: ""  # why no link with it may be, by its HELLO


class Named(Protocol):
    """Who this node is, where the network asks for no proof (`memory`)."""

    @property
    def node_id(self) -> NodeId:
        """This node's name."""
        ...


class Network(Protocol):
    """One node's way to the others."""

    def trust(self, certificates: Sequence[bytes]) -> None:
        """From now on only the owners of these certificates get a link."""
        ...

    async def listen(self, host: str, port: int, welcome: Welcome, accepted: Callable[[Link], None]) -> int:
        """Accept links and hand them over once they are open; the port. StoreError: it cannot be bound."""
        ...

    async def dial(
        self, address: str, welcome: Welcome, *, expected: NodeId | None, role: Callable[[NodeId], str | None]
    ) -> Link:
        """An open link to whoever `role` admits there, or to `expected` alone. PeerUnreachable, with the reason."""
        ...

    async def close(self) -> None:
        """Accept no more; close what was accepted. Handlers have ended on return."""
        ...


class TlsNetwork:
    """TCP and TLS 1.3."""

    def __init__(self, identity: Identity, *, timing: Timing | None = None) -> None:
        self._contexts = Contexts(identity)
        self._timing = timing
        self._listeners: list[Listener] = []

    def trust(self, certificates: Sequence[bytes]) -> None:
        """`Network.trust`; counts from the next handshake on."""
        self._contexts.trust(certificates)

    async def listen(self, host: str, port: int, welcome: Welcome, accepted: Callable[[Link], None]) -> int:
        """`Network.listen`."""
        listener = Listener(
            context=self._contexts.server,
            role=welcome.role,
            hello=welcome.hello,
            handler=welcome.handler,
            notified=welcome.notified,
            accepted=accepted,
            judge=welcome.judge,
            timing=self._timing,
        )
        bound = await listener.listen(host, port)
        self._listeners.append(listener)
        return bound

    async def dial(
        self, address: str, welcome: Welcome, *, expected: NodeId | None, role: Callable[[NodeId], str | None]
    ) -> Link:
        """`Network.dial`; `address` is "host:port"."""
        try:
            host, port = split_host_port(address)
        except InvalidInput as error:
            raise PeerUnreachable(address, str(error)) from error
        return await connect_tls(
            host,
            port,
            context=await self._contexts.client(),
            expected=expected,
            hello=welcome.hello(),
            role=role,
            handler=welcome.handler,
            notified=welcome.notified,
            judge=welcome.judge,
            timeout_s=HELLO_TIMEOUT_S,
            timing=self._timing,
        )

    async def close(self) -> None:
        """`Network.close`."""
        for listener in self._listeners:
            await listener.close()
