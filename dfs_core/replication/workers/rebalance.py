"""After a layout change: bring chunks that have all their copies to where they belong now, then free the old places.

What is worked off here is not urgent: every chunk has as many copies as are wanted, somewhere. `resync.py` says how the
two share one queue, `surplus.py` what must be sure before a copy goes.
"""

from __future__ import annotations

import logging

from dfs_core.limits import COPIES_MAX
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.moving import Mover
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.resync import AT_ONCE, work_off
from dfs_core.replication.workers.surplus import Surplus
from dfs_core.replication.workers.worker import Figures

_log = logging.getLogger(__name__)


class Rebalance:
    """The worker that moves what is safe to where the layout wants it."""

    name = "rebalance"

    def __init__(self, *, owed: Owed, mover: Mover, surplus: Surplus, members: MemberList) -> None:
        self._owed, self._mover, self._surplus, self._members = owed, mover, surplus, members
        self.figures = Figures()
        self.released = 0  # copies deleted since the start
        self._wake = owed.listen()

    @property
    def _least(self) -> int:
        """Copies of a chunk that has as many as are wanted, at least."""
        return self._members.layout.wanted_copies()

    async def step(self) -> bool:
        """Fetch or hand over the next few chunks; when none is due, release the next few copies. As `Worker.step`."""
        self._wake.clear()
        await self._owed.flush()
        await self._count()
        items = await self._owed.take(AT_ONCE, self._least, COPIES_MAX)
        if items:
            await work_off(items, self._owed, self._mover, self.figures)
        elif self._surplus.due:
            deleted = await self._surplus.step()
            self.released += len(deleted)
            self.figures.done += len(deleted)
            if deleted:
                _log.info("released %d copies that every placed holder has confirmed", len(deleted))
        else:
            return False
        await self._count()
        return True

    async def wait(self) -> None:
        """Until something arrives or somebody returns, and not for long."""
        await self._owed.wait(self._wake)

    def wake(self) -> None:
        """There may be more to release."""
        self._wake.set()

    async def _count(self) -> None:
        figures, surplus = self.figures, self._surplus
        figures.waiting = self._owed.length(self._least, COPIES_MAX) + surplus.length
        figures.oldest_s = max(await self._owed.oldest_s(self._least, COPIES_MAX), surplus.oldest_s)
        parts = [self._mover.pace_in_words()]
        if surplus.length:
            parts.append(f"{surplus.length:,} copies to release once their holders confirm theirs")
        figures.detail = "; ".join(part for part in parts if part)
