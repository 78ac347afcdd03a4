"""Make the nodes hold what the layout says: fetch what is missing here, hand over what others miss.

**Deciding and acting are apart.** `decide` is a function of facts about one chunk on one node; what it says is done by
`Mover` (fetch), `Surplus` (offload, delete) and, for what the log condemned, by collect. So every combination of facts
is a line of a table in the tests, and no disk, clock or cluster is needed to know what would be done.

**Who does what.** The leader's audit compares what every node holds with what the catalog and the placement say. It
tells a node what it should hold and does not (OweChunks), and that node *pulls*: it knows best how much room, time and
bandwidth it has, and two who notice the same gap make it fetch once. Writers and readers note gaps in passing, also of
holders that are down; those are handed over (pushed) when the holder is back, if it still lacks them by then.

**Two workers, one queue** (on disk, fewest copies first). `resync` works off what has fewer copies than wanted and
does not rest: it stands between the user and a loss. `rebalance` works off what has all its copies, only not where the
layout wants them, and then the copies that are in the wrong place. Either can be paused and paced by itself; both keep
to the cluster's `repair_bytes_s` together. What fails waits for 1 s … 15 min, and no longer once somebody comes back.

Nothing is deleted here. Vaults do all of this, too: a sealed chunk needs no secret to be copied or checked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from dfs_core.errors import ChunkNotFound, DfsError, PeerError
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.moving import Mover
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.worker import Figures
from dfs_core.store.queue import Item

AT_ONCE = 8  # chunks being moved at the same time, by each worker: some MiB of memory, and enough to hide latency


class Action(Enum):
    NOTHING, FETCH, OFFLOAD, DELETE = auto(), auto(), auto(), auto()


@dataclass(frozen=True, slots=True)
class ChunkFacts:
    """All that deciding about one chunk on one node needs, read at one place in the log."""

    held: bool
    placed_here: bool
    referenced: bool
    condemned: bool  # by an entry that was not carried out here yet
    verified_elsewhere: int  # placed holders that just confirmed a copy under the same layout


def decide(chunk: ChunkFacts, *, copies: int) -> Action:
    """What this node should do about the chunk, of which `copies` are wanted."""
    if chunk.referenced and chunk.placed_here:
        return Action.NOTHING if chunk.held else Action.FETCH
    if not chunk.held:
        return Action.NOTHING
    if chunk.referenced:
        return Action.DELETE if chunk.verified_elsewhere >= max(1, copies) else Action.OFFLOAD
    # Unreferenced is not enough: a writer may be about to commit. Only the log may condemn.
    return Action.DELETE if chunk.condemned else Action.NOTHING


class Resync:
    """The worker that brings back the copies that are missing."""

    name = "resync"

    def __init__(self, *, owed: Owed, mover: Mover, members: MemberList) -> None:
        self._owed, self._mover, self._members = owed, mover, members
        self.figures = Figures()
        self._wake = owed.listen()

    @property
    def _most(self) -> int:
        """Copies of a chunk that has fewer than are wanted, at most."""
        return self._members.layout.wanted_copies() - 1

    async def step(self) -> bool:
        """Queue what arrived, then work off the next few items that are due. As `Worker.step`."""
        self._wake.clear()
        await self._owed.flush()
        self.figures.waiting = self._owed.length(0, self._most)
        self.figures.oldest_s = await self._owed.oldest_s(0, self._most)
        items = await self._owed.take(AT_ONCE, 0, self._most)
        self.figures.detail = self._mover.pace_in_words()
        await work_off(items, self._owed, self._mover, self.figures)
        self.figures.waiting = self._owed.length(0, self._most)
        return bool(items)

    async def wait(self) -> None:
        """Until something arrives or somebody returns, and not for long."""
        await self._owed.wait(self._wake)


async def work_off(items: list[Item], owed: Owed, mover: Mover, figures: Figures) -> None:
    """Settle these items at the same time; what cannot be done now waits its turn.

    StoreError, StoreFull: what came of some could not be written down, so they are tried again.
    """
    returns = owed.returns
    try:
        outcomes = await asyncio.gather(*(_settle(item, mover) for item in items))
        done = [item for item, outcome in zip(items, outcomes, strict=True) if isinstance(outcome, int)]
        if done:
            await owed.done(done)
        for item, outcome in zip(items, outcomes, strict=True):
            if isinstance(outcome, int):
                figures.done += 1
                figures.done_bytes += outcome
            else:
                await owed.failed(item, str(outcome), returns, sourceless=_is_sourceless(outcome, item))
    except BaseException:
        owed.give_back(items)
        raise


def _is_sourceless(error: DfsError, item: Item) -> bool:
    """Nobody who could be reached had the chunk: it is not its holder that one has to wait for."""
    return isinstance(error, ChunkNotFound) or (isinstance(error, PeerError) and error.node != str(item[1]))


async def _settle(item: Item, mover: Mover) -> int | DfsError:
    try:
        return await mover.settle(*item)
    except DfsError as error:
        return error
