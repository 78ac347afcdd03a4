"""What a node does about its chunks by itself, vaults too: it brings back what is missing, and tells how that goes.

Here the background workers of a node come together; what only a full node has is added by `full`, through `crew.add`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.control_messages import ChunkDamaged
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.bandwidth import Bandwidth
from dfs_core.replication.chunks import Chunks
from dfs_core.replication.fence import Fence
from dfs_core.replication.inventory import Inventory
from dfs_core.replication.locks import AddressLocks
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.verdicts import VoterVerdicts
from dfs_core.replication.verifier import Verifier
from dfs_core.replication.workers.crew import Crew
from dfs_core.replication.workers.moving import Mover
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.rebalance import Rebalance
from dfs_core.replication.workers.resync import Resync
from dfs_core.replication.workers.scrub import Scrub
from dfs_core.replication.workers.surplus import Surplus
from dfs_core.server.agreed import Agreed
from dfs_core.server.dispatch import Dispatcher
from dfs_core.server.events import EventBus
from dfs_core.server.health import HealthBoard
from dfs_core.server.health_api import HealthApi
from dfs_core.server.inventory_api import InventoryApi
from dfs_core.server.repair_api import RepairApi
from dfs_core.server.room import Room
from dfs_core.server.status import NodeFacts
from dfs_core.server.upkeep_api import UpkeepApi
from dfs_core.server.workers_api import WorkersApi
from dfs_core.store.base import ChunkStore
from dfs_core.store.queue import ResyncQueue
from dfs_core.store.reserve import DiskReserve
from dfs_core.store.state import NodeState
from dfs_core.transport.peers import Peers

SCRUB_PACE = 2.0  # a third of one core or disk, at most, also when somebody wants it at once
DAMAGED_KEPT = 10_000  # damaged copies whose return is told one by one


class Healing:
    """The chunks of a node, and the workers that look after them. Built whole; `crew.run` runs it."""

    def __init__(
        self,
        *,
        state: NodeState,
        store: ChunkStore,
        inventory: Inventory,
        peers: Peers,
        members: MemberList,
        facts: NodeFacts,
        events: EventBus,
        clock: Clock,
        capacity_bytes: int,
        reserve: DiskReserve | None = None,
    ) -> None:
        """`capacity_bytes` is what the store was opened with; the layout may have given it another one since."""
        node, self._capacity_bytes = facts.node, capacity_bytes
        self.store, self.inventory = store, inventory
        self._facts, self._events = facts, events
        self._peers, self._members = peers, members
        self.board = HealthBoard(clock=clock, events=events)
        self.fence = Fence(
            store=store,
            kept=state,
            clock=clock,
            source=VoterVerdicts(peers, members),  # a full node has its own
            slowest=self._slowest_fence,
            carried_out=self._carried_out,
        )
        facts.fence = self.fence.up_to
        self._replacing: dict[Address, None] = {}
        self._catalog: CatalogReader | None = None
        self.audit_all: Callable[[], None] = _nothing
        self.agreed = Agreed(lambda: list(facts.reports.values()))
        self.locks = AddressLocks()
        self.chunks = Chunks(
            node=node,
            store=store,
            peers=peers,
            layout=lambda: members.layout,
            fence=self.fence,
            damaged=self._damaged,
            missed=self._missed,
        )
        self.owed = Owed(node=node, queue=ResyncQueue(state), clock=clock, length=self._set_length)
        self.crew = Crew(kept=state, clock=clock, reported=events.publish)
        self._add_workers(state, inventory, clock)
        repair = self._repair_api()
        self.take = repair.take  # what the leader tells, where this node itself leads
        self._apis = (
            WorkersApi(crew=self.crew, events=events),
            HealthApi(self.board),
            self._upkeep_api(),
            InventoryApi(inventory=inventory, store=store),
            repair,
        )
        self.room = Room(reserve, store=store, events=events, clock=clock, returned=self.hurry) if reserve else None
        facts.alarms += [self.scrub.alarm, *([self.room.alarm] if self.room else [])]
        members.listen(self._layout_changed)

    def _repair_api(self) -> RepairApi:
        return RepairApi(
            node=self._facts.node,
            store=self.store,
            members=self._members,
            locks=self.locks,
            owed=self.owed,
            release=self._release,
            damaged_here=self.damaged_here,
            fence=self.fence.reach,
            hurry=self.hurry,
        )

    def _upkeep_api(self) -> UpkeepApi:
        return UpkeepApi(
            node=self._facts.node,
            scrub=self.scrub,
            crew=self.crew,
            peers=self._peers,
            members=self._members,
            hurry=self.hurry,
            events=self._events,
        )

    def _layout_changed(self, known: MembersKnown) -> None:
        """The layout says how much this node offers."""
        member = self._members.member(self._facts.node)
        if member is not None and member.capacity != self._capacity_bytes:
            self._capacity_bytes = member.capacity
            self.store.set_capacity(member.capacity)

    def _add_workers(self, state: NodeState, inventory: Inventory, clock: Clock) -> None:
        mover = Mover(
            node=self._facts.node,
            store=self.store,
            chunks=self.chunks,
            peers=self._peers,
            members=self._members,
            bandwidth=Bandwidth(clock, lambda: self.agreed.repair_bytes_s),
            restored=self._restored,
            referenced=self._referenced,
        )
        self.surplus = Surplus(
            node=self._facts.node,
            store=self.store,
            peers=self._peers,
            members=self._members,
            locks=self.locks,
            clock=clock,
            newest=lambda: self.fence.newest,
            owe=self.owed.owe,
            referenced=self._referenced,
        )
        self.resync = Resync(owed=self.owed, mover=mover, members=self._members)
        self.rebalance = Rebalance(owed=self.owed, mover=mover, surplus=self.surplus, members=self._members)
        self.crew.add(self.resync, pace=0.0)  # copies are missing: nothing is more urgent
        self.scrub = Scrub(
            store=self.store,
            kept=state,
            clock=clock,
            period_ms=lambda: self.agreed.scrub_ms,
            damaged_here=self.damaged_here,
            passed=inventory.compare,
            note=self._events.record,
        )
        self.verifier = Verifier(
            node=self._facts.node,
            store=self.store,
            chunks=self.chunks,
            peers=self._peers,
            members=self._members,
            damaged_here=self.damaged_here,
            owe=self.owed.owe,
        )
        self.crew.add(self.rebalance)
        self.crew.add(self.scrub, pace=SCRUB_PACE)

    def serve(self, dispatcher: Dispatcher) -> None:
        """Have requests about workers and copies answered."""
        for api in self._apis:
            dispatcher.add(api.handlers)

    def follow(self, catalog: CatalogReader) -> None:
        """This node has a catalog: what it does not refer to is left to collect."""
        self._catalog = catalog
        self.scrub.follow(catalog.check)

    async def damaged_here(self, address: Address, text: str) -> None:
        """This node's own copy is bad: set it aside at once and have a good one fetched."""
        self._damaged(self._facts.node, address, text)
        if len(self._replacing) < DAMAGED_KEPT:
            self._replacing[address] = None
        await self.store.quarantine(address)
        self.owed.owe(address, self._facts.node)

    async def hurry(self) -> None:
        """Let nothing wait for its backoff; if this node leads, have everything audited."""
        self.owed.hurry()
        self.surplus.hurry()
        for worker in (self.resync, self.rebalance):
            self.crew.hurry(worker.name)
        self.audit_all()

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self.chunks.close()

    def _release(self, addresses: list[Address], as_of: int) -> None:
        self.surplus.release(addresses, as_of)
        self.rebalance.wake()

    async def _referenced(self, addresses: Sequence[Address]) -> list[bool]:
        if self._catalog is None:
            return [True] * len(addresses)
        counts = await asyncio.to_thread(self._catalog.references, [address.digest for address in addresses])
        return [counts.get(address.digest, 0) > 0 for address in addresses]

    def _damaged(self, node: NodeId, address: Address, text: str) -> None:
        self._facts.damaged += 1
        self._events.publish(ChunkDamaged(str(node), str(address), text))
        self._events.record("error", f"a damaged copy of chunk {address.short} on {node.short}; it is replaced")

    def _restored(self, address: Address, size: int) -> None:
        self._facts.moved(size, 0)  # its holder counts it as handed out
        if self._replacing.pop(address, self) is None:
            self._events.record("info", f"a good copy of chunk {address.short} has replaced the damaged one here")

    def _missed(self, address: Address, holder: NodeId) -> None:
        self.owed.owe(address, holder)

    def _slowest_fence(self) -> int:
        """The lowest fence among this node and those that can be reached and store chunks, as they reported it."""
        reports = self._facts.reports
        others = [
            reports[node].fence if node in reports else 0
            for node in self._peers.alive()
            if (member := self._members.member(node)) is not None and member.stores_chunks
        ]
        return min([self.fence.up_to, *others])

    def full_nodes(self) -> list[NodeId]:
        """Those that can be reached and have no room for chunks, as they report it."""
        reports = dict(self._facts.reports)
        if self._facts.own_report is not None:
            reports[self._facts.node] = self._facts.own_report
        here = self._peers.alive() | {self._facts.node}
        storing = [member.node for member in self._members.layout.storing()]
        return [node for node in storing if node in here and node in reports and reports[node].free == 0]

    def _carried_out(self, index: int, chunks: int) -> None:
        self._facts.fence = index
        if chunks:
            self._events.record("info", f"{chunks} chunks that nothing refers to are deleted (log entry {index})")

    def _set_length(self, length: int) -> None:
        self._facts.resync_length = length


def _nothing() -> None:
    """Who does not lead audits nothing."""
