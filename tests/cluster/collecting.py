"""Moments of collecting, set up by hand in virtual time: held commits, verdicts when the test says so."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TypeVar

from dfs_core.encoding.commands import AnyCommand, Commit, Condemn, Outcome
from dfs_core.encoding.control_messages import FileStored
from dfs_core.errors import ChunksCondemned, DfsError, NotEnoughCopies
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address, VersionId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import BytesSource, StoreRequest
from dfs_core.testing.cluster import NodeDied, SimCluster, SimNode, run_simulated
from dfs_core.testing.collect_chaos import ChunkLost

T = TypeVar("T")

CONTENT = Random(1).randbytes(3 * CHUNK_BYTES_MIN)
OTHER = Random(2).randbytes(2 * CHUNK_BYTES_MIN)

PATIENCE_S = 600.0  # virtual: whoever waits for what never comes would else spin for ever


class SleepingProposer:
    """Holds up what a node proposes of one kind until it is woken. `asleep`: one has come."""

    def __init__(self, log: Consensus, kind: type[AnyCommand]) -> None:
        self.asleep, self.awake = asyncio.Event(), asyncio.Event()
        self._log, self._kind = log, kind

    @property
    def leads(self) -> bool:
        return self._log.leads

    async def propose(self, command: AnyCommand) -> Outcome:
        if isinstance(command, self._kind):
            self.asleep.set()
            await self.awake.wait()
        return await self._log.propose(command)


def sleeping_coordinator(place: SimNode) -> SleepingProposer:
    """From here on the node's stores fall asleep before they commit."""
    full = place.ready.full
    full.writer._log = proposer = SleepingProposer(full.consensus, Commit)
    return proposer


def sleeping_collector(place: SimNode) -> SleepingProposer:
    """From here on the node falls asleep between finding out what to condemn and condemning it."""
    full = place.ready.full
    full.collecting.worker._log = proposer = SleepingProposer(full.consensus, Condemn)
    return proposer


class Moments:
    """A cluster whose collect workers rest, so that the test condemns."""

    def __init__(self, cluster: SimCluster) -> None:
        self.cluster = cluster
        self.addresses: dict[bytes, set[Address]] = {}

    async def store(self, place: SimNode, key: str, content: bytes) -> FileStored:
        request = StoreRequest(key, VersionId(self.cluster.random.randbytes(16)), len(content), 0, 0o644)
        writer = place.ready.full.writer
        return await self.cluster.ask(place, writer.store(request, BytesSource(content), lambda *_: None))

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

    def hold_up_deletes(self, place: SimNode) -> asyncio.Event:
        """The node deletes nothing until the event is set."""
        delete, go_on = place.store.delete, asyncio.Event()

        async def held(address: Address) -> bool:
            await go_on.wait()
            return await delete(address)

        place.store.delete = held  # type: ignore[method-assign]
        return go_on

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
            await moments.cluster.until(lambda: _level(cluster), "all know what was purged", 30.0)
            async with asyncio.timeout(PATIENCE_S):
                await work(moments)
            cluster.check_failures()
            await cluster.close()

        run_simulated(7, main)


def _level(cluster: SimCluster) -> bool:
    return len({place.ready.full.consensus.applied_index for place in cluster.nodes if not place.is_vault}) == 1


# -- plays: with every safeguard in its place nothing happens, without one what was acknowledged is nowhere any more


def check_kept(at: Moments, *places: SimNode) -> None:
    """ChunkLost when none of these nodes has what was acknowledged."""
    if not at.copies(CONTENT, *places):
        raise ChunkLost("acknowledged, and no copy is left")


def play_a_commit_while_its_condemnation_is_on_its_way() -> None:
    """Nothing refers to the chunks when the leader looks, and something does when its verdict comes into force."""

    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        collector = sleeping_collector(second)
        worker, applier = second.ready.full.collecting.worker, second.ready.full.applier
        condemning = asyncio.create_task(at.cluster.ask(second, worker.round()))
        await collector.asleep.wait()
        stored = await at.store(first, "key", CONTENT)
        assert stored.new_chunks == 0, "the purged chunks were there still"
        collector.awake.set()
        await condemning
        await at.carried_out(applier.condemned_at, first, second, third)
        check_kept(at, first, second, third)

    moments(work)


def play_a_verdict_that_is_carried_out_while_a_coordinator_sleeps() -> None:
    """Between the answers of its holders and the commit that counts on them."""

    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        coordinator = sleeping_coordinator(first)
        store = asyncio.create_task(at.store(first, "key", CONTENT))
        await coordinator.asleep.wait()
        index = await at.condemn(second)
        await at.carried_out(index, first, second, third)
        coordinator.awake.set()
        with suppress(ChunksCondemned):  # then it was not acknowledged
            await store
            check_kept(at, first, second, third)

    moments(work)


def play_holders_that_have_verdicts_to_carry_out_still() -> None:
    """A store counts on old copies that are about to go."""

    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        stuck = [at.hold_up_deletes(place) for place in (second, third)]
        index = await at.condemn(first)
        await at.carried_out(index, first)
        first.store.set_capacity(0)  # the coordinator keeps no copy itself
        with suppress(NotEnoughCopies):  # then it was not acknowledged
            await at.store(first, "key", CONTENT)
            for each in stuck:
                each.set()
            await at.carried_out(index, second, third)
            check_kept(at, first, second, third)
        for each in stuck:
            each.set()

    moments(work)


def play_a_coordinator_that_sleeps_while_its_holders_restart() -> None:
    """Both holders of a store's chunks restart before its commit; they carried out an older verdict on them before.

    ChunkLost: what was acknowledged is nowhere any more.
    """

    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        index = await at.condemn(first)
        await at.carried_out(index, first, second, third)
        first.store.set_capacity(0)  # the coordinator keeps no copy itself
        coordinator = sleeping_coordinator(first)
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
        check_kept(at, first, second, third)
        assert await at.cluster.ask(third, third.ready.retrieve("key")) == CONTENT

    moments(work)
