"""Moving one chunk to where it is owed: fetched for this node, or handed over to another one.

Every byte that moves is verified against its address, on the way in and on the way out, and counts against the
cluster's limit for repair.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from dfs_core.encoding.peer_messages import AskChunks, ChunksHeld, StoreChunk
from dfs_core.errors import ChunkCorrupt, ChunkNotFound
from dfs_core.limits import CHUNK_BYTES_DEFAULT
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.bandwidth import Bandwidth
from dfs_core.replication.chunks import ASK_TIMEOUT_S, SEND_TIMEOUT_S, Chunks
from dfs_core.replication.memberlist import MemberList
from dfs_core.store.base import ChunkStore
from dfs_core.transport.peers import Peers


class Mover:
    """What resync and rebalance move chunks with. Safe to cancel and to repeat."""

    def __init__(
        self,
        *,
        node: NodeId,
        store: ChunkStore,
        chunks: Chunks,
        peers: Peers,
        members: MemberList,
        bandwidth: Bandwidth,
        restored: Callable[[Address, int], None],
        referenced: Callable[[Sequence[Address]], Awaitable[list[bool]]],
    ) -> None:
        """`restored` hears of each chunk that was fetched for this node, and its bytes.

        `referenced` says which chunks the catalog refers to, and of all that it does where there is no catalog.
        """
        self._node, self._store, self._chunks = node, store, chunks
        self._peers, self._members, self._bandwidth = peers, members, bandwidth
        self._restored, self._referenced = restored, referenced
        self._size_bytes = CHUNK_BYTES_DEFAULT  # of the last chunk that moved: the next is probably as long

    async def settle(self, address: Address, holder: NodeId) -> int:
        """Return once the holder has the chunk, or need not have it; how many bytes were moved for that.

        Any DfsError: it cannot be done now. Nothing is deleted, and a damaged own copy is set aside first.
        """
        member = self._members.member(holder)
        if member is None or not member.placed:
            return 0
        try:
            return await (self._restore(address) if holder == self._node else self._hand_over(address, holder))
        except ChunkNotFound:
            if (await self._referenced([address]))[0]:
                raise
            return 0  # collected since it was owed

    def pace_in_words(self) -> str:
        """For people: what holds it back. Empty when nothing does."""
        limit = self._bandwidth.limit
        return f"at most {limit:,} bytes a second" if limit else ""

    async def _restore(self, address: Address) -> int:
        """Put a good copy where this node's own is missing or damaged."""
        try:
            await self._store.get(address)
        except ChunkCorrupt:
            await self._store.quarantine(address)
        except ChunkNotFound:
            pass
        else:
            return 0
        data = await self._fetch(address, elsewhere=True)
        await self._store.put(address, data, verify=False)
        self._restored(address, len(data))
        return len(data)

    async def _hand_over(self, address: Address, holder: NodeId) -> int:
        reply = await self._peers.call(
            holder, AskChunks(address.digest, self._chunks.fence.newest), timeout_s=ASK_TIMEOUT_S
        )
        assert isinstance(reply, ChunksHeld)
        if reply.held == b"\x01":
            return 0
        data = await self._fetch(address, elsewhere=False)
        request = StoreChunk(address.digest, len(data), self._chunks.fence.newest)
        await self._peers.send_bytes(holder, request, data, timeout_s=SEND_TIMEOUT_S)
        return len(data)

    async def _fetch(self, address: Address, *, elsewhere: bool) -> bytes | bytearray:
        """The chunk, within the limit. How long it is is only known when it is here."""
        guess = self._size_bytes
        await self._bandwidth.take(guess)
        size = 0
        try:
            data = await self._chunks.fetch(address, elsewhere=elsewhere)
            size = self._size_bytes = len(data)
        finally:
            self._bandwidth.give_back(guess - size)
        return data
