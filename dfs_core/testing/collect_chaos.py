"""Collecting beside stores, removals, crashes and cuts, in virtual time, from one seed: nothing that counts is deleted.

Few contents, no grace time and a collect worker that never rests: nearly every store counts on chunks that are being
condemned at that moment. Coordinators fall asleep between their last chunk and their commit, the leader between finding
out what to condemn and condemning it, nodes come back with old copies and old verdicts, disks take their time, and one
node's so long that what it has not carried out cannot be forgotten.

What must hold at every moment: a chunk that something refers to, in the catalog of the node that has read furthest, has
as many copies as a store waits for. And when all is calm: every stored key is read whole, every chunk that nothing
refers to is gone from every node, and every verdict is forgotten.

python -m dfs_core.testing.collect_chaos SEED…      runs these seeds
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import AnyCommand, Commit, Condemn, Outcome
from dfs_core.errors import ChunkNotFound, DfsError, KeyNotFound
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address, VersionId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import BytesSource, StoreRequest
from dfs_core.replication.writer import FileWriter
from dfs_core.testing.cluster import NodeDied, SimChunkStore, SimCluster, SimNode, run_simulated

STORM_S = 12.0
SETTLE_WITHIN_S = 180.0
KEYS = 6
CLIENTS = 4
_CALM = (0.0002, 0.002)


class ChunkLost(AssertionError):
    """A chunk that something refers to has fewer copies than it must have."""


@dataclass(slots=True)
class Figures:
    """What a run was like."""

    stored: int = 0
    purged: int = 0
    refused: int = 0
    condemned_at: int = 0  # log index of the newest verdict
    kills: int = 0


class SleepyLog:
    """A node's log whose proposer now and then falls asleep just before it commits or condemns."""

    def __init__(self, log: Consensus, dice: Random) -> None:
        self._log, self._random = log, dice

    @property
    def leads(self) -> bool:
        return self._log.leads

    async def propose(self, command: AnyCommand) -> Outcome:
        if isinstance(command, Commit | Condemn) and self._random.random() < 0.5:
            await asyncio.sleep(self._random.uniform(0.1, 3.0 if isinstance(command, Commit) else 0.5))
        return await self._log.propose(command)


class AllSeeing:
    """An audit that knows at once what the nodes that run hold."""

    def __init__(self, cluster: SimCluster) -> None:
        self._cluster = cluster

    def unknown(self, limit: int) -> Sequence[tuple[Address, int]]:
        held = {
            address: len(data)
            for place in self._cluster.nodes
            if place.running
            for address, data in sorted(place.store.chunks.items())
        }
        return sorted(held.items())[:limit]


