"""Keeping the log small: what the catalog holds durably is cut off, but for a tail.

A log is cut when it has grown to twice the tail, and then down to the tail: members that were away for less than a
tail's worth of entries go on by entries, and only those that were away longer need a snapshot. Nothing is cut off that
a power cut could take back from the catalog. On disk it goes in small steps, between which entries are saved.
"""

from __future__ import annotations

import asyncio
import logging

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.log import LogStore
from dfs_core.clock import Clock
from dfs_core.errors import StoreError
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.snapshot_source import SnapshotSource

_log = logging.getLogger(__name__)

PERIOD_S = 1.0
STEP_ENTRIES = 512  # in one transaction: a save waits no longer for it than for another save


class LogUpkeep:
    """One node's task; every node cuts its own log."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        log: LogStore,
        applier: Applier,
        source: SnapshotSource,
        clock: Clock,
        bytes_kept: int,
    ) -> None:
        self._consensus, self._log, self._applier, self._source = consensus, log, applier, source
        self._clock, self._bytes_kept = clock, bytes_kept

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self._clock.sleep(PERIOD_S)
            self._source.forget_idle()
            try:
                await self.step()
            except StoreError as error:  # a full disk, most of all: cutting is what will help, so try again
                _log.warning("the log could not be cut off: %s", error)

    async def step(self) -> bool:
        """Cut the log if it is long enough and the catalog has what goes. False: nothing was cut off."""
        if self._log.size_bytes <= 2 * self._bytes_kept:
            return False
        durable = await asyncio.to_thread(self._applier.checkpoint)
        start = await asyncio.to_thread(self._log.tail_start, self._bytes_kept)
        index = min(durable, start - 1)
        if index < self._log.first_index:
            return False
        self._consensus.compact(index)
        while self._log.first_index <= index:
            await asyncio.to_thread(self._log.cut, min(index, self._log.first_index + STEP_ENTRIES))
        _log.info("the log begins at %d now", index + 1)
        return True
