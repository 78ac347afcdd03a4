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
        quiet = min(max(0.0, request.quiet_s), WATCH_INTERVAL_S_MAX)
        subscription = self._events.subscribe()
        try:
            await exchange.event(WatchStarted())
            told = await self._status()
            await exchange.event(StatusReported(told))
            loop = asyncio.get_running_loop()
            told_at = loop.time()
            due = told_at + interval
            while True:
                event: Message | None = None
                if loop.time() < due:
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(due):
                            event = await subscription.next()
                if event is None:
                    status, now = await self._status(), loop.time()
                    due = now + interval
                    if now < told_at + quiet and settled(status) == settled(told):
                        continue
                    told, told_at, event = status, now, StatusReported(status)
                await exchange.event(event)
        finally:
            self._events.unsubscribe(subscription)


def settled(status: NodeStatus) -> NodeStatus:
    """The status without what is different each time although nothing happened: two that are equal say the same.

    When something was last heard of a peer that is not up is news each time: people wait for it.
    """
    peers = [
        msgspec.structs.replace(
            peer,
            seen_s=0.0 if peer.liveness in ("self", "up") else peer.seen_s,
            rtt_ms=0.0,
            up_s=0.0,
            sent_bytes=0,
            received_bytes=0,
            free=0,
        )
        for peer in status.peers
    ]
    return msgspec.structs.replace(status, up_s=0.0, health_age_s=0.0, free=0, peers=peers)
