"""The leader's task of keeping a recent catalog snapshot among the chunks, and of letting old ones go.

Once a day of log time (the setting `snapshot_ms`) the catalog is sealed and stored; the first time soon after the
founding, so that a young cluster is not without one for a day. Each kept snapshot needs a pointer that is signed by a
full node of this moment; if there is none (the leader that took it fell, or was removed), this one signs.

The chunks of an old snapshot go when it is not among the newest few any more and every node that is not out has a newer
pointer durably: whoever is asked on the day of recovery leads to chunks that are still there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from dfs_core.catalog.facts import ClusterFacts, KeptSnapshot
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.commands import AnyCommand, DropSnapshot, Outcome
from dfs_core.limits import SNAPSHOTS_KEPT
from dfs_core.model.ids import Address, ClusterId, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.worker import Figures

STEP_S = 2.0  # between looks
FIRST_AFTER_MS = 10 * 60_000  # of log time: the first snapshot of a young cluster


class Log(Protocol):
    """The part of consensus that this needs."""

    @property
    def leads(self) -> bool: ...
    async def propose(self, command: AnyCommand) -> Outcome: ...


class Maker(Protocol):
    """Takes a snapshot."""

    async def take(self) -> KeptSnapshot: ...


class Book(Protocol):
    """This node's pointers."""

    def lacks(self, rank: tuple[int, int, int]) -> bool: ...
    def add(self, pointer: SnapshotPointer) -> None: ...


class SnapshotUpkeep:
    """The worker. On a node that does not lead, a step does nothing."""

    name = "snapshot"

    def __init__(
        self,
        *,
        identity: Identity,
        cluster: ClusterId,
        log: Log,
        catalog: CatalogReader,
        maker: Maker,
        book: Book,
        members: MemberList,
        known: Callable[[NodeId], int],
        clock: Clock,
        token: Callable[[int], bytes],
    ) -> None:
        """`known(node)`: the newest snapshot to which that node says it durably keeps a pointer; 0: none, or silent."""
        self._identity, self._cluster, self._log, self._catalog, self._maker = identity, cluster, log, catalog, maker
        self._book, self._members, self._known, self._clock, self._token = book, members, known, clock, token
        self.figures = Figures()

    async def step(self) -> bool:
        """Sign what has no pointer, take a snapshot if one is due, drop one that may go. True: something was done."""
        if not self._log.leads:
            return False
        cluster = await asyncio.to_thread(self._catalog.cluster)
        if cluster is None or not await asyncio.to_thread(self._catalog.secret_epochs):
            return False
        kept = await asyncio.to_thread(self._catalog.snapshots)
        await self._sign(kept)
        if self._due(kept, cluster):
            taken = await self._maker.take()
            await self._sign([taken])
            self.figures.done += 1
            self.figures.done_bytes += taken.size
            return True
        old = self.droppable(kept)
        if old is None:
            return False
        outcome = await self._log.propose(DropSnapshot(self._token(16), old))
        return not outcome.reason

    async def wait(self) -> None:
        """For a moment: what is due is due by log time, which moves once a minute in an idle cluster."""
        await self._clock.sleep(STEP_S)

    async def take(self) -> None:
        """Take one now, whatever is due, on any full node, and sign the pointer to it."""
        taken = await self._maker.take()
        await self._sign([taken])

    def _due(self, kept: Sequence[KeptSnapshot], cluster: ClusterFacts) -> bool:
        period_ms = cluster.settings["snapshot_ms"]
        if not kept:
            return cluster.log_ms >= min(period_ms, FIRST_AFTER_MS)
        return cluster.log_ms - kept[-1].log_ms >= period_ms

    async def _sign(self, kept: Sequence[KeptSnapshot]) -> None:
        log = await asyncio.to_thread(self._catalog.generation)
        for snapshot in kept[-SNAPSHOTS_KEPT:]:
            pointer = SnapshotPointer(
                cluster=self._cluster,
                epoch=snapshot.epoch,
                generation=log.number,
                number=snapshot.number,
                taken_at=snapshot.taken_at,
                root=Address(snapshot.root),
                root_bytes=snapshot.root_bytes,
                size=snapshot.size,
                public_key=b"",
            )
            if self._book.lacks(pointer.rank):
                self._book.add(pointer.signed(self._identity))

    def droppable(self, kept: Sequence[KeptSnapshot]) -> int | None:
        """The oldest snapshot that nobody needs any more, or None."""
        if len(kept) <= SNAPSHOTS_KEPT:
            return None
        keepers = [
            member.node
            for member in self._members.layout.members
            if member.listed and member.role != "operator" and member.state != "out"
        ]
        oldest = kept[0].number
        return oldest if all(self._known(node) > oldest for node in keepers) else None
