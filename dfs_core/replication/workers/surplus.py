"""Copies in the wrong place: deleted only when every placed holder has just confirmed one it re-hashed.

The leader's audit says which chunks this node holds that belong to others (ReleaseChunks). That is a hint. Before a
copy goes, each node that the layout places the chunk on re-reads its copy from the disk and says so, under the very
layout revision that this node has; then, alone with the address, this node looks once more whether its own revision is
still that one. Two nodes that are at different revisions would otherwise each believe that the other one keeps the
chunk, and both delete it: the confirmer refuses under any revision but its own, and whoever confirmed under a newer one
will not delete under an older.

`as_of` is the log index of whoever released the chunk: a holder confirms only after it has carried out every
condemnation up to there, so that a confirmed copy cannot fall to an old verdict afterwards.

What a holder turns out to lack is owed to it (offloaded), and the copy stays until it has it. What cannot be confirmed
now is tried again after 1 s … 15 min. The list is in memory only: after a restart the audit sees this node's inventory
anew, and tells it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dfs_core.clock import Clock
from dfs_core.encoding.repair_messages import BAD, GOOD, MISSING, ChunksConfirmed, ConfirmChunks
from dfs_core.errors import DfsError, StaleLayout
from dfs_core.limits import CONFIRM_CHUNKS_MAX, RESYNC_BACKOFF_S_MAX, RESYNC_BACKOFF_S_MIN
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.placement import holders
from dfs_core.replication.locks import AddressLocks
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.resync import Action, ChunkFacts, decide
from dfs_core.store.base import ChunkStore
from dfs_core.transport.peers import Peers

KNOWN_MAX = 131_072  # beyond that the audit will have to say it again
CONFIRM_TIMEOUT_S = 30.0  # re-reading that many chunks from a slow disk
_DOUBLINGS_MAX = 16


def check_revision(asked: int, own: int) -> None:
    """StaleLayout unless both are at the same layout: who is where is said of one layout only."""
    if asked != own:
        raise StaleLayout(f"the layout here is of revision {own}, not {asked}; try again soon")


@dataclass(slots=True)
class _Known:
    """One chunk that somebody said is surplus here."""

    as_of: int
    since: float
    due: float
    attempts: int = 0


class Surplus:
    """The copies that this node may release, and releasing them."""

    def __init__(
        self,
        *,
        node: NodeId,
        store: ChunkStore,
        peers: Peers,
        members: MemberList,
        locks: AddressLocks,
        clock: Clock,
        newest: Callable[[], int],
        owe: Callable[[Address, NodeId, int], None],
        referenced: Callable[[Sequence[Address]], Awaitable[list[bool]]],
    ) -> None:
        """`newest()`: the newest verdict known here (`Fence.newest`). `owe` hears of a holder that lacks its copy,
        and how many there are.
        `referenced` says which chunks the catalog refers to; a vault, which has none, says that of all: the leader
        told it so.
        """
        self._node, self._store, self._peers, self._members = node, store, peers, members
        self._locks, self._clock, self._owe, self._referenced = locks, clock, owe, referenced
        self._newest = newest
        self._known: dict[Address, _Known] = {}

    def release(self, addresses: Sequence[Address], as_of: int) -> None:
        """Somebody who had read the log up to `as_of` says that these chunks are surplus here."""
        now = self._clock.now()
        for address in addresses:
            known = self._known.get(address)
            if known is not None:
                known.as_of = max(known.as_of, as_of)
            elif len(self._known) < KNOWN_MAX:
                self._known[address] = _Known(as_of, now, now)

    def hurry(self) -> None:
        """Whatever waits to be tried again waits no longer."""
        now = self._clock.now()
        for known in self._known.values():
            known.due = now

    @property
    def length(self) -> int:
        return len(self._known)

    @property
    def oldest_s(self) -> float:
        """Since the oldest of them was told; -1: there is none."""
        first = next(iter(self._known.values()), None)
        return -1.0 if first is None else self._clock.now() - first.since

    @property
    def due(self) -> bool:
        """Some can be tried now."""
        now = self._clock.now()
        return any(known.due <= now for known in self._known.values())

    async def step(self) -> list[Address]:
        """Try the next few; returns those whose copy here is deleted. StoreError: the own store cannot be used."""
        now, layout = self._clock.now(), self._members.layout
        chosen = [address for address, known in self._known.items() if known.due <= now][:CONFIRM_CHUNKS_MAX]
        chosen = await self._still_surplus(chosen, layout)
        if not chosen:
            return []
        placed = {address: holders(address.digest, layout) for address in chosen}
        found = await self._confirm(placed, layout.revision)
        deleted = []
        for address in chosen:
            if await self._act(address, placed[address], found, layout):
                deleted.append(address)
                self._known.pop(address, None)
            else:
                self._wait(address)
        return deleted

    async def _still_surplus(self, addresses: Sequence[Address], layout: Layout) -> list[Address]:
        """Those that are here and neither placed here now nor left to collect; the others are no business of ours."""
        held = await self._store.which(addresses)
        referenced = await self._referenced(addresses)
        kept = []
        for address, here, needed in zip(addresses, held, referenced, strict=True):
            facts = ChunkFacts(here, self._node in holders(address.digest, layout), needed, False, 0)
            if decide(facts, copies=layout.wanted_copies()) is Action.OFFLOAD:
                kept.append(address)
            else:
                self._known.pop(address, None)
        return kept

    async def _confirm(
        self, placed: dict[Address, tuple[NodeId, ...]], revision: int
    ) -> dict[tuple[NodeId, Address], int]:
        """What each placed holder says of each chunk; a holder that does not answer says nothing."""
        asked: dict[NodeId, list[Address]] = {}
        for address, nodes in placed.items():
            for node in nodes:
                asked.setdefault(node, []).append(address)
        found: dict[tuple[NodeId, Address], int] = {}
        for node, addresses in sorted(asked.items()):
            as_of = max([self._newest(), *(self._known[address].as_of for address in addresses)])
            request = ConfirmChunks(b"".join(address.digest for address in addresses), revision, as_of)
            try:
                reply = await self._peers.call(node, request, timeout_s=CONFIRM_TIMEOUT_S)
            except DfsError:
                continue
            assert isinstance(reply, ChunksConfirmed)
            for address, state in zip(addresses, reply.found, strict=False):
                found[node, address] = state
        return found

    async def _act(
        self,
        address: Address,
        placed: tuple[NodeId, ...],
        found: dict[tuple[NodeId, Address], int],
        layout: Layout,
    ) -> bool:
        """Delete the copy here, or see to it that who lacks one gets it. True: it is deleted."""
        states = {node: found.get((node, address)) for node in placed}
        verified = sum(state == GOOD for state in states.values())
        facts = ChunkFacts(True, self._node in placed, True, False, verified)
        action = decide(facts, copies=max(layout.wanted_copies(), len(placed)))
        if action is Action.OFFLOAD:
            for node, state in states.items():
                if state in (MISSING, BAD):
                    self._owe(address, node, verified + 1)
        if action is not Action.DELETE:
            return False
        async with self._locks.hold(address):
            try:
                check_revision(layout.revision, self._members.revision)
            except StaleLayout:
                return False
            await self._store.delete(address)
        return True

    def _wait(self, address: Address) -> None:
        known = self._known.get(address)
        if known is not None:
            wait_s = min(RESYNC_BACKOFF_S_MIN * 2 ** min(known.attempts, _DOUBLINGS_MAX), RESYNC_BACKOFF_S_MAX)
            known.attempts += 1
            known.due = self._clock.now() + wait_s
