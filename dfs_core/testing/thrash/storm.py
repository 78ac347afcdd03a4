"""One thrash: a cluster, its clients, its bad luck, and what must be so when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.client import Client, DfsError, KeyNotFound
from dfs_core.testing.thrash.nodes import NODES, ThrashCluster, ThrashNode
from dfs_core.testing.thrash.workload import Key, ThrashClient

CLIENTS = 4
DOWN_AT_ONCE_MAX = 2  # of five: the log can go on, and sometimes it cannot
CLEAN_WITHIN_S = 360.0
GRACE_MS = 5_000
COLLECTED_WITHIN_S = 180.0


@dataclass
class Figures:
    """What a thrash was like."""

    storm_s: float
    faults: dict[str, int]
    acknowledged: int = 0
    failed: int = 0
    read: int = 0
    clean_s: float = 0.0
    collected_s: float = 0.0

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.storm_s:.0f} s: {faults}; {self.acknowledged} changes acknowledged, {self.failed} failed, "
            f"{self.read} reads; clean after {self.clean_s:.0f} s, garbage gone after {self.collected_s:.0f} s"
        )


class Thrash:
    """`run` it once."""

    def __init__(self, root: Path, seed: int, say: Callable[[str], None] = lambda text: None) -> None:
        """`root` exists and is empty. The seed decides what is done, not what comes of it: these are real processes."""
        self._random = Random(f"thrash {seed}")
        self.cluster = ThrashCluster(root, Random(f"cluster {seed}"))
        self._say = say
        contents: list[bytes] = []
        self.clients = [
            ThrashClient(f"c{number}", lambda: self.cluster.nodes, Random(f"client {number} {seed}"), contents)
            for number in range(CLIENTS)
        ]
        self._faults: dict[str, int] = {}

    async def run(self, storm_s: float) -> Figures:
        """Found, storm, settle, compare, empty. AssertionError: something does not hold."""
        try:
            await self.cluster.found()
            await self._set("grace_ms", GRACE_MS)
            figures = Figures(storm_s, self._faults)
            async with asyncio.TaskGroup() as group:
                for client in self.clients:
                    group.create_task(client.work())
                await self._storm(storm_s)
                await self._end_faults()
                for client in self.clients:
                    client.stopping = True
            figures.acknowledged = sum(client.acknowledged for client in self.clients)
            figures.failed = sum(client.failed for client in self.clients)
            figures.read = sum(client.read for client in self.clients)
            figures.clean_s = await self._until(self._clean, "the cluster is healthy", CLEAN_WITHIN_S)
            await self._compare()
            await self._remove_everything()
            figures.collected_s = await self._until(self._empty, "no chunk is left", COLLECTED_WITHIN_S)
            self.cluster.check_alive()
            return figures
        finally:
            await self.cluster.close()

    async def _set(self, name: str, value: int) -> None:
        async with await Client.connect(self.cluster.nodes[0].control) as client:
            await client.change_setting(name, value)

    # -- bad luck

    async def _storm(self, storm_s: float) -> None:
        kinds: Sequence[tuple[Callable[[], Awaitable[str]], int]] = (
            (self._kill, 5),
            (self._start, 6),
            (self._pause, 3),
            (self._go_on, 4),
            (self._part, 2),
            (self._cut, 1),
            (self._mend, 4),
            (self._fill, 1),
            (self._empty_disk, 2),
        )
        faults, weights = zip(*kinds, strict=True)
        end = time.monotonic() + storm_s
        while time.monotonic() < end:
            await asyncio.sleep(self._random.expovariate(0.8))
            self.cluster.check_alive()
            what = await self._random.choices(faults, weights)[0]()
            if what:
                self._faults[what.split()[0]] = self._faults.get(what.split()[0], 0) + 1
                self._say(what)

    def _up(self) -> list[ThrashNode]:
        return [node for node in self.cluster.nodes if node.process is not None and not node.paused]

    def _may_fall(self) -> bool:
        return len(self._up()) > NODES - DOWN_AT_ONCE_MAX

    async def _kill(self) -> str:
        if not self._may_fall():
            return ""
        node = self._random.choice(self._up())
        await self.cluster.kill(node)
        return f"killed {node.name}"

    async def _start(self) -> str:
        down = [node for node in self.cluster.nodes if node.process is None and node.ballast is None]
        if not down:
            return ""
        node = self._random.choice(down)
        await self.cluster.start(node)
        return f"started {node.name}"

    async def _pause(self) -> str:
        if not self._may_fall():
            return ""
        node = self._random.choice(self._up())
        self.cluster.pause(node)
        return f"paused {node.name}"

    async def _go_on(self) -> str:
        paused = [node for node in self.cluster.nodes if node.paused]
        for node in paused:
            self.cluster.go_on(node)
        return ""

    async def _part(self) -> str:
        names = [node.name for node in self.cluster.nodes]
        self._random.shuffle(names)
        at = self._random.randint(1, 2)
        for one in names[:at]:
            for other in names[at:]:
                self.cluster.doors.cut(one, other)
                self.cluster.doors.cut(other, one)
        return f"parted {' '.join(names[:at])} from the others"

    async def _cut(self) -> str:
        one, other = self._random.sample(self.cluster.nodes, 2)
        self.cluster.doors.cut(one.name, other.name)
        return f"cut {one.name} → {other.name}"

    async def _mend(self) -> str:
        await self.cluster.doors.mend()
        return ""

    async def _fill(self) -> str:
        node = self.cluster.nodes[-1]
        return f"filled {node.name}" if node.process is not None and self.cluster.fill(node) else ""

    async def _empty_disk(self) -> str:
        self.cluster.empty(self.cluster.nodes[-1])
        return ""

    async def _end_faults(self) -> None:
        await self.cluster.doors.mend()
        for node in self.cluster.nodes:
            self.cluster.empty(node)
            self.cluster.go_on(node)
            if node.process is None:
                await self.cluster.start(node)
        self._say("no more faults")

    # -- afterwards

    async def _until(self, holds: Callable[[], Awaitable[str]], what: str, within_s: float) -> float:
        """How long it took until `holds` had nothing to say against it."""
        began = time.monotonic()
        while True:
            self.cluster.check_alive()
            try:
                why_not = await holds()
            except DfsError as error:
                why_not = str(error)
            took = time.monotonic() - began
            if not why_not:
                return took
            assert took < within_s, f"not within {within_s:g} s: {what}: {why_not}"
            await asyncio.sleep(0.5)

    async def _clean(self) -> str:
        """Every node says that all is well, and all say the same."""
        said = []
        for node in self.cluster.nodes:
            async with await Client.connect(node.control) as client:
                status = await client.status()
            if status.health != "HEALTHY" or status.resync_length:
                return f"{node.name}: {status.health}, {status.resync_length} owed, {status.reasons}"
            said.append((status.applied_index, status.keys, status.versions))
        return "" if len(set(said)) == 1 else f"they differ: {said}"

    def _keys(self) -> list[Key]:
        return [key for client in self.clients for key in client.keys]

    async def _compare(self) -> None:
        """Every key holds what it may hold, through every node."""
        held: dict[str, set[bytes | None]] = {}
        for node in self.cluster.nodes:
            async with await Client.connect(node.control) as client:
                for key in self._keys():
                    try:
                        content: bytes | None = await client.retrieve(key.name)
                    except KeyNotFound:
                        content = None
                    size = "nothing" if content is None else f"{len(content)} bytes"
                    assert content in key.may_hold, f"{key.name} through {node.name}: {size}, of {len(key.may_hold)}"
                    held.setdefault(key.name, set()).add(content)
        for name, contents in held.items():
            assert len(contents) == 1, f"nodes hand out different contents for {name}"

    async def _remove_everything(self) -> None:
        async with await Client.connect(self.cluster.nodes[0].control) as client:
            await client.remove([client.keys[0].name.partition("/")[0] for client in self.clients], True, True)

    async def _empty(self) -> str:
        left = {node.name: self.cluster.chunk_files(node) for node in self.cluster.nodes}
        return f"chunks left: {left}" if any(left.values()) else ""
