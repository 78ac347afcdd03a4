"""Collecting: have the log condemn what nothing has referred to for the grace time, and forget what is carried out.

Two kinds of chunks may go: those whose last reference went, which the catalog remembers with the log time of that, and
those that nodes hold and the catalog does not know: stores that were cut off leave them behind, the audit finds them.
What is proposed is only a proposal: applying counts again (`catalog/condemning.py`), and a store that counts on a chunk
condemned meanwhile is refused and sends it again. So the grace time saves work, and nothing more depends on it or on
this worker; it may be wrong, late, or run on two nodes at once.

Any error while it looks for what may go ends the round before anything is proposed, and is told loudly. Stores never
wait for it: an entry condemns a bounded number of chunks, and holders delete them on their own (`fence.py`).

Log time goes on with entries, in an idle cluster once a minute; when something waits for a moment that comes sooner, an
entry is made for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dfs_core.catalog.facts import ClusterFacts
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.commands import AnyCommand, Condemn, Forget, Outcome, Tick
from dfs_core.errors import DfsError, Refused
from dfs_core.limits import CONDEMN_CHUNKS_MAX
from dfs_core.model.ids import Address
from dfs_core.replication.workers.worker import Figures

STEP_S = 1.0
CONDEMNED_AT_ONCE = 256  # in one entry: a holder deletes them in a fraction of a second
UNKNOWN_LOOKED_AT = 4096
FORGET_AFTER_S = 60.0  # stores under way name what they were told a moment ago
_SOON_MS = 60_000  # an idle leader lets log time go on by itself after a minute
_ID_BYTES = 16


class Log(Protocol):
    """The part of `consensus` that collecting needs."""

    @property
    def leads(self) -> bool: ...
    async def propose(self, command: AnyCommand) -> Outcome: ...


class Strays(Protocol):
    """The part of the audit that collecting needs."""

    def unknown(self, limit: int) -> Sequence[tuple[Address, int]]:
        """Chunks that nodes hold and the catalog does not know, with their sizes."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """What may be condemned now, in the order of addresses, and what only waits for its grace time."""

    chunks: tuple[tuple[bytes, int], ...] = ()
    wait_ms: int = -1  # log time until the next one is due; -1: nothing waits


class Collect:
    """The worker; it works while this node leads. `round` may be called on any full node."""

    name = "collect"

    def __init__(
        self,
        *,
        log: Log,
        catalog: CatalogReader,
        strays: Strays,
        slowest: Callable[[], int],
        forbidden: Callable[[], str],
        alarm: Callable[[str], None],
        clock: Clock,
        token: Callable[[int], bytes],
        forget_after_s: float = FORGET_AFTER_S,
    ) -> None:
        """`slowest()`: the log index up to which every node that counts has carried out what was condemned.

        `forbidden()`: why nothing may be collected now; empty when it may. `alarm(text)` hears of a round that failed.
        """
        self._log, self._catalog, self._strays, self._clock, self._token = log, catalog, strays, clock, token
        self._slowest, self._forbidden, self._alarm = slowest, forbidden, alarm
        self._forget_after_s = forget_after_s
        self.figures = Figures()
        self._seen_ms: dict[Address, int] = {}  # since which log time this leader knows of a stray
        self._log_ms, self._log_ms_at = -1, 0.0
        self._ripe: tuple[int, float] | None = None  # a horizon, and when it may be set
        self._round = asyncio.Lock()

    # -- the worker

    async def step(self) -> bool:
        """Condemn some of what is due, or forget some of what is carried out. True: something was.

        DfsError: the round is over and nothing was proposed, or it is not known what became of it; it begins anew.
        """
        if not self._log.leads:
            self._seen_ms.clear()
            self._ripe = None
            self.figures.waiting, self.figures.detail = 0, "the leader does it"
            return False
        self.figures.detail = self._forbidden()
        if self.figures.detail:
            return False
        condemned = await self.round()
        return await self._forget() or condemned > 0

    async def wait(self) -> None:
        """For a second."""
        await self._clock.sleep(STEP_S)

    async def round(self) -> int:
        """Condemn some of what is due; returns how many chunks were. 0: nothing is due, or may be collected now.

        DfsError: as for `step`.
        """
        async with self._round:
            cluster = await asyncio.to_thread(self._catalog.cluster)
            if cluster is None or self._forbidden():
                return 0
            try:
                due = await self._look(cluster)
            except DfsError as error:
                self._alarm(f"nothing is collected: {error}")
                raise
            condemned = await self._condemn(due)
            self.figures.waiting = len(due.chunks) - condemned
            self.figures.done += condemned
            if not due.chunks:
                await self._let_time_pass(cluster, due.wait_ms)
            return condemned

    # -- the parts of a step

    async def _look(self, cluster: ClusterFacts) -> Due:
        """What is due, at most CONDEMNED_AT_ONCE chunks. Proposes nothing."""
        latest_ms = cluster.log_ms - cluster.settings["grace_ms"]
        rows = await asyncio.to_thread(self._catalog.unreferenced, CONDEMNED_AT_ONCE + 1)
        found = {address: size for address, size, since_ms in rows if since_ms <= latest_ms}
        waiting = [since_ms - latest_ms for _, _, since_ms in rows if since_ms > latest_ms]
        strays = await self._strays_since(cluster.log_ms)
        for address, size, since_ms in strays:
            if since_ms <= latest_ms:
                found.setdefault(address, size)
            else:
                waiting.append(since_ms - latest_ms)
        chosen = sorted(list(found.items())[:CONDEMNED_AT_ONCE])
        return Due(tuple(chosen), min(waiting, default=-1))

    async def _condemn(self, due: Due) -> int:
        """Propose what is due; returns how many chunks that were. 0: there was none, or something refers to all."""
        if not due.chunks:
            return 0
        assert len(due.chunks) <= CONDEMN_CHUNKS_MAX
        addresses = b"".join(address for address, _ in due.chunks)
        command = Condemn(self._token(_ID_BYTES), addresses, [size for _, size in due.chunks])
        outcome = await self._log.propose(command)
        for address, _ in due.chunks:  # if it turns up once more, its grace begins anew
            self._seen_ms.pop(Address(address), None)
        if outcome.reason not in ("", "referenced"):
            raise Refused(outcome.reason, outcome.text)
        return 0 if outcome.reason else len(due.chunks)

    async def _strays_since(self, log_ms: int) -> list[tuple[bytes, int, int]]:
        """Chunks that are held and not known, with their sizes, and since when this leader has seen them."""
        strays = self._strays.unknown(UNKNOWN_LOOKED_AT)
        condemned = await asyncio.to_thread(self._catalog.condemned, [address.digest for address, _ in strays])
        slowest = self._slowest()
        known = await asyncio.to_thread(self._catalog.references, [address.digest for address, _ in strays])
        found: dict[Address, int] = {}
        for address, size in strays:
            on_its_way = condemned.get(address.digest, 0) > slowest
            if not known[address.digest] and not on_its_way and size > 0:
                found[address] = size
        self._seen_ms = {address: self._seen_ms.get(address, log_ms) for address in found}
        return [(address.digest, size, self._seen_ms[address]) for address, size in found.items()]

    async def _forget(self) -> bool:
        """Forget verdicts that every node has carried out, once they have been carried out for a while."""
        now = self._clock.now()
        if self._ripe is None:
            horizon = await asyncio.to_thread(self._catalog.forgettable, self._slowest())
            if horizon:
                self._ripe = (horizon, now + self._forget_after_s)
            return False
        horizon, ripe_at = self._ripe
        if now < ripe_at:
            return False
        self._ripe = None
        outcome = await self._log.propose(Forget(self._token(_ID_BYTES), horizon))
        return not outcome.reason

    async def _let_time_pass(self, cluster: ClusterFacts, wait_ms: int) -> None:
        """Make an entry when something becomes due before log time goes on by itself."""
        now = self._clock.now()
        if cluster.log_ms != self._log_ms:
            self._log_ms, self._log_ms_at = cluster.log_ms, now
        if 0 < wait_ms <= _SOON_MS and now - self._log_ms_at >= wait_ms / 1000:
            await self._log.propose(Tick(bytes(_ID_BYTES)))
