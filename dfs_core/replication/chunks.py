"""Sealed chunks on their holders: ask who has them, put them there, get them back verified.

Chunks need no agreement: any copy is as good as any other, and every copy proves itself by its address. So a holder
that is down is simply stood in for by the next in rendezvous order, and a reader that meets a bad or missing copy goes
on to the next holder, tells the first to look at its copy, and answers with good bytes or not at all.

Verification is in `get` and `put` here and nowhere above: what `fetch` returned hashes to its address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
from dfs_core.errors import ChunkCorrupt, ChunkNotFound, DfsError, NotEnoughCopies, PeerError
from dfs_core.limits import ASK_CHUNKS_MAX, SEALED_BYTES_MAX
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.placement import holders, ranked
from dfs_core.model.tally import Tally, Verdict
from dfs_core.replication.fence import Fence
from dfs_core.store.base import ChunkStore
from dfs_core.transport.peers import Peers

ASK_TIMEOUT_S = 2.0  # a question takes a moment; one who hangs must not hold up a store until it is suspected
SEND_TIMEOUT_S = 60.0  # for the answer when the bytes have left: buffers between two homes drain, the holder syncs
FETCH_TIMEOUT_S = 30.0  # for the answer; who is silent altogether is given up by the link long before
CHECK_TIMEOUT_S = 10.0

Damaged = Callable[[NodeId, Address, str], None]


@dataclass(slots=True)
class Placed:
    """One chunk's copies as its store goes on: who has it durably, and how many bytes were sent for it."""

    address: Address
    size: int
    holders: set[NodeId] = field(default_factory=set)
    sent: int = 0
    as_of: int = 0  # the log index that was named to the holders
    everywhere: bool = False  # as many as are wanted have it


