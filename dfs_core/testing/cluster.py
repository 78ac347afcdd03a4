"""Several whole nodes in one process: everything is the real thing but sockets, chunk files, threads and clocks.

A node is `server.Node` as `dfs-core node` runs it, on a folder of its own, in a `VirtualLoop`. Links are pipes of a
`MemoryNetwork`; chunks are in memory and outlive a crash. One seed decides identities, ids, delays, elections and how
long disks take.

What a crash loses: all that was in memory, every blocking call that had not happened yet, and what was under way on
the network. SQLite files keep every transaction that was committed, also where a power cut could take some of those
that were not synced; that is what tests of the catalog and the log are for.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from dfs_core.limits import CHUNK_BYTES_MIN, GIB, LOG_KEPT_BYTES
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.budget import Windows
from dfs_core.server.config import CONFIG_NAME, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.node import Node
from dfs_core.server.surroundings import Surroundings
from dfs_core.store.base import Buffer, ChunkStore, Durability
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.store.thread import finish_in_thread
from dfs_core.testing.loop import OWNER, VirtualLoop
from dfs_core.testing.newcomer import Newcomer
from dfs_core.transport.memory import MemoryDoor, MemoryNetwork

T = TypeVar("T")

_WALL_AT_START = 1_700_000_000.0
CAPACITY_BYTES = GIB
_ASKED = "asked by a client"


class NodeDied(Exception):
    """The node that was asked is not running, or stopped running before it answered."""


class SimClock:
    """A node's clock in virtual time; its wall clock is `wrong_by_s` off."""

    def __init__(self, loop: VirtualLoop, wrong_by_s: float = 0.0) -> None:
        self._loop, self.wrong_by_s = loop, wrong_by_s

    def now(self) -> float:
        return self._loop.time()

    def wall(self) -> float:
        return _WALL_AT_START + self._loop.time() + self.wrong_by_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimChunkStore(MemoryChunkStore):
    """Chunks in memory behind a disk that takes its time: a crash before it is done keeps them from being there."""

    slow_s = 0.0  # more, for every chunk

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        await self._take_time()
        return await super().put(address, data, verify=verify)

    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        await self._take_time()
        return await super().get(address, verify=verify)

    async def _take_time(self) -> None:
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        await finish_in_thread(_nothing)


class SimNode:
    """One node's place in the cluster: its folder, chunks and clock stay, `node` is there while it runs."""

    def __init__(self, number: int, folder: Path, node_id: NodeId, clock: SimClock, role: str = "full") -> None:
        self.number, self.folder, self.node_id, self.clock, self.role = number, folder, node_id, clock, role
        self.store = SimChunkStore(capacity_bytes=CAPACITY_BYTES)
        self.node: Node | None = None  # ready
        self.life = 0
        self.running = False
        self.failure: BaseException | None = None

    def lose_disk(self) -> None:
        """The disk with its chunks was replaced by an empty one, while the node does not run. Log and catalog stay."""
        assert not self.running, f"node {self.number} runs"
        self.store.chunks.clear()

    @property
    def is_vault(self) -> bool:
        """It has no catalog and no secrets."""
        return self.role == "vault"

    @property
    def owner(self) -> tuple[int, int]:
        """Whom this life's tasks belong to."""
        return (self.number, self.life)

    @property
    def ready(self) -> Node:
        """The running node. NodeDied: there is none."""
        if self.node is None:
            raise NodeDied(f"node {self.number} does not run")
        return self.node


