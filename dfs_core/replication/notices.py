"""What the leader tells holders: chunks that they should fetch, and chunks that they may let go.

A holder notes what it is told on its disk, so telling it once is nearly enough; it is told again after `AGAIN_S`, then
ever more rarely, or at once if it was started anew or the layout is another. Once is not enough where a copy that was
let go comes back, brought by somebody who had not read the newest layout yet. Who was told what is remembered for a
bounded number of chunks.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from dfs_core.clock import Clock
from dfs_core.encoding.inventory_messages import OweChunks, ReleaseChunks
from dfs_core.encoding.message import Message
from dfs_core.errors import DfsError
from dfs_core.limits import OWE_CHUNKS_MAX
from dfs_core.model.finding import Advice
from dfs_core.model.ids import NodeId
from dfs_core.transport.peers import Peers

AGAIN_S = 8.0  # and each time twice as long as before
REPEAT_S = 60.0  # but no longer
TOLD_MAX = 131_072  # some 30 MB
TELL_TIMEOUT_S = 5.0
_COPIES_MAX = 255

Own = Callable[[Message], Awaitable[None]]
_Told = tuple[NodeId, bytes, bool]  # to whom, which chunk, whether it is to be released


class _Telling(NamedTuple):
    """When it was told, to which start of the node, under which layout, and how long that is good for."""

    at: float
    nonce: bytes
    revision: int
    wait_s: float


class Notices:
    """Tells what was not told yet."""

    def __init__(
        self,
        *,
        node: NodeId,
        peers: Peers,
        clock: Clock,
        own: Own,
        nonce: Callable[[NodeId], bytes],
        condemned_at: Callable[[], int],
    ) -> None:
        """`own` takes what is for this node itself; `nonce` is another one after each start of that node.

        `condemned_at()`: the newest verdict that this node has applied. A holder that has carried that one out has
        carried out all; how far the log goes beyond it is nothing a vault could know.
        """
        self._node, self._peers, self._clock, self._own, self._nonce = node, peers, clock, own, nonce
        self._condemned_at = condemned_at
        self._told: OrderedDict[_Told, _Telling] = OrderedDict()
        self._revision = 0

    def forget(self) -> None:
        """Nobody was told anything, as far as a new leader knows."""
        self._told.clear()

    async def tell(self, advice: Sequence[Advice], revision: int) -> frozenset[NodeId]:
        """Tell everybody what is for them; returns who could not be told: they are when it is found again."""
        owed: dict[NodeId, dict[bytes, int]] = {}
        released: dict[NodeId, list[bytes]] = {}
        for each in advice:
            for node, chunks in each.owed.items():
                owed.setdefault(node, {}).update(chunks)
            for node, addresses in each.released.items():
                released.setdefault(node, []).extend(addresses)
        self._revision = revision
        told = await asyncio.gather(
            *(self._owe(node, owed[node]) for node in sorted(owed)),
            *(self._release(node, released[node]) for node in sorted(released)),
        )
        return frozenset(
            node for node, heard in zip((*sorted(owed), *sorted(released)), told, strict=True) if not heard
        )

    async def _owe(self, node: NodeId, chunks: dict[bytes, int]) -> bool:
        fresh = [address for address in chunks if self._is_new((node, address, False))]
        fresh.sort(key=lambda address: (chunks[address], address))  # the fewest copies first
        for start in range(0, len(fresh), OWE_CHUNKS_MAX):
            part = fresh[start : start + OWE_CHUNKS_MAX]
            copies = bytes(min(chunks[address], _COPIES_MAX) for address in part)
            if not await self._say(node, OweChunks(b"".join(part), copies, self._revision)):
                return False
            self._note(node, part, released=False)
        return True

    async def _release(self, node: NodeId, addresses: Sequence[bytes]) -> bool:
        fresh = [address for address in addresses if self._is_new((node, address, True))]
        for start in range(0, len(fresh), OWE_CHUNKS_MAX):
            part = fresh[start : start + OWE_CHUNKS_MAX]
            if not await self._say(node, ReleaseChunks(b"".join(part), self._revision, self._condemned_at())):
                return False
            self._note(node, part, released=True)
        return True

    async def _say(self, node: NodeId, message: Message) -> bool:
        try:
            if node == self._node:
                await self._own(message)
                return True
            await self._peers.call(node, message, timeout_s=TELL_TIMEOUT_S)
        except DfsError:
            return False
        return True

    def _is_new(self, told: _Told) -> bool:
        known = self._told.get(told)
        if known is None or known[1:3] != (self._nonce(told[0]), self._revision):
            return True
        return self._clock.now() - known.at >= known.wait_s

    def again_s(self, advice: Advice) -> float:
        """In how long the first of this is to be told again, if nothing is done about it."""
        told = [(node, address, False) for node, chunks in advice.owed.items() for address, _ in chunks]
        told += [(node, address, True) for node, addresses in advice.released.items() for address in addresses]
        known = [self._told[each] for each in told if each in self._told]
        return min((max(0.0, each.at + each.wait_s - self._clock.now()) for each in known), default=AGAIN_S)

    def _note(self, node: NodeId, addresses: Sequence[bytes], *, released: bool) -> None:
        now, nonce = self._clock.now(), self._nonce(node)
        for address in addresses:
            before = self._told.pop((node, address, released), None)
            wait_s = AGAIN_S
            if before is not None and before[1:3] == (nonce, self._revision) and now - before.at < 2 * before.wait_s:
                wait_s = min(2 * before.wait_s, REPEAT_S)
            self._told[node, address, released] = _Telling(now, nonce, self._revision, wait_s)
        while len(self._told) > TOLD_MAX:
            self._told.popitem(last=False)
