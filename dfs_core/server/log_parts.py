"""The parts of a full node that keep its log short: who lacks what was cut off gets or gives a catalog snapshot."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.log import LogStore
from dfs_core.clock import Clock
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.log_upkeep import LogUpkeep
from dfs_core.replication.snapshot_fetcher import SnapshotFetcher, finish_incoming
from dfs_core.replication.snapshot_source import SnapshotSource
from dfs_core.server.snapshot_api import SnapshotApi
from dfs_core.transport.peers import Peers


class LogParts:
    """Made before the consensus, which it then serves."""

    def __init__(
        self,
        *,
        folder: Path,
        log: LogStore,
        applier: Applier,
        peers: Peers,
        clock: Clock,
        installed: Callable[[], None],
    ) -> None:
        """Finishes what a crash interrupted. `installed()` hears that the whole catalog is another one. StoreError."""
        finish_incoming(folder, log, applier)
        self._log, self._applier, self._clock = log, applier, clock
        self.fetcher = SnapshotFetcher(
            folder=folder, log=log, applier=applier, peers=peers, clock=clock, installed=installed
        )
        self.source = SnapshotSource(folder / "catalog.sqlite", folder / "tmp", clock)
        self.handlers = SnapshotApi(self.source).handlers

    def tasks(self, consensus: Consensus, bytes_kept: int) -> list[Coroutine[Any, Any, None]]:
        """What runs as long as the node does, for this seat."""
        self.fetcher.offer_to(consensus.take_snapshot)
        upkeep = LogUpkeep(
            consensus=consensus,
            log=self._log,
            applier=self._applier,
            source=self.source,
            clock=self._clock,
            bytes_kept=bytes_kept,
        )
        return [self.fetcher.run(), upkeep.run()]

    async def close(self) -> None:
        """Wait for a snapshot that is being written."""
        await self.source.close()
