"""Collecting on a full node: its worker, what clients ask of it, and what is pending to be freed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.collect_messages import CollectNow, CollectReported, PendingFree
from dfs_core.model.ids import Address
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.fence import Fence
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.collect import Collect, Strays
from dfs_core.server.events import EventBus
from dfs_core.server.status import NodeFacts
from dfs_core.transport.exchange import Exchange

ROUNDS_MAX = 256  # of one request; the worker goes on


class NoStrays:
    """Nobody looks for chunks that the catalog does not know."""

    def unknown(self, limit: int) -> Sequence[tuple[Address, int]]:
        """None."""
        return ()


class Collecting:
    """The worker and the handler. `strays` may be replaced by whoever audits."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        catalog: CatalogReader,
        fence: Fence,
        members: MemberList,
        facts: NodeFacts,
        events: EventBus,
        forbidden: Callable[[], str],
        clock: Clock,
        token: Callable[[int], bytes],
    ) -> None:
        """`forbidden()`: why nothing may be collected now; empty when it may."""
        self._consensus, self._catalog, self._fence = consensus, catalog, fence
        self._members, self._facts, self._forbidden = members, facts, forbidden
        self.strays: Strays = NoStrays()
        self.worker = Collect(
            log=consensus,
            catalog=catalog,
            strays=self,
            slowest=self.slowest,
            forbidden=forbidden,
            alarm=lambda text: events.record("error", text),
            clock=clock,
            token=token,
        )
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {CollectNow: self._collect}

    def unknown(self, limit: int) -> Sequence[tuple[Address, int]]:
        """Chunks that nodes hold and the catalog does not know, as far as somebody looks for them."""
        return self.strays.unknown(limit)

    def slowest(self) -> int:
        """The log index up to which every node that is neither out nor removed has carried out what was condemned.

        0 while one of them has not said so. What a node said once holds: its fence is on its disk.
        """
        reports, own = self._facts.reports, self._facts.node
        fences = [self._fence.up_to]
        for member in self._members.layout.members:
            if member.stores_chunks and member.state not in ("out", "removed") and member.node != own:
                fences.append(reports[member.node].fence if member.node in reports else 0)
        return min(fences)

    def pending(self) -> PendingFree:
        """What is to be freed. Blocks. StoreError."""
        pending = self._catalog.pending(self.slowest())
        next_s = -1.0
        cluster = self._catalog.cluster() if pending.oldest_ms >= 0 else None
        if cluster is not None:
            next_s = max(0, pending.oldest_ms + cluster.settings["grace_ms"] - cluster.log_ms) / 1000
        return PendingFree(
            chunks=pending.unreferenced + pending.condemned,
            bytes=pending.unreferenced_bytes + pending.condemned_bytes,
            condemned_chunks=pending.condemned,
            condemned_bytes=pending.condemned_bytes,
            next_s=next_s,
        )

    async def _collect(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, CollectNow)
        await self._consensus.catch_up()
        chunks, size_bytes = await asyncio.to_thread(self._due)
        off = self._forbidden()
        if not request.dry_run and not off:
            for _ in range(ROUNDS_MAX):
                if not await self.worker.round():
                    break
        pending = await asyncio.to_thread(self.pending)
        await exchange.respond(CollectReported(chunks, size_bytes, pending, off))

    def _due(self) -> tuple[int, int]:
        cluster = self._catalog.cluster()
        return self._catalog.due(cluster.log_ms - cluster.settings["grace_ms"]) if cluster is not None else (0, 0)
