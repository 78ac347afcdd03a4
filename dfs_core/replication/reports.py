"""What every node says that it holds, as the leader has it: a sum a bucket, kept up by asking once a second.

Twenty bytes a bucket and node, in one array a node: 8 MB for a hundred nodes. The lists behind the sums are asked for
when they are needed, and not kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from itertools import compress

from dfs_core.encoding.inventory_messages import (
    BUCKET_SUM,
    CHUNK_HELD,
    AskBucket,
    AskInventory,
    BucketListed,
    InventoryKnown,
)
from dfs_core.errors import DfsError
from dfs_core.model.bucket import DIGEST_BYTES, BucketSum
from dfs_core.model.ids import BUCKET_COUNT, NodeId
from dfs_core.replication.inventory import Inventory
from dfs_core.store.base import ChunkStore
from dfs_core.transport.peers import Peers

ASK_TIMEOUT_S = 2.0
LIST_TIMEOUT_S = 10.0
_CHUNKS_BYTES = 4
_SUM_BYTES = DIGEST_BYTES + _CHUNKS_BYTES
_EMPTY_SUM = bytes(_SUM_BYTES)
_UNKNOWN = bytes([1]) + bytes(255)  # the other way round


class Report:
    """One node's sums as of its last answer."""

    def __init__(self) -> None:
        self.nonce, self.sequence, self.counted = b"", 0, False
        self.chunks = 0  # of all buckets
        self.filled: set[int] = set()  # the buckets that are not empty
        self._sums = bytearray(BUCKET_COUNT * _SUM_BYTES)
        self._known = bytearray(BUCKET_COUNT)

    def knows(self, bucket: int) -> bool:
        """The node has counted this bucket and told."""
        return self.counted or self._known[bucket] == 1

    def sum_of(self, bucket: int) -> BucketSum:
        """As told; what was not told of is empty."""
        at = bucket * _SUM_BYTES
        digest = self._sums[at : at + DIGEST_BYTES]
        chunks = self._sums[at + DIGEST_BYTES : at + _SUM_BYTES]
        return BucketSum(int.from_bytes(digest, "big"), int.from_bytes(chunks, "big"))

    def take(self, told: InventoryKnown) -> Sequence[int]:
        """Follow an answer; returns the buckets of which something else is known now."""
        changed: set[int] = set()
        if told.counted and not self.counted:
            changed.update(compress(range(BUCKET_COUNT), self._known.translate(_UNKNOWN)))
        for bucket, digest, chunks in BUCKET_SUM.iter_unpack(told.buckets):
            self.chunks += chunks - self.sum_of(bucket).chunks
            at = bucket * _SUM_BYTES
            told_sum = digest + chunks.to_bytes(_CHUNKS_BYTES, "big")
            self._sums[at : at + _SUM_BYTES] = told_sum
            if told_sum == _EMPTY_SUM:
                self.filled.discard(bucket)
            else:
                self.filled.add(bucket)
            self._known[bucket] = 1
            changed.add(bucket)
        self.nonce, self.sequence, self.counted = told.nonce, told.sequence, told.counted
        return sorted(changed)


class Reports:
    """The newest report of each node, this one's own too."""

    def __init__(self, *, node: NodeId, inventory: Inventory, store: ChunkStore, peers: Peers) -> None:
        self._node, self._inventory, self._store, self._peers = node, inventory, store, peers
        self._reports: dict[NodeId, Report] = {}

    def forget(self) -> None:
        """Begin anew, as on becoming the leader."""
        self._reports.clear()

    def of(self, node: NodeId) -> Report | None:
        """None: it has not answered yet."""
        return self._reports.get(node)

    def nonce_of(self, node: NodeId) -> bytes:
        """Another one after each start of the node; empty before its first report."""
        report = self._reports.get(node)
        return report.nonce if report else b""

    def all_counted(self, nodes: Collection[NodeId]) -> bool:
        """Whether it is known what these nodes hold, of all buckets."""
        return all((report := self._reports.get(node)) is not None and report.counted for node in nodes)

    def filled(self, nodes: Collection[NodeId]) -> set[int]:
        """The buckets in which any of these nodes says that it holds something."""
        return set().union(*(report.filled for node in nodes if (report := self._reports.get(node)) is not None))

    def knows(self, node: NodeId, bucket: int) -> bool:
        """Whether it is known what this node holds of the bucket."""
        report = self._reports.get(node)
        return report is not None and report.knows(bucket)

    async def pull(self, nodes: Collection[NodeId]) -> dict[NodeId, Sequence[int]]:
        """Ask these nodes what is new; returns the buckets that changed, by node. Who does not answer is left out."""
        asked = sorted(nodes)
        answers = await asyncio.gather(*(self._ask(node) for node in asked))
        changed: dict[NodeId, Sequence[int]] = {}
        for node, told in zip(asked, answers, strict=True):
            if told is not None:
                changed[node] = self._take(node, told)
        return changed

    def _take(self, node: NodeId, told: InventoryKnown) -> Sequence[int]:
        report = self._reports.get(node)
        if report is not None and report.nonce == told.nonce:
            return report.take(told)
        report = self._reports[node] = Report()
        report.take(told)
        return range(BUCKET_COUNT)

    async def _ask(self, node: NodeId) -> InventoryKnown | None:
        report = self._reports.get(node)
        nonce, since = (report.nonce, report.sequence) if report else (b"", 0)
        if node == self._node:
            return self._inventory.known(nonce, since)
        try:
            told = await self._peers.call(node, AskInventory(nonce, since), timeout_s=ASK_TIMEOUT_S)
        except DfsError:
            return None
        assert isinstance(told, InventoryKnown)
        return told if len(told.buckets) % BUCKET_SUM.size == 0 else None

    async def list_bucket(self, node: NodeId, bucket: int) -> dict[bytes, int]:
        """The chunks, with their bytes, that the node holds of this bucket right now. DfsError: it does not tell."""
        held: dict[bytes, int] = {}
        after = b""
        while True:
            request = AskBucket(bucket, after)
            if node == self._node:
                page = await self._inventory.list_bucket(self._store, request)
            else:
                reply = await self._peers.call(node, request, timeout_s=LIST_TIMEOUT_S)
                assert isinstance(reply, BucketListed)
                page = reply
            listed = list(CHUNK_HELD.iter_unpack(page.chunks[: len(page.chunks) // CHUNK_HELD.size * CHUNK_HELD.size]))
            held.update(listed)
            if not page.more or not listed or listed[-1][0] <= after:
                return held
            after = listed[-1][0]
