"""One simulated cluster, its clients and its bad luck, all from one seed; and what must hold when the storm is over."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.catalog.database import open_readonly
from dfs_core.catalog.digest import recompute
from dfs_core.catalog.schema import MARKER, SCHEMA_VERSION
from dfs_core.limits import LOG_KEPT_BYTES
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.placement import holders
from dfs_core.testing.bad_luck import BadLuck
from dfs_core.testing.bounds import WINDOWS, Bounds
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated
from dfs_core.testing.history import DONE, OPEN, VOID, Attempt, History
from dfs_core.testing.sim_client import ANSWER_WITHIN_S, SimClient, read_whole

STORM_S = 5.0
STRIKE_EVERY_S = 0.35  # on average
LOOK_S = 0.1  # between two looks at what waits in memory
CLIENTS = 3
SETTLE_WITHIN_S = 120.0
HEALED_WITHIN_S = 180.0
SETTINGS = {"out_ms": 2_000, "grace_ms": 3_000}  # short, so that a storm sees nodes go out and garbage go


@dataclass(frozen=True)
class Figures:
    """What one run was like."""

    nodes: int
    stored: int
    void: int
    kills: int
    cuts: int
    rotten: int
    lost_disks: int
    joined: int
    removed: int
    slowed: int
    cut_logs: int
    virtual_s: float


class Simulation:
    """`run` it inside a virtual loop."""

    def __init__(self, seed: int, folder: Path, storm_s: float | None = None) -> None:
        self._storm_s = STORM_S if storm_s is None else storm_s
        self.random = Random(f"storm {seed}")
        nodes = self.random.choice((1, 2, 3, 3, 4, 4, 5))
        self.cluster = SimCluster(
            seed,
            folder,
            nodes=nodes,
            vaults=self.random.choice((0, 0, 1)),
            copies=3,
            wrong_clocks_s=self.random.choice((0.0, 5.0, 86400.0)),
            settings=SETTINGS,
            log_kept_bytes=self.random.choice((LOG_KEPT_BYTES, 2_000, 10_000)),
            windows=WINDOWS,
        )
        self.bounds = Bounds()
        self.luck = BadLuck(self.cluster, Random(f"luck {seed}"))
        self.history = History()
        contents = [self.random.randbytes(100_000)]
        self.clients = [
            SimClient(f"client {number}", self.cluster, self.history, Random(f"client {number} {seed}"), contents)
            for number in range(CLIENTS)
        ]

    async def run(self) -> Figures:
        """The whole run. AssertionError: something does not hold."""
        lost: list[str] = []
        self.cluster.loop.set_exception_handler(lambda loop, context: lost.append(repr(context)))
        await self.cluster.found()
        async with asyncio.TaskGroup() as watchers:
            watching = watchers.create_task(self._watch_bounds(), name="bounds")
            async with asyncio.TaskGroup() as group:
                for client in self.clients:
                    group.create_task(client.work(), name=client.name)
                await self._storm()
                for client in self.clients:
                    client.stopping = True
            await self._settle()
            watching.cancel()
        await self._judge_open()
        await self._check()
        figures = Figures(
            len(self.cluster.nodes),
            len(self.history.of(DONE)),
            len(self.history.of(VOID)),
            self.luck.kills,
            self.luck.cuts,
            self.luck.rotten,
            self.luck.lost_disks,
            self.luck.joined,
            self.luck.removed,
            self.luck.slowed,
            sum(place.ready.full.log.first_index > 1 for place in self.cluster.full_nodes),
            self.cluster.loop.time(),
        )
        await self.cluster.close()
        gc.collect()  # what nobody looked at is reported when it is thrown away
        assert not lost, f"errors that nobody heard of: {lost}"
        return figures

    async def _storm(self) -> None:
        end = self.cluster.loop.time() + self._storm_s
        while self.cluster.loop.time() < end:
            await asyncio.sleep(self.random.expovariate(1 / STRIKE_EVERY_S))
            self.cluster.check_failures()
            await self.luck.strike()

    async def _watch_bounds(self) -> None:
        while True:
            for place in self.cluster.nodes:
                self.bounds.check(place)
            await asyncio.sleep(LOOK_S)

    # -- afterwards

    async def _settle(self) -> None:
        """No more faults: everything that is under way must come to its end."""
        await self.luck.end()
        for place in self.cluster.nodes:
            await self.cluster.ask(place, place.ready.healing.scrub.start_now())  # only reading finds what has rotted
        await self.cluster.until(self._is_level, "all nodes have the same catalog, and nothing waits", SETTLE_WITHIN_S)

    def _is_level(self) -> bool:
        parts = [place.ready.full for place in self.cluster.full_nodes]
        newest = max(part.consensus.last_index for part in parts)
        return all(
            part.consensus.applied_index == newest and part.consensus.leader is not None for part in parts
        ) and not any(part.owed or part.writer.window.used for part in parts)

    def _is_healed(self) -> bool:
        """Every node says the same and nothing but good, and it is true: each chunk is where it belongs, once."""
        seen = [place.ready.health for place in self.cluster.nodes]
        return all(each.state == "HEALTHY" for each in seen) and not self._misplaced()

    def _misplaced(self) -> str:
        """What is wrong with the copies; empty when each chunk that is referred to is on its holders, and no other."""
        catalog = self.cluster.full_nodes[0].ready.full.catalog
        layout = catalog.layout()
        referenced = catalog.referenced(bytes(32), b"\xff" * 32, -1)
        wanted: dict[NodeId, set[Address]] = {place.node_id: set() for place in self.cluster.nodes}
        for digest, _ in referenced:
            for node in holders(digest, layout):
                wanted[node].add(Address(digest))
        for place in self.cluster.nodes:
            good = {address for address, data in place.store.chunks.items() if Address.of(data) == address}
            if missing := wanted[place.node_id] - good:
                return f"node {place.number} lacks {sorted(map(str, missing))[:3]}"
            if surplus := set(place.store.chunks) - wanted[place.node_id]:
                return f"node {place.number} has {sorted(map(str, surplus))[:3]} for nobody"
        return ""

    async def _judge_open(self) -> None:
        """Nobody may be left without an answer now."""
        client = self.clients[0]
        for attempt in self.history.of(OPEN):
            if attempt.content is not None:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    assert await client.settle(attempt), f"not settled in calm weather: {attempt}"
        for removal in [each for each in self.history.of(OPEN) if each.version_id.startswith(b"moved")]:
            made = next(each for each in self.history.attempts if b"moved" + each.version_id == removal.version_id)
            self.history.end(removal, made.fate)

    async def _check(self) -> None:
        nodes = self.cluster.full_nodes
        for place in nodes:
            await self._check_catalog(place)
        # Each node reads its share: that all of them know the same, and that each chunk is good wherever it belongs, is
        # looked at below.
        stored = [each for each in self.history.of(DONE) if each.content is not None and each.purged is False]
        for number, attempt in enumerate(stored):
            await self._check_readable(nodes[number % len(nodes)], attempt)
        for place in nodes:
            await self.clients[0].list_keys(place)
        try:
            await self.cluster.until(
                self._is_healed, "every chunk is where it belongs and nowhere else", HEALED_WITHIN_S
            )
        except AssertionError as error:
            error.add_note(self._misplaced())
            for place in self.cluster.nodes:
                error.add_note(f"node {place.number}: {place.ready.health}")
            raise
        await self.cluster.until(self._is_level, "what was found missing was brought", SETTLE_WITHIN_S)
        first = nodes[0].ready.full.applier
        for place in nodes[1:]:
            other = place.ready.full.applier
            assert (first.applied_index, first.digest) == (other.applied_index, other.digest), "catalogs differ"
        for place in nodes:
            full = place.ready.full
            assert full.writer.window.used == 0 == full.reader.window.used, "a window was not given back"
        for place in self.cluster.nodes:
            assert place.ready._peer_api.window.used == 0, "a peer's window was not given back"
        self.cluster.check_failures()

    async def _check_catalog(self, place: SimNode) -> None:
        full = place.ready.full
        connection = open_readonly(place.folder / "catalog.sqlite", marker=MARKER, schema_version=SCHEMA_VERSION)
        try:
            assert recompute(connection) == full.applier.digest, f"node {place.number}: the digest is not the rows'"
        finally:
            connection.close()
        for attempt in self.history.of(DONE):
            if attempt.purged:
                assert not full.catalog.history(attempt.key, 1), f"what was purged is back: {attempt}"
        for attempt in self.history.of(VOID):
            kept = [version.version_id for version in full.catalog.history(attempt.key, 10_000)]
            assert attempt.version_id not in kept, f"node {place.number} keeps what was void: {attempt}"

    async def _check_readable(self, place: SimNode, attempt: Attempt) -> None:
        full = place.ready.full
        calm_at = self.cluster.loop.time() + SETTLE_WITHIN_S
        # A link that died silently may only now be missed, and cost an election.
        while (opened := await self.cluster.ask(place, full.lookup.find(attempt.key, version=attempt.version))).stale:
            assert self.cluster.loop.time() < calm_at, "stale in calm weather"
            await asyncio.sleep(0.1)
        assert opened.version.version_id == attempt.version_id, f"node {place.number}: another version: {attempt}"
        content = await self.cluster.ask(place, read_whole(full, opened))
        assert content == attempt.content, f"node {place.number}: other bytes: {attempt}"


def simulate(seed: int, *, shuffled: bool = True, storm_s: float | None = None) -> tuple[Figures, str]:
    """Run one seed, with a storm of STORM_S or as told; its figures and its trace. AssertionError, with the seed."""
    ram = Path("/dev/shm")
    gc.freeze()  # what was there before: looking through it again and again would take longer than the seed itself
    with tempfile.TemporaryDirectory(prefix="dfs-sim-", dir=ram if ram.is_dir() else None) as folder:

        async def work() -> Figures:
            return await Simulation(seed, Path(folder), storm_s).run()

        try:
            return run_simulated(seed, work, shuffled=shuffled)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            gc.unfreeze()
