"""Every copy of some chunks, re-read by its holder: what `verify` does.

A holder sets a bad copy aside and fetches a good one by itself; a placed holder without a copy is owed one. So asking
is repairing, and the answer says how it was when it was asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dfs_core.encoding.peer_messages import CheckChunk, ChunkChecked
from dfs_core.errors import DfsError
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.placement import holders
from dfs_core.replication.chunks import CHECK_TIMEOUT_S, Chunks
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.reread import reread
from dfs_core.store.base import ChunkStore
from dfs_core.transport.peers import Peers

AT_ONCE = 16  # chunks being re-read at the same time, each by all of its holders
GROUP = 256  # chunks whose holders are asked for at once


@dataclass(slots=True)
class Verified:
    """Copies, and chunks, as they were found."""

    good: int = 0
    damaged: int = 0
    missing: int = 0
    unreachable: int = 0
    lost: int = 0


class Verifier:
    """Has copies re-read, here and elsewhere."""

    def __init__(
        self,
        *,
        node: NodeId,
        store: ChunkStore,
        chunks: Chunks,
        peers: Peers,
        members: MemberList,
        damaged_here: Callable[[Address, str], Awaitable[None]],
        owe: Callable[[Address, NodeId], None],
    ) -> None:
        """`damaged_here` deals with a bad copy of this node; `owe` hears of a placed holder without one."""
        self._node, self._store, self._chunks = node, store, chunks
        self._peers, self._members = peers, members
        self._damaged_here, self._owe = damaged_here, owe

    async def verify(self, addresses: Sequence[Address], progress: Callable[[int], Awaitable[None]]) -> Verified:
        """All copies of these chunks. `progress` hears, now and then, of how many chunks are done."""
        found = Verified()
        distinct = list(dict.fromkeys(addresses))
        for start in range(0, len(distinct), GROUP):
            group = distinct[start : start + GROUP]
            nodes = {member.node for member in self._members.layout.members if member.stores_chunks and member.listed}
            held = await self._chunks.held_by(group, nodes & self._chunks.reachable(), 0)  # as of 0: nothing is decided
            for first in range(0, len(group), AT_ONCE):
                some = group[first : first + AT_ONCE]
                await asyncio.gather(*(self._verify(address, held, found) for address in some))
                await progress(start + first + len(some))
        return found

    async def _verify(self, address: Address, held: dict[NodeId, set[Address]], found: Verified) -> None:
        placed = holders(address.digest, self._members.layout)
        extra = sorted(node for node, addresses in held.items() if address in addresses and node not in placed)
        good = 0
        for node, answer in await self._check_all(address, [*placed, *extra]):
            if answer is None:
                found.unreachable += 1
            elif answer.damaged:
                found.damaged += 1
            elif answer.held:
                good += 1
            elif node in placed:
                found.missing += 1
                self._owe(address, node)
        found.good += good
        found.lost += good == 0

    async def _check_all(self, address: Address, nodes: Sequence[NodeId]) -> list[tuple[NodeId, ChunkChecked | None]]:
        answers = await asyncio.gather(*(self._check(address, node) for node in nodes))
        return list(zip(nodes, answers, strict=True))

    async def _check(self, address: Address, node: NodeId) -> ChunkChecked | None:
        """How the node's copy is; None: it does not answer."""
        try:
            if node == self._node:
                return await reread(self._store, address, self._damaged_here)
            answer = await self._peers.call(node, CheckChunk(address.digest), timeout_s=CHECK_TIMEOUT_S)
        except DfsError:
            return None
        assert isinstance(answer, ChunkChecked)
        return answer
