"""One thrash: a cluster, its clients, its bad luck, and what must be so when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.client import Client, DfsError, KeyNotFound
from dfs_core.limits import MIB
from dfs_core.testing.thrash.figures import (
    AGAIN,
    CUT,
    FILLED,
    KILLED,
    OLD_COPIES,
    PARTED,
    PAUSED,
    SKEWED,
    Figures,
    told_by,
)
from dfs_core.testing.thrash.nodes import NODES, ThrashCluster, ThrashNode
from dfs_core.testing.thrash.workload import Key, ThrashClient

CLIENTS = 6
DOWN_AT_ONCE_MAX = 2  # of five: the log can go on, and sometimes it cannot
CLEAN_WITHIN_S = 360.0
COLLECTED_WITHIN_S = 180.0
SHOWN_FOR_S = 2.0  # what is to be freed at the end is seen for so long before
DOOMED = "doomed"  # a key that is purged while the first node that was killed is away
DOOMED_BYTES = 8 * MIB  # chunks enough that surely some are on that node
STORM_TIMES_MAX = 4.0  # as long as it was asked for, when something has not happened yet


@dataclass(frozen=True)
class Pace:
    """How soon a cluster gives up on a node and on what nothing refers to, and how often something is done to it."""

    out_after_s: float
    grace_s: float
    fault_every_s: float

    @classmethod
    def of(cls, storm_s: float) -> Pace:
        """Such that a storm so long sees both often."""
        return cls(15.0, 5.0, 1.25) if storm_s >= 60.0 else cls(4.0, 1.0, 0.6)

    @property
    def absent_s(self) -> float:
        """The first node to be killed stays away for so long: it goes out, and what it holds is collected."""
        return 2.0 * self.out_after_s


class Thrash:
    """`run` it once."""

    def __init__(self, root: Path, seed: int, say: Callable[[str], None] = lambda text: None) -> None:
        """`root` exists and is empty. The seed decides what is done, not what comes of it: these are real processes."""
        self._root, self._seed, self._say = root, seed, say
        self._random = Random(f"thrash {seed}")
        self.clients: list[ThrashClient] = []
        self._absent: ThrashNode | None = None

    async def run(self, storm_s: float) -> Figures:
        """Found, storm, settle, compare, empty. AssertionError: something does not hold."""
        pace = Pace.of(storm_s)
        self.figures = Figures(storm_s)
        self.cluster = ThrashCluster(
            self._root,
            Random(f"cluster {self._seed}"),
            out_after_s=pace.out_after_s,
            asleep_s=2.0 * pace.grace_s,
        )
        contents: list[bytes] = []
        self.clients = [
            ThrashClient(f"c{number}", lambda: self.cluster.nodes, chances, contents, pace.grace_s)
            for number in range(CLIENTS)
            for chances in [Random(f"client {number} {self._seed}")]
        ]
        try:
            await self.cluster.found()
            await self._set_grace(pace.grace_s)
            self._say("founded")
            await self._storm_over_clients(storm_s, pace)
            figures = self.figures
            figures.clean_s = await self._until(self._clean, "the cluster is healthy", CLEAN_WITHIN_S)
            self._say("clean")
            await self._compare()
            self._say("compared")
            await self._set_grace(SHOWN_FOR_S)
            figures.pending_bytes = await self._remove_everything()
            figures.collected_s = await self._until(self._empty, "no chunk is left", COLLECTED_WITHIN_S)
            self.cluster.check_alive()
            return figures
        finally:
            await self.cluster.close()

    async def _set_grace(self, grace_s: float) -> None:
        async with await Client.connect(self.cluster.nodes[0].control) as client:
            await client.change_setting("grace_ms", int(grace_s * 1000))

    async def _storm_over_clients(self, storm_s: float, pace: Pace) -> None:
        figures, clients = self.figures, self.clients
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(client.work())
            content = Random(f"doomed {self._seed}").randbytes(DOOMED_BYTES)
            await self._at_any_node(lambda client: client.store(DOOMED, content))
            await self._storm(storm_s, pace)
            await self._end_faults()
            for client in clients:
                client.stopping = True
        figures.acknowledged = sum(client.acknowledged for client in clients)
        figures.failed = sum(client.failed for client in clients)
        figures.read = sum(client.read for client in clients)
        self._look_around()

    async def _at_any_node(self, work: Callable[[Client], Awaitable[object]]) -> None:
        """Have it done by one of the nodes that are up, whatever it takes: the leader may have just been killed."""
        async with asyncio.timeout(CLEAN_WITHIN_S):
            while True:
                try:
                    async with await Client.connect(self._random.choice(self._up()).control) as client:
                        await work(client)
                except DfsError:
                    await asyncio.sleep(0.2)
                else:
                    return

    def _look_around(self) -> None:
        """Count what has happened that nobody did."""
        happened = self.figures.happened
        happened |= told_by(self.cluster.log_lines())  # counted from their beginning, so the larger number is it
        happened[SKEWED] = self.cluster.skewed
        happened[AGAIN] = sum(client.again for client in self.clients)

    # -- bad luck

    async def _storm(self, storm_s: float, pace: Pace) -> None:
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
        first = [self._pause, self._part, self._cut, *([self._fill] if self.cluster.may_fill else [])]
        self._random.shuffle(first)
        first.append(self._kill)  # taken from the end
        began = time.monotonic()
        while not self._is_over(time.monotonic() - began, storm_s):
            await asyncio.sleep(self._random.expovariate(1.0 / pace.fault_every_s))
            self.cluster.check_alive()
            if not first:
                self._noted(await self._random.choices(faults, weights)[0]())
            elif self._noted(await first[-1]()):
                first.pop()
            else:  # too many are away already
                self._noted(await self._random.choice((self._start, self._go_on))())
            if self._may_return((time.monotonic() - began) / pace.absent_s):
                self._absent = None

    def _may_return(self, away: float) -> bool:
        """The node that was killed first, once it has something that the others deleted; 1 is as long as planned."""
        return (
            away > 1.0
            and self._absent is not None
            and (bool(self.cluster.deleted_elsewhere(self._absent)) or away > 3.0)
        )

    def _is_over(self, lasted_s: float, storm_s: float) -> bool:
        """After its time, and a little later when it was not what it should be."""
        if lasted_s < storm_s:
            return False
        self._look_around()
        return not self.figures.lacks() or lasted_s > STORM_TIMES_MAX * storm_s

    def _noted(self, what: str) -> bool:
        if what:
            self.figures.happened[what.split()[0]] += 1
            self._say(what)
        return bool(what)

    def _up(self) -> list[ThrashNode]:
        return [node for node in self.cluster.nodes if node.process is not None and not node.paused]

    def _may_fall(self) -> bool:
        return len(self._up()) > NODES - DOWN_AT_ONCE_MAX

    async def _kill(self) -> str:
        if not self._may_fall():
            return ""
        first = not self.figures.happened[KILLED]
        # The last node has a small disk and holds little that could be collected while it is away.
        node = self._random.choice([node for node in self._up() if not first or node is not self.cluster.nodes[-1]])
        await self.cluster.kill(node)
        if first:
            self._absent = node
            await self._at_any_node(lambda client: client.remove([DOOMED], purge=True))
        return f"{KILLED} {node.name}"

    async def _start(self) -> str:
        down = [node for node in self.cluster.nodes if node.process is None and node.ballast is None]
        down = [node for node in down if node is not self._absent]
        if not down:
            return ""
        return await self._start_one(self._random.choice(down))

    async def _start_one(self, node: ThrashNode) -> str:
        if old := len(self.cluster.deleted_elsewhere(node)):
            self.figures.happened[OLD_COPIES] += 1
        await self.cluster.start(node)
        return f"started {node.name}" + (f", with {old} copies that the others had deleted" if old else "")

    async def _pause(self) -> str:
        if not self._may_fall():
            return ""
        node = self._random.choice(self._up())
        self.cluster.pause(node)
        return f"{PAUSED} {node.name}"

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
        return f"{PARTED} {' '.join(names[:at])} from the others"

    async def _cut(self) -> str:
        one, other = self._random.sample(self.cluster.nodes, 2)
        self.cluster.doors.cut(one.name, other.name)
        return f"{CUT} {one.name} → {other.name}"

    async def _mend(self) -> str:
        await self.cluster.doors.mend()
        return ""

    async def _fill(self) -> str:
        node = self.cluster.nodes[-1]
        return f"{FILLED} {node.name}" if node.process is not None and self.cluster.fill(node) else ""

    async def _empty_disk(self) -> str:
        self.cluster.empty(self.cluster.nodes[-1])
        return ""

    async def _end_faults(self) -> None:
        await self.cluster.doors.mend()
        for node in self.cluster.nodes:
            self.cluster.empty(node)
            self.cluster.go_on(node)
            if node.process is None:
                self._noted(await self._start_one(node))
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
                    key.check(content, node.name)
                    held.setdefault(key.name, set()).add(content)
        for name, contents in held.items():
            assert len(contents) == 1, f"nodes hand out different contents for {name}"

    async def _remove_everything(self) -> int:
        """Purge all. How many bytes the cluster shows to be freed by that."""
        async with await Client.connect(self.cluster.nodes[0].control) as client:
            names = [client.keys[0].name.partition("/")[0] for client in self.clients]
            await client.remove(names, True, True)
            pending = (await client.status()).pending_free
        assert pending.bytes > 0, "nothing is shown as to be freed"
        return pending.bytes

    async def _empty(self) -> str:
        """No chunk is on any disk, and none is shown as to be freed."""
        left = {node.name: len(self.cluster.chunk_files(node)) for node in self.cluster.nodes}
        if any(left.values()):
            return f"chunks left: {left}"
        async with await Client.connect(self.cluster.nodes[0].control) as client:
            pending = (await client.status()).pending_free
        return f"still shown as to be freed: {pending}" if pending.chunks else ""
