"""The TLS contexts of a node, made anew when the member list changes; made in a thread, since that touches a file."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence

from dfs_core.crypto.identity import Identity
from dfs_core.transport.tls import client_context, server_context

Make = Callable[[Identity, Sequence[bytes]], ssl.SSLContext]


class Contexts:
    """The contexts for accepting and for dialling, under the list that was trusted last."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._certificates: tuple[bytes, ...] = ()
        self._made: dict[Make, tuple[tuple[bytes, ...], ssl.SSLContext]] = {}

    def trust(self, certificates: Sequence[bytes]) -> None:
        """From now on only these (DER) open a link; handshakes under way are caught by the role look-up after them."""
        self._certificates = tuple(certificates)

    async def server(self) -> ssl.SSLContext:
        """For accepting."""
        return await self._make(server_context)

    async def client(self) -> ssl.SSLContext:
        """For dialling a member."""
        return await self._make(client_context)

    async def _make(self, make: Make) -> ssl.SSLContext:
        certificates = self._certificates
        made = self._made.get(make)
        if made is None or made[0] != certificates:
            made = self._made[make] = certificates, await asyncio.to_thread(make, self._identity, certificates)
        return made[1]
