"""What a full node has for the chunks of the whole cluster: the audit, what is told of it, and who asks about it."""

from __future__ import annotations

import asyncio

import msgspec

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.health_messages import AskItems, ItemsListed, ListItems
from dfs_core.errors import InvalidInput, NoMajority, NotLeader
from dfs_core.limits import LIST_PAGE_MAX
from dfs_core.model.ids import NodeId
from dfs_core.replication.audit import Audit
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.items import short_versions
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.notices import Notices
from dfs_core.replication.reports import Reports
from dfs_core.server.dispatch import Handler
from dfs_core.server.healing import Healing
from dfs_core.server.health import HealthSharer
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.peers import Peers

ITEMS_TIMEOUT_S = 10.0
ONLY_ON_TIMEOUT_S = 50.0  # all references are read, some seconds a million; the client waits a little longer
ONLY_ON_CHUNKS_MAX = 65_536  # enough to name some of the files


class Auditing:
    """Built whole; `audit` is a worker for the node's crew."""

    def __init__(
        self,
        *,
        node: NodeId,
        healing: Healing,
        consensus: Consensus,
        applier: Applier,
        catalog: CatalogReader,
        members: MemberList,
        peers: Peers,
        clock: Clock,
    ) -> None:
        self._consensus, self._catalog, self._members, self._peers = consensus, catalog, members, peers
        reports = Reports(node=node, inventory=healing.inventory, store=healing.store, peers=peers)
        sharer = HealthSharer(
            node=node,
            board=healing.board,
            members=members,
            peers=peers,
            term=lambda: consensus.term,
            full=healing.full_nodes,
            clock=clock,
        )
        self.audit = Audit(
            node=node,
            log=consensus,
            catalog=catalog,
            touched=applier.take_touched,
            members=members,
            peers=peers,
            reports=reports,
            notices=Notices(
                node=node,
                peers=peers,
                clock=clock,
                own=healing.take,
                nonce=reports.nonce_of,
                condemned_at=lambda: applier.condemned_at,
            ),
            clock=clock,
            audited=sharer.share,
        )
        healing.board.follow(self._leaderless)
        healing.audit_all = self.audit.look_again
        self.handlers: dict[type[msgspec.Struct], Handler] = {AskItems: self._ask_items, ListItems: self._list_items}

    def _leaderless(self) -> str:
        if not self._consensus.majority_alive():
            away = ", ".join(voter[:12] for voter in self._consensus.missing_voters())
            return (
                f"no majority of the voters can be reached ({away} away): nothing can be stored or changed,"
                " what has a copy in reach can be read"
            )
        return "" if self._consensus.leader is not None else "no leader is known: storing waits until one is chosen"

    async def _ask_items(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AskItems)
        if not self._consensus.leads:
            leader = self._consensus.leader
            raise NotLeader(str(leader) if leader else "")
        await exchange.respond(await self._items(request))

    async def _list_items(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, ListItems)
        await exchange.respond(await self._ask(AskItems(request.key, request.version, request.limit), ITEMS_TIMEOUT_S))

    async def only_on(self, node: NodeId, limit: int) -> ItemsListed:
        """Some versions that would be lost with `node`, at most `limit`; no items and an empty key: none would.

        NotLeader: the leader has not counted all copies yet. NoMajority. PeerError: a node does not tell what it holds.
        """
        return await self._ask(AskItems(limit=limit, only_on=str(node)), ONLY_ON_TIMEOUT_S)

    async def _ask(self, asked: AskItems, timeout_s: float) -> ItemsListed:
        leader = self._consensus.leader
        if leader is None:
            raise NoMajority(self._consensus.missing_voters())
        if self._consensus.leads:
            return await self._items(asked)
        reply = await self._peers.call(leader, asked, timeout_s=timeout_s)
        assert isinstance(reply, ItemsListed)
        return reply

    async def _items(self, request: AskItems) -> ItemsListed:
        if not 0 < request.limit <= LIST_PAGE_MAX:
            raise InvalidInput(f"a page has 1 to {LIST_PAGE_MAX} items, not {request.limit}")
        if request.only_on:
            node = NodeId.parse(request.only_on)
            short = {address.digest: 1 for address in await self.audit.only_on({node}, ONLY_ON_CHUNKS_MAX)}
        else:
            short = self.audit.short()
        return await asyncio.to_thread(
            short_versions,
            self._catalog,
            short,
            wanted=self._members.layout.wanted_copies(),
            key=request.key,
            version=request.version,
            limit=request.limit,
        )
