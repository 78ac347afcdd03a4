"""What a full node tells vaults of the log: which chunks it condemned, entry by entry. Addresses only, no key names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.collect_messages import AskVerdicts, VerdictTold
from dfs_core.transport.exchange import Exchange


class VerdictsApi:
    """The handler."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {AskVerdicts: self._tell}

    async def _tell(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, AskVerdicts)
        verdict = await asyncio.to_thread(self._catalog.verdict, exchange.request.since)
        await exchange.respond(VerdictTold(verdict.index, b"".join(verdict.addresses)))
