"""Three nodes' chunk stores in memory, seen from the first; single nodes can be made to fail."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dfs_core.catalog.facts import Verdict
from dfs_core.clock import SystemClock
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
from dfs_core.errors import DfsError, PeerUnreachable
from dfs_core.limits import GIB
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member
from dfs_core.replication.chunks import Chunks
from dfs_core.replication.fence import Fence
from dfs_core.store.base import ChunkStore
from dfs_core.store.memory import MemoryChunkStore


def node_id(number: int) -> NodeId:
    return NodeId(bytes([number]) * 32)


class ToldVerdicts:
    """A source of verdicts that says what the test tells it."""

    poll_s: float | None = None

    def __init__(self) -> None:
        self.read_to = self.newest = self.horizon = 0
        self.verdicts: dict[int, tuple[bytes, ...]] = {}
        self.failure: DfsError | None = None

    def condemn(self, index: int, *addresses: Address) -> None:
        self.verdicts[index] = tuple(address.digest for address in addresses)
        self.newest = self.read_to = index

    async def verdict(self, after: int) -> Verdict:
        if self.failure is not None:
            raise self.failure
        following = [index for index in sorted(self.verdicts) if index > after]
        return Verdict(following[0], self.verdicts[following[0]]) if following else Verdict(after, ())

    async def condemned(self, addresses: Sequence[Address]) -> dict[bytes, int]:
        found = {digest: index for index, named in sorted(self.verdicts.items()) for digest in named}
        return {address.digest: found[address.digest] for address in addresses if address.digest in found}


class KeptInMemory:
    """The part of a node's state that a fence needs; `kept` outlives it."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def put(self, name: str, value: bytes) -> None:
        self.kept[name] = value


def make_fence(store: ChunkStore, kept: KeptInMemory | None = None) -> tuple[Fence, ToldVerdicts]:
    source = ToldVerdicts()
    fence = Fence(
        store=store,
        kept=kept or KeptInMemory(),
        clock=SystemClock(),
        source=source,
        slowest=lambda: 0,
        carried_out=lambda index, chunks: None,
    )
    return fence, source


class World:
    """The stores, what was asked of them, and who fails how."""

    def __init__(self, nodes: int = 3, copies: int = 3) -> None:
        self.stores = {node_id(number): MemoryChunkStore() for number in range(1, nodes + 1)}
        self.down: set[NodeId] = set()
        self.failing: dict[NodeId, DfsError] = {}
        self.answering: dict[NodeId, bytes] = {}  # bytes a node hands out instead of its copy
        self.sent: list[tuple[NodeId, Address]] = []
        self.checks: list[tuple[NodeId, Address]] = []
        self.damaged: list[tuple[NodeId, Address]] = []
        self.missed: list[tuple[Address, NodeId]] = []
        self.me = node_id(1)
        self.asked_as_of: list[int] = []
        self.fence, self.source = make_fence(self.stores[self.me])
        self.layout = Layout(
            1, tuple(Member(node, b"", "full", "", 100 * GIB, "joined", (), 0) for node in self.stores), copies
        )
        self.chunks = Chunks(
            node=self.me,
            store=self.stores[self.me],
            peers=self,
            layout=lambda: self.layout,
            fence=self.fence,
            damaged=lambda node, address, text: self.damaged.append((node, address)),
            missed=lambda address, node: self.missed.append((address, node)),
        )

    # -- Peers

    def alive(self) -> frozenset[NodeId]:
        return frozenset(self.stores) - self.down - {self.me}

    def why_down(self, node: NodeId) -> str:
        return "switched off"

    def notify(self, node: NodeId, message: msgspec.Struct) -> bool:
        return False

    def _store_of(self, node: NodeId) -> MemoryChunkStore:
        if node in self.down:
            raise PeerUnreachable(str(node), "switched off")
        if node in self.failing:
            raise self.failing[node]
        return self.stores[node]

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        store = self._store_of(node)
        if isinstance(request, CheckChunk):
            self.checks.append((node, Address(request.address)))
            return ChunkChecked(held=False, damaged=node in self.answering)
        assert isinstance(request, AskChunks)
        self.asked_as_of.append(request.as_of)
        raw = request.addresses
        addresses = [Address(raw[at : at + 32]) for at in range(0, len(raw), 32)]
        return ChunksHeld(bytes(await store.which(addresses)))

    async def send_bytes(
        self, node: NodeId, request: Message, data: bytes | bytearray | memoryview, *, timeout_s: float
    ) -> Message:
        assert isinstance(request, StoreChunk)
        new = await self._store_of(node).put(Address(request.address), data)
        self.sent.append((node, Address(request.address)))
        return Stored(had=not new)

    async def fetch_bytes(
        self, node: NodeId, request: Message, *, size_max: int, timeout_s: float
    ) -> tuple[Message, bytearray]:
        assert isinstance(request, FetchChunk)
        store = self._store_of(node)
        data = self.answering.get(node) or await store.get(Address(request.address))
        return ChunkFollows(len(data)), bytearray(data)