class Chunks:
    """The cluster's chunks as one node sees them: its own store and, through `peers`, everybody else's."""

    def __init__(
        self,
        *,
        node: NodeId,
        store: ChunkStore,
        peers: Peers,
        layout: Callable[[], Layout],
        fence: Fence,
        damaged: Damaged,
        missed: Callable[[Address, NodeId], None],
    ) -> None:
        """`damaged(node, address, text)` hears of each bad copy; `missed(address, holder)` of each copy still owed."""
        self._node, self._store, self._peers, self.fence = node, store, peers, fence
        self._layout, self._damaged, self._missed = layout, damaged, missed
        self._checks: set[asyncio.Task[None]] = set()

    def reachable(self) -> frozenset[NodeId]:
        return self._peers.alive() | {self._node}

    def wanted_copies(self) -> int:
        return self._layout().wanted_copies()

    # -- writing

    async def held_by(
        self, addresses: Sequence[Address], nodes: Iterable[NodeId], as_of: int
    ) -> dict[NodeId, set[Address]]:
        """Which of these chunks each of these nodes says it holds.

        A node that does not answer, or has not carried out what was condemned up to `as_of`, is left out.
        """
        targets = sorted(set(nodes))
        answers = await asyncio.gather(*(self._ask(node, addresses, as_of) for node in targets))
        return {node: answer for node, answer in zip(targets, answers, strict=True) if answer is not None}

    async def _ask(self, node: NodeId, addresses: Sequence[Address], as_of: int) -> set[Address] | None:
        held: set[Address] = set()
        try:
            if node == self._node:
                await self.fence.reach(as_of)
            for start in range(0, len(addresses), ASK_CHUNKS_MAX):
                part = addresses[start : start + ASK_CHUNKS_MAX]
                if node == self._node:
                    answer = await self._store.which(part)
                else:
                    request = AskChunks(b"".join(address.digest for address in part), as_of)
                    reply = await self._peers.call(node, request, timeout_s=ASK_TIMEOUT_S)
                    assert isinstance(reply, ChunksHeld)
                    answer = [flag == 1 for flag in reply.held]
                held.update(address for address, has in zip(part, answer, strict=False) if has)
        except DfsError:
            return None
        return held

    def candidates(self, address: Address) -> list[NodeId]:
        """The reachable nodes in the order in which they should hold the chunk: holders first, then stand-ins."""
        reachable = self.reachable()
        return [node for node in ranked(address.digest, self._layout()) if node in reachable]

    async def spread(
        self,
        address: Address,
        data: memoryview | bytes,
        known: Mapping[NodeId, set[Address]],
        needed: int,
        enough: asyncio.Future[Placed],
        as_of: int,
    ) -> None:
        """Put one chunk on its holders, all at once; a holder that fails is stood in for by the next.

        Resolves `enough` as soon as `needed` copies are durable, or with NotEnoughCopies when every send has ended
        without that; returns when no send is under way, and only then may `data` be reused. A placed holder that has no
        copy in the end is reported as missed. `known` was answered with this `as_of`, and so are all sends.
        """
        layout = self._layout()
        tally = Tally(self.candidates(address), copies=layout.wanted_copies(), needed=needed)
        placed = Placed(address, len(data), as_of=as_of)
        sends: dict[asyncio.Task[None], NodeId] = {}
        try:
            while True:
                for node in tally.take():
                    sends[asyncio.create_task(self._put(node, address, data, known, placed))] = node
                placed.holders = set(tally.holding)
                if tally.verdict is Verdict.ENOUGH and not enough.done():
                    enough.set_result(placed)
                if not sends:
                    break
                done, _ = await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    node = sends.pop(task)
                    error = task.exception()
                    if error is None:
                        tally.succeed(node)
                    elif isinstance(error, DfsError):
                        tally.fail(node, error)
                    else:
                        raise error
        finally:
            for task in sends:
                task.cancel()
        placed.everywhere = len(placed.holders) >= layout.wanted_copies()
        if not enough.done():
            enough.set_exception(self._not_enough(tally, layout))
        if placed.holders:
            for node in holders(address.digest, layout):
                if node not in placed.holders:
                    self._missed(address, node)

    def _not_enough(self, tally: Tally, layout: Layout) -> NotEnoughCopies:
        """Who has no copy and why: those that failed, and those that could not even be asked."""
        failures = {str(node): getattr(error, "reason", "") or str(error) for node, error in tally.failures.items()}
        for member in layout.storing():
            if member.node not in tally.holding and str(member.node) not in failures:
                failures[str(member.node)] = self._peers.why_down(member.node)
        return NotEnoughCopies(tally.needed, len(tally.holding), failures)

    async def _put(
        self,
        node: NodeId,
        address: Address,
        data: memoryview | bytes,
        known: Mapping[NodeId, set[Address]],
        placed: Placed,
    ) -> None:
        """Return once the chunk is durable on `node`; PeerError or StoreError when it is not."""
        if address in known.get(node, ()):
            return
        placed.sent += len(data)
        if node == self._node:
            await self.fence.reach(placed.as_of)
            await self._store.put(address, data, verify=False)  # its address was computed from these very bytes
        else:
            request = StoreChunk(address.digest, len(data), placed.as_of)
            reply = await self._peers.send_bytes(node, request, data, timeout_s=SEND_TIMEOUT_S)
            assert isinstance(reply, Stored)

    # -- reading

    async def fetch(self, address: Address, *, elsewhere: bool = False) -> bytes | bytearray:
        """One sealed chunk, verified against its address, from the nearest copy that is good.

        Own disk first (not with `elsewhere`: who asks so knows that it has none, and that others may lack it, too),
        then its placed holders, then everybody. Each bad or missing copy met on the way is reported to its holder, and
        owed to it unless nobody has one to give.
        ChunkNotFound: every node answered that it has none. PeerError: some could not be asked or could not
        answer (a failing disk, this node's own included), so the chunk may still exist. ChunkCorrupt: only damaged
        copies were found.
        """
        unreachable: dict[NodeId, str] = {}
        lacking: list[NodeId] = []
        corrupt: list[NodeId] = []
        reachable = self.reachable()
        for node in self._order(address):
            if node == self._node and elsewhere:
                continue
            if node not in reachable:
                unreachable[node] = self._peers.why_down(node)
                continue
            try:
                data = await self._get(node, address)
            except ChunkNotFound:
                if not elsewhere and node in holders(address.digest, self._layout()):
                    lacking.append(node)
            except ChunkCorrupt as error:
                corrupt.append(node)
                self._damaged(node, address, str(error))
                self._look_again([node], address)
            except DfsError as error:
                unreachable[node] = error.reason if isinstance(error, PeerError) else str(error)
            else:
                self._look_again(lacking, address)
                return data
        # What nobody has was collected, mostly; owed anew by each attempt to bring it, it would be tried for ever.
        self._look_again(lacking, address, owed=bool(corrupt or unreachable))
        if corrupt:
            names = ", ".join(node.short for node in corrupt)
            raise ChunkCorrupt(str(address), f"every reachable node that holds it ({names})")
        if unreachable:
            names = "; ".join(f"{node.short} {why}" for node, why in unreachable.items())
            raise PeerError(str(next(iter(unreachable))), f"chunk {address.short} is on no reachable node ({names})")
        raise ChunkNotFound(str(address))

    def _order(self, address: Address) -> list[NodeId]:
        """This node, the placed holders, the stand-ins, then whoever else is there."""
        order = [self._node, *ranked(address.digest, self._layout()), *sorted(self._peers.alive())]
        return list(dict.fromkeys(order))

    async def _get(self, node: NodeId, address: Address) -> bytes | bytearray:
        if node == self._node:
            return await self._store.get(address)
        request = FetchChunk(address.digest)
        reply, data = await self._peers.fetch_bytes(node, request, size_max=SEALED_BYTES_MAX, timeout_s=FETCH_TIMEOUT_S)
        assert isinstance(reply, ChunkFollows)
        found = await asyncio.to_thread(Address.of, data)
        if found != address:
            raise ChunkCorrupt(str(address), node.short)
        return data

    def _look_again(self, nodes: Sequence[NodeId], address: Address, *, owed: bool = True) -> None:
        """Have holders check their copies, in the background: the reader does not wait. `owed`: they are to get one."""
        for node in nodes:
            if node != self._node:
                task = asyncio.create_task(self._ask_check(node, address, owed), name=f"check-{str(address)[:8]}")
                self._checks.add(task)
                task.add_done_callback(self._checks.discard)
            elif owed:
                self._missed(address, node)

    async def _ask_check(self, node: NodeId, address: Address, owed: bool) -> None:
        try:
            answer = await self._peers.call(node, CheckChunk(address.digest), timeout_s=CHECK_TIMEOUT_S)
        except DfsError:
            return
        assert isinstance(answer, ChunkChecked)
        if answer.damaged:
            self._damaged(node, address, "a damaged copy was found and set aside")
        if owed and not answer.held:
            self._missed(address, node)

    async def close(self) -> None:
        """Stop asking in the background."""
        for task in list(self._checks):
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
