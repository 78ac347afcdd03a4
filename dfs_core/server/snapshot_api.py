"""What full nodes that lack what was cut off the log may ask: pages of a catalog snapshot."""

from __future__ import annotations

import msgspec

from dfs_core.encoding.snapshot_messages import FetchSnapshot
from dfs_core.replication.snapshot_source import SnapshotSource
from dfs_core.transport.exchange import Exchange, Handler


class SnapshotApi:
    """The handler of FetchSnapshot."""

    def __init__(self, source: SnapshotSource) -> None:
        self._source = source
        self.handlers: dict[type[msgspec.Struct], Handler] = {FetchSnapshot: self._fetch_snapshot}

    async def _fetch_snapshot(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, FetchSnapshot)
        page, data = await self._source.page(exchange.request)
        await exchange.respond(page)
        await exchange.send(data, last=True)
