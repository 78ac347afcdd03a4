"""What every node answers, vaults too: its status, its peers, and what happens, for as long as somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec

from dfs_core.encoding.control_messages import (
    CancelTransfer,
    GetStatus,
    ListPeers,
    NodeStatus,
    PeersListed,
    StatusReported,
    Watch,
    WatchStarted,
)
from dfs_core.encoding.message import Done, Message
from dfs_core.errors import NotFound
from dfs_core.server.events import EventBus
from dfs_core.server.transfers import Transfers
from dfs_core.transport.exchange import Exchange

WATCH_INTERVAL_S_MIN, WATCH_INTERVAL_S_MAX = 0.1, 60.0


class StatusApi:
    """Handlers for whoever wants to know."""

    def __init__(self, *, status: Callable[[], Awaitable[NodeStatus]], events: EventBus, transfers: Transfers) -> None:
        self._status, self._events, self._transfers = status, events, transfers
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            GetStatus: self._get_status,
            ListPeers: self._list_peers,
            CancelTransfer: self._cancel_transfer,
            Watch: self._watch,
        }

    async def _get_status(self, exchange: Exchange) -> None:
        await exchange.respond(await self._status())

    async def _list_peers(self, exchange: Exchange) -> None:
        await exchange.respond(PeersListed((await self._status()).peers))

    async def _cancel_transfer(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, CancelTransfer)
        if not self._transfers.cancel(exchange.request.id):
            raise NotFound(f"no transfer {exchange.request.id!r} is under way")
        await exchange.respond(Done())

    async def _watch(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, Watch)
        interval = min(max(WATCH_INTERVAL_S_MIN, request.interval_s), WATCH_INTERVAL_S_MAX)  # in this order: NaN too
        subscription = self._events.subscribe()
        try:
            await exchange.event(WatchStarted())
            await exchange.event(StatusReported(await self._status()))
            loop = asyncio.get_running_loop()
            due = loop.time() + interval
            while True:
                event: Message | None = None
                if loop.time() < due:
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(due):
                            event = await subscription.next()
                if event is None:
                    event = StatusReported(await self._status())
                    due = loop.time() + interval
                await exchange.event(event)
        finally:
            self._events.unsubscribe(subscription)
