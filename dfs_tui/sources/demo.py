"""The generated cluster as a source: `dfs-tui --demo`, the tests and the screenshots look at this one.

Dropped files are read for their size only and never leave the machine; a retrieved key is written as a short text that
says so. Time is the clock's that was handed in: a test turns it by hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from dfs_tui.sources import files
from dfs_tui.sources.base import Clock, Emit, Moved, SourceError
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.demo_content import CHUNK_BYTES
from dfs_tui.sources.demo_history import content
from dfs_tui.sources.demo_layout import TOO_FEW, drains, preview
from dfs_tui.sources.demo_new_node import proposal
from dfs_tui.view.events import DrainsReported, KeysListed, KeysRestarted, LinkLost, LinkOpened, Noted, SourceOpened
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import (
    Collected,
    DrainReport,
    Holding,
    KeyFacts,
    LayoutPreview,
    Level,
    NewNode,
    NodeProposal,
    ProcessState,
    Taken,
    Verified,
    Version,
)

STEP_S = 0.1
NO_WORD_S = 5.0  # and nobody waits for a node's answer any longer
PAGE = 2000
MAPPED_CHUNKS_MAX = 4096


class DemoSource:
    """Drives a `DemoCluster` by a clock."""

    def __init__(self, cluster: DemoCluster, clock: Clock) -> None:
        self.cluster = cluster
        self._clock = clock
        self._emit: Emit = lambda _: None

    async def watch(self, emit: Emit) -> None:
        self._emit = emit
        emit(SourceOpened(f"demo ({len(self.cluster.nodes)} nodes)", can_run_nodes=True, generated=True))
        self.cluster.wall_s = self._clock.wall() - self.cluster.now
        emit(self.cluster.local_nodes())
        for name, node in self.cluster.nodes.items():
            if node.state is ProcessState.RUNNING:
                emit(LinkOpened(name))
        for event in self.cluster.advance(0.0):
            emit(event)
        emit(KeysRestarted())
        listed = self.cluster.listed()
        for start in range(0, len(listed), PAGE):
            emit(KeysListed(tuple(listed[start : start + PAGE]), complete=False))
            await asyncio.sleep(0)
        emit(KeysListed((), complete=True))
        emit(Noted(Level.INFO, "This is a demo: the nodes and keys are generated, nothing is stored"))
        told: tuple[DrainReport, ...] = ()
        while True:
            await self._clock.sleep(STEP_S)
            for event in self.cluster.advance(STEP_S):
                emit(event)
            if told != (found := drains(self.cluster)):
                told = found
                emit(DrainsReported(found))

    def refresh(self) -> None:
        """The demo says everything by itself."""

    def stop_trying(self) -> None:
        """Whoever is away is generated as well."""

    async def store(self, item: ToStore, moved: Moved) -> None:
        await self._transfer(lambda ended: self.cluster.store(item.key, item.size_bytes, moved, ended))

    async def same_content(self, item: ToStore, version: int, moved: Moved) -> bool:
        """Nothing is stored here, so that a size is all there is to compare."""
        found = self.cluster.past.find(item.key, version)
        return found is not None and found.size_bytes == item.size_bytes

    async def retrieve(
        self, key: str, path: str, moved: Moved, *, version: int = 0, taken: Taken = Taken.NUMBER
    ) -> str:
        found = self.cluster.past.find(key, version)
        if found is None:
            raise SourceError(f"no such key: {key}")
        await self._transfer(lambda ended: self.cluster.retrieve(key, found.size_bytes, moved, ended))
        return await files.write_where_wanted(path, content(key, found.version), taken)

    async def read(self, key: str, version: int) -> bytes:
        return content(key, version).encode()

    async def inspect(self, key: str, version: int = 0) -> KeyFacts:
        found = self.cluster.past.find(key, version)
        if found is None:
            raise SourceError(f"no such key: {key}")
        return key_facts(self.cluster, key, found)

    async def history(self, key: str) -> tuple[Version, ...]:
        versions = self.cluster.past.of(key)
        if not versions:
            raise SourceError(f"no such key: {key}")
        return tuple(versions)

    async def restore(self, key: str, version: int) -> int:
        made = self.cluster.restore(key, version)
        if not made:
            raise SourceError(f"version {version} of {key} is not kept any more")
        return made

    async def _transfer(self, begin: Callable[[Callable[[str], None]], str]) -> None:
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def ended(error: str) -> None:
            if not over.done():
                over.set_result(error)

        transfer = begin(ended)
        try:
            error = await over
        except asyncio.CancelledError:
            self.cluster.cancel(transfer)
            raise
        if error:
            raise SourceError(error)

    async def remove(self, keys: Sequence[str]) -> int:
        return sum(self.cluster.remove(key) for key in keys)

    async def verify(self, key: str) -> Verified:
        if key not in self.cluster.keys:
            raise SourceError(f"no such key: {key}")
        entry = self.cluster.keys[key].entry
        chunks = entry.size_bytes // CHUNK_BYTES + 1
        return Verified(chunks, good=chunks * entry.copies)

    async def repair_now(self) -> int:
        return sum(node.state is ProcessState.RUNNING for node in self.cluster.nodes.values())

    async def limit_repair(self, bytes_s: int) -> None:
        self.cluster.repair_limit = bytes_s

    async def set_worker(self, link: str, worker: str, deed: str, pace: float = 0.0) -> None:
        node = self.cluster.nodes[link]
        if deed == "pace":
            node.paces[worker] = pace
        elif deed == "pause":
            node.paused.add(worker)
        else:
            node.paused.discard(worker)

    async def start_scrub(self, link: str) -> None:
        """The demo's chunks are good."""

    async def collect(self) -> Collected:
        return Collected()

    async def disconnect_peer(self, link: str, node: str) -> None:
        """Its links are dialled again before anybody sees it."""

    async def ban_peer(self, link: str, node: str, for_s: float) -> None:
        told = self.cluster.nodes[link]
        near = [n for n in self.cluster.nodes.values() if n.state is ProcessState.RUNNING and n.node not in told.bans]
        left, needed = len([n for n in near if n.node != node]), len(self.cluster.nodes) // 2 + 1
        if left < needed:
            voters = len(self.cluster.nodes)
            raise SourceError(f"without it this node reaches {left} of {voters} voters, and it takes {needed}")
        told.bans[node] = self.cluster.now + for_s

    async def slow_link(self, link: str, node: str, for_s: float) -> None:
        self.cluster.nodes[link].slow[node] = self.cluster.now + for_s

    async def allow_peer(self, link: str, node: str) -> None:
        self.cluster.nodes[link].bans.pop(node, None)

    async def start_node(self, name: str) -> None:
        self.cluster.start(name)

    async def stop_node(self, name: str) -> None:
        self.cluster.stop(name)

    async def kill_node(self, name: str) -> None:
        self.cluster.kill(name)

    async def freeze_node(self, name: str, for_s: float) -> None:
        node, lost = self.cluster.nodes[name], False
        node.frozen_at = began = self.cluster.now
        try:
            while self.cluster.now - began < for_s and node.state is ProcessState.RUNNING:
                await self._clock.sleep(STEP_S)
                if not lost and self.cluster.now - began >= NO_WORD_S:
                    lost = True
                    self._emit(LinkLost(name, f"no word for {NO_WORD_S:.0f} s", self._clock.now() + 1.0))
        finally:
            node.frozen_at = -1.0
            if lost and node.state is ProcessState.RUNNING:
                self._emit(LinkOpened(name))

    async def restart_node(self, name: str) -> None:
        self.cluster.stop(name)
        while self.cluster.nodes[name].state is ProcessState.STOPPING:
            await self._clock.sleep(STEP_S)
        self.cluster.start(name)

    async def remove_node(self, name: str, *, force: bool = False) -> None:
        self.cluster.remove_node(name)

    async def preview_node(self, node: str, state: str) -> LayoutPreview:
        return preview(self.cluster, node, state)

    async def drain_node(self, node: str, *, undo: bool = False) -> None:
        if not self.cluster.drain(node, undo=undo):
            raise SourceError(TOO_FEW)

    async def node_log(self, name: str, lines: int) -> tuple[str, ...]:
        node = self.cluster.nodes[name]
        began = time.strftime("%H:%M:%S", time.localtime(self.cluster.wall_s))
        said = (f"listening at {node.listen}", "joined the cluster demo", f"{node.state} now, process {node.pid}")
        return tuple(f"{began} INFO {text}" for text in said)[-lines:]

    async def propose_node(self, new: NewNode) -> NodeProposal:
        return proposal(self.cluster, new)

    async def add_node(self, new: NewNode) -> str:
        found = proposal(self.cluster, new)
        for trouble in found.troubles.values():
            raise SourceError(trouble)
        return self.cluster.add(found.chosen.name, found.chosen.port)

    def nodes_to_stop(self) -> tuple[str, ...]:
        return ()

    async def close(self, *, stop_nodes: bool) -> None:
        return None


def key_facts(cluster: DemoCluster, key: str, found: Version) -> KeyFacts:
    """One version of a key: the nodes that hold it hold all of it."""
    chunks = found.size_bytes // CHUNK_BYTES + 1
    holders = cluster.keys[key].holders if key in cluster.keys else set()
    there = {node.name: node for node in cluster.nodes.values() if node.name in holders}
    return KeyFacts(
        key=key,
        current=found,
        chunks=chunks,
        holders=tuple(
            Holding(node.node, chunks if node.state is ProcessState.RUNNING else 0, chunks)
            for _, node in sorted(there.items())
        ),
        chunk_copies=(cluster.keys[key].entry.copies,) * min(chunks, MAPPED_CHUNKS_MAX) if key in cluster.keys else (),
        history=tuple(cluster.past.of(key)),
    )
