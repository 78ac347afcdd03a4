"""The leader's task of proposing what the retention policy keeps no longer, and of ending stores that fell silent.

It walks through all histories in key order, a few versions a step, so that a step costs the same in any catalog, and
begins again behind the last key. What it proposes is explicit: these versions of that key. Applying asks the policy
once more (`catalog/apply_expiry.py`), so proposing too much, or twice, ends nothing that should stay, and no node ever
drops a version because of what it alone thinks. Ages are log time: a cluster that was switched off has not aged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from dfs_core.catalog.facts import ClusterFacts
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.commands import Abandon, AnyCommand, Expire, Outcome
from dfs_core.limits import EXPIRE_VERSIONS_MAX
from dfs_core.model.retention import Policy, expired
from dfs_core.replication.workers.worker import Figures

STEP_S = 1.0  # between steps that found nothing
STEP_VERSIONS = 1024  # read in one step: some milliseconds
STEP_COMMANDS = 64  # proposed in one step; applying them holds up other proposals
ID_BYTES = 16


class Log(Protocol):
    """The part of `consensus` that expiring needs."""

    @property
    def leads(self) -> bool: ...
    async def propose(self, command: AnyCommand) -> Outcome: ...


class Expiry:
    """The worker that lets versions and silent stores end, while this node leads."""

    name = "expire"

    def __init__(
        self,
        *,
        log: Log,
        catalog: CatalogReader,
        clock: Clock,
        token: Callable[[int], bytes],
        forbidden: Callable[[], str] = str,
    ) -> None:
        """`token(n)` draws n random bytes, for the commands' ids. `forbidden()`: why nothing may expire now, or ""."""
        self._forbidden = forbidden
        self._log, self._catalog, self._clock, self._token = log, catalog, clock, token
        self.figures = Figures()
        self._after = ""

    async def step(self) -> bool:
        """Look at the next few versions, and at all stores under way. True: something ended.

        On a node that does not lead, a step does nothing. Errors as of `Consensus.propose`: the same versions are
        looked at again.
        """
        self.figures.detail = self._forbidden()
        if not self._log.leads or self.figures.detail:
            return False
        cluster = await asyncio.to_thread(self._catalog.cluster)
        if cluster is None:
            return False
        commands = await asyncio.to_thread(self._silent, cluster)
        due, after = await asyncio.to_thread(self._due, cluster)
        commands += due
        outcomes = await self._propose(commands[:STEP_COMMANDS])
        if len(commands) <= STEP_COMMANDS:  # else what did not fit is met again
            self._after = after
        ended = sum(not outcome.reason for outcome in outcomes)
        self.figures.done += ended
        self.figures.waiting = len(commands) - ended
        return ended > 0

    async def wait(self) -> None:
        """For a second: a million versions are looked at in a quarter of an hour."""
        await self._clock.sleep(STEP_S)

    async def _propose(self, commands: Sequence[AnyCommand]) -> list[Outcome]:
        """All together, so that they share an entry."""
        return await asyncio.gather(*(self._log.propose(command) for command in commands))

    def _silent(self, cluster: ClusterFacts) -> list[AnyCommand]:
        latest_ms = cluster.log_ms - cluster.settings["upload_silence_ms"]
        silent = [upload for upload in self._catalog.uploads() if upload.touched_ms <= latest_ms]
        return [Abandon(self._token(ID_BYTES), upload.version_id) for upload in silent[:STEP_COMMANDS]]

    def _due(self, cluster: ClusterFacts) -> tuple[list[AnyCommand], str]:
        """What has expired among the next few versions, and where to go on.

        Of one key at most EXPIRE_VERSIONS_MAX versions, the oldest; a key with more is met again before the next one.
        """
        policy = Policy.of(cluster.settings)
        histories, go_on = self._catalog.histories(self._after, STEP_VERSIONS)
        commands: list[AnyCommand] = []
        before = self._after
        for key, rows in histories:
            numbers = expired(rows, policy, cluster.log_ms)
            if numbers:
                commands.append(Expire(self._token(ID_BYTES), key, numbers[:EXPIRE_VERSIONS_MAX]))
            if len(numbers) > EXPIRE_VERSIONS_MAX or len(commands) >= STEP_COMMANDS:
                return commands, before if len(numbers) > EXPIRE_VERSIONS_MAX else key
            before = key
        return commands, go_on