class SimCluster:
    """Make it inside a running `VirtualLoop`; `found` makes a cluster of all nodes, ready and voting."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        *,
        nodes: int = 3,
        vaults: int = 0,
        copies: int = 3,
        chunk_bytes: int = CHUNK_BYTES_MIN,
        wrong_clocks_s: float = 0.0,
        settings: Mapping[str, int] | None = None,
        log_kept_bytes: int = LOG_KEPT_BYTES,
        windows: Windows | None = None,
    ) -> None:
        """`folder` exists and is empty. Wall clocks are up to `wrong_clocks_s` off, either way.

        `nodes` full nodes and `vaults` more; `settings` are the cluster's, where they are not the defaults.
        Logs are cut off at twice `log_kept_bytes`. `windows`: of chunks in each node's memory.
        """
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop), "a simulation needs a virtual loop"
        self.loop = loop
        self.random = Random(f"cluster {seed}")
        self.network = MemoryNetwork(Random(f"network {seed}"))
        self.copies, self._chunk_bytes, self._folder = copies, chunk_bytes, folder
        self._wrong_clocks_s = wrong_clocks_s
        self._wanted_nodes, self._wanted_vaults = nodes, vaults
        self._settings, self._log_kept_bytes, self._windows = settings or {}, log_kept_bytes, windows or Windows()
        self.nodes: list[SimNode] = []
        self._numbers = 0  # used so far

    # -- making it

    async def found(self) -> None:
        """The first node founds the cluster, the others join one by one; returns when all of them vote."""
        folder = self._folder / "n1"
        founded = init(
            folder,
            listen=_address(1),
            capacity=CAPACITY_BYTES,
            copies=self.copies,
            chunk_bytes=self._chunk_bytes,
            settings=self._settings,
            token=self.random.randbytes,
        )
        self.nodes.append(self._place(1, folder, NodeId.parse(founded.node_id)))
        await self.start(self.nodes[0])
        for number in range(2, self._wanted_nodes + 1):
            await self.join(number)
        for number in range(self._wanted_nodes + 1, self._wanted_nodes + self._wanted_vaults + 1):
            await self.join(number, "vault")
        self._numbers = len(self.nodes)
        wanted = min(self._wanted_nodes, 5 if self._wanted_nodes != 4 else 3)
        await self.until(
            lambda: all(len(self._voters(each)) == wanted for each in self.full_nodes), "all nodes vote", 30.0
        )

    @property
    def founders(self) -> int:
        """How many nodes it began with, before any client asked for anything."""
        return self._wanted_nodes + self._wanted_vaults

    @property
    def full_nodes(self) -> list[SimNode]:
        """Those that have a catalog and answer clients."""
        return [place for place in self.nodes if not place.is_vault]

    def _voters(self, place: SimNode) -> tuple[bytes, ...]:
        return place.ready.full.consensus.configuration.voters

    def _place(self, number: int, folder: Path, node_id: NodeId, role: str = "full") -> SimNode:
        wrong_by_s = self.random.uniform(-self._wrong_clocks_s, self._wrong_clocks_s)
        return SimNode(number, folder, node_id, SimClock(self.loop, wrong_by_s), role)

    async def join(self, number: int, role: str = "full") -> None:
        """One more node: member, made, and ready on return. `number` is free."""
        await self.take_in(self.invite(self.nodes[0], role, number))

    def invite(self, inviter: SimNode, role: str, number: int = 0) -> Newcomer:
        """Have a running node invite one more. `number` 0: the next free one."""
        if not number:
            self._numbers += 1
            number = self._numbers
        return Newcomer(inviter, self.random, number, role=role, address=_address(number), capacity=CAPACITY_BYTES)

    async def take_in(self, newcomer: Newcomer) -> None:
        """Have it admitted and started; ready on return, unless it was killed meanwhile.

        DfsError, NodeDied: its inviter could not do it now; it can ask again.
        """
        inviter = next(place for place in self.nodes if place.node_id == newcomer.inviter)
        await self.ask(inviter, newcomer.ask(inviter.ready))
        folder = self._folder / f"n{newcomer.number}"
        newcomer.settle(folder)
        place = self._place(newcomer.number, folder, newcomer.identity.node_id, newcomer.role)
        self.nodes.append(place)
        await self.start(place)

    def copy_of(self, place: SimNode, folder: Path, number: int) -> SimNode:
        """Another machine with a copy of a node's folder, to be started; `folder` is that copy. Its chunks are lost."""
        config = folder / CONFIG_NAME
        config.write_text(config.read_text().replace(_address(place.number), _address(number)))
        copy = self._place(number, folder, place.node_id, place.role)
        self.nodes.append(copy)
        return copy

    # -- life and death

    async def start(self, place: SimNode) -> None:
        """Start a node that does not run. Ready on return, unless it was killed meanwhile."""
        assert not place.running, f"node {place.number} runs"
        place.life += 1
        place.running = True
        self.loop.note(f"start {place.number}")
        started: asyncio.Future[None] = self.loop.create_future()
        self._within(place, self._live(place, self._node(place), started), f"node {place.number}")
        await started

    def _node(self, place: SimNode) -> Node:
        random = Random(f"{self.random.random()} node {place.number}")

        store = place.store

        async def opened(place: Path, *, capacity_bytes: int | None, durability: Durability) -> ChunkStore:
            return store

        around = Surroundings(
            clock=place.clock,
            random=random,
            token=random.randbytes,
            network=lambda identity: MemoryDoor(self.network, identity.node_id),
            open_store=opened,
            local_clients=False,
            log_kept_bytes=self._log_kept_bytes,
            windows=self._windows,
            reserve=lambda folder: None,
        )
        return Node(NodeConfig.load(place.folder), around)

    async def _live(self, place: SimNode, node: Node, started: asyncio.Future[None]) -> None:
        life = place.life
        try:
            await node.start()
            place.node = node
            started.set_result(None)
            await node.run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # a part failed: the whole run has
            place.failure = error
            raise
        finally:
            if not started.done():
                started.set_result(None)
            if place.life == life:
                place.node = None

    async def kill(self, place: SimNode, *, silently: bool) -> None:
        """The process ends at once. `silently`: with the machine, so that no link is reset."""
        if not place.running:
            return
        self.loop.note(f"kill {place.number} {silently}")
        node, place.node = place.node, None
        self.network.kill(place.node_id, silently=silently)
        await self.loop.kill(place.owner)
        if node is not None:
            node.abandon()
        place.running = False

    async def stop(self, place: SimNode) -> None:
        """Stop it as a signal would: it ends what clients asked, then its parts, then its links and files."""
        if place.node is None:
            return
        self.loop.note(f"stop {place.number}")
        node, place.node = place.node, None
        for name in (_ASKED, f"node {place.number}"):
            for task in [task for task in self.loop.tasks_of(place.owner) if task.get_name() == name]:
                task.cancel()
                await asyncio.wait({task})
        await self._wait(self._within(place, node.stop(), "stop"))
        await self.loop.kill(place.owner)
        place.running = False

    # -- asking

    def _within(self, place: SimNode, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Have `work` done as a part of the node: it ends when the node is killed."""
        context = contextvars.Context()
        context.run(OWNER.set, place.owner)
        return self.loop.create_task(work, name=name, context=context)

    async def ask(self, place: SimNode, work: Coroutine[Any, Any, T]) -> T:
        """What `work`, done by a running node, returns or raises. NodeDied when the node did before."""
        if place.node is None:
            work.close()
            raise NodeDied(f"node {place.number} does not run")
        return await self._wait(self._within(place, work, _ASKED))

    async def _wait(self, task: asyncio.Task[T]) -> T:
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.cancelled():
            raise NodeDied("the node ended before it answered")
        return task.result()

    async def until(self, holds: Callable[[], bool], what: str, within_s: float) -> None:
        """Return when `holds`. AssertionError when it does not within so much virtual time."""
        deadline = self.loop.time() + within_s
        while True:
            self.check_failures()
            try:
                if holds():
                    return
            except NodeDied:
                pass
            assert self.loop.time() < deadline, f"not within {within_s:g} virtual seconds: {what}"
            await asyncio.sleep(0.1)

    def check_failures(self) -> None:
        """AssertionError when a node ended by itself."""
        for place in self.nodes:
            if place.failure is not None:
                raise AssertionError(f"node {place.number} failed by itself") from place.failure

    async def close(self) -> None:
        """Kill what runs."""
        for place in self.nodes:
            await self.kill(place, silently=True)


def _address(number: int) -> str:
    return f"10.0.0.{number}:7420"


def _nothing() -> None:
    """What a disk does while it takes its time."""


def run_simulated(
    seed: int, work: Callable[[], Awaitable[T]], *, shuffled: bool = True, slow_disk_s: float = 0.004
) -> tuple[T, str]:
    """What `work` returns in a loop of its own, all of whose chances come from `seed`; and the trace of the run."""
    chances = Random(f"loop {seed}")
    disk = Random(f"disk {seed}")

    async def main() -> T:
        return await work()

    with asyncio.Runner(
        loop_factory=lambda: VirtualLoop(
            chances if shuffled else None, disk_s=lambda: disk.random() ** 4 * 10 * slow_disk_s
        )
    ) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        result = runner.run(main())
        return result, loop.trace
