"""Verifying keys, as clients ask a full node for it: it knows which chunks a key has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.upkeep_messages import KeyVerified, VerifyKey, VerifyProgressed
from dfs_core.replication.verifier import Verifier
from dfs_core.server.keys import KeyFacts
from dfs_core.server.lookup import Lookup
from dfs_core.transport.exchange import Exchange


class VerifyApi:
    """The handler."""

    def __init__(self, *, lookup: Lookup, facts: KeyFacts, verifier: Verifier) -> None:
        self._lookup, self._facts, self._verifier = lookup, facts, verifier
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {VerifyKey: self._verify}

    async def _verify(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, VerifyKey)
        opened = await self._lookup.find(request.key, version=request.version)
        addresses = await self._facts.addresses(opened.version)

        async def progress(done: int) -> None:
            await exchange.event(VerifyProgressed(done, len(addresses)))

        found = await self._verifier.verify(addresses, progress)
        await exchange.respond(
            KeyVerified(
                key=opened.version.key,
                version=opened.version.number,
                chunks=opened.version.chunks,
                good=found.good,
                damaged=found.damaged,
                missing=found.missing,
                unreachable=found.unreachable,
                lost=found.lost,
            )
        )
