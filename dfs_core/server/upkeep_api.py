"""Scrub and repair, as clients ask a node for them; vaults answer, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.repair_messages import HurryRepair
from dfs_core.encoding.upkeep_messages import GetScrub, RepairStarted, StartRepair, StartScrub
from dfs_core.errors import DfsError
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.crew import Crew
from dfs_core.replication.workers.scrub import Scrub
from dfs_core.server.events import EventBus
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.peers import Peers

HURRY_TIMEOUT_S = 5.0
SHOWN = ("resync", "rebalance", "audit")  # workers that bring copies where they belong


class UpkeepApi:
    """Handlers for whoever does not want to wait until the node does it by itself."""

    def __init__(
        self,
        *,
        node: NodeId,
        scrub: Scrub,
        crew: Crew,
        peers: Peers,
        members: MemberList,
        hurry: Callable[[], Awaitable[None]],
        events: EventBus,
    ) -> None:
        """`hurry` lets nothing on this node wait for its turn."""
        self._node, self._scrub, self._crew = node, scrub, crew
        self._peers, self._members, self._hurry, self._events = peers, members, hurry, events
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            GetScrub: self._get_scrub,
            StartScrub: self._start_scrub,
            StartRepair: self._start_repair,
        }

    async def _get_scrub(self, exchange: Exchange) -> None:
        await exchange.respond(await self._scrub.status())

    async def _start_scrub(self, exchange: Exchange) -> None:
        status = await self._scrub.start_now()
        self._crew.hurry(self._scrub.name)
        self._events.record("info", f"scrub: all {status.total:,} chunks here are checked now, as somebody asked")
        await exchange.respond(status)

    async def _start_repair(self, exchange: Exchange) -> None:
        await self._hurry()
        others = [
            member.node
            for member in self._members.layout.members
            if member.listed and member.role != "operator" and member.node != self._node
        ]
        answers = await asyncio.gather(*(self._ask(node) for node in others))
        silent = [str(node) for node, answered in zip(others, answers, strict=True) if not answered]
        hurried = [str(self._node), *(str(node) for node in others if str(node) not in silent)]
        self._events.record("info", f"repair: {len(hurried)} nodes work off at once what waits, as somebody asked")
        workers = [status for status in self._crew.listing() if status.name in SHOWN]
        await exchange.respond(RepairStarted(hurried, silent, workers))

    async def _ask(self, node: NodeId) -> bool:
        try:
            await self._peers.call(node, HurryRepair(), timeout_s=HURRY_TIMEOUT_S)
        except DfsError:
            return False
        return True