class CollectChaos:
    """`run` it inside a virtual loop."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = Random(f"collect {seed}")
        self.cluster = SimCluster(
            seed, folder, nodes=3, vaults=self.random.choice((0, 0, 1)), copies=2, settings={"grace_ms": 0}
        )
        self.contents = [self.random.randbytes(CHUNK_BYTES_MIN * size) for size in (1, 1, 2)]
        self.figures = Figures()
        self._stopping = False
        self._seen: set[Address] = set()  # every chunk that was ever there

    async def run(self) -> Figures:
        """The whole run. ChunkLost, AssertionError."""
        cluster = self.cluster
        await cluster.found()
        self.laggard = self.random.choice(cluster.nodes)
        for place in cluster.nodes:
            _slow_down(place.store, self.random, slowest_s=4.0 if place is self.laggard else 0.3)
            self._prepare(place)
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(self._client(Random(f"{number} {self.random.random()}")))
            group.create_task(self._hurry())
            group.create_task(self._watch())
            await self._storm()
            self._stopping = True
        await self._settle()
        await cluster.close()
        return self.figures

    def _prepare(self, place: SimNode) -> None:
        """What a node that has just been started is like in this run."""
        if place.is_vault:
            return
        full = place.ready.full
        full.collecting.strays = AllSeeing(self.cluster)
        writer: FileWriter = full.writer
        writer._log = full.collecting.worker._log = SleepyLog(full.consensus, self.random)

    @property
    def _full_nodes(self) -> list[SimNode]:
        return [place for place in self.cluster.nodes if not place.is_vault]

    # -- what goes on

    async def _client(self, dice: Random) -> None:
        while not self._stopping:
            place = dice.choice(self._full_nodes)
            key = f"key {dice.randrange(KEYS)}"
            try:
                if dice.random() < 0.55:
                    await self._store(place, key, dice)
                else:
                    await self._purge(place, key)
            except (DfsError, NodeDied):
                self.figures.refused += 1
            await asyncio.sleep(dice.expovariate(8.0))

    async def _store(self, place: SimNode, key: str, dice: Random) -> None:
        content = dice.choice(self.contents)
        request = StoreRequest(key, VersionId(dice.randbytes(16)), len(content), 0, 0o644)
        store = place.ready.full.writer.store(request, BytesSource(content), lambda *_: None)
        await self.cluster.ask(place, store)
        self.figures.stored += 1

    async def _purge(self, place: SimNode, key: str) -> None:
        full = place.ready.full
        remover = KeyRemover(catalog=full.catalog, writer=full.writer, clock=place.clock)
        await self.cluster.ask(place, remover.remove([key], purge=True))
        self.figures.purged += 1

    async def _hurry(self) -> None:
        """The worker would rest for a second between its steps."""
        while not self._stopping:
            for place in self._full_nodes:
                if place.node is not None:
                    place.node.healing.crew.hurry("collect")
            await asyncio.sleep(self.random.uniform(0.01, 0.1))

    async def _storm(self) -> None:
        loop = self.cluster.loop
        end = loop.time() + STORM_S
        while loop.time() < end:
            await asyncio.sleep(self.random.expovariate(1.5))
            self.cluster.check_failures()
            await self.random.choices(
                (self._kill_or_start, self._blink, self._part, self._heal, self._weather), (4, 4, 1, 3, 1)
            )[0]()

    async def _kill_or_start(self) -> None:
        place = self.random.choice(self.cluster.nodes)
        if not place.running:
            await self._start(place)
        elif all(each.running for each in self.cluster.nodes) or self.random.random() < 0.1:  # a majority, mostly
            self.figures.kills += 1
            await self.cluster.kill(place, silently=self.random.random() < 0.4)

    async def _blink(self) -> None:
        """A node ends and is back at once: what was under way elsewhere goes on meanwhile."""
        place = self.random.choice([place for place in self.cluster.nodes if place is not self.laggard])
        if place.node is not None:
            self.figures.kills += 1
            await self.cluster.kill(place, silently=False)
            await self._start(place)

    async def _start(self, place: SimNode) -> None:
        await self.cluster.start(place)
        if place.node is not None:
            self._prepare(place)

    async def _part(self) -> None:
        names = [place.node_id for place in self.cluster.nodes]
        self.random.shuffle(names)
        self.cluster.network.part(names[:1], names[1:])

    async def _heal(self) -> None:
        self.cluster.network.heal()

    async def _weather(self) -> None:
        slowest = self.random.choice((0.002, 0.02, 0.2))
        self.cluster.network.set_weather(delay_s=(0.0002, slowest), loss=0.0)

    # -- what must hold

    async def _watch(self) -> None:
        while not self._stopping:
            self.check_copies()
            await asyncio.sleep(0.2)

    def check_copies(self) -> None:
        """ChunkLost when a chunk that something refers to has too few copies, dead nodes' among them."""
        readers = [CatalogReader(place.folder / "catalog.sqlite") for place in self._full_nodes]
        try:
            furthest = max(readers, key=lambda reader: reader.applied())
            held = [place.store.chunks for place in self.cluster.nodes]
            needed = furthest.layout().durable_copies()
            self._seen.update(address for chunks in held for address in chunks)
            known = sorted(self._seen)
            counts = furthest.references([address.digest for address in known])
        finally:
            for reader in readers:
                reader.close()
        for address in known:
            copies = sum(address in chunks for chunks in held)
            if counts[address.digest] and copies < needed:
                raise ChunkLost(f"{copies} copies of {address.short}, {counts[address.digest]} references")

    async def _settle(self) -> None:
        cluster = self.cluster
        cluster.network.heal()
        cluster.network.set_weather(delay_s=_CALM, loss=0.0)
        for place in cluster.nodes:
            if not place.running:
                await self._start(place)
        await cluster.until(self._is_collected, "nothing is left that nothing refers to", SETTLE_WITHIN_S)
        self.check_copies()
        for place in self._full_nodes:
            for version in place.ready.full.catalog.list():
                try:
                    content = await cluster.ask(place, place.ready.retrieve(version.key))
                except KeyNotFound:  # purged by what a client had left open
                    continue
                except ChunkNotFound as error:
                    raise ChunkLost(f"{version.key} cannot be read: {error}") from error
                assert content in self.contents, f"{version.key} is read as something else"

    def _is_collected(self) -> bool:
        parts = [place.ready.full for place in self._full_nodes]
        if len({(part.consensus.applied_index, part.applier.digest) for part in parts}) > 1:
            return False
        counts = parts[0].catalog.counts()
        self.figures.condemned_at = parts[0].applier.condemned_at
        held = sorted({address for place in self.cluster.nodes for address in place.store.chunks})
        known = parts[0].catalog.references([address.digest for address in held])
        return (
            all(known.values())
            and not any((counts.unreferenced, counts.condemned, counts.uploads))
            and not any(part.owed or part.writer.window.used for part in parts)
        )


def _slow_down(store: SimChunkStore, dice: Random, slowest_s: float) -> None:
    """Deleting takes its time from now on."""
    delete = store.delete

    async def slowly(address: Address) -> bool:
        await asyncio.sleep(dice.random() ** 2 * slowest_s)
        return await delete(address)

    store.delete = slowly  # type: ignore[method-assign]


def run(seed: int) -> Figures:
    """Run one seed. ChunkLost, AssertionError; the note has the seed."""
    ram = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="dfs-collect-", dir=ram if ram.is_dir() else None) as folder:

        async def work() -> Figures:
            return await CollectChaos(seed, Path(folder)).run()

        try:
            return run_simulated(seed, work)[0]
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


def main() -> None:
    """Run the seeds that are named."""
    for text in sys.argv[1:]:
        first, _, last = text.partition("-")
        for seed in range(int(first), int(last or first) + 1):
            print(seed, run(seed), flush=True)


if __name__ == "__main__":
    main()
