"""Moments of collecting, set up by hand in virtual time: held commits, verdicts when the test says so."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

from dfs_core.encoding.commands import AnyCommand, Commit, Outcome
from dfs_core.encoding.control_messages import FileStored
from dfs_core.errors import DfsError
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address, VersionId
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import BytesSource, StoreRequest
from dfs_core.replication.writer import Log
from dfs_core.testing.cluster import NodeDied, SimCluster, SimNode, run_simulated
from dfs_core.testing.collect_chaos import ChunkLost

T = TypeVar("T")

CONTENT = Random(1).randbytes(3 * CHUNK_BYTES_MIN)
OTHER = Random(2).randbytes(2 * CHUNK_BYTES_MIN)


class SleepingCoordinator:
    """Holds a node's commits up until it is woken. `asleep`: one has come."""

    def __init__(self, place: SimNode) -> None:
        self.asleep, self.awake = asyncio.Event(), asyncio.Event()
        writer = place.ready.full.writer
        self._log: Log = writer._log
        writer._log = self

    async def propose(self, command: AnyCommand) -> Outcome:
        if isinstance(command, Commit):
            self.asleep.set()
            await self.awake.wait()
        return await self._log.propose(command)


class Moments:
    """A cluster whose collect workers rest, so that the test condemns."""

    def __init__(self, cluster: SimCluster) -> None:
        self.cluster = cluster
        self.addresses: dict[bytes, set[Address]] = {}

    async def store(self, place: SimNode, key: str, content: bytes) -> FileStored:
        request = StoreRequest(key, VersionId(self.cluster.random.randbytes(16)), len(content), 0, 0o644)
        writer = place.ready.full.writer
        return await self.cluster.ask(place, writer.store(request, BytesSource(content), lambda count, placed: None))

    async def purge(self, place: SimNode, key: str) -> None:
        full = place.ready.full
        remover = KeyRemover(catalog=full.catalog, writer=full.writer, clock=place.clock)
        await self.cluster.ask(place, remover.remove([key], purge=True))

    async def rest(self) -> None:
        """No collect worker works by itself any more."""
        for place in self.cluster.nodes:
            if not place.is_vault and place.node is not None:
                await place.node.healing.crew.set("collect", "pause")

    async def condemn(self, place: SimNode) -> int:
        """Condemn all that nothing refers to; the index of the verdict."""
        full = place.ready.full
        while await self.cluster.ask(place, full.collecting.worker.round()):
            pass
        return full.applier.condemned_at

    async def carried_out(self, index: int, *places: SimNode) -> None:
        """Return when these nodes have carried out the verdict."""
        await self.cluster.until(
            lambda: all(place.ready.healing.fence.up_to >= index for place in places), "it is carried out", 30.0
        )

    def copies(self, content: bytes, *places: SimNode) -> int:
        """How many of these nodes hold all chunks of a content that was learnt."""
        return sum(self.addresses[content] <= set(place.store.chunks) for place in places)

    async def learn(self, place: SimNode, *contents: bytes) -> None:
        """Store each once, so that its addresses are known."""
        for content in contents:
            before = set(place.store.chunks)
            await self.store(place, f"learn {len(self.addresses)}", content)
            self.addresses[content] = set(place.store.chunks) - before


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns once it does not fail: a leader may have died a moment ago."""
    for _ in range(60):
        try:
            return await work()
        except (DfsError, NodeDied):
            await asyncio.sleep(0.5)
    return await work()


def moments(work: Callable[[Moments], Awaitable[None]], *, vaults: int = 0, copies: int = 3) -> None:
    """Run `work` in a cluster of three full nodes that knows CONTENT and OTHER, both purged and not condemned yet."""
    with tempfile.TemporaryDirectory(prefix="dfs-moments-") as folder:

        async def main() -> None:
            cluster = SimCluster(7, Path(folder), nodes=3, vaults=vaults, copies=copies, settings={"grace_ms": 0})
            await cluster.found()
            moments = Moments(cluster)
            await moments.rest()
            await moments.learn(cluster.nodes[0], CONTENT, OTHER)
            await moments.cluster.until(lambda: _level(cluster), "all have read equally far", 30.0)
            for key in ("learn 0", "learn 1"):
                await moments.purge(cluster.nodes[0], key)
            await work(moments)
            cluster.check_failures()
            await cluster.close()

        run_simulated(7, main)


def _level(cluster: SimCluster) -> bool:
    return len({place.ready.full.consensus.applied_index for place in cluster.nodes if not place.is_vault}) == 1


def play_a_coordinator_that_sleeps_while_its_holders_restart() -> None:
    """Both holders of a store's chunks restart before its commit; they carried out an older verdict on them before.

    ChunkLost: what was acknowledged is nowhere any more.
    """

    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        index = await at.condemn(first)
        await at.carried_out(index, first, second, third)
        first.store.set_capacity(0)  # the coordinator keeps no copy itself
        coordinator = SleepingCoordinator(first)
        store = asyncio.create_task(at.store(first, "key", CONTENT))
        await coordinator.asleep.wait()
        assert at.copies(CONTENT, second, third) == 2, "a store waits for that many before its commit"
        for place in (second, third):
            await at.cluster.kill(place, silently=False)
            await at.cluster.start(place)
            await place.ready.healing.crew.set("collect", "pause")
        await at.carried_out(index, second, third)
        coordinator.awake.set()
        await store
        if not at.copies(CONTENT, second, third):
            raise ChunkLost("acknowledged, and no copy is left")
        assert await at.cluster.ask(third, third.ready.retrieve("key")) == CONTENT

    moments(work)
