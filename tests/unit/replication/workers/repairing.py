"""Nodes that ask each other to confirm, hold and release copies: the real handlers and workers, links in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import (
    AskChunks,
    CheckChunk,
    ChunkChecked,
    ChunkFollows,
    ChunksHeld,
    FetchChunk,
    StoreChunk,
    Stored,
)
from dfs_core.errors import ChunkCorrupt, ChunkNotFound, DfsError, PeerRefused, PeerUnreachable
from dfs_core.limits import GIB
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, State
from dfs_core.model.placement import holders
from dfs_core.replication.bandwidth import Bandwidth
from dfs_core.replication.chunks import Chunks
from dfs_core.replication.locks import AddressLocks
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.workers.moving import Mover
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.rebalance import Rebalance
from dfs_core.replication.workers.resync import Resync
from dfs_core.replication.workers.surplus import Surplus
from dfs_core.server.repair_api import RepairApi
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.store.queue import ResyncQueue
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

from ...server.exchanges import FakeExchange
from ..chunk_world import make_fence


class RepairNode:
    """One node: its store, its member list, and what it does about copies."""

    def __init__(self, cluster: Cluster, node: NodeId, folder: Path) -> None:
        self.node, self._cluster = node, cluster
        self.store = MemoryChunkStore()
        self.members = MemberList(known_members(1, cluster.layout.copies, cluster.layout.members))
        self.referenced, self.behind = True, False
        self.owed_to: list[tuple[Address, NodeId]] = []
        self.damaged: list[Address] = []
        self.fenced: list[int] = []
        self.hurried = self.newest = 0
        self.state = NodeState(folder / f"{node}.sqlite")
        self.owed = Owed(node=node, queue=ResyncQueue(self.state), clock=cluster.clock, length=lambda length: None)
        locks = AddressLocks()
        self.chunks = Chunks(
            node=node,
            store=self.store,
            peers=Neighbours(cluster, node),
            layout=lambda: self.members.layout,
            fence=make_fence(self.store)[0],
            damaged=lambda node, address, text: None,
            missed=self.owed.owe,
        )
        self.surplus = Surplus(
            node=node,
            store=self.store,
            peers=Neighbours(cluster, node),
            members=self.members,
            locks=locks,
            clock=cluster.clock,
            newest=lambda: self.newest,
            owe=self._owe,
            referenced=self._referenced,
        )
        self.mover = Mover(
            node=node,
            store=self.store,
            chunks=self.chunks,
            peers=Neighbours(cluster, node),
            members=self.members,
            bandwidth=Bandwidth(cluster.clock, lambda: 0),
            restored=lambda address, size: None,
            referenced=self._referenced,
        )
        self.resync = Resync(owed=self.owed, mover=self.mover, members=self.members)
        self.rebalance = Rebalance(owed=self.owed, mover=self.mover, surplus=self.surplus, members=self.members)
        self.api = RepairApi(
            node=node,
            store=self.store,
            members=self.members,
            locks=locks,
            owed=self.owed,
            release=self.surplus.release,
            damaged_here=self.damaged_here,
            fence=self._fence,
            hurry=self.hurry,
        )

    async def answer(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply

    async def check(self, address: Address) -> ChunkChecked:
        """As `PeerApi` does it."""
        try:
            await self.store.get(address)
        except ChunkNotFound:
            return ChunkChecked(held=False, damaged=False)
        except ChunkCorrupt as error:
            await self.damaged_here(address, str(error))
            return ChunkChecked(held=False, damaged=True)
        return ChunkChecked(held=True, damaged=False)

    def _owe(self, address: Address, holder: NodeId, copies: int) -> None:
        self.owed_to.append((address, holder))
        self.owed.owe(address, holder, copies)

    async def _referenced(self, addresses: Sequence[Address]) -> list[bool]:
        return [self.referenced] * len(addresses)

    async def damaged_here(self, address: Address, text: str) -> None:
        self.damaged.append(address)
        await self.store.quarantine(address)

    async def _fence(self, as_of: int) -> None:
        self.fenced.append(as_of)
        if self.behind:
            raise PeerRefused(str(self.node), "busy", "there are condemnations to carry out first")

    async def hurry(self) -> None:
        self.hurried += 1


class Neighbours:
    """Peers, as one node of the cluster has them."""

    def __init__(self, cluster: Cluster, node: NodeId) -> None:
        self._cluster, self._node = cluster, node

    def alive(self) -> frozenset[NodeId]:
        return frozenset(self._cluster.nodes) - self._cluster.down - {self._node}

    def why_down(self, node: NodeId) -> str:
        return "switched off"

    def notify(self, node: NodeId, message: object) -> bool:
        return False

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        return await self._cluster.ask(self._node, node, request)

    async def send_bytes(
        self, node: NodeId, request: Message, data: bytes | bytearray | memoryview, *, timeout_s: float
    ) -> Message:
        assert isinstance(request, StoreChunk)
        return Stored(had=not await self._cluster.up(node).store.put(Address(request.address), data))

    async def fetch_bytes(
        self, node: NodeId, request: Message, *, size_max: int, timeout_s: float
    ) -> tuple[Message, bytearray]:
        assert isinstance(request, FetchChunk)
        data = await self._cluster.up(node).store.get(Address(request.address))
        return ChunkFollows(len(data)), bytearray(data)


class Cluster:
    """Some nodes at one layout, until a test lets some of them read further than others."""

    def __init__(self, folder: Path, *, nodes: int, copies: int) -> None:
        ids = [NodeId(bytes([number]) * 32) for number in range(1, nodes + 1)]
        members = tuple(Member(node, b"", "full", "", 100 * GIB, "joined", (), 0) for node in ids)
        self.clock = ManualClock()
        self.layout = Layout(1, members, copies)
        self.down: set[NodeId] = set()
        self.failing: dict[NodeId, DfsError] = {}
        self.asked: list[tuple[NodeId, Message]] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.after_answer: Callable[[], Awaitable[None]] = nothing_happens
        self.nodes = {node: RepairNode(self, node, folder) for node in ids}

    def placed(self, address: Address) -> list[RepairNode]:
        return [self.nodes[node] for node in holders(address.digest, self.layout)]

    def misplaced(self, address: Address) -> RepairNode:
        """The first node that the chunk is not placed on."""
        placed = holders(address.digest, self.layout)
        return next(node for name, node in sorted(self.nodes.items()) if name not in placed)

    def up(self, node: NodeId) -> RepairNode:
        if node in self.down:
            raise PeerUnreachable(str(node), "switched off")
        if node in self.failing:
            raise self.failing[node]
        return self.nodes[node]

    async def ask(self, asker: NodeId, node: NodeId, request: Message) -> Message:
        self.asked.append((node, request))
        asked = self.up(node)
        await asyncio.sleep(0)
        if isinstance(request, AskChunks):
            raw = request.addresses
            return ChunksHeld(
                bytes(await asked.store.which([Address(raw[at : at + 32]) for at in range(0, len(raw), 32)]))
            )
        if isinstance(request, CheckChunk):
            return await asked.check(Address(request.address))
        self.before_answer()
        answer = await asked.answer(request)
        await self.after_answer()
        return answer

    def change_layout(self, *, only: Sequence[RepairNode] | None = None) -> None:
        """The next revision, the same members otherwise; `only` these have read it."""
        self._publish(Layout(self.layout.revision + 1, self.layout.members, self.layout.copies), only)

    def set_state(self, node: RepairNode, state: State, *, only: Sequence[RepairNode] | None = None) -> None:
        """The log says that this member is in another state; `only` these have read it."""
        members = tuple(
            replace(member, state=state) if member.node == node.node else member for member in self.layout.members
        )
        self._publish(Layout(self.layout.revision + 1, members, self.layout.copies), only)

    def take_out(self, node: RepairNode) -> None:
        self.set_state(node, "out")

    def _publish(self, layout: Layout, only: Sequence[RepairNode] | None) -> None:
        self.layout = layout
        for node in self.nodes.values() if only is None else only:
            node.members.offer(known_members(layout.revision, layout.copies, layout.members))

    async def close(self) -> None:
        for node in self.nodes.values():
            await node.chunks.close()
            node.state.close()


async def nothing_happens() -> None:
    """What happens between an answer and its arrival, unless a test has other plans."""
