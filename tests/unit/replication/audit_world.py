"""Four nodes with inventories, a catalog that is a dictionary, and an audit that a test drives by hand."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dfs_core.encoding.inventory_messages import AskBucket, AskInventory, OweChunks, ReleaseChunks
from dfs_core.encoding.message import Done, Message
from dfs_core.errors import PeerUnreachable, StaleLayout
from dfs_core.limits import GIB
from dfs_core.model.ids import BUCKET_COUNT, Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, State
from dfs_core.model.placement import holders
from dfs_core.replication.audit import Audit
from dfs_core.replication.inventory import InventoriedStore, Inventory
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.notices import Notices
from dfs_core.replication.reports import Reports
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.clock import ManualClock

from .chunk_world import node_id

ME = node_id(1)


class FakeCatalog:
    """References: address → bytes."""

    def __init__(self) -> None:
        self.references: dict[bytes, int] = {}
        self.touched: set[int] = set()
        self.questions = 0

    def referenced(self, first: bytes, last: bytes, limit: int) -> Sequence[tuple[bytes, int]]:
        self.questions += 1
        found = sorted((address, size) for address, size in self.references.items() if first <= address <= last)
        return found if limit < 0 else found[:limit]

    def take_touched(self) -> set[int]:
        touched, self.touched = self.touched, set()
        return touched


class Shelf:
    """One node's chunks, inventory and what it was told."""

    def __init__(self, node: NodeId, start: int = 1) -> None:
        self.bare = MemoryChunkStore()
        self.inventory = Inventory(node.digest[:8] + bytes([start]))
        self.store = InventoriedStore(self.bare, self.inventory)
        self.owed: list[Address] = []
        self.released: list[Address] = []
        self.behind = False  # at another layout: it refuses what it is told

    async def count(self) -> None:
        await self.inventory._count_all(self.bare)

    async def take(self, notice: Message) -> None:
        assert isinstance(notice, OweChunks | ReleaseChunks)
        if self.behind:
            raise StaleLayout
        found = [Address(notice.addresses[at : at + 32]) for at in range(0, len(notice.addresses), 32)]
        (self.owed if isinstance(notice, OweChunks) else self.released).extend(found)


class AuditWorld:
    """The parts of an audit on node 1, which leads."""

    def __init__(self, nodes: int = 4) -> None:
        self.nodes = [node_id(number) for number in range(1, nodes + 1)]
        self.shelves = {node: Shelf(node) for node in self.nodes}
        self.clock, self.catalog = ManualClock(now=1000.0), FakeCatalog()
        self.leads, self.term = True, 3
        self.down: set[NodeId] = set()
        self.mute: set[NodeId] = set()  # alive, and silent about buckets
        self.asked: list[Message] = []
        self.audited = 0
        self.members = MemberList(known_members(1, 3, self._members({})))
        self.reports = Reports(
            node=ME,
            inventory=self.shelves[ME].inventory,
            store=self.shelves[ME].store,
            peers=self,  # type: ignore[arg-type]
        )
        notices = Notices(
            node=ME,
            peers=self,  # type: ignore[arg-type]
            clock=self.clock,
            own=self.shelves[ME].take,
            condemned_at=lambda: 0,
            nonce=self.reports.nonce_of,
        )
        self.audit = Audit(
            node=ME,
            log=self,
            catalog=self.catalog,  # type: ignore[arg-type]
            touched=self.catalog.take_touched,
            members=self.members,
            peers=self,  # type: ignore[arg-type]
            reports=self.reports,
            notices=notices,
            clock=self.clock,
            audited=self._audited,
        )

    def _audited(self, audit: Audit) -> None:
        self.audited += 1

    def _members(self, states: dict[NodeId, State]) -> list[Member]:
        return [Member(node, b"", "full", "", 100 * GIB, states.get(node, "joined"), (), 0) for node in self.nodes]

    @property
    def layout(self) -> Layout:
        return self.members.layout

    def set_states(self, **states: State) -> None:
        """A new layout: `n4="out"`."""
        by_node = {node: states.get(f"n{number}", "joined") for number, node in enumerate(self.nodes, 1)}
        self.members.offer(known_members(self.members.revision + 1, 3, self._members(by_node)))

    # -- Peers

    def alive(self) -> frozenset[NodeId]:
        return frozenset(self.nodes) - self.down - {ME}

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        self.asked.append(request)
        shelf = self.shelves[node]
        if node in self.down or (node in self.mute and isinstance(request, AskBucket)):
            raise PeerUnreachable(str(node), "down")
        if isinstance(request, AskInventory):
            return shelf.inventory.known(request.nonce, request.since)
        if isinstance(request, AskBucket):
            return await shelf.inventory.list_bucket(shelf.store, request)
        await shelf.take(request)
        return Done()

    # -- chunks

    def address(self, number: int) -> Address:
        return Address(Random(f"chunk {number}").randbytes(32))

    async def store(self, *numbers: int, lacking: Sequence[NodeId] = ()) -> None:
        """Refer to these chunks, and put them where they belong, but for some nodes."""
        for number in numbers:
            address = self.address(number)
            self.catalog.references[address.digest] = 10
            self.catalog.touched.add(address.bucket)
            for node in holders(address.digest, self.layout):
                if node not in lacking:
                    await self.put(node, address)

    async def put(self, node: NodeId, address: Address) -> None:
        await self.shelves[node].store.put(address, b"x" * 10, verify=False)

    def placed(self, number: int) -> tuple[NodeId, ...]:
        return holders(self.address(number).digest, self.layout)

    # -- time

    async def count(self) -> None:
        """All nodes have walked through what they hold."""
        for shelf in self.shelves.values():
            await shelf.count()

    async def rest(self, seconds: float = 1.0) -> None:
        """So much time passes, and the audit works off what is due in each second of it."""
        for _ in range(round(seconds)):
            self.clock.advance(1.0)
            for _ in range(10 * BUCKET_COUNT):
                if not await self.audit.step():
                    break
